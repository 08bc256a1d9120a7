"""The walk over a value: to what JSON carries without loss, and back.

A plain value is None, a bool, an integer of 64 bits, a finite float, a text, a list or a dict of them. All else becomes
an object with the key ``$``; so does a dict that has this key or one that is no text, so nothing is ambiguous. Owns the
containers, the depth and size that are allowed, and the way to JSON text. Refuses subclasses of built-in types: they
would come back as another type.

Rules: exact types only; a set is written in the order of its members' JSON; no exception but ``NotJournalable`` leaves
here (``StoreCorrupt`` for text that is no JSON).
"""

import math
from collections.abc import Mapping
from enum import Enum
from typing import Any, cast

import msgspec

from chinwag.core.errors import NotJournalable, StoreCorrupt
from chinwag.core.hints import classes_of
from chinwag.core.records import build, enum_key, field, fields_of, member
from chinwag.core.tags import ENCODERS, HIGHEST, LOWEST, MARK, Plain, Tag, Unfit, float_tag, int_tag, name_of, text
from chinwag.core.tags import decode as decode_tag

DEEPEST = 64
MOST = 1_000_000  # members in all: a megabyte of JSON, beyond which the store would refuse it anyway

_json = msgspec.json.Encoder().encode
_canonical_json = msgspec.json.Encoder(order="deterministic").encode
_unjson = msgspec.json.Decoder().decode


class Walk:
    """What one walk carries along.

    Args:
        classes: those that may be rebuilt, by name; only on the way back.
        canonical: whether to write what only has to be told apart: pairs in order, a stranger as its type's name.
    """

    __slots__ = ("canonical", "classes", "left")

    def __init__(self, classes: Mapping[str, type | None] | None = None, *, canonical: bool = False) -> None:
        self.left = MOST
        self.classes = classes or {}
        self.canonical = canonical

    def enter(self, members: int, depth: int) -> int:
        """Count a container; a value that contains itself ends here too."""
        self.left -= members
        if self.left < 0:
            raise Unfit(f"more than {MOST:,} members in all; keep the bulk outside, and return where it is")
        if depth >= DEEPEST:
            raise Unfit(f"nested deeper than {DEEPEST}")
        return depth + 1


def to_plain(value: object) -> Plain:
    """Encode a value, each special type by its own tag and a class by its name.

    Raises:
        NotJournalable: with the type that cannot be kept and where it stands, such as ``at [3].price``.

    >>> to_plain({"total": 12, "seats": (1, 2)})
    {'total': 12, 'seats': {'$': 'tuple', 'v': [1, 2]}}
    """
    try:
        return encode(value, 0, Walk())
    except Unfit as unfit:
        raise NotJournalable(unfit.sentence()) from unfit.__cause__
    except RecursionError:
        raise NotJournalable("the value is nested too deep for the stack that is left here") from None


def from_plain(plain: Plain, hint: object = None) -> object:
    """Decode what ``to_plain`` gave.

    Args:
        plain: the encoding.
        hint: a class or annotation that names the records and enums in it; all else needs none.

    Raises:
        NotJournalable: if the encoding is damaged, or holds a class that the hint does not name.

    >>> from_plain({"$": "tuple", "v": [1, 2]})
    (1, 2)
    """
    try:
        return decode(plain, 0, Walk(classes_of(hint)))
    except Unfit as unfit:
        raise NotJournalable(unfit.sentence()) from unfit.__cause__
    except RecursionError:
        raise NotJournalable("the encoding is nested too deep for the stack that is left here") from None


