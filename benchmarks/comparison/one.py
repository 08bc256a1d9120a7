"""One measure of one system, in this process: what a child of ``python -m benchmarks.comparison`` does."""

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import cast

from benchmarks.comparison import lives, measures, scripts
from benchmarks.comparison.chinwag_peer import ChinwagPeer
from benchmarks.comparison.shape import Finding, Missing, Peer
from benchmarks.comparison.systems import System, find, opener
from benchmarks.report import load
from benchmarks.traffic import Traffic

TURNS = (10, 100, 1_000)
QUICK = 10
"""By how much a quick run is smaller."""
AT_ONCE = 3
"""Lives that are led at the same time: they are not timed."""
KILLS = (
    ("killed_with_the_answer", "answer", True),
    ("killed_with_the_next_question_sent", "send", True),
    ("killed_with_the_next_question_sent_and_the_answer_not_repeated", "send", False),
)
"""The metric, the instant, and whether the update is handed over again."""


class Bench:
    """What is measured of one system.

    Args:
        system: it.
        folder: an empty folder on a real disk.
        quick: small sizes.
    """

    def __init__(self, system: System, folder: Path, *, quick: bool) -> None:
        """Import nothing yet."""
        self._system = system
        self._folder = folder
        self._quick = quick

    @property
    def version(self) -> str:
        """The versions of what is measured."""
        module = import_module(f"benchmarks.comparison.{self._system.module}")
        return cast("str", module.VERSION)

    async def speed(self) -> AsyncIterator[Finding]:
        """Messages a second."""
        users = self._scaled(self._system.users)
        under_way = min(self._system.under_way, users)
        value = await measures.speed(opener(self._system.name), self._folder, Traffic(users), under_way)
        yield self._figure("messages_per_second", value, users=users, under_way=under_way, **load())

    async def parked(self) -> AsyncIterator[Finding]:
        """Bytes of a parked conversation."""
        count = self._scaled(self._system.parked)
        found = await measures.parked(opener(self._system.name), self._folder, count)
        yield self._figure("memory_bytes_per_parked", found.memory, conversations=count)
        yield self._figure("disk_bytes_per_parked", found.disk, conversations=count)

    async def turns(self) -> AsyncIterator[Finding]:
        """What a message costs at each turn of one loop."""
        turns = TURNS[:2] if self._quick else TURNS
        befores: dict[str, Callable[[Peer], object] | None] = {"": None}
        if self._system.name == "chinwag":
            befores["cold_"] = lambda peer: cast("ChinwagPeer", peer).evict()
        for kind, before in befores.items():
            folder = self._folder / f"turns_{kind}"
            folder.mkdir()
            costs = await measures.turn_costs(opener(self._system.name), folder, turns, before)
            for turn, cost in costs.items():
                yield self._figure(f"{kind}cpu_us_at_turn_{turn}", cost.cpu, **load())
                yield self._figure(f"{kind}wall_us_at_turn_{turn}", cost.wall, **load())

    async def lives(self) -> AsyncIterator[Finding]:
        """What survives a kill, and what a change of the code does."""
        kills, changes = (KILLS[1:2], list(scripts.CHANGES)[:1]) if self._quick else (KILLS, list(scripts.CHANGES))
        name, gate = self._system.name, asyncio.Semaphore(AT_ONCE)
        work = [
            self._trial(gate, metric, partial(lives.killed, name, instant=instant, again=again))
            for metric, instant, again in kills
        ]
        if self._system.durable:
            work += [
                self._trial(gate, metric_of(change), partial(lives.changed, name, change=change)) for change in changes
            ]
        for finding in await asyncio.gather(*work):
            yield finding

    async def _trial(self, gate: asyncio.Semaphore, metric: str, trial: Callable[..., Awaitable[str]]) -> Finding:
        folder = Path(tempfile.mkdtemp(dir=self._folder))  # a short name: a socket's path may have 107 characters
        async with gate:
            says = await trial(folder=folder)
        return Finding(self._system.name, metric, self.version, says=says)

    def _figure(self, metric: str, value: float, **details: object) -> Finding:
        return Finding(self._system.name, metric, self.version, value, details={"keeps": self._system.keeps, **details})

    def _scaled(self, size: int) -> int:
        return max(size // QUICK, 20) if self._quick else size


def metric_of(change: str) -> str:
    """The metric that tells what a change does."""
    return f"changed_{change.replace(' ', '_')}"


async def measure(name: str, what: str, folder: Path, *, quick: bool) -> None:
    """Print the findings of one measure; why not, if the system is not here."""
    bench = Bench(find(name), folder, quick=quick)
    try:
        async for finding in getattr(bench, what)():
            print(finding.line(), flush=True)
    except (ImportError, Missing) as error:
        print(Finding(name, "skipped", "", says=str(error)).line(), flush=True)


def end_servers(folder: Path) -> None:
    """End the servers that were started in the folder and still run."""
    for file in folder.rglob("redis.pid"):
        pid = int(file.read_text(encoding="ascii"))
        command = Path(f"/proc/{pid}/cmdline")
        if command.exists() and b"redis-server" in command.read_bytes():
            os.kill(pid, signal.SIGTERM)
