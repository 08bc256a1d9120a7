"""What an account may spend, beside the store where that is written down.

Owns that a count is durable before what it counts is asked for.
"""

import time
from collections.abc import Callable

from chinwag.networks.x.settings import Settings
from chinwag.networks.x.spending import POSTS, SPENT, Spending
from chinwag.ports import Budget, Memory

SECOND = 1_000_000


class Purse:
    """One account's month.

    Args:
        settings: what a month has.
        now: the time, in seconds since the epoch.
    """

    __slots__ = ("_memory", "_now", "_spending")

    def __init__(self, settings: Settings, now: Callable[[], float] = time.time) -> None:
        self._spending = Spending(settings.posts_per_month, settings.reads_per_month, settings.month_begins)
        self._memory: Memory | None = None
        self._now = now

    def open(self, memory: Memory | None, kept: object) -> None:
        """Take up what was spent before.

        Args:
            memory: where it is written down; None for nowhere.
            kept: what is written there.
        """
        self._memory = memory
        self._spending.restore(kept)

    def left(self, what: str) -> int:
        """How much is left of this month.

        Args:
            what: posts or reads.
        """
        return self._spending.left(what, self._now())

    async def take(self, what: str, count: int) -> bool:
        """Spend; it is written down when this returns. False if so much is not left.

        Args:
            what: posts or reads.
            count: how many.
        """
        taken = self._spending.take(what, count, self._now())
        if taken and self._memory is not None:
            await self._memory.keep(SPENT, self._spending.kept)
        return taken

    def give_back(self, what: str, count: int) -> None:
        """It was not spent after all; that is written down with what is spent next.

        Args:
            what: posts or reads.
            count: how many.
        """
        if count:
            self._spending.give_back(what, count, self._now())

    @property
    def wait(self) -> float:
        """How long until the next month begins, in seconds."""
        return self._spending.resets(self._now()) - self._now()

    @property
    def budget(self) -> Budget:
        """The posts of this month."""
        resets = round(self._spending.resets(self._now()) * SECOND)
        return Budget(self.left(POSTS), self._spending.most(POSTS), resets)
