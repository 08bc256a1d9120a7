"""A live conversation: its branches, its place in the journal, and the turn that it is in.

These are the engine's working records, mutable and slotted; a million may be alive, so a field here has a price. A
Struct is the fastest to make, a dataclass the fastest to change: each is what is done to it more often.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextvars import Context
from dataclasses import dataclass
from types import CodeType, CoroutineType, FrameType
from typing import Any

from msgspec import Struct

from chinwag.core.effects import Ask, Effect, Join, Listen, Step
from chinwag.core.errors import Evicted
from chinwag.core.journal import STATE, Opened, Replay, Row
from chinwag.core.running import RUNNING, Running
from chinwag.core.values import Arrival, Outgoing, Texts

WAITING, ENDED, CANCELLED, FAILED, DIVERGED = "waiting", "ended", "cancelled", "failed", "diverged"
MOST_LINES = 10_000
DELETED: Any = type("Deleted", (), {"__repr__": lambda _: "DELETED"})()


_lines: dict[tuple[int, int], tuple[CodeType, str]] = {}


def _line(code: CodeType, instruction: int, frame: FrameType) -> str:
    """File and line, remembered by instruction: finding a line is slow, and a bot waits in few places."""
    line = f"{code.co_filename.rpartition('/')[2]}:{frame.f_lineno}"
    if len(_lines) < MOST_LINES:
        _lines[id(code), instruction] = (code, line)
    return line


@dataclass(slots=True, eq=False)
class Numbers:
    """The counters from which conversations and outgoing messages get their ids; a store says where they stand."""

    conversation: int = 0
    outbox: int = 0


@dataclass(slots=True, eq=False, repr=False)
class Branch:
    """One line of execution: the conversation's own, or a member of a ``first`` or ``all``.

    A waiting branch has its effect here, with path, deadline and the prompt's outbox number.
    """

    coroutine: Any
    prefix: str = ""
    parent: "Branch | None" = None
    index: int = 0
    count: int = 0
    effect: Effect | None = None
    join: "JoinState | None" = None
    path: str = ""
    due: int = 0
    prompt: int = 0
    asked: int = 0

    def __repr__(self) -> str:
        return f"<branch {self.prefix or 'of the conversation'}: {self.effect!r}>"

    def line(self) -> str:
        """Where the user's code of this branch waits, such as ``guess.py:14``."""
        branch = self
        awaited: Any = branch.coroutine
        while type(awaited) is not CoroutineType and branch.parent is not None:
            branch = branch.parent
            awaited = branch.coroutine
        frame = None
        while type(awaited) is CoroutineType and (waiting := awaited.cr_frame) is not None:
            frame = waiting
            awaited = awaited.cr_await
        if frame is None:
            return ""
        code, instruction = frame.f_code, frame.f_lasti
        known = _lines.get((id(code), instruction))
        return known[1] if known is not None and known[0] is code else _line(code, instruction, frame)

    def leaves(self) -> "Iterator[Branch]":
        """Every branch that waits for something from outside, in order."""
        if self.join is not None:
            for child in self.join.children:
                yield from child.leaves()
        elif self.effect is not None:
            yield self


class JoinState(Struct, eq=False):
    """A ``first`` or ``all`` under way."""

    effect: Join
    children: list[Branch] = []
    results: dict[int, Any] = {}
    winner: int = -1
    error: BaseException | None = None
    closing: bool = False
    starting: bool = True
    done: int = 0


class UserData(Struct, eq=False, weakref=True):
    """The durable mapping of one user and bot, shared by all of the user's live conversations."""

    user: str
    plain: dict[str, Any]


def _no_data(address: str) -> UserData | None:
    del address
    return None


class Manner(Struct, frozen=True, eq=False):
    """What all conversations of one account share.

    Args:
        texts: what the bot says of its own accord.
        homes: the modules whose functions are known by their bare names.
        numbered: whether the network shows choices with indexes, and so takes an index.
        inline: whether it puts the buttons of an inline choice at the message itself.
        posts: whether it has posts, with a visibility and a content warning.
        settings_of: the class of the bot's settings, if it declares one.
        settings: what the account was given of them; None for the defaults.
        data_of: finds a user's data by address; a user who had none may have some since.
    """

    texts: Texts = Texts()
    homes: frozenset[str] = frozenset()
    numbered: bool = False
    inline: bool = False
    posts: bool = False
    settings_of: type | None = None
    settings: Any = None
    data_of: Callable[[str], UserData | None] = _no_data


_PLAIN = Manner()


