"""The pace of one account: which room's message goes next, and when.

A network that declares ``limits`` is not spoken to faster. A room that must wait for itself has an alarm of its own;
rooms that must wait for the account stand in a queue, one message a turn, so a room that has much to say holds up
nobody. A token is taken when a message is claimed, before it is committed as being sent.

Rule: nothing polls. One alarm is set for the account, and one for each room that waits for itself; one that rings early
finds no token, and is set again.
"""

import asyncio
from collections import deque
from collections.abc import Callable

from chinwag.core.errors import Unreachable
from chinwag.core.pace import Bucket, Limit, Limits
from chinwag.ports import Clock

STOPPING = "the process stops"
MANY_ROOMS = 1_000
"""So many rooms' buckets are kept before those that are full again are dropped."""


class Pacer:
    """Says when a room may speak.

    Args:
        limits: what the network allows.
        clock: the time, and alarms.
        go: called with a room that may go now; it asks again.
    """

    __slots__ = (
        "_clock",
        "_go",
        "_granted",
        "_limits",
        "_overall",
        "_queue",
        "_rooms",
        "_stopped",
        "_sweep",
        "_turns",
        "_waiting",
    )

    def __init__(self, limits: Limits, clock: Clock, go: Callable[[str], None]) -> None:
        self._limits = limits
        self._clock = clock
        self._go = go
        self._overall = _buckets(limits.overall)
        self._rooms: dict[str, list[Bucket]] = {}
        self._waiting: set[str] = set()
        self._queue: deque[str] = deque()
        self._granted = ""
        self._turns: dict[str, asyncio.Future[None]] = {}
        self._sweep = MANY_ROOMS
        self._stopped = False

    def admits(self, room: str) -> bool:
        """Whether a room's next message may go now; if so, its tokens are taken, else ``go`` is called later.

        Args:
            room: the room.
        """
        if room in self._waiting:
            return False
        now = self._clock.now()
        own = self._own(room)
        due = _ready_at(own, now)
        if due > now:
            self._waiting.add(room)
            self._clock.call_at(due, lambda: self._awake(room))
            return False
        if room != self._granted and (self._queue or _ready_at(self._overall, now) > now):
            self._waiting.add(room)
            self._queue.append(room)
            if len(self._queue) == 1:
                self._clock.call_at(_ready_at(self._overall, now), self._next)
            return False
        for bucket in (*own, *self._overall):
            bucket.take(now)
        return True

    async def turn(self, room: str) -> None:
        """Wait until a room whose message is on its way may be spoken to once more; then its tokens are taken.

        Args:
            room: the room; one wait at a time.

        Raises:
            Unreachable: the process stops, and the rest is for the next start.
        """
        self.answered(room)
        if self._stopped:
            raise Unreachable(STOPPING)
        if not self.admits(room):
            waiting = self._turns[room] = asyncio.get_running_loop().create_future()
            try:
                await waiting
            finally:
                del self._turns[room]

    def stop(self) -> None:
        """Let nobody go on with a message of which a part has gone out."""
        self._stopped = True
        for waiting in self._turns.values():
            if not waiting.done():
                waiting.set_exception(Unreachable(STOPPING))

    def answered(self, room: str) -> None:
        """What a room was last admitted for has reached the network some time until now: the limits count from now.

        Args:
            room: the room.
        """
        now = self._clock.now()
        for bucket in (*self._own(room), *self._overall):
            bucket.answered(now)

    def _let_go(self, room: str) -> None:
        """A room's time has come: for what is left of a message on its way, else for its next one."""
        waiting = self._turns.get(room)
        if waiting is None or waiting.done():
            self._go(room)
        elif self.admits(room):
            waiting.set_result(None)

    def _own(self, room: str) -> list[Bucket]:
        key, limits = self._limits.room(room)
        found = self._rooms.get(key)
        if found is None:
            if len(self._rooms) >= self._sweep:
                self._forget()
            found = self._rooms[key] = _buckets(limits)
        return found

    def _forget(self) -> None:
        """Drop the buckets that are full; look again when there are twice as many as were left."""
        now = self._clock.now()
        self._rooms = {key: own for key, own in self._rooms.items() if not all(bucket.idle(now) for bucket in own)}
        self._sweep = max(MANY_ROOMS, 2 * len(self._rooms))

    def _awake(self, room: str) -> None:
        """A room's own time has come."""
        self._waiting.discard(room)
        self._let_go(room)

    def _next(self) -> None:
        """Let the rooms go whose turn it is, as far as the account's tokens reach."""
        while self._queue:
            now = self._clock.now()
            due = _ready_at(self._overall, now)
            if due > now:
                self._clock.call_at(due, self._next)
                return
            room = self._granted = self._queue.popleft()
            self._waiting.discard(room)
            self._let_go(room)
            self._granted = ""


def _buckets(limits: tuple[Limit, ...]) -> list[Bucket]:
    return [Bucket(limit) for limit in limits]


def _ready_at(buckets: list[Bucket], now: int) -> int:
    return max((bucket.ready_at(now) for bucket in buckets), default=now)
