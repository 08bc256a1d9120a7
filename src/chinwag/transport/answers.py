"""What an answer of a JSON API over HTTP means for a message, where the network has no rule of its own.

An answer that says "done" and cannot be read is no proof of anything, so it may be asked again. A place that sends us
elsewhere is not the one that the token is for.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import TypeVar

from chinwag.core.errors import Ambiguous, Refused, SendError, Unreachable
from chinwag.transport.http import Answer

T = TypeVar("T")


class Revoked(SendError):
    """The server does not let this account in: the token is revoked, or the account locked."""


_KNOWN: dict[int, type[SendError]] = {
    HTTPStatus.UNAUTHORIZED: Revoked,
    HTTPStatus.REQUEST_TIMEOUT: Ambiguous,
    HTTPStatus.SERVICE_UNAVAILABLE: Unreachable,
}


def trouble(status: int, words: str, known: Mapping[int, type[SendError]]) -> SendError:
    """What a status means that is no success.

    Args:
        status: the HTTP status.
        words: what the server says of it.
        known: what statuses mean to this network in particular.

    >>> trouble(422, "too long", {})
    Refused('too long')
    """
    found = known.get(status) or _KNOWN.get(status)
    if found is not None:
        return found(words)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Revoked(f"it sends us elsewhere, and the token does not go along ({words}): check its URL")
    return (Refused if status < HTTPStatus.INTERNAL_SERVER_ERROR else Ambiguous)(words)


def understood(answer: Answer, read: Callable[[bytes], T | None], server: str) -> T:
    """Read the body of a success.

    Args:
        answer: with the body.
        read: reads it; None if it cannot be read.
        server: whose it is, for the error.

    Raises:
        Ambiguous: if it cannot be read.
    """
    found = read(answer.body)
    if found is None:
        raise Ambiguous(f"{server} answered HTTP {answer.status} with what cannot be read")
    return found
