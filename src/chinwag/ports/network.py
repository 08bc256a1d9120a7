"""What a network gives the runtime, and what it gets of it.

Owns ``Network``, which each adapter is, and a protocol for each thing that only some networks can: an adapter that has
its method or attribute has it, and the others are spared it.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol, runtime_checkable

from msgspec import Struct

from chinwag.core.errors import Refused
from chinwag.core.pace import Limits
from chinwag.core.values import Arrival, Attachment, Outgoing


class Receipt(Struct, frozen=True, repr_omit_defaults=True):
    """The network has taken a message.

    Args:
        ref: the network's own id of it, for a later edit.
        note: what an operator should know of it, such as that the network has the same text already.
        became: of an edit, the network's own id of the message that was edited, if it has another one from now on.
        awaits: whether the other side will still say that it has arrived, by an arrival that is a ``receipt``.
    """

    ref: str = ""
    note: str = ""
    became: str = ""
    awaits: bool = False


class Network(Protocol):
    """One adapter to one chat network.

    ``numbered`` says that choices are shown with indexes, and answered by one. ``window`` is how long the network
    refuses a second message under the same key, in microseconds; 0 if it takes no keys. ``echoes`` says that a start
    shows the open questions again.
    """

    numbered: bool
    window: int
    echoes: bool

    def send(self, message: Outgoing) -> Receipt | Awaitable[Receipt]:
        """Send.

        Raises:
            Refused, Unreachable, RateLimited, Ambiguous: see ``chinwag.core.errors``.
        """
        ...


class Inbox(Protocol):
    """Where a network puts what arrives."""

    def receive(self, arrival: Arrival, done: Callable[[], None] | None = None) -> None:
        """Take in one arrival; ``done`` is called once it is durable, and only then may the network be answered."""
        ...


@runtime_checkable
class Paced(Protocol):
    """A network that may not be spoken to as fast as one likes."""

    @property
    def limits(self) -> Limits | None:
        """What it allows; None for anything."""
        ...


@runtime_checkable
class Parted(Protocol):
    """A network for which one message may be several, as a long text.

    Each part but the first waits for its turn, where there are limits. Of each that went out it tells, so that this one
    is not sent again with the rest: a message that is sent once more comes with what was told last, as ``made``.
    """

    def paced_by(self, turn: Callable[[str], Awaitable[None]]) -> None:
        """Take what waits until a room may be spoken to once more; whoever keeps the limits gives it."""
        ...

    def tells(self, partly: Callable[[Outgoing, str], None]) -> None:
        """Take what is to be called with a message and what of it the network has by now, in its own words."""
        ...


@runtime_checkable
class Archived(Protocol):
    """A network that can be asked, after a downtime, for what came since something that is durable."""

    def catches_up_by(self, last: Callable[[str], Awaitable[tuple[str, int] | None]]) -> None:
        """Take what tells the last id that was consumed here, and when, by how such ids begin."""
        ...


@runtime_checkable
class Returning(Protocol):
    """A network that knows when it is there again: what waits for it goes out then, and not at the end of a pause."""

    def returns_by(self, back: Callable[[], None]) -> None:
        """Take what is to be called when it is."""
        ...


@runtime_checkable
class Posting(Protocol):
    """A network on which an account has a timeline: what is said in the room ``-`` is a post of its own.

    ``posts`` says that a post may have a visibility and a content warning.
    """

    posts: bool


class Budget(Struct, frozen=True):
    """What a network lets an account do for now.

    Args:
        left: how many calls or posts are left.
        of: of how many.
        resets: when there are all again, in microseconds since the epoch; 0 if that is not known.
    """

    left: int
    of: int
    resets: int = 0


@runtime_checkable
class Budgeted(Protocol):
    """A network that tells how much it lets an account do."""

    @property
    def budget(self) -> Budget | None:
        """The last that it said; None if it has said nothing yet."""
        ...


class Memory(Protocol):
    """A few values that a network keeps for an account, in the store."""

    async def recall(self) -> dict[str, Any]:
        """All that was kept."""
        ...

    async def keep(self, key: str, value: Any) -> None:
        """Keep a value, which is durable when this returns."""
        ...


@runtime_checkable
class Remembering(Protocol):
    """A network that has something to remember over a restart, such as up to where it has read."""

    def remember_in(self, memory: Memory) -> None:
        """Take what remembers; called before the network is started."""
        ...


@runtime_checkable
class Admitting(Protocol):
    """A network that lets people in only when an operator says so, and knows over a restart who waits."""

    def waiting(self) -> Sequence[str]:
        """The addresses of those who wait."""
        ...

    def admit(self, address: str, *, welcome: bool) -> None:
        """Let somebody in who waits, or not.

        Args:
            address: whose.
            welcome: whether to let them in.

        Raises:
            Unreachable: if nobody can be told now.
        """
        ...


@runtime_checkable
class Gathering(Protocol):
    """A network that takes several messages of a room in one call, and some as the answer to what arrived.

    ``together`` is how many a call may have. An arrival's ``ref`` is the token under which it may be answered, direct
    chats included; a message that answers has it as its ``reply``.
    """

    together: int

    def known_until(self, message: Outgoing, begun: int) -> int:
        """Until when the network knows a second try for one.

        Args:
            message: the first of those that go together.
            begun: when it was first sent, in microseconds.
        """
        ...

    async def send_together(self, messages: Sequence[Outgoing], *, again: bool) -> "Sequence[Receipt | Refused]":
        """Send messages of one room, in order.

        Args:
            messages: the first has the token, if there is one; its key is that of them all.
            again: whether they may have arrived.

        Returns:
            What became of each.

        Raises:
            RateLimited, Unreachable, Ambiguous: for all of them; see ``chinwag.core.errors``.
        """
        ...


@runtime_checkable
class Pressable(Protocol):
    """A network that has buttons at messages, and wants to hear what became of a press."""

    def pressed(self, press: Arrival, words: str) -> None:
        """Tell who pressed a button that it was heard.

        Args:
            press: what arrived.
            words: empty if it answered its question, else why it did not.
        """
        ...


@runtime_checkable
class Typing(Protocol):
    """A network that can show that the bot is at work."""

    def typing(self, room: str) -> None:
        """Show it for some seconds; nobody counts on it."""
        ...


@runtime_checkable
class Fetching(Protocol):
    """A network that keeps the files that came along with messages."""

    async def fetch(self, attachment: Attachment) -> bytes:
        """The bytes of a file.

        Raises:
            FetchError: if they cannot be had.
        """
        ...
