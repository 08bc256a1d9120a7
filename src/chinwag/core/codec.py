"""The codec: what a value is in the journal, and that it comes back as it went in.

Owns the promise that an await returns the same value live and replayed: what a conversation gets is the decoded copy,
also on the live path, and a value whose copy differs in type or content is refused at the user's own line. Owns digests
of arguments and the encoding of states. Built on ``plain`` (the walk), ``tags`` (special types), ``records`` (classes),
``hints`` (annotations) and ``failures`` (exceptions), whose public functions are to be had here.

Rule: the format only grows; ``FORMAT`` changes when an older reader would misread it.
"""

from collections.abc import Sequence
from datetime import datetime, time
from decimal import Decimal
from enum import Enum
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

from chinwag.core.errors import Diverged, NotJournalable
from chinwag.core.failures import error_from_plain, error_to_plain
from chinwag.core.hints import field_hints, hint_of
from chinwag.core.plain import Walk, canonical, dumps, encode, from_plain, is_plain_float, loads, stranger, to_plain
from chinwag.core.records import build, field, fields_of, lost
from chinwag.core.tags import ENCODERS, HIGHEST, LOWEST, Plain, Unfit, is_text, name_of

__all__ = [
    "FORMAT",
    "Plain",
    "copied",
    "digest",
    "dumps",
    "error_from_plain",
    "error_to_plain",
    "from_plain",
    "hint_of",
    "journaled",
    "loads",
    "state_from_plain",
    "state_to_plain",
    "to_plain",
]

FORMAT = 1
_CONTAINERS = frozenset({list, tuple, set, frozenset})
_EQUAL_IS_SAME = frozenset({str, int, bool, type(None), *ENCODERS} - {datetime, time, Decimal})


def journaled(value: Any, hint: object = None, *, what: str = "") -> tuple[Plain, Any]:
    """Encode a value for the journal, and decode the copy that the conversation gets.

    Args:
        value: what was parsed, or what a step returned.
        hint: the class or annotation that it is decoded to; needed only for records and enums.
        what: what the value is, to begin an error's sentence with, such as ``the step fetch``.

    Returns:
        The encoding, and the copy.

    Raises:
        NotJournalable: if the copy is not of the same type and value, with what to return instead.

    >>> journaled((1, 2))
    ({'$': 'tuple', 'v': [1, 2]}, (1, 2))
    """
    kind = type(value)
    if (
        (kind is str and is_text(value))
        or (kind is int and LOWEST <= value <= HIGHEST)
        or value is None
        or kind is bool
        or (kind is float and is_plain_float(value))
    ):
        return value, value
    try:
        plain = to_plain(value)
        copy = from_plain(plain, hint)
    except NotJournalable as error:
        raise NotJournalable(f"{what}: {error}" if what else f"{error}") from error.__cause__
    if not same(value, copy):
        changed = f"a `{name_of(kind)}` does not come back from the journal as it went in; return a dict instead"
        raise NotJournalable(f"{what}: {changed}" if what else changed)
    return plain, copy


def same(a: Any, b: Any) -> bool:  # noqa: C901, PLR0911 - one branch a kind of type
    """Whether two values are of the same type and content, all the way down; nan is the same as nan.

    >>> same([1], [1.0]), same(float("nan"), float("nan"))
    (False, True)
    """
    kind = type(a)
    if kind is not type(b):
        return False
    if kind in _EQUAL_IS_SAME:
        return bool(a == b)
    if kind is list or kind is tuple:
        return len(a) == len(b) and all(map(same, a, b))
    if kind is dict:
        return len(a) == len(b) and all(map(same, a, b)) and all(map(same, a.values(), b.values()))
    if kind is float or kind is Decimal:
        return repr(a) == repr(b)  # which also tells 0.0 from -0.0, and Decimal("1.5") from Decimal("1.50")
    if kind is set or kind is frozenset:
        return all(map(same, sorted(a, key=_order), sorted(b, key=_order)))
    if kind is datetime or kind is time:
        return same_zone(a.tzinfo, b.tzinfo) and a.fold == b.fold and a.replace(tzinfo=None) == b.replace(tzinfo=None)
    names = None if issubclass(kind, Enum) else fields_of(kind)
    if names is None:
        return bool(a == b)
    return not lost(a, b) and all(same(getattr(a, name), getattr(b, name)) for name in names)


