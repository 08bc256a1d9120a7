"""``chinwag room listen``: what is said, a line each.

A message is acknowledged once it is written, so a work queue loses none that nobody has seen, and a slow reader is
waited for.
"""

import asyncio
import sys

from chinwag.cli.rooms.running import serve
from chinwag.cli.speech import tell
from chinwag.core.lines import one_line
from chinwag.networks.amqp import wire
from chinwag.networks.amqp.delivery import Delivery
from chinwag.networks.amqp.link import Link
from chinwag.networks.amqp.settings import Settings
from chinwag.networks.terminal.pipe import Writer

DEFAULT_EXCHANGE = "default exchange"


def listen(settings: Settings) -> int:
    """Show what is said until a signal comes, or nobody reads it any more.

    Args:
        settings: of the room.

    Returns:
        The exit code.
    """
    return serve(lambda: Listener(settings))


class Listener:
    """Writes what it hears.

    Args:
        settings: of the room.
    """

    def __init__(self, settings: Settings) -> None:
        self.link = Link(settings, "work" if settings.queue else "exclusive", self._hear, tell)
        self._place = DEFAULT_EXCHANGE if settings.queue else one_line(settings.exchange)
        self._gone = asyncio.Event()
        self._queue = ""
        sys.stdout.flush()
        self._writer = Writer(sys.stdout.fileno())

    async def run(self) -> int:
        """Listen until nobody reads any more."""
        self._write(f"Listening on <{self._place}>, queue name {one_line(self.link.queue)}")
        await self._gone.wait()
        return 0

    async def stop(self) -> None:
        """Write no more."""
        self._writer.stop()

    def restore(self) -> None:
        """Nothing was changed."""

    def _hear(self, delivery: Delivery) -> None:
        heard = wire.decode(delivery.key, delivery.body, delivery.headers, delivery.id)
        written = self._write(wire.line(heard))
        if written is None:
            delivery.done()
        else:
            written.add_done_callback(lambda future: _over(future, delivery))

    def _write(self, line: str) -> "asyncio.Future[None] | None":
        try:
            return self._writer.write(f"{line}\n".encode())
        except OSError:
            self._gone.set()
            return asyncio.get_running_loop().create_future()  # for ever: it was not seen


def _over(written: "asyncio.Future[None]", delivery: Delivery) -> None:
    if not written.cancelled() and written.exception() is None:
        delivery.done()
