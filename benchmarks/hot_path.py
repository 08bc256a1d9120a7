"""What a message costs from its bytes to marked as sent, in figures that other programs' load changes little.

Counted on the main thread, without the simulated users: calls of Python functions, and bytecodes. Measured: the
processor's time of the main thread, and of all: Chinwag has another one that writes. What the main thread has to do is
what limits Chinwag, so what makes it faster shows here, on a busy machine too.
"""

import asyncio
import gc
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks import disk, two_questions
from benchmarks import traffic as users
from benchmarks.bare_loop import BareLoop
from benchmarks.report import Figure, Report, load
from benchmarks.traffic import FULL, QUICK, ClosedLoop, Traffic
from benchmarks.two_questions import Watch

Talk = Callable[[Path, Traffic, int, AbstractContextManager[object]], None]

COUNTED = Traffic(300)
"""They are counted one bytecode at a time, which takes a hundred times as long as to work their messages off."""


@dataclass(slots=True)
class Counts:
    """Python's own work on this thread while it is entered."""

    calls: int = 0
    bytecodes: int = 0

    def __enter__(self) -> None:
        """Count from here on."""
        sys.settrace(self._call)

    def __exit__(self, *_: object) -> None:
        """Count no more."""
        sys.settrace(None)

    def _call(self, frame: FrameType, _event: str, _argument: Any) -> Callable[..., Any] | None:
        if frame.f_code.co_filename in {users.__file__, __file__}:
            return None
        self.calls += 1
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        return self._inside

    def _inside(self, _frame: FrameType, event: str, _argument: Any) -> Callable[..., Any]:
        if event == "opcode":
            self.bytecodes += 1
        return self._inside


def talk(path: Path, traffic: Traffic, under_way: int, around: AbstractContextManager[object]) -> None:
    """Run the traffic through Chinwag."""
    asyncio.run(two_questions.talk(path, traffic, under_way, around))


def talk_bare(path: Path, traffic: Traffic, under_way: int, around: AbstractContextManager[object]) -> None:
    """Run the traffic through a bare loop."""
    bare = BareLoop(path)
    loop = ClosedLoop(traffic, under_way, bare.feed)
    gc.collect()
    with around:
        loop.start()
        while bare.turn(loop.on_send):
            pass
    bare.close()
    loop.check()


def run(report: Report, quick: bool) -> None:  # noqa: FBT001 - every bench is called as run(report, quick)
    """Measure Chinwag."""
    _run(report, "chinwag", talk, quick=quick)


def run_bare(report: Report, quick: bool) -> None:  # noqa: FBT001 - every bench is called as run(report, quick)
    """Measure the bare loop."""
    _run(report, "bare_loop", talk_bare, quick=quick)


def _run(report: Report, system: str, run_through: Talk, *, quick: bool) -> None:
    counts = Counts()
    with disk.scratch() as folder:
        run_through(folder / "counted.db", COUNTED, COUNTED.users // 2, counts)
    details = {**COUNTED.circumstances(COUNTED.users // 2), **load()}
    for metric, count in (("python_calls", counts.calls), ("bytecodes", counts.bytecodes)):
        each = (count / COUNTED.messages,)
        report.write(Figure("hot_path", system, f"{metric}_per_message", each, "lower", details))
    scale = QUICK if quick else FULL
    traffic = Traffic(scale.users)
    watches = [Watch() for _ in range(1 if quick else 5)]
    for watch in watches:
        with disk.scratch() as folder:
            run_through(folder / "measured.db", traffic, scale.few_under_way, watch)
    details = {**traffic.circumstances(scale.few_under_way), **load()}
    for metric, spent in (("main_thread", [w.main for w in watches]), ("all_threads", [w.all for w in watches])):
        raw = tuple(seconds / traffic.messages * 1e6 for seconds in spent)
        report.write(Figure("hot_path", system, f"{metric}_cpu_us_per_message", raw, "lower", details))
