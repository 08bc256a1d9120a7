"""Which accounts an operator has stopped: kept in the store, so they stay stopped over restarts.

Rule: only an operator starts again what an operator has stopped; no restart and no change of the file does.
"""

import logging
from typing import TYPE_CHECKING

from chinwag.runtime.remembering import Memory

if TYPE_CHECKING:
    from chinwag.runtime.worker import Worker

KEPT = "stopped"

log = logging.getLogger("chinwag")


class Stops:
    """The accounts that are stopped.

    Args:
        worker: commits what is kept.
    """

    __slots__ = ("_memory", "_names")

    def __init__(self, worker: "Worker") -> None:
        self._memory = Memory(worker, "shepherd")  # no account's name: those have a colon
        self._names: set[str] = set()

    async def recall(self) -> None:
        """Read which ones there are.

        Raises:
            StoreError: if the store cannot be read.
        """
        self._names = set((await self._memory.recall()).get(KEPT, ()))
        if self._names:
            log.warning("stopped, until `chinwag start`: %s", ", ".join(sorted(self._names)))

    def __contains__(self, name: str) -> bool:
        return name in self._names

    async def add(self, name: str) -> None:
        """An account is stopped; it is durable when this returns."""
        self._names.add(name)
        await self._memory.keep(KEPT, sorted(self._names))

    async def discard(self, name: str) -> None:
        """It is no longer; likewise."""
        if name in self._names:
            self._names.discard(name)
            await self._memory.keep(KEPT, sorted(self._names))