@dataclass(slots=True, eq=False, repr=False)
class Conversation:
    """One running instance of a conversation function.

    Args:
        number: its id in the store.
        name: the function's name in the journal.
        entry: the function, or the state it is in.
        arguments: what the function gets after the chat.
        address: where it lives, as a string.
        seed: 16 bytes from which all of its random numbers come.
        attended: whether a user began it.
        base: the number of its first journal row since the last checkpoint.
        seq: the number of its next journal row.
        draws: random numbers drawn so far.
        armed: the deadline that the store has, in microseconds; 0 if none.
        born: when it began, in microseconds.
        last: the time of its last turn, in microseconds.
        mail: messages kept for its next question: inbox number and arrival of each.
        message: the message that began it.
        zone: the time zone of whoever a schedule began it for; empty if none did.
        data: its user's data, if there is any.
        seen: what it last saw of that.
        given: the settings that it last saw.
        patches: which changes of the code it takes.
        keyboard: whether it has brought up a keyboard of choices that no message of it has taken away.
        evicting: whether it is being thrown out of memory.
    """

    number: int
    name: str
    entry: Any
    arguments: tuple[Any, ...]
    address: str
    seed: bytes
    attended: bool = False
    base: int = 0
    seq: int = 0
    draws: int = 0
    armed: int = 0
    born: int = 0
    last: int = 0
    root: Branch | None = None
    context: Context | None = None
    turn: "Turn | None" = None
    mail: deque[tuple[int, Arrival]] | None = None
    message: Any = None
    zone: str = ""
    data: UserData | None = None
    seen: dict[str, Any] | None = None
    given: Any = None
    patches: dict[str, bool] | None = None
    manner: Manner = _PLAIN
    keyboard: bool = False
    evicting: bool = False

    def __str__(self) -> str:
        return f"conversation {self.number} ({self.name})"

    def __repr__(self) -> str:
        return f"<{self}>"

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


class Consequences(Struct, eq=False):
    """What a turn brings about besides words and waits; most turns bring about nothing of it.

    Args:
        births: conversations that begin.
        steps: steps that begin, with their paths.
        stopped: paths of steps that nobody waits for any more.
        waited: numbers of the messages of whose delivery somebody wants to hear.
        edits: messages to change, with their new words (None takes one back) and the edit's number in the outbox; with
            0 it comes behind all that the turn says.
        logs: level, text and arguments of each line.
    """

    births: list[Conversation] = []
    steps: list[tuple[str, Step]] = []
    stopped: list[str] = []
    waited: list[int] = []
    edits: list[tuple[int, str | None, int]] = []
    logs: list[tuple[int, str, tuple[Any, ...]]] = []


class Turn(Struct, eq=False):
    """The draft of one turn: all that the commit has to hold, and what is done after it.

    The first fields are those of its journal row. ``said`` counts messages, ``sent`` is the number of the first;
    ``draws`` is where the conversation's count stood before. ``here`` is what runs in this thread, ``where`` the
    conversation's account, room and user, if they are known. ``replay`` is set if the turn is run again. ``carried`` is
    what was written before a checkpoint in this turn: news to the state behind it, as all data is.
    """

    conversation: Conversation
    numbers: Numbers
    at: int
    cause: str
    draws: int
    here: Running
    replay: Replay | None = None
    where: Sequence[str] | None = None
    path: str = ""
    how: str = ""
    value: Any = None
    note: str = ""
    opened: list[Opened] = []
    starts: tuple[tuple[str, str, int], ...] = ()
    read: dict[str, list[Any]] = {}
    keys: list[str] | None = None
    patches: tuple[str, ...] = ()
    said: int = 0
    sent: int = 0
    says: list[tuple[Outgoing, str]] = []
    writes: dict[str, Any] | None = None
    carried: dict[str, Any] | None = None
    handed: list[tuple[str, Any, Any]] | None = None
    consequences: Consequences | None = None
    checkpoint: Any = None
    states: int = 0
    successor: Any = None
    status: str = WAITING
    error: BaseException | None = None

    def more(self) -> Consequences:
        """What it brings about besides words and waits."""
        if self.consequences is None:
            self.consequences = Consequences()
        return self.consequences

    def restart(self, state: Any) -> None:
        """A checkpoint: what the turn did for the journal so far is dropped, what it says and starts is not."""
        conversation = self.conversation
        conversation.entry = state
        conversation.context = Context()  # as after a restart, which knows nothing of the states before
        conversation.seen = conversation.given = None
        conversation.patches = None
        self.checkpoint = state
        self.cause, self.path, self.how, self.value, self.note = STATE, "", "", None, ""
        self.opened, self.starts, self.read, self.keys, self.patches = [], (), {}, None, ()
        self.draws = conversation.draws
        self.said = self.sent = 0
        if self.writes:
            self.carried, self.writes = {**(self.carried or {}), **self.writes}, None

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


def open_turn(  # noqa: PLR0913, PLR0917 - a turn's first fields
    conversation: Conversation,
    numbers: Numbers,
    at: int,
    cause: str,
    replay: Replay | None = None,
    where: Sequence[str] | None = None,
    path: str = "",
    how: str = "",
    value: Any = None,
    note: str = "",
) -> Turn:
    """Begin a turn: from here on the conversation is the one that runs. Its time never goes back."""
    at = max(at, conversation.last)
    conversation.last = at
    here = RUNNING.here
    turn = Turn(conversation, numbers, at, cause, conversation.draws, here, replay, where, path, how, value, note)
    conversation.turn = turn
    here.conversation = conversation
    if here.fresh:
        here.fresh.clear()
    return turn
