"""``python -m benchmarks [NAME ...] [--quick]``: measure, each system in a fresh process.

NAME is a bench or a system; without one, all are measured. A bench is a module with ``run(report, quick)`` and one row
in ``ROWS``. Rows of the same bench are measured in turn, round by round, and their runs put together: the speed of a
machine drifts, and systems that are compared should drift together. Ends with 1 if any of them failed.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module

from benchmarks import disk
from benchmarks.report import Figure, Report, merged, read, shares


@dataclass(frozen=True, slots=True)
class Row:
    """What is run in one process: ``function`` of ``module`` measures one system in one bench."""

    bench: str
    system: str
    module: str
    function: str = "run"

    @property
    def name(self) -> str:
        """What the child process is asked for."""
        return f"{self.bench}/{self.system}"


ROWS = (
    Row("fsync", "disk", "benchmarks.disk"),
    Row("two_questions", "bare_loop", "benchmarks.bare_loop"),
    Row("two_questions", "chinwag", "benchmarks.two_questions"),
    Row("two_questions", "aiogram", "benchmarks.aiogram_peer"),
    Row("two_questions", "python-telegram-bot", "benchmarks.telegram_bot_peer"),
    Row("hot_path", "bare_loop", "benchmarks.hot_path", "run_bare"),
    Row("hot_path", "chinwag", "benchmarks.hot_path"),
    Row("lone_message", "bare_loop", "benchmarks.lone_message", "run_bare"),
    Row("lone_message", "chinwag", "benchmarks.lone_message"),
    Row("open_loop_latency", "bare_loop", "benchmarks.open_loop_latency", "run_bare"),
    Row("open_loop_latency", "chinwag", "benchmarks.open_loop_latency"),
    Row("turn_cost", "chinwag", "benchmarks.turn_cost"),
    Row("cold_wake", "chinwag", "benchmarks.cold_wake"),
    Row("parked_memory", "chinwag", "benchmarks.parked_memory"),
    Row("million_parked", "bare_loop", "benchmarks.million_parked", "run_bare"),
    Row("million_parked", "chinwag", "benchmarks.million_parked"),
    Row("overdue", "chinwag", "benchmarks.overdue"),
    Row("schedules", "chinwag", "benchmarks.schedules"),
    Row("telegram_ingest", "chinwag", "benchmarks.telegram_ingest"),
    Row("telegram_ingest", "aiogram", "benchmarks.telegram_ingest", "run_aiogram"),
    Row("line_webhook", "starlette", "benchmarks.line_webhook", "run_bare"),
    Row("line_webhook", "chinwag", "benchmarks.line_webhook"),
    Row("room_fanout", "chinwag", "benchmarks.room_fanout"),
    Row("flock", "chinwag", "benchmarks.flock"),
)
LONGEST = 240
"""Seconds that one row may take."""
ROUNDS = {"two_questions": 3, "telegram_ingest": 3, "line_webhook": 3}
"""How often a bench goes through its systems; once if it is not here, or in a quick run."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for; the exit code."""
    asked = _parser().parse_args(arguments)
    report = Report()
    if asked.alone:
        row = next(row for row in ROWS if row.name == asked.alone)
        getattr(import_module(row.module), row.function)(report, asked.quick)
        return 0
    with disk.scratch() as folder:
        os.environ[disk.SHARED] = str(folder)
        return _measure(report, _chosen(asked.names), quick=asked.quick)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description="Measure, each system in its own process."
    )
    known = {row.bench: None for row in ROWS} | {row.system: None for row in ROWS}
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"a bench or a system: {', '.join(known)}")
    parser.add_argument("--quick", action="store_true", help="small sizes: to see that it works, not how fast")
    parser.add_argument("--alone", help=argparse.SUPPRESS, choices=[row.name for row in ROWS])
    return parser


def _chosen(names: Sequence[str]) -> list[Row]:
    unknown = set(names) - {row.bench for row in ROWS} - {row.system for row in ROWS}
    if unknown:
        _parser().error(f"no bench or system is called {', '.join(sorted(unknown))}")
    return [row for row in ROWS if not names or row.bench in names or row.system in names]


def _measure(report: Report, rows: list[Row], *, quick: bool) -> int:
    failed: list[str] = []
    for bench in dict.fromkeys(row.bench for row in rows):
        rounds: list[list[Figure]] = []
        for _ in range(1 if quick else ROUNDS.get(bench, 1)):
            measured = list(_round(report, [row for row in rows if row.bench == bench], failed, quick=quick))
            rounds.append([*measured, *shares(measured)])
        for figure in merged(rounds):
            report.write(figure)
            report.say(figure.words())
    for name in dict.fromkeys(failed):
        report.say(f"{name} failed: its error stands above")
    return 1 if failed else 0


def _round(report: Report, rows: list[Row], failed: list[str], *, quick: bool) -> Iterator[Figure]:
    for row in rows:
        report.say(f"measuring {row.name} ...")
        command = [sys.executable, "-m", "benchmarks", "--alone", row.name, *(["--quick"] if quick else [])]
        try:
            child = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=LONGEST)  # noqa: S603
        except subprocess.TimeoutExpired:
            report.say(f"{row.name} was ended after {LONGEST} seconds")
            failed.append(row.name)
            continue
        yield from map(read, child.stdout.splitlines())
        if child.returncode:
            failed.append(row.name)


if __name__ == "__main__":
    sys.exit(main())
