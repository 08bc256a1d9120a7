"""Mutation that knows JSON: a valid document becomes one that is wrong in a few places, or hostile in one.

Owns the edits and the hostile values. It is a function of the bytes and of a ``Random``, so that Hypothesis and the
coverage-guided fuzzer use the same one. What is no JSON is left to a mutation of bytes.
"""

import json
import random
from collections.abc import Callable
from typing import Any

Place = tuple[Any, Any]
"""A container and the key or index in it."""

SCALARS: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 64, 2**31, 2**63 - 1, 2**63, -(2**63) - 1, 10**40, 0.5, -0.0, 1e308),
    *("", "0", "\0", "$", "é", "\U0001f600", "\ud800", "9" * 5_000, "../..", "a/b", "1e999999", "nan", "0x10"),
    *("start", "message", "timer", "step", "cancel", "state", "reworded", "value", "error", "refused", "default"),
    *(
        "timeout",
        "ask",
        "choose",
        "listen",
        "sleep",
        "delivered",
        "2.1.0",
        "builtins:SystemExit",
        "UTC",
        "Europe/Berlin",
    ),
)
TAGS = (
    *("int", "float", "bytes", "date", "datetime", "time", "timedelta", "decimal", "uuid", "tuple", "set", "frozenset"),
    *("dict", "enum", "record", "type", "no such tag"),
)
DEEP = 1_000
LARGE = 10_000
LONGEST = 1_000_000


def mangled(data: bytes, rng: random.Random) -> bytes | None:
    """The document with one to four edits; None if it is no JSON."""
    try:
        document = [json.loads(data)]
    except (ValueError, RecursionError):
        return None
    try:
        for _ in range(rng.randint(1, 4)):
            places = list(_places(document))
            _EDITS[rng.randrange(len(_EDITS))](rng, places, *rng.choice(places))
            document = document or [None]
        return json.dumps(document[0], ensure_ascii=rng.random() < 0.5).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):
        return None  # deeper than Python's own JSON goes


def _places(root: list[Any]) -> list[Place]:
    """Every place in a document, found without recursion."""
    found: list[Place] = []
    todo: list[Any] = [root]
    while todo:
        container = todo.pop()
        inside = container.items() if isinstance(container, dict) else enumerate(container)
        for key, value in inside:
            found.append((container, key))
            if isinstance(value, dict | list):
                todo.append(value)
    return found


def _replace(rng: random.Random, places: list[Place], container: Any, key: Any) -> None:
    """Another scalar."""
    del places
    container[key] = rng.choice(SCALARS)


def _nudge(rng: random.Random, places: list[Place], container: Any, key: Any) -> None:
    """A number or a text that is nearly right."""
    del places
    value = container[key]
    if isinstance(value, int | float):
        container[key] = value + rng.choice((-1, 1, 2**32, -(2**63)))
    elif isinstance(value, str):
        at = rng.randint(0, len(value))
        container[key] = rng.choice((value[:at], value[:at] + "\u2028" + value[at:], value.upper(), value + value[:at]))


def _swap(rng: random.Random, places: list[Place], container: Any, key: Any) -> None:
    """What stands elsewhere in the document; by its JSON, so that nothing contains itself."""
    other, where = rng.choice(places)
    container[key] = json.loads(json.dumps(other[where]))


def _remove(rng: random.Random, places: list[Place], container: Any, key: Any) -> None:
    del rng, places
    if isinstance(container, dict) or len(container) > key:
        del container[key]


def _add(rng: random.Random, places: list[Place], container: Any, key: Any) -> None:
    """One member more."""
    del places
    value = rng.choice((json.loads(json.dumps(container[key])), rng.choice(SCALARS)))
    if isinstance(container, dict):
        container[rng.choice(("", "$", "v", "c", "z", "f", f"{key}2"))] = value
    else:
        container.insert(key, value)


def _tag(rng: random.Random, places: list[Place], container: Any, key: Any) -> None:
    """A tagged value, or another tag."""
    del places
    value = container[key]
    if isinstance(value, dict) and "$" in value:
        value["$"] = rng.choice(TAGS)
    else:
        container[key] = {"$": rng.choice(TAGS), "v": value}


def _nest(rng: random.Random, places: list[Place], container: Any, key: Any) -> None:
    """Deeper than any stack, or just deeper than is allowed."""
    del places
    value: Any = container[key]
    for _ in range(rng.choice((1, 63, 64, 65, DEEP))):
        value = {"$": "tuple", "v": [value]} if rng.random() < 0.1 else [value]
    container[key] = value


def _swell(rng: random.Random, places: list[Place], container: Any, key: Any) -> None:
    """Long, or many."""
    del places
    value: Any = container[key]
    container[key] = rng.choice(("x" * LARGE, [value] * 100, "9" * LARGE, {str(number): 0 for number in range(1_000)}))


_EDITS: tuple[Callable[[random.Random, list[Place], Any, Any], None], ...] = (
    *(_replace, _replace, _nudge, _nudge, _swap, _swap, _remove, _add, _tag, _nest, _swell),
)
