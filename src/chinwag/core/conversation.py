"""A live conversation: its branches, its place in the journal, and the turn that it is in.

These are the engine's working records, mutable and slotted; a million may be alive, so a field here has a price.
"""

from collections import deque
from collections.abc import Iterator
from contextvars import Context
from types import CoroutineType
from typing import Any

from msgspec import Struct

from chinwag.core.effects import Ask, Effect, Join, Listen, Step
from chinwag.core.errors import Evicted
from chinwag.core.journal import STATE, Opened, Replay, Row
from chinwag.core.values import Arrival, Outgoing, Texts

WAITING, ENDED, CANCELLED, FAILED, DIVERGED = "waiting", "ended", "cancelled", "failed", "diverged"
DELETED: Any = type("Deleted", (), {"__repr__": lambda _: "DELETED"})()


class Numbers:
    """The counters from which conversations and outgoing messages get their ids; a store says where they stand."""

    __slots__ = ("conversation", "outbox")

    def __init__(self, conversation: int = 0, outbox: int = 0) -> None:
        self.conversation = conversation
        self.outbox = outbox


class Branch:
    """One line of execution: the conversation's own, or a member of a ``first`` or ``all``.

    A waiting branch has its effect here, with path, deadline and the prompt's outbox number.
    """

    __slots__ = ("asked", "coroutine", "count", "due", "effect", "index", "join", "parent", "path", "prefix", "prompt")

    def __init__(self, coroutine: Any, prefix: str = "", parent: "Branch | None" = None, index: int = 0) -> None:
        self.coroutine = coroutine
        self.prefix = prefix
        self.parent = parent
        self.index = index
        self.count = 0
        self.effect: Effect | None = None
        self.join: JoinState | None = None
        self.path = ""
        self.due = 0
        self.prompt = 0
        self.asked = 0

    def line(self) -> str:
        """Where the user's code of this branch waits, such as ``guess.py:14``."""
        branch = self
        awaited: Any = branch.coroutine
        while type(awaited) is not CoroutineType and branch.parent is not None:
            branch = branch.parent
            awaited = branch.coroutine
        frame = None
        while type(awaited) is CoroutineType and awaited.cr_frame is not None:
            frame = awaited.cr_frame
            awaited = awaited.cr_await
        return f"{frame.f_code.co_filename.rpartition('/')[2]}:{frame.f_lineno}" if frame is not None else ""

    def leaves(self) -> "Iterator[Branch]":
        """Every branch that waits for something from outside, in order."""
        if self.join is not None:
            for child in self.join.children:
                yield from child.leaves()
        elif self.effect is not None:
            yield self


class JoinState:
    """A ``first`` or ``all`` under way."""

    __slots__ = ("children", "closing", "done", "effect", "error", "results", "starting", "winner")

    def __init__(self, effect: Join) -> None:
        self.effect = effect
        self.children: list[Branch] = []
        self.results: dict[int, Any] = {}
        self.winner = -1
        self.error: BaseException | None = None
        self.closing = False
        self.starting = True
        self.done = 0


class UserData:
    """The durable mapping of one user and bot, shared by all of the user's live conversations."""

    __slots__ = ("__weakref__", "plain", "user")

    def __init__(self, user: str, plain: dict[str, Any]) -> None:
        self.user = user
        self.plain = plain


class Manner(Struct, frozen=True):
    """What all conversations of one account share.

    Args:
        texts: what the bot says of its own accord.
        homes: the modules whose functions are known by their bare names.
        numbered: whether the network shows choices with indexes, and so takes an index.
    """

    texts: Texts = Texts()
    homes: frozenset[str] = frozenset()
    numbered: bool = False


_PLAIN = Manner()


