"""The engine: one input, one turn.

``offer`` says whether a message answers a question. ``begin``, ``accept``, ``refuse``, ``expire``, ``finish_step``,
``deliver`` and ``cancel`` make a turn each, a draft that somebody commits. ``replay`` brings a conversation back from its
rows. The engine never looks at a clock; every turn is told its time.
"""

from contextvars import Context
from typing import Any

from msgspec import Struct

from chinwag.core import data, drive
from chinwag.core.asks import chosen
from chinwag.core.codec import dumps, error_from_plain, error_to_plain, from_plain, hint_of, journaled
from chinwag.core.conversation import FAILED, WAITING, Branch, Conversation, Numbers, Turn
from chinwag.core.effects import AGAIN, NO_DEFAULT, Ask, Choose, Delivered, Listen, Sleep, Step, name_of
from chinwag.core.errors import (
    Cancelled,
    ChinwagError,
    ForgottenAwait,
    NotJournalable,
    Reject,
    Timeout,
    Undeliverable,
    UsageError,
)
from chinwag.core.journal import (
    CANCEL,
    DEFAULT,
    DELIVERY,
    ERROR,
    MESSAGE,
    REFUSED,
    REWORDED,
    START,
    STATE,
    STEP,
    TIMED_OUT,
    TIMER,
    VALUE,
    Opened,
    Replay,
    Row,
)
from chinwag.core.perform import number_outgoing, question, say_text
from chinwag.core.running import RUNNING
from chinwag.core.state import State
from chinwag.core.values import Arrival, Message

LARGEST_STEP_RESULT = 1 << 20
NOTE = 500


class Accepted(Struct, frozen=True):
    """A message answers the question: the value as journaled, and as the code gets it."""

    plain: Any
    value: Any
    error: BaseException | None = None


class Refused(Struct, frozen=True):
    """A message is bad input to the question: what to say, and whether to ask again."""

    words: str
    again: bool


Offer = Accepted | Refused | None


