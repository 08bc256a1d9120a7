"""Calls that a keymaker makes: forms, and answers of JSON; what goes wrong is one sentence, without a secret."""

from typing import Any

import msgspec

from chinwag.core.errors import ChinwagError, SendError
from chinwag.transport.http import Answer, Http, Request

LONGEST_WORDS = 200


async def call(http: Http, what: str, request: Request) -> Answer:
    """Make a call.

    Args:
        http: makes it.
        what: is being done, for an error: "Mastodon does not register the app".
        request: the call.

    Raises:
        ChinwagError: if it does not succeed.
    """
    try:
        answer = await http.call(request)
    except SendError as error:
        msg = f"{what}: it does not answer ({error})"
        raise ChinwagError(msg) from None
    if not answer.fine:
        msg = f"{what}: HTTP {answer.status}{_words(answer.body)}"
        raise ChinwagError(msg)
    return answer


def fields(what: str, answer: Answer, *names: str) -> dict[str, Any]:
    """The fields of an answer.

    Args:
        what: is being done.
        answer: JSON.
        names: what has to be there, as text.

    Raises:
        ChinwagError: if something is missing.
    """
    try:
        found = msgspec.json.decode(answer.body)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(found.get(name), str) and found[name] for name in names):
        msg = f"{what}: it answers with something else"
        raise ChinwagError(msg)
    return found


def _words(body: bytes) -> str:
    """What an error says of itself (RFC 6749, 5.2), which is no secret."""
    try:
        found = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return ""
    words = found.get("error_description") or found.get("error") if isinstance(found, dict) else None
    return f" ({words[:LONGEST_WORDS]})" if isinstance(words, str) and words.isprintable() else ""