class Conversation:
    """One running instance of a conversation function.

    Args:
        number: its id in the store.
        name: the function's name in the journal.
        entry: the function, or the state it is in.
        arguments: what the function gets after the chat.
        address: where it lives, as a string.
        seed: 16 bytes from which all of its random numbers come.
    """

    __slots__ = (
        "address",
        "armed",
        "arguments",
        "attended",
        "born",
        "context",
        "data",
        "draws",
        "entry",
        "evicting",
        "last",
        "mail",
        "manner",
        "message",
        "name",
        "number",
        "patches",
        "root",
        "seed",
        "seen",
        "seq",
        "turn",
    )

    def __init__(  # noqa: PLR0913, PLR0917 - a row of the store, built in two places
        self,
        number: int,
        name: str,
        entry: Any,
        arguments: tuple[Any, ...],
        address: str,
        seed: bytes,
        *,
        attended: bool = False,
    ) -> None:
        self.number = number
        self.name = name
        self.entry = entry
        self.arguments = arguments
        self.address = address
        self.seed = seed
        self.attended = attended
        self.seq = 0
        self.draws = 0
        self.armed = 0
        self.born = 0
        self.last = 0
        self.root: Branch | None = None
        self.context: Context | None = None
        self.turn: Turn | None = None
        self.mail: deque[Arrival] | None = None
        self.message: Any = None
        self.data: UserData | None = None
        self.seen: dict[str, Any] | None = None
        self.patches: dict[str, bool] | None = None
        self.manner: Manner = _PLAIN
        self.evicting = False

    def __str__(self) -> str:
        return f"conversation {self.number} ({self.name})"

    def waits(self) -> list[Branch]:
        """Every branch that waits for something from outside."""
        root = self.root
        if root is None:
            return []
        if root.join is None:
            return [root] if root.effect is not None else []
        return list(root.leaves())

    def find(self, path: str) -> Branch | None:
        """The branch that waits under this path."""
        for branch in self.waits():
            if branch.path == path:
                return branch
        return None

    def questions(self) -> list[Branch]:
        """The waits that a message may answer."""
        return [b for b in self.waits() if isinstance(b.effect, Ask | Listen)]

    def earliest(self) -> int:
        """The next deadline in microseconds, 0 if there is none."""
        root = self.root
        if root is not None and root.join is None:
            return root.due
        return min((b.due for b in self.waits() if b.due), default=0)

    def here(self) -> "Turn":
        """The turn under way, for what the handle does without an await."""
        if self.evicting:
            raise Evicted
        assert self.turn is not None  # noqa: S101 - RUNNING names a conversation only within a turn
        return self.turn


class Turn:
    """The draft of one turn: all that the commit has to hold, and what is done after it."""

    __slots__ = (
        "at",
        "births",
        "cause",
        "checkpoint",
        "conversation",
        "draws",
        "edits",
        "error",
        "handed",
        "how",
        "keys",
        "logs",
        "note",
        "numbers",
        "opened",
        "patches",
        "path",
        "read",
        "replay",
        "said",
        "says",
        "sent",
        "starts",
        "states",
        "status",
        "steps",
        "stopped",
        "value",
        "waited",
        "writes",
    )

    def __init__(
        self, conversation: Conversation, numbers: Numbers, at: int, cause: str, replay: Replay | None = None
    ) -> None:
        self.numbers = numbers
        self.conversation = conversation
        self.at = at
        self.cause = cause
        self.replay = replay
        self.path = ""
        self.how = ""
        self.value: Any = None
        self.note = ""
        self.opened: list[Opened] = []
        self.draws = conversation.draws
        self.said = 0
        self.sent = 0
        self.says: list[tuple[Outgoing, str]] = []
        self.starts: list[tuple[str, str, int]] = []
        self.births: list[Conversation] = []
        self.read: dict[str, list[Any]] = {}
        self.keys: list[str] | None = None
        self.patches: list[str] = []
        self.writes: dict[str, Any] | None = None
        self.handed: list[tuple[str, Any, Any]] | None = None
        self.steps: list[tuple[str, Step]] = []
        self.stopped: list[str] = []
        self.waited: list[int] = []
        self.edits: list[tuple[int, str | None]] = []
        self.logs: list[tuple[int, str, tuple[Any, ...]]] = []
        self.checkpoint: Any = None
        self.states = 0
        self.status = WAITING
        self.error: BaseException | None = None

    def restart(self, state: Any) -> None:
        """A checkpoint: what the turn did for the journal so far is dropped, what it says and starts is not."""
        conversation = self.conversation
        conversation.entry = state
        conversation.seen = None
        conversation.patches = None
        self.checkpoint = state
        self.cause, self.path, self.how, self.value, self.note = STATE, "", "", None, ""
        self.opened, self.starts, self.read, self.keys, self.patches = [], [], {}, None, []
        self.draws = conversation.draws
        self.said = self.sent = 0

    def row(self) -> Row:
        """The journal's row of this turn."""
        return Row(
            self.at,
            self.cause,
            self.path,
            self.how,
            self.value,
            self.opened,
            self.conversation.draws - self.draws,
            (self.sent, self.said),
            self.starts,
            self.read,
            self.keys,
            self.patches,
            self.note,
        )
