"""100,000 schedules are due at the same instant: how fast they become conversations that are durable and have asked.

And what a million schedules, in 24 zones, cost at a start, and in memory beyond the store's cache. Those that are due
are written by a worker that meets their recipients in its settings; they become due because the clock of the next
worker stands a minute behind the run. The million stands in the file as such a worker would have left it.
"""

import asyncio
import gc
import sqlite3
import time
import tracemalloc
from pathlib import Path

import msgspec

from benchmarks import disk
from benchmarks.chinwag_system import ACCOUNT, PATIENCE, Ahead, InProcess
from benchmarks.report import Figure, Report, expect, load
from chinwag import Bot, Chat
from chinwag.core.schedules import daily, next_run
from chinwag.core.values import Address
from chinwag.runtime.account import Account
from chinwag.runtime.memory import tune_collector
from chinwag.runtime.recipients import EDITION, edition_of
from chinwag.runtime.worker import Worker
from chinwag.stores.sqlite import SqliteStore

DUE, MANY = 100_000, 1_000_000
QUICK_DUE, QUICK_MANY = 2_000, 20_000
SPEED, BYTES, SECONDS = 10_000, 200, 2.0
"""What is asked for: at least so many a second, at most so many bytes a schedule and seconds for a start."""
ZONES = [f"Etc/GMT{offset:+d}" for offset in range(-12, 12)]
MINUTE = 60_000_000
AT_ONCE = 10_000
LONGEST = 120.0
"""Seconds."""

bot = Bot("bench", subscribers=True)


@bot.daily("20:00")
async def evening(chat: Chat) -> None:
    """Ask, and wait for long."""
    await chat.ask("Did you?", timeout=PATIENCE)


def place(number: int) -> str:
    """The address of a recipient."""
    return str(Address(ACCOUNT, str(number), str(number)))


async def worker_of(path: Path, network: InProcess, recipients: int = 0, shift: int = 0) -> Worker:
    """A worker that has been started."""
    clock = Ahead(asyncio.get_running_loop(), shift)
    account = Account(ACCOUNT, bot, network, [(place(number), "UTC") for number in range(recipients)])
    worker = network.worker = Worker(SqliteStore(path), [account], clock)
    await worker.start()
    tune_collector()
    return worker


async def plan(path: Path, recipients: int) -> float:
    """Give everybody a row; seconds that a first start takes with so many recipients."""
    began = time.perf_counter()
    worker = await worker_of(path, InProcess(), recipients)
    took = time.perf_counter() - began
    await worker.stop()
    return took


async def fire(path: Path, recipients: int) -> float:
    """Start a minute after all are due; seconds until the last has asked.

    Raises:
        AssertionError: somebody was not asked, or twice.
    """
    asked: set[int] = set()
    times = 0
    last = 0.0

    def on_send(user: int, _text: str) -> None:
        nonlocal times, last
        asked.add(user)
        times += 1
        last = time.perf_counter()

    network = InProcess()
    network.on_send = on_send
    now = time.time_ns() // 1000
    due = next_run(daily("20:00"), now, "UTC") or now
    gc.collect()
    began = time.perf_counter()
    worker = await worker_of(path, network, recipients, due - now + MINUTE)
    async with asyncio.timeout(LONGEST):
        while times < recipients:  # noqa: ASYNC110 - for an instant
            await asyncio.sleep(0.005)
    await worker.quiet()
    await worker.stop()
    expect(len(asked) == times == recipients, f"{times} questions to {len(asked)} people, not {recipients}")
    return last - began


def write(path: Path, count: int) -> None:
    """A store with so many schedules, as a worker leaves it."""
    account = Account(ACCOUNT, bot, InProcess())
    now = time.time_ns() // 1000
    dues = [next_run(daily("20:00"), now, zone) or 0 for zone in ZONES]
    database = sqlite3.connect(path)
    rows = ((n, "evening", place(n), ZONES[n % 24], "daily 20:00", dues[n % 24], now) for n in range(1, count + 1))
    database.executemany("INSERT INTO schedule VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    edition = msgspec.json.encode(edition_of(account)).decode()
    database.execute("INSERT INTO data VALUES (?, ?, ?)", (f"{ACCOUNT}//", EDITION, edition))
    database.commit()
    database.close()


async def start(path: Path, count: int) -> float:
    """Seconds that a start takes."""
    gc.collect()
    began = time.perf_counter()
    worker = await worker_of(path, InProcess())
    took = time.perf_counter() - began
    expect(len(await worker.store.planned((0, 0), AT_ONCE)) == min(count, AT_ONCE), "the schedules are not there")
    await worker.stop()
    return took


async def weigh(path: Path, count: int) -> float:
    """Bytes that a worker allocates for each schedule; what the database keeps in its own cache is not among them."""
    gc.collect()
    tracemalloc.start()
    worker = await worker_of(path, InProcess())
    gc.collect()
    allocated, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    await worker.stop()
    return allocated / count


def run(report: Report, quick: bool) -> None:  # noqa: FBT001 - every bench is called as run(report, quick)
    """Measure Chinwag."""
    due, many = (QUICK_DUE, QUICK_MANY) if quick else (DUE, MANY)
    with disk.scratch() as folder:
        path = folder / "due.db"
        planned = asyncio.run(plan(path, due))
        fired = asyncio.run(fire(path, due))
    details = {"due": due, **load()}
    report.write(
        Figure("schedules", "chinwag", "due_to_asked_per_second", (due / fired,), details={**details, "limit": SPEED})
    )
    report.write(Figure("schedules", "chinwag", "planned_per_second", (due / planned,), details=details))
    with disk.scratch() as folder:
        path = folder / "many.db"
        asyncio.run(plan(path, 0))
        write(path, many)
        took = asyncio.run(start(path, many))
        each = asyncio.run(weigh(path, many))
    details = {"schedules": many, **load()}
    report.write(
        Figure("schedules", "chinwag", "start_seconds", (took,), "lower", {**details, "limit": SECONDS}),
    )
    report.write(Figure("schedules", "chinwag", "bytes_a_schedule", (each,), "lower", {**details, "limit": BYTES}))
