"""How users call themselves, which LINE's events do not say.

A name is asked for when somebody is met, and kept for a day. The message of somebody unknown waits for it, for half a
second at most, and those behind it of the same user wait with it; without an answer it goes on without a name.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from functools import partial
from time import monotonic

from msgspec.structs import replace

from chinwag.core.errors import SendError
from chinwag.core.values import Arrival

MOST = 10_000
DAY, FAILED = 86_400.0, 300.0
PATIENCE = 0.5
"""Seconds."""

Receive = Callable[[Arrival], None]


class Names:
    """The names of an account's users.

    Args:
        ask: asks LINE for the name of somebody in a room.
        clock: seconds, from anywhere.
    """

    def __init__(self, ask: Callable[[str, str], Awaitable[str]], clock: Callable[[], float] = monotonic) -> None:
        self._ask, self._clock = ask, clock
        self._known: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._waiting: dict[str, list[tuple[Arrival, Receive]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def named(self, arrival: Arrival, now: int, receive: Receive) -> None:
        """Hand an arrival on with its sender's name, at once if that is known.

        Args:
            arrival: from whom.
            now: when it came, in microseconds.
            receive: takes it.
        """
        user = arrival.user
        if user in self._waiting:
            self._waiting[user].append((replace(arrival, at=now), receive))
            return
        name, until = self._known.get(user, ("", 0.0))
        if until > self._clock():
            receive(replace(arrival, name=name) if name else arrival)
            return
        self._waiting[user] = [(replace(arrival, at=now), receive)]
        task = asyncio.get_running_loop().create_task(self._learn(arrival.room, user))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        asyncio.get_running_loop().call_later(PATIENCE, partial(self._go_on, user))

    async def stop(self) -> None:
        """Ask no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _learn(self, room: str, user: str) -> None:
        name, keep = "", FAILED
        try:
            name, keep = await self._ask(room, user), DAY
        except SendError:
            pass  # a bot goes on without names
        finally:
            self._known[user] = (name, self._clock() + keep)
            self._known.move_to_end(user)
            if len(self._known) > MOST:
                self._known.popitem(last=False)
            self._go_on(user)

    def _go_on(self, user: str) -> None:
        """Whoever waits has waited long enough."""
        name, _ = self._known.get(user, ("", 0.0))
        for arrival, receive in self._waiting.pop(user, ()):
            receive(replace(arrival, name=name) if name else arrival)
