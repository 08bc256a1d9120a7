"""The real clock."""

import asyncio
import time
from collections.abc import Callable

LONGEST_WAIT = 60.0


class RealClock:
    """The time of the machine, and calls on an event loop.

    A wait of over a minute ends early: a machine that slept, or whose clock was set, is noticed within that time.

    Args:
        loop: where calls are made.
    """

    __slots__ = ("_loop",)

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def now(self) -> int:
        """Microseconds since the epoch."""
        return time.time_ns() // 1000

    def call_at(self, due: int, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """Call once ``due`` has come, or after a minute."""
        return self._loop.call_later(min(LONGEST_WAIT, max(0.0, (due - self.now()) / 1_000_000)), callback)
