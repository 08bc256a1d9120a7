"""Parked conversations, put together from the tables that their parts are in."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from chinwag.core.errors import StoreCorrupt
from chinwag.ports import Open, Parked

Read = Callable[[str, Any], Iterator[tuple[Any, ...]]]
"""Asks a named query of a store, with its bindings."""

_encode = msgspec.json.Encoder().encode


def bound(values: Sequence[Any]) -> dict[str, str]:
    """What a query that takes ``:rows`` is bound to: each value once, as JSON."""
    return {"rows": _encode(list(dict.fromkeys(values))).decode()}


def load(read: Read, numbers: Sequence[int]) -> list[Parked]:
    """Conversations by number, with their journals and what they hold, in the order of their numbers.

    Args:
        read: asks the store.
        numbers: which ones; those that do not exist are left out.
    """
    bindings = bound(numbers)
    found = {parked.number: parked for parked in heads(read, numbers)}
    for number, _, row in read("rows", bindings):
        if number in found:
            found[number].rows.append(row)
    for number, *held in read("held", bindings):
        if number in found:
            found[number].held.append((held[0], held[1], held[2], held[3]))
    for number, path, epoch in read("steps_of", bindings):
        if number in found:
            found[number].steps.append((path, epoch))
    return list(found.values())


def heads(read: Read, numbers: Sequence[int]) -> list[Parked]:
    """Conversations by number, without their rows."""
    found = [Parked(*row) for row in read("parked", bound(numbers))]
    for parked in found:
        parked.attended = bool(parked.attended)
    return found


def messages(read: Read, name: str, bindings: tuple[Any, ...]) -> list[Open]:
    """Messages of the outbox, by the query ``name``."""
    found = [Open(*row) for row in read(name, bindings)]
    for message in found:
        message.once, message.awaited = bool(message.once), bool(message.awaited)
    return found


def value_of(text: str) -> Any:
    """A value of ``chat.data``.

    Raises:
        StoreCorrupt: if it is damaged.
    """
    try:
        return msgspec.json.decode(text)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        msg = f"a row of chat.data is damaged ({error}): restore the database"
        raise StoreCorrupt(msg) from None
