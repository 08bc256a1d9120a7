"""The process that is killed: ``chinwag run`` with a network of lines over a Unix socket.

Two accounts: to ``sock:plain`` a message may come twice, ``sock:keyed`` refuses a second one under the same key. Lines
are JSON arrays. Out: ``hello account``, ``say number room text key``, ``ack id``. In: ``arrival id room text``,
``receipt number``. An arrival is acknowledged when the worker says that it is durable, and a message is sent when its
receipt has come; nothing else is promised by either side.
"""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from typing import Any

from chinwag.bot import Bot
from chinwag.cli import run as command
from chinwag.cli.location import store_path
from chinwag.cli.main import main
from chinwag.core.errors import ChinwagError
from chinwag.core.values import Address, Arrival, Outgoing
from chinwag.ports import Inbox, Receipt
from chinwag.runtime.account import Account
from chinwag.runtime.clock import RealClock
from chinwag.runtime.lifecycle import Signals, live
from chinwag.runtime.worker import Worker
from chinwag.stores.sqlite import SqliteStore

HOUR = 3_600_000_000


class Lines:
    """One account's side of the socket.

    Args:
        account: its name.
        path: the socket.
        window: how long the far side remembers a key, in microseconds.
    """

    numbered = False
    echoes = False

    def __init__(self, account: str, path: str, window: int) -> None:
        self.account, self.window = account, window
        self.finished, self.closed = asyncio.Event(), asyncio.Event()
        self.failure: ChinwagError | None = None
        self._path = path
        self._open = asyncio.Event()
        self._receipts: dict[int, asyncio.Future[Receipt]] = {}

    async def start(self, inbox: Inbox) -> None:
        """Begin to take in."""
        reader, self._writer = await asyncio.open_unix_connection(self._path)
        self._put("hello", self.account)
        self._open.set()
        self._reading = asyncio.create_task(self._read(reader, inbox))

    async def stop(self) -> None:
        """Take in no more, and let go."""
        if self._open.is_set():
            self._reading.cancel()
            self._writer.close()

    def restore(self) -> None:
        """There is no terminal."""

    async def send(self, message: Outgoing) -> Receipt:
        """Send, and wait for the receipt."""
        await self._open.wait()
        receipt: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._receipts[message.id] = receipt
        self._put("say", message.id, message.room, message.text, message.key)
        return await receipt

    async def _read(self, reader: asyncio.StreamReader, inbox: Inbox) -> None:
        async for row in reader:
            kind, name, *rest = json.loads(row)
            if kind == "receipt":
                self._receipts.pop(name).set_result(Receipt(str(name)))
            else:
                room, text = rest
                inbox.receive(Arrival(self.account, room, room, text, id=name), self._acknowledge(name))
        self.closed.set()

    def _acknowledge(self, name: str) -> Callable[[], None]:
        return lambda: self._put("ack", name)

    def _put(self, *row: Any) -> None:
        self._writer.write(json.dumps(row).encode() + b"\n")


def serve(bot: Bot, network: str, options: Any) -> int:
    """Serve both accounts, as ``chinwag run`` serves one."""
    del network
    path = store_path(options.store)

    async def run() -> int:
        accounts, fronts = [], []
        for name, window in (("plain", 0), ("keyed", HOUR)):
            front = Lines(f"sock:{name}", os.environ["KILLS_SOCKET"], window)
            users = os.environ[f"KILLS_{name.upper()}"].split()
            homes = [(str(Address(front.account, user, user)), "UTC") for user in users]
            accounts.append(Account(front.account, bot, front, homes))
            fronts.append(front)
        worker = Worker(SqliteStore(path), accounts, RealClock(asyncio.get_running_loop()))
        return await live(worker, fronts, signals, path)

    with Signals(lambda: None) as signals:
        return asyncio.run(run())


if __name__ == "__main__":
    setattr(command, "serve", serve)  # noqa: B010 - the command serves through it
    sys.argv[0] = "chinwag"
    main()
