"""The disk under a simulated process: the store that outlives it, and commits that are lost, cut short or refused.

Owns the count of commits and the trouble at one of them. A process reaches the store through a ``Mount``, which dies
with it: what a dead process still wants to write is nowhere. What was committed stays, in memory, without a file.

Rule: trouble at a commit is one of three. ``BEFORE``: it never happened. ``AFTER``: it did, and nobody was told.
``REFUSED``: the store said no.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any

from chinwag.core.errors import StoreError
from chinwag.ports import Batch, Store


class Trouble(StrEnum):
    """What goes wrong at a commit or a send."""

    BEFORE = "before"
    AFTER = "after"
    REFUSED = "refused"


BEFORE, AFTER, REFUSED = Trouble
Plan = Callable[[str, int], Trouble | None]
"""What goes wrong at the n-th ``"commit"`` or ``"send"``, counted from 1; None if nothing does."""


def no_trouble(kind: str, number: int) -> None:
    """Everything goes well."""
    del kind, number


class Disk:
    """A store, and what happens to the commits on their way to it.

    Args:
        store: the real one.
        plan: what goes wrong.
        committed: hears of every batch that is durable.
        refused: hears of every batch that is refused.
    """

    def __init__(
        self, store: Store, plan: Plan, committed: Callable[[Batch], None], refused: Callable[[], None]
    ) -> None:
        self.store = store
        self.plan = plan
        self.committed = committed
        self.refuse = refused
        self.commits = 0
        self.refused = 0
        self.written = 0
        self.born: list[int] = []
        self.doubled: Counter[int] = Counter()
        self.uncertain: dict[int, bool] = {}

    def note(self, batch: Batch) -> None:
        """Remember of a durable batch what a test may ask for."""
        self.written += 1
        self.born += [birth[0] for birth in batch.births]
        for number, _, doubled in batch.promotions:
            self.doubled[number] += doubled
        for number, status, *_ in batch.marks:
            self.uncertain[number] = status == "uncertain"
        self.committed(batch)


class Mount:
    """A process's way to the disk; all that is not a commit goes straight to the store.

    Args:
        disk: the disk.
        die: ends the process.
    """

    def __init__(self, disk: Disk, die: Callable[[], None]) -> None:
        self._disk = disk
        self._die = die
        self.dead = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._disk.store, name)

    async def close(self) -> None:
        """Let go; the store itself stays open for the next process."""

    def commit(self, batch: Batch) -> Awaitable[None]:
        """Commit, if nothing goes wrong."""
        loop = asyncio.get_running_loop()
        if self.dead:
            return loop.create_future()
        disk = self._disk
        disk.commits += 1
        trouble = disk.plan("commit", disk.commits)
        if trouble == BEFORE:
            self._die()
            return loop.create_future()
        if trouble == REFUSED:
            disk.refused += 1
            disk.refuse()
            refused: asyncio.Future[None] = loop.create_future()
            refused.set_exception(StoreError(f"commit {disk.commits} is refused, as planned"))
            return refused
        written = asyncio.ensure_future(disk.store.commit(batch))
        if trouble == AFTER:
            self._die()
        return self._noted(written, batch, dead=trouble == AFTER)

    def _noted(self, written: "asyncio.Future[None]", batch: Batch, *, dead: bool) -> Awaitable[None]:
        if written.done() and written.exception() is None:
            self._disk.note(batch)
        return asyncio.get_running_loop().create_future() if dead else written
