"""The pauses between tries to connect: they grow, with jitter, and each kind of trouble is told once.

A connection that ends soon after it began is no success: whoever is thrown out at once, again and again, comes back
less and less often.
"""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from chinwag.core.retry import Backoff

SECOND = 1_000_000
LIVED = 30.0
"""Seconds after which a connection counts as one that worked."""

log = logging.getLogger("chinwag")


class Pauses:
    """Waits between failures in a row.

    Args:
        name: the account's name, for the log.
        sleep: waits for so many seconds.
        draw: gives a number in [0, 1), so that many who failed together do not come back together.
    """

    backoff = Backoff(first=SECOND)

    def __init__(
        self,
        name: str,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._name, self._sleep, self._draw = name, sleep, draw
        self._failures = 0
        self._told = ""
        self._over = False

    async def rest(self, words: str, lived: float = 0.0) -> None:
        """A failure: tell it unless it is the one told last, and wait, longer each time.

        Args:
            words: what happened.
            lived: how long there was a connection before, in seconds.
        """
        if lived > LIVED:
            self._failures, self._told = 0, ""
        if words != self._told:
            log.warning("%s: %s Trying again, nothing is lost.", self._name, words)
            self._told, self._over = words, False
        pause = self.backoff.delay(self._failures, self._draw()) / SECOND
        self._failures += 1
        await self._sleep(pause)

    def over(self) -> None:
        """There is a connection again."""
        if self._told and not self._over:
            log.warning("%s: it is connected again.", self._name)
        self._over = True
