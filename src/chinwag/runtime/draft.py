"""A draft: the turns of one moment, the batch that makes them durable, and what is done once they are."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Raw

from chinwag.core.conversation import Conversation
from chinwag.core.effects import Step
from chinwag.core.values import Arrival
from chinwag.ports import Batch, Planned
from chinwag.runtime.inputs import Input

MOST_ROWS = 5000
MOST_BYTES = 4 << 20
ROW = MOST_BYTES // MOST_ROWS
"""What a row with a body weighs besides: so it need not be counted as a row, too."""
LARGE = 16 << 10

_encode = msgspec.json.Encoder().encode
EMPTY = Raw(b"0")


class Draft:
    """Nothing in it has happened yet.

    ``inputs`` are decided again if the commit fails; ``moved`` are the conversations that are evicted then.
    """

    __slots__ = (
        "acks",
        "at",
        "batch",
        "bytes",
        "entries",
        "horizon",
        "ids",
        "inputs",
        "inquiries",
        "kept",
        "launches",
        "logs",
        "marked",
        "moved",
        "newborn",
        "over",
        "planned",
        "presses",
        "promoted",
        "replies",
        "rows",
        "stops",
    )

    def __init__(self, horizon: tuple[int, int] = (0, 0)) -> None:
        self.batch = Batch()
        self.horizon = horizon
        self.at = 0
        self.inputs: list[Input] = []
        self.moved: dict[int, Conversation] = {}
        self.over: list[int] = []
        self.acks: list[Callable[[], None]] = []
        self.presses: list[tuple[Any, Arrival, str]] = []
        self.replies: list[tuple[Callable[[str], None], str]] = []
        self.ids: list[tuple[str, str]] = []
        self.entries: list[Any] = []
        self.promoted: list[Any] = []
        self.launches: list[tuple[int, str, Step, str]] = []
        self.stops: list[tuple[int, str]] = []
        self.logs: list[tuple[Conversation, int, str, tuple[Any, ...]]] = []
        self.kept: list[Any] = []
        self.marked: dict[int, tuple[int, str, str, str, int, int]] = {}
        """By number, what becomes of a message, as ``Batch.marks`` has it. The last that is said of one counts."""
        self.newborn: list[int] = []
        self.planned: list[Planned] = []
        self.inquiries: list[tuple[int, int]] = []
        self.rows = 0
        self.bytes = 0

    def full(self) -> bool:
        """Whether it should be committed before it grows. No property: those are slow, and each input asks."""
        return self.rows + len(self.marked) >= MOST_ROWS or self.bytes >= MOST_BYTES

    @property
    def empty(self) -> bool:
        """Whether there is nothing to commit, nor to answer."""
        return not (self.rows or self.bytes or self.marked or self.acks or self.replies or self.batch)

    def closed(self) -> Batch:
        """The batch, once nothing more will be decided into it."""
        self.batch.marks = list(self.marked.values())
        return self.batch

    def raw(self, value: Any) -> Raw:
        """Encode a body that stays in its row."""
        data = _encode(value)
        self.bytes += len(data)
        return Raw(data)

    def body(self, kind: str, owner: int, seq: int, value: Any) -> Raw:
        """Encode a body; a large one goes to the blobs."""
        data = _encode(value)
        size = len(data)
        self.bytes += size + ROW
        if size <= LARGE:
            return Raw(data)
        self.batch.blobs.append((kind, owner, seq, Raw(data)))
        return EMPTY
