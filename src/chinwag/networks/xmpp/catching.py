"""Catching up: what was said while nobody was connected is read from archives, in order, before what is said now.

Owns the position up to which everything is durable here, and the queue of what comes in while an archive is read. What
is older than a limit is recorded, so that it is never taken for new, and is not answered.
"""

import logging
import time
from collections.abc import Awaitable, Callable

from msgspec import structs
from slixmpp.exceptions import IqError

from chinwag.core.values import Arrival
from chinwag.networks.xmpp.archive import BY_DATE, Archive, date_position
from chinwag.networks.xmpp.elements import bare
from chinwag.networks.xmpp.events import Heard, Kept
from chinwag.networks.xmpp.flights import Flights
from chinwag.networks.xmpp.link import Link
from chinwag.networks.xmpp.missed import Record
from chinwag.networks.xmpp.wire import DIRECT, IN_ROOM

NEWEST = 100
"""How many of the last messages of an archive are looked at for our own."""
SECOND = 1_000_000
GONE = "item-not-found"

log = logging.getLogger("chinwag")

Deliver = Callable[[Arrival, Callable[[], None], Heard | None], None]


async def _nothing(_: str) -> tuple[str, int] | None:
    return None


def _nobody_waits() -> None:
    """What comes from an archive needs no acknowledgement."""


class Catching:
    """Reads archives, ours and those of rooms.

    Args:
        account: the account's name.
        limit: how old what is answered may be, in seconds.
        link: the stream.
        flights: hears which of our own messages an archive has.
        deliver: takes arrivals.

    Attributes:
        last: tells the last arrival that is durable, by how its id begins.
        archive: the archives.
        missed: keeps what is too old to be answered.
    """

    def __init__(self, account: str, limit: float, link: Link, flights: Flights, deliver: Deliver) -> None:
        self._account, self._limit = account, limit
        self.archive = Archive(link)
        self.missed = Record()
        self.last: Callable[[str], Awaitable[tuple[str, int] | None]] = _nothing
        self._flights, self._deliver = flights, deliver
        self._held: dict[str, list[tuple[Heard, Callable[[], None]]]] = {}

    def hold(self, of: str) -> None:
        """From now on what comes in waits until the archive has been read.

        Args:
            of: the room; empty for direct chats.
        """
        self._held.setdefault(of, [])

    def heard(self, heard: Heard, done: Callable[[], None]) -> None:
        """Somebody said something: hand it over, or keep it behind what was said before."""
        of = "" if heard.arrival.direct else heard.arrival.room
        held = self._held.get(of)
        if held is not None:
            held.append((heard, done))
        else:
            self._pass_on(heard, done)

    async def up(self, of: str, *, archived: bool) -> None:
        """Read what was missed, and then hand over what came in meanwhile.

        Args:
            of: the room; empty for our own archive.
            archived: whether there is one.
        """
        if archived:
            await self._read(of)
        for heard, done in self._held.pop(of, ()):
            self._pass_on(heard, done)
        self.mark(of)

    async def since(self, of: str) -> str:
        """The date from which a room that has no archive is asked for what was said; empty if we were never there."""
        last = await self.last(_prefix(of))
        return date_position(last[1]).removeprefix(BY_DATE) if last is not None else ""

    def mark(self, of: str) -> None:
        """Record that everything up to now was read."""
        now = time.time_ns() // 1000
        position = Arrival(self._account, "-", "-", "", f"{_prefix(of)}{date_position(now)}", event="mark")
        self._deliver(position, _nobody_waits, None)

    async def _read(self, of: str) -> None:
        for kept in await self.archive.newest(of, NEWEST):
            self._own(kept)
        last = await self.last(_prefix(of))
        if last is None:  # the first time: what was said before was not said to this bot
            return
        try:
            await self._take_in(of, last[0].removeprefix(_prefix(of)), last[1])
        except IqError as error:
            if error.condition != GONE:
                raise
            await self._take_in(of, date_position(last[1]), last[1])

    async def _take_in(self, of: str, position: str, last: int) -> None:
        """Hand over what stands behind a position; behind a date, what is older than it was heard before.

        Args:
            of: the room; empty for our own archive.
            position: an id of the archive's, or a date.
            last: when the last arrival was consumed, in microseconds.
        """
        heard_until = last if position.startswith(BY_DATE) else 0
        late = 0
        async for page in self.archive.since(of, position):
            heard = [(event, self._is_late(kept)) for kept in page for event in kept.events if isinstance(event, Heard)]
            old = [event.arrival for event, is_late in heard if is_late and event.arrival.at > heard_until]
            if old:  # first, for what is marked is not read again
                await self.missed.add(old)
            late += len(old)
            for kept in page:
                self._own(kept)
            for event, is_late in heard:
                self._hand_over(event, is_late=is_late)
        if late:
            log.warning(
                "%s: %d messages that came while it was down are older than %g hours, and are not answered: "
                "`chinwag missed` shows them.",
                self._account,
                late,
                self._limit / 3600,
            )

    def _own(self, kept: Kept) -> None:
        if kept.own:
            self._flights.note(kept.own, kept.id)

    def _is_late(self, kept: Kept) -> bool:
        """Whether it is too old to be answered."""
        return bool(kept.at) and time.time_ns() // 1000 - kept.at > self._limit * SECOND

    def _hand_over(self, heard: Heard, *, is_late: bool) -> None:
        """Hand over what the archive has, or mark it as known."""
        if is_late:
            self._deliver(structs.replace(heard.arrival, event="mark"), _nobody_waits, None)
        else:
            self._pass_on(heard, _nobody_waits)

    def _pass_on(self, heard: Heard, done: Callable[[], None]) -> None:
        """A message has come at the time that its server says, unless that is yet to come."""
        now = time.time_ns() // 1000
        arrival = heard.arrival
        if arrival.at > now:
            arrival = structs.replace(arrival, at=now)
        self._deliver(arrival, done, heard)


def _prefix(of: str) -> str:
    """How the ids of an archive begin."""
    return f"{IN_ROOM}{bare(of)} " if of else DIRECT