class Engine:
    """Makes turns.

    Args:
        numbers: the counters for new ids.
    """

    __slots__ = ("numbers",)

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers

    def begin(self, conversation: Conversation, at: int) -> Turn:
        """Run a new conversation until it waits."""
        conversation.context = Context()
        turn = self._open(conversation, at, STATE if isinstance(conversation.entry, State) else START)
        drive.begin(turn)
        return _close(turn)

    def accept(self, conversation: Conversation, branch: Branch, at: int, offer: Accepted, note: str = "") -> Turn:
        """Answer a question with what ``offer`` made of a message."""
        turn = self._open(conversation, at, MESSAGE)
        turn.note = note[:NOTE] if offer.plain != note else ""
        return self._answer(turn, branch, offer.plain, offer.value, offer.error)

    def refuse(self, conversation: Conversation, branch: Branch, at: int, offer: Refused, note: str = "") -> Turn:
        """Tell the user that the answer was none, and ask again; the clock restarts."""
        turn = self._open(conversation, at, MESSAGE)
        turn.path, turn.how, turn.note = branch.path, REFUSED, note[:NOTE]
        say_text(turn, offer.words)
        if offer.again:
            self._ask_again(turn, branch, again=True)
        return _close(turn)

    def reword(self, conversation: Conversation, branch: Branch, at: int) -> Turn:
        """Ask a question once more whose wording the code has changed; only what comes after that answers it."""
        turn = self._open(conversation, at, REWORDED)
        turn.path = branch.path
        self._ask_again(turn, branch, again=False)
        return _close(turn)

    def expire(self, conversation: Conversation, branch: Branch, at: int) -> Turn:
        """A deadline has come: end a sleep, or tell a question that nobody answered."""
        turn = self._open(conversation, at, TIMER)
        effect = branch.effect
        default = getattr(effect, "default", NO_DEFAULT)
        if isinstance(effect, Sleep):
            return self._answer(turn, branch, None, None, None)
        if default is NO_DEFAULT:
            return self._answer(turn, branch, None, None, _timeout(effect), how=TIMED_OUT)
        return self._value(turn, branch, default, type(default), "the default", how=DEFAULT)

    def finish_step(
        self, conversation: Conversation, branch: Branch, at: int, value: Any, error: BaseException | None
    ) -> Turn:
        """A step has ended."""
        turn = self._open(conversation, at, STEP)
        effect = branch.effect
        assert isinstance(effect, Step)  # noqa: S101 - the path names a step
        if error is not None:
            return self._fail(turn, branch, error)
        name = name_of(effect.function)
        return self._value(turn, branch, value, hint_of(effect.function), f"the step {name}", LARGEST_STEP_RESULT)

    def deliver(self, conversation: Conversation, branch: Branch, at: int, error: Undeliverable | None) -> Turn:
        """The network has taken a message that somebody waits for, or refused it."""
        turn = self._open(conversation, at, DELIVERY)
        if error is not None:
            return self._fail(turn, branch, error)
        return self._answer(turn, branch, None, None, None)

    def cancel(self, conversation: Conversation, at: int) -> Turn:
        """Throw ``Cancelled`` into the conversation."""
        turn = self._open(conversation, at, CANCEL)
        assert conversation.root is not None  # noqa: S101 - it is live
        drive.cancel(turn, conversation.root)
        return _close(turn)

    def _open(self, conversation: Conversation, at: int, cause: str, replay: Replay | None = None) -> Turn:
        turn = Turn(conversation, self.numbers, max(at, conversation.last), cause, conversation.draws, replay)
        conversation.last = turn.at
        conversation.turn = turn
        RUNNING.conversation = conversation
        if RUNNING.fresh:
            RUNNING.fresh.clear()
        return turn

    def _answer(  # noqa: PLR0913, PLR0917 - one row of the journal
        self,
        turn: Turn,
        branch: Branch,
        plain: Any,
        value: Any,
        error: BaseException | None,
        how: str = VALUE,
    ) -> Turn:
        turn.path = branch.path
        turn.how = how if error is None or how != VALUE else ERROR
        turn.value = plain
        drive.forget(turn, branch)
        drive.advance(turn, branch, value, error)
        return _close(turn)

    def _value(  # noqa: PLR0913, PLR0917
        self, turn: Turn, branch: Branch, value: Any, hint: Any, what: str, limit: int = 0, how: str = VALUE
    ) -> Turn:
        """Answer with the decoded copy of what is journaled; what cannot be journaled is told at the user's line."""
        try:
            plain, copy = journaled(value, hint, what=what)
            if limit:
                _measure(plain, what, limit)
        except NotJournalable as error:
            return self._fail(turn, branch, error)
        return self._answer(turn, branch, plain, copy, None, how)

    def _fail(self, turn: Turn, branch: Branch, error: BaseException) -> Turn:
        """Answer with an error: the one that the journal will give back."""
        plain = error_to_plain(error)
        rebuilt = error_from_plain(plain)
        rebuilt.__cause__ = error.__cause__ if isinstance(error, ChinwagError) else error
        return self._answer(turn, branch, plain, None, rebuilt)

    def _ask_again(self, turn: Turn, branch: Branch, *, again: bool) -> None:
        effect = branch.effect
        assert isinstance(effect, Ask)  # noqa: S101 - only questions are asked again
        branch.prompt = number_outgoing(turn)
        turn.says.append((question(turn.conversation, effect, branch.prompt, again=again), "at_least_once"))
        branch.due = turn.at + effect.timeout if effect.timeout is not None else 0
        branch.asked = turn.at
        turn.opened.append(
            Opened(branch.path, effect.kind, effect.label(), effect.prompt, branch.line(), branch.due, branch.prompt)
        )

    def replay(self, conversation: Conversation, rows: list[Row]) -> list[Branch]:
        """Bring a conversation back: run it again from its checkpoint with the journal's answers.

        Returns:
            The open questions whose wording the code has changed.

        Raises:
            Diverged: if the code no longer matches.
        """
        replay = Replay(str(conversation), rows)
        conversation.context = Context()
        try:
            for index, row in enumerate(rows):
                replay.row = row
                self._again(conversation, row, replay, index)
        finally:
            RUNNING.conversation = None
            conversation.turn = None
        return [b for b in conversation.waits() if b.path in replay.wording]

    def _again(self, conversation: Conversation, row: Row, replay: Replay, index: int) -> None:
        """Run one row's turn again, and compare."""
        if row.cause == REWORDED or row.how == REFUSED:
            _reopen(conversation, row, replay)
            conversation.last = max(conversation.last, row.at)
            return
        turn = self._open(conversation, row.at, row.cause, replay)
        _restore(conversation, row)
        if index == 0:
            drive.begin(turn)
        elif row.cause == CANCEL and conversation.root is not None:
            drive.cancel(turn, conversation.root)
        else:
            branch = _waiting(conversation, row, replay)
            value, error = _decoded(branch, row, replay)
            drive.forget(turn, branch)
            drive.advance(turn, branch, value, error)
        _compare(turn, replay)


