"""The engine: one input, one turn.

``offer`` says whether a message answers a question. ``begin``, ``accept``, ``refuse``, ``expire``, ``finish_step``,
``deliver`` and ``cancel`` make a turn each, a draft that somebody commits. ``replay`` brings a conversation back from
its rows. The engine never looks at a clock; every turn is told its time.
"""

from collections.abc import Sequence
from contextvars import Context
from typing import Any

from chinwag.core import data, drive, replaying
from chinwag.core.codec import dumps, hint_of, journaled
from chinwag.core.conversation import FAILED, Branch, Conversation, Numbers, Turn, open_turn
from chinwag.core.drive import advance
from chinwag.core.effects import NO_DEFAULT, Ask, Choose, Effect, Join, Sleep, Step, name_of
from chinwag.core.errors import ChinwagError, ForgottenAwait, NotJournalable, Undeliverable
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
    Row,
)
from chinwag.core.offers import Accepted, Refused, as_journaled, offer
from chinwag.core.perform import number_outgoing, question, say_text, shows_buttons, timed_out
from chinwag.core.replaying import Replayed
from chinwag.core.state import State

__all__ = ["Accepted", "Engine", "Refused", "offer"]

LARGEST_STEP_RESULT = 1 << 20
NOTE = 500
CHOSEN = "→"
"""Stands before what was chosen, where an inline choice shows it in place of its buttons."""


