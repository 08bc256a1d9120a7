"""Speech: what conversations and the bot itself say, on its way into the outbox.

Owns which of it is a reply: in a room of several, what answers a message goes under it, also from behind a step that
the message has begun. Decides nothing else: the words are the turn's.
"""

from typing import TYPE_CHECKING, Any, Literal

from msgspec.structs import replace

from chinwag.core.conversation import Consequences, Conversation, Turn
from chinwag.core.markup import spans_of
from chinwag.core.recent import Recent
from chinwag.core.values import Address, Arrival, Outgoing
from chinwag.runtime.account import Account
from chinwag.runtime.inputs import Arrived

if TYPE_CHECKING:
    from chinwag.runtime.decider import Decider
    from chinwag.runtime.worker import Worker

MOST_HEARD = 10_000

Source = tuple[str, int, Any]
"""The input of a turn, as it is held if the conversation fails by it: kind, time, value."""


class Speech:
    """Puts messages into the worker's outbox.

    Args:
        worker: owns the accounts and the outbox.
        decider: knows what is decided now.
    """

    __slots__ = ("decider", "heard", "worker")

    def __init__(self, worker: "Worker", decider: "Decider") -> None:
        self.worker = worker
        self.decider = decider
        self.heard = Recent[int, Arrival](MOST_HEARD)
        """By conversation that has a step under way, the message in a room of several that it was begun by."""

    def say(self, turn: Turn, source: Source) -> None:
        """Say what a turn says, and edit what it edits before that.

        Args:
            turn: has not failed.
            source: what brought it about.
        """
        arrived, number = self.decider.current, turn.conversation.number
        direct = type(arrived) is Arrived and arrived.arrival.direct  # then nothing is answered by its reference
        answered = None if direct else self._answered(source)
        if answered is None and self.heard:  # a step has ended: what it was begun by; unknown after a restart
            answered = self.heard.pop(number, None)
        if turn.consequences is not None:
            self._note_heard(number, turn.consequences, answered)
            self.edit(turn.conversation, turn.consequences, first=True)
        worker = self.worker
        for message, delivery in turn.says:
            network = worker.accounts[message.account].network
            said = message if answered is None else _reply(message, answered)
            worker.outbox.say(said, number, network, once=delivery == "at_most_once")

    def _answered(self, source: Source) -> Arrival | None:
        """The message in a room of several that a turn answers, or that has begun the conversation."""
        kind, _, arrival = source
        if kind == "start" and type(self.decider.current) is Arrived:
            arrival = self.decider.current.arrival
        elif kind != "message":
            return None
        return None if arrival is None or arrival.direct or arrival.event != "message" else arrival

    def _note_heard(self, number: int, brought: Consequences, answered: Arrival | None) -> None:
        if brought.steps and answered is not None and not answered.direct:
            self.heard[number] = answered

    def edit(self, conversation: Conversation, brought: Consequences, *, first: bool) -> None:
        """The edits that come before what the turn says, or those that come behind it."""
        for target, words, number in brought.edits:
            if bool(number) == first:
                self._edit(conversation, target, words, number or self._number())

    def _edit(self, conversation: Conversation, target: int, words: str | None, number: int) -> None:
        """An edit goes the way of a message, behind the one that it changes."""
        where = Address.parse(conversation.address)
        act: Literal["edit", "delete"] = "edit" if words is not None else "delete"
        message = Outgoing(
            number,
            where.account,
            where.room,
            where.user,
            act,
            str(words or ""),
            target=target,
            spans=spans_of(words or ""),
        )
        network = self.worker.accounts[where.account].network
        self.worker.outbox.say(message, conversation.number, network, once=False)

    def _number(self) -> int:
        """The next number in the outbox."""
        self.worker.numbers.outbox += 1
        return self.worker.numbers.outbox

    def speak(
        self, account: Account, room: str, user: str, text: str, conversation: int = 0, *, clears: bool = False
    ) -> None:
        """Let the bot itself say something, outside any journal."""
        if text:
            message = Outgoing(
                self._number(), account.name, room, user, "say", str(text), spans=spans_of(text), clears=clears
            )
            answered = self._answered(("start", 0, None))
            message = message if answered is None else _reply(message, answered)
            self.worker.outbox.say(message, conversation, account.network, once=False)

    def speak_to(self, conversation: Conversation, text: str) -> None:
        """Say something where a conversation lives."""
        where = Address.parse(conversation.address)
        account = self.worker.accounts.get(where.account)
        if account is not None and where.room != "-":
            clears = conversation.keyboard
            self.speak(account, where.room, where.user, text, conversation.number, clears=clears)


def _reply(message: Outgoing, answered: Arrival) -> Outgoing:
    """The message as a reply to what it answers, if that is from whom it is meant for."""
    return replace(message, reply=answered.ref) if answered.user == message.user and answered.ref else message
