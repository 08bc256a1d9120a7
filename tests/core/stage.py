"""A stage for conversations: the pure engine alone, with a journal in memory and data shared by user.

It does what a worker does with a turn, and nothing else: no loop, no store, no clock. Every row is encoded and decoded,
so that what is replayed is what a store would give back.
"""

from typing import Any

from chinwag.core import journal
from chinwag.core.codec import state_from_plain, state_to_plain
from chinwag.core.conversation import DELETED, FAILED, Branch, Conversation, Manner, Numbers, Turn, UserData
from chinwag.core.drive import evict
from chinwag.core.effects import NO_DEFAULT, Step
from chinwag.core.engine import Accepted, Engine, Refused, offer
from chinwag.core.errors import Undeliverable
from chinwag.core.journal import Row
from chinwag.core.values import Arrival, Attachment

SECOND = 1_000_000
START = 1_700_000_000 * SECOND
ADDRESS = "test:bot/room/ann"
SEED = bytes(range(16))
NOTHING: tuple[Any, ...] = ()


class Stage:
    """One conversation, its journal, and the clock that the test moves."""

    def __init__(
        self,
        entry: Any,
        arguments: tuple[Any, ...] = (),
        *,
        data: UserData | None = None,
        manner: Manner | None = None,
        numbers: Numbers | None = None,
        number: int = 1,
    ) -> None:
        self.numbers = numbers or Numbers(conversation=100, outbox=0)
        self.engine = Engine(self.numbers)
        self.entry = entry
        self.arguments = arguments
        self.data = data or UserData("ann", {})
        self.manner = manner or Manner()
        self.number = number
        self.name = getattr(entry, "__qualname__", type(entry).__qualname__)
        self.rows: list[bytes] = []
        self.at = START
        self.draws = 0
        self.said: list[str] = []
        self.conversation = self.new(entry)
        self.turn: Turn | None = None

    def new(self, entry: Any) -> Conversation:
        conversation = Conversation(self.number, self.name, entry, self.arguments, ADDRESS, SEED, attended=True)
        conversation.data = self.data
        conversation.manner = self.manner
        conversation.draws = self.draws
        return conversation

    # -- turns

    def begin(self) -> "Stage":
        self.take(self.engine.begin(self.conversation, self.at))
        return self

    def hear(self, text: str, *, after: float = 1, **more: Any) -> "Stage":
        """A message for the question that was asked last."""
        self.at += round(after * SECOND)
        arrival = Arrival("test:bot", "room", more.pop("user", "ann"), text, **more)
        for branch in reversed(self.conversation.questions()):
            offered = offer(self.conversation, branch, arrival)
            if isinstance(offered, Accepted):
                return self.take(self.engine.accept(self.conversation, branch, self.at, offered, text))
            if isinstance(offered, Refused):
                return self.take(self.engine.refuse(self.conversation, branch, self.at, offered, text))
        return self

    def see(self, *attachments: Attachment) -> "Stage":
        return self.hear("", attachments=attachments)

    def expire(self) -> "Stage":
        """The next deadline comes."""
        branch = min((b for b in self.conversation.waits() if b.due), key=lambda b: b.due)
        self.at = max(self.at, branch.due)
        return self.take(self.engine.expire(self.conversation, branch, self.at))

    def outcome(self, value: Any = None, error: BaseException | None = None) -> "Stage":
        """The step that is under way ends."""
        self.at += SECOND
        branch = next(b for b in self.conversation.waits() if isinstance(b.effect, Step))
        return self.take(self.engine.finish_step(self.conversation, branch, self.at, value, error))

    def settle(self, number: int, refusal: str | None = None) -> "Stage":
        """The network has taken a message, or refused it."""
        self.at += SECOND
        branch = next((b for b in self.conversation.waits() if b.prompt == number), None)
        assert branch is not None
        error = None if refusal is None else Undeliverable(refusal)
        return self.take(self.engine.deliver(self.conversation, branch, self.at, error))

    def cancel(self) -> "Stage":
        self.at += SECOND
        return self.take(self.engine.cancel(self.conversation, self.at))

    def take(self, turn: Turn) -> "Stage":
        """Do with a turn what a worker does."""
        self.turn = turn
        if turn.status == FAILED:
            return self
        if turn.checkpoint is not None:
            self.rows = []
            self.draws = turn.draws
            self.entry = state_from_plain(state_to_plain(turn.checkpoint), type(turn.checkpoint))
        self.rows.append(journal.encode(turn.row()))
        self.said += [outgoing.text for outgoing, _ in turn.says]
        for key, plain in (turn.writes or {}).items():
            if plain is DELETED:
                self.data.plain.pop(key, None)
            else:
                self.data.plain[key] = plain
        return self

    # -- replay

    def decoded(self) -> list[Row]:
        return [journal.decode(row) for row in self.rows]

    def copy(self, entry: Any = None, upto: int | None = None) -> "Stage":
        """The conversation woken from its journal, perhaps with changed code; it shares no memory but the data."""
        twin = Stage(entry or self.entry, self.arguments, data=UserData("ann", dict(self.data.plain)))
        twin.numbers.conversation, twin.numbers.outbox = self.numbers.conversation, self.numbers.outbox
        twin.manner, twin.number, twin.name, twin.at, twin.draws = (
            *(self.manner, self.number, self.name),
            self.at,
            self.draws,
        )
        twin.rows = self.rows[:upto]
        twin.conversation = twin.new(twin.entry)
        return twin

    def replay(self) -> list[Branch]:
        return self.engine.replay(self.conversation, self.decoded()).reworded

    def woken(self, entry: Any = None) -> "Stage":
        """The same after a restart."""
        twin = self.copy(entry)
        twin.replay()
        return twin

    def reword(self, branch: Branch) -> "Stage":
        self.at += SECOND
        return self.take(self.engine.reword(self.conversation, branch, self.at))

    def mark(self) -> "Stage":
        self.at += SECOND
        return self.take(self.engine.mark(self.conversation, self.at))

    def end(self) -> None:
        """Leave nothing for the garbage collection."""
        assert evict(self.conversation) == []

    # -- what is looked at

    @property
    def now(self) -> Turn:
        assert self.turn is not None
        return self.turn

    @property
    def status(self) -> str:
        return self.now.status

    @property
    def error(self) -> BaseException:
        assert self.now.error is not None, self.now.status
        return self.now.error

    @property
    def words(self) -> list[str]:
        """What the last turn said and asked."""
        return [outgoing.text for outgoing, _ in self.now.says]


def waiting(conversation: Conversation) -> list[tuple[Any, ...]]:
    """All that matters of what a conversation waits for."""
    return [_wait(branch) for branch in conversation.waits()]


def _wait(branch: Branch) -> tuple[Any, ...]:
    effect = branch.effect
    assert effect is not None
    default = getattr(effect, "default", NO_DEFAULT)
    return (
        branch.path,
        effect.kind,
        effect.label(),
        effect.text(),
        branch.due,
        branch.prompt,
        branch.asked,
        repr(default),
    )
