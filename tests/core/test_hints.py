"""What an annotation tells, also when it cannot tell."""

import enum
import gc
import re
import typing
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial, wraps
from typing import Annotated, Any, Generic, Literal, NewType, NoReturn, Self, TypedDict, TypeVar

import pytest

from chinwag.core.codec import hint_of
from chinwag.core.hints import _returns, classes_of, field_hints


class Colour(enum.Enum):
    RED = 1

    @classmethod
    def parse(cls, text: str) -> Self:
        return cls[text]

    @classmethod
    def loose(cls, text: str):  # type: ignore[no-untyped-def] # noqa: ANN206 - what is tested
        return cls[text]


@dataclass
class Point:
    x: int

    def moved(self) -> Self:
        return self

    def dot(self) -> "Decimal":
        return Decimal(self.x)

    @staticmethod
    def origin() -> "Point":
        return Point(0)

    def __call__(self, _: str) -> "list[Point]":
        return [self]


def plain(text: str) -> int:
    return int(text)


def quoted(_: "Nowhere") -> "dict[str, Point]":  # type: ignore[name-defined] # noqa: F821 - only the return counts
    return {}


def unresolvable() -> "Nowhere":  # type: ignore[name-defined] # noqa: F821 - what is tested
    return 1


def silent() -> NoReturn:
    raise LookupError


def nothing() -> None: ...


def anything() -> Any: ...


def yes(_: str) -> Literal[True]:
    return True


async def fetched() -> Point:
    return Point(1)


class Chain:
    """Called, it gives another of its kind."""

    def __call__(self, _: str) -> Self:
        return self


@wraps(plain)
def wrapped(*args: Any) -> Any:
    return plain(*args)


CASES: list[tuple[Callable[..., Any], object]] = [
    (int, int),
    (Decimal, Decimal),
    (Colour, Colour),
    (Point, Point),
    (list[Point], list[Point]),
    (plain, int),
    (wrapped, int),
    (quoted, dict[str, Point]),
    (fetched, Point),
    (yes, Literal[True]),
    (Chain(), Chain),
    (nothing, type(None)),
    (partial(plain), int),
    (partial(partial(int, base=2)), int),
    (Point(1).moved, Point),
    (Point(1).dot, Decimal),
    (Point.origin, Point),
    (Point(1), list[Point]),
    (Colour.parse, Colour),
    (Colour.loose, Colour),
    (date.fromisoformat, date),
    (unresolvable, None),
    (silent, None),
    (anything, None),
    (lambda text: text, None),
    (print, None),
    (len, None),
    ("a".upper, None),
]


@pytest.mark.parametrize(("function", "hint"), CASES, ids=[str(n) for n in range(len(CASES))])
def test_the_hint_of_a_callable(function: Callable[..., Any], hint: object) -> None:
    assert hint_of(function) == hint
    assert hint_of(function) == hint  # from the cache too


def test_what_is_no_callable_has_no_hint() -> None:
    assert hint_of(typing.cast("Any", 7)) is None


def test_functions_and_classes_made_in_a_conversation_are_let_go() -> None:
    def converse() -> tuple[weakref.ref[Any], weakref.ref[Any]]:
        @dataclass
        class Local:
            x: int

        def parse(text: str) -> Local:
            return Local(int(text))

        def quoting(_: str) -> "list[Point]":
            return []

        assert hint_of(parse) is Local
        assert hint_of(quoting) == list[Point]
        assert quoting in _returns
        return weakref.ref(Local), weakref.ref(quoting)

    local, quoting = converse()
    gc.collect()
    assert local() is None
    assert quoting() is None


T = TypeVar("T")
B = TypeVar("B", bound=Point)
PointId = NewType("PointId", Point)


@dataclass
class Box(Generic[T]):
    content: T
    again: "Box[Colour] | None"


class Menu(TypedDict, total=False):
    main: Point


class Alias:
    """Like the ``type`` statement of Python 3.12: evaluated at the first look."""

    def __init__(self, value: Callable[[], object]) -> None:
        self.value = value

    @property
    def __value__(self) -> object:
        return self.value()


Alias.__name__ = "TypeAliasType"


@pytest.mark.parametrize(
    ("hint", "names"),
    [
        (None, ""),
        (int, ""),
        (Point, "Point"),
        (dict[str, list[Point] | None], "Point"),
        (Box[Point], "Box Colour Point"),
        (Menu, "Point"),
        (Annotated[Point, []], "Point"),
        (Literal[Colour.RED, 1], "Colour"),
        (Callable[[Point], Colour], "Colour Point"),
        (B, "Point"),
        (PointId, "Point"),
        (typing.Optional["Point"], ""),
        (Alias(lambda: list[Point]), "Point"),
        (Alias(lambda: 1 / 0), ""),
        (7, ""),
        ("Point", ""),
    ],
    ids=lambda part: re.sub(" at 0x[0-9a-f]+", "", str(part)),
)
def test_the_classes_that_a_hint_names(hint: object, names: str) -> None:
    assert sorted(classes_of(hint)) == names.split()


def test_two_classes_of_one_name_are_neither() -> None:
    other: Any = dataclass(type("Point", (), {}))
    assert classes_of(Point | other) == {"Point": None}


def test_a_recursive_alias_ends() -> None:
    alias = Alias(lambda: list[Any])
    alias.value = lambda: [alias, Point]
    assert list(classes_of(alias)) == ["Point"]


@dataclass
class Waiting:
    now: Point
    later: "Defined"


def test_what_is_not_defined_yet_is_left_out_and_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    assert field_hints(Waiting) == {"now": Point}
    assert list(classes_of(Waiting)) == ["Waiting", "Point"]
    monkeypatch.setitem(globals(), "Defined", Colour)
    assert field_hints(Waiting) == {"now": Point, "later": Colour}
    assert sorted(classes_of(Waiting)) == ["Colour", "Point", "Waiting"]


if typing.TYPE_CHECKING:
    Defined = Colour
