"""Deciding: each input becomes turns.

``prepare`` loads what the inputs need and may wait for the store; ``decide`` may not, and runs under the guard. What
a turn brings about at once (kept messages, the routing of a finished conversation's mailbox) is decided right behind
it.
"""

import logging
import sys
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec import structs

from chinwag.bot import Definition
from chinwag.core import routing
from chinwag.core.conversation import CANCELLED, FAILED, Branch, Conversation, UserData
from chinwag.core.effects import Step
from chinwag.core.engine import Accepted, Refused, offer
from chinwag.core.errors import Undeliverable
from chinwag.core.values import EVERYBODY, Address, Arrival, Message, address
from chinwag.ports import Open, Parked
from chinwag.runtime.account import Account, user_of
from chinwag.runtime.draft import Draft
from chinwag.runtime.inputs import Arrived, Fired, Input, Mailed, Ordered, Scheduled, Settled, Standing, Stepped, Woken
from chinwag.runtime.ledger import Ledger, held_outcome
from chinwag.runtime.migration import migrate
from chinwag.runtime.orders import obey
from chinwag.runtime.revival import revive
from chinwag.runtime.table import arrival as arrived

if TYPE_CHECKING:
    from chinwag.runtime.worker import Worker

log = logging.getLogger("chinwag")

SHORT = 64


