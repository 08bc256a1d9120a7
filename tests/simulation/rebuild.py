"""Running a conversation of the reference again from its last checkpoint, perhaps with other code.

Owns the comparison that DESIGN.md has under "Matching": kind, path, the step and its arguments, the parse; the wording
of a prompt is free unless it stands elsewhere. Answers with the questions that are open in other words.
"""

from __future__ import annotations

from typing import Any

from tests.simulation.reference import FAILED, WAITING, Branch, Differs, Opened, Tale, Turn, with_writes

PROMPTED = {"ask", "choose"}


def rebuild(tale: Tale) -> list[Branch]:
    """Run it again.

    Raises:
        Differs: the code no longer does what the history says.
    """
    history, begins, base_draws = tale.history, tale.begins, tale.base_draws
    texts = _texts(history)
    tale.drop()
    tale.history, tale.draws = [], tale.base_draws
    tale.seen, tale.patches = {}, {}
    wording: dict[str, tuple[str, str]] = {}
    try:
        for turn in history:
            _again(tale, turn, texts, wording)
    except Differs:
        tale.drop()
        tale.begins, tale.base_draws = begins, base_draws  # it may have come to another state on its way
        raise
    finally:
        tale.turn = None
        tale.history = history
        tale.last = history[-1].at
    return [branch for branch in tale.waits() if branch.path in wording]


def _texts(history: list[Turn]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for turn in history:
        for opened in turn.opened:
            if opened.kind in PROMPTED:
                found.setdefault(opened.text, set()).add(opened.path)
    return found


def _again(tale: Tale, turn: Turn, texts: dict[str, set[str]], wording: dict[str, tuple[str, str]]) -> None:
    if turn.how == "refused" or turn.cause == "reworded":
        branch = _waiting(tale, turn)
        for opened in turn.opened:
            branch.due, branch.prompt, branch.asked = opened.due, opened.prompt, turn.at
            assert branch.want is not None
            wording.pop(opened.path, None)
            if opened.text != branch.want.text:
                wording[opened.path] = (opened.text, branch.want.text)
        return
    now = Turn(turn.at, turn.cause, 0, [number for _, _, number in turn.starts])
    now.replay = True
    tale.turn, now.draws = now, tale.draws
    tale.seen.update(turn.read)
    if turn.keys is not None:
        tale.seen[""] = turn.keys
    tale.patches.update(dict.fromkeys(turn.patches, True))
    _drive(tale, turn)
    _compare(tale, turn, now, texts, wording)


def _drive(tale: Tale, turn: Turn) -> None:
    if tale.root is None:
        tale._enter(int(turn.path) if turn.cause == "state" else 0)
    elif turn.cause == "cancel":
        tale._cancel(tale.root)
    else:
        branch = _waiting(tale, turn)
        branch.forget()
        tale._run(branch, turn.answer, turn.error)


def _waiting(tale: Tale, turn: Turn) -> Branch:
    branch = tale.find(turn.path)
    if branch is None:
        raise Differs(f"nothing waits as {turn.path}")
    return branch


def _compare(
    tale: Tale, turn: Turn, now: Turn, texts: dict[str, set[str]], wording: dict[str, tuple[str, str]]
) -> None:
    if now.failure is not None or now.status in {FAILED, "ended", "cancelled"} or now.checkpoint is not None:
        raise Differs(f"{now.status} {now.failure!r} {now.checkpoint!r}")
    if now.status != WAITING or len(turn.opened) != len(now.opened):
        raise Differs(f"{len(turn.opened)} waits there, {len(now.opened)} here")
    for there, here in zip(turn.opened, now.opened, strict=True):
        _compare_wait(there, here, texts, wording)
    drawn: Any = tale.draws - now.draws
    if drawn != turn.drawn or [s[:2] for s in turn.starts] != [s[:2] for s in now.starts]:
        raise Differs("other draws or starts")
    tale.seen.update(now.writes)
    if "" in tale.seen and now.writes:
        tale.seen[""] = with_writes(tale.seen[""], now.writes)
    for opened in turn.opened:
        branch = tale.find(opened.path)
        if branch is not None:
            branch.due, branch.prompt = opened.due, opened.prompt


def _compare_wait(there: Opened, here: Opened, texts: dict[str, set[str]], wording: dict[str, tuple[str, str]]) -> None:
    if (there.path, there.kind, there.label) != (here.path, here.kind, here.label):
        raise Differs(f"{there.kind} {there.path} there, {here.kind} {here.path} here")
    if there.kind in PROMPTED and there.text != here.text:
        if texts.get(here.text, set()) - {here.path}:
            raise Differs("a question that stands elsewhere")
        wording[there.path] = (there.text, here.text)
