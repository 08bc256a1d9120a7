"""What a server keeps of what was said (XEP-0313): read page by page, and what of it is ours.

Owns the questions to archives, our own and those of rooms, and the collecting of what they answer. What an archive
does not know any more (its start was deleted) is asked for by its date.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count
from xml.etree.ElementTree import Element

from slixmpp.exceptions import IqError

from chinwag.networks.xmpp import outgoing
from chinwag.networks.xmpp.elements import ARCHIVE, PAGES, instant
from chinwag.networks.xmpp.events import Kept
from chinwag.networks.xmpp.link import Link

INFO = "http://jabber.org/protocol/disco#info"
SKEW = timedelta(minutes=10)
"""How far the server's clock may be from ours; what comes twice by it is told by its id."""
BY_DATE = "@"
"""How a position begins that is a date of ours, not an id of the archive's."""


class Archive:
    """The archives of one account's server.

    Args:
        link: the stream.
    """

    def __init__(self, link: Link) -> None:
        self._link = link
        self._collected: dict[str, list[Kept]] = {}
        self._numbers = count(1)

    def add(self, kept: Kept) -> None:
        """A message of an archive has come; one that nobody asked for is dropped."""
        if kept.query in self._collected:
            self._collected[kept.query].append(kept)

    async def features(self, of: str) -> set[str]:
        """What a server, a room or an account can do (XEP-0030); nothing if it does not say."""
        try:
            answer = await self._link.ask(Element(f"{{{INFO}}}query"), of)
        except IqError:
            return set()
        return {feature.get("var") or "" for feature in answer.iter(f"{{{INFO}}}feature")}

    async def newest(self, of: str, most: int) -> list[Kept]:
        """The last messages of an archive.

        Args:
            of: whose; empty for our own.
            most: how many.
        """
        found, _ = await self._page(of, newest=most)
        return found

    async def since(self, of: str, position: str) -> AsyncIterator[list[Kept]]:
        """Everything behind a position, in pages.

        Args:
            of: whose; empty for our own.
            position: an id of the archive's, or ``@`` and a date.
        """
        start = _earlier(position.removeprefix(BY_DATE)) if position.startswith(BY_DATE) else ""
        after = "" if start else position
        while True:
            found, complete = await self._page(of, after=after, start=start)
            yield found
            if complete or not found:
                return
            after = found[-1].id

    async def _page(self, of: str, *, after: str = "", start: str = "", newest: int = 0) -> tuple[list[Kept], bool]:
        query = f"chinwag-{next(self._numbers)}"
        collected = self._collected[query] = []
        try:
            asked = outgoing.question(query, after=after, start=start, newest=newest)
            answer = await self._link.ask(asked, of, "set")
        finally:
            del self._collected[query]
        end = answer.find(f"{{{ARCHIVE}}}fin")
        complete = end is None or end.get("complete") in {"true", "1"} or end.find(f"{{{PAGES}}}set") is None
        return collected, complete


def date_position(microseconds: int) -> str:
    """A position that is a date.

    >>> date_position(0)
    '@1970-01-01T00:00:00Z'
    """
    return BY_DATE + _stamp(datetime.fromtimestamp(microseconds / 1_000_000, UTC))


def _earlier(stamp: str) -> str:
    """A date a little earlier, for clocks that differ."""
    moment = datetime.fromtimestamp(instant(stamp) / 1_000_000, UTC) - SKEW
    return _stamp(max(moment, datetime.fromtimestamp(0, UTC)))


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
