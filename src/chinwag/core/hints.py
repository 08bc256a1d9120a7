"""Annotations: what a function promises to return, and which classes a hint allows the journal to rebuild.

Owns the resolving of annotations, with what to do when they cannot be resolved: a name that is defined later, or only
for type checkers, leaves that one hint out and raises nothing. Refuses to remember such an incomplete answer.

Rule: caches are weak or bounded, for functions and classes may be made anew in every conversation.
"""

import functools
import typing
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any
from weakref import WeakKeyDictionary

from chinwag.core.records import fields_of
from chinwag.core.tags import name_of

_CACHED = 512
_NOTHING = (typing.NoReturn, typing.Never, typing.Any)

# Only annotations that are text or hold text come here: they are resolved in the function's globals, so that no value
# of this mapping keeps its key alive.
_returns: WeakKeyDictionary[FunctionType, object] = WeakKeyDictionary()


def hint_of(function: Callable[..., Any]) -> object | None:
    """What a parse or a step gives back, as far as its annotation tells.

    Args:
        function: a class stands for itself; a function, method, partial or callable object for its return annotation.

    Returns:
        A class or another annotation, resolved; None if there is none, or it cannot be resolved, or nothing returns.

    >>> def length(text: str) -> int: ...
    >>> hint_of(length), hint_of(int), hint_of(lambda text: text)
    (<class 'int'>, <class 'int'>, None)
    """
    if isinstance(function, type) or typing.get_origin(function) is not None:
        return function
    if isinstance(function, functools.partial):
        return hint_of(function.func)
    if isinstance(function, FunctionType):
        return _returned(function, None)
    if isinstance(function, MethodType | BuiltinFunctionType):
        owner = function.__self__ if isinstance(function.__self__, type) else type(function.__self__)
        found = _returned(getattr(function, "__func__", None), owner)
        # A class method without an annotation makes, as a rule, one of its class: date.fromisoformat.
        return owner if found is None and owner is function.__self__ else found
    return _returned(getattr(type(function), "__call__", None), type(function))  # noqa: B004 - the function itself


def _returned(function: object, owner: type | None) -> object | None:
    if not isinstance(function, FunctionType) or "return" not in function.__annotations__:
        return None
    annotation = function.__annotations__["return"]
    hint = annotation if isinstance(annotation, type) else _resolved(function)
    if hint in _NOTHING:
        return None
    return owner if hint is typing.Self else hint


def _resolved(function: FunctionType) -> object | None:
    try:
        return _returns[function]
    except KeyError:
        hint = _returns[function] = _resolve(function)
        return hint


def _resolve(function: FunctionType) -> object | None:
    """Only the return annotation: a parameter's may be there for type checkers alone."""

    def alone() -> None: ...

    alone.__annotations__ = {"return": function.__annotations__["return"]}
    hint: object
    try:
        hint = typing.get_type_hints(alone, globalns=function.__globals__)["return"]
    except Exception:  # noqa: BLE001 - an annotation is evaluated: anything may come of it
        hint = None
    return hint


class _Unresolved(Exception):
    """A hint names what is not defined yet: what was found is an answer, but not to be remembered."""

    def __init__(self, found: Mapping[str, Any]) -> None:
        super().__init__()
        self.found = found


def field_hints(kind: type) -> Mapping[str, Any]:
    """The fields' annotations, resolved as far as can be; those that cannot be resolved are left out.

    >>> class Point:
    ...     x: "int"
    ...     y: "Nowhere"
    >>> field_hints(Point)
    {'x': <class 'int'>}
    """
    try:
        return _fields(kind)
    except _Unresolved as unresolved:
        return unresolved.found


@functools.lru_cache(_CACHED)
def _fields(kind: type) -> Mapping[str, Any]:
    here = {kind.__name__: kind}  # a class inside a function may name itself
    try:
        return typing.get_type_hints(kind, localns=here)
    except Exception:  # noqa: BLE001 - as above
        raise _Unresolved(dict(_one_by_one(kind, here))) from None


def _one_by_one(kind: type, here: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for owner in reversed(kind.__mro__):
        for name, annotation in vars(owner).get("__annotations__", {}).items():
            alone = type("alone", (), {"__annotations__": {name: annotation}, "__module__": owner.__module__})
            try:
                yield name, typing.get_type_hints(alone, localns=here)[name]
            except Exception:  # noqa: BLE001, S112 - as above; what cannot be resolved is left out
                continue


def classes_of(hint: object) -> Mapping[str, type | None]:
    """The records and enums that a hint names, however deep, by ``__qualname__``; None where two share one name.

    Args:
        hint: a class, or anything that may be written as an annotation; None if there is no hint.

    >>> import http
    >>> list(classes_of(dict[str, list[http.HTTPStatus] | None]))
    ['HTTPStatus']
    """
    if hint is None:
        return {}
    try:
        return _classes(hint)
    except _Unresolved as unresolved:
        return unresolved.found
    except TypeError:  # not hashable, such as Annotated[int, []]
        return _search(hint)[0]


@functools.lru_cache(_CACHED)
def _classes(hint: Any) -> Mapping[str, type | None]:
    found, complete = _search(hint)
    if not complete:
        raise _Unresolved(found)
    return found


def _search(hint: object) -> tuple[Mapping[str, type | None], bool]:
    """Walk all that the hint is made of; the second says whether every part could be resolved."""
    found: dict[str, type | None] = {}
    seen: dict[int, object] = {}  # by id, for a hint may not be hashable; the values keep the ids from being used again
    todo, complete = [hint], True
    while todo:
        part = todo.pop()
        if id(part) in seen:
            continue
        seen[id(part)] = part
        if isinstance(part, type) and typing.get_origin(part) is None:
            if issubclass(part, Enum) or fields_of(part) is not None:
                found[name_of(part)] = None if name_of(part) in found else part
            inner, resolved = _inside(part)
            todo += inner
            complete = complete and resolved
        else:
            todo += _parts(part)
            complete = complete and not isinstance(part, str | typing.ForwardRef)
    return found, complete


def _inside(kind: type) -> tuple[list[object], bool]:
    if fields_of(kind) is None and not typing.is_typeddict(kind):
        return [], True
    bases = getattr(kind, "__orig_bases__", ())
    try:
        return [*_fields(kind).values(), *bases], True
    except _Unresolved as unresolved:
        return [*unresolved.found.values(), *bases], False


def _parts(hint: Any) -> list[object]:
    """What a hint that is no class is made of; nothing for what is no hint."""
    if isinstance(hint, list):  # the arguments of a Callable
        return hint
    if isinstance(hint, typing.TypeVar):
        return [hint.__bound__, *hint.__constraints__]
    if isinstance(hint, typing.NewType):
        return [hint.__supertype__]
    if type(hint).__name__ == "TypeAliasType":  # `type Json = ...`, Python 3.12
        return [_aliased(hint)]
    origin, arguments = typing.get_origin(hint), list(typing.get_args(hint))
    if origin is typing.Literal:
        return [type(value) for value in arguments]
    return [] if origin is None else [origin, *arguments]


def _aliased(alias: Any) -> object:
    try:
        return alias.__value__
    except Exception:  # noqa: BLE001 - evaluated at the first look: anything may come of it
        return "unresolved"
