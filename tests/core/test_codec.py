"""What goes into the journal comes back as it was: the same type, the same value, or a clear refusal."""

import enum
import subprocess
import sys
from collections import OrderedDict, namedtuple
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import cached_property
from math import isfinite
from pathlib import PurePath
from typing import Any, Generic, NamedTuple, TypedDict, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Struct

from chinwag.core import codec
from chinwag.core.codec import (
    digest,
    dumps,
    from_plain,
    journaled,
    loads,
    same,
    to_plain,
)
from chinwag.core.errors import NotJournalable

T = TypeVar("T")


class Colour(enum.Enum):
    RED = "r"
    GREEN = ("g", 1)


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Mood(enum.StrEnum):
    GOOD = "good"


class Right(enum.Flag):
    READ = enum.auto()
    WRITE = enum.auto()


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float = 0.0


@dataclass
class Order:
    price: Decimal
    places: list[Point]
    colour: Colour | None = None
    notes: dict[str, "Order"] = field(default_factory=dict)


class Tagged(Struct, frozen=True):
    name: str
    at: datetime | None = None
    parts: tuple[Point, ...] = ()


class Pair(NamedTuple):
    left: Any
    right: int = 0


class Menu(TypedDict):
    main: Point
    price: Decimal


@dataclass
class Box(Generic[T]):
    content: T


# ----------------------------------------------------------------------------------------------- self-describing values

OFFSETS = st.integers(-86_399_999_999, 86_399_999_999).map(lambda us: timezone(timedelta(microseconds=us)))
NAMED = st.builds(timezone, st.integers(-1439, 1439).map(lambda m: timedelta(minutes=m)), st.text(max_size=5))
ZONES = st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"]).map(ZoneInfo)
TZ = st.none() | OFFSETS | NAMED | ZONES | st.just(UTC)
LEAVES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=2**62, max_value=2**70),
    st.floats(),
    st.text(),
    st.sampled_from(["$", "v", "decimal"]),
    st.binary(),
    st.dates(),
    st.times(timezones=TZ),
    st.datetimes(timezones=TZ, allow_imaginary=True),
    st.timedeltas(),
    st.decimals().filter(lambda number: not number.is_snan()),  # a signalling nan has no hash
    st.uuids(),
)
HASHABLE = st.recursive(LEAVES, lambda inner: st.tuples(inner, inner) | st.frozensets(inner, max_size=3), max_leaves=4)
VALUES = st.recursive(
    HASHABLE,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=3).map(tuple),
        st.sets(HASHABLE, max_size=3),
        st.dictionaries(HASHABLE, inner, max_size=3),
        st.dictionaries(st.text(max_size=3) | st.just("$"), inner, max_size=3),
    ),
    max_leaves=12,
)


def is_plain(value: Any) -> bool:
    """What any reader of JSON takes without loss, not only ours."""
    if isinstance(value, list):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(type(key) is str and is_plain(part) for key, part in value.items())
    if type(value) is int:
        return -(2**63) <= value < 2**63
    if type(value) is float:
        return isfinite(value) and str(value) != "-0.0"
    return type(value) in {str, bool, type(None)}


@given(VALUES)
@example([2**63, -(2**63) - 1, {"a": -0.0}])
def test_any_carried_value_comes_back_through_json_the_same(value: Any) -> None:
    assert is_plain(to_plain(value))
    copy = from_plain(loads(dumps(to_plain(value))))
    assert same(value, copy)
    assert dumps(to_plain(copy)) == dumps(to_plain(value))


@given(VALUES)
def test_journaled_gives_an_equal_copy_that_shares_nothing_that_can_change(value: Any) -> None:
    plain, copy = journaled(value)
    assert plain == loads(dumps(plain))
    assert same(value, copy)
    if isinstance(value, list | dict | set):
        assert copy is not value
        assert copy is not plain


