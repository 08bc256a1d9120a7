"""What the handle's methods are given, checked: texts, timeouts, files, members of a join, addresses.

Refuses with a UsageError that says what to write instead, at the user's own line, before anything is journaled.
"""

from collections.abc import Awaitable, Coroutine, Iterable
from datetime import timedelta
from pathlib import PurePath
from typing import Any, Literal, get_args

from chinwag.core.durations import microseconds
from chinwag.core.effects import NO_DEFAULT
from chinwag.core.errors import UsageError
from chinwag.core.markup import Styled
from chinwag.core.tags import is_text
from chinwag.core.values import Address, Attachment, Visibility

Media = bytes | str | PurePath
Kind = Literal["image", "audio", "file"]

LONGEST_TEXT = 100_000
VISIBILITIES: tuple[str, ...] = get_args(Visibility)


def words(text: str, call: str) -> str:
    """The text itself: a plain one, or a styled one.

    Raises:
        UsageError: if it is no text, blank, or too long.
    """
    if type(text) is str and 0 < len(text) <= LONGEST_TEXT and text.isascii() and not text.isspace():
        return text  # what most texts are
    if not isinstance(text, str):
        msg = f"{call} takes a text, not {type(text).__name__}"
        raise UsageError(msg)
    if not text or text.isspace():
        msg = f"{call} got an empty text, which no network can show: write some words"
        raise UsageError(msg)
    _carried(text, call)
    if len(text) > LONGEST_TEXT:
        msg = f"{call} got {len(text):,} characters; {LONGEST_TEXT:,} is the limit: send it as file="
        raise UsageError(msg)
    return text if type(text) is str or isinstance(text, Styled) else str(text)


def limit(timeout: float | timedelta | None, default: Any) -> int | None:
    """A timeout in microseconds.

    Raises:
        UsageError: if there is a default and no timeout, or it is no duration.
    """
    if timeout is None:
        if default is not NO_DEFAULT:
            msg = "default= is the result when time is up, so it needs timeout="
            raise UsageError(msg)
        return None
    return microseconds(timeout)


def buttons(given: Iterable[object]) -> tuple[str, ...]:
    """The labels of quick answers.

    Raises:
        UsageError: for one that is no valid Unicode.
    """
    return tuple(_carried(str(label), "chat.say(buttons=...)") for label in given)


def _carried(value: str, call: str) -> str:
    """The text, if a store and a network can carry it: a file's name need not be one."""
    if not is_text(value):
        msg = f"{call} got a text that is no valid Unicode: {value[:40]!a}; decode it with errors='replace'"
        raise UsageError(msg)
    return value


def attachments(
    image: Media | None, audio: Media | None, file: Media | None, description: str
) -> tuple[Attachment, ...]:
    """The files to send along.

    Raises:
        UsageError: for a path or a description that is no valid Unicode.
    """
    given: tuple[tuple[Kind, Media | None], ...] = (("image", image), ("audio", audio), ("file", file))
    return tuple(_attachment(kind, source, description) for kind, source in given if source)


def _attachment(kind: Kind, source: Media, description: str) -> Attachment:
    _carried(description, "chat.say(description=...)")
    if isinstance(source, bytes):
        return Attachment(kind, source, description=description)
    return Attachment(kind, b"", _carried(str(source), f"chat.say({kind}=...)"), PurePath(source).name, description)


def post(visibility: str | None, warning: str, *, described: bool) -> None:
    """Check what only posts have.

    Raises:
        UsageError: for a visibility that there is not, a warning of several lines, or a description of nothing.
    """
    if visibility is not None and visibility not in VISIBILITIES:
        msg = f"chat.say(visibility={visibility!r}) is none: write {', '.join(map(repr, VISIBILITIES))}"
        raise UsageError(msg)
    if warning and (words(warning, "chat.say(warning=...)") != warning or len(warning.splitlines()) > 1):
        msg = "chat.say(warning=...) takes one plain line"
        raise UsageError(msg)
    if described:
        msg = "chat.say(description=...) says what is to be seen in an image or heard in a sound: give one of them too"
        raise UsageError(msg)


def members(given: tuple[Awaitable[Any], ...], call: str) -> tuple[Coroutine[Any, Any, Any], ...]:
    """What a ``first`` or ``all`` waits for.

    Raises:
        UsageError: if there is nothing, something else than coroutines, or one of them twice.
    """
    if not given:
        msg = f"chat.{call} needs at least one thing to wait for"
        raise UsageError(msg)
    found: list[Coroutine[Any, Any, Any]] = []
    for member in given:
        if not isinstance(member, Coroutine):
            msg = (
                f"chat.{call} takes effects such as chat.sleep(3), or coroutines such as ask_name(chat), not {member!r}"
            )
            raise UsageError(msg)
        if any(member is other for other in found):
            msg = f"chat.{call} got {member!r} twice, and it can be awaited once only: make a new one for each"
            raise UsageError(msg)
        found.append(member)
    return tuple(found)


def place(where: Address | str) -> str:
    """An address as a string.

    Raises:
        UsageError: if it is none, or no valid Unicode.
    """
    try:
        return str(Address.parse(_carried(str(where), "chat.start(to=...)")))
    except ValueError as error:
        raise UsageError(str(error)) from None
