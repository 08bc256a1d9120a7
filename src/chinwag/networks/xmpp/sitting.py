"""Sitting in rooms: going in, hearing what was said meanwhile, and coming back after being thrown out."""

import logging

from chinwag.networks.xmpp import outgoing
from chinwag.networks.xmpp.catching import Catching
from chinwag.networks.xmpp.elements import ARCHIVE
from chinwag.networks.xmpp.flights import Flights
from chinwag.networks.xmpp.link import Link
from chinwag.networks.xmpp.pauses import Pauses
from chinwag.networks.xmpp.rooms import CONFLICT, Room

log = logging.getLogger("chinwag")


class Sitting:
    """Keeps one account in its rooms.

    Args:
        account: the account's name.
        link: the stream.
        catching: reads the rooms' archives.
        flights: hears which messages a room's archive has.
    """

    def __init__(self, account: str, link: Link, catching: Catching, flights: Flights) -> None:
        self._account, self._link = account, link
        self._catching, self._flights = catching, flights

    async def sit(self, room: Room) -> None:
        """Sit in a room, for as long as the stream lasts.

        Args:
            room: which.

        Raises:
            Lost: if the stream has ended.
        """
        pauses = Pauses(self._account)
        while not room.barred:
            if not room.inside:
                await self._enter(room)
            if room.inside:
                await room.changed.wait()
                room.changed.clear()
            if room.trouble and not room.inside and not room.barred:
                await pauses.rest(room.trouble, 0.0)
        if room.trouble:
            log.error("%s: %s It stays outside.", self._account, room.barred)
            room.trouble = ""

    async def _enter(self, room: Room) -> None:
        room.changed.clear()
        features = await self._catching.archive.features(room.address)
        archived = ARCHIVE in features
        self._catching.hold(room.address)
        since = "" if archived else await self._catching.since(room.address)
        self._link.send(outgoing.joining(room.address, room.nick, since))
        await room.changed.wait()
        room.changed.clear()
        if room.inside:
            await self._catching.up(room.address, archived=archived)
            self._flights.judge(room.address, archived=archived)
        elif room.trouble == CONFLICT:
            await self._enter(room)
