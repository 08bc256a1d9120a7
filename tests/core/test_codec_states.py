"""A state comes back by its fields, and one that no longer fits says which field."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from chinwag.core.codec import dumps, loads, same, state_from_plain, state_to_plain, to_plain
from chinwag.core.errors import Diverged, NotJournalable


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float = 0.0


class Pair(NamedTuple):
    left: Any
    right: int = 0


@dataclass(frozen=True)
class Ordering:
    place: Point
    price: Decimal = Decimal("0.00")
    tries: list[int] = field(default_factory=list)


def test_a_state_comes_back_by_its_fields() -> None:
    state = Ordering(Point(1, 2), Decimal("1.50"), [1])
    assert same(state_from_plain(loads(dumps(state_to_plain(state))), Ordering), state)
    new = state_from_plain({"place": to_plain(Point(1))}, Ordering)
    assert same(new, Ordering(Point(1)))


@pytest.mark.parametrize(
    ("plain", "words"),
    [
        ({}, "needs the field 'place', which has no default"),
        ({"place": to_plain(Point(1)), "colour": 1}, "`Ordering` has no field 'colour'"),
        ({"place": to_plain(Pair(1))}, "field 'place': a `Pair` comes back only where"),
        ({"place": {"$": "nonsense"}}, "field 'place': the tag 'nonsense' is unknown"),
        ([], "does not fit `Ordering`: one of them has no fields"),
    ],
)
def test_a_state_that_does_not_fit_has_diverged(plain: Any, words: str) -> None:
    with pytest.raises(Diverged, match=r"the state|journal's state") as diverged:
        state_from_plain(plain, Ordering)
    assert words in str(diverged.value)


def test_what_is_no_class_is_no_state() -> None:
    with pytest.raises(Diverged, match="does not fit `object`: one of them has no fields"):
        state_from_plain({}, object())  # type: ignore[arg-type] # code that was changed under a parked state


def test_a_state_refuses_what_does_not_come_back() -> None:
    @dataclass(frozen=True)
    class Loose:
        inner: object

    with pytest.raises(
        NotJournalable, match=r"the field 'inner' of the state .*Loose: a `Point` comes back only where"
    ):
        state_to_plain(Loose(Point(1)))
    with pytest.raises(NotJournalable, match=r"write `@dataclass\(frozen=True\)` above it"):
        state_to_plain(object())
    unset = object.__new__(Loose)
    with pytest.raises(NotJournalable, match=r"the field 'inner' of this .*Loose` cannot be read"):
        state_to_plain(unset)
