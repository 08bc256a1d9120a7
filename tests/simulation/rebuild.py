"""Running a conversation of the reference again from its last checkpoint, perhaps with other code.

Owns the comparison that DESIGN.md has under "Matching": kind, path, the step and its arguments, the parse; the wording
of a prompt is free unless it is that of another question. Answers with the questions that are open in other words.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.simulation.reference import FAILED, WAITING, Branch, Differs, Tale, Turn, with_writes

PROMPTED = {"ask", "choose"}


def rebuild(tale: Tale) -> list[Branch]:
    """Run it again.

    Raises:
        Differs: the code no longer does what the history says.
    """
    history, begins, base_draws = tale.history, tale.begins, tale.base_draws
    tale.drop()
    tale.history, tale.draws = [], tale.base_draws
    tale.seen, tale.patches = {}, {}
    seen: list[Worded] = []
    era = 0
    try:
        for turn in history:
            era += turn.cause == "reworded"
            _again(tale, turn, era, seen)
        _no_words_of_others(seen)
    except Differs:
        tale.drop()
        tale.begins, tale.base_draws = begins, base_draws  # it may have come to another state on its way
        raise
    finally:
        tale.turn = None
        tale.history = history
        tale.last = history[-1].at
    tale.unmarked = any(one.era == era and one.there != one.here for one in seen)
    last = {one.path: one for one in seen}
    return [b for b in tale.waits() if b.path in last and last[b.path].there != last[b.path].here]


class Worded(NamedTuple):
    """A question as its user saw it, and as the code of today asks it; ``era`` counts the codes that were before."""

    era: int
    path: str
    there: str
    here: str


def _no_words_of_others(seen: list[Worded]) -> None:
    """New words may be those of another question only where other code asks that one in them to this day."""
    for one in seen:
        if one.there != one.here:
            for other in seen:
                if other.path == one.path or other.there != one.here:
                    continue
                if other.era == one.era or other.here != other.there:
                    raise Differs(f"{one.here!r} is the question of {other.path}, not of {one.path}")


def _again(tale: Tale, turn: Turn, era: int, seen: list[Worded]) -> None:
    if turn.cause == "reworded" and not turn.path:
        return
    if turn.how == "refused" or turn.cause == "reworded":
        branch = _waiting(tale, turn)
        for opened in turn.opened:
            branch.due, branch.prompt, branch.asked = opened.due, opened.prompt, turn.at
            assert branch.want is not None
            seen.append(Worded(era, opened.path, opened.text, branch.want.text))
        return
    now = Turn(turn.at, turn.cause, 0, [number for _, _, number in turn.starts])
    now.replay = True
    tale.turn, now.draws = now, tale.draws
    tale.seen.update(turn.read)
    if turn.keys is not None:
        tale.seen[""] = turn.keys
    tale.patches.update(dict.fromkeys(turn.patches, True))
    _drive(tale, turn)
    seen += _compare_waits(turn, now, era)
    _compare(tale, turn, now)


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


def _compare_waits(turn: Turn, now: Turn, era: int) -> list[Worded]:
    """What the code waits for must be what it waited for; the words of questions are for later."""
    if now.status != WAITING or len(turn.opened) != len(now.opened):
        raise Differs(f"{len(turn.opened)} waits there, {len(now.opened)} here")
    both = list(zip(turn.opened, now.opened, strict=True))
    for there, here in both:
        if (there.path, there.kind, there.label) != (here.path, here.kind, here.label):
            raise Differs(f"{there.kind} {there.path} there, {here.kind} {here.path} here")
    return [Worded(era, there.path, there.text, here.text) for there, here in both if there.kind in PROMPTED]


def _compare(tale: Tale, turn: Turn, now: Turn) -> None:
    if now.failure is not None or now.status in {FAILED, "ended", "cancelled"} or now.checkpoint is not None:
        raise Differs(f"{now.status} {now.failure!r} {now.checkpoint!r}")
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
