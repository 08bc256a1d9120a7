"""Delivery: a message at its network, and what becomes of it.

Owns how each network may be spoken to: how fast, how many messages at once, under which key. What is handed over ends
as sent, failed or uncertain, or is tried again later. What may have arrived goes once more under its key while the
network knows that, else as the bot wishes, and is counted. Refuses to choose whose turn it is: the outbox does.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from chinwag.core.errors import Ambiguous, RateLimited, Refused, SendError, Unreachable
from chinwag.core.pace import Limits
from chinwag.core.retry import Backoff
from chinwag.core.tags import as_text
from chinwag.core.values import Outgoing
from chinwag.ports import FAILED, PENDING, SENDING, SENT, UNCERTAIN, Clock, Network, Receipt
from chinwag.runtime.draft import Draft
from chinwag.runtime.entry import Entry, Room
from chinwag.runtime.pacing import Pacer

if TYPE_CHECKING:
    from chinwag.runtime.outbox import Outbox

log = logging.getLogger("chinwag")

DECIDED = {SENT, FAILED, UNCERTAIN}
MOST_UNCONFIRMED = 10_000


class World(Protocol):
    """What delivery needs of the worker."""

    awake: bool
    draft: Draft
    identity: str
    clock: Clock
    outbox: "Outbox"

    @property
    def now(self) -> int:
        """The time of the moment under way, in microseconds."""
        ...

    def hurry(self) -> None:
        """There is something to commit."""
        ...

    def settled(self, entry: Entry, error: str) -> None:
        """Somebody waits for this message, or must hear that it was refused."""
        ...

    async def fate(self, number: int) -> tuple[str, str, str]:
        """What became of an earlier message: status, the network's own id, error."""
        ...


