"""Classes are made again as they were, and what cannot be is refused by the field's name."""

import enum
from dataclasses import InitVar, dataclass, field
from typing import Any, NamedTuple

import pytest
from msgspec import Struct

from chinwag.core.codec import from_plain, journaled, same, to_plain
from chinwag.core.errors import NotJournalable


class Colour(enum.Enum):
    RED = 1


@dataclass(frozen=True)
class Node:
    value: Any = None
    next: "Node | None" = None


class Strict(Struct):
    x: int
    y: str = "a"


class Pair(NamedTuple):
    left: Any
    right: int = 0


@dataclass
class Converted:
    price: float
    shown: str = field(init=False)

    def __post_init__(self) -> None:
        self.price *= 100
        self.shown = f"{self.price:.0f} ct"


@dataclass
class Derived:
    x: int

    def __post_init__(self) -> None:
        self.square = self.x**2


@dataclass
class Seeded:
    x: int
    start: InitVar[int] = 1

    def __post_init__(self, start: int) -> None:
        self.x += start


class Counted(Struct):
    x: int

    def __post_init__(self) -> None:
        self.x += 1


@pytest.mark.parametrize("value", [Converted(2.0), Derived(3), Seeded(1, 5), Counted(1)])
def test_what_a_class_does_at_its_birth_is_not_done_twice(value: Any) -> None:
    copy = journaled(value, type(value))[1]
    assert same(copy, value)
    assert vars(copy) == vars(value) if hasattr(value, "__dict__") else copy == value


def test_new_fields_take_their_defaults() -> None:
    assert from_plain({"$": "record", "c": "Node", "v": {}}, Node) == Node()
    assert from_plain({"$": "record", "c": "Strict", "v": {"x": 1}}, Strict) == Strict(1, "a")
    assert from_plain({"$": "record", "c": "Pair", "v": {"left": 1}}, Pair) == Pair(1)
    grown: Any = dataclass(type("Grown", (), {"__annotations__": {"a": list[int]}, "a": field(default_factory=list)}))
    assert from_plain({"$": "record", "c": "Grown", "v": {}}, grown) == grown()


class Sized(tuple[int, ...]):
    """Names its fields as a NamedTuple does, and is none: it has no defaults."""

    __slots__ = ()
    _fields = ("left", "right")


def test_a_field_without_a_default_is_named() -> None:
    with pytest.raises(NotJournalable, match="`Sized` needs the field 'right', which has no default"):
        from_plain({"$": "record", "c": "Sized", "v": {"left": 1}}, Sized)


class Unruly:
    """A class whose attributes run code that fails."""

    @property
    def x(self) -> int:
        raise LookupError("not now")


def test_a_field_that_cannot_be_read_is_named() -> None:
    unruly: Any = dataclass(type("Strange", (Unruly,), {"__annotations__": {"x": int}, "__init__": lambda _: None}))
    with pytest.raises(NotJournalable, match=r"the field 'x' of this `Strange` cannot be read \(LookupError\)"):
        to_plain(unruly())


def test_a_nameless_enum_member_is_refused() -> None:
    odd = object.__new__(Colour)
    odd._name_, odd._value_ = None, "x"  # type: ignore[assignment] # what a damaged enum looks like
    with pytest.raises(NotJournalable, match="a nameless member of the enum `Colour`"):
        to_plain(odd)
