"""Two questions in Chinwag: the whole way from bytes to marked as sent, with few and with many messages under way."""

import asyncio
import gc
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import disk
from benchmarks.chinwag_system import InProcess, started
from benchmarks.report import Figure, Report, load
from benchmarks.traffic import FULL, QUICK, ClosedLoop, Traffic


@dataclass(slots=True)
class Watch:
    """Seconds while it is entered: of time, and of the processor, for this thread and for all."""

    wall: float = 0.0
    main: float = 0.0
    all: float = 0.0

    def __enter__(self) -> None:
        """Begin."""
        self._add(-1)

    def __exit__(self, *_: object) -> None:
        """End."""
        self._add(1)

    def _add(self, sign: int) -> None:
        self.wall += sign * time.perf_counter()
        self.main += sign * time.thread_time()
        self.all += sign * time.process_time()


async def talk(path: Path, traffic: Traffic, under_way: int, around: AbstractContextManager[object]) -> None:
    """Run the whole traffic, until the last message is marked as sent; ``around`` is entered meanwhile.

    Raises:
        AssertionError: somebody did not get the right answers.
    """
    network = InProcess()
    loop = ClosedLoop(traffic, under_way, network.feed)
    network.on_send = loop.on_send
    worker = await started(path, network)
    gc.collect()
    with around:
        loop.start()
        await worker.quiet()
    await worker.stop()
    loop.check()


async def measure(path: Path, traffic: Traffic, under_way: int) -> float:
    """Run the whole traffic; messages a second.

    Raises:
        AssertionError: somebody did not get the right answers.
    """
    watch = Watch()
    await talk(path, traffic, under_way, watch)
    return traffic.messages / watch.wall


def run(report: Report, quick: bool) -> None:  # noqa: FBT001 - every bench is called as run(report, quick)
    """Measure messages a second; counted until the last one is marked as sent on the disk."""
    scale = QUICK if quick else FULL
    traffic = Traffic(scale.users)
    for under_way in (scale.few_under_way, scale.many_under_way):
        raw = []
        for _ in range(1 if quick else 3):
            with disk.scratch() as folder:
                raw.append(asyncio.run(measure(folder / "chinwag.db", traffic, under_way)))
        details = {**traffic.circumstances(under_way), "synchronous": "full", "timeouts": "both questions", **load()}
        report.write(Figure("two_questions", "chinwag", "messages_per_second", tuple(raw), details=details))
