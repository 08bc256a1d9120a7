"""What somebody says in a room, on its way out: in order, one after the other, each until the broker has it.

Owns what waits. Without a connection it waits for one; what may or may not have been heard is not said twice, but told
to whoever said it.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from uuid import uuid4

from msgspec import Struct

from chinwag.core.errors import Ambiguous, Refused, Unreachable
from chinwag.core.lines import one_line
from chinwag.networks.amqp import wire
from chinwag.networks.amqp.link import Link
from chinwag.networks.amqp.settings import Settings

PATIENCE = 2.0
"""Seconds that the end waits for a connection, if there is none."""
SHOWN = 40


class Saying(Struct, frozen=True):
    """One message that waits.

    Args:
        name: who says it.
        text: what.
        done: called once it has left.
    """

    name: str
    text: str
    done: Callable[[], None] | None


class Mouth:
    """Says things in a room.

    Args:
        link: opened before anything is said.
        settings: of the room.
        tell: gets a sentence if something was not said.
    """

    def __init__(self, link: Link, settings: Settings, tell: Callable[[str], None]) -> None:
        self._link, self._settings, self._tell = link, settings, tell
        self._waiting: deque[Saying] = deque()
        self._doubtful = 0
        self._task: asyncio.Task[None] | None = None

    def say(self, name: str, text: str, done: Callable[[], None] | None = None) -> None:
        """Say something, when its turn comes.

        Args:
            name: who.
            text: what.
            done: called once it has left.
        """
        self._waiting.append(Saying(name, text, done))
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run(), name="room mouth")

    async def finish(self) -> int:
        """Wait until all is said, as long as there is a connection; how many messages were not, or perhaps not."""
        while self._task is not None and not self._task.done():
            if not self._link.up.is_set():
                try:
                    await asyncio.wait_for(self._link.up.wait(), PATIENCE)
                except TimeoutError:
                    break
            down = asyncio.ensure_future(self._link.down.wait())
            await asyncio.wait({self._task, down}, return_when=asyncio.FIRST_COMPLETED)
            down.cancel()
        left = len(self._waiting)
        if self._task is not None:
            self._task.cancel()
        if left:
            self._tell(
                f"{left} message{'s were' if left > 1 else ' was'} not said: there is no connection to RabbitMQ."
            )
        return left + self._doubtful

    async def _run(self) -> None:
        while self._waiting:
            saying = self._waiting[0]
            await self._out(saying)
            self._waiting.popleft()
            if saying.done is not None:
                saying.done()

    async def _out(self, saying: Saying) -> None:
        queue = self._settings.queue
        key, headers = (queue, {wire.NAME: saying.name}) if queue else (saying.name, {})
        number, body = uuid4().hex, saying.text.encode("utf-8", "replace")
        while True:
            await self._link.up.wait()
            try:
                await self._link.publish(key, body, headers, number)
            except Unreachable:
                await asyncio.sleep(0)  # it is down again: the link tells, and comes back
                continue
            except Ambiguous:
                self._doubtful += 1
                self._tell(f"This may or may not have been heard: {_short(saying.text)}")
            except Refused as error:
                self._doubtful += 1
                self._tell(f"This was not said, {error}: {_short(saying.text)}")
            return


def _short(text: str) -> str:
    return one_line(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")
