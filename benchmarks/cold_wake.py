"""A message to a conversation that is not in memory, and has 10, 100 or 1,000 rows of journal.

Whole: from the bytes to the hand-over of the answer, with the commit in between; the same message to the conversation
while it is live, beside it. Replay only: reading the journal from the disk and running it, without any commit.
"""

import asyncio
import gc
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import disk
from benchmarks.chinwag_system import ACCOUNT, InProcess, endless_bot, started
from benchmarks.report import Figure, Report, expect, load, percentile
from benchmarks.traffic import update_body, update_bytes
from benchmarks.turn_cost import DATE, Talker
from chinwag.core.values import address
from chinwag.runtime.worker import Worker

ROWS = (10, 100, 1_000)
LIMIT_MS = {1_000: 10.0}
USER = 42


@dataclass(frozen=True, slots=True)
class Wakes:
    """Milliseconds of each: cold and live messages as a whole; of a wake its reading, its replay, and the CPU of it."""

    cold: list[float]
    live: list[float]
    read: list[float]
    replay: list[float]
    cpu: list[float]


class Sleeper:
    """One conversation, evicted and woken.

    Args:
        worker: runs it.
        network: takes the user's bytes; tells ``heard`` when the answer is handed over.
    """

    def __init__(self, worker: Worker, network: InProcess) -> None:
        self._worker = worker
        self._network = network
        self._update = 10_000_000
        self.place = address(ACCOUNT, str(USER), str(USER))
        self.handed_over = 0

    def evict(self) -> None:
        """Let the conversation leave memory."""
        for conversation in list(self._worker.table.here(self.place)):
            self._worker.table.evict(conversation)
        expect(self.place not in self._worker.table, "a conversation was not evicted")
        gc.collect()

    async def message(self) -> float:
        """Milliseconds from the bytes of a message to its answer."""
        self._update += 1
        update = update_bytes(self._update, update_body(USER, 1, "more", DATE))
        began = time.perf_counter_ns()
        self._network.feed(update)
        await self._worker.quiet()
        return (self.handed_over - began) / 1e6

    async def wake(self) -> tuple[float, float, float]:
        """Milliseconds of reading, of replaying, and of the processor's time of that, without a message."""
        began = time.perf_counter_ns()
        (parked,) = await self._worker.store.at([self.place])
        read, cpu = time.perf_counter_ns(), time.thread_time_ns()
        with self._worker.guard:
            conversation, _ = self._worker.table.wake(parked, {})
        replayed, worked = time.perf_counter_ns(), time.thread_time_ns()
        self._worker.table.abandon(conversation)
        return (read - began) / 1e6, (replayed - read) / 1e6, (worked - cpu) / 1e6


async def measure(path: Path, rows: int, repeats: int) -> Wakes:
    """Wake a conversation of about ``rows`` rows, ``repeats`` times each way."""

    def on_send(_user: int, _text: str) -> None:
        sleeper.handed_over = time.perf_counter_ns()

    network = InProcess()
    network.on_send = on_send
    worker = await started(path, network, endless_bot)
    sleeper = Sleeper(worker, network)
    talker = Talker(worker, network, USER, 1)
    await talker.say("/start")
    await talker.reach(rows, 1)
    wakes = Wakes([], [], [], [], [])
    for _ in range(repeats):
        sleeper.evict()
        read, replay, cpu = await sleeper.wake()
        wakes.cpu.append(cpu)
        wakes.read.append(read)
        wakes.replay.append(replay)
        wakes.cold.append(await sleeper.message())
        wakes.live.append(await sleeper.message())
    await worker.stop()
    return wakes


def run(report: Report, quick: bool) -> None:  # noqa: FBT001 - every bench is called as run(report, quick)
    """Measure Chinwag."""
    repeats = 5 if quick else 25
    for rows in ROWS:
        with disk.scratch() as folder:
            wakes = asyncio.run(measure(folder / "bench.db", rows, repeats))
        for figure in _figures(rows, wakes):
            report.write(figure)


def _figures(rows: int, wakes: Wakes) -> Iterator[Figure]:
    limit = {"limit": LIMIT_MS[rows]} if rows in LIMIT_MS else {}
    details = {"rows": rows, **load()}
    live = {"live_p50_ms": round(percentile(wakes.live, 0.5), 3)}
    parts = {"read_least_ms": round(min(wakes.read), 3), "replay_cpu_least_ms": round(min(wakes.cpu), 3)}
    replays = tuple(read + replay for read, replay in zip(wakes.read, wakes.replay, strict=True))
    yield Figure(
        "cold_wake", "chinwag", f"whole_ms_at_{rows}_rows", tuple(wakes.cold), "lower", {**details, **live, **limit}
    )
    yield Figure("cold_wake", "chinwag", f"replay_ms_at_{rows}_rows", replays, "lower", {**details, **parts, **limit})
