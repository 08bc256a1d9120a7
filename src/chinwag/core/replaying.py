"""Replay: a conversation is run again from its last checkpoint with the answers of its journal.

Every turn is compared with its row, and the first difference raises ``Diverged`` with both sides in words. Nothing that
a replayed turn says, starts or writes goes anywhere; numbers and data come from the rows.
"""

from contextvars import Context
from typing import Any, NamedTuple

from msgspec import structs

from chinwag.core import data, drive
from chinwag.core.codec import error_from_plain, from_plain, hint_of
from chinwag.core.conversation import WAITING, Branch, Conversation, Numbers, Turn, open_turn
from chinwag.core.effects import Ask, Choose, Listen, Step
from chinwag.core.errors import Diverged, NotJournalable, UsageError
from chinwag.core.journal import CANCEL, DEFAULT, ERROR, REFUSED, REWORDED, TIMED_OUT, Replay, Row
from chinwag.core.perform import timed_out
from chinwag.core.running import RUNNING
from chinwag.core.values import Message

MOST_DIGITS = 10
"""Of the number of an await."""


class Replayed(NamedTuple):
    """What a replay has found that matches in all but words.

    Args:
        reworded: the open questions whose wording the code has changed.
        unmarked: whether the code has changed wordings, open or answered, and the journal does not say so yet.
    """

    reworded: list[Branch]
    unmarked: bool


def replay(conversation: Conversation, rows: list[Row], numbers: Numbers) -> Replayed:
    """Bring a conversation back.

    Args:
        conversation: as it was at its last checkpoint.
        rows: its journal since then; at least one.
        numbers: the counters for new ids; a replay takes none.

    Raises:
        Diverged: if the code no longer matches.
    """
    again = Replay(str(conversation), rows)
    conversation.context = Context()
    try:
        for row in rows:
            again.row = row
            _turn(conversation, row, again, numbers)
    finally:
        RUNNING.here.conversation = None
        RUNNING.here.fresh.clear()
        conversation.turn = None
    return Replayed([b for b in conversation.waits() if b.path in again.wording], again.unmarked)


def _turn(conversation: Conversation, row: Row, again: Replay, numbers: Numbers) -> None:
    """Run one row's turn again, and compare."""
    if row.cause == REWORDED or row.how == REFUSED:
        again.era += row.cause == REWORDED
        if row.path:
            _reopen(conversation, row, again)
        conversation.last = max(conversation.last, row.at)
        return
    turn = open_turn(conversation, numbers, row.at, row.cause, again)
    _restore(conversation, row)
    if conversation.root is None:
        turn.path = _base(row, again)
        drive.begin(turn)
    elif row.cause == CANCEL:
        drive.cancel(turn, conversation.root)
    else:
        branch = _waiting(conversation, row, again)
        value, error = _decoded(branch, row, again)
        drive.forget(branch)
        drive.advance(turn, branch, value, error)
    _compare(turn, again)


def _base(row: Row, again: Replay) -> str:
    """Where the numbers of a state begin; nothing where they begin at 0."""
    if row.path and not (row.path.isdecimal() and row.path.isascii() and len(row.path) < MOST_DIGITS):
        raise again.diverged(f"a beginning at await {row.path:.80}", "a beginning")
    return row.path


def _restore(conversation: Conversation, row: Row) -> None:
    """What the turn read and saw for the first time."""
    if row.read or row.keys is not None:
        data.restore(conversation, row.read, row.keys)
    if row.patches:
        conversation.patches = {**(conversation.patches or {}), **dict.fromkeys(row.patches, True)}


def _reopen(conversation: Conversation, row: Row, again: Replay) -> None:
    """A question was asked again: its clock, and perhaps its words, are new."""
    branch = _waiting(conversation, row, again)
    if not isinstance(branch.effect, Ask):
        raise again.diverged(f"an answer to a question, {row.path}, that was refused", f"{branch.effect!r}")
    for opened in row.opened:
        branch.due, branch.prompt, branch.asked = opened.due, opened.prompt, row.at
        if opened.text != (text := branch.effect.text()):
            again.reworded(opened, structs.replace(opened, text=text, line=branch.line()))
        else:
            again.wording.discard(opened.path)


def _waiting(conversation: Conversation, row: Row, again: Replay) -> Branch:
    branch = conversation.find(row.path)
    if branch is None:
        waits = ", ".join(f"{b.effect!r} at {b.line()}" for b in conversation.waits()) or "the end"
        raise again.diverged(f"an answer to await {row.path} ({row.cause})", waits)
    return branch


def _decoded(branch: Branch, row: Row, again: Replay) -> tuple[Any, BaseException | None]:
    """The journal's answer as the code gets it."""
    if row.how == ERROR:
        return None, error_from_plain(row.value)
    if row.how == TIMED_OUT:
        return None, timed_out(branch.effect)
    try:
        return _value(branch.effect, row, again), None
    except NotJournalable as error:
        raise again.diverged(f"the answer {row.value!r:.200}", f"a type that it does not fit: {error}") from error


def _value(effect: Any, row: Row, again: Replay) -> Any:
    if row.how == DEFAULT:
        return from_plain(row.value, type(getattr(effect, "default", None)))
    if isinstance(effect, Choose):
        return _option(effect, row, again)
    if isinstance(effect, Ask):
        return from_plain(row.value, hint_of(effect.parse))
    if isinstance(effect, Step):
        return from_plain(row.value, hint_of(effect.function))
    return from_plain(row.value, Message) if isinstance(effect, Listen) else None


def _option(effect: Choose, row: Row, again: Replay) -> Any:
    label = row.value[0] if isinstance(row.value, list) and row.value else row.value
    if label not in effect.labels:
        raise again.diverged(f"the choice of {label!r}", f"a choice of {', '.join(map(repr, effect.labels))}")
    return effect.values[effect.labels.index(label)]


def _expected(row: Row) -> str:
    return ", ".join(map(str, row.opened)) or f"a turn by {row.cause} that waits"


def _compare(turn: Turn, again: Replay) -> None:
    """Hold what the code did against the row."""
    conversation, row = turn.conversation, again.row
    if turn.error is not None:
        if isinstance(turn.error, Diverged):
            raise turn.error
        raise again.diverged(_expected(row), f"raises {type(turn.error).__name__}: {turn.error}") from turn.error
    if turn.status != WAITING or turn.checkpoint is not None:
        ended = turn.checkpoint is None
        raise again.diverged(_expected(row), "the end" if ended else f"the next state {turn.checkpoint!r:.80}")
    try:
        data.settle(turn)
    except UsageError as error:
        raise again.diverged(_expected(row), str(error)) from error
    again.compare(turn.opened, conversation.draws - turn.draws, turn.starts)
    for opened in row.opened:
        branch = conversation.find(opened.path)
        if branch is not None:
            branch.due, branch.prompt = opened.due, opened.prompt
