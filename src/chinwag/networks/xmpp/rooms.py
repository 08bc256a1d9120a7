"""The rooms that an account sits in (XEP-0045): who is there, and our own coming and going.

Owns nicknames and real addresses of those who are in a room, and why we are not in one. Who was there before us has
not joined; who changes the nickname has neither left nor joined.
"""

import asyncio
from collections.abc import Iterator

from chinwag.networks.xmpp.elements import bare, resource
from chinwag.networks.xmpp.events import BANNED, KICKED, REMOVED, Seen

MOST_NICKS = 9
CONFLICT = "conflict"
_PASSING = {"remote-server-timeout", "remote-server-not-found", "service-unavailable", "resource-constraint"}


class Room:
    """One room.

    Args:
        address: its address.
        nick: what we would like to be called there.
    """

    def __init__(self, address: str, nick: str) -> None:
        self.address = address
        self.wish = nick
        self.nick = nick
        self.people: dict[str, str] = {}
        self.inside = False
        self.barred = ""
        self.changed = asyncio.Event()
        self.trouble = ""
        self.entered = 0
        self._tries = 0

    def left(self) -> None:
        """We are no longer there."""
        self.inside = False
        self.people.clear()
        self.changed.clear()

    def saw(self, seen: Seen) -> str:
        """Take in who came or went.

        Returns:
            ``join`` or ``leave`` if somebody else did, while we were there; otherwise nothing.
        """
        if seen.itself:
            self._ourselves(seen)
            return ""
        if seen.renamed:
            self.people[seen.renamed] = self.people.pop(seen.nick, seen.address)
            return ""
        if seen.there:
            known = seen.nick in self.people
            self.people[seen.nick] = seen.address
            return "" if known or not self.inside else "join"
        gone = self.people.pop(seen.nick, None)
        return "leave" if gone is not None and self.inside else ""

    def _ourselves(self, seen: Seen) -> None:
        if seen.error:
            self._refused(seen.error)
        elif seen.there:
            self.nick = seen.nick
            self.entered += not self.inside
            self.inside, self.trouble, self._tries = True, "", 0
        elif seen.renamed:
            self.nick = seen.renamed
            return
        else:
            self.left()
            self._thrown_out(seen)
        self.changed.set()

    def _refused(self, reason: str) -> None:
        condition = reason.partition(":")[0]
        if condition == CONFLICT and self._tries < MOST_NICKS:
            self._tries += 1
            self.nick = f"{self.wish}{self._tries + 1}"
            self.trouble = CONFLICT
            return
        self.trouble = f"it cannot enter the room {self.address} ({reason})."
        if condition not in _PASSING:
            self.barred = self.trouble

    def _thrown_out(self, seen: Seen) -> None:
        why = f": {seen.words[:200]}" if seen.words else ""
        if BANNED in seen.codes:
            self.barred = self.trouble = f"it was banned from the room {self.address}{why}."
        elif KICKED in seen.codes:
            self.trouble = f"it was kicked out of the room {self.address}{why}."
        elif seen.codes & REMOVED:
            self.trouble = f"the room {self.address} is not open to it any more, or is being closed{why}."
        else:
            self.trouble = f"it is no longer in the room {self.address}{why}."


class Rooms:
    """All of an account's rooms.

    Args:
        addresses: each with a nickname behind ``/``, if it is not ``nick``.
        nick: what we are called where nothing else is said.
    """

    def __init__(self, addresses: tuple[str, ...], nick: str) -> None:
        self._rooms = {bare(one): Room(bare(one), resource(one) or nick) for one in addresses}

    def __iter__(self) -> Iterator[Room]:
        return iter(self._rooms.values())

    def get(self, address: str) -> Room | None:
        """The room of an address, if we sit there."""
        return self._rooms.get(address)

    def nick(self, room: str) -> str:
        """Our own nickname in a room; empty if it is none of ours."""
        found = self._rooms.get(room)
        return found.nick if found is not None else ""

    def real(self, room: str, nick: str) -> str:
        """The real address of somebody in a room, empty if that is not known."""
        found = self._rooms.get(room)
        return found.people.get(nick, "") if found is not None else ""
