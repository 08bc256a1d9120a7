"""A command of the room from its start to its end, whatever ends it.

Owns the order: the link opens first, so what cannot work is one sentence before anything is shown; at the end what was
typed still goes out, as far as that takes no time. SIGTERM ends it within three seconds, a second signal at once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from chinwag.core.errors import ChinwagError, UsageError
from chinwag.networks.amqp.link import Link
from chinwag.runtime.lifecycle import Signals

LONGEST_STOP = 2.5
"""Seconds from a signal to the end of the process, whatever hangs."""


class Room(Protocol):
    """What a command does."""

    link: Link

    async def run(self) -> int:
        """Do it, until it is over by itself; the exit code."""
        ...

    async def stop(self) -> None:
        """Give the terminal back."""
        ...

    def restore(self) -> None:
        """Give the terminal back at once, without the loop."""


def serve(build: Callable[[], Room]) -> int:
    """Run a command of the room.

    Args:
        build: makes it, inside the loop.

    Returns:
        The exit code.

    Raises:
        UsageError: if the room cannot be entered.
    """
    rooms: list[Room] = []

    def restore() -> None:
        for room in rooms:
            room.restore()

    async def live(signals: Signals) -> int:
        signals.attach()
        room = build()
        rooms.append(room)
        try:
            return await _until(signals, room)
        finally:
            await room.stop()
            await room.link.close()

    with Signals(restore, longest=LONGEST_STOP) as signals:
        return asyncio.run(live(signals))


async def _until(signals: Signals, room: Room) -> int:
    """The code of whatever comes first: the end by itself, or a signal."""
    if await _first(signals.came.wait(), _opened(room.link)) is not None:
        return signals.code
    code: int | None = await _first(room.run(), signals.came.wait())
    return signals.code if signals.number else code or 0


async def _opened(link: Link) -> None:
    try:
        await link.open()
    except UsageError:
        raise
    except ChinwagError as error:
        raise UsageError(str(error)) from None


async def _first(*waits: Awaitable[Any]) -> Any:
    """What the first of these gives; the others are cancelled."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        return next(iter(done)).result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
