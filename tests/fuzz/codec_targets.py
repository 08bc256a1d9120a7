"""What is fuzzed of the codec and of the journal: encodings that a damaged or hostile store may hold.

Each function takes bytes as a store would give them. It returns, or raises one of the errors that the table in
``targets`` allows; besides it asserts what has to hold for all that is accepted.
"""

import enum
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from chinwag.core import journal
from chinwag.core.codec import (
    error_from_plain,
    error_to_plain,
    from_plain,
    loads,
    same,
    state_from_plain,
    state_to_plain,
    to_plain,
)
from chinwag.core.errors import StoreCorrupt
from chinwag.core.values import Message
from chinwag.stores.assembly import value_of


class Colour(enum.Enum):
    RED = 1
    GREEN = "green"


class Rights(enum.IntFlag):
    READ = 1
    WRITE = 2


@dataclass(frozen=True)
class Point:
    x: int
    y: float = 0.5
    tags: dict[str, Colour] = field(default_factory=dict)


class Parcel(msgspec.Struct):
    place: Point
    weight: Decimal = Decimal(1)

    def __post_init__(self) -> None:
        if self.weight < 0:
            raise ValueError(self.weight)


class Pair(NamedTuple):
    left: "Pair | None"
    right: Rights = Rights.READ


@dataclass(frozen=True)
class Basket:
    items: tuple[Point, ...] = ()
    since: datetime | None = None
    parcel: Parcel | None = None


HINTS: tuple[Any, ...] = (
    *(None, int, str, Colour, Rights, Point, Parcel, Pair, Message),
    *(list[Point], dict[Colour, Pair], Point | Parcel | Colour | None, frozenset[Rights], Basket),
)
STATES = (Basket, Point, Parcel, Colour, int)


def codec_value(data: bytes) -> None:
    """A value that needs no hint."""
    _decoded(loads(data), None)


def codec_hinted(data: bytes) -> None:
    """A value behind the number of a hint: ``[number, encoding]``."""
    which, plain = _numbered(data)
    _decoded(plain, HINTS[which % len(HINTS)])


def _decoded(plain: Any, hint: Any) -> None:
    value = from_plain(plain, hint)
    assert same(from_plain(to_plain(value), hint), value)


def _numbered(data: bytes) -> tuple[int, Any]:
    document = loads(data)
    if not isinstance(document, list) or len(document) != 2 or type(document[0]) is not int:
        msg = "no number and encoding"
        raise StoreCorrupt(msg)
    return document[0], document[1]


def state_blob(data: bytes) -> None:
    """The fields of a state behind the number of its class."""
    which, plain = _numbered(data)
    state = state_from_plain(plain, STATES[which % len(STATES)])
    assert same(state_from_plain(state_to_plain(state), type(state)), state)


def failure(data: bytes) -> None:
    """An exception: whatever stands there, one is made of it, and it can be shown and encoded again."""
    error = error_from_plain(loads(data))
    assert isinstance(error, Exception)
    assert isinstance(f"{error} {error!r}", str)
    error_to_plain(error)


def journal_row(data: bytes) -> None:
    """A row of the journal, as bytes and as text; what is accepted is written back the same."""
    row = journal.decode(data)
    again = journal.encode(row)
    assert journal.encode(journal.decode(again)) == again
    assert journal.encode(journal.decode(again.decode())) == again
    assert all(isinstance(f"{opened}", str) for opened in row.opened)


def data_value(data: bytes) -> None:
    """A value of ``chat.data``."""
    _decoded(value_of(data.decode("utf-8", "surrogateescape")), None)
