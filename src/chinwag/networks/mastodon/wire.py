"""Mastodon's JSON and event stream -> values. Pure.

Owns what a notification means: a mention is talk in public with whoever wrote it (room ``@name@host``), a direct
message is a chat with them (room ``name@host``), a follow is joining that chat. It is tolerant: kinds that say nothing
to a bot are skipped, and what cannot be read is ``None``, never an exception. An arrival's ``ref`` is the status to be
answered and who may see it, ``109:unlisted``, as an answer must not be seen by more people than what it answers.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Literal

import msgspec
from msgspec import Struct

from chinwag.core.names import spoken
from chinwag.core.values import Arrival, Attachment
from chinwag.networks.mastodon import schema
from chinwag.networks.mastodon.plain import plain
from chinwag.transport.allowance import Allowance
from chinwag.transport.malformed import readable

DIRECT = "direct"
TYPES = ("mention", "follow")
"""The notifications that are asked for."""
LONGEST_WAIT = 3 * 60 * 60.0
"""Seconds: no limit of Mastodon's lasts longer, so what says more is wrong, or its clock is."""
SHORTEST_WAIT = 1.0
LARGEST_EVENT = 2 * 1024 * 1024
"""Bytes of one event of a stream."""
LONGEST_WORDS = 300
_KINDS: dict[str, Literal["image", "audio"]] = {"image": "image", "audio": "audio"}

_NOTIFICATION = msgspec.json.Decoder(schema.Notification)
_NOTIFICATIONS = msgspec.json.Decoder(list[msgspec.Raw])
_STATUS = msgspec.json.Decoder(schema.Status)
_ACCOUNT = msgspec.json.Decoder(schema.Account)
_INSTANCE = msgspec.json.Decoder(schema.Instance)
_MEDIA = msgspec.json.Decoder(schema.Media)
_TROUBLE = msgspec.json.Decoder(schema.Trouble)


class Notice(Struct, frozen=True):
    """A notification.

    Args:
        id: its id.
        arrival: what it brings; None if that is nothing to a bot.
    """

    id: str
    arrival: Arrival | None


class Reader:
    """Reads what happens to one account.

    Args:
        account: the account's name, such as ``mastodon:blake``.
        me: who it is there.
        host: the instance's own, which is left out of the names of its accounts.
    """

    __slots__ = ("_account", "_host", "_me", "_names")

    def __init__(self, account: str, me: schema.Account, host: str) -> None:
        self._account, self._me, self._host = account, me, host.lower()
        name = (me.username or me.acct).lower()
        self._names = {name, f"{name}@{self._host}", me.acct.lower()}

    def notice(self, data: bytes) -> Notice | None:
        """Read a notification; None if it is none."""
        found = readable(_NOTIFICATION, data)
        return Notice(found.id, self._arrival(found)) if found is not None else None

    def page(self, data: bytes) -> list[Notice] | None:
        """Read a list of notifications, the newest of which is the first; None if it is none.

        One that cannot be read is left out, and is no reason to lose its neighbours.
        """
        found = readable(_NOTIFICATIONS, data)
        if found is None:
            return None
        return [notice for one in found if (notice := self.notice(bytes(one))) is not None]

    def _arrival(self, found: schema.Notification) -> Arrival | None:
        if found.type == "follow":
            return self._follow(found)
        status = found.status
        if found.type != "mention" or status is None or status.account.id in {"", self._me.id}:
            return None
        who = self.handle(status.account.acct)
        direct = status.visibility == DIRECT
        return Arrival(
            account=self._account,
            room=who if direct else f"@{who}",
            user=who,
            text=spoken(plain(status.content), self._names),
            id=f"s:{status.id}",
            name=status.account.display_name or status.account.username,
            direct=direct,
            attachments=tuple(filter(None, map(_attachment, status.media_attachments))),
            ref=f"{status.id}:{status.visibility}",
        )

    def _follow(self, found: schema.Notification) -> Arrival | None:
        who = self.handle(found.account.acct)
        if not found.account.id or found.account.id == self._me.id:
            return None
        name = found.account.display_name or found.account.username
        return Arrival(self._account, who, who, "", f"f:{found.id}", name, event="join")

    def handle(self, acct: str) -> str:
        """A name with its host, in small letters."""
        return (acct if "@" in acct else f"{acct}@{self._host}").lower()


