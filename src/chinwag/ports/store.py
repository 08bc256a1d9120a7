"""What a store gives the runtime: rows to read, and commits.

``Batch`` is what one commit holds: rows by table, in the order in which a store applies them.
"""

from collections.abc import Awaitable, Sequence
from typing import Any, Protocol

from msgspec import Raw, Struct

PENDING, SENDING, SENT, FAILED, UNCERTAIN = "pending", "sending", "sent", "failed", "uncertain"


class Parked(Struct):
    """A conversation as the store has it.

    Args:
        number: its id.
        name: the name of the function that began it.
        address: where it lives.
        seed: 16 bytes, as hex.
        attended: whether a user began it.
        status: waiting, ended, cancelled, failed or diverged.
        born: when, in microseconds.
        base: the number of the first journal row since the last checkpoint.
        draws: random numbers drawn before that.
        birth: the arguments and the message that began it.
        state: the state since the last checkpoint: name and fields; None if there was none.
        error: for failed and diverged ones, what happened.
        fingerprint: of the code that ran it last.
        due: the deadline in the timer table, 0 if there is none.
        changed: when its status changed last, in microseconds.
        rows: journal rows since the checkpoint, as JSON.
        held: inputs that it has not consumed: id, kind, time, body.
        steps: paths of the steps under way, with the epoch that claimed each (0: not ``once``).
    """

    number: int
    name: str
    address: str
    seed: str
    attended: bool
    status: str
    born: int
    base: int
    draws: int
    birth: str
    state: str | None
    error: str | None
    fingerprint: str
    due: int
    changed: int
    rows: list[str] = []
    held: list[tuple[int, str, int, str]] = []
    steps: list[tuple[str, int]] = []


class Planned(Struct):
    """A schedule of one recipient; one without a name is never due, and says that somebody is a recipient.

    Args:
        number: its id.
        name: the conversation's name.
        address: the recipient.
        zone: the recipient's time zone.
        spec: the schedule as text.
        due: the next run, in microseconds; 0 if there is none.
        anchor: from where ``every`` counts, in microseconds.
    """

    number: int
    name: str
    address: str
    zone: str
    spec: str
    due: int
    anchor: int


class Open(Struct):
    """A message in the outbox that is not decided yet, or may be sent again.

    ``awaited``: somebody waits to hear of it. ``ref``: what of it the network has already.
    """

    number: int
    conversation: int
    account: str
    room: str
    status: str
    epoch: int
    attempts: int
    at: int
    once: bool
    body: str
    awaited: bool = False
    ref: str = ""


class Counters(Struct):
    """Where a store's ids stand when it is opened."""

    epoch: int
    conversation: int
    outbox: int
    inbox: int
    schedule: int
    identity: str


class Batch:
    """What one commit holds. Each field has rows for one named query of the store, applied in this order.

    Where the last of several rows for one key counts, the field is a mapping.
    """

    ORDER = (
        "births",
        "journal",
        "blobs",
        "checkpoints",  # behind `blobs`: they drop those of the journal that they drop
        "seen",
        "inbox",
        "taken",
        "outbox",
        "marks",
        "retried",
        "promotions",  # behind `retried`: what is sent once more may be promoted at once
        "heard",
        "awaited",  # behind `heard`: whoever has just heard of a message may at once wait for it again
        "stepped",
        "steps",
        "writes",
        "deletes",
        "timers",
        "schedules",
        "unscheduled",
        "statuses",
        "ends",
        "moves",  # the last: whatever the batch wrote under the old address goes along
    )
    __slots__ = ORDER

    def __init__(self) -> None:
        self.births: list[tuple[int, str, str, str, int, int, Raw, str]] = []
        """number, name, address, seed, attended, born, birth, fingerprint"""
        self.checkpoints: dict[int, tuple[int, int, int, Raw, str]] = {}
        """number, base, draws, state, fingerprint: also drops the journal before base"""
        self.journal: list[tuple[int, int, Raw]] = []
        """conversation, seq, row"""
        self.blobs: list[tuple[str, int, int, Raw]] = []
        """kind, owner, seq, body: bodies of over 16 KB; the row itself has 0"""
        self.seen: list[tuple[str, str, int]] = []
        """account, id, at"""
        self.inbox: list[tuple[int, int, str, int, Raw]] = []
        """id, conversation, kind, at, body"""
        self.taken: list[tuple[int]] = []
        """id of an inbox row"""
        self.outbox: list[tuple[int, int, str, str, str, int, int, int, Raw]] = []
        """number, conversation, account, room, status, epoch, at, once, body"""
        self.marks: list[tuple[int, str, str, str, int, int]] = []
        """number, status, ref, error, attempts, whether somebody must hear of it"""
        self.promotions: list[tuple[int, int, int]] = []
        """number, epoch, doubled: 1 if it may have been sent before"""
        self.awaited: list[tuple[int]] = []
        """number of a message whose delivery somebody waits for"""
        self.heard: list[tuple[int]] = []
        """number of a message whose fate was told to whoever waited"""
        self.steps: list[tuple[int, str, int]] = []
        """conversation, path, epoch (0: not once)"""
        self.stepped: list[tuple[int, str]] = []
        """conversation, path"""
        self.writes: dict[tuple[str, str], tuple[str, str, Raw]] = {}
        """user, key, value"""
        self.deletes: dict[tuple[str, str], tuple[str, str]] = {}
        """user, key"""
        self.timers: list[tuple[int, int]] = []
        """conversation, due"""
        self.schedules: list[tuple[int, str, str, str, str, int, int]] = []
        """number, name, address, zone, spec, due, anchor"""
        self.unscheduled: list[tuple[int]] = []
        """number of a schedule"""
        self.statuses: dict[int, tuple[int, str, int, str | None, str, int]] = {}
        """number, status, at, error, fingerprint, whether it keeps its address"""
        self.retried: list[tuple[int]] = []
        """number of a failed or uncertain message to be sent again"""
        self.ends: list[tuple[int, str, str, int]] = []
        """number, address, status, at: forget address, timer, steps"""
        self.moves: list[tuple[str, str, str, str, str]] = []
        """account, room, new room, and how the addresses of both begin: all that lives there goes along; one at most"""

    def __len__(self) -> int:
        """Count the rows."""
        return sum(len(getattr(self, name)) for name in self.ORDER)


