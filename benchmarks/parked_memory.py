"""What a conversation that waits costs in memory, while it is live, and after it was evicted.

Every conversation waits at its second question, with a timeout. Counted is the process's resident memory, all included:
the database's page cache too, which fills up to its bound whatever the number; how much of it that is, is told beside
it. The memory of an evicted conversation is what the process keeps, without that cache, and the number of Python's own
memory blocks. What is kept but free is used again: so as many new conversations are parked once more, and it is told
how much more the process has then than the first time.
"""

import asyncio
import gc
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import apsw

from benchmarks import disk
from benchmarks.chinwag_system import InProcess, started
from benchmarks.report import Figure, Report, expect, load
from benchmarks.traffic import TURNS, Traffic, update_bytes
from chinwag.runtime.worker import Worker

LIVE_LIMIT = 2_048
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Memory:
    """What a process has at one moment, in bytes; ``blocks`` is a number of Python's own memory blocks."""

    rss: int
    sqlite: int
    blocks: int


def memory() -> Memory:
    """Look at this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return Memory(pages * os.sysconf("SC_PAGE_SIZE"), apsw.memory_used(), sys.getallocatedblocks())


async def park(worker: Worker, network: InProcess, traffic: Traffic, people: range) -> None:
    """Have each of ``people`` answer the first question, a thousand at a time."""
    for begin in range(people.start, people.stop, AT_ONCE):
        crowd = range(begin, min(begin + AT_ONCE, people.stop))
        for turn in range(TURNS - 1):
            for index in crowd:
                body = update_bytes_of(traffic, index, turn)
                network.feed(body)
            await worker.quiet()


def update_bytes_of(traffic: Traffic, index: int, turn: int) -> bytes:
    """Write one update, when it is needed: a list of all would be in the way of what is measured."""
    bodies = Traffic(1, first_user=traffic.first_user + index, opening=traffic.opening).bodies()
    return update_bytes(TURNS * index + turn + 1, bodies[turn])


async def measure(path: Path, sizes: tuple[int, ...]) -> dict[str, Memory]:
    """Park so many conversations, one size after the other, evict them all, and park as many new ones.

    Raises:
        AssertionError: the number of live conversations is not the one that was to be measured.
    """
    network = InProcess()
    worker = await started(path, network, budget=2 * sizes[-1])
    traffic = Traffic(2 * sizes[-1] + AT_ONCE)
    await park(worker, network, traffic, range(sizes[-1], sizes[-1] + AT_ONCE))
    evict_all(worker)
    seen = {"empty": memory()}
    reached = 0
    for size in sizes:
        await park(worker, network, traffic, range(reached, size))
        reached = size
        expect(len(worker.table.live) == size, f"{len(worker.table.live)} live, not {size}")
        seen[f"before_collecting_{size}"] = memory()
        gc.collect()
        seen[f"live_{size}"] = memory()
    evict_all(worker)
    seen["evicted"] = memory()
    await park(worker, network, traffic, range(sizes[-1] + AT_ONCE, traffic.users))
    gc.collect()
    seen["again"] = memory()
    await worker.stop()
    return seen


def evict_all(worker: Worker) -> None:
    """Let every conversation leave memory."""
    for conversation in list(worker.table.live.values()):
        worker.table.evict(conversation)
    expect(not worker.table.live, f"{len(worker.table.live)} conversations would not be evicted")
    gc.collect()


def run(report: Report, quick: bool) -> None:  # noqa: FBT001 - every bench is called as run(report, quick)
    """Measure Chinwag."""
    sizes = (1_000, 4_000) if quick else (20_000, 100_000)
    with disk.scratch() as folder:
        seen = asyncio.run(measure(folder / "bench.db", sizes))
    for figure in _figures(sizes, seen):
        report.write(figure)


def _figures(sizes: tuple[int, ...], seen: dict[str, Memory]) -> Iterator[Figure]:
    empty = seen["empty"]
    for size in sizes:
        for name, metric in (("live", "rss_bytes_per_live"), ("before_collecting", "rss_bytes_per_live_uncollected")):
            now = seen[f"{name}_{size}"]
            details = {
                "conversations": size,
                "sqlite_bytes_per_live": round((now.sqlite - empty.sqlite) / size),
                "blocks_per_live": round((now.blocks - empty.blocks) / size, 2),
                "limit": LIVE_LIMIT,
                **load(),
            }
            yield Figure("parked_memory", "chinwag", metric, ((now.rss - empty.rss) / size,), "lower", details)
    few, many = sizes[0], sizes[-1]
    growth = (seen[f"live_{many}"].rss - seen[f"live_{few}"].rss) / (many - few)
    yield Figure(
        "parked_memory", "chinwag", "rss_bytes_per_further_live", (growth,), "lower", {"from": few, "to": many}
    )
    yield from _left(seen["evicted"], empty, many)
    more = (seen["again"].rss - seen[f"live_{many}"].rss - (seen["again"].sqlite - seen[f"live_{many}"].sqlite)) / many
    again = {"conversations": many, **load()}
    yield Figure("parked_memory", "chinwag", "rss_bytes_per_live_more_the_second_time", (more,), "lower", again)


def _left(evicted: Memory, empty: Memory, count: int) -> Iterator[Figure]:
    details = {"conversations": count, "sqlite_bytes_grown": evicted.sqlite - empty.sqlite, **asdict(evicted)}
    rss = (evicted.rss - empty.rss - (evicted.sqlite - empty.sqlite)) / count
    yield Figure("parked_memory", "chinwag", "rss_bytes_per_evicted", (rss,), "lower", details)
    blocks = (evicted.blocks - empty.blocks) / count
    yield Figure("parked_memory", "chinwag", "blocks_per_evicted", (blocks,), "lower", details)