def dumps(value: object) -> bytes:
    """Write a plain value as JSON.

    Raises:
        NotJournalable: if it is not plain.

    >>> dumps({"a": [1, None]})
    b'{"a":[1,null]}'
    """
    try:
        return _json(value)
    except (TypeError, ValueError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
        raise NotJournalable(f"no plain value, so it cannot be written as JSON: {error}") from error


def loads(data: bytes | str) -> Plain:
    """Read JSON.

    Raises:
        StoreCorrupt: if it is malformed.

    >>> loads(b'{"a":[1,null]}')
    {'a': [1, None]}
    """
    try:
        return cast("Plain", _unjson(data))
    except (ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise StoreCorrupt(f"a value in the store is no valid JSON: {error}; restore the store from a copy") from error


def canonical(plain: Plain) -> bytes:
    """The same bytes for equal encodings, whatever the order of their keys."""
    return _canonical_json(plain)


# ---------------------------------------------------------------------------------------------------------- encoding


def encode(value: Any, depth: int, walk: Walk) -> Plain:  # noqa: C901, PLR0911 - one branch a type, by frequency
    """One value and all in it; raises ``Unfit``."""
    kind = type(value)
    if kind is str:
        return value if value.isascii() else text(value)
    if value is None or kind is bool:
        return cast("Plain", value)
    if kind is int:
        return value if LOWEST <= value <= HIGHEST else int_tag(value)
    if kind is float:
        return value if is_plain_float(value) else float_tag(value)
    if kind is dict:
        return _encode_dict(value, walk.enter(len(value), depth), walk)
    if kind is list:
        return _encode_list(value, walk.enter(len(value), depth), walk)
    if kind in ENCODERS:
        return ENCODERS[kind](value)
    if kind is tuple:
        return {MARK: "tuple", "v": _encode_list(value, walk.enter(len(value), depth), walk)}
    if kind is set or kind is frozenset:
        members = _encode_list(value, walk.enter(len(value), depth), walk)
        return {MARK: kind.__name__, "v": sorted(members, key=_canonical_json)}
    return _encode_class(value, depth, walk)


def is_plain_float(value: float) -> bool:
    """Whether JSON has it: neither nan, nor infinite, nor minus zero."""
    return value - value == 0.0 if value else math.copysign(1.0, value) > 0.0


def _encode_list(values: Any, depth: int, walk: Walk) -> list[Plain]:
    out: list[Plain] = []
    try:
        for value in values:
            out.append(encode(value, depth, walk))  # noqa: PERF401 - the length so far is the place of a refusal
    except Unfit as unfit:
        unfit.under("{…}" if isinstance(values, set | frozenset) else f"[{len(out)}]")
        raise
    return out


def _encode_dict(values: dict[Any, Any], depth: int, walk: Walk) -> Plain:
    out: dict[str, Plain] = {}
    key: Any = None
    try:
        for key, value in values.items():
            if type(key) is not str or key == MARK:
                break
            out[key if key.isascii() else text(key)] = encode(value, depth, walk)
        else:
            return out
    except Unfit as unfit:
        unfit.under(f"[{key!a:.60}]")
        raise
    return _encode_pairs(values, depth, walk)


def _encode_pairs(values: dict[Any, Any], depth: int, walk: Walk) -> Tag:
    pairs: list[Plain] = []
    for key, value in values.items():
        try:
            pairs.append([encode(key, depth, walk), encode(value, depth, walk)])
        except Unfit as unfit:
            unfit.under(f"[{name_of(type(key))} key]")
            raise
    return {MARK: "dict", "v": sorted(pairs, key=_canonical_json) if walk.canonical else pairs}


def _encode_class(value: Any, depth: int, walk: Walk) -> Tag:
    kind = type(value)
    if issubclass(kind, Enum):
        return {MARK: "enum", "c": name_of(kind), "v": encode(enum_key(value), depth, walk)}
    names = fields_of(kind)
    if names is None:
        if walk.canonical:
            return stranger(value)
        raise Unfit(f"a `{name_of(kind)}` has no place in the journal: {_instead(value)}")
    depth = walk.enter(len(names), depth)
    fields: dict[str, Plain] = {}
    for name in names:
        try:
            fields[name] = encode(field(value, name), depth, walk)
        except Unfit as unfit:
            unfit.under(f".{name}")
            raise
    return {MARK: "record", "c": name_of(kind), "v": fields}


def stranger(value: object) -> Tag:
    """What a digest has for a value that cannot be encoded: its type."""
    kind = type(value)
    return {MARK: "type", "v": f"{kind.__module__}.{kind.__qualname__}"}


_INSTEAD: tuple[tuple[tuple[type, ...], str], ...] = (
    ((bytearray, memoryview), "write `bytes(...)` around it"),
    ((str,), "write `str(...)` around it"),
    ((bool, int), "write `int(...)` around it"),
    ((float,), "write `float(...)` around it"),
    ((bytes,), "write `bytes(...)` around it"),
    ((dict,), "write `dict(...)` around it"),
    ((list,), "write `list(...)` around it"),
    ((tuple,), "write `tuple(...)` around it"),
    ((set,), "write `set(...)` around it"),
)


_INSTEAD_BY_METHOD = (
    ("__fspath__", "write `str(...)` around it"),
    ("__await__", "write `await` before it"),
    ("__next__", "write `list(...)` around it"),
)


def _instead(value: object) -> str:
    for kinds, advice in _INSTEAD:
        if isinstance(value, kinds):
            return advice
    for method, advice in _INSTEAD_BY_METHOD:
        if hasattr(type(value), method):
            return advice
    return "return a dict of what matters in it, or a dataclass that the return type is annotated with"


# ---------------------------------------------------------------------------------------------------------- decoding


def decode(plain: Any, depth: int, walk: Walk) -> Any:
    """One encoding and all in it; raises ``Unfit``."""
    kind = type(plain)
    if kind is str or kind is int or kind is float or kind is bool or plain is None:
        return plain
    if kind is list:
        return _decode_list(plain, walk.enter(len(plain), depth), walk)
    if kind is not dict:
        raise Unfit(f"a `{name_of(kind)}` where JSON should be")
    if MARK in plain:
        return _decode_tag(plain, depth, walk)
    depth = walk.enter(len(plain), depth)
    out: dict[str, Any] = {}
    for key, value in plain.items():
        if type(key) is not str:
            raise Unfit(f"a key of type `{name_of(type(key))}` where JSON should be")
        try:
            out[key] = decode(value, depth, walk)
        except Unfit as unfit:
            unfit.under(f"[{key!a:.60}]")
            raise
    return out


def _decode_list(plain: list[Any], depth: int, walk: Walk) -> list[Any]:
    out: list[Any] = []
    try:
        for value in plain:
            out.append(decode(value, depth, walk))  # noqa: PERF401 - the length so far is the place of a refusal
    except Unfit as unfit:
        unfit.under(f"[{len(out)}]")
        raise
    return out


def _decode_tag(tag: Tag, depth: int, walk: Walk) -> object:
    name = tag[MARK]
    if type(name) is not str:
        raise Unfit(f"a tag whose name is a `{name_of(type(name))}`")
    if name in {"record", "enum"}:
        return _decode_class(name, tag, depth, walk)
    if name not in _CONTAINERS:
        return decode_tag(name, tag)
    content = tag.get("v")
    if type(content) is not list or len(tag) != 2:  # noqa: PLR2004 - the mark and the content
        raise Unfit(f"a malformed {name}")
    depth = walk.enter(len(content), depth)
    members = _decode_pairs(content, depth, walk) if name == "dict" else _decode_list(content, depth, walk)
    try:
        return _CONTAINERS[name](members)
    except Exception as error:
        # Members that cannot be hashed; the hash of a record may be the user's code.
        raise Unfit(f"a malformed {name}: {error!s:.100}") from error


_CONTAINERS: Mapping[str, Any] = {"tuple": tuple, "set": set, "frozenset": frozenset, "dict": dict}


def _decode_pairs(plain: list[Any], depth: int, walk: Walk) -> list[tuple[Any, Any]]:
    """The pairs of a dict; they are no level of their own, so that what was encoded is never too deep to decode."""
    pairs: list[tuple[Any, Any]] = []
    for number, pair in enumerate(plain):
        if type(pair) is not list or len(pair) != 2:  # noqa: PLR2004 - a key and a value
            raise Unfit("a malformed dict")
        try:
            pairs.append((decode(pair[0], depth, walk), decode(pair[1], depth, walk)))
        except Unfit as unfit:
            unfit.under(f"[pair {number}]")
            raise
    return pairs


def _decode_class(name: str, tag: Tag, depth: int, walk: Walk) -> object:
    called, content = tag.get("c"), tag.get("v")
    if type(called) is not str or tag.keys() != {MARK, "c", "v"}:
        raise Unfit(f"a malformed {name}")
    kind = walk.classes.get(called)
    if kind is None:
        raise Unfit(_homeless(called, walk))
    if issubclass(kind, Enum) is not (name == "enum"):
        raise Unfit(f"`{called}` is of another kind in the journal than in the code (one of them is an enum)")
    if issubclass(kind, Enum):
        return member(kind, decode(content, depth, walk))
    return build(kind, _decode_fields(content, depth, walk))


def _decode_fields(content: Any, depth: int, walk: Walk) -> dict[str, Any]:
    if type(content) is not dict or not all(type(key) is str for key in content):
        raise Unfit("a malformed record")
    depth = walk.enter(len(content), depth)
    fields: dict[str, Any] = {}
    for key, value in content.items():
        try:
            fields[key] = decode(value, depth, walk)
        except Unfit as unfit:
            unfit.under(f".{key:.60}")
            raise
    return fields


def _homeless(called: str, walk: Walk) -> str:
    if called in walk.classes:
        return f"two classes called `{called}` are in the annotation; rename one of them"
    return (
        f"a `{called:.60}` comes back only where an annotation names it: "
        f"annotate the return type (or the field) with `{called:.60}`, or return a dict"
    )
