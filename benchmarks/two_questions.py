"""Two questions in Chinwag: the whole way from bytes to marked as sent, with few and with many messages under way."""

import asyncio
import gc
import time
from pathlib import Path

from benchmarks import disk
from benchmarks.chinwag_system import InProcess, started
from benchmarks.report import Figure, Report, load
from benchmarks.traffic import FULL, QUICK, ClosedLoop, Traffic


async def measure(path: Path, traffic: Traffic, under_way: int) -> float:
    """Run the whole traffic; messages a second.

    Raises:
        AssertionError: somebody did not get the right answers.
    """
    network = InProcess()
    loop = ClosedLoop(traffic, under_way, network.feed)
    network.on_send = loop.on_send
    worker = await started(path, network)
    gc.collect()
    began = time.perf_counter()
    loop.start()
    await worker.quiet()
    seconds = time.perf_counter() - began
    await worker.stop()
    loop.check()
    return traffic.messages / seconds


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
