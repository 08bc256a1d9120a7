"""The walk: whatever is given to it, it ends, and raises nothing but what it promises."""

import contextlib
import enum
import sys
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Struct

from chinwag.core.codec import dumps, error_from_plain, from_plain, journaled, loads, same, state_from_plain, to_plain
from chinwag.core.errors import Diverged, NotJournalable, StoreCorrupt
from chinwag.core.plain import MOST, Walk
from chinwag.core.tags import Unfit


class Colour(enum.Enum):
    RED = 1


class Right(enum.Flag):
    READ = 1
    WRITE = 2


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
class Picky:
    x: int
    double: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        if self.x < 0:
            raise LookupError("below zero")
        self.double = 2 * self.x


HINTS: list[Any] = [
    None,
    int,
    Any,
    Colour,
    Right,
    Node,
    Strict,
    Pair,
    Picky,
    Node | Strict | None,
    list[Node],
    dict[str, Colour | Decimal],
    tuple[Pair, ...],
    Annotated[int, []],
    Literal[Colour.RED, 1],
    "Nowhere",
    5,
]
NAMES = [
    *["int", "float", "bytes", "date", "datetime", "time", "timedelta", "decimal", "uuid"],
    *["tuple", "set", "frozenset", "dict", "record", "enum", "type", "", "x"],
]
TEXTS = st.text(max_size=6) | st.sampled_from(
    [
        *["1.5", "0x10", "NaN", "inf", "AA==", "A", "1E9999999999999999999", "00000000-0000-0000-0000-000000000000"],
        *["2024-01-01", "12:00", "2024-01-01T00:00:00+01:00", "UTC", "Europe", "../x", "a\0b"],
    ]
)
ATOMS: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS


def tags(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    classes = st.sampled_from(["Node", "Strict", "Pair", "Picky", "Colour", "Right", "x"])
    fields = st.dictionaries(st.sampled_from(["x", "y", "value", "next", "left", "double"]), inner, max_size=3)
    return st.fixed_dictionaries(
        {"$": st.sampled_from(NAMES) | inner},
        optional={"v": inner | fields | st.lists(inner, max_size=3), "c": classes | inner, "z": inner, "f": inner},
    )


JSON = st.recursive(
    ATOMS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3) | tags(inner),
    max_leaves=15,
)


@given(JSON, st.sampled_from(HINTS))
@example({"$": "set", "v": [[1]]}, None)
@example({"$": "dict", "v": [[1]]}, None)
@example({"$": "dict", "v": [[[], 1]]}, None)
@example({"$": "datetime", "v": "2024-01-01T00:00:00", "z": "Europe"}, None)
@example({"$": "datetime", "v": "2024-01-01T00:00:00", "z": ["a", 1]}, None)
@example({"$": "enum", "c": "Right", "v": 64}, Right)
@example({"$": "record", "c": "Picky", "v": {"x": -1}}, Picky)
def test_any_json_is_decoded_or_refused_in_words(plain: Any, hint: Any) -> None:
    with contextlib.suppress(NotJournalable):
        value = from_plain(plain, hint)
        assert same(from_plain(to_plain(value), hint), value)
    with contextlib.suppress(Diverged):
        state_from_plain(plain, Node)
    assert isinstance(error_from_plain(plain), Exception)


@given(st.binary(max_size=40) | st.text(alphabet='[]{}":,1e-.\\u\ud800', max_size=20))
def test_any_bytes_are_json_or_corrupt(data: bytes | str) -> None:
    with contextlib.suppress(StoreCorrupt):
        loads(data)


@pytest.mark.parametrize("data", [b"[" * 10_000, b"\xff", b"", b"1" * 6000, b"1e999", rb'"\ud800"', "\ud800", b"{1:2}"])
def test_what_is_no_json_is_corrupt(data: bytes | str) -> None:
    with pytest.raises(StoreCorrupt, match=r"a value in the store is no valid JSON: .*; restore"):
        loads(data)


def nested(depth: int, wrap: Any) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = wrap(value)
    return value


WRAPS = [
    lambda inner: [inner],
    lambda inner: {"a": inner},
    lambda inner: {1: inner},
    lambda inner: (inner,),
    lambda inner: frozenset({inner}),
    Node,
    Pair,
]


@pytest.mark.parametrize("value", [-(2**63), 2**63 - 1])
def test_an_integer_of_64_bits_is_plain_and_one_beyond_is_not(value: int) -> None:
    assert to_plain([value]) == [value]
    beyond = value - 1 if value < 0 else value + 1
    assert to_plain([beyond]) == [{"$": "int", "v": hex(beyond)}]


