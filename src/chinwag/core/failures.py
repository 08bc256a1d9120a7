"""Exceptions in the journal: what a step raised, so that the conversation sees the same on replay.

Owns the encoding of an exception as type, message, arguments and fields, and the rebuilding of it. Refuses to import
anything, to run a class's own ``__init__``, and to make anything but an ``Exception``: a journal must not be able to
start code or to end the process. What cannot be rebuilt is a ``StepFailed`` that says what it was.

Rule: neither direction ever raises.
"""

import sys
from collections.abc import Iterator, Mapping
from types import MemberDescriptorType, ModuleType
from typing import Any

from chinwag.core.errors import NotJournalable, StepFailed
from chinwag.core.plain import dumps, from_plain, to_plain
from chinwag.core.tags import MARK, Plain, is_text

LONGEST = 4_000  # characters of a message
LARGEST = 16_384  # bytes of one argument or field


def error_to_plain(error: BaseException) -> Plain:
    """Encode an exception; what is not plain in it becomes its ``repr`` (arguments) or is left out (fields).

    >>> error_to_plain(ValueError("no such city", 404))["args"]
    ['no such city', 404]
    """
    kind = type(error)
    args, fields = _args(error), _fields(error)
    return {
        "type": _safe(str, f"{kind.__module__}:{kind.__qualname__}"),
        "message": _safe(str, error),
        "args": [plain if kept else _safe(repr, value) for value in args for plain, kept in [_try(value)]],
        "fields": {name: plain for name, value in fields for plain, kept in [_try(value)] if kept},
    }


def _args(error: BaseException) -> tuple[object, ...]:
    # The built-in attribute, for a class may have a property of this name.
    found: tuple[object, ...] = BaseException.args.__get__(error)  # type: ignore[attr-defined] # a getset descriptor
    return found


def _fields(error: BaseException) -> Iterator[tuple[str, object]]:
    """What stands in the object's ``__dict__``, and what built-in exceptions keep outside it: errno, filename, name."""
    slots = dict(_slots(type(error)))
    for name, slot in slots.items():
        value = slot.__get__(error) if _is_set(slot, error) else None
        if value is not None:
            yield name, value
    for name, value in object.__getattribute__(error, "__dict__").items():
        if type(name) is str and name not in slots and name != MARK and is_text(name):
            yield name, value


def _slots(kind: type) -> Iterator[tuple[str, MemberDescriptorType]]:
    for owner in kind.__mro__:
        for name, slot in vars(owner).items():
            if isinstance(slot, MemberDescriptorType) and not name.startswith("__"):
                yield name, slot


def _is_set(slot: MemberDescriptorType, error: BaseException) -> bool:
    try:
        slot.__get__(error)
    except AttributeError:
        return False
    return True


def _try(value: object) -> tuple[Plain, bool]:
    """The encoding and whether it is one that comes back without a hint and is not too long."""
    try:
        plain = to_plain(value)
        from_plain(plain)
        return (plain, True) if len(dumps(plain)) <= LARGEST else (None, False)
    except NotJournalable:
        return None, False


def _safe(words: Any, value: object) -> str:
    """``str`` or ``repr`` of something whose own code may fail, as text that JSON can carry."""
    try:
        said = str(words(value))
    except Exception as error:  # noqa: BLE001 - `__str__` and `__repr__` are anybody's code
        said = f"<{type(value).__qualname__} whose {words.__name__} raises {type(error).__name__}>"
    said = said if len(said) <= LONGEST else said[:LONGEST] + "…"
    return said.encode("utf-8", "backslashreplace").decode()


def error_from_plain(plain: Plain) -> BaseException:
    """Rebuild an exception of a module that is already imported; else a ``StepFailed`` with its type and message.

    >>> error_from_plain(error_to_plain(KeyError("colour")))
    KeyError('colour')
    >>> error_from_plain({"type": "builtins:SystemExit", "message": "bye", "args": [], "fields": {}})
    StepFailed('SystemExit: bye')
    """
    parts = plain if isinstance(plain, dict) else {}
    where, message, args, fields = (parts.get(key) for key in ("type", "message", "args", "fields"))
    name = where if isinstance(where, str) else "an error"
    if isinstance(args, list) and isinstance(fields, dict):
        kind = _class(name)
        error = _rebuild(kind, args, fields) if kind is not None else None
        if error is not None:
            return error
    said = f": {message}" if isinstance(message, str) and message else ""
    return StepFailed(f"{name.removeprefix('builtins:').replace(':', '.')}{said}")


def _class(where: str) -> type[Exception] | None:
    """The class, looked up in dictionaries only: a module's ``__getattr__`` may import."""
    module_name, _, qualname = where.partition(":")
    module = sys.modules.get(module_name)
    found: Any = module
    for part in qualname.split("."):
        if isinstance(found, ModuleType):
            names: Mapping[str, Any] = object.__getattribute__(found, "__dict__")
        else:
            names = vars(found) if isinstance(found, type) else {}
        found = names.get(part)
    return found if isinstance(found, type) and issubclass(found, Exception) else None


def _rebuild(kind: type[Exception], args: list[Plain], fields: dict[str, Plain]) -> Exception | None:
    try:
        values = tuple(from_plain(value) for value in args)
        error = kind.__new__(kind, *values)
        if type(error) is not kind:
            return None
        error.args = values
        slots = dict(_slots(kind))
        if isinstance(error, UnicodeError):
            _fill(error, values)
        for name, value in fields.items():
            if name not in slots:
                error.__dict__[name] = from_plain(value)
            elif not isinstance(error, UnicodeError):
                slots[name].__set__(error, from_plain(value))
        str(error)  # many a class formats its fields here, and one may be missing
    except Exception:  # noqa: BLE001 - a class may have its own `__new__` and `__str__`; StepFailed is the answer to all
        return None
    return error


def _fill(error: UnicodeError, values: tuple[object, ...]) -> None:
    """Set the fields of an encoding error by its built-in ``__init__``, which checks their types.

    Its ``str`` reads the memory at ``start`` unchecked: a damaged journal must not be able to end the process.
    """
    for builtin in (UnicodeDecodeError, UnicodeEncodeError, UnicodeTranslateError):
        if isinstance(error, builtin):
            builtin.__init__(error, *values)  # type: ignore[arg-type] # a TypeError tells the caller
            if not 0 <= error.start <= error.end <= len(error.object):
                raise ValueError(values)
