"""What the Bot API refuses, in its own codes and sentences.

A handler raises `Refused`; the HTTP side turns it into Telegram's error object. The sentences are those of Telegram's
own server, as clients compare them (``chat not found``, ``message is not modified`` …), so none is made up here where
the real one is known.
"""

from typing import Any, TypeAlias

import msgspec

Json: TypeAlias = dict[str, Any]
"""An object of the Bot API, as it is on the wire."""

PREFIXES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content "
    "and reply markup of the message"
)
TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
WRONG_FILE = "wrong file identifier/HTTP URL specified"


class Refused(Exception):
    """A call that is answered with ``"ok": false``."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(f"{code} {description}")
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> bytes:
        answer: Json = {"ok": False, "error_code": self.code, "description": self.description}
        if self.parameters:
            answer["parameters"] = self.parameters
        return msgspec.json.encode(answer)


def sentence(text: str) -> str:
    """The text as it stands behind a prefix: its first letter is small, unless the word is a constant."""
    constant = len(text) > 1 and (text[1] == "_" or text[1].isupper())
    return text if constant else text[:1].lower() + text[1:]


def bad(text: str, **parameters: int) -> Refused:
    """A call that says nonsense: 400.

    >>> bad("Message text is empty").description
    'Bad Request: message text is empty'
    >>> bad("MESSAGE_TOO_LONG").description
    'Bad Request: MESSAGE_TOO_LONG'
    """
    return Refused(400, f"Bad Request: {sentence(text)}", **parameters)


def forbidden(text: str) -> Refused:
    """A call that is understood, and not allowed: 403."""
    return Refused(403, f"Forbidden: {text}")


def conflict(text: str) -> Refused:
    """A second reader of one bot's updates: 409."""
    return Refused(409, f"Conflict: {text}")


def too_many(retry_after: int) -> Refused:
    """A call too soon: 429, with the seconds to wait."""
    return Refused(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)


def broken(code: int) -> Refused:
    """A server that fails: 5xx."""
    return Refused(code, PREFIXES.get(code, PREFIXES[500]))


def migrated(to: int) -> Refused:
    """A write to a group that has become a supergroup."""
    return bad("group chat was upgraded to a supergroup chat", migrate_to_chat_id=to)