def _attachment(media: schema.Media) -> Attachment | None:
    if not media.url:  # the instance has no copy, and where the file lies is for the writer to choose
        return None
    return Attachment(_KINDS.get(media.type, "file"), link=media.url, description=media.description or "")


# -- answers -----------------------------------------------------------------------------------------------------------


def status(data: bytes) -> schema.Status | None:
    """A status that was posted; None if this is none."""
    return readable(_STATUS, data)


def account(data: bytes) -> schema.Account | None:
    """Who we are; None if this does not say."""
    found = readable(_ACCOUNT, data)
    return found if found is not None and found.id and found.acct else None


def instance(data: bytes) -> schema.Instance | None:
    """What an instance allows; None if this is none."""
    return readable(_INSTANCE, data)


def media(data: bytes) -> schema.Media | None:
    """A file that was uploaded; None if this is none."""
    found = readable(_MEDIA, data)
    return found if found is not None and found.id else None


def words(data: bytes) -> str:
    """What an error says; empty if it says nothing."""
    found = readable(_TROUBLE, data)
    return (found.error_description or found.error)[:LONGEST_WORDS] if found is not None else ""


# -- how much is left --------------------------------------------------------------------------------------------------


def allowance(headers: Mapping[str, str]) -> Allowance | None:
    """What an answer says of how much is left; None if it says nothing.

    Args:
        headers: with names in lower case.

    >>> allowance({"x-ratelimit-limit": "300", "x-ratelimit-remaining": "7", "x-ratelimit-reset": "1800000000"})
    Allowance(left=7, of=300, resets=1800000000.0)
    """
    left, of = headers.get("x-ratelimit-remaining", ""), headers.get("x-ratelimit-limit", "")
    resets = _instant(headers.get("x-ratelimit-reset", ""))
    if not (left.isascii() and left.isdecimal() and of.isascii() and of.isdecimal()) or resets is None:
        return None
    return Allowance(int(left[:9]), int(of[:9]), resets)


def wait(headers: Mapping[str, str], now: float) -> float:
    """How long to wait after a 429, in seconds.

    Args:
        headers: with names in lower case.
        now: in seconds since the epoch.

    >>> wait({"retry-after": "20"}, now=0)
    20.0
    """
    after = headers.get("retry-after", "")
    if after.isascii() and after.isdecimal():
        seconds = float(after[:9])
    else:
        resets = _instant(headers.get("x-ratelimit-reset", ""))
        seconds = resets - now if resets is not None else 0.0
    return min(max(seconds, SHORTEST_WAIT), LONGEST_WAIT)


def _instant(text: str) -> float | None:
    """An instant as Mastodon writes it, ISO 8601; some servers write seconds since the epoch."""
    if text.isascii() and text.isdecimal():
        return float(text[:12])
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


# -- the stream --------------------------------------------------------------------------------------------------------


class Events:
    r"""Reads an event stream as it comes, in pieces of any size.

    What is larger than an event may be is left out, so that nobody fills the memory.
    https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation

    >>> events = Events()
    >>> list(events.feed(b"event: update\ndata: {}")), list(events.feed(b"\n\n"))
    ([], [('update', b'{}')])
    """

    __slots__ = ("_data", "_kind", "_line", "_size")

    def __init__(self) -> None:
        self._line = bytearray()
        self._kind = ""
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> Iterator[tuple[str, bytes]]:
        """Take in a piece.

        Returns:
            The events that it ends: kind and data.
        """
        *ended, rest = data.split(b"\n")
        for piece in ended:
            self._keep(piece)
            line = bytes(self._line).removesuffix(b"\r")
            self._line.clear()
            if line:
                self._take(line)
                continue
            kind, found, fits = self._kind, b"\n".join(self._data), self._size <= LARGEST_EVENT
            self._kind, self._data, self._size = "", [], 0
            if found and fits:
                yield kind, found
        self._keep(rest)

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size <= LARGEST_EVENT:
            self._line += piece

    def _take(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        if not name:  # a sign of life; many of them are no large event
            self._size = max(0, self._size - len(line))
        value = value.removeprefix(b" ")
        if name == b"event":
            self._kind = value.decode("utf-8", "replace")
        elif name == b"data":
            self._data.append(value)