def _close(turn: Turn) -> Turn:
    """End a turn: find what was forgotten, and settle what was written."""
    conversation = turn.conversation
    try:
        if turn.status != FAILED:
            if RUNNING.fresh:
                raise _forgotten(conversation)
            data.settle(turn)
    except ChinwagError as error:
        turn.status = FAILED
        turn.error = error
    RUNNING.conversation = None
    conversation.turn = None
    return turn


def _forgotten(conversation: Conversation) -> ForgottenAwait:
    effect = RUNNING.fresh[0]
    RUNNING.fresh.clear()
    where = [b.line() for b in conversation.waits()]
    before = f" somewhere before {where[0]}" if where and where[0] else ""
    return ForgottenAwait(f"{effect!r} was made and never awaited{before}: write `await` in front of it")


def _timeout(effect: Any) -> Timeout:
    what = f"nobody answered {effect.prompt!r:.80} in time" if isinstance(effect, Ask) else "nobody wrote in time"
    return Timeout(what)


def _measure(plain: Any, what: str, limit: int) -> None:
    if isinstance(plain, str | list | dict) and len(size := dumps(plain)) > limit:
        msg = (
            f"{what} returned {len(size):,} bytes, and {limit:,} is the limit of what is journaled: "
            "write it to a file and return its path"
        )
        raise NotJournalable(msg)


def _restore(conversation: Conversation, row: Row) -> None:
    """What the turn read and saw for the first time."""
    if row.read or row.keys is not None:
        data.restore(conversation, row.read, row.keys)
    for change in row.patches:
        conversation.patches = conversation.patches or {}
        conversation.patches[change] = True


def _waiting(conversation: Conversation, row: Row, replay: Replay) -> Branch:
    branch = conversation.find(row.path)
    if branch is None:
        waits = ", ".join(f"{b.effect!r} at {b.line()}" for b in conversation.waits()) or "the end"
        raise replay.diverged(f"an answer to await {row.path} ({row.cause})", waits)
    return branch


def _decoded(branch: Branch, row: Row, replay: Replay) -> tuple[Any, BaseException | None]:
    """The journal's answer as the code gets it."""
    effect = branch.effect
    if row.how == ERROR:
        return None, error_from_plain(row.value)
    if row.how == TIMED_OUT:
        return None, _timeout(effect)
    if row.how == DEFAULT:
        return from_plain(row.value, type(getattr(effect, "default", None))), None
    if isinstance(effect, Choose):
        return _option(effect, row, replay), None
    if isinstance(effect, Ask):
        return from_plain(row.value, hint_of(effect.parse)), None
    if isinstance(effect, Listen):
        return from_plain(row.value, Message), None
    if isinstance(effect, Step):
        return from_plain(row.value, hint_of(effect.function)), None
    return None, None


