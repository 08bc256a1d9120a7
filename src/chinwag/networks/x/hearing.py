"""What comes in: mentions and direct messages, looked for every few minutes.

X pushes to nobody without a contract, so this asks. Owns the places up to which everything is durable; they are
remembered, and before the first look each is that moment, so nobody gets an answer to what was written before the bot
was. What is read costs: it is taken from the month's budget before it is asked for, and nothing is asked once that is
used up.
"""

import logging
from collections.abc import Awaitable, Callable
from functools import partial

from chinwag.core.errors import SendError
from chinwag.core.values import Arrival
from chinwag.networks.x.client import Client
from chinwag.networks.x.purse import Purse
from chinwag.networks.x.spending import READS
from chinwag.networks.x.wire import Page, Reader, place_at
from chinwag.transport.answers import Revoked
from chinwag.transport.keeper import Keeper
from chinwag.transport.pauses import Pauses
from chinwag.transport.progress import Progress, order

AT_FIRST, AT_ONCE = 10, 100
"""How many are asked for at first, as most looks find little, and how many then."""
LEAST = 5
"""X gives no fewer mentions at once."""
MOST_PAGES = 20
PLACES = "places"
MENTIONS, DIRECTS = "mentions", "directs"
_FIELDS = {
    MENTIONS: (
        ("tweet.fields", "attachments,author_id,entities,note_tweet"),
        ("expansions", "author_id,attachments.media_keys"),
    ),
    DIRECTS: (
        ("event_types", "MessageCreate"),
        ("dm_event.fields", "attachments,dm_conversation_id,entities,event_type,id,sender_id,text"),
        ("expansions", "sender_id,attachments.media_keys"),
    ),
}
_ALWAYS = (("user.fields", "name,username"), ("media.fields", "alt_text,type,url"))

log = logging.getLogger("chinwag")


class Hearing:
    """Looks for what has come until it is cancelled.

    Args:
        name: the account's, for the log.
        client: the account's calls.
        reader: reads pages.
        me: the account's own id.
        kinds: what to look for: mentions, directs.
        places: up to where everything is durable, by kind; empty for the moment.
        take: hands an arrival over, with what is to be called once it is durable.
        keeper: remembers the places.
        purse: what may be spent.
        now: the time, in seconds since the epoch.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what an account has, each used here
        self,
        name: str,
        client: Client,
        reader: Reader,
        me: str,
        kinds: tuple[str, ...],
        places: dict[str, str],
        take: Callable[[Arrival, Callable[[], None]], None],
        keeper: Keeper,
        purse: Purse,
        now: Callable[[], float],
    ) -> None:
        self._client, self._take, self._keeper, self._purse = client, take, keeper, purse
        self._name = name
        self._paths = {MENTIONS: f"/2/users/{me}/mentions", DIRECTS: "/2/dm_events"}
        self._reads = {MENTIONS: reader.mentions, DIRECTS: reader.directs}
        self._progress = {kind: Progress(places.get(kind) or place_at(now())) for kind in kinds}
        self._exhausted = False

    @property
    def places(self) -> dict[str, str]:
        """Up to where everything is durable, by kind."""
        return {kind: progress.place for kind, progress in self._progress.items()}

    async def run(self, pauses: Pauses, every: float, sleep: Callable[[float], Awaitable[None]]) -> None:
        """Look, for ever.

        Args:
            pauses: waits between failures.
            every: how long to wait between looks, in seconds.
            sleep: waits for so many seconds.

        Raises:
            Revoked: X does not let the account in.
        """
        self._keeper.keep(self.places)
        while True:
            try:
                for kind in self._progress:
                    await self._look(kind)
            except Revoked:
                raise
            except SendError as error:
                await pauses.rest(f"X cannot be read ({error}).", max(every, getattr(error, "retry_after", 0.0)))
            else:
                pauses.over()
                await sleep(every)

    async def _look(self, kind: str) -> None:
        """Read what lies behind the place, and hand it over, the oldest first."""
        found: dict[str, Arrival | None] = {}
        place, token, more = self._progress[kind].place, "", True
        for _ in range(MOST_PAGES):
            page = await self._page(kind, place, token)
            if page is None:
                break
            new = [id_ for id_ in page.ids if order(id_) > order(place)]
            found.update({id_: page.arrivals.get(id_) for id_ in new})
            token, more = page.next, bool(page.next) and len(new) == len(page.ids)
            if not more:
                break
        if found and more:
            log.warning("%s: more has come than may be read; the oldest of it is left out.", self._name)
        for id_ in sorted(found, key=order):
            self._hand_over(kind, id_, found[id_])

    async def _page(self, kind: str, place: str, token: str) -> Page | None:
        """One page; None if there is nothing to spend for it."""
        least = LEAST if kind == MENTIONS else 1
        first = 1 if kind == DIRECTS else AT_FIRST  # the newest message costs a read at each look
        most = min(AT_ONCE if token else first, self._purse.left(READS))
        if most < least or not await self._purse.take(READS, most):
            self._tell()
            return None
        self._exhausted = False
        query = [("max_results", str(most)), *_FIELDS[kind], *_ALWAYS]
        query += [("since_id", place)] if kind == MENTIONS else []
        query += [("pagination_token", token)] if token else []
        got = 0
        try:
            page = await self._client.get(self._paths[kind], self._reads[kind], *query)
            got = len(page.ids)
        finally:
            self._purse.give_back(READS, most - got)
        return page

    def _tell(self) -> None:
        if not self._exhausted:
            log.warning(
                "%s: the reads of this month are used up; nothing is read until the next one begins.", self._name
            )
        self._exhausted = True

    def _hand_over(self, kind: str, id_: str, arrival: Arrival | None) -> None:
        if not self._progress[kind].begin(id_):
            return
        if arrival is None:
            self._durable(kind, id_)
        else:
            self._take(arrival, partial(self._durable, kind, id_))

    def _durable(self, kind: str, id_: str) -> None:
        if self._progress[kind].end(id_):
            self._keeper.keep(self.places)
