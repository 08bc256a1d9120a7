"""Messages as posts, on networks with a timeline. Pure.

Said in the room ``-`` a message is a post of its own; in ``@somebody`` it is one in public that is for somebody; in any
other it is for one user alone.
"""

from msgspec.structs import replace

from chinwag.core.lines import encode, spelled
from chinwag.core.values import Attachment, Outgoing

TIMELINE = "-"


def is_direct(message: Outgoing) -> bool:
    """Whether it is for one user alone."""
    return message.room != TIMELINE and not message.room.startswith("@")


def words(message: Outgoing) -> str:
    r"""The words of a message: choices as lines, links behind what they stand at, and files that lie on the web.

    Args:
        message: what is to be said.

    >>> words(
    ...     Outgoing(1, "x:bot", "-", "-", text="Look:", attachments=(Attachment("image", link="https://a.example"),))
    ... )
    'Look:\nhttps://a.example'
    """
    text = spelled(message.text, message.spans)
    lines = encode(replace(message, act="say", text=text, attachments=())) if text or message.choices else []
    lines += [file.link for file in message.attachments if _is_link(file)]
    return "\n".join(lines).strip()


def file_of(message: Outgoing) -> Attachment | None:
    """The first of its files that has to be uploaded; None if there is none."""
    return next((file for file in message.attachments if not _is_link(file)), None)


def _is_link(file: Attachment) -> bool:
    """Whether a file lies somewhere on the web: its address is posted, and shown as a card."""
    return not file.data and file.link.startswith(("https://", "http://"))
