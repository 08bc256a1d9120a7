"""LINE for tests: the adapter, or the whole command, between the emulator and people who talk."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.cli.shell import EXAMPLES, command, environment
from tests.networks.telegram_stage import PATIENCE, free_port
from tests.servers.line.line_emulator import SECRET, TOKEN, LineEmulator
from tests.servers.line.line_events import says

from chinwag.core.values import Arrival
from chinwag.networks.line.adapter import Line
from chinwag.networks.line.settings import PATH, Settings
from chinwag.runtime.webserver import WebServer


class Inbox:
    """Takes what arrives, and commits when it is told to, or at once."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.dones: list[Callable[[], None]] = []
        self.at_once = True
        self._came = asyncio.Condition()
        self._waking: set[asyncio.Task[None]] = set()

    def receive(self, arrival: Arrival, done: Callable[[], None] | None = None) -> None:
        assert done is not None
        self.arrivals.append(arrival)
        if self.at_once:
            done()
        else:
            self.dones.append(done)
        task = asyncio.get_running_loop().create_task(self._wake())
        self._waking.add(task)
        task.add_done_callback(self._waking.discard)

    async def _wake(self) -> None:
        async with self._came:
            self._came.notify_all()

    async def wait(self, count: int) -> list[Arrival]:
        """What arrived, once it is so many."""
        async with asyncio.timeout(PATIENCE), self._came:
            await self._came.wait_for(lambda: len(self.arrivals) >= count)
        return self.arrivals


class Stage:
    """The adapter behind the web server, with the emulator as LINE."""

    def __init__(self, line: LineEmulator, network: Line, port: int) -> None:
        self.line, self.network = line, network
        self.inbox = Inbox()
        self.url = f"http://127.0.0.1:{port}{PATH}"

    async def deliver(self, *events: dict[str, Any]) -> int:
        return await self.line.deliver(self.url, *events)


@asynccontextmanager
async def staged(
    line: LineEmulator, *, names: bool = False, now: Callable[[], int] | None = None
) -> AsyncIterator[Stage]:
    """The adapter, while it runs."""
    port = free_port()
    settings = Settings(TOKEN, SECRET, line.url, names=names)
    network = Line("line:guess", settings, now) if now is not None else Line("line:guess", settings)
    stage = Stage(line, network, port)
    async with WebServer(port, [network]):
        await network.start(stage.inbox)
        try:
            yield stage
        finally:
            await network.stop()


class Serving:
    """``chinwag run EXAMPLE --on line`` as a process.

    Attributes:
        output: its lines, once it has ended.
    """

    def __init__(self, line: LineEmulator, folder: Path, *options: str, example: str | Path = "guess.py") -> None:
        self.line, self._folder = line, folder
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.url = self.base + PATH
        self._arguments = ["run", str(EXAMPLES / example), "--on", "line", "--port", str(self.port), *options]
        self.output = ""

    async def start(self, more: Mapping[str, str] | None = None) -> None:
        """Start it."""
        keys = {"LINE_TOKEN": TOKEN, "LINE_SECRET": SECRET, "LINE_API_URL": self.line.url, **(more or {})}
        self._process = await asyncio.create_subprocess_exec(
            *command(*self._arguments),
            cwd=self._folder,
            env=environment(keys),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        self._ended = asyncio.create_task(self._process.communicate())

    async def begin(self, more: Mapping[str, str] | None = None) -> None:
        """Start it, and wait until it answers LINE's verification."""
        await self.start(more)
        async with asyncio.timeout(PATIENCE):
            while await self.line.deliver(self.url) != 200:
                assert not self._ended.done(), (await self._ended)[0].decode()
                await asyncio.sleep(0.05)  # nothing tells when another process listens

    async def kill(self) -> None:
        """``kill -9``."""
        self._process.kill()
        self.output = (await self._ended)[0].decode()

    async def end(self) -> int:
        """Ask it to end; its exit code."""
        self._process.terminate()
        return await self.code()

    async def code(self) -> int:
        """Its exit code, once it has ended."""
        async with asyncio.timeout(PATIENCE):
            self.output = (await self._ended)[0].decode()
        assert self._process.returncode is not None
        return self._process.returncode


class Person:
    """Somebody who talks to the bot, alone or in a group."""

    def __init__(self, serving: Serving, user: str, room: str = "") -> None:
        self._serving, self.user, self.room = serving, user, room
        self._heard = 0

    async def says(self, text: str) -> dict[str, Any]:
        """Write, until LINE's push is answered with 200; the event."""
        event = says(self.user, text, self.room)
        assert await self._serving.line.deliver(self._serving.url, event) == 200
        return event

    async def hears(self, *texts: str) -> None:
        """The next messages in the chat are these."""
        line, room = self._serving.line, self.room or self.user
        found = await line.wait_texts(room, self._heard + len(texts))
        assert found[self._heard :] == list(texts)
        self._heard = len(found)
