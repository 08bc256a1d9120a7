"""The monthly quota of pushes: what is left of it, and who is told.

Answers to an event cost nothing; a push does. LINE counts, and is asked again at most every ten minutes; in between
each push counts once, though one to a group costs as many as it has members. Warned is once for each threshold.
"""

import logging
from collections.abc import Awaitable, Callable

EVERY = 600.0
"""Seconds."""
THRESHOLDS = (80, 95, 100)
"""In percent."""

log = logging.getLogger("chinwag")


class Quota:
    """Counts the pushes of one channel.

    Args:
        account: the account's name, for the log.
        ask: asks LINE: how many a month has (None for any number), and how many are used.
        clock: seconds, from anywhere.
    """

    def __init__(
        self, account: str, ask: Callable[[], Awaitable[tuple[int | None, int]]], clock: Callable[[], float]
    ) -> None:
        self._account, self._ask, self._clock = account, ask, clock
        self._asked: float | None = None
        self._told = 0
        self.limit: int | None = None
        self.used = 0

    @property
    def due(self) -> bool:
        """Whether LINE should be asked once more."""
        return self._asked is None or self._clock() - self._asked >= EVERY

    async def refresh(self) -> None:
        """Ask LINE.

        Raises:
            SendError: if it does not say.
        """
        self._asked = self._clock()
        self.limit, self.used = await self._ask()
        self._tell()

    def pushed(self) -> None:
        """One push more."""
        self.used += 1
        self._tell()

    def used_up(self) -> None:
        """LINE refuses a push, as there are none left."""
        self.used = max(self.used, self.limit or 0)
        self._warn(THRESHOLDS[-1])

    def _tell(self) -> None:
        if not self.limit:
            return
        share = self.used * 100 // self.limit
        reached = max((threshold for threshold in THRESHOLDS if share >= threshold), default=0)
        if reached < self._told:  # another month, or a larger plan
            self._told = reached
        elif reached > self._told:
            self._warn(reached)

    def _warn(self, reached: int) -> None:
        if reached <= self._told:
            return
        self._told = reached
        if reached < THRESHOLDS[-1]:
            log.warning("%s: %d of this month's %s pushes are used.", self._account, self.used, self.limit)
        else:
            log.error(
                "%s: this month's pushes are used up; until the next, or a larger plan, only what answers a message "
                "within a minute can be sent.",
                self._account,
            )
