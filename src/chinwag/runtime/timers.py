"""Deadlines: a heap in memory, fed from the store's index.

The heap holds all deadlines up to a horizon, the store has the rest. When the heap runs out, the next ones are
loaded, so memory stays bounded and nothing polls. An entry that is early or stale is harmless: whoever is called
looks again.
"""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Protocol

from chinwag.ports import Clock, Timer

NEVER = 1 << 62
WINDOW = 10_000
MOST_IN_MEMORY = 4 * WINDOW


class Source(Protocol):
    """The next deadlines of a store after one, in order: (due, number) each."""

    async def __call__(self, after: tuple[int, int], limit: int) -> list[tuple[int, int]]:
        """Read them."""
        ...


class Timers:
    """One heap over one table of deadlines.

    Args:
        clock: the time.
        source: reads the store.
        ready: called when something is due, or when more must be loaded; it calls ``due``.
    """

    __slots__ = ("_clock", "_heap", "_ready", "_source", "_timer", "_timer_due", "horizon")

    def __init__(self, clock: Clock, source: Source, ready: Callable[[], None]) -> None:
        self._clock = clock
        self._source = source
        self._ready = ready
        self._heap: list[tuple[int, int]] = []
        self.horizon = (0, 0)
        self._timer: Timer | None = None
        self._timer_due = NEVER

    async def load(self) -> None:
        """Read the next deadlines from the store."""
        found = await self._source(self.horizon, WINDOW)
        for entry in found:
            heappush(self._heap, entry)
        self.horizon = found[-1] if len(found) == WINDOW else (NEVER, NEVER)
        self.arm()

    async def refresh(self) -> None:
        """Read the next deadlines anew: there may be some again that came, and that nobody was there to meet."""
        found = await self._source((0, 0), WINDOW)
        self._heap = sorted({*self._heap, *found})
        self.horizon = found[-1] if len(found) == WINDOW else (NEVER, NEVER)
        self.arm()

    def add(self, due: int, number: int) -> None:
        """A deadline is durable, or about to be."""
        if (due, number) <= self.horizon:
            heappush(self._heap, (due, number))
            if due < self._timer_due:
                self.arm()
            if len(self._heap) > MOST_IN_MEMORY:
                self._shrink()

    def _shrink(self) -> None:
        """Leave the far ones to the store."""
        self._heap.sort()
        del self._heap[WINDOW:]
        self.horizon = self._heap[-1]

    async def due(self, now: int, limit: int) -> list[tuple[int, int]]:
        """Take what is due, at most ``limit``; what was added twice comes once."""
        heap = self._heap
        taken: list[tuple[int, int]] = []
        while len(taken) < limit:
            if not heap:
                if self.horizon[0] == NEVER:
                    break
                await self.load()
                continue
            if heap[0][0] > now:
                break
            entry = heappop(heap)
            if not taken or taken[-1] != entry:
                taken.append(entry)
        self.arm()
        return taken

    def arm(self) -> None:
        """Have the clock call when the next one is due."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._heap[0][0] if self._heap else 0 if self.horizon[0] != NEVER else NEVER
        self._timer_due = due
        if due != NEVER:
            self._timer = self._clock.call_at(due, self._come)

    def stop(self) -> None:
        """Have the clock call no more."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        self._timer_due = 0

    def _come(self) -> None:
        self._timer = None
        self._timer_due = NEVER
        if self._heap and self._heap[0][0] > self._clock.now():
            self.arm()
        else:
            self._ready()
