"""What a batch of inputs needs of the store, read before it is decided: reading may wait, deciding may not.

Ids that were consumed before, conversations that are not live, their users' data. What was read may be older than the
last commits, so what they consumed and ended is remembered beside it until the batch is decided.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from chinwag.core import routing
from chinwag.core.conversation import FAILED, UserData
from chinwag.core.values import EVERYBODY, Address, Arrival, address
from chinwag.ports import Open, Parked, Planned, Store
from chinwag.runtime.account import Account, standing, user_of
from chinwag.runtime.draft import Draft
from chinwag.runtime.inputs import Arrived, Fired, Input, Mailed, Ordered, Scheduled, Settled, Standing, Stepped, Woken
from chinwag.runtime.table import Table, arrival


class Reading:
    """What the store says about the inputs of a batch, and what it may not know yet.

    Args:
        store: where it is read.
        table: who is live, and need not be read.
        accounts: by name; in some of them conversations share a room.
    """

    __slots__ = (
        "_lent", "accounts", "data", "gone", "known", "parked", "recent", "schedules", "single", "store", "table",
        "undelivered", "unsettled",
    )  # fmt: skip

    def __init__(self, store: Store, table: Table, accounts: Mapping[str, Account]) -> None:
        self.store = store
        self.table = table
        self.accounts = accounts
        self.known: set[tuple[str, str]] = set()
        self.parked: dict[str, list[Parked]] = {}
        self.single: dict[int, Parked] = {}
        self.data: dict[str, dict[str, Any]] = {}
        self.undelivered: dict[int, list[Open]] = {}
        self.schedules: dict[str, list[Planned]] = {}
        self._lent: list[UserData] = []
        # What the store does not know yet: ids consumed and conversations ended by what is not durable.
        self.recent: set[tuple[str, str]] = set()
        self.gone: set[int] = set()
        self.unsettled: list[Draft] | None = None

    # -- reading ------------------------------------------------------------------------------------------------------

    async def read(self, taken: Sequence[Input]) -> None:
        """Read what these inputs need: ids consumed before, conversations that are not live, their users' data."""
        addresses, begun, shares = self.table.addresses, self.table.begun, self._shares()
        ids: list[tuple[str, str]] = []
        places: set[str] = set()
        numbers: list[int] = []
        enlisting: list[Arrived] = []
        for item in taken:
            if type(item) is Arrived:
                arrival, place = item.arrival, item.place
                if arrival.id:
                    ids.append((arrival.account, arrival.id))
                if shares or place not in addresses or (begun and user_of(place) in begun):
                    places.add(place)
                if arrival.event == "recipient" or (arrival.text and arrival.text[0] == "/"):
                    enlisting.append(item)
            else:
                self._missing(item, places, numbers, shares=shares)
        self.known = await self.store.known(ids) if ids else set()
        await self._summon(numbers, places)
        for item in taken:
            if type(item) is Ordered and item.order == "retry":
                self.undelivered[item.number] = await self.store.undelivered(item.number)
        self.schedules = await self._schedules(enlisting)

    async def _schedules(self, enlisting: Sequence[Arrived]) -> dict[str, list[Planned]]:
        """The schedules of those who may be about to change theirs."""
        places = [item.place for item in enlisting if self._enlists(item.arrival)]
        found: dict[str, list[Planned]] = {}
        for row in await self.store.schedules_at(places) if places else ():
            found.setdefault(row.address, []).append(row)
        return found

    def _enlists(self, arrival: Arrival) -> bool:
        if arrival.event == "recipient":
            return True
        account = self.accounts.get(arrival.account) if arrival.text[:1] == "/" else None
        return account is not None and account.bot.subscribers and routing.enlists(arrival.text)

    def _shares(self) -> bool:
        return bool(self.table.sharing)

    def _missing(self, item: Input, places: set[str], numbers: list[int], *, shares: bool) -> None:
        """What an input that is no message needs: a place, or a conversation."""
        match item:
            case Scheduled():
                places.add(item.planned.address)
            case Standing():
                places.add(standing(item.account))
            case Ordered():
                numbers.append(item.number)
            case Fired() | Stepped() | Settled() | Mailed() | Woken():
                live = self.table.live.get(item.number)
                if live is None:
                    numbers.append(item.number)
                elif shares or self.table.begun:
                    places.add(live.address)

    async def _summon(self, numbers: list[int], places: set[str]) -> None:
        self.single = {}
        if numbers:
            places.update(await self.store.homes(numbers))
            self.single = {p.number: p for p in await self.store.parked(numbers)}
            # One that has failed has no home; if it is resumed, it comes back among those who live there now.
            places.update(p.address for p in self.single.values() if p.status == FAILED)
        await self._load([place for place in places if place not in self.table], places)

    async def _load(self, wanted: list[str], places: set[str]) -> None:
        self.parked = {}
        shares = self._shares()
        while wanted or shares:
            for parked in await self.store.at(wanted) if wanted else ():
                self.parked.setdefault(parked.address, []).append(parked)
            before = len(places)
            wanted = self._around(places) if shares else []
            if len(places) == before:
                break
        self._lent.clear()  # first: what nobody else holds must be read again
        users = {user_of(place) for place in places} | {user_of(p.address) for p in self.single.values()}
        users = {user for user in users if user not in self.table.users}
        self.data = await self.store.data(list(users)) if users else {}
        # Who is live and has found no data yet finds these, if somebody has written since and has left.
        self._lent = [UserData(user, plain) for user, plain in self.data.items() if user in self.table.begun]
        self.table.users.update({lent.user: lent for lent in self._lent})

    def _around(self, places: set[str]) -> list[str]:
        """What else must be there: shared places of these rooms, and where kept messages go if their keeper ends."""
        found = set()
        for place in places:
            where = Address.parse(place)
            account = self.accounts.get(where.account)
            if account is not None and account.shares:
                found.add(address(where.account, where.room, EVERYBODY))
                kept = [message for c in self.table.here(place) for _, message in c.mail or ()]
                for parked in self.parked.get(place, ()):
                    kept += [arrival(body, at) for _, kind, at, body in parked.held if kind == "message"]
                found.update(address(message.account, message.room, message.user) for message in kept)
        found -= places
        places |= found
        return [place for place in found if place not in self.table]

    # -- what became durable meanwhile --------------------------------------------------------------------------------

    def open(self) -> None:
        """A batch is about to be read: from now on what becomes durable may be newer than what is read."""
        self.unsettled = []

    def settle(self, draft: Draft) -> None:
        """A draft is durable: the store knows what is over, consumed and written; what was read before does not."""
        if self.unsettled is not None:
            self.unsettled.append(draft)
        else:
            self.forget(draft)

    def forget(self, draft: Draft) -> None:
        """What this draft consumed and ended need not be remembered: it is durable, or has not happened."""
        self.recent.difference_update(draft.ids)
        self.gone.difference_update(draft.over)

    def close(self) -> None:
        """What was read is used up: let go of what became durable meanwhile."""
        settled, self.unsettled = self.unsettled or (), None
        for draft in settled:
            self.forget(draft)
