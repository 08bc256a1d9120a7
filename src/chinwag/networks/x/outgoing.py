"""Values -> calls of X's API. Pure.

Owns which calls a message becomes: a long text is a thread, each part a reply to the one before, and a long direct
message is several. Text is text: X reads no markup. What was made is remembered as a reference such as ``p109,p110``,
``d`` before the id of a direct message.
"""

import re
from typing import Any

from msgspec import Struct

from chinwag.core.posts import file_of, is_direct, words
from chinwag.core.splitting import split, weigh
from chinwag.core.values import Attachment, Outgoing
from chinwag.networks.x.counting import LONGEST, normal, units

LONGEST_DIRECT = 10_000
"""Characters of a direct message."""


class Call(Struct, frozen=True):
    """One post, or one direct message.

    Args:
        text: the words.
        to: for a direct message, the id of whom it is for.
        reply: for a post, the id of the one that it answers.
        file: what comes along.
    """

    text: str
    to: str = ""
    reply: str = ""
    file: Attachment | None = None

    @property
    def path(self) -> str:
        """Where it is posted to."""
        return f"/2/dm_conversations/with/{self.to}/messages" if self.to else "/2/tweets"

    @property
    def mark(self) -> str:
        """What the reference says of what it makes."""
        return "d" if self.to else "p"

    def fields(self, media: list[str]) -> dict[str, Any]:
        """The body of the call.

        Args:
            media: the ids of its files.
        """
        fields: dict[str, Any] = {"text": self.text} if self.text else {}
        if self.to:
            return {**fields, **({"attachments": [{"media_id": one} for one in media]} if media else {})}
        if self.reply:
            fields["reply"] = {"in_reply_to_tweet_id": self.reply}
        return {**fields, **({"media": {"media_ids": media}} if media else {})}


def calls(message: Outgoing, username: str = "") -> list[Call]:
    """The calls for a message, in order; of a thread, the first knows what it answers.

    Args:
        message: what is to be said.
        username: whom a post without something to answer is for.

    >>> calls(Outgoing(1, "x:bot", "@42", "42", text="Yes!", reply="109"))
    [Call(text='Yes!', to='', reply='109', file=None)]
    """
    text = normal(words(message))
    file = file_of(message)
    if is_direct(message):
        parts = split(text, LONGEST_DIRECT, lambda part: [(character, 1) for character in part])
        return [Call(part, message.room, "", file if not index else None) for index, part in enumerate(_kept(parts))]
    head = f"@{username} " if username and f"@{username.lower()}" not in text.lower() else ""
    parts = _kept(split(text, LONGEST - weigh(units(head)), units))
    return [
        Call(head + part if not index else part, "", message.reply if not index else "", file if not index else None)
        for index, part in enumerate(parts)
    ]


def reference(made: list[str]) -> str:
    """The reference of what was made: marks and ids; what was made before and is not known by its id is left out."""
    return ",".join(one for one in made if len(one) > 1)


def references(ref: str) -> list[tuple[str, str]]:
    """Read a reference back: mark and id of each.

    >>> references("p109,d7")
    [('p', '109'), ('d', '7')]
    """
    return [(part[0], part[1:]) for part in ref.split(",") if re.fullmatch(r"[pd]\d{1,20}", part)]


def _kept(parts: list[str]) -> list[str]:
    return [part.strip() for part in parts if part.strip()] or [""]
