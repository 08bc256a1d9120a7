"""Ten thousand sheep in one process: what they cost, how late they are, how fast they stop.

The sheep of ``examples/flock``, each an account of its own with a network of its own, a stub in this process that takes
20 ms for a post. They start spread over one interval, so in each second a thirtieth of them posts. A post is due an
interval after the network took the last one. What it comes later is its lateness, with all that lies between: the
commit, the deadline, the step that reads the poem, the commit before the post. Resident memory is all of the process's
beyond what it has with a few sheep, the database's cache included.
"""

import asyncio
import gc
import sys
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks import disk
from benchmarks.parked_memory import Memory, memory
from benchmarks.report import Figure, Report, expect, load
from chinwag.cli.loading import load as load_bot
from chinwag.core.errors import ChinwagError
from chinwag.core.settings import given
from chinwag.core.values import Outgoing
from chinwag.ports import Inbox, Receipt
from chinwag.runtime.account import Account
from chinwag.runtime.charge import Plan
from chinwag.runtime.clock import RealClock
from chinwag.runtime.fold import GRACE
from chinwag.runtime.memory import tune_collector
from chinwag.runtime.shepherd import Shepherd
from chinwag.runtime.worker import Worker
from chinwag.stores.sqlite import SqliteStore

SHEEP = Path(__file__).parent.parent / "examples" / "flock" / "sheep.py"
FEW = 100
LATENCY = 0.02
MOST_BYTES, LATEST_MS, LONGEST_STOP = 4096, 100.0, 1.0
"""What one sheep may cost, how late the last of a hundred may be, how many seconds a stop may take."""


@dataclass(slots=True)
class Field:
    """What happens on all stubs.

    Args:
        interval: between two posts of one sheep, in seconds.
    """

    interval: float
    late: list[float] = field(default_factory=list)
    posts: int = 0
    counting: bool = False


class Stub:
    """One sheep's network."""

    __slots__ = ("_expected", "_field", "closed", "failure", "finished")

    numbered = False
    window = 3_600_000_000
    echoes = False
    posts = True

    def __init__(self, meadow: Field, never: asyncio.Event) -> None:
        self.finished = self.closed = never
        self.failure: ChinwagError | None = None
        self._field = meadow
        self._expected = 0.0

    async def start(self, inbox: Inbox) -> None:
        """Nothing arrives."""
        del inbox

    async def stop(self) -> None:
        """Nothing was begun."""

    def restore(self) -> None:
        """Nothing was changed."""

    def send(self, message: Outgoing) -> Awaitable[Receipt]:
        """Take a post, and note how late it comes."""
        meadow = self._field
        meadow.posts += 1
        if meadow.counting and self._expected:
            meadow.late.append(time.perf_counter() - self._expected)
        return self._take(str(message.id))

    async def _take(self, ref: str) -> Receipt:
        await asyncio.sleep(LATENCY)
        self._expected = time.perf_counter() + self._field.interval
        return Receipt(ref)


@dataclass(frozen=True, slots=True)
class Seen:
    """What was measured.

    Args:
        few: the memory with a few sheep.
        all: with all of them.
        cpu: seconds of the processor in each second.
        posts: in each second.
        late: of each post, in seconds.
        stop: seconds.
    """

    few: Memory
    all: Memory
    cpu: float
    posts: float
    late: list[float]
    stop: float


def plans(module: ModuleType, count: range, meadow: Field, never: asyncio.Event, jitter: float) -> list[Plan]:
    """Accounts as a file would have them, with settings of their own."""

    def plan(number: int) -> Plan:
        name = f"stub:sheep{number}"

        def build() -> Account:
            account = Account(name, module.bot, Stub(meadow, never))
            account.equip(given(module.Sheep, {"line_interval": meadow.interval, "poem_interval": meadow.interval}))
            return account

        return Plan(name, build, str(number), round(jitter * 1_000_000))

    return [plan(number) for number in count]


async def measure(path: Path, size: int, interval: float, seconds: float) -> Seen:
    """Let the sheep post for so many seconds, and stop them."""
    load_bot(str(SHEEP))
    module: Any = sys.modules["sheep"]
    meadow, never = Field(interval), asyncio.Event()
    worker = Worker(SqliteStore(path), [], RealClock(asyncio.get_running_loop()))
    numbers = iter(range(1 << 62))
    shepherd = Shepherd(worker, worker, lambda: next(numbers) % 9973 / 9973)
    await worker.start()
    tune_collector()
    first = plans(module, range(FEW), meadow, never, 0)
    shepherd.tend(first)
    await asyncio.sleep(min(interval, 2.0))
    gc.collect()
    few = memory()
    shepherd.tend([*first, *plans(module, range(FEW, size), meadow, never, interval)])
    await asyncio.sleep(2 * interval)
    gc.collect()
    everybody = memory()
    expect(len(worker.table.live) == size, f"{len(worker.table.live)} sheep live, not {size}")
    meadow.counting, before, began, used = True, meadow.posts, time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds)
    meadow.counting = False
    wall, cpu = time.perf_counter() - began, time.process_time() - used
    posts = (meadow.posts - before) / wall
    ending = time.perf_counter()
    shepherd.close()
    await worker.stop(GRACE)
    await shepherd.stop_fronts()
    return Seen(few, everybody, cpu / wall, posts, meadow.late, time.perf_counter() - ending)


def run(report: Report, quick: bool) -> None:  # noqa: FBT001 - every bench is called as run(report, quick)
    """Measure Chinwag."""
    size, interval, seconds = (500, 2.0, 4.0) if quick else (10_000, 30.0, 60.0)
    with disk.scratch() as folder:
        seen = asyncio.run(measure(folder / "bench.db", size, interval, seconds))
    added, late = size - FEW, sorted(seen.late)
    details = {"accounts": size, "interval_s": interval, "posts_per_second": round(seen.posts, 1), **load()}
    sqlite = round((seen.all.sqlite - seen.few.sqlite) / added)
    rss = (seen.all.rss - seen.few.rss) / added
    own = {"sqlite_bytes_per_sheep": sqlite, "limit": MOST_BYTES, **details}
    report.write(Figure("flock", "chinwag", "rss_bytes_per_sheep", (rss,), "lower", own))
    report.write(Figure("flock", "chinwag", "rss_bytes_without_cache", (rss - sqlite,), "lower", own))
    report.write(Figure("flock", "chinwag", "cpu_share", (seen.cpu,), "lower", details))
    for metric, share in (("late_p50_ms", 0.5), ("late_p99_ms", 0.99), ("late_max_ms", 1.0)):
        value = late[min(len(late) - 1, int(len(late) * share))] * 1000
        report.write(Figure("flock", "chinwag", metric, (value,), "lower", {"limit": LATEST_MS, **details}))
    report.write(Figure("flock", "chinwag", "stop_s", (seen.stop,), "lower", {"limit": LONGEST_STOP, **details}))
