"""What every compared system looks like here, and how a figure or a sentence about it leaves the benchmark.

A system is a module with ``VERSION`` and ``open_peer(setting)``. It takes the bytes of Telegram's updates and calls
``setting.sent`` with each message that its conversation has for the user; nothing reaches a network. It plays the
scripts of ``scripts.py``. Bytes that are given to ``feed`` are only queued there: the users speak from within ``sent``.
"""

import asyncio
import gc
import json
import os
import signal
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, TypeAlias

Sent: TypeAlias = Callable[[int, str], None]

DIE = "CHINWAG_BENCH_DIE"
"""Set for a process that shall be killed: ``answer`` or ``send``, the instant at which it kills itself."""


@dataclass(frozen=True, slots=True)
class Setting:
    """In what a peer is opened.

    Args:
        folder: what is kept on the disk is kept here.
        script: which conversation is played.
        sent: takes each message for a user: his id, the text.
        users: how many may be under way at once.
    """

    folder: Path
    script: str
    sent: Sent
    users: int = 1


@dataclass(frozen=True, slots=True)
class Used:
    """Seconds of processor, and bytes of resident memory."""

    cpu: float
    rss: int


def used_here() -> Used:
    """What this process has used."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return Used(time.process_time(), pages * os.sysconf("SC_PAGE_SIZE"))


class Peer(Protocol):
    """One system that runs a script."""

    def feed(self, data: bytes) -> None:
        """Take one update; only queue it."""

    async def quiet(self) -> None:
        """Wait until nothing is under way, or as long as anything may take if the system cannot tell."""

    async def trouble(self) -> str:
        """What went wrong in the system's own words, or nothing."""
        ...

    async def used(self) -> Used:
        """What the processes that do the work have used until now."""
        ...

    async def collect(self) -> None:
        """Let the processes that do the work collect their garbage."""

    async def close(self) -> None:
        """End in good order."""


Open: TypeAlias = Callable[[Setting], Awaitable[Peer]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One figure, or one sentence, about one system.

    Example:
        >>> print(Finding("aiogram", "messages_per_second", "3.31", value=4512.345, details={"users": 10}).line())
        {"bench": "peers", "system": "aiogram", "metric": "messages_per_second", "value": 4512.3, "version": "3.31", \
"users": 10}
        >>> read(Finding("grammY", "killed", "1", says="nothing").line()).says
        'nothing'
    """

    system: str
    metric: str
    version: str
    value: float | None = None
    says: str = ""
    details: Mapping[str, object] = field(default_factory=dict)

    def line(self) -> str:
        """Write it as one line of JSON."""
        told = {"says": self.says} if self.value is None else {"value": float(f"{self.value:.5g}")}
        known = {"bench": "peers", "system": self.system, "metric": self.metric}
        return json.dumps({**known, **told, "version": self.version, **self.details}, ensure_ascii=False)


def read(line: str) -> Finding:
    """Read back what was written as ``line``."""
    fields = json.loads(line)
    del fields["bench"]
    system, metric, version = (fields.pop(key) for key in ("system", "metric", "version"))
    return Finding(system, metric, version, fields.pop("value", None), fields.pop("says", ""), fields)


class Missing(Exception):
    """A system cannot run here; says why."""


def die_at(instant: str) -> None:
    """End this process as ``kill -9`` does, if it is to die at this instant."""
    if os.environ.get(DIE) == instant:
        os.kill(os.getpid(), signal.SIGKILL)


def number(text: str) -> int:
    """Read a number; the first thing that a conversation does with an answer."""
    die_at("answer")
    return int(text)


def texts(data: bytes) -> tuple[int, str, int]:
    """The user, the text and the id of an update, for systems that know nothing of Telegram."""
    update = json.loads(data)
    message = update["message"]
    return message["from"]["id"], message["text"], update["update_id"]


class Tasks:
    """Updates that are handled one after the other, or all at once.

    Args:
        handle: handles one update's bytes.
        end: what is done at the close.
        at_once: those of different users in tasks of their own; for systems that wait for something outside while they
            handle one. An update waits for the one before it of its user, as Telegram holds it back from a webhook.
    """

    def __init__(
        self,
        handle: Callable[[bytes], Awaitable[object]],
        end: Callable[[], Awaitable[object]],
        *,
        at_once: bool = False,
    ) -> None:
        self._handle = handle
        self._end = end
        self._at_once = at_once
        self._queue: asyncio.Queue[bytes] = asyncio.Queue()
        self._last: dict[int, asyncio.Task[None]] = {}
        self._troubles: list[str] = []
        self._pump = asyncio.create_task(self._run())

    def feed(self, data: bytes) -> None:
        """Queue one update."""
        self._queue.put_nowait(data)

    async def quiet(self) -> None:
        """Wait until all are handled."""
        await self._queue.join()

    async def trouble(self) -> str:
        """What handling raised."""
        return "; ".join(dict.fromkeys(self._troubles))

    def complain(self, error: BaseException) -> None:
        """Take note of an error."""
        self._troubles.append(f"{type(error).__name__}: {error}")

    async def used(self) -> Used:
        """What this process has used."""
        return used_here()

    async def collect(self) -> None:
        """Collect this process's garbage."""
        gc.collect()

    async def close(self) -> None:
        """Wait, and end."""
        await self.quiet()
        self._pump.cancel()
        await self._end()

    async def _run(self) -> None:
        while True:
            data = await self._queue.get()
            if self._at_once:
                user = texts(data)[0]
                self._last[user] = asyncio.create_task(self._one(data, user, self._last.get(user)))
            else:
                await self._one(data)

    async def _one(self, data: bytes, user: int = 0, before: "asyncio.Task[None] | None" = None) -> None:
        if before:
            await before
        try:
            await self._handle(data)
        except Exception as error:  # noqa: BLE001 - told as what the system said
            self.complain(error)
        finally:
            if self._last.get(user) is asyncio.current_task():
                del self._last[user]
            self._queue.task_done()