@pytest.mark.parametrize("wrap", WRAPS)
def test_64_levels_are_carried_and_65_refused(wrap: Any) -> None:
    deepest = nested(64, wrap)
    assert same(journaled(deepest, Node | Pair)[1], deepest)
    with pytest.raises(NotJournalable, match="nested deeper than 64"):
        to_plain(wrap(deepest))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda inner: [inner],
        lambda inner: {"a": inner},
        lambda inner: {"$": "tuple", "v": [inner]},
        lambda inner: {"$": "dict", "v": [[1, inner]]},
        lambda inner: {"$": "dict", "v": [[inner, 1]]},
        lambda inner: {"$": "record", "c": "Node", "v": {"value": inner}},
        lambda inner: {"$": "enum", "c": "Colour", "v": [inner]},
    ],
)
@pytest.mark.parametrize("depth", [65, 5_000])
def test_a_deep_encoding_is_refused(wrap: Any, depth: int) -> None:
    with pytest.raises(NotJournalable, match=r"nested deeper than 64|no member"):
        from_plain(nested(depth, wrap), Node | Colour)


def test_a_value_that_contains_itself_is_refused() -> None:
    ring: list[Any] = []
    ring.append(ring)
    with pytest.raises(NotJournalable, match="nested deeper than 64"):
        to_plain(ring)


def test_members_are_counted_over_all_containers() -> None:
    walk = Walk()
    assert (walk.enter(MOST - 1, 0), walk.enter(1, 63)) == (1, 64)
    with pytest.raises(Unfit, match=f"more than {MOST:,} members in all; keep the bulk outside"):
        walk.enter(1, 0)


def test_a_value_that_grows_when_written_out_is_refused() -> None:
    value: Any = [1]
    for _ in range(50):
        value = [value, value]
    with pytest.raises(NotJournalable, match=f"more than {MOST:,} members"):
        to_plain(value)
    with pytest.raises(NotJournalable, match=f"more than {MOST:,} members"):
        from_plain(value)


def test_an_exhausted_stack_is_a_refusal_too() -> None:
    deep = nested(60, lambda inner: [inner])

    def down(left: int) -> list[str]:
        if left:
            return down(left - 1)
        said = []
        for work in (to_plain, from_plain):
            with pytest.raises(NotJournalable, match="too deep for the stack") as refused:
                work(deep)
            said.append(str(refused.value))
        return said

    frame, used = sys._getframe(), 0
    while frame.f_back:
        frame, used = frame.f_back, used + 1
    assert len(down(sys.getrecursionlimit() - used - 50)) == 2


MALFORMED: list[tuple[Any, str]] = [
    ((1,), "a `tuple` where JSON should be"),
    ({1: 2}, "a key of type `int` where JSON should be"),
    ([{"a": {1}}], r"at \[0\]\['a'\]: a `set` where JSON"),
    ({"$": 1}, "a tag whose name is a `int`"),
    ({"$": "tuple", "v": 1}, "a malformed tuple"),
    ({"$": "set", "v": [[]]}, "a malformed set: unhashable"),
    ({"$": "dict", "v": [[1]]}, "a malformed dict"),
    ({"$": "dict", "v": [[1, 2], [1, {"$": "x"}]]}, r"at \[pair 1\]: the tag 'x' is unknown"),
    ({"$": "record", "c": 1, "v": {}}, "a malformed record"),
    ({"$": "record", "c": "Node", "v": []}, "a malformed record"),
    ({"$": "record", "c": "Node", "v": {1: 2}}, "a malformed record"),
    ({"$": "record", "c": "Node", "v": {"value": {"$": "x"}}}, r"at \.value: the tag 'x' is unknown"),
    ({"$": "record", "c": "Node", "v": {"colour": 1}}, "`Node` has no field 'colour'"),
    ({"$": "record", "c": "Colour", "v": {}}, "`Colour` is of another kind in the journal"),
    ({"$": "enum", "c": "Node", "v": "RED"}, "`Node` is of another kind in the journal"),
    ({"$": "enum", "c": "Colour", "v": "BLUE"}, "the enum `Colour` has no member 'BLUE'"),
    ({"$": "enum", "c": "Colour", "v": 7}, "the enum `Colour` has no member 0x7"),
    ({"$": "record", "c": "Strict", "v": {}}, "`Strict` cannot be rebuilt: .*Missing required argument 'x'"),
    ({"$": "record", "c": "Pair", "v": {}}, "`Pair` needs the field 'left'"),
    ({"$": "record", "c": "Picky", "v": {"x": -1}}, "`Picky` cannot be rebuilt: LookupError: below zero"),
]


@pytest.mark.parametrize(("plain", "words"), MALFORMED, ids=range(len(MALFORMED)))
def test_a_malformed_encoding_is_refused_with_its_place(plain: Any, words: str) -> None:
    with pytest.raises(NotJournalable, match=words):
        from_plain(plain, Node | Strict | Pair | Picky | Colour)


@pytest.mark.parametrize("value", [object(), "\ud800", 2**70, {1j: 1}])
def test_what_is_not_plain_is_not_written(value: object) -> None:
    with pytest.raises(NotJournalable, match="no plain value") if value != 2**70 else contextlib.nullcontext():
        assert dumps(value) == b"%d" % 2**70