class Decider:
    """Turns inputs into turns.

    Args:
        worker: owns the draft, the table and the clock.
    """

    def __init__(self, worker: "Worker") -> None:
        self.worker = worker
        self.engine = worker.engine
        self.table = worker.table
        self.ledger = Ledger(worker, self)
        self.recent: set[tuple[str, str]] = set()
        self.gone: set[int] = set()
        self.now = 0
        self.reworded: set[int] = set()
        self.data: dict[str, dict[str, Any]] = {}
        self.single: dict[int, Parked] = {}
        self.undelivered: dict[int, list[Open]] = {}
        self._known: set[tuple[str, str]] = set()
        self._parked: dict[str, list[Parked]] = {}
        self._lent: list[UserData] = []
        self.unsettled: list[Draft] | None = None
        self._follow: deque[Input] = deque()
        self.current: Input | None = None

    # -- before: what may wait for the store --------------------------------------------------------------------------

    async def prepare(self, taken: Sequence[Input]) -> None:
        """Load what these inputs need: ids consumed before, conversations that are not live, their users' data."""
        store, addresses, begun = self.worker.store, self.table.addresses, self.table.begun
        shares = any(account.shares for account in self.worker.accounts.values())
        ids: list[tuple[str, str]] = []
        places: set[str] = set()
        numbers: list[int] = []
        for item in taken:
            if type(item) is Arrived:
                if item.arrival.id:
                    ids.append((item.arrival.account, item.arrival.id))
                if shares or item.place not in addresses or (begun and user_of(item.place) in begun):
                    places.add(item.place)
            else:
                self._missing(item, places, numbers, shares=shares)
        self._known = await store.known(ids) if ids else set()
        await self._summon(numbers, places)
        for item in taken:
            if type(item) is Ordered and item.order == "retry":
                self.undelivered[item.number] = await store.undelivered(item.number)

    def _missing(self, item: Input, places: set[str], numbers: list[int], *, shares: bool) -> None:
        """What an input that is no message needs: a place, or a conversation."""
        match item:
            case Scheduled():
                places.add(item.planned.address)
            case Standing():
                places.add(self.worker.accounts[item.account].standing)
            case Ordered():
                numbers.append(item.number)
            case Fired() | Stepped() | Settled() | Mailed() | Woken():
                live = self.table.live.get(item.number)
                if live is None:
                    numbers.append(item.number)
                elif shares or self.table.begun:
                    places.add(live.address)

    async def _summon(self, numbers: list[int], places: set[str]) -> None:
        store = self.worker.store
        self.single = {}
        if numbers:
            places.update(await store.homes(numbers))
            self.single = {p.number: p for p in await store.parked(numbers)}
            # One that has failed has no home; if it is resumed, it comes back among those who live there now.
            places.update(p.address for p in self.single.values() if p.status == FAILED)
        await self._load([place for place in places if place not in self.table], places)

    def _around(self, places: set[str]) -> list[str]:
        """What else must be there: shared places of these rooms, and where kept messages go if their keeper ends."""
        found = set()
        for place in places:
            where = Address.parse(place)
            account = self.worker.accounts.get(where.account)
            if account is not None and account.shares:
                found.add(address(where.account, where.room, EVERYBODY))
                kept = [message for c in self.table.here(place) for _, message in c.mail or ()]
                for parked in self._parked.get(place, ()):
                    kept += [arrived(body, at) for _, kind, at, body in parked.held if kind == "message"]
                found.update(address(message.account, message.room, message.user) for message in kept)
        found -= places
        places |= found
        return [place for place in found if place not in self.table]

    async def _load(self, wanted: list[str], places: set[str]) -> None:
        store = self.worker.store
        self._parked = {}
        shares = any(account.shares for account in self.worker.accounts.values())
        while wanted or shares:
            for parked in await store.at(wanted) if wanted else ():
                self._parked.setdefault(parked.address, []).append(parked)
            before = len(places)
            wanted = self._around(places) if shares else []
            if len(places) == before:
                break
        self._lent.clear()  # first: what nobody else holds must be read again
        users = {user_of(place) for place in places} | {user_of(p.address) for p in self.single.values()}
        users = {user for user in users if user not in self.table.users}
        self.data = await store.data(list(users)) if users else {}
        # Who is live and has found no data yet finds these, if somebody has written since and has left.
        self._lent = [UserData(user, plain) for user, plain in self.data.items() if user in self.table.begun]
        self.table.users.update({lent.user: lent for lent in self._lent})

    # -- deciding -----------------------------------------------------------------------------------------------------

    def decide(self, item: Input) -> None:
        """Decide one input, and what follows from it at once."""
        if self.reworded:
            self.reworded.clear()
        self.current = item
        if type(item) is Arrived:
            self._arrived(item)
        else:
            self._decide(item)
        if self._follow:
            self.drain()

    def settle(self, draft: Draft) -> None:
        """A draft is durable: the store knows what is over, consumed and written; what was read before does not."""
        if self.unsettled is not None:
            self.unsettled.append(draft)
        else:
            self.recent.difference_update(draft.ids)
            self.gone.difference_update(draft.over)

    def settle_all(self) -> None:
        """What was read for a batch is used up: let go of what became durable meanwhile."""
        settled, self.unsettled = self.unsettled or (), None
        for draft in settled:
            self.settle(draft)

    def reset(self) -> None:
        """Forget what was to follow: its cause is decided again."""
        self._follow.clear()
        self.reworded.clear()

    def follow(self, item: Input) -> None:
        """Decide this right behind the turn under way."""
        self._follow.append(item)

    def drain(self) -> None:
        """Decide what follows."""
        while self._follow:
            self._decide(self._follow.popleft())

    def expects(self, key: tuple[int, str]) -> bool:
        """Whether the outcome of a step is on its way here."""
        pending = (self.current, *self._follow, *self.worker.deciding, *self.worker.inputs)
        return any(isinstance(i, Stepped) and (i.number, i.path) == key for i in pending)

    def _decide(self, item: Input) -> None:
        self.current = item
        if type(item) is Arrived:
            self._arrived(item)
        elif isinstance(item, Scheduled):
            self.worker.planner.begin(item.planned)
        elif isinstance(item, Standing):
            self._standing(item)
        elif isinstance(item, Ordered):
            obey(self, item)
        else:
            self._moved(item)

    def _moved(self, item: Input) -> None:
        """Something came for one conversation."""
        match item:
            case Fired():
                self._fired(self.live(item.number))
            case Stepped():
                self._stepped(self.live(item.number), item)
            case Settled():
                self._settled(self.live(item.number), item)
            case Mailed():
                self._mailed(self.table.live.get(item.number))
            case Woken():
                self.live(item.number)

    def live(self, number: int) -> Conversation | None:
        """A conversation, woken if it was parked; None if it is over or failed."""
        conversation = self.table.live.get(number)
        if conversation is not None:
            return conversation
        parked = self.single.get(number)
        if parked is None or number in self.gone or parked.status not in {"waiting", "diverged"}:
            return None
        if parked.address not in self.table:
            self.here(parked.address)
        if number not in self.table.live and number not in self.gone:
            revive(self, parked)  # born where others lived when this batch was prepared
        return self.table.live.get(number)

    def here(self, place: str) -> Sequence[Conversation]:
        """The conversations at an address, woken if they were parked."""
        if self._parked and place not in self.table and place in self._parked:
            for parked in self._parked.pop(place):
                if parked.number not in self.gone and parked.number not in self.table.live:
                    revive(self, parked)
        return self.table.here(place)

    def _arrived(self, item: Arrived) -> None:
        arrival = item.arrival
        if item.done is not None:
            self.worker.draft.acks.append(item.done)
        account = self.worker.accounts.get(arrival.account)
        if account is None:
            log.error("a message came for the account %s, which is not served here", arrival.account)
            return
        if arrival.id:
            key = (arrival.account, arrival.id)
            if key in self._known or key in self.recent:
                return
            self.recent.add(key)
            draft = self.worker.draft
            draft.ids.append(key)
            draft.batch.seen.append((*key, self.now))
            draft.rows += 1
        if arrival.event == "move":
            migrate(self, arrival)
            return
        place = item.place
        alone = None if account.shares else self.table.addresses.get(place)
        here = (alone,) if type(alone) is Conversation else self._all_here(account, arrival, place)
        for conversation in tuple(here):  # who ends by it leaves the table's own list
            if (due := conversation.earliest()) and due < item.at:
                self._expire(conversation, item.at - 1)
                self.drain()
                here = self._all_here(account, arrival, place)
        self._route(account, arrival, item.at, place, here)

    def _all_here(self, account: Account, arrival: Arrival, place: str) -> Sequence[Conversation]:
        here = self.here(place)
        if account.shares:
            here = sorted((*here, *self.here(address(arrival.account, arrival.room, "*"))), key=_number)
        return here

    def _route(self, account: Account, arrival: Arrival, at: int, place: str, here: Sequence[Conversation]) -> None:
        """Do what routing says."""
        taken = routing.route(account.bot, arrival, here)
        if arrival.event == "button" and account.manner.inline:
            words = "" if type(taken) is routing.Answer else account.bot.texts.closed
            self.worker.draft.presses.append((account.network, arrival, words))
        if type(taken) is routing.Answer:  # these two are what most messages are
            self.answer(taken.conversation, taken.branch, taken.offer, arrival, at)
            return
        if type(taken) is routing.Begin:
            shared = taken.definition.per == "room"
            where = address(arrival.account, arrival.room, "*") if shared else place
            self.begin(account, taken.definition, where, taken.message, attended=True)
            return
        match taken:
            case routing.Keep(conversation):
                self.ledger.keep(conversation, arrival, at)
            case routing.Cancel(conversation):
                self.cancel(conversation)
            case routing.Reply(text):
                self.ledger.speak(account, arrival.room, arrival.user, text)
            case routing.Drop(reason):
                log.debug("a message in %s is dropped: %s", place, reason)

    def answer(
        self, conversation: Conversation, branch: Branch, offered: Accepted | Refused, arrival: Arrival, at: int
    ) -> None:
        """A question takes a message, as an answer or as bad input."""
        if conversation.number in self.reworded:
            log.info("%s: an answer to a question that was asked anew in other words just now", conversation)
        elif type(offered) is Accepted:
            turn = self.engine.accept(conversation, branch, self.now, offered, arrival.text)
            self.ledger.apply(turn, ("message", at, arrival))
        elif type(offered) is Refused:
            turn = self.engine.refuse(conversation, branch, self.now, offered, arrival.text)
            self.ledger.apply(turn, ("message", at, arrival))

    def begin(
        self, account: Account, definition: Definition, place: str, message: Message | None, *, attended: bool
    ) -> None:
        """Begin a conversation."""
        numbers = self.worker.numbers
        numbers.conversation += 1
        conversation = Conversation(
            numbers.conversation, definition.name, definition.function, (), place, self.worker.seed(), attended=attended
        )
        conversation.manner = account.manner
        conversation.message = _shared(message)
        conversation.born = self.now
        self.table.user(conversation, self.data)
        self.table.add(conversation)
        self.ledger.birth(conversation, account.fingerprint)
        self.ledger.apply(self.engine.begin(conversation, self.now), ("start", self.now, None))

    async def wake(self, places: Sequence[str]) -> None:
        """Bring back whoever lives at these addresses: at a start, where open questions are shown again."""
        items = [Woken(parked.number) for parked in await self.worker.store.at(places)]
        await self.prepare(items)
        self.now = self.worker.draft.at = self.worker.now
        with self.worker.guard:
            for item in items:
                self.worker.draft.inputs.append(item)
                self.decide(item)
        self.worker.hurry()

    async def stand(self, account: Account) -> None:
        """At a start: have what always runs for an account begin, unless it runs, or has failed and can go on."""
        if not account.bot.standing:
            return
        place = account.standing
        parked = [*await self.worker.store.at([place]), *await self.worker.store.troubled(FAILED)]
        running = {one.name for one in parked if one.address == place}
        for definition in account.bot.standing:
            if definition.name not in running:
                self.worker.put(Standing(account.name, definition.name))

    def _standing(self, item: Standing) -> None:
        """Begin what always runs."""
        account = self.worker.accounts[item.account]
        place = account.standing
        if any(c.name == item.name for c in self.here(place)):
            return
        for definition in account.bot.standing:
            if definition.name == item.name:
                self.begin(account, definition, place, None, attended=False)

    def _fired(self, conversation: Conversation | None) -> None:
        if conversation is None or conversation.root is None:
            return  # over; or diverged, and its deadline waits with it
        self._expire(conversation, self.now)
        if conversation.number in self.table.live:
            # The heap has let this one go, so the store must not keep it: a later deadline would seem to be armed.
            self.ledger.rearm(conversation)

    def _expire(self, conversation: Conversation, until: int) -> bool:
        """Let the deadlines come that are due; whether there were any."""
        came = False
        while (due := conversation.earliest()) and due <= until:
            branch = min((b for b in conversation.waits() if b.due), key=_due)
            came = True
            self.ledger.apply(self.engine.expire(conversation, branch, max(self.now, due)), ("timer", self.now, None))
            if conversation.number not in self.table.live:
                return True
        if came and conversation.earliest():
            self.ledger.rearm(conversation)
        return came

    def _has_failed(self, number: int) -> bool:
        """Whether a conversation has failed, and may be resumed; what was decided last counts."""
        worker = self.worker
        for draft in (worker.draft, worker.committing, *(self.unsettled or ())):
            status = draft.batch.statuses.get(number) if draft is not None else None
            if status is not None:
                return bool(status[1] == FAILED)
        parked = self.single.get(number)
        return parked is not None and parked.status == FAILED

    def _stepped(self, conversation: Conversation | None, item: Stepped) -> None:
        if conversation is None:
            if self._has_failed(item.number):  # it waits for it still, once it is resumed
                self.ledger.hold_for(item.number, "step", self.now, held_outcome(item))
            return
        if conversation.root is None:
            self.ledger.hold(conversation, "step", self.now, held_outcome(item))
            return
        branch = conversation.find(item.path)
        if branch is not None and isinstance(branch.effect, Step):
            turn = self.engine.finish_step(conversation, branch, self.now, item.value, item.error)
            if turn.status != FAILED:
                self.worker.draft.batch.stepped.append((conversation.number, item.path))
            self.ledger.apply(turn, ("step", self.now, [item.path, item.value, item.error]))

    def _settled(self, conversation: Conversation | None, item: Settled) -> None:
        """A message was taken, or refused: whoever waits for it hears of it once."""
        self.worker.draft.batch.heard.append((item.outgoing,))
        self.worker.draft.rows += 1
        if conversation is None:
            if self._has_failed(item.number):
                self.ledger.hold_for(item.number, "delivery", self.now, [item.outgoing, item.error])
            return
        if conversation.root is None:
            self.ledger.hold(conversation, "delivery", self.now, [item.outgoing, item.error])
            return
        for branch in [b for b in conversation.waits() if b.prompt == item.outgoing]:
            if branch.prompt == item.outgoing and conversation.number in self.table.live:
                error = Undeliverable(item.error) if item.error else None
                turn = self.engine.deliver(conversation, branch, self.now, error)
                self.ledger.apply(turn, ("delivery", self.now, [item.outgoing, item.error]))

    def _mailed(self, conversation: Conversation | None) -> None:
        """Offer kept messages to the questions that are open now, in order."""
        if conversation is None or conversation.root is None:
            return
        for number, kept in conversation.mail or ():
            for branch in reversed(conversation.questions()):
                only = getattr(branch.effect, "from_", None)
                offered = offer(conversation, branch, kept) if only in {None, kept.user} else None
                if offered is not None:
                    assert conversation.mail is not None  # noqa: S101 - it is being read
                    conversation.mail.remove((number, kept))
                    self.ledger.take(number)
                    self.answer(conversation, branch, offered, kept, self.now)
                    return

    def cancel(self, conversation: Conversation) -> None:
        """Cancel a conversation; a diverged one ends without running code."""
        if conversation.root is None:
            self.ledger.end(conversation, CANCELLED)
            self.ledger.speak_to(conversation, conversation.manner.texts.cancelled)
        else:
            self.ledger.apply(self.engine.cancel(conversation, self.now), ("cancel", self.now, None))


def _number(conversation: Conversation) -> int:
    return conversation.number


def _due(branch: Branch) -> int:
    return branch.due


def _shared(message: Message | None) -> Message | None:
    """A short text that begins conversations is the same for many of them: it is kept once."""
    if message is not None and len(message.text) <= SHORT:
        return structs.replace(message, text=sys.intern(message.text))
    return message
