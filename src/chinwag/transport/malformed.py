"""What a network pushed or answered, and nobody can read. Pure.

It is a value beside what can be read, never an exception, and its words have nothing of what was sent.
"""

import json
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

T = TypeVar("T")


class Malformed(Struct, frozen=True):
    """Something that is not what the network's documents say.

    Args:
        reason: what is wrong with it.

    >>> Malformed.of(RecursionError())
    Malformed(reason='it is nested too deeply')
    """

    reason: str

    @classmethod
    def of(cls, error: Exception) -> "Malformed":
        """What an error of a decoder says.

        Args:
            error: a ``ValueError`` of msgspec or json, or a ``RecursionError``.
        """
        return cls("it is nested too deeply" if isinstance(error, RecursionError) else str(error))


def readable(decoder: msgspec.json.Decoder[T], data: bytes) -> T | None:
    """What data says; None if it says nothing that can be read.

    Args:
        decoder: of what it should be.
        data: JSON.
    """
    try:
        return decoder.decode(data)
    except (ValueError, RecursionError):
        return None


def again(part: Any) -> bytes:
    r"""A part of a body as bytes of its own, to be read alone, so that its neighbours are not lost with it.

    Args:
        part: as ``json`` has read it; half of a surrogate pair, which no UTF-8 has, becomes a question mark.

    >>> again({"text": "\ud83d"})
    b'{"text": "?"}'
    """
    return json.dumps(part, ensure_ascii=False).encode(errors="replace")
