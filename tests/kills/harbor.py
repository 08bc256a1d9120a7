"""The far side of the socket, and the life of the process on it: started, killed, stopped, started again.

Owns the server, one process at a time, and its stderr. What a killed process had written is read to its end before the
next one starts: it did leave the process, so it counts.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from tests.kills.crowd import Crowd

ROOT = Path(__file__).parents[2]
START = 30.0
"""Seconds within which a process must have begun to serve."""
STOP = 5.0
"""Seconds within which a process that was asked to must have ended."""


class Stuck(Exception):
    """The process did not do in time what it must."""


class Harbor:
    """A server for one process after another.

    Args:
        folder: for the store, the socket and the log.
        store: the database.
        source: the folder that ``chinwag`` is imported from.
        before: a command that the process is started by, such as ``setpriv``.
    """

    def __init__(self, folder: Path, store: Path, source: Path, before: Sequence[str] = ()) -> None:
        self.folder, self.store, self.before = folder, store, list(before)
        self.log = folder / "stderr"
        self.ledger = folder / "ledger"
        self.crowd: Crowd
        self.on_line: Callable[[str], None] | None = None
        self._mark = 0
        self._source = source
        self._process: asyncio.subprocess.Process | None = None
        self._writers: dict[str, asyncio.StreamWriter] = {}
        self._readers: set[asyncio.Task[None]] = set()
        self._connected = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._meet, self.folder / "socket")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()
        self._server.close()
        await self._server.wait_closed()

    def put(self, account: str, *row: Any) -> None:
        """Send a row, if there is somebody to take it; what cannot be sent is lost, as on a real network."""
        writer = self._writers.get(account)
        if writer is not None and not writer.is_closing():
            writer.write(json.dumps(row).encode() + b"\n")

    # -- one process --------------------------------------------------------------------------------------------------

    async def spawn(self, *, ticks: bool = True) -> None:
        """Start a process."""
        self.crowd.lives += 1
        self._connected.clear()
        with self.log.open("ab") as log:
            self._mark = log.tell()
            self._process = await asyncio.create_subprocess_exec(
                *self.before, sys.executable, "-m", "tests.kills.child", "run", ROOT / "tests/kills/game.py",
                "--on", "sockets", "--store", f"sqlite:///{self.store}",
                cwd=ROOT, env=self._environment(ticks=ticks), stdin=asyncio.subprocess.DEVNULL, stderr=log,
            )  # fmt: skip

    def _environment(self, *, ticks: bool) -> Mapping[str, str]:
        path = os.pathsep.join([str(self._source), str(ROOT)])
        own = {
            "PYTHONPATH": path,
            "PYTHONDONTWRITEBYTECODE": "",
            "KILLS_SOCKET": str(self.folder / "socket"),
            "KILLS_LEDGER": str(self.ledger),
            "KILLS_PLAIN": self.crowd.names("sock:plain"),
            "KILLS_KEYED": self.crowd.names("sock:keyed"),
        }
        return {**os.environ, **own, **({"KILLS_TICKS": "1"} if ticks else {})}

    async def serving(self) -> None:
        """Wait until the process has connected.

        Raises:
            Stuck: if it has ended before, or takes too long.
        """
        assert self._process is not None
        ended = asyncio.create_task(self._process.wait())
        there = asyncio.create_task(self._connected.wait())
        await asyncio.wait([ended, there], timeout=START, return_when=asyncio.FIRST_COMPLETED)
        stuck = not there.done()
        for task in (ended, there):
            task.cancel()
        if stuck:
            raise Stuck(f"the process did not begin to serve; it said: {self.words()}")

    @property
    def running(self) -> bool:
        """Whether a process was started, and its end not waited for."""
        return self._process is not None

    def signal(self, number: int) -> None:
        """Send the process a signal, if it is still there."""
        process = self._process
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, number)  # its own method would take the exit code away from who waits for it

    async def ended(self, seconds: float = STOP) -> int:
        """Wait for the process's end, and read what it has written.

        Returns:
            Its exit code.

        Raises:
            Stuck: if it does not end.
        """
        assert self._process is not None
        try:
            async with asyncio.timeout(seconds):
                code = await self._process.wait()
        except TimeoutError:
            raise Stuck(f"the process did not end within {seconds:g} s") from None
        await asyncio.gather(*self._readers)
        self._process = None
        return code

    async def kill(self) -> None:
        """End it with SIGKILL."""
        if self._process is not None:
            self.signal(signal.SIGKILL)
            await self.ended()

    def words(self, *, life: bool = False) -> str:
        """The end of what was written to stderr.

        Args:
            life: only what the last process wrote.
        """
        written = self.log.read_bytes()[self._mark if life else 0 :]
        return written.decode(errors="replace")[-2000:].strip()

    # -- the server ---------------------------------------------------------------------------------------------------

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._readers.add(task)
        account = ""
        with contextlib.suppress(ConnectionError):
            async for row in reader:
                if row.endswith(b"\n"):  # else its writer died on the way
                    account = self._take(json.loads(row), account, writer)
        self._writers.pop(account, None)
        self._readers.discard(task)
        writer.close()

    def _take(self, row: list[Any], account: str, writer: asyncio.StreamWriter) -> str:
        kind, *rest = row
        if kind == "hello":
            account = rest[0]
            self._writers[account] = writer
            self.crowd.connected(account)
            if len(self._writers) == 2:
                self._connected.set()
        elif kind == "ack":
            self.crowd.acknowledge(rest[0])
        else:
            self.crowd.take(account, *rest)
        if self.on_line is not None:
            self.on_line(kind)
        return account