class Store(Protocol):
    """Where everything durable is. One owner at a time writes; see the contract suite in ``chinwag.testing``."""

    async def open(self) -> Counters:
        """Take ownership, migrate, begin a new epoch.

        Raises:
            StoreError: with one sentence that says what to do.
        """
        ...

    async def close(self) -> None:
        """Finish what is being written and let go."""
        ...

    def commit(self, batch: Batch) -> Awaitable[None]:
        """Apply a batch, all or nothing.

        Raises:
            StoreFull, StoreError: nothing was written.
        """
        ...

    async def known(self, ids: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which of these (account, id) were consumed before."""
        ...

    async def last_seen(self, account: str, prefix: str) -> tuple[str, int] | None:
        """The id that was consumed last among those of an account that begin so, and when; None if there is none."""
        ...

    async def at(self, addresses: Sequence[str]) -> list[Parked]:
        """The conversations that live at these addresses, the oldest first."""
        ...

    async def homes(self, numbers: Sequence[int]) -> list[str]:
        """The addresses at which these conversations live; those that are over or failed are left out."""
        ...

    async def parked(self, numbers: Sequence[int]) -> list[Parked]:
        """These conversations."""
        ...

    async def data(self, users: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The durable data of these users; users without any are left out."""
        ...

    async def due(self, after: tuple[int, int], limit: int) -> list[tuple[int, int]]:
        """The next deadlines of conversations, in order, after this (due, number)."""
        ...

    async def planned(self, after: tuple[int, int], limit: int) -> list[Planned]:
        """The next runs of schedules, in order, after this (due, number)."""
        ...

    async def schedules_of(self, account: str, after: tuple[str, str, str], limit: int) -> list[Planned]:
        """The next schedules of one account's recipients, in order, after this (address, name, spec)."""
        ...

    async def schedules_at(self, addresses: Sequence[str]) -> list[Planned]:
        """All schedules of the recipients at these addresses, in order of address, name and spec."""
        ...

    async def open_outbox(self) -> list[Open]:
        """Messages that are pending or being sent, in order."""
        ...

    async def outgoing(self, numbers: Sequence[int]) -> list[tuple[int, str, str, str, int]]:
        """Of these messages: number, status, ref, error, conversation."""
        ...

    async def undelivered(self, conversation: int) -> list[Open]:
        """Its messages that failed, or may or may not have arrived."""
        ...

    async def unheard(self) -> list[tuple[int, int, str]]:
        """Messages whose fate somebody must still hear of: conversation, number, error."""
        ...

    async def unfinished(self) -> list[int]:
        """Conversations that have steps under way, or inputs that they can consume."""
        ...

    async def troubled(self, status: str) -> list[Parked]:
        """Conversations that are failed, or diverged, without their rows."""
        ...
