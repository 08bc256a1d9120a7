"""Launching messages: each stanza is handed to the stream, and its message waits until all have arrived.

What an archive has already, sent before by a process or on a stream that ended, is not sent again.
"""

import asyncio
import logging
from collections.abc import Sequence
from xml.etree.ElementTree import Element

from slixmpp.exceptions import IqError

from chinwag.core.errors import Unreachable
from chinwag.networks.xmpp.flights import Flight, Flights
from chinwag.networks.xmpp.link import Link
from chinwag.networks.xmpp.trouble import Lost
from chinwag.ports import Receipt

PING = "{urn:xmpp:ping}ping"

log = logging.getLogger("chinwag")


class Launching:
    """Sends the messages of one account.

    Args:
        account: the account's name.
        link: the stream.
        flights: what is in the air, and what archives have.
    """

    def __init__(self, account: str, link: Link, flights: Flights) -> None:
        self._account, self._link, self._flights = account, link, flights

    async def landed(self, to: str, stanzas: Sequence[Element], *, group: bool) -> Receipt:
        """Send a message, and wait until it has arrived.

        Args:
            to: the address that it goes to.
            stanzas: what it is made of, in order.
            group: whether it goes to a room, which has to echo each stanza.

        Raises:
            Refused, Unreachable, Ambiguous: see ``chinwag.core.errors``.
        """
        ids = [stanza.get("id") or "" for stanza in stanzas]
        landed: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        flight = Flight(ids, to, landed, group=group)
        self._flights.enter(flight)
        try:
            self._launch(flight, stanzas)
            if not self._link.counts and not group and not landed.done():
                await self._wait_without_counting(flight)
            return await landed
        finally:
            self._flights.leave(flight)

    def _launch(self, flight: Flight, stanzas: Sequence[Element]) -> None:
        for id_, stanza in zip(flight.ids, stanzas, strict=True):
            if id_ in self._flights.known:
                flight.uncounted.discard(id_)
                flight.arrived(id_, self._flights.known[id_] if flight.group else "")
                continue
            try:
                self._link.send(stanza)
            except Lost as error:
                raise Unreachable(str(error)) from None

    async def _wait_without_counting(self, flight: Flight) -> None:
        """A server that counts no stanzas answers a question behind them only when it has taken them."""
        try:
            await self._link.ask(Element(PING))
        except IqError:
            log.debug("%s: the server knows no ping, which is an answer, too", self._account)
        except Lost as error:
            self._link.cut(error)
            return
        for id_ in flight.ids:
            self._flights.counted(id_)
