"""X's JSON -> values. Pure.

Owns what arrives: a mention is talk in public with whoever wrote it (room ``@42``), a direct message of two is a chat
with the other (room ``42``); users are named by their ids, as names change. It is tolerant: what says nothing to a bot
is skipped, and what cannot be read is ``None``, never an exception. Shortened links are written out.
"""

from collections.abc import Mapping
from html import unescape
from typing import Literal

import msgspec
from msgspec import Struct

from chinwag.core.names import spoken
from chinwag.core.values import Arrival, Attachment
from chinwag.networks.x import schema
from chinwag.transport.allowance import Allowance
from chinwag.transport.malformed import readable

LONGEST_WAIT = 24 * 60 * 60.0
SHORTEST_WAIT = 1.0
"""Seconds."""
LONGEST_WORDS = 300
EPOCH = 1_288_834_974_657
"""When X's ids begin, in milliseconds."""
_KINDS: dict[str, Literal["image"]] = {"photo": "image", "animated_gif": "image"}


class Page(Struct, frozen=True):
    """Some of what has come, the newest first.

    Args:
        ids: of all that is in it.
        arrivals: by id, what is of use to a bot.
        next: where the next page is; empty if this is the last.
    """

    ids: list[str]
    arrivals: dict[str, Arrival]
    next: str


class _Mentions(Struct, frozen=True):
    data: list[schema.Post] = []
    includes: schema.Includes = schema.Includes()
    meta: schema.Meta = schema.Meta()


class _Directs(Struct, frozen=True):
    data: list[schema.Direct] = []
    includes: schema.Includes = schema.Includes()
    meta: schema.Meta = schema.Meta()


class _Made(Struct, frozen=True):
    id: str = ""
    dm_event_id: str = ""


class _Answer(Struct, frozen=True):
    data: _Made


class _Me(Struct, frozen=True):
    data: schema.User


_MENTIONS = msgspec.json.Decoder(_Mentions)
_DIRECTS = msgspec.json.Decoder(_Directs)
_ANSWER = msgspec.json.Decoder(_Answer)
_ME = msgspec.json.Decoder(_Me)
_PROBLEM = msgspec.json.Decoder(schema.Problem)
_ERRORS = msgspec.json.Decoder(schema.Errors)


class Reader:
    """Reads what comes for one account.

    Args:
        account: the account's name, such as ``x:blake``.
        me: who it is there.
    """

    __slots__ = ("_account", "_me")

    def __init__(self, account: str, me: schema.User) -> None:
        self._account, self._me = account, me

    def mentions(self, data: bytes) -> Page | None:
        """Read a page of mentions; None if it is none."""
        found = readable(_MENTIONS, data)
        if found is None:
            return None
        arrivals = {
            post.id: self._mention(post, found.includes)
            for post in found.data
            if post.author_id not in {"", self._me.id}
        }
        return Page([post.id for post in found.data], arrivals, found.meta.next_token)

    def directs(self, data: bytes) -> Page | None:
        """Read a page of direct messages; None if it is none."""
        found = readable(_DIRECTS, data)
        if found is None:
            return None
        arrivals = {one.id: self._direct(one, found.includes) for one in found.data if self._is_for_us(one)}
        return Page([one.id for one in found.data], arrivals, found.meta.next_token)

    def _is_for_us(self, one: schema.Direct) -> bool:
        """Whether it is a message that somebody wrote to us alone; a group's conversation has a single number."""
        alone = set(one.dm_conversation_id.split("-")) == {one.sender_id, self._me.id}
        return one.event_type == "MessageCreate" and one.sender_id not in {"", self._me.id} and alone

    def _mention(self, post: schema.Post, includes: schema.Includes) -> Arrival:
        note = post.note_tweet
        text = _plain(note.text, note.entities) if note is not None else _plain(post.text, post.entities)
        who = post.author_id
        return Arrival(
            account=self._account,
            room=f"@{who}",
            user=who,
            text=spoken(text, {self._me.username.lower()}),
            id=f"p:{post.id}",
            name=_name(who, includes),
            direct=False,
            attachments=_files(post.attachments, includes),
            ref=post.id,
        )

    def _direct(self, one: schema.Direct, includes: schema.Includes) -> Arrival:
        who = one.sender_id
        text = _plain(one.text, one.entities)
        files = _files(one.attachments, includes)
        return Arrival(self._account, who, who, text, f"d:{one.id}", _name(who, includes), attachments=files)


