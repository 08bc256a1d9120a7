"""Pauses between failures in a row, each kind of which is told once."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from chinwag.core.errors import Refused, SendError
from chinwag.core.retry import Backoff

SECOND = 1_000_000
T = TypeVar("T")

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

    async def insist(
        self,
        ask: Callable[[], Awaitable[T]],
        final: type[SendError],
        told: Callable[[SendError], str] | None = None,
    ) -> T:
        """Ask until there is an answer.

        Args:
            ask: asks once.
            final: what, beside a refusal, makes it pointless to ask again.
            told: what is told of a failure; that the network cannot be reached, if it is left out.

        Raises:
            Refused: and what is final.
        """
        while True:
            try:
                found = await ask()
            except (Refused, final):
                raise
            except SendError as error:
                words = told(error) if told is not None else f"{self._network} cannot be reached ({error})."
                await self.rest(words, getattr(error, "retry_after", 0.0))
            else:
                self.over()
                return found

    def over(self) -> None:
        """It works again."""
        if self._told:
            log.warning("%s: %s answers again.", self.name, self._network)
        self._failures, self._told = 0, ""
