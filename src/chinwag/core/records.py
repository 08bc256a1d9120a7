"""Classes in the journal: dataclasses, msgspec Structs, NamedTuples and Enums.

The journal holds a class by its ``__qualname__`` and its fields by name; it is rebuilt only if a hint names it. So a
journal can never make an object of a class that the code did not ask for, and a class that was renamed under a waiting
conversation is an error instead of a wrong answer. Owns what a record is, its fields, and how it is made again.
Refuses classes that inherit a built-in container or text: their fields are not all there is to them.

Rule: a record is made without its ``__init__``, field by field, so nothing is converted twice.
"""

import dataclasses
import functools
from enum import Enum
from typing import Any
from weakref import WeakKeyDictionary

import msgspec

from chinwag.core.tags import Unfit, name_of

_NOT_JUST_FIELDS = (str, bytes, bytearray, int, float, complex, list, dict, tuple, set, frozenset, BaseException)

# Weak, because a class may be made anew in every conversation.
_shapes: WeakKeyDictionary[type, tuple[str, ...] | None] = WeakKeyDictionary()


def fields_of(kind: type) -> tuple[str, ...] | None:
    """The names of a record's fields in order, or None for a class that is no record.

    >>> class Point(msgspec.Struct):
    ...     x: int
    >>> fields_of(Point), fields_of(int)
    (('x',), None)
    """
    try:
        return _shapes[kind]
    except KeyError:
        names = _shapes[kind] = _look(kind)
        return names


def _look(kind: type) -> tuple[str, ...] | None:
    if issubclass(kind, msgspec.Struct):
        return kind.__struct_fields__
    if issubclass(kind, tuple):
        return getattr(kind, "_fields", None)
    if dataclasses.is_dataclass(kind) and not issubclass(kind, _NOT_JUST_FIELDS):
        return tuple(field.name for field in dataclasses.fields(kind))
    return None


def field(record: object, name: str) -> object:
    """The value of one field.

    Raises:
        Unfit: if it is not set, or is a property that fails.

    >>> field(dataclasses.make_dataclass("Point", ["x"])(1), "x")
    1
    """
    try:
        return getattr(record, name)
    except Exception as error:
        raise Unfit(
            f"the field {name!a} of this `{name_of(type(record))}` cannot be read ({type(error).__name__}); set it"
        ) from error


def enum_key(value: Enum) -> str | int:
    """How a member is written: by its name, and a combination of flags by its number.

    Raises:
        Unfit: if it has neither.

    >>> import http
    >>> enum_key(http.HTTPStatus.OK)
    'OK'
    """
    name = value.name
    if name in type(value).__members__:
        return name
    if isinstance(value.value, int):
        return value.value
    raise Unfit(f"a nameless member of the enum `{name_of(type(value))}`")


def member(kind: type[Enum], key: object) -> Enum:
    """The member of that name, or the flags of that number.

    Raises:
        Unfit: if there is none.
    """
    if type(key) is str and key in kind.__members__:
        return kind.__members__[key]
    if type(key) is int:
        try:
            return kind(key)
        except Exception as error:  # `_missing_` is the user's code
            raise Unfit(f"the enum `{name_of(kind)}` has no member {key:#x}") from error
    raise Unfit(f"the enum `{name_of(kind)}` has no member {str(key)[:60]!a}")


def build(kind: type, values: dict[str, Any]) -> object:
    """Make a record of its fields' values; fields that are not given take their defaults.

    Args:
        kind: the class, one for which ``fields_of`` gives names.
        values: by the field's name.

    Raises:
        Unfit: naming the field that is unknown or missing, or with what the class itself raised.

    >>> class Point(msgspec.Struct):
    ...     x: int
    ...     y: int = 0
    >>> build(Point, {"x": 1})
    Point(x=1, y=0)
    """
    names = fields_of(kind) or ()
    for name in values:
        if name not in names:
            raise Unfit(f"`{name_of(kind)}` has no field {name[:60]!a}")
    try:
        if issubclass(kind, msgspec.Struct):
            return _struct(kind, values)
        complete = {name: values[name] if name in values else _default(kind, name) for name in names}
        return tuple.__new__(kind, complete.values()) if issubclass(kind, tuple) else _dataclass(kind, complete)
    except Unfit:
        raise
    except Exception as error:
        # `__post_init__`, a default's factory and descriptors are the user's code.
        raise Unfit(f"`{name_of(kind)}` cannot be rebuilt: {type(error).__name__}: {error!s:.200}") from error


def _struct(kind: type[msgspec.Struct], values: dict[str, Any]) -> object:
    value = kind(**values)
    for name, content in values.items():  # what `__post_init__` may have changed
        msgspec.structs.force_setattr(value, name, content)
    return value


def _dataclass(kind: type, values: dict[str, Any]) -> object:
    """Set the fields twice: ``__post_init__`` derives from them what is no field, and must not convert them again."""
    value: object = object.__new__(kind)
    for name, content in values.items():
        object.__setattr__(value, name, content)
    finish = getattr(value, "__post_init__", None)
    if finish is not None and not _has_init_vars(kind):
        finish()
        for name, content in values.items():
            object.__setattr__(value, name, content)
    return value


def _has_init_vars(kind: type) -> bool:
    # `fields()` leaves them out, and there is no public way to see them.
    fields: dict[str, Any] = kind.__dataclass_fields__  # type: ignore[attr-defined] # only dataclasses come here
    return any(field._field_type.name == "_FIELD_INITVAR" for field in fields.values())  # noqa: SLF001


def _default(kind: type, name: str) -> object:
    """What the class gives to a field that the journal does not have, for instance because it is new."""
    if issubclass(kind, tuple):
        defaults: dict[str, object] = getattr(kind, "_field_defaults", {})
        if name in defaults:
            return defaults[name]
    else:
        field = kind.__dataclass_fields__[name]  # type: ignore[attr-defined] # only dataclasses are left
        if field.default is not dataclasses.MISSING:
            return field.default
        if field.default_factory is not dataclasses.MISSING:
            return field.default_factory()
    raise Unfit(f"`{name_of(kind)}` needs the field {name!a}, which has no default, and there is no value for it")


def lost(original: object, copy: object) -> bool:
    """Whether an attribute that is no field is missing from a copy of the same class; caches do not count."""
    before, after = (getattr(record, "__dict__", {}) for record in (original, copy))
    return any(
        name not in after
        and not name.startswith("__")
        and not isinstance(getattr(type(original), name, None), functools.cached_property)
        for name in before
    )