def _option(effect: Choose, row: Row, replay: Replay) -> Any:
    label = row.value[0]
    if label not in effect.labels:
        raise replay.diverged(f"the choice of {label!r}", f"a choice of {', '.join(map(repr, effect.labels))}")
    return effect.values[effect.labels.index(label)]


def _reopen(conversation: Conversation, row: Row, replay: Replay) -> None:
    """A question was asked again: its clock, and perhaps its words, are new."""
    branch = _waiting(conversation, row, replay)
    for again in row.opened:
        branch.due, branch.prompt, branch.asked = again.due, again.prompt, row.at
        if isinstance(branch.effect, Ask):
            replay.reworded(again, branch.effect.prompt)


def _compare(turn: Turn, replay: Replay) -> None:
    conversation = turn.conversation
    if turn.error is not None and turn.status == FAILED:
        raise _broken(turn, replay)
    if turn.status != WAITING or turn.checkpoint is not None:
        raise replay.diverged("more turns", "the end" if turn.checkpoint is None else f"the next state {turn.checkpoint!r:.80}")
    RUNNING.fresh.clear()
    data.settle(turn)
    replay.compare(turn.opened, conversation.draws - turn.draws, turn.starts)
    for opened in replay.row.opened:
        branch = conversation.find(opened.path)
        if branch is not None:
            branch.due, branch.prompt = opened.due, opened.prompt


def _broken(turn: Turn, replay: Replay) -> BaseException:
    from chinwag.core.errors import Diverged  # noqa: PLC0415

    error = turn.error
    assert error is not None  # noqa: S101 - asked by the caller
    if isinstance(error, Diverged):
        return error
    expected = ", ".join(map(str, replay.row.opened)) or f"a turn by {replay.row.cause}"
    return replay.diverged(expected, f"raises {type(error).__name__}: {error}")


def offer(conversation: Conversation, branch: Branch, arrival: Arrival) -> Offer:
    """Whether a message answers a question.

    Returns:
        Accepted, Refused (bad input that the question claims), or None: the question passes it on.
    """
    effect = branch.effect
    if isinstance(effect, Listen):
        message = arrival.message()
        return Accepted(*journaled(message, Message, what="the message"))
    assert isinstance(effect, Ask)  # noqa: S101 - only these two take messages
    try:
        if arrival.attachments and not arrival.text:
            msg = "a file is no answer"
            raise ValueError(msg)  # noqa: TRY301
        if isinstance(effect, Choose):
            index = chosen(effect, arrival.text, numbered=conversation.manner.numbered)
            return Accepted([effect.labels[index], index], effect.values[index])
        if effect.parse is str:
            return Accepted(arrival.text, arrival.text)
        return Accepted(*journaled(effect.parse(arrival.text), hint_of(effect.parse), what=name_of(effect.parse)))
    except Reject as reject:
        return Refused(str(reject), again=effect.retry is not None)
    except ValueError:
        if effect.retry is None:
            return None
        return Refused("" if effect.retry is AGAIN else effect.retry, again=True)
    except Cancelled:
        raise
    except ChinwagError as error:
        return Accepted(error_to_plain(error), None, error)
    except Exception as error:  # noqa: BLE001 - the user's parse function; told at the user's line
        return Accepted(*_misparsed(effect, arrival, error))


def _misparsed(effect: Ask, arrival: Arrival, error: Exception) -> tuple[Any, None, BaseException]:
    told = UsageError(
        f"the parse function {name_of(effect.parse)} raised {type(error).__name__}: {error} for {arrival.text!r:.80}; "
        "raise ValueError for bad input"
    )
    plain = error_to_plain(told)
    told.__cause__ = error
    return plain, None, told


def waits_for(conversation: Conversation, number: int) -> Branch | None:
    """The branch that a refused or delivered message concerns: its question, or its ``delivered()``."""
    for branch in conversation.waits():
        if branch.prompt == number:
            return branch
    return None


def awaits_delivery(branch: Branch) -> bool:
    """Whether it also wants to hear of success."""
    return isinstance(branch.effect, Delivered)
