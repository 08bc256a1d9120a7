"""Messages that are in the air: handed to the stream, not yet known to have arrived.

Owns what becomes of each: the server has counted it (direct chats) or the room has echoed it (rooms, which tell its
id there), or it was refused. After a stream that could not be taken up again the archive tells what had arrived; where
there is none, nobody can.
"""

import asyncio
from collections import OrderedDict

from chinwag.core.errors import Ambiguous, Refused, SendError, Unreachable
from chinwag.ports import Receipt

MOST_KNOWN = 2_000


class Flight:
    """One message, which may be several stanzas.

    Args:
        ids: of its stanzas, in order.
        room: the address that it goes to.
        group: whether that is a room, which has to echo each stanza.
        landed: set once all have arrived, to the message's reference.
    """

    __slots__ = ("group", "ids", "landed", "left", "room", "stamp", "uncounted")

    def __init__(self, ids: list[str], room: str, landed: "asyncio.Future[Receipt]", *, group: bool) -> None:
        self.ids, self.room, self.group = ids, room, group
        self.left = set(ids)
        self.uncounted = set(ids)
        self.stamp = ""
        self.landed = landed

    def arrived(self, id_: str, stamp: str = "") -> None:
        """One of its stanzas has."""
        self.left.discard(id_)
        if id_ == self.ids[0]:
            self.stamp = stamp
        if not self.left and not self.landed.done():
            self.landed.set_result(Receipt(f"{self.ids[0]} {self.stamp}" if self.stamp else self.ids[0]))

    def failed(self, error: SendError) -> None:
        """It did not, or nobody knows."""
        if not self.landed.done():
            self.landed.set_exception(error)


class Flights:
    """All that is in the air, and the ids of what an archive has of ours."""

    def __init__(self) -> None:
        self._flights: dict[str, Flight] = {}
        self.known: OrderedDict[str, str] = OrderedDict()

    def enter(self, flight: Flight) -> None:
        """A message goes out."""
        for id_ in flight.ids:
            self._flights[id_] = flight

    def leave(self, flight: Flight) -> None:
        """It is decided."""
        for id_ in flight.ids:
            self._flights.pop(id_, None)

    def note(self, id_: str, stamp: str) -> None:
        """An archive has a message of ours."""
        self.known[id_] = stamp
        if len(self.known) > MOST_KNOWN:
            self.known.popitem(last=False)

    def counted(self, id_: str) -> None:
        """The server has counted a stanza."""
        flight = self._flights.get(id_)
        if flight is not None:
            flight.uncounted.discard(id_)
            if not flight.group:
                flight.arrived(id_)

    def echoed(self, id_: str, room: str, stamp: str) -> None:
        """A room has shown a stanza to everybody."""
        flight = self._flights.get(id_)
        if flight is not None and flight.group and flight.room == room:
            flight.arrived(id_, stamp)

    def refused(self, id_: str, by: str, reason: str) -> bool:
        """A stanza came back; whether it was in the air."""
        flight = self._flights.get(id_)
        if flight is None or flight.room.partition("/")[0].lower() != by:
            return False
        flight.failed(Refused(reason))
        return True

    def resumed(self, in_the_air: set[str]) -> None:
        """The stream was taken up again: what is not sent again and was not counted never went out."""
        for flight in set(self._flights.values()):
            if flight.uncounted - in_the_air:
                flight.failed(Unreachable("the connection ended before it went out"))

    def judge(self, room: str | None, *, archived: bool) -> None:
        """A new stream has begun: what was in the air has arrived if the archive has it.

        Args:
            room: whose archive was read, for messages to that room; None for direct chats.
            archived: whether there is one.
        """
        for flight in set(self._flights.values()):
            if (flight.group and flight.room == room) or (not flight.group and room is None):
                for id_ in flight.ids:
                    if id_ in self.known:
                        flight.arrived(id_, self.known[id_] if flight.group else "")
                words = "the connection ended while it was sent"
                flight.failed(Unreachable(words) if archived else Ambiguous(words))

    def give_up(self) -> None:
        """There will be no stream any more."""
        for flight in set(self._flights.values()):
            flight.failed(Ambiguous("the connection ended while it was sent"))
