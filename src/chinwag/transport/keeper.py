"""A value that changes often and is kept in an account's memory: the newest, one write at a time."""

import asyncio
from typing import Any

from chinwag.ports import Memory


class Keeper:
    """Keeps the value of one key.

    Args:
        memory: where; None to keep nothing.
        key: under which.
        kept: what stands there already.
    """

    __slots__ = ("_kept", "_key", "_memory", "_newest", "_writing")

    def __init__(self, memory: Memory | None, key: str, kept: Any = None) -> None:
        self._memory, self._key = memory, key
        self._newest = self._kept = kept
        self._writing: asyncio.Task[None] | None = None

    def keep(self, value: Any) -> None:
        """Keep a value; what is not yet written when the next one comes is never written.

        Args:
            value: plain JSON, which nobody changes any more.
        """
        self._newest = value
        if self._memory is not None and self._writing is None:
            self._writing = asyncio.get_running_loop().create_task(self._write(self._memory))

    async def close(self) -> None:
        """Write no more."""
        if self._writing is not None:
            self._writing.cancel()
            await asyncio.gather(self._writing, return_exceptions=True)

    async def _write(self, memory: Memory) -> None:
        try:
            while self._kept != self._newest:
                value = self._newest
                await memory.keep(self._key, value)
                self._kept = value
        finally:
            self._writing = None
