"""The outbox: what was said, and what becomes of it.

A message is committed as ``sending`` with its decision if its room is idle, else as ``pending``, and promoted in a
later commit; only then does it reach the network. Rooms are independent, and in order. What may have been sent twice
is counted.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Protocol

import msgspec

from chinwag.core.errors import Ambiguous, RateLimited, Refused, SendError, StoreCorrupt, Unreachable
from chinwag.core.pace import Limits
from chinwag.core.retry import Backoff
from chinwag.core.values import Address, Outgoing
from chinwag.ports import FAILED, PENDING, SENDING, SENT, UNCERTAIN, Clock, Network, Open, Receipt
from chinwag.runtime.draft import Draft
from chinwag.runtime.entry import Entry, Room, joined
from chinwag.runtime.pacing import Pacer
from chinwag.runtime.tokens import Tokens

log = logging.getLogger("chinwag")

DECIDED = {SENT, FAILED, UNCERTAIN}
MOST_UNCONFIRMED = 10_000


class World(Protocol):
    """What the outbox needs of the worker."""

    awake: bool
    draft: Draft
    epoch: int
    identity: str
    clock: Clock
    resting: set[str]

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


class Outbox:
    """All rooms of all accounts.

    Args:
        world: the worker.
        draw: gives a number in [0, 1) for the pauses between tries.
    """

    __slots__ = (
        "_draw", "_pacers", "_together", "_world", "backoff", "rooms", "stopping", "tasks", "tokens", "troubles",
        "unconfirmed",
    )  # fmt: skip

    def __init__(self, world: World, draw: Callable[[], float]) -> None:
        self._world = world
        self._draw = draw
        self._pacers: dict[str, Pacer] = {}
        self._together: dict[str, int] = {}
        self.tokens = Tokens()
        self.backoff = Backoff()
        self.rooms: dict[tuple[str, str], Room] = {}
        self.unconfirmed: dict[int, Entry] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.stopping = False
        self.troubles: dict[str, str] = {}
        """By account, why its last message was not taken; gone with the next that is."""

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is under way, but what waits for a network to come back."""
        return all(room.timer is not None for room in self.rooms.values())

    def stop(self) -> None:
        """Send nothing more but what is on its way, and of that only the part under way."""
        self.stopping = True
        for pacer in self._pacers.values():
            pacer.stop()

    def pace(self, account: str, limits: Limits) -> Pacer:
        """Speak to a network no faster than it allows."""
        pacer = self._pacers[account] = Pacer(limits, self._world.clock, lambda room: self._may_go((account, room)))
        return pacer

    def gather(self, account: str, most: int) -> None:
        """Let messages of a room go together, so many at most."""
        self._together[account] = most

    def _may_go(self, key: tuple[str, str]) -> None:
        room = self.rooms.get(key)
        if room is not None:
            self._go(room)

    def _admits(self, key: tuple[str, str]) -> bool:
        """Whether the account's pace lets this room speak now; if not, ``_may_go`` is called when it does."""
        pacer = self._pacers.get(key[0])
        return pacer is None or pacer.admits(key[1])

    def _answered(self, room: Room) -> None:
        """A send has ended, well or not: the pace is told when."""
        if (pacer := self._pacers.get(room.key[0])) is not None:
            pacer.answered(room.key[1])

    def say(self, message: Outgoing, conversation: int, network: Network, *, once: bool) -> None:
        """Put a message of the turn into the draft. Messages of one draft leave together; behind others, they wait."""
        world = self._world
        draft = world.draft
        key = (message.account, message.room)
        room = self.rooms.get(key)
        last = lead = None
        if room is None:
            room = self.rooms[key] = Room(key)
            claimed = not self.stopping
        else:
            last = room.queue[-1]
            claimed = last.claimed and room.queue[0].draft is draft and not self.stopping
        if self._together and (most := self._together.get(message.account)):
            message = self.tokens.answer(message, network, draft.at)
            message, lead = joined(message, last, draft, most, once=once)
        claimed = claimed and (lead is not None or not self._pacers or self._admits(key))
        begun, status, epoch = (draft.at, SENDING, world.epoch) if claimed else (0, PENDING, 0)
        entry = Entry(room, message, conversation, network, once, 0, begun, claimed=claimed, draft=draft, lead=lead)
        room.queue.append(entry)
        draft.entries.append(entry)
        number = message.id
        body = draft.body("outbox", number, 0, message)
        row = (number, conversation, message.account, message.room, status, epoch, draft.at, int(once), body)
        draft.batch.outbox.append(row)

    def readdress(self, key: tuple[str, str], new: str) -> None:
        """A room has another id from now on; what waits for it goes there."""
        room = self.rooms.get(key)
        if room is None:
            return
        for entry in room.queue:
            entry.message = msgspec.structs.replace(entry.message, room=new)
        target = (key[0], new)
        there = self.rooms.get(target)
        if there is None:
            room.key = target
            self.rooms[target] = room
        elif not (room.flying or room.timer or there.flying or there.timer):
            there.queue[:0] = room.queue
            for entry in room.queue:
                entry.room = there
        else:
            return  # each goes on by itself: what was said there came before anybody knew of the move
        del self.rooms[key]
        self._go(self.rooms[target])

    def show(self, message: Outgoing, network: Network) -> None:
        """Let a network show once more what it has shown before; nobody counts on it, so it has no row."""
        try:
            answer = network.send(message)
        except SendError as error:
            log.debug("message %d could not be shown again: %s", message.id, error)
            return
        if not isinstance(answer, Receipt):
            self.spawn(_shown(message, answer))

    def find(self, number: int, place: str = "") -> Entry | None:
        """The entry of a message, if it is not decided yet, or the other side will still say that it has arrived.

        Args:
            number: the message.
            place: the address where it was probably said, which is looked at first: there may be thousands of rooms.
        """
        if number in self.unconfirmed:
            return self.unconfirmed[number]
        if place:
            where = Address.parse(place)
            room = self.rooms.get((where.account, where.room))
            for entry in room.queue if room is not None else ():
                if entry.message.id == number:
                    return entry
        for room in self.rooms.values():
            for entry in room.queue:
                if entry.message.id == number:
                    return entry
        return None

    def restore(self, rows: Sequence[Open], networks: Callable[[str], Network | None]) -> list[int]:
        """At a start: take in what is not decided. What another epoch was sending is ambiguous.

        Returns:
            The numbers of messages that may now be sent a second time.
        """
        sending: list[Entry] = []
        for row in rows:
            network = networks(row.account)
            if network is None:
                continue
            try:
                message = decoded(row)
            except StoreCorrupt as error:
                log.critical("a message was left out: %s", error)
                continue
            room = self._room(row)
            entry = Entry(room, message, row.conversation, network, row.once, row.attempts, awaited=row.awaited)
            if message.lead:
                entry.follow(room.queue)
            room.queue.append(entry)
            if row.status == SENDING:
                entry.begun = row.at
                sending.append(entry)
        again = self._doubt_all(sending)
        self.rooms = {key: room for key, room in self.rooms.items() if room.queue}
        self.go()
        return again

    def _doubt_all(self, sending: list[Entry]) -> list[int]:
        """What another epoch was sending: the numbers of what is sent once more."""
        again: list[int] = []
        for lead in sending:
            if lead.lead is not None:
                continue
            together = lead.together
            if self._doubt(lead):
                again += [entry.message.id for entry in together]
            else:
                lead.room.queue = [entry for entry in lead.room.queue if entry not in together]
        return again

    def _room(self, row: Open) -> Room:
        """The room of a message that comes from the store."""
        key = (row.account, row.room)
        room = self.rooms.get(key)
        if room is None:
            room = self.rooms[key] = Room(key)
        return room

    def retry(self, row: Open, network: Network) -> None:
        """An operator wants a message sent that failed, or may have arrived."""
        room = self._room(row)
        entry = Entry(room, decoded(row), row.conversation, network, row.once, awaited=row.awaited)
        self._world.draft.batch.retried.append((row.number,))
        room.queue.append(entry)
        self._go(room)

    def act(self, draft: Draft) -> None:
        """The draft is durable: send."""
        for entry in draft.promoted:
            entry.durable = True
        for entry in draft.entries:
            entry.durable = entry.claimed
            entry.draft = None
        for entries in (draft.promoted, draft.entries):
            for entry in entries:
                room = entry.room
                if not room.flying and room.timer is None:
                    self._go(room)

    def undo(self, draft: Draft) -> None:
        """The draft's commit failed: its messages were never said, its claims never made."""
        for entry in draft.entries:
            room = entry.room
            room.queue.remove(entry)
            if not room.queue:
                del self.rooms[room.key]
        for entry, (_, _, doubled) in zip(draft.promoted, draft.batch.promotions, strict=True):
            entry.claimed = False
            entry.doubtful = entry.doubtful or bool(doubled)

    def is_flying(self, account: str) -> bool:
        """Whether a message of an account is on its way, or is about to be."""
        return any(room.key[0] == account and (room.flying or room.queue[0].claimed) for room in self.rooms.values())

    def leave(self, account: str) -> None:
        """An account goes: what it has to say stays in the store. What is on its way still is decided there."""
        for key in [key for key in self.rooms if key[0] == account]:
            room = self.rooms.pop(key)
            room.queue.clear()
            if room.timer is not None:
                room.timer.cancel()
        self._pacers.pop(account, None)
        self.troubles.pop(account, None)

    def waiting(self) -> dict[str, int]:
        """By account, how many messages are not decided yet; those that have none are left out."""
        found: dict[str, int] = {}
        for (account, _), room in self.rooms.items():
            found[account] = found.get(account, 0) + len(room.queue)
        return found

    def resume(self, account: str) -> None:
        """The network of an account is there again: what waits to be tried once more is tried now."""
        for key, room in list(self.rooms.items()):
            if key[0] == account and room.timer is not None:
                room.timer.cancel()
                room.timer = None
                self._go(room)

    def go(self) -> None:
        """Let every room go on that can."""
        for room in list(self.rooms.values()):
            self._go(room)

    def _go(self, room: Room) -> None:
        """Send the first message of a room, and the next, as far as they are claimed; claim the one after."""
        queue = room.queue
        while queue and not room.flying and room.timer is None:
            entry = queue[0]
            if entry.keyed and entry.claimed == entry.durable and not self._still_known(entry):
                continue
            if entry.claimed and entry.durable:
                room.flying = True
                self._send(entry)
                continue
            if not entry.claimed and entry.draft in {None, self._world.draft}:
                self._claim(entry)  # not while its own row is being written: that commit would take it for a claim
            return

    def _still_known(self, entry: Entry) -> bool:
        """Whether the network knows its key still; else it is doubted anew, and what may double is counted first."""
        if self._world.now < self._known_until(entry):
            return True
        for one in entry.together:
            one.keyed = one.claimed = one.durable = False
        self._doubt(entry)
        return False

    def _known_until(self, entry: Entry) -> int:
        """Until when the network knows a second try for one; 0 if it never does."""
        if entry.message.account in self._together:
            until: int = entry.network.known_until(entry.message, entry.begun)
            return until
        window: int = entry.network.window
        return entry.begun + window if window else 0

    def _claim(self, entry: Entry) -> None:
        """It is sent once the claim is durable."""
        account = entry.room.key[0]
        if self.stopping or account in self._world.resting:
            return
        if self._pacers and not self._admits(entry.room.key):
            return
        draft = self._world.draft
        for one in entry.together:
            one.claimed = True
            one.durable = False
            one.begun = one.begun or self._world.now
            draft.batch.promotions.append((one.message.id, self._world.epoch, int(one.doubtful)))
            draft.promoted.append(one)
            one.doubtful = False
            draft.rows += 1
        self._world.hurry()

    def _send(self, entry: Entry) -> None:
        message, network = entry.message, entry.network
        if message.account in self._together and not message.target:
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
        if type(answer) is Receipt:
            self._sent(entry, answer)
        else:
            self.spawn(self._finish(entry, answer))

    def _keyed(self, entry: Entry) -> Outgoing:
        """The message with the key under which its network takes it only once."""
        if not entry.network.window:
            return entry.message
        return msgspec.structs.replace(entry.message, key=f"{self._world.identity}-{entry.message.id}")

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something run that a stop waits for."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

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
        except Exception as error:  # noqa: BLE001 - sorted by kind in _troubled
            self._troubled(entry, error)
        else:
            if receipt.became:  # the next edit has to find it
                self._world.draft.mark((entry.message.target, fate[0], receipt.became, fate[2], 1, 0))
            self._sent(entry, receipt)
        self._go(entry.room)

    async def _finish_together(self, lead: Entry, together: list[Entry]) -> None:
        for entry in together:
            entry.attempts += 1
        try:
            messages = [self._keyed(entry) for entry in together]
            outcomes = await lead.network.send_together(messages, again=lead.keyed)
        except Exception as error:  # noqa: BLE001 - sorted by kind in _troubled
            self._troubled(lead, error)
        else:
            for entry, outcome in zip(together, outcomes, strict=True):
                if isinstance(outcome, Receipt):
                    self._sent(entry, outcome)
                else:
                    self._troubled(entry, outcome)
        self._go(lead.room)

    def partly(self, message: Outgoing, made: str) -> None:
        """A part of a message that is on its way is at the network; whenever it is sent once more, only the rest is.

        Args:
            message: the message.
            made: what of it the network has, in its own words.
        """
        room = self.rooms.get((message.account, message.room))
        first = room.queue[0] if room is not None else None
        entry = first if first is not None and first.message.id == message.id else self.find(message.id)
        if entry is not None:
            entry.message = msgspec.structs.replace(entry.message, made=made)
            self._world.draft.mark((message.id, SENDING, made, "", entry.attempts, 0))
            self._world.hurry()

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
            self._world.draft.mark((number, FAILED, "", error, entry.attempts, 1))
        if entry.awaited or error:
            self._world.settled(entry, error)

    def _troubled(self, entry: Entry, error: Exception) -> None:
        """Sort what went wrong: decided, never arrived, not now, or unknown."""
        self.troubles[entry.room.key[0]] = str(error) or type(error).__name__
        if isinstance(error, Refused):
            for one in entry.together:
                self._decided(one, FAILED, one.message.made, str(error) or "refused")
        elif isinstance(error, RateLimited):
            self._later(entry, round(error.retry_after * 1_000_000), SENDING if entry.keyed else PENDING)
        elif isinstance(error, Unreachable):
            delay = self.backoff.delay(entry.attempts - 1, self._draw())
            self._later(entry, delay, SENDING if entry.keyed else PENDING)
        else:
            if not isinstance(error, Ambiguous):
                log.error("%s met an unexpected error while sending: %s", entry.message.account, error, exc_info=error)
            if self._doubt(entry):
                # The store keeps it as being sent: after a crash, too, it may have arrived.
                self._later(entry, self.backoff.delay(entry.attempts - 1, self._draw()), SENDING)

    def _doubt(self, entry: Entry) -> bool:
        """It may have arrived. Whether it is sent again: under a key it may be, else the bot's wish decides."""
        together = entry.together
        if self._world.now < self._known_until(entry):
            for one in together:
                one.keyed = True
            return True
        if not entry.once:
            for one in together:
                one.doubtful = True
            if entry.message.account in self._together:  # the token of an answer is of no use any more
                entry.message = msgspec.structs.replace(entry.message, reply="")
            return True
        for one in together:
            self._decided(one, UNCERTAIN, one.message.made, "it may or may not have arrived")
        return False

    def _later(self, entry: Entry, delay: int, status: str = PENDING) -> None:
        draft, room = self._world.draft, entry.room
        for one in entry.together:
            draft.mark((one.message.id, status, one.message.made, "", one.attempts, 0))
            one.claimed = one.durable = False
        room.flying = False
        if self._pacers:
            self._answered(room)
        due = self._world.clock.now() + delay

        def again() -> None:
            if self._world.clock.now() < due:
                room.timer = self._world.clock.call_at(due, again)
                return
            room.timer = None
            self._go(room)

        room.timer = self._world.clock.call_at(due, again)
        self._world.hurry()

    def _decided(self, entry: Entry, status: str, ref: str, words: str) -> None:
        """It is over with this message: mark it, tell who waits, and on with the room."""
        world, room = self._world, entry.room
        if status == SENT and self.troubles:
            self.troubles.pop(room.key[0], None)
        world.draft.mark((entry.message.id, status, ref, words, entry.attempts, 1 if status == FAILED else 0))
        if self._pacers:
            self._answered(room)
        queue = room.queue
        if queue and queue[0] is entry:
            del queue[0]
            room.flying = False
            if not queue:
                del self.rooms[room.key]
        if (entry.awaited and entry.message.id not in self.unconfirmed) or status == FAILED:
            world.settled(entry, "" if status == SENT else words)
        if not world.awake:
            world.hurry()


async def _shown(message: Outgoing, answer: Awaitable[Receipt]) -> None:
    try:
        await answer
    except SendError as error:
        log.debug("message %d could not be shown again: %s", message.id, error)


def decoded(row: Open) -> Outgoing:
    """A message as the store has it."""
    try:
        message = msgspec.json.decode(row.body, type=Outgoing)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        msg = f"message {row.number} of the outbox is damaged ({error}): restore the database"
        raise StoreCorrupt(msg) from None
    if message.room == row.room and not row.ref:
        return message
    # The row knows better where a room is that has moved, and what of the message has gone out.
    return msgspec.structs.replace(message, room=row.room, made=row.ref)
