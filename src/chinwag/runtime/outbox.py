"""The outbox: what was said, and whose turn it is.

A message is committed as ``sending`` with its decision if its room is idle, else as ``pending``, and promoted in a
later commit; only then is it handed to ``delivery``. Rooms are independent, and in order. What is sent though it may
have arrived is counted first.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

from chinwag.core.errors import StoreCorrupt
from chinwag.core.values import Address, Outgoing
from chinwag.ports import PENDING, SENDING, Network, Open
from chinwag.runtime.delivery import Delivery
from chinwag.runtime.draft import Draft
from chinwag.runtime.entry import Entry, Room, joined
from chinwag.runtime.tokens import Tokens

log = logging.getLogger("chinwag")


class World(Protocol):
    """What the outbox needs of the worker."""

    draft: Draft
    epoch: int
    resting: set[str]

    @property
    def now(self) -> int:
        """The time of the moment under way, in microseconds."""
        ...

    def hurry(self) -> None:
        """There is something to commit."""
        ...


class Outbox:
    """All rooms of all accounts.

    Args:
        world: the worker.
        delivery: takes what may go.
    """

    __slots__ = ("_delivery", "_world", "rooms", "stopping", "tokens")

    def __init__(self, world: World, delivery: Delivery) -> None:
        self._world = world
        self._delivery = delivery
        self.tokens = Tokens()
        self.rooms: dict[tuple[str, str], Room] = {}
        self.stopping = False

    @property
    def idle(self) -> bool:
        """Whether nothing waits and nothing is under way, but what waits for a network to come back."""
        return all(room.timer is not None for room in self.rooms.values())

    def stop(self) -> None:
        """Send nothing more but what is on its way, and of that only the part under way."""
        self.stopping = True
        self._delivery.stop()

    def may_go(self, key: tuple[str, str]) -> None:
        """The pace lets a room speak now."""
        room = self.rooms.get(key)
        if room is not None:
            self.go_on(room)

    def say(self, message: Outgoing, conversation: int, network: Network, *, once: bool) -> None:
        """Put a message of the turn into the draft. Messages of one draft leave together; behind others, they wait."""
        world, delivery, account = self._world, self._delivery, message.account
        draft = world.draft
        key = (account, message.room)
        room = self.rooms.get(key)
        last = lead = None
        if room is None:
            room = self.rooms[key] = Room(key)
            claimed = not self.stopping
        else:
            last = room.queue[-1]
            claimed = last.claimed and room.queue[0].draft is draft and not self.stopping
        if delivery.together and (most := delivery.together.get(account)):
            message = self.tokens.answer(message, network, draft.at)
            message, lead = joined(message, last, draft, most, once=once)
        claimed = claimed and (lead is not None or not delivery.pacers or delivery.admits(key))
        begun, status, epoch = (draft.at, SENDING, world.epoch) if claimed else (0, PENDING, 0)
        entry = Entry(room, message, conversation, network, once, claimed, begun, draft, lead)
        room.queue.append(entry)
        draft.entries.append(entry)
        number = message.id
        body = draft.body("outbox", number, 0, message)
        row = (number, conversation, account, message.room, status, epoch, draft.at, once, body)
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
        self.go_on(self.rooms[target])

    def find(self, number: int, place: str = "") -> Entry | None:
        """The entry of a message, if it is not decided yet, or the other side will still say that it has arrived.

        Args:
            number: the message.
            place: the address where it was probably said, which is looked at first: there may be thousands of rooms.
        """
        if number in self._delivery.unconfirmed:
            return self._delivery.unconfirmed[number]
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
            entry = Entry(room, message, row.conversation, network, row.once, awaited=row.awaited)
            entry.attempts = row.attempts
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
            if self._delivery.doubt(lead):
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
        self.go_on(room)

    def act(self, draft: Draft) -> None:
        """The draft is durable: send."""
        for entry in draft.promoted:
            entry.durable = True
        for entry in draft.entries:
            entry.durable = entry.claimed
            entry.draft = None
        for entries in (draft.promoted, draft.entries):
            for entry in entries:
                self.go_on(entry.room)

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
        self._delivery.leave(account)

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
                self.go_on(room)

    def go(self) -> None:
        """Let every room go on that can."""
        for room in list(self.rooms.values()):
            self.go_on(room)

    def go_on(self, room: Room) -> None:
        """Send the first message of a room, and the next, as far as they are claimed; claim the one after."""
        queue = room.queue
        while queue and not room.flying and room.timer is None:
            entry = queue[0]
            if entry.keyed and entry.claimed == entry.durable and not self._delivery.still_known(entry):
                continue
            if entry.claimed and entry.durable:
                room.flying = True
                self._delivery.send(entry)
                continue
            if not entry.claimed and entry.draft in {None, self._world.draft}:
                self._claim(entry)  # not while its own row is being written: that commit would take it for a claim
            return

    def _claim(self, entry: Entry) -> None:
        """It is sent once the claim is durable."""
        account = entry.room.key[0]
        if self.stopping or account in self._world.resting:
            return
        if self._delivery.pacers and not self._delivery.admits(entry.room.key):
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