def _plain(text: str, entities: schema.Entities) -> str:
    """The text with its links written out; one that only stands for a file goes."""
    for link in entities.urls:
        if link.url:
            text = text.replace(link.url, "" if link.media_key else link.expanded_url or link.url)
    return unescape(text).strip()


def _name(who: str, includes: schema.Includes) -> str:
    return next((user.username or user.name for user in includes.users if user.id == who), "")


def _files(attachments: schema.Attachments, includes: schema.Includes) -> tuple[Attachment, ...]:
    """The files that have an address of their own; videos have none."""
    known = {media.media_key: media for media in includes.media}
    found = [known[key] for key in attachments.media_keys if key in known and known[key].url]
    return tuple(Attachment(_KINDS.get(one.type, "file"), link=one.url, description=one.alt_text) for one in found)


def place_at(now: float) -> str:
    """The id that a post of this instant would have at least.

    Args:
        now: in seconds since the epoch.

    >>> place_at(1288834974.657)
    '0'
    """
    return str(max(0, int(now * 1000) - EPOCH) << 22)


# -- answers -----------------------------------------------------------------------------------------------------------


def made(data: bytes) -> str | None:
    """The id of what was posted, sent or uploaded; None if this does not say."""
    found = readable(_ANSWER, data)
    return (found.data.id or found.data.dm_event_id or None) if found is not None else None


def me(data: bytes) -> schema.User | None:
    """Who somebody is; None if this does not say."""
    found = readable(_ME, data)
    return found.data if found is not None and found.data.username else None


def words(data: bytes) -> str:
    """What an error says; empty if it says nothing."""
    found = readable(_PROBLEM, data)
    if found is None or not (found.detail or found.title or found.message or found.error_description):
        several = readable(_ERRORS, data)
        found = several.errors[0] if several is not None and several.errors else found
    if found is None:
        return ""
    return (found.detail or found.error_description or found.message or found.title)[:LONGEST_WORDS]


# -- how much is left --------------------------------------------------------------------------------------------------

_LIMITS = ("x-rate-limit", "x-user-limit-24hour", "x-app-limit-24hour")


def allowance(headers: Mapping[str, str]) -> Allowance | None:
    """The tightest of the limits that an answer names; None if it names none.

    Args:
        headers: with names in lower case.

    >>> allowance({"x-rate-limit-limit": "100", "x-rate-limit-remaining": "7", "x-rate-limit-reset": "1800000000"})
    Allowance(left=7, of=100, resets=1800000000.0)
    """
    found = []
    for name in _LIMITS:
        numbers = [_number(headers.get(f"{name}-{part}", "")) for part in ("remaining", "limit", "reset")]
        if None not in numbers:
            left, of, resets = (int(number or 0) for number in numbers)
            found.append(Allowance(left, of, float(resets)))
    return min(found, key=lambda one: one.left, default=None)


def wait(headers: Mapping[str, str], now: float) -> float:
    """How long to wait after a 429, in seconds.

    Args:
        headers: with names in lower case.
        now: in seconds since the epoch.

    >>> wait({"x-rate-limit-reset": "1060", "x-rate-limit-remaining": "0", "x-rate-limit-limit": "1"}, now=1000)
    60.0
    """
    after = _number(headers.get("retry-after", ""))
    tightest = allowance(headers)
    until = tightest.resets - now if tightest is not None else 0.0
    return min(max(float(after) if after is not None else until, SHORTEST_WAIT), LONGEST_WAIT)


def _number(text: str) -> int | None:
    return int(text[:12]) if text.isascii() and text.isdecimal() else None
