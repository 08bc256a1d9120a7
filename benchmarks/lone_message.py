"""A message that has nothing to batch with: from its bytes to the hand-over of the answer.

Back to back, each message comes as soon as the last one was answered, so it may meet the commit that marks that answer
as sent: two fsyncs at worst. Five milliseconds apart it meets an idle worker: one. What an fsync costs is measured in
the same process, before and after, with the same gaps. The log of the store is written over and over, so the fsync of
an overwritten page is what counts; appending one, as a new log does until its first checkpoint, costs more and is told
beside it.
"""

import asyncio
import gc
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import disk
from benchmarks.bare_loop import BareLoop
from benchmarks.chinwag_system import InProcess, started
from benchmarks.report import Figure, Report, load, percentile
from benchmarks.traffic import Traffic, update_bytes

BEYOND_MS = 0.4
"""What a message may take besides its fsyncs."""
SPACED = 0.005
WARM = 30
"""Messages that are not counted: a new database's first pages are made."""


class Lone:
    """Users who come one after the other: the next message is fed when the last one was answered.

    Args:
        traffic: who speaks.
        feed: takes each update's bytes.
        later: called with what feeds the next message, once one was answered.
    """

    def __init__(
        self, traffic: Traffic, feed: Callable[[bytes], object], later: Callable[[Callable[[], None]], object]
    ) -> None:
        self._updates = (update_bytes(number, body) for number, body in enumerate(traffic.bodies(), 1))
        self._feed = feed
        self._later = later
        self._began = 0
        self.took: list[float] = []
        self.done: Callable[[], object] = lambda: None

    def next(self) -> None:
        """Feed the next message, if there is one."""
        update = next(self._updates, None)
        if update is None:
            self.done()
            return
        self._began = time.perf_counter_ns()
        self._feed(update)

    def on_send(self, _user: int, _text: str) -> None:
        """Take the answer."""
        self.took.append((time.perf_counter_ns() - self._began) / 1e6)
        self._later(self.next)


async def measure(path: Path, traffic: Traffic, gap: float) -> list[float]:
    """Milliseconds of each message in Chinwag.

    Args:
        path: a database that does not exist yet.
        traffic: who speaks.
        gap: seconds between an answer and the next message.
    """
    running = asyncio.get_running_loop()
    network = InProcess()
    lone = Lone(traffic, network.feed, lambda feed: running.call_later(gap, feed) if gap else running.call_soon(feed))
    network.on_send = lone.on_send
    worker = await started(path, network)
    over = running.create_future()
    lone.done = lambda: over.set_result(None)
    gc.collect()
    lone.next()
    await over
    await worker.stop()
    return lone.took[WARM:]


def measure_bare(path: Path, traffic: Traffic, gap: float) -> list[float]:
    """Milliseconds of each message in the bare loop; arguments as for ``measure``."""
    bare = BareLoop(path)
    queue: list[Callable[[], None]] = []
    lone = Lone(traffic, bare.feed, queue.append)
    gc.collect()
    lone.next()
    while bare.turn(lone.on_send):
        time.sleep(gap)
        queue.pop()()
    bare.close()
    return lone.took[WARM:]


def run(report: Report, quick: bool) -> None:  # noqa: FBT001 - every bench is called as run(report, quick)
    """Measure Chinwag."""

    def once(path: Path, traffic: Traffic, gap: float) -> list[float]:
        return asyncio.run(measure(path, traffic, gap))

    _run(report, "chinwag", once, quick=quick)


def run_bare(report: Report, quick: bool) -> None:  # noqa: FBT001 - every bench is called as run(report, quick)
    """Measure the bare loop."""
    _run(report, "bare_loop", measure_bare, quick=quick)


def _run(report: Report, system: str, once: Callable[[Path, Traffic, float], list[float]], *, quick: bool) -> None:
    traffic = Traffic(40 if quick else 300)
    for gap in (0.0, SPACED):
        with disk.scratch() as folder:
            before = _fsyncs(folder, gap, quick=quick)
            runs = [once(folder / f"{index}.db", traffic, gap) for index in range(1 if quick else 3)]
            after = _fsyncs(folder, gap, quick=quick)
        fsyncs = {how: round((before[how] + after[how]) / 2, 4) for how in before}
        for figure in _figures(system, runs, gap, fsyncs):
            report.write(figure)


def _figures(system: str, runs: list[list[float]], gap: float, fsyncs: dict[str, float]) -> Iterator[Figure]:
    details = {
        "messages": len(runs[0]),
        "under_way": 1,
        "gap_ms": gap * 1e3,
        "fsync_overwrite_p50_ms": fsyncs["overwrite"],
        "fsync_append_p50_ms": fsyncs["append"],
        **load(),
    }
    limit = {"limit": round(2 * fsyncs["overwrite"] + BEYOND_MS, 4), "limit_of": "2 overwriting fsyncs + 0.4 ms"}
    p50, p99 = (tuple(percentile(took, share) for took in runs) for share in (0.5, 0.99))
    yield Figure("lone_message", system, "p50_ms", p50, "lower", {**details, **limit})
    yield Figure("lone_message", system, "p99_ms", p99, "lower", details)


def _fsyncs(folder: Path, gap: float, *, quick: bool) -> dict[str, float]:
    pages = 50 if quick else 200
    return {
        how: percentile(disk.fsync_ms(folder, pages, append=how == "append", gap=gap), 0.5)
        for how in ("append", "overwrite")
    }
