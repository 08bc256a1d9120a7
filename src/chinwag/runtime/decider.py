"""Deciding: each input becomes turns.

Deciding may not wait and runs under the guard: what it needs of the store was read before (``reading``). What a turn
brings about at once (kept messages, the routing of a finished conversation's mailbox) is decided right behind it.
"""

import logging
import sys
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import structs

from chinwag.bot import Definition
from chinwag.core import routing
from chinwag.core.conversation import CANCELLED, Branch, Conversation
from chinwag.core.engine import Accepted, Refused
from chinwag.core.running import RUNNING
from chinwag.core.values import Arrival, Message, address
from chinwag.runtime.account import Account, standing
from chinwag.runtime.inputs import (
    Arrived,
    Input,
    Kept,
    Ordered,
    Scheduled,
    Spoken,
    Standing,
    Stepped,
)
from chinwag.runtime.ledger import Ledger
from chinwag.runtime.migration import migrate
from chinwag.runtime.orders import obey
from chinwag.runtime.reading import Reading
from chinwag.runtime.remembering import write
from chinwag.runtime.revival import revive
from chinwag.runtime.speech import Speech
from chinwag.runtime.wakeups import expire, wake

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
        self.speech = Speech(worker, self)
        self.ledger = Ledger(worker, self)
        self.reading = Reading(worker.store, worker.table, worker.accounts)
        self.now = 0
        self.reworded: set[int] = set()
        self._follow: deque[Input] = deque()
        self.current: Input | None = None

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

    def reset(self) -> None:
        """Forget what was to follow, and whoever was being driven: the cause is decided again."""
        broken, RUNNING.here.conversation = RUNNING.here.conversation, None
        if broken is not None:
            self.table.evict(broken)
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
        elif isinstance(item, Kept):
            write(self.worker.draft, item)
        elif isinstance(item, Spoken):
            self._spoken(item)
        else:
            wake(self, item)

    def live(self, number: int) -> Conversation | None:
        """A conversation, woken if it was parked; None if it is over or failed, or its account rests."""
        conversation = self.table.live.get(number)
        if conversation is not None:
            return None if self.worker.resting and self.rests(conversation.address) else conversation
        gone = self.reading.gone
        parked = self.reading.single.get(number)
        if parked is None or number in gone or parked.status not in {"waiting", "diverged"}:
            return None
        if parked.address not in self.table:
            self.here(parked.address)
        if number not in self.table.live and number not in gone:
            revive(self, parked)  # born where others lived when this batch was prepared
        return self.table.live.get(number)

    def rests(self, place: str) -> bool:
        """Whether nothing is to be decided at an address for now."""
        account = place.partition("/")[0]
        return account in self.worker.resting or account not in self.worker.accounts

    def here(self, place: str) -> Sequence[Conversation]:
        """The conversations at an address, woken if they were parked."""
        reading = self.reading
        if reading.parked and place not in self.table and place in reading.parked:
            for parked in reading.parked.pop(place):
                if parked.number not in reading.gone and parked.number not in self.table.live:
                    revive(self, parked)
        return self.table.here(place)

    def _arrived(self, item: Arrived) -> None:
        """Do what routing says. The user's function is no more than five calls away from the worker."""
        arrival, account = item.arrival, self._served(item)
        if account is None or not self._admitted(account, item):
            return
        taken = routing.route(account.bot, arrival, self._who_lives(account, item))
        where = (arrival.account, arrival.room, arrival.user)
        if arrival.event == "button" and account.manner.inline:
            self._pressed(account, arrival, "" if type(taken) is routing.Answer else account.bot.texts.closed)
        if type(taken) is routing.Answer:  # these two are what most messages are
            conversation = taken.conversation
            known = where if conversation.address == item.place else None  # not where the whole room lives
            self.answer(conversation, taken.branch, taken.offer, arrival, item.at, known)
        elif type(taken) is routing.Begin:
            if taken.definition.per == "room":
                where = (arrival.account, arrival.room, "*")
                self.begin(account, taken.definition, address(*where), taken.message, where, attended=True)
            else:
                self.begin(account, taken.definition, item.place, taken.message, where, attended=True)
        else:
            self._answer_by_itself(account, taken, item)

    def _admitted(self, account: Account, item: Arrived) -> bool:
        """Whether the account's bot is to hear of it: it did not come before, and is something for a bot."""
        arrival = item.arrival
        if arrival.id:
            key = name, number = arrival.account, arrival.id
            reading, draft = self.reading, self.worker.draft
            if key in reading.known or key in reading.recent:
                return False
            reading.recent.add(key)
            draft.ids.append(key)
            draft.batch.seen.append((name, number, self.now))
            draft.rows += 1
        if arrival.event != "message" and arrival.event in {"move", "receipt", "recipient", "mark"}:
            self._noted(account, item)
            return False
        if account.gathers:
            self.worker.outbox.tokens.heard(arrival)
        return True

    def _who_lives(self, account: Account, item: Arrived) -> Sequence[Conversation]:
        """The conversations that may take it, once the deadlines before it have come."""
        arrival, place = item.arrival, item.place
        alone = None if account.shares else self.table.addresses.get(place)
        if type(alone) is Conversation and not 0 < alone.earliest() < item.at:
            return (alone,)  # which is what most who are there find
        here = self._all_here(account, arrival, place)
        for conversation in tuple(here):  # who ends by it leaves the table's own list
            if (due := conversation.earliest()) and due < item.at:
                expire(self, conversation, item.at - 1)
                self.drain()
                here = self._all_here(account, arrival, place)
        return here

    def _pressed(self, account: Account, arrival: Arrival, words: str) -> None:
        """A button was pressed: the network tells whoever did why that was no answer, if there are words."""
        self.worker.draft.presses.append((account.network, arrival, words))
        if words:
            self.worker.outbox.tokens.used(arrival)

    def _noted(self, account: Account, item: Arrived) -> None:
        """What is no message, and nobody's to take."""
        arrival = item.arrival
        if arrival.event == "move":
            migrate(self, arrival)
        elif arrival.event == "receipt":
            self.worker.delivery.confirm(arrival.target, arrival.text)
        elif arrival.event == "recipient":
            self.worker.planner.recipients.found(account, item.place, arrival.text)

    def _served(self, item: Arrived) -> Account | None:
        """The account that a message came for, and that it is to be acknowledged; None if it is not served."""
        name, worker = item.arrival.account, self.worker
        if name in worker.resting:
            return None  # not acknowledged: it comes again when the account does
        if item.done is not None:
            worker.draft.acks.append(item.done)
        account = worker.accounts.get(name)
        if account is None:
            log.error("a message came for the account %s, which is not served here", name)
        return account

    def _all_here(self, account: Account, arrival: Arrival, place: str) -> Sequence[Conversation]:
        here = self.here(place)
        if account.shares:
            here = sorted((*here, *self.here(address(arrival.account, arrival.room, "*"))), key=_number)
        return here

    def _answer_by_itself(self, account: Account, taken: routing.Route, item: Arrived) -> None:
        """Do what concerns no question: keep, cancel, answer in the bot's own words, or nothing."""
        arrival, place = item.arrival, item.place
        match taken:
            case routing.Keep(conversation):
                self.ledger.keep(conversation, arrival, item.at)
            case routing.Cancel(conversation):
                self.cancel(conversation)
            case routing.Reply(text):
                self.speech.speak(account, arrival.room, arrival.user, text)
            case routing.Enlist(command, argument):
                words = self.worker.planner.recipients.obey(account, place, command, argument)
                self.speech.speak(account, arrival.room, arrival.user, words)
            case routing.Drop(reason):
                log.debug("a message in %s is dropped: %s", place, reason)

    def answer(
        self,
        conversation: Conversation,
        branch: Branch,
        offered: Accepted | Refused,
        arrival: Arrival,
        at: int,
        where: Sequence[str] | None = None,
    ) -> None:
        """A question takes a message, as an answer or as bad input; ``where`` the conversation lives, if known."""
        if self.reworded and conversation.number in self.reworded:
            log.info("%s: an answer to a question that was asked anew in other words just now", conversation)
        elif type(offered) is Accepted:
            turn = self.engine.accept(conversation, branch, self.now, offered, arrival.text, where)
            self.ledger.apply(turn, ("message", at, arrival))
        elif type(offered) is Refused:
            turn = self.engine.refuse(conversation, branch, self.now, offered, arrival.text)
            self.ledger.apply(turn, ("message", at, arrival))

    def begin(  # noqa: PLR0913 - a beginning has many sides
        self,
        account: Account,
        definition: Definition,
        place: str,
        message: Message | None,
        where: Sequence[str] | None = None,
        *,
        attended: bool,
        zone: str = "",
    ) -> None:
        """Begin a conversation."""
        numbers = self.worker.numbers
        numbers.conversation += 1
        conversation = Conversation(
            numbers.conversation, definition.name, definition.function, (), place, self.worker.seed(), attended=attended
        )
        conversation.manner = account.manner
        conversation.message = _shared(message)
        conversation.born, conversation.zone = self.now, zone
        self.table.user(conversation, self.reading.data)
        self.table.add(conversation)
        self.ledger.birth(conversation, account.fingerprint)
        self.ledger.apply(self.engine.begin(conversation, self.now, where), ("start", self.now, None))

    def _spoken(self, item: Spoken) -> None:
        """Say what the process itself has to say, unless the account has gone meanwhile."""
        account = self.worker.accounts.get(item.where.account)
        if account is not None:
            self.speech.speak(account, item.where.room, item.where.user, item.text)

    def _standing(self, item: Standing) -> None:
        """Begin what always runs."""
        account = self.worker.accounts.get(item.account)
        place = standing(item.account)
        if account is None or item.account in self.worker.resting:
            return
        if any(c.name == item.name for c in self.here(place)):
            return
        for definition in account.bot.standing:
            if definition.name == item.name:
                self.begin(account, definition, place, None, attended=False)

    def cancel(self, conversation: Conversation) -> None:
        """Cancel a conversation; a diverged one ends without running code."""
        if conversation.root is None:
            self.ledger.end(conversation, CANCELLED)
            self.speech.speak_to(conversation, conversation.manner.texts.cancelled)
        else:
            self.ledger.apply(self.engine.cancel(conversation, self.now), ("cancel", self.now, None))


def _number(conversation: Conversation) -> int:
    return conversation.number


def _shared(message: Message | None) -> Message | None:
    """A short text that begins conversations is the same for many of them: it is kept once."""
    if message is not None and len(message.text) <= SHORT:
        return structs.replace(message, text=sys.intern(message.text))
    return message
