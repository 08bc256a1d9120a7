"""100,000 of a million parked conversations are overdue when the worker starts: how fast it works them off.

And how prompt it is meanwhile with 100 new messages a second. They became overdue because the worker's clock stands
twelve hours ahead of the one on which they were parked. Each of them ends with a word to its user, which is counted
when it is handed over.
"""

import asyncio
import gc
import time
from dataclasses import dataclass
from pathlib import Path

from benchmarks.chinwag_system import InProcess, patient_bot, started
from benchmarks.open_loop import Latency, OpenLoop
from benchmarks.parked_store import FIRST_NEW, FULL, HOUR, QUICK, parked_store
from benchmarks.report import Figure, Report, expect, load
from benchmarks.traffic import Traffic

AHEAD = 12 * HOUR
RATE = 100
LIMIT = 10_000
WORD = "Timeout"


@dataclass(frozen=True, slots=True)
class Worked:
    """Seconds until the last overdue conversation was over, and what new users had to wait meanwhile."""

    seconds: float
    latency: Latency


async def measure(path: Path, overdue: int, update: int) -> Worked:
    """Start, work off, and answer new users as long as that takes.

    Raises:
        AssertionError: the number of conversations that timed out is not ``overdue``.
    """
    timed_out = 0
    last = 0.0

    def on_send(user: int, text: str) -> None:
        nonlocal timed_out, last
        if text != WORD:
            loop.on_send(user, text)
            return
        timed_out += 1
        if timed_out == overdue:
            last = time.perf_counter()

    network = InProcess()
    network.on_send = on_send
    loop = OpenLoop(Traffic(1_000, first_user=update, first_update=update), RATE, network.feed)
    gc.collect()
    began = time.perf_counter()
    worker = await started(path, network, patient_bot, shift=AHEAD)
    loop.start()
    while timed_out < overdue and (wait := loop.feed_due()) is not None:  # noqa: ASYNC110 - for an instant
        await asyncio.sleep(wait / 1e9)
    await worker.quiet()
    latency = loop.latency()
    await worker.stop()
    expect(timed_out == overdue, f"{timed_out} timed out, not {overdue}")
    return Worked(last - began, latency)


def run(report: Report, quick: bool) -> None:  # noqa: FBT001 - every bench is called as run(report, quick)
    """Measure Chinwag."""
    parked = QUICK if quick else FULL
    with parked_store(parked) as path:
        update = FIRST_NEW + 30_000_000_000 + time.time_ns() // 1_000_000
        worked = asyncio.run(measure(path, parked.soon, update))
    details = {"overdue": parked.soon, "parked": parked.count, "new_a_second": RATE, **load()}
    raw = (parked.soon / worked.seconds,)
    report.write(Figure("overdue", "chinwag", "worked_off_per_second", raw, details={**details, "limit": LIMIT}))
    latency = worked.latency
    for name, value in (("p50", latency.p50), ("p99", latency.p99), ("worst", latency.worst)):
        report.write(Figure("overdue", "chinwag", f"new_message_{name}_ms", (value,), "lower", details))
