"""Updates that were handed over and are not durable yet.

Owns what may be told to Telegram: below ``offset`` all is durable, in whatever order that came about. An update that
comes again while the first is under way waits for the same commit.
"""

import asyncio
from collections.abc import Callable

Done = Callable[[], None]


class Window:
    """The updates under way, by number."""

    def __init__(self) -> None:
        self._open: dict[int, tuple[int, list[Done]]] = {}
        self._highest = -1
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def offset(self) -> int:
        """The first update that may not be durable; 0 before the first of all."""
        return min(self._open) if self._open else self._highest + 1

    @property
    def open(self) -> int:
        """How many are under way."""
        return len(self._open)

    def enter(self, number: int, events: int, done: Done | None = None) -> bool:
        """An update came.

        Args:
            number: its ``update_id``.
            events: how often ``settle`` will be called for it; with 0 it is durable already.
            done: called when it is durable.

        Returns:
            Whether it is to be handed over; false if it is under way already.
        """
        if number in self._open:
            if done is not None:
                self._open[number][1].append(done)
            return False
        self._highest = max(self._highest, number)
        if events:
            self._open[number] = (events, [done] if done is not None else [])
            self._empty.clear()
        elif done is not None:
            done()
        return True

    def settle(self, number: int) -> None:
        """One of an update's events is durable."""
        left, waiting = self._open.pop(number)
        if left > 1:
            self._open[number] = (left - 1, waiting)
            return
        for done in waiting:
            done()
        if not self._open:
            self._empty.set()

    async def clear(self, patience: float) -> bool:
        """Wait until nothing is under way.

        Args:
            patience: for how long at most, in seconds.

        Returns:
            Whether nothing is.
        """
        try:
            async with asyncio.timeout(patience):
                await self._empty.wait()
        except TimeoutError:
            return False
        return True
