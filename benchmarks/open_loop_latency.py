"""20,000 messages a second from users who do not wait: how long each answer took.

The two questions, each user's messages far apart (``Traffic.spaced``). A latency counts from the instant at which the
message was due. A system that cannot keep up builds a queue, and its figures grow with the length of the run; so the
rate that was reached is told beside them.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import disk
from benchmarks.bare_loop import BareLoop
from benchmarks.chinwag_system import InProcess, started
from benchmarks.open_loop import Latency, OpenLoop, pace_async
from benchmarks.report import Figure, Report, load
from benchmarks.traffic import Traffic

RATE = 20_000
P99_LIMIT_MS = 25.0


async def measure(path: Path, traffic: Traffic) -> tuple[Latency, float]:
    """Latencies in Chinwag, and seconds from the first message to the last answer.

    Raises:
        AssertionError: somebody did not get the right answers.
    """
    network = InProcess()
    loop = OpenLoop(traffic, RATE, network.feed)
    network.on_send = loop.on_send
    worker = await started(path, network)
    gc.collect()
    began = time.perf_counter()
    await pace_async(loop)
    await worker.quiet()
    seconds = time.perf_counter() - began
    await worker.stop()
    loop.check()
    return loop.latency(), seconds


def measure_bare(path: Path, traffic: Traffic) -> tuple[Latency, float]:
    """Latencies in the bare loop; as ``measure``."""
    bare = BareLoop(path)
    loop = OpenLoop(traffic, RATE, bare.feed)
    gc.collect()
    began = time.perf_counter()
    loop.start()
    wait: int | None = 0
    while wait is not None or not loop.done:
        wait = loop.feed_due()
        if not bare.turn(loop.on_send) and wait:
            time.sleep(wait / 1e9)
    seconds = time.perf_counter() - began
    bare.close()
    loop.check()
    return loop.latency(), seconds


def run(report: Report, quick: bool) -> None:  # noqa: FBT001 - every bench is called as run(report, quick)
    """Measure Chinwag."""
    _run(report, "chinwag", lambda path, traffic: asyncio.run(measure(path, traffic)), quick=quick)


def run_bare(report: Report, quick: bool) -> None:  # noqa: FBT001 - every bench is called as run(report, quick)
    """Measure the bare loop."""
    _run(report, "bare_loop", measure_bare, quick=quick)


def _run(report: Report, system: str, once: Callable[[Path, Traffic], tuple[Latency, float]], *, quick: bool) -> None:
    traffic = Traffic(2_000 if quick else 20_000)
    runs = []
    for _ in range(1 if quick else 3):
        with disk.scratch() as folder:
            runs.append(once(folder / "bench.db", traffic))
    for figure in _figures(system, traffic, runs):
        report.write(figure)


def _figures(system: str, traffic: Traffic, runs: list[tuple[Latency, float]]) -> Iterator[Figure]:
    details: dict[str, object] = {
        "users": traffic.users,
        "messages": traffic.messages,
        "shuffled": True,
        "rate": RATE,
        "reached": round(min(traffic.messages / seconds for _, seconds in runs)),
        "feeder_p99_ms": round(max(latency.feeder_p99 for latency, _ in runs), 2),
        **load(),
    }
    p50, p99, worst = zip(*((latency.p50, latency.p99, latency.worst) for latency, _ in runs), strict=True)
    yield Figure("open_loop_latency", system, "p50_ms", p50, "lower", details)
    yield Figure("open_loop_latency", system, "p99_ms", p99, "lower", {**details, "limit": P99_LIMIT_MS})
    yield Figure("open_loop_latency", system, "worst_ms", worst, "lower", details)