EXACT = [
    2**63 - 1,
    -(2**63),
    2**63,
    -(2**63) - 1,
    10**5000,
    float("nan"),
    float("inf"),
    float("-inf"),
    -0.0,
    5e-324,
    1e22,
    1.0,
    True,
    "",
    "\0",
    "Zürich 🎲",
    b"",
    b"\xff\x00",
    (),
    ((),),
    set(),
    frozenset({(1, "a"), (True, "b")}),
    {},
    {"$": "decimal", "v": "1.5"},
    {1: "a", "1": "b", (1, 2): None},
    date.min,
    datetime.max,  # noqa: DTZ901 - a naive one is carried too
    datetime(2024, 10, 27, 2, 30, fold=1, tzinfo=ZoneInfo("Europe/Berlin")),
    datetime(2024, 3, 31, 2, 30, tzinfo=ZoneInfo("Europe/Berlin")),
    datetime(2024, 1, 1, fold=1),  # noqa: DTZ001 - likewise
    datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=1), "CET")),
    datetime(2024, 1, 1, tzinfo=timezone(timedelta(hours=1, seconds=1, microseconds=1))),
    time(23, 59, tzinfo=ZoneInfo("Asia/Kolkata")),
    time(0, 0, 0, 1, tzinfo=UTC, fold=1),
    timedelta.max,
    timedelta.min,
    Decimal("1.50"),
    Decimal("-0E+3"),
    Decimal("NaN123"),
    Decimal("sNaN"),
    Decimal("-Infinity"),
    UUID(int=0),
]


@pytest.mark.parametrize("value", EXACT, ids=lambda value: type(value).__name__)
def test_edges_come_back_exactly(value: Any) -> None:
    assert same(value, from_plain(loads(dumps(to_plain(value)))))
    assert same(value, journaled(value)[1])


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (1, True),
        (1, 1.0),
        (0.0, -0.0),
        (Decimal("1.5"), Decimal("1.50")),
        ([1], (1,)),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({1}, {True}),
        (datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=ZoneInfo("UTC"))),
        (datetime(2024, 1, 1), datetime(2024, 1, 1, fold=1)),  # noqa: DTZ001 - as above
        (Pair(1), Pair(left=True)),
        (Point(1), Point(1.0)),
        ([], [1]),
        ({"a": 1}, {"b": 1}),
        ({1: "a"}, {1.0: "a"}),
        (time(12, tzinfo=timezone(timedelta(hours=1))), time(12, tzinfo=timezone(timedelta(hours=1), "CET"))),
    ],
)
def test_what_python_calls_equal_may_not_be_the_same(a: object, b: object) -> None:
    assert not same(a, b)
    assert same(a, a)
    assert same(b, b)