def same_zone(a: Any, b: Any) -> bool:
    """Whether two time zones are the same by type and by key, or by offset and name."""
    if type(a) is not type(b):
        return False
    if isinstance(a, ZoneInfo):
        return bool(a.key == b.key)
    return a is None or (a.utcoffset(None) == b.utcoffset(None) and a.tzname(None) == b.tzname(None))


def _order(value: object) -> bytes:
    return canonical(to_plain(value))


def digest(args: Sequence[object]) -> str:
    """A short name for the arguments of a call, the same in every process.

    Args:
        args: in order.

    Returns:
        16 hexadecimal digits. An argument that cannot be encoded counts by its type alone.

    >>> digest(("Berlin", 3)) == digest(("Berlin", "3"))
    False
    """
    walk = Walk(canonical=True)
    # A list in a list, since journals have it so: there was room for arguments by name.
    return blake2b(canonical([[_told(value, walk) for value in args]]), digest_size=8).hexdigest()


def _told(value: object, walk: Walk) -> Plain:
    try:
        return encode(value, 0, walk)
    except (Unfit, RecursionError):
        return stranger(value)


def copied(value: object) -> object:
    """A copy of what can be changed in place, as far as the journal knows what it is made of; all else is shared.

    >>> ours = {"seats": [1, 2]}
    >>> theirs = copied(ours)
    >>> theirs == ours, theirs["seats"] is ours["seats"]
    (True, False)
    """
    try:
        return _copied(value, 0, Walk())
    except (Unfit, RecursionError):
        return value


def _copied(value: Any, depth: int, walk: Walk) -> Any:
    kind = type(value)
    if kind in _CONTAINERS:
        depth = walk.enter(len(value), depth)
        return kind([_copied(member, depth, walk) for member in value])
    if kind is dict:
        depth = walk.enter(len(value), depth)
        return {key: _copied(member, depth, walk) for key, member in value.items()}
    names = None if issubclass(kind, Enum) else fields_of(kind)
    if names is None:
        return value
    depth = walk.enter(len(names), depth)
    copy = build(kind, {name: _copied(field(value, name), depth, walk) for name in names})
    return value if lost(value, copy) else copy


def state_to_plain(state: object) -> Plain:
    """Encode a state by its fields.

    Raises:
        NotJournalable: naming the field that would not come back, or if it is no dataclass.
    """
    kind = type(state)
    names = fields_of(kind)
    if names is None:
        raise NotJournalable(f"the state {name_of(kind)} is no dataclass; write `@dataclass(frozen=True)` above it")
    hints = field_hints(kind)
    plain: dict[str, Plain] = {}
    for name in names:
        what = f"the field {name!a} of the state {name_of(kind)}"
        try:
            plain[name] = journaled(field(state, name), hints.get(name), what=what)[0]
        except Unfit as unfit:
            raise NotJournalable(unfit.sentence()) from unfit.__cause__
    return plain


def state_from_plain(plain: Plain, cls: type) -> object:
    """Make a state of its encoded fields; a field that is new takes its default.

    Args:
        plain: what ``state_to_plain`` gave, perhaps of an older version of the class.
        cls: the class.

    Raises:
        Diverged: naming the field that is unknown, missing, or no longer what it was.
    """
    if not isinstance(cls, type) or not isinstance(plain, dict) or fields_of(cls) is None:
        called = getattr(cls, "__qualname__", type(cls).__qualname__)
        raise Diverged(f"the journal's state does not fit `{called}`: one of them has no fields by name")
    hints, values = field_hints(cls), {}
    for name, content in plain.items():
        try:
            values[name] = from_plain(content, hints.get(name))
        except NotJournalable as error:
            raise Diverged(f"the state {name_of(cls)} does not fit the journal: field {name!a}: {error}") from error
    try:
        return build(cls, values)
    except Unfit as unfit:
        raise Diverged(
            f"the state {name_of(cls)} does not fit the journal: {unfit.sentence()}; "
            "give a new field a default, and keep one that is still in journals"
        ) from unfit.__cause__
