"""``python -m benchmarks.comparison [SYSTEM ...] [--quick] [--write]``: compare, each measure in a fresh process.

Without a SYSTEM, all are compared. The speeds are measured in rounds, system by system, since a machine's speed drifts;
the rest once. A system that is not installed is skipped in words. Ends with 1 if a measure failed. ``--write`` puts the
tables of a whole run into the docs.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from benchmarks import disk
from benchmarks.comparison import table
from benchmarks.comparison.one import end_servers, measure
from benchmarks.comparison.shape import Finding, read
from benchmarks.comparison.systems import SYSTEMS, System

ROUNDS = 3
LIVES_AT_ONCE = 2
"""Systems whose lives are led at the same time: they are not timed."""
LONGEST = 300
"""Seconds that one measure may take."""


class Run:
    """One run of the comparison.

    Args:
        systems: what is compared.
        quick: small sizes, one round.
    """

    def __init__(self, systems: Sequence[System], *, quick: bool) -> None:
        """Nothing is measured yet."""
        self._systems = list(systems)
        self._quick = quick
        self.failed: list[str] = []

    def findings(self) -> Iterator[Finding]:
        """Measure; one finding after the other."""
        yield from self._speeds()
        for what in ("parked", "turns"):
            for system in self._systems:
                if {"parked": system.timed, "turns": system.turns}[what]:
                    yield from self._measured(system, what)
        with ThreadPoolExecutor(LIVES_AT_ONCE) as pool:
            for found in pool.map(lambda system: self._measured(system, "lives"), self._systems):
                yield from found

    def _speeds(self) -> Iterator[Finding]:
        rounds: dict[str, list[Finding]] = {}
        for _ in range(1 if self._quick else ROUNDS):
            for system in [system for system in self._systems if system.timed]:
                for finding in self._measured(system, "speed"):
                    if finding.metric == "skipped":
                        self._systems = [other for other in self._systems if other.module != system.module]
                    rounds.setdefault(system.name, []).append(finding)
        for found in rounds.values():
            yield found[0] if found[0].value is None else _median(found)

    def _measured(self, system: System, what: str) -> list[Finding]:
        _say(f"measuring {what} of {system.name} ...")
        with disk.scratch() as folder:
            command = [sys.executable, "-m", "benchmarks.comparison", "--alone", what, "--folder", str(folder)]
            quick = ["--quick"] if self._quick else []
            try:
                child = subprocess.run(  # noqa: S603
                    [*command, *quick, system.name], stdout=subprocess.PIPE, text=True, check=False, timeout=LONGEST
                )
            except subprocess.TimeoutExpired:
                self._fail(f"{what} of {system.name} took more than {LONGEST} seconds")
                return []
            finally:
                end_servers(folder)
        if child.returncode:
            self._fail(f"{what} of {system.name}: its error stands above")
        return [read(line) for line in child.stdout.splitlines()]

    def _fail(self, words: str) -> None:
        self.failed.append(words)
        _say(words)


def _median(found: list[Finding]) -> Finding:
    values = [finding.value for finding in found if finding.value is not None]
    raw = [float(f"{value:.5g}") for value in values]
    return replace(found[0], value=statistics.median(values), details={**found[0].details, "raw": raw})


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for; the exit code."""
    asked = _parser().parse_args(arguments)
    if asked.alone:
        asyncio.run(measure(asked.systems[0], asked.alone, Path(asked.folder), quick=asked.quick))
        sys.stdout.flush()
        os._exit(0)  # some systems leave threads behind that would keep the process
    if asked.write and (asked.quick or asked.systems):
        _parser().error("--write needs a whole run: no SYSTEM, no --quick")
    run = Run([system for system in SYSTEMS if not asked.systems or system.name in asked.systems], quick=asked.quick)
    found = []
    for finding in run.findings():
        print(finding.line(), flush=True)
        found.append(finding)
    if asked.write and not run.failed:
        table.PAGE.write_text(table.written(table.PAGE.read_text("utf-8"), table.rendered(found)), "utf-8")
    for words in run.failed:
        _say(f"failed: {words}")
    return 1 if run.failed else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.comparison", description="Compare Chinwag with others.")
    names = [system.name for system in SYSTEMS]
    parser.add_argument("systems", nargs="*", metavar="SYSTEM", choices=[[], *names], help=f"of: {'; '.join(names)}")
    parser.add_argument("--quick", action="store_true", help="small sizes: to see that it works, not how fast")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {table.PAGE}")
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser


def _say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