class Delivery:
    """Speaks to the networks of all accounts.

    Args:
        world: the worker.
        draw: gives a number in [0, 1) for the pauses between tries.
    """

    __slots__ = ("_draw", "_world", "backoff", "pacers", "tasks", "together", "troubles", "unconfirmed")

    def __init__(self, world: World, draw: Callable[[], float]) -> None:
        self._world = world
        self._draw = draw
        self.backoff = Backoff()
        self.pacers: dict[str, Pacer] = {}
        """By account, for those whose network has limits."""
        self.together: dict[str, int] = {}
        """By account, how many messages of a room may go together, where several may."""
        self.unconfirmed: dict[int, Entry] = {}
        """By number, what was sent, and the other side will still say that it has arrived."""
        self.troubles: dict[str, str] = {}
        """By account, why its last message was not taken; gone with the next that is."""
        self.tasks: set[asyncio.Task[None]] = set()

    # -- how a network may be spoken to -------------------------------------------------------------------------------

    def pace(self, account: str, limits: Limits) -> Pacer:
        """Speak to a network no faster than it allows."""
        outbox = self._world.outbox
        pacer = self.pacers[account] = Pacer(limits, self._world.clock, lambda room: outbox.may_go((account, room)))
        return pacer

    def gather(self, account: str, most: int) -> None:
        """Let messages of a room go together, so many at most."""
        self.together[account] = most

    def admits(self, key: tuple[str, str]) -> bool:
        """Whether the account's pace lets this room speak now; if not, ``Outbox.may_go`` is called when it does."""
        pacer = self.pacers.get(key[0])
        return pacer is None or pacer.admits(key[1])

    def _answered(self, room: Room) -> None:
        """A send has ended, well or not: the pace is told when."""
        if (pacer := self.pacers.get(room.key[0])) is not None:
            pacer.answered(room.key[1])

    def stop(self) -> None:
        """Of what is on its way, send only the part under way."""
        for pacer in self.pacers.values():
            pacer.stop()

    def leave(self, account: str) -> None:
        """An account goes."""
        self.pacers.pop(account, None)
        self.troubles.pop(account, None)

    # -- sending ------------------------------------------------------------------------------------------------------

    def send(self, entry: Entry) -> None:
        """Hand a message to its network; its claim is durable."""
        message, network = entry.message, entry.network
        if self.together and message.account in self.together and not message.target:
            self.spawn(self._finish_together(entry, entry.together))
            return
        entry.attempts += 1
        if message.target:
            self.spawn(self._finish(entry, None))
            return
        try:
            answer = network.send(self._keyed(entry) if network.window else message)
        except Exception as error:  # noqa: BLE001 - sorted by kind in _troubled
            self._troubled(entry, error)
            return
        if type(answer) is not Receipt:
            self.spawn(self._finish(entry, answer))
        elif answer.awaits:
            self._sent(entry, answer)
        else:  # what most sends answer
            self._decided(entry, SENT, answer.ref, answer.note)

    def _keyed(self, entry: Entry) -> Outgoing:
        """The message with the key under which its network takes it only once."""
        if not entry.network.window:
            return entry.message
        return msgspec.structs.replace(entry.message, key=f"{self._world.identity}-{entry.message.id}")

    async def _finish(self, entry: Entry, answer: Any) -> None:
        fate = ("", "", "")
        try:
            if answer is None:
                message = self._keyed(entry)
                if message.target:
                    fate = await self._world.fate(message.target)
                    message = msgspec.structs.replace(message, ref=fate[1])
                answer = entry.network.send(message)
            receipt = answer if isinstance(answer, Receipt) else await answer
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - sorted by kind in _troubled
            self._troubled(entry, _met(error))
        else:
            if receipt.became:  # the next edit has to find it
                target = entry.message.target
                self._world.draft.marked[target] = (target, fate[0], receipt.became, fate[2], 1, 0)
            self._sent(entry, receipt)
        self._world.outbox.go_on(entry.room)

    async def _finish_together(self, lead: Entry, together: list[Entry]) -> None:
        for entry in together:
            entry.attempts += 1
        try:
            messages = [self._keyed(entry) for entry in together]
            outcomes = await lead.network.send_together(messages, again=lead.keyed)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - sorted by kind in _troubled
            self._troubled(lead, _met(error))
        else:
            for entry, outcome in zip(together, outcomes, strict=True):
                if isinstance(outcome, Receipt):
                    self._sent(entry, outcome)
                else:
                    self._troubled(entry, outcome)
        self._world.outbox.go_on(lead.room)

    def show(self, message: Outgoing, network: Network) -> None:
        """Let a network show once more what it has shown before; nobody counts on it, so it has no row."""
        try:
            answer = network.send(message)
        except SendError as error:
            log.debug("message %d could not be shown again: %s", message.id, error)
            return
        if not isinstance(answer, Receipt):
            self.spawn(_shown(message, answer))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something run that a stop waits for."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    # -- what becomes of it -------------------------------------------------------------------------------------------

    def _sent(self, entry: Entry, receipt: Receipt) -> None:
        """The network has taken it; whoever waits for its delivery may have to wait for the other side."""
        if receipt.awaits:
            if len(self.unconfirmed) >= MOST_UNCONFIRMED:
                self.confirm(next(iter(self.unconfirmed)), "")
            self.unconfirmed[entry.message.id] = entry
        self._decided(entry, SENT, receipt.ref, receipt.note)

    def confirm(self, number: int, error: str) -> None:
        """The other side says that a message has arrived, or it came back.

        Args:
            number: the message's.
            error: why it came back; empty if it has arrived.
        """
        entry = self.unconfirmed.pop(number, None)
        if entry is None:
            return
        if error:
            self._world.draft.marked[number] = (number, FAILED, "", error, entry.attempts, 1)
        if entry.awaited or error:
            self._world.settled(entry, error)

    def partly(self, message: Outgoing, made: str) -> None:
        """A part of a message that is on its way is at the network; whenever it is sent once more, only the rest is.

        Args:
            message: the message.
            made: what of it the network has, in its own words.
        """
        outbox = self._world.outbox
        room = outbox.rooms.get((message.account, message.room))
        first = room.queue[0] if room is not None else None
        entry = first if first is not None and first.message.id == message.id else outbox.find(message.id)
        if entry is not None:
            entry.message = msgspec.structs.replace(entry.message, made=made)
            self._world.draft.marked[message.id] = (message.id, SENDING, made, "", entry.attempts, 0)
            self._world.hurry()

    def _troubled(self, entry: Entry, error: Exception) -> None:
        """Sort what went wrong: decided, never arrived, not now, or unknown."""
        self.troubles[entry.room.key[0]] = str(error) or type(error).__name__
        if isinstance(error, Refused):
            for one in entry.together:
                self._decided(one, FAILED, one.message.made, as_text(str(error)) or "refused")
        elif isinstance(error, RateLimited):
            self._later(entry, round(error.retry_after * 1_000_000), SENDING if entry.keyed else PENDING)
        elif isinstance(error, Unreachable):
            delay = self.backoff.delay(entry.attempts - 1, self._draw())
            self._later(entry, delay, SENDING if entry.keyed else PENDING)
        else:
            if not isinstance(error, Ambiguous):
                log.error("%s met an unexpected error while sending: %s", entry.message.account, error, exc_info=error)
            if self.doubt(entry):
                # The store keeps it as being sent: after a crash, too, it may have arrived.
                self._later(entry, self.backoff.delay(entry.attempts - 1, self._draw()), SENDING)

    def doubt(self, entry: Entry) -> bool:
        """It may have arrived. Whether it is sent again: under a key it may be, else the bot's wish decides."""
        together = entry.together
        if self._world.now < self._known_until(entry):
            for one in together:
                one.keyed = True
            return True
        if not entry.once:
            for one in together:
                one.doubtful = True
            if entry.message.account in self.together:  # the token of an answer is of no use any more
                entry.message = msgspec.structs.replace(entry.message, reply="")
            return True
        for one in together:
            self._decided(one, UNCERTAIN, one.message.made, "it may or may not have arrived")
        return False

    def still_known(self, entry: Entry) -> bool:
        """Whether the network knows its key still; else it is doubted anew, and what may double is counted first."""
        if self._world.now < self._known_until(entry):
            return True
        for one in entry.together:
            one.keyed = one.claimed = one.durable = False
        self.doubt(entry)
        return False

    def _known_until(self, entry: Entry) -> int:
        """Until when the network knows a second try for one; 0 if it never does."""
        if entry.message.account in self.together:
            until: int = entry.network.known_until(entry.message, entry.begun)
            return until
        window: int = entry.network.window
        return entry.begun + window if window else 0

    def _later(self, entry: Entry, delay: int, status: str = PENDING) -> None:
        draft, room = self._world.draft, entry.room
        for one in entry.together:
            number = one.message.id
            draft.marked[number] = (number, status, one.message.made, "", one.attempts, 0)
            one.claimed = one.durable = False
        room.flying = False
        if self.pacers:
            self._answered(room)
        due = self._world.clock.now() + delay

        def again() -> None:
            nonlocal due
            now = self._world.clock.now()
            if now < due:
                due = min(due, now + delay)  # the clock was set back: nobody waits for it to catch up
                room.timer = self._world.clock.call_at(due, again)
                return
            room.timer = None
            self._world.outbox.go_on(room)

        room.timer = self._world.clock.call_at(due, again)
        self._world.hurry()

    def _decided(self, entry: Entry, status: str, ref: str, words: str) -> None:
        """It is over with this message: mark it, tell who waits, and on with the room."""
        world, room, number, failed = self._world, entry.room, entry.message.id, status == FAILED
        if self.troubles and status == SENT:
            self.troubles.pop(room.key[0], None)
        world.draft.marked[number] = (number, status, ref, words, entry.attempts, failed)
        if self.pacers:
            self._answered(room)
        queue = room.queue
        if queue and queue[0] is entry:
            del queue[0]
            room.flying = False
            if not queue:
                del world.outbox.rooms[room.key]
        if failed or (entry.awaited and number not in self.unconfirmed):
            world.settled(entry, "" if status == SENT else words)
        if not world.awake:
            world.hurry()


def _met(error: BaseException) -> Exception:
    """What a send has met. A client that cancels what it waits for, as its line breaks, leaves it open what came of it.

    Raises:
        asyncio.CancelledError: if it is the send itself that is cancelled.
    """
    if isinstance(error, Exception):
        return error
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise error
    return Ambiguous("the network's client gave up waiting")


async def _shown(message: Outgoing, answer: Awaitable[Receipt]) -> None:
    try:
        await answer
    except SendError as error:
        log.debug("message %d could not be shown again: %s", message.id, error)