def test_a_zone_comes_back_with_its_key() -> None:
    berlin = datetime(2024, 7, 1, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    copy = from_plain(to_plain(berlin))
    assert isinstance(copy, datetime)
    assert copy.tzinfo is ZoneInfo("Europe/Berlin")
    assert same(berlin, copy)
    assert same(berlin.replace(tzinfo=ZoneInfo.no_cache("Europe/Berlin")), copy)


# ------------------------------------------------------------------------------------------------------- with a hint

HINTED: list[tuple[object, object]] = [
    (Point(1.5, 2), Point),
    (Point(1, y=True), Point),  # a float field that holds an integer keeps it
    (Order(Decimal("1.50"), [Point(1)], Colour.GREEN, {"a": Order(Decimal(0), [])}), Order),
    (Tagged("a", datetime(2024, 1, 1, tzinfo=ZoneInfo("Asia/Kolkata")), (Point(1),)), Tagged),
    (Pair({1, 2}, 3), Pair),
    (Colour.GREEN, Colour),
    (Level.HIGH, Level),
    (Mood.GOOD, Mood),
    (Right.READ | Right.WRITE, Right),
    (Right(0), Right),
    ([Point(1)], list[Point]),
    ({"a": Decimal("1.5")}, dict[str, Decimal]),
    ({Level.LOW: [Point(1), None]}, dict[Level, list[Point | None]]),
    ({"main": Point(1), "price": Decimal("9.50")}, Menu),
    ({Point(1), Point(2)}, set[Point]),
    (Point(1), Tagged | Point | None),
    (None, Point | None),
    (7, Point | int),
    (Box(Point(1)), Box[Point]),
    (Box[Point](Point(1)), Box[Point]),  # it keeps its arguments in an attribute
    ((Colour.RED, 1), tuple[Colour, int]),
    ([1, "a"], list[Point]),  # plain values need no hint, and are not converted by a wrong one
    (Level.LOW, Level | str),
]


@pytest.mark.parametrize(("value", "hint"), HINTED, ids=lambda part: f"{part!r:.40}")
def test_classes_come_back_by_their_hint(value: object, hint: object) -> None:
    plain, copy = journaled(value, hint)
    assert same(value, copy)
    assert same(value, from_plain(loads(dumps(plain)), hint))


POINTS = st.builds(Point, VALUES, VALUES)
ORDERS = st.builds(Order, st.decimals(), st.lists(POINTS, max_size=3), st.none() | st.sampled_from(Colour), st.just({}))


@given(st.dictionaries(st.text(max_size=3), ORDERS | POINTS | st.builds(Tagged, st.text(), st.datetimes(timezones=TZ))))
def test_nested_classes_come_back_by_their_hint(value: Any) -> None:
    assert same(value, journaled(value, dict[str, Order | Point | Tagged])[1])


class Text(str):
    __slots__ = ()


class Odd(tzinfo):
    def utcoffset(self, _: datetime | None) -> timedelta:
        raise LookupError

    tzname = dst = utcoffset  # type: ignore[assignment] # never called


class Later:
    def __await__(self) -> Any:
        raise LookupError


@dataclass
class Bag(dict[str, int]):
    x: int = 1


REFUSED: list[tuple[Callable[[], object], object, str]] = [
    (lambda: Point(1), None, "a `Point` comes back only where an annotation names it: annotate the return type"),
    (lambda: [0, {"a": Colour.RED}], None, "at [1]['a']: a `Colour` comes back only where"),
    (
        lambda: [0, 1, 2, Box(object())],
        Box[Any],
        "at [3].content: a `object` has no place in the journal: return a dict",
    ),
    (lambda: Text("a"), str, "a `Text` has no place in the journal: write `str(...)` around it"),
    (lambda: OrderedDict(a=1), None, "write `dict(...)` around it"),
    (lambda: bytearray(b"a"), None, "write `bytes(...)` around it"),
    (lambda: PurePath("a"), None, "Path` has no place in the journal: write `str(...)` around it"),
    (lambda: iter([1]), None, "write `list(...)` around it"),
    (Bag, Bag, "write `dict(...)` around it"),
    (Later, None, "a `Later` has no place in the journal: write `await` before it"),
    (lambda: 1j, None, "return a dict of what matters in it"),
    (lambda: "\ud800", None, "is no valid Unicode"),
    (lambda: {"a": ["\ud800"]}, None, "at ['a'][0]: the text"),
    (lambda: {"\ud800": 1}, None, "is no valid Unicode"),
    (lambda: {object(): 1}, None, "at [object key]: a `object`"),
    (lambda: {(1, object())}, None, "at {…}[1]: a `object`"),
    (lambda: datetime(2024, 1, 1, tzinfo=Odd()), None, "a datetime with a tzinfo of type `Odd`"),
]


@pytest.mark.parametrize(("make", "hint", "words"), REFUSED, ids=range(len(REFUSED)))
def test_a_refusal_names_type_place_and_remedy(make: Callable[[], object], hint: object, words: str) -> None:
    with pytest.raises(NotJournalable) as refused:
        journaled(make(), hint, what="the step fetch")
    assert str(refused.value).startswith("the step fetch: ")
    assert words in str(refused.value)


def test_a_class_of_the_same_name_is_not_the_same() -> None:
    other: Any = dataclass(type("Point", (), {"__annotations__": {"x": float, "y": float}}))
    assert same(journaled(other(1, 2), other)[1], other(1, 2))
    with pytest.raises(NotJournalable, match="does not come back from the journal as it went in"):
        journaled(other(1, 2), Point)
    with pytest.raises(NotJournalable, match="two classes called `Point`"):
        journaled(other(1, 2), Point | other)


class Remembering:
    @cached_property
    def length(self) -> int:
        return 7


@dataclass
class Measured(Remembering):
    x: int


def test_an_attribute_that_is_no_field_is_refused_and_a_cache_is_not() -> None:
    measured = Measured(1)
    assert measured.length == 7
    assert same(journaled(measured, Measured)[1], measured)
    measured.__dict__["extra"] = 1
    with pytest.raises(NotJournalable, match=r"^a `Measured` does not come back"):
        journaled(measured, Measured)
    with pytest.raises(NotJournalable, match=r"^the step measure: a `Measured` does not come back"):
        journaled(measured, Measured, what="the step measure")


def test_a_refusal_says_what_the_value_was_if_it_is_told() -> None:
    with pytest.raises(NotJournalable, match=r"^a `object` has no place in the journal"):
        journaled(object())


@pytest.mark.parametrize("value", ["a", "ü", 7, True, None, 1.5, 0.0])
def test_simple_values_pass_as_they_are(value: object) -> None:
    plain, copy = journaled(value)
    assert plain is value
    assert copy is value


# ------------------------------------------------------------------------------------------------------------- digests


def test_a_digest_tells_arguments_apart_and_nothing_else() -> None:
    assert digest(("Berlin", 3)) == digest(["Berlin", 3])
    assert digest(({"a": 1, "b": 2},)) == digest(({"b": 2, "a": 1},))
    assert digest(({1: "a", 2: "b"},)) == digest(({2: "b", 1: "a"},))
    assert digest((object(), 1)) == digest((object(), 1))
    assert digest(([object(), 1],)) != digest(([object(), 2],))
    assert digest((print,)) != digest((Text("a"),))
    assert digest(("\ud800",)) == digest(("\udfff",)) != digest((b"",))
    different = [(), (1,), (True,), ("1",), (1.0,), (1, 1), ((1, 1),), ([1, 1],), (Point(1),), (Pair(1),), (None,)]
    assert len({digest(args) for args in different}) == len(different)


def test_a_digest_looks_as_deep_as_a_value_may_be() -> None:
    def nested(value: object, depth: int) -> object:
        return nested([value], depth - 1) if depth else value

    assert digest((nested(1, 64),)) != digest((nested(2, 64),))
    # What cannot be journaled anyway is told apart by its type alone.
    assert digest((nested(1, 65),)) == digest((nested(2, 65),)) != digest(((nested(1, 65),),))


def test_a_digest_does_not_go_by_the_order_of_keys_that_do_not_compare() -> None:
    mixed = {1: "a", "b": 2, (1, 2): 3, None: 4}
    assert digest((mixed,)) == digest((dict(reversed(mixed.items())),))


def test_a_digest_is_the_same_for_ever() -> None:
    assert [digest(args) for args in ((), ("Berlin", 3), (object(),), ({1: "a"},))] == DIGESTS


DIGESTS = ["a0149c20ffa75c5c", "62917bbea1732beb", "1d6c44cd51b8a4e6", "ccc32255f05f157d"]

SET_DIGEST = """
from chinwag.core.codec import digest
from decimal import Decimal
print(digest(({"a", "b", "c", Decimal("1.5"), 7}, frozenset("xyz"), {("a", 1), ("b", 2)})))
"""


def test_a_digest_is_the_same_in_every_process() -> None:
    def printed(seed: str) -> str:
        environment = {"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)}
        return subprocess.check_output([sys.executable, "-c", SET_DIGEST], env=environment, text=True)

    assert printed("1") == printed("2") == "fbb69e01449e73a0\n"


# ---------------------------------------------------------------------------------------------------------- the format


def test_the_format_is_public() -> None:
    assert codec.FORMAT == 1
    assert dumps(to_plain([Decimal("1.50"), (1,), {1: 2}, Point(1), Level.LOW, datetime(2024, 1, 1, tzinfo=UTC)])) == (
        b'[{"$":"decimal","v":"1.50"},{"$":"tuple","v":[1]},{"$":"dict","v":[[1,2]]},'
        b'{"$":"record","c":"Point","v":{"x":1,"y":0.0}},{"$":"enum","c":"Level","v":"LOW"},'
        b'{"$":"datetime","v":"2024-01-01T00:00:00+00:00"}]'
    )


def test_a_plain_namedtuple_is_carried_too() -> None:
    pair = namedtuple("pair", ["a", "b"], defaults=[2])  # noqa: PYI024 - the untyped kind is what is tested
    assert same(journaled(pair(1), pair)[1], pair(1))
