"""Updates taken in from Telegram: from the bytes of long polling to what is committed.

A thousand users say twenty things each, and nobody answers, so that nothing but the way in is measured. Chinwag
journals every one of them before it is confirmed; aiogram keeps a count of each user in its memory storage. Both fetch
the same updates from the same emulator, a hundred at a time, which is all that Telegram gives. Chinwag fetches the next
once the last are on the disk, for a fetch confirms what was fetched before: so the disk's fsync is in its speed. The
processor's time is told beside it. The clock starts when the first update is there, so what each prepares before it
polls is not counted.
"""

import asyncio
import gc
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks import disk
from benchmarks.report import Figure, Report, load
from benchmarks.traffic import update_body
from chinwag import Bot, Chat
from chinwag.core.values import Arrival

EMULATOR = Path(__file__).parents[1] / "tests" / "servers" / "telegram"
BENCH = "telegram_ingest"
ACCOUNT = "telegram:bench"
DATE = 1_800_000_000
AT_ONCE = 2_000
"""Updates that are handed to the emulator in one request."""

Taken: TypeAlias = tuple[float, float]
"""Seconds that all updates took: of the clock, and of the processor."""

bot = Bot("bench")


@bot.on_message()
async def hear(chat: Chat) -> None:
    """Count what is said."""
    while True:
        await chat.listen()


class Server:
    """The emulator as a process, with updates that wait to be fetched.

    Args:
        users: how many speak.
        messages: how often each does.
    """

    def __init__(self, users: int, messages: int) -> None:
        self.count = users * messages
        command = [sys.executable, str(EMULATOR)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        told = json.loads(self._process.stdout.readline())
        self.url: str = told["url"]
        self.token: str = told["token"]
        bodies = [
            json.loads(b"{" + update_body(user, number, f"word {number}", DATE))
            for number in range(1, messages + 1)
            for user in range(1_000, 1_000 + users)
        ]
        for first in range(0, len(bodies), AT_ONCE):
            self._control("push_all", {"updates": bodies[first : first + AT_ONCE]})

    def confirmed(self) -> int:
        """How many updates the bot has confirmed."""
        found: int = self._control("updates", {})["confirmed"]
        return found

    def _control(self, operation: str, arguments: dict[str, Any]) -> Any:
        request = urllib.request.Request(  # noqa: S310 - a URL of our own
            f"{self.url}/control/{operation}", json.dumps(arguments).encode(), method="POST"
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - likewise
            return json.load(answer)["result"]

    def stop(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def serving(users: int, messages: int) -> Iterator[Server]:
    """Run the emulator."""
    server = Server(users, messages)
    try:
        yield server
    finally:
        server.stop()


class Count:
    """Counts what is taken in, from the first to the last.

    Args:
        count: how many there will be.
    """

    def __init__(self, count: int) -> None:
        self._left = count
        self._began: Taken | None = None
        self._over = asyncio.Event()

    def came(self) -> None:
        """One is there."""
        if self._began is None:
            self._began = time.perf_counter(), time.process_time()

    def taken(self) -> None:
        """One is taken in."""
        self._left -= 1
        if not self._left:
            self._over.set()

    async def took(self) -> Taken:
        """Wait for the last."""
        await self._over.wait()
        assert self._began is not None  # noqa: S101 - there was a first
        return time.perf_counter() - self._began[0], time.process_time() - self._began[1]


class Counted:
    """An inbox that counts what is durable, before a worker.

    Args:
        receive: the worker's.
        count: counts.
    """

    def __init__(self, receive: Callable[..., None], count: Count) -> None:
        self._receive = receive
        self._count = count

    def receive(self, arrival: Arrival, done: Callable[[], None] | None = None) -> None:
        """Hand an arrival on."""
        self._count.came()
        self._receive(arrival, partial(self._done, done))

    def _done(self, done: Callable[[], None] | None) -> None:
        if done is not None:
            done()
        self._count.taken()


async def chinwag(server: Server, folder: Path) -> Taken:
    """Take in all updates with Chinwag: worker, store and adapter as they are."""
    from chinwag.networks.telegram.adapter import Telegram  # noqa: PLC0415 - each system in a process of its own
    from chinwag.networks.telegram.settings import Settings  # noqa: PLC0415 - likewise
    from chinwag.runtime.account import Account  # noqa: PLC0415 - likewise
    from chinwag.runtime.clock import RealClock  # noqa: PLC0415 - likewise
    from chinwag.runtime.memory import tune_collector  # noqa: PLC0415 - likewise
    from chinwag.runtime.worker import Worker  # noqa: PLC0415 - likewise
    from chinwag.stores.sqlite import SqliteStore  # noqa: PLC0415 - likewise

    network = Telegram(ACCOUNT, Settings(server.token, server.url))
    clock = RealClock(asyncio.get_running_loop())
    worker = Worker(SqliteStore(str(folder / "ingest.db")), [Account(ACCOUNT, bot, network)], clock)
    await worker.start()
    tune_collector()
    count = Count(server.count)
    await network.start(Counted(worker.receive, count))
    took = await count.took()
    await network.stop()
    await worker.stop()
    return took


async def aiogram(server: Server, _: Path) -> Taken:
    """Take in all updates with aiogram, as its documentation shows: a router, states in memory, polling."""
    from aiogram import Bot as AiogramBot  # noqa: PLC0415 - each system in a process of its own
    from aiogram import Dispatcher  # noqa: PLC0415 - likewise
    from aiogram.client.session.aiohttp import AiohttpSession  # noqa: PLC0415 - likewise
    from aiogram.client.telegram import TelegramAPIServer  # noqa: PLC0415 - likewise
    from aiogram.fsm.context import FSMContext  # noqa: PLC0415 - likewise
    from aiogram.fsm.storage.memory import MemoryStorage  # noqa: PLC0415 - likewise
    from aiogram.types import Message  # noqa: PLC0415 - likewise

    count = Count(server.count)

    async def hear(message: Message, state: FSMContext) -> None:
        count.came()
        data = await state.get_data()
        await state.update_data(heard=data.get("heard", 0) + 1, last=message.text)
        count.taken()

    hear.__annotations__ = {"message": Message, "state": FSMContext}
    dispatcher = Dispatcher(storage=MemoryStorage())
    dispatcher.message.register(hear)
    session = AiohttpSession(api=TelegramAPIServer.from_base(server.url))
    gc.collect()
    polling = asyncio.create_task(
        dispatcher.start_polling(AiogramBot(server.token, session=session), handle_signals=False)
    )
    took = await count.took()
    await dispatcher.stop_polling()
    await polling
    return took


def measure(report: Report, system: str, take: Callable[[Server, Path], Any], *, quick: bool) -> None:
    """Measure one system: updates a second, and the processor's time for one."""
    users, messages = (200, 5) if quick else (1_000, 20)
    with serving(users, messages) as server, disk.scratch() as folder:
        seconds, processor = asyncio.run(take(server, folder))
        count = server.count
    details = {"users": users, "messages": count, **load()}
    report.write(Figure(BENCH, system, "updates_per_second", (count / seconds,), details=details))
    report.write(Figure(BENCH, system, "processor_us", (processor / count * 1e6,), "lower", details))


def run(report: Report, quick: bool) -> None:  # noqa: FBT001 - every bench is called as run(report, quick)
    """Measure Chinwag."""
    measure(report, "chinwag", chinwag, quick=quick)


def run_aiogram(report: Report, quick: bool) -> None:  # noqa: FBT001 - likewise
    """Measure aiogram."""
    measure(report, "aiogram", aiogram, quick=quick)
