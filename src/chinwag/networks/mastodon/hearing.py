"""What comes in: the stream of notifications, and before it what came while nobody listened.

Owns the place up to which everything is durable. It is remembered, so a restart goes on there; before the first of all
it is the newest notification, so nobody gets an answer to what was written before the bot was. After each connection
what lies behind the place is fetched first (``min_id``, the oldest page first, where ``since_id`` would leave a gap
after the newest), and the stream is read from then on: it has been open since before, so nothing falls between the two.
What comes twice has an id. An instance whose stream fails is asked again with growing pauses.
"""

import logging
from collections.abc import AsyncIterator, Callable
from functools import partial
from http import HTTPStatus

from chinwag.core.errors import SendError, Unreachable
from chinwag.core.values import Arrival
from chinwag.networks.mastodon.client import Client
from chinwag.networks.mastodon.wire import TYPES, Events, Notice, Reader
from chinwag.ports import Memory
from chinwag.transport.answers import Revoked
from chinwag.transport.keeper import Keeper
from chinwag.transport.pauses import Pauses
from chinwag.transport.progress import Progress

AT_ONCE = 40
PLACE = "notifications"
_KINDS = [("types[]", kind) for kind in TYPES]

log = logging.getLogger("chinwag")


class Hearing:
    """Listens for one account until it is cancelled.

    Args:
        client: the account's calls.
        reader: reads notifications.
        base: where the streams are.
        memory: remembers the place; None to begin anew at each start.
        take: hands an arrival over, with what is to be called once it is durable.
        pauses: waits between failures.
    """

    def __init__(
        self,
        client: Client,
        reader: Reader,
        base: str,
        memory: Memory | None,
        take: Callable[[Arrival, Callable[[], None]], None],
        pauses: Pauses,
    ) -> None:
        self._client, self._reader, self._base = client, reader, base
        self._memory, self._take, self._pauses = memory, take, pauses
        self._progress = Progress()
        self._keeper = Keeper(memory, PLACE)

    async def run(self) -> None:
        """Listen, for ever.

        Raises:
            Revoked: the instance does not let the account in.
        """
        try:
            await self._insist()
        finally:
            await self._keeper.close()

    async def _insist(self) -> None:
        while True:
            try:
                await self._listen()
                words, least = "the stream of Mastodon has ended.", 0.0
            except Revoked:
                raise
            except SendError as error:
                words, least = f"the stream of Mastodon cannot be read ({error}).", getattr(error, "retry_after", 0.0)
            await self._pauses.rest(words, least)

    async def _listen(self) -> None:
        """One connection: catch up, then read until it breaks."""
        if not self._progress.place:
            await self._begin()
        async with self._client.stream(self._base) as (status, pieces):
            await self._catch_up()
            if status != HTTPStatus.OK:
                raise Unreachable(f"HTTP {status}")
            self._pauses.over()
            await self._read(pieces)

    async def _begin(self) -> None:
        """Find the place: where the last run ended, or else the newest that there is."""
        if self._memory is not None:
            place = (await self._memory.recall()).get(PLACE)
            if isinstance(place, str) and place:
                self._progress.place = place
                return
        newest = await self._client.get("/api/v1/notifications", self._reader.page, ("limit", "1"), *_KINDS)
        self._progress.place = newest[0].id if newest else "0"
        if self._memory is not None:
            await self._memory.keep(PLACE, self._progress.place)

    async def _catch_up(self) -> None:
        """Hand over all that lies behind the place, the oldest first."""
        place = self._progress.place
        while True:
            asked = (("limit", str(AT_ONCE)), ("min_id", place), *_KINDS)
            page = await self._client.get("/api/v1/notifications", self._reader.page, *asked)
            for notice in reversed(page):
                self._hand_over(notice)
            if not page or page[0].id == place:
                return
            place = page[0].id

    async def _read(self, pieces: AsyncIterator[bytes]) -> None:
        events = Events()
        async for piece in pieces:
            for kind, data in events.feed(piece):
                notice = self._reader.notice(data) if kind == "notification" else None
                if notice is not None:
                    self._hand_over(notice)

    def _hand_over(self, notice: Notice) -> None:
        if not self._progress.begin(notice.id):
            return
        if notice.arrival is None:
            self._durable(notice.id)
        else:
            self._take(notice.arrival, partial(self._durable, notice.id))

    def _durable(self, number: str) -> None:
        """A notification is durable: remember how far all are."""
        if self._progress.end(number):
            self._keeper.keep(self._progress.place)