class Engine:
    """Makes turns.

    Args:
        numbers: the counters for new ids.
    """

    __slots__ = ("numbers",)

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers

    def begin(self, conversation: Conversation, at: int, where: Sequence[str] | None = None) -> Turn:
        """Run a new conversation until it waits; ``where`` it lives, if that is known."""
        conversation.context = Context()
        cause = STATE if isinstance(conversation.entry, State) else START
        turn = open_turn(conversation, self.numbers, at, cause, None, where)
        drive.begin(turn)
        return _close(turn)

    def accept(
        self,
        conversation: Conversation,
        branch: Branch,
        at: int,
        offer: Accepted,
        note: str = "",
        where: Sequence[str] | None = None,
    ) -> Turn:
        """Answer a question with what ``offer`` made of a message; ``where`` the conversation lives, if known."""
        plain, error, effect = offer.plain, offer.error, branch.effect
        how = VALUE if error is None else ERROR
        note = _noted(note) if plain != note else ""
        turn = open_turn(conversation, self.numbers, at, MESSAGE, None, where, branch.path, how, plain, note)
        if type(effect) is Choose and shows_buttons(conversation, effect):
            shown = effect.prompt + f"\n{CHOSEN} {effect.labels[plain[1]]}"
            self.numbers.outbox += 1  # before what the turn says: the buttons shall not outlive the answer
            turn.more().edits.append((branch.prompt, shown, self.numbers.outbox))
        branch.effect = None
        branch.due = branch.prompt = 0
        advance(turn, branch, offer.value, error)
        return _close(turn)

    def refuse(self, conversation: Conversation, branch: Branch, at: int, offer: Refused, note: str = "") -> Turn:
        """Tell the user that the answer was none, and ask again; the clock restarts."""
        turn = open_turn(conversation, self.numbers, at, MESSAGE)
        turn.path, turn.how, turn.note = branch.path, REFUSED, _noted(note)
        say_text(turn, offer.words)
        if offer.again:
            self._ask_again(turn, branch, again=True)
        return _close(turn)

    def reword(self, conversation: Conversation, branch: Branch, at: int) -> Turn:
        """Ask a question once more whose wording the code has changed; only what comes after that answers it."""
        turn = open_turn(conversation, self.numbers, at, REWORDED)
        turn.path = branch.path
        self._ask_again(turn, branch, again=False)
        return _close(turn)

    def mark(self, conversation: Conversation, at: int) -> Turn:
        """Note that the code has other words than the journal, where no open question is asked again for it."""
        return _close(open_turn(conversation, self.numbers, at, REWORDED))

    def expire(self, conversation: Conversation, branch: Branch, at: int) -> Turn:
        """A deadline has come: end a sleep, or tell a question that nobody answered."""
        turn = open_turn(conversation, self.numbers, at, TIMER)
        effect = branch.effect
        default = getattr(effect, "default", NO_DEFAULT)
        if isinstance(effect, Sleep):
            return self._answer(turn, branch, None, None, None)
        if default is NO_DEFAULT:
            return self._answer(turn, branch, None, None, timed_out(effect), how=TIMED_OUT)
        return self._value(turn, branch, default, type(default), "the default", how=DEFAULT)

    def finish_step(
        self, conversation: Conversation, branch: Branch, at: int, value: Any, error: BaseException | None
    ) -> Turn:
        """A step has ended."""
        turn = open_turn(conversation, self.numbers, at, STEP)
        effect = branch.effect
        assert isinstance(effect, Step)  # noqa: S101 - the path names a step
        if error is not None:
            return self._fail(turn, branch, error)
        name = name_of(effect.function)
        return self._value(turn, branch, value, hint_of(effect.function), f"the step {name}", LARGEST_STEP_RESULT)

    def deliver(self, conversation: Conversation, branch: Branch, at: int, error: Undeliverable | None) -> Turn:
        """The network has taken a message that somebody waits for, or refused it."""
        turn = open_turn(conversation, self.numbers, at, DELIVERY)
        if error is not None:
            return self._fail(turn, branch, error)
        return self._answer(turn, branch, None, None, None)

    def cancel(self, conversation: Conversation, at: int) -> Turn:
        """Throw ``Cancelled`` into the conversation."""
        turn = open_turn(conversation, self.numbers, at, CANCEL)
        assert conversation.root is not None  # noqa: S101 - it is live
        drive.cancel(turn, conversation.root)
        return _close(turn)

    def _answer(
        self,
        turn: Turn,
        branch: Branch,
        plain: Any,
        value: Any,
        error: BaseException | None,
        how: str = VALUE,
    ) -> Turn:
        _answered(turn, branch, plain, how if error is None or how != VALUE else ERROR)
        advance(turn, branch, value, error)
        return _close(turn)

    def _value(  # noqa: PLR0913, PLR0917 - one row of the journal
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
        plain, rebuilt = as_journaled(error)
        return self._answer(turn, branch, plain, None, rebuilt)

    def _ask_again(self, turn: Turn, branch: Branch, *, again: bool) -> None:
        effect = branch.effect
        assert isinstance(effect, Ask)  # noqa: S101 - only questions are asked again
        branch.prompt = number_outgoing(turn)
        turn.says.append((question(turn.conversation, effect, branch.prompt, again=again), "at_least_once"))
        branch.due = turn.at + effect.timeout if effect.timeout is not None else 0
        branch.asked = turn.at
        turn.opened.append(
            Opened(branch.path, effect.kind, effect.label(), effect.text(), branch.line(), branch.due, branch.prompt)
        )

    def replay(self, conversation: Conversation, rows: list[Row]) -> Replayed:
        """Bring a conversation back: run it again from its checkpoint with the journal's answers.

        Raises:
            Diverged: if the code no longer matches.
        """
        return replaying.replay(conversation, rows, self.numbers)


def _answered(turn: Turn, branch: Branch, plain: Any, how: str) -> None:
    """A wait is over: what the row says of it."""
    turn.path, turn.how, turn.value = branch.path, how, plain
    branch.effect = None
    branch.due = branch.prompt = 0


def _close(turn: Turn) -> Turn:
    """End a turn: find what was forgotten, and settle what was written."""
    conversation, here = turn.conversation, turn.here
    if turn.status != FAILED and (here.fresh or turn.writes or turn.carried or turn.handed):
        try:
            if here.fresh:
                raise _forgotten(conversation, here.fresh)
            data.settle(turn)
        except ChinwagError as error:
            turn.status = FAILED
            turn.error = error
    here.conversation = None
    conversation.turn = None
    return turn


def _forgotten(conversation: Conversation, fresh: list[object]) -> ForgottenAwait:
    made = [effect for effect in fresh if isinstance(effect, Effect)]
    fresh.clear()
    inner = {id(member) for effect in made if isinstance(effect, Join) for member in effect.members}
    effect = next(effect for effect in made if id(effect) not in inner)
    where = [b.line() for b in conversation.waits()]
    before = f" somewhere before {where[0]}" if where and where[0] else ""
    return ForgottenAwait(f"{effect!r} was made and never awaited{before}: write `await` in front of it")


def _noted(text: str) -> str:
    """The beginning of a text for a reader of the journal, whatever a network let through."""
    return text[:NOTE] if text.isascii() else text[:NOTE].encode("utf-8", "replace").decode()


def _measure(plain: Any, what: str, limit: int) -> None:
    if isinstance(plain, str | list | dict) and len(size := dumps(plain)) > limit:
        msg = (
            f"{what} returned {len(size):,} bytes, and {limit:,} is the limit of what is journaled: "
            "write it to a file and return its path"
        )
        raise NotJournalable(msg)
