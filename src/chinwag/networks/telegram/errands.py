"""What a bot does on the side: its menu, a sign of typing, the answer to a press.

Owns the tasks until they end. Nobody waits for one, and none that fails stops anybody: it is told once of each kind,
and after that only to who debugs.
"""

import asyncio
import logging
from collections.abc import Awaitable

from chinwag.core.errors import SendError

log = logging.getLogger("chinwag")


class Errands:
    """The errands of one bot.

    Args:
        name: the account's name, for the log.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._tasks: set[asyncio.Task[None]] = set()
        self._told: set[str] = set()

    def run(self, what: str, call: Awaitable[object]) -> None:
        """Do something on the side.

        Args:
            what: what it brings about, in words.
            call: does it.
        """
        task = asyncio.get_running_loop().create_task(self._done(what, call))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Leave whatever is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _done(self, what: str, call: Awaitable[object]) -> None:
        try:
            await call
        except SendError as error:
            level = logging.DEBUG if what in self._told else logging.WARNING
            self._told.add(what)
            log.log(level, "%s: %s failed (%s); the bot goes on without it.", self._name, what, error)
