"""Pauses between failures in a row, each kind of which is told once."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from chinwag.core.retry import Backoff

SECOND = 1_000_000

log = logging.getLogger("chinwag")


class Pauses:
    """Waits between failures in a row, longer each time, and tells each kind of failure once.

    Args:
        name: the account's name, for the log.
        network: the network's name, for the log.
        sleep: waits for so many seconds.
        draw: gives a number in [0, 1), so that many who failed together do not come back together.
    """

    __slots__ = ("_backoff", "_draw", "_failures", "_network", "_told", "name", "sleep")

    def __init__(
        self,
        name: str,
        network: str,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.name, self._network = name, network
        self.sleep, self._draw = sleep, draw
        self._backoff = Backoff(first=SECOND)
        self._failures = 0
        self._told = ""

    async def rest(self, words: str, least: float = 0.0) -> None:
        """A failure: tell it unless it is the one told last, and wait.

        Args:
            words: what happened.
            least: how long to wait at least, in seconds.
        """
        if words != self._told:
            log.warning("%s: %s Trying again, nothing is lost.", self.name, words)
            self._told = words
        pause = self._backoff.delay(self._failures, self._draw()) / SECOND
        self._failures += 1
        await self.sleep(max(pause, least))

    def over(self) -> None:
        """It works again."""
        if self._told:
            log.warning("%s: %s answers again.", self.name, self._network)
        self._failures, self._told = 0, ""
