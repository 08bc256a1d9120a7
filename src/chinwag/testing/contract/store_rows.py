"""Rows for a store, as the runtime makes them: a test names what it is about, the rest is filled in.

Owns the order of columns, which ``Batch`` documents. Knows no store.
"""

from typing import Any

import msgspec
from msgspec import Raw

from chinwag.ports import SENDING, Batch

NOW = 1_800_000_000_000_000
FAR = (1 << 62) - 1
THOUSAND = range(1, 1001)
NASTY = "NUL \0, quotes \"'`, backslash \\, newline \n, é, 😀, \u2028, %, _, --, ); DROP TABLE conv"
ACCOUNT = "net:bot"
FIRST = Raw(b"[null,null]")
LARGE = Raw(b"0")
"""What stands in a row whose body is in the blobs."""


def batch(**fields: Any) -> Batch:
    """A batch of rows: lists as they are, mappings from a list by the key that ``Batch`` documents.

    >>> len(batch(births=[birth(1)], journal=[row(1, 0), row(1, 1)]))
    3
    """
    made = Batch()
    for name, rows in fields.items():
        field: Any = getattr(made, name)
        if name in {"writes", "deletes"}:
            field.update({row[:2]: row for row in rows})
        elif name in {"checkpoints", "statuses"}:
            field.update({row[0]: row for row in rows})
        else:
            field.extend(rows)
    return made


def body(value: Any) -> Raw:
    """A body."""
    return Raw(msgspec.json.encode(value))


def place(user: str = "u") -> str:
    """An address of the account."""
    return f"{ACCOUNT}/r/{user}"


def birth(
    number: int, address: str = place(), *, at: int = NOW, attended: int = 1, first: Raw = FIRST
) -> tuple[int, str, str, str, int, int, Raw, str]:
    """A new conversation."""
    return number, "guess", address, "00" * 16, attended, at, first, "f1"


def row(number: int, seq: int, value: Any = None) -> tuple[int, int, Raw]:
    """A turn of a conversation."""
    return number, seq, value if isinstance(value, Raw) else body([NOW, "message", value])


def checkpoint(number: int, base: int, state: Any, *, draws: int = 0) -> tuple[int, int, int, Raw, str]:
    """A state, from the row ``base`` on."""
    return number, base, draws, state if isinstance(state, Raw) else body(state), "f2"


def saying(  # noqa: PLR0913 - the columns of the outbox
    number: int,
    conversation: int = 1,
    status: str = SENDING,
    *,
    epoch: int = 1,
    at: int = NOW,
    once: int = 0,
    room: str = "r",
    words: Any = "hello",
) -> tuple[int, int, str, str, str, int, int, int, Raw]:
    """A message that is said."""
    what = words if isinstance(words, Raw) else body({"id": number, "text": words})
    return number, conversation, ACCOUNT, room, status, epoch, at, once, what


def mark(
    number: int, status: str, *, ref: str = "", error: str = "", attempts: int = 1, told: int = 0
) -> tuple[int, str, str, str, int, int]:
    """What became of a message."""
    return number, status, ref, error, attempts, told


def kept(number: int, conversation: int, kind: str = "message", value: Any = "hi") -> tuple[int, int, str, int, Raw]:
    """An input that a conversation has not consumed."""
    return number, conversation, kind, NOW, body(value)


def status(
    number: int, word: str, *, error: str | None = None, at: int = NOW + 1
) -> tuple[int, str, int, str | None, str, int]:
    """A conversation has failed, diverged, or goes on."""
    return number, word, at, error, "f3", int(word != "failed")


def end(number: int, address: str = place(), word: str = "ended", *, at: int = NOW + 2) -> tuple[int, str, str, int]:
    """A conversation is over."""
    return number, address, word, at


def plan(
    number: int, address: str = place(), *, name: str = "daily", due: int = NOW, zone: str = "UTC", anchor: int = 0
) -> tuple[int, str, str, str, str, int, int]:
    """The next run of a recipient's schedule."""
    return number, name, address, zone, "daily 20:00", due, anchor
