"""The newest value is kept, one write at a time."""

import asyncio
from typing import Any

from chinwag.transport.keeper import Keeper


class Slow:
    """A memory whose writes are over when they are let go."""

    def __init__(self) -> None:
        self.begun: asyncio.Queue[Any] = asyncio.Queue()
        self.kept: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.turn = asyncio.Semaphore(0)

    async def recall(self) -> dict[str, Any]:
        raise NotImplementedError

    async def keep(self, key: str, value: Any) -> None:
        self.begun.put_nowait(value)
        await self.turn.acquire()
        self.kept.put_nowait((key, value))


async def test_what_is_overtaken_is_never_written() -> None:
    memory = Slow()
    keeper = Keeper(memory, "place")
    keeper.keep("1")
    assert await memory.begun.get() == "1"
    keeper.keep("2")
    keeper.keep("3")
    assert memory.begun.empty(), "one at a time"
    memory.turn.release()
    memory.turn.release()
    assert [await memory.kept.get(), await memory.kept.get()] == [("place", "1"), ("place", "3")]
    keeper.keep("4")
    memory.turn.release()
    assert await memory.kept.get() == ("place", "4"), "it writes again after it was idle"
    await keeper.close()


async def test_what_stands_there_already_is_not_written() -> None:
    memory = Slow()
    keeper = Keeper(memory, "place", "1")
    keeper.keep("1")
    memory.turn.release()
    keeper.keep("2")
    assert await memory.kept.get() == ("place", "2")
    assert memory.kept.empty()


async def test_closed_it_writes_no_more() -> None:
    memory = Slow()
    keeper = Keeper(memory, "place")
    keeper.keep("1")
    await memory.begun.get()
    await keeper.close()
    await keeper.close()
    memory.turn.release()
    assert memory.kept.empty()


async def test_without_a_memory_nothing_is_kept() -> None:
    keeper = Keeper(None, "place")
    keeper.keep("1")
    await keeper.close()
