"""The runner: seeds until the time is up, one JSON line at the end, and for each violation the command that replays it.

Owns the command line. Progress and violations go to stderr, the JSON line to stdout; the exit code is 1 if an
invariant did not hold.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from itertools import count
from multiprocessing import get_context
from pathlib import Path

from msgspec import Struct
from tests.simulation.scenario import scenario
from tests.simulation.shrink import shrink, told
from tests.simulation.world import Result, World

RECORDED = Path(__file__).with_name("seeds.txt")
COMMAND = "python -m tests.simulation --seed {seed}"
MOST_TOLD = 5


class Tally(Struct):
    """What was played."""

    seeds: int = 0
    messages: int = 0
    faults: int = 0
    violations: int = 0
    failing: list[int] = []

    def add(self, result: Result) -> None:
        self.seeds += 1
        self.messages += result.messages
        self.faults += result.faults
        if result.violation is not None:
            self.violations += 1
            self.failing.append(result.seed)


def recorded(path: Path = RECORDED) -> list[int]:
    """The seeds that found something once: the first word of each line."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    return [int(line.split()[0]) for line in lines if line.strip() and not line.startswith("#")]


def play(seed: int) -> Result:
    """One scenario."""
    return World(scenario(seed)).run()


def explain(result: Result, patience: float) -> str:
    """What does not hold, how to see it again, and a smaller scenario of the same kind."""
    violation = result.violation
    assert violation is not None
    lines = [f"seed {result.seed}: {violation}", f"  again: {COMMAND.format(seed=result.seed)}"]
    if patience:
        lines += ["  shrunk:", told(shrink(scenario(result.seed), violation.invariant, patience))]
    return "\n".join(lines)


def fresh(first: int | None) -> Iterator[int]:
    """Seeds that nobody has played yet."""
    return count(int.from_bytes(os.urandom(5), "big") if first is None else first)


def until(seconds: float, seeds: Iterator[int], patience: float, *, stop: bool = False) -> Tally:
    """Play seeds until the time is up.

    Args:
        seconds: how long.
        seeds: which ones.
        patience: how long to shrink what fails, in seconds.
        stop: at the first that fails.
    """
    # Who waits for one bug counts the processor's seconds: how soon it is found is no matter of a busy machine.
    clock = time.process_time if stop else time.monotonic
    tally, end = Tally(), clock() + seconds
    gc.disable()  # worlds are large and short-lived: one collection behind each is enough
    for seed in seeds:
        result = play(seed)
        tally.add(result)
        if tally.seeds % 8 == 0:
            gc.collect()
        if result.violation is not None and tally.violations <= MOST_TOLD:
            sys.stderr.write(explain(result, patience) + "\n")
            sys.stderr.flush()
        if clock() >= end or (stop and tally.violations):
            break
    gc.enable()
    return tally


def _one(arguments: tuple[float, int, float]) -> Tally:
    seconds, first, patience = arguments
    return until(seconds, count(first), patience)


def _all(seconds: float, jobs: int, first: int | None, patience: float) -> Tally:
    start = next(fresh(first))
    if jobs == 1:
        return until(seconds, count(start), patience)
    work = [(seconds, start + 10_000_000 * job, patience) for job in range(jobs)]
    whole = Tally()
    with get_context("spawn").Pool(jobs) as pool:
        for tally in pool.imap_unordered(_one, work):
            whole.seeds += tally.seeds
            whole.messages += tally.messages
            whole.faults += tally.faults
            whole.violations += tally.violations
            whole.failing += tally.failing
    return whole


def main(arguments: Sequence[str]) -> int:
    """Run from the command line."""
    parser = argparse.ArgumentParser(prog="python tests/simulation", description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long to play fresh seeds")
    parser.add_argument("--seed", type=int, help="play this one alone")
    parser.add_argument("--first", type=int, help="the first of the fresh seeds; left out, the system's randomness")
    parser.add_argument("--recorded", action="store_true", help="play the seeds of seeds.txt first")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--shrink", type=float, default=20.0, help="how long to shrink what fails, in seconds")
    parser.add_argument("--stop", action="store_true", help="end at the first violation")
    given = parser.parse_args(arguments)
    began = time.monotonic()
    if given.seed is not None:
        tally = until(0, iter([given.seed]), given.shrink)
    elif given.stop:
        tally = until(given.seconds, fresh(given.first), given.shrink, stop=True)
    else:
        tally = _all(given.seconds, given.jobs, given.first, given.shrink)
    if given.recorded:
        for seed in recorded():
            result = play(seed)
            tally.add(result)
            if result.violation is not None:
                sys.stderr.write(explain(result, given.shrink) + "\n")
    _tell(tally, time.monotonic() - began)
    return 1 if tally.violations else 0


def _tell(tally: Tally, seconds: float) -> None:
    line = {
        "bench": "simulation",
        "seeds": tally.seeds,
        "messages": tally.messages,
        "faults": tally.faults,
        "violations": tally.violations,
        "seconds": round(seconds, 1),
        "messages_per_minute": round(tally.messages / seconds * 60),
    }
    if tally.failing:
        line["failing"] = tally.failing[:20]
    sys.stdout.write(json.dumps(line) + "\n")
