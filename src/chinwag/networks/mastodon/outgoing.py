"""Values -> posts. Pure.

Owns which posts a message becomes: a long text is a thread, each part a reply to the one before; an answer in public
and a direct message begin with whom they are for, each part of them. Whoever else is named in a direct message would
get it, too, so other names in it are no mentions: a bot may repeat what it was told. What was posted is remembered as
a reference: the ids, ``109,110``.
"""

import re
from typing import Any

from msgspec import Struct

from chinwag.core.errors import Refused
from chinwag.core.posts import TIMELINE, file_of, is_direct, words
from chinwag.core.splitting import split, weigh
from chinwag.core.values import Attachment, Outgoing
from chinwag.networks.mastodon.counting import units

PUBLIC, DIRECT = "public", "direct"
_OPENNESS = ("direct", "private", "unlisted", "public")
JOINER = "\u2060"
"""Not seen; behind an ``@`` it keeps a name from being a mention."""
_ANY = re.compile(r"(?<![\w/])@(?=\w)")
LEAST = 20
"""So many characters must be left for words beside a warning and names."""


class Rules(Struct, frozen=True):
    """What an instance and a setting ask of a post.

    Args:
        longest: characters of a post.
        per_link: what a link counts.
        host: the instance's own, which a mention of its accounts leaves out.
        visibility: who may see a post, if the message does not say; empty for everybody, and in an answer for whoever
            may see what is answered.
        language: of the post; empty for the account's.
    """

    longest: int = 500
    per_link: int = 23
    host: str = ""
    visibility: str = ""
    language: str = ""


class Post(Struct, frozen=True):
    """One post.

    Args:
        text: the words.
        visibility: who may see it.
        warning: what stands in front of it.
        language: as ISO 639 has it; empty for the account's.
        reply: the id of the post that it answers; empty for none, or for the part before.
        file: what comes along.
    """

    text: str
    visibility: str
    warning: str = ""
    language: str = ""
    reply: str = ""
    file: Attachment | None = None

    def fields(self, reply: str, media: list[str]) -> dict[str, Any]:
        """The fields of the call that makes it: https://docs.joinmastodon.org/methods/statuses/#create.

        Args:
            reply: the id of the post that it answers; empty for none.
            media: the ids of its files.
        """
        fields: dict[str, Any] = {"status": self.text, "visibility": self.visibility}
        if self.warning:
            fields |= {"spoiler_text": self.warning, "sensitive": True}
        if self.language:
            fields["language"] = self.language
        if reply:
            fields["in_reply_to_id"] = reply
        if media:
            fields["media_ids"] = media
        return fields


def posts(message: Outgoing, rules: Rules) -> list[Post]:
    """The posts for a message, in order.

    Args:
        message: what is to be said, or how it is to read from now on.
        rules: the instance's.

    Raises:
        Refused: if there is no room for words beside the warning.

    >>> [
    ...     post.text
    ...     for post in posts(Outgoing(1, "mastodon:bot", "@ann@a.example", "ann@a.example", text="Yes!"), Rules())
    ... ]
    ['@ann@a.example Yes!']
    """
    reply, _, seen = message.reply.partition(":")
    visibility = _visibility(message, rules, seen)
    text = words(message)
    name = message.room.removeprefix("@").removesuffix(f"@{rules.host}" if rules.host else "")
    text = _between_two(text, name) if visibility == DIRECT and message.room != TIMELINE else text
    head = "" if message.room == TIMELINE or _mention(name).search(text) else f"@{name} "
    room = rules.longest - len(message.warning)
    parts = _parts(text, head, room, rules.per_link)
    first = file_of(message)
    return [
        Post(
            part,
            visibility,
            message.warning,
            rules.language,
            reply if not index else "",
            first if not index else None,
        )
        for index, part in enumerate(parts)
    ]


def reference(ids: list[str]) -> str:
    """The reference of what was posted."""
    return ",".join(ids)


def references(ref: str) -> list[str]:
    """Read a reference back.

    >>> references("109,110")
    ['109', '110']
    """
    return [part for part in ref.split(",") if re.fullmatch(r"[A-Za-z0-9_-]{1,64}", part)]


def _visibility(message: Outgoing, rules: Rules, seen: str) -> str:
    """Who may see it: a direct message who it is for; an answer never more people than what it answers."""
    if is_direct(message):
        return DIRECT
    wanted = message.visibility or rules.visibility or seen or PUBLIC
    if seen in _OPENNESS and wanted in _OPENNESS:
        return min(wanted, seen, key=_OPENNESS.index)
    return wanted


def _mention(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w@/])@{re.escape(name)}(?![\w@]|[.-]\w)", re.IGNORECASE)


def _between_two(text: str, name: str) -> str:
    """The text with no other name that is a mention."""
    kept = {match.start() for match in _mention(name).finditer(text)}
    return _ANY.sub(lambda match: match.group() if match.start() in kept else f"@{JOINER}", text)


def _parts(text: str, head: str, room: int, per_link: int) -> list[str]:
    """The text in as many posts as it needs, each with its head; blanks at their ends go, as Mastodon does."""
    left = room - weigh(units(head, per_link))
    if left < LEAST:
        raise Refused(f"a post may have {room} characters here, and that leaves no room for words")
    parts = split(text, left, lambda part: units(part, per_link))
    kept = [part.strip() for part in parts if part.strip()]
    return [head + part for part in kept] or [head.strip()]
