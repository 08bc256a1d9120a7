"""What a stanza can mean: values that the wire gives, and the adapter acts on. Pure."""

from typing import Literal

from msgspec import Struct

from chinwag.core.values import Arrival

ITSELF, KICKED, BANNED, NEW_NICK, REMOVED = "110", "307", "301", "303", {"321", "322", "332"}
"""https://xmpp.org/registrar/mucstatus.html"""


class Heard(Struct, frozen=True):
    """Somebody said something, or corrected it.

    Args:
        arrival: what.
        sender: the full address that it came from.
        id: the message's own id; empty if it has none.
        wants: whether the sender wants to hear that it has arrived (XEP-0184).
    """

    arrival: Arrival
    sender: str
    id: str = ""
    wants: bool = False


class Told(Struct, frozen=True):
    """A message of ours has arrived (a receipt, a marker, a room's echo), or was refused.

    Args:
        id: the message's.
        by: the full address that says so.
        error: why it was refused; empty if it has arrived.
        stamp: the id that a room gave it.
    """

    id: str
    by: str
    error: str = ""
    stamp: str = ""


class Unreadable(Struct, frozen=True):
    """Somebody wrote what is encrypted from end to end, which nobody here can read."""

    sender: str


class Kept(Struct, frozen=True):
    """A message of an archive (XEP-0313).

    Args:
        query: the query that it answers.
        id: its id in the archive.
        at: when it was sent, in microseconds; 0 if that is not said.
        events: what it means, none if it is nothing to a bot.
        own: the id of a message of our own.
    """

    query: str
    id: str
    at: int
    events: tuple["Heard | Told | Unreadable", ...]
    own: str = ""


Event = Heard | Told | Unreadable | Kept


class Seen(Struct, frozen=True):
    """Somebody came into a room, or left it, or we did.

    Args:
        room: its address.
        nick: who.
        there: whether they are there now.
        itself: whether it is ourselves.
        address: the real bare address, where the room shows it.
        codes: what the room says about it.
        error: why we were not let in; empty otherwise.
        words: what the room, or whoever kicked us, says.
        renamed: the new nickname of somebody who goes on under it.
    """

    room: str
    nick: str
    there: bool
    itself: bool = False
    address: str = ""
    codes: frozenset[str] = frozenset()
    error: str = ""
    words: str = ""
    renamed: str = ""


class Contact(Struct, frozen=True):
    """Somebody wants to see whether we are online, or no longer does."""

    address: str
    wish: Literal["subscribe", "unsubscribe"]
