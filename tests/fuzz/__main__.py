"""``python tests/fuzz [--seconds N] [TARGET ...]``: the coverage-guided fuzzer on every target, or on those named.

Each target has a process of its own, with limits on memory and on the time of one input, and keeps what it has learnt
in ``build/fuzz/TARGET``. An input that is too much for it goes to ``tests/fuzz/found/TARGET``, where the tests replay
it from then on. The last line is JSON. Needs atheris, and without it does nothing but say so.
"""

import argparse
import hashlib
import importlib
import json
import random
import re
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

CORPUS = ROOT / "build" / "fuzz"
FOUND = Path(__file__).parent / "found"
MEGABYTES = 1_024
ONE_INPUT = 25
"""Seconds."""
ADVICE = "the fuzzer needs atheris, which is not installed: python -m pip install -c constraints.txt '.[fuzz]'\n"


def main() -> int:
    """Fuzz."""
    parser = argparse.ArgumentParser(prog="python tests/fuzz", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help="which; left out, all")
    parser.add_argument("--seconds", type=int, default=60, help="how long for each target")
    parser.add_argument("--runs", type=int, default=-1, help="at most so many inputs for each target")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    try:
        atheris: Any = importlib.import_module("atheris")
    except ImportError:
        sys.stderr.write(ADVICE)
        return 2
    if given.child:
        _fuzz(atheris, given.targets[0], given.seconds, given.runs)
    names = _names()
    unknown = [name for name in given.targets if name not in names]
    if unknown:
        parser.error(f"there is no target {unknown[0]!r}: {', '.join(names)}")
    return _all(given.targets or names, given.seconds, given.runs)


def _names() -> list[str]:
    from tests.fuzz.targets import TARGETS  # noqa: PLC0415 - the child imports it under instruments

    return list(TARGETS)


def _all(names: list[str], seconds: int, runs: int) -> int:
    began = time.monotonic()
    total, crashes = 0, 0
    for name in names:
        done, edges, found, last = _one(name, seconds, runs)
        total += done
        crashes += len(found)
        sys.stdout.write(f"{name}: {done:,} runs, {edges:,} edges, {len(found)} crashes\n")
        if found:
            sys.stdout.write("".join(f"  {path}\n" for path in found) + last)
        sys.stdout.flush()
    result = {"bench": "fuzz", "targets": len(names), "runs": total, "crashes": crashes}
    sys.stdout.write(json.dumps({**result, "seconds": round(time.monotonic() - began)}) + "\n")
    return 1 if crashes else 0


def _one(name: str, seconds: int, runs: int) -> tuple[int, int, list[str], str]:
    """Fuzz one target in a process of its own: runs, edges, what was found, and its last words."""
    before = set((FOUND / name).glob("*"))
    command = [sys.executable, str(Path(__file__).parent), "--child", f"--seconds={seconds}", f"--runs={runs}", name]
    done = subprocess.run(command, check=False, capture_output=True, cwd=ROOT, text=True, errors="replace")
    said = done.stdout + done.stderr
    found = sorted(str(path.relative_to(ROOT)) for path in set((FOUND / name).glob("*")) - before)
    if not before and not found:
        shutil.rmtree(FOUND / name, ignore_errors=True)
    counted = re.search(r"number_of_executed_units:\s+(\d+)", said)
    edges = [int(edge) for edge in re.findall(r"cov: (\d+)", said)]
    if done.returncode and not found:
        found = [f"the process ended with {done.returncode}"]
    return int(counted[1]) if counted else 0, max(edges, default=0), found, _last_words(said)


def _last_words(said: str) -> str:
    trace = said.rpartition("=== Uncaught Python exception")[2] or said
    return "".join(f"    {line}\n" for line in trace.splitlines()[:40])


def _fuzz(atheris: Any, name: str, seconds: int, runs: int) -> None:
    """Fuzz in this process, which ends by it."""
    with atheris.instrument_imports(include=["chinwag"]):
        from tests.fuzz.mangling import mangled  # noqa: PLC0415 - under instruments
        from tests.fuzz.targets import TARGETS  # noqa: PLC0415 - likewise
    target = TARGETS[name]
    corpus, found = CORPUS / name, FOUND / name
    for folder in (corpus, found):
        folder.mkdir(parents=True, exist_ok=True)
    for seed in target.seeds():
        (corpus / hashlib.sha256(seed).hexdigest()[:20]).write_bytes(seed)

    def mutated(data: bytes, largest: int, seed: int) -> bytes:
        rng = random.Random(seed)  # noqa: S311 - a mutation, no secret
        changed = mangled(data, rng) if rng.random() < 0.5 else None
        if changed is not None and len(changed) <= largest:
            return changed
        by_bytes: bytes = atheris.Mutate(data, largest)
        return by_bytes

    def fed(data: bytes) -> None:
        try:
            target(data)
        except Exception:
            # The fuzzer keeps it, too, if its process gets to that.
            (found / f"crash-{hashlib.sha1(data, usedforsecurity=False).hexdigest()}").write_bytes(data)
            raise

    limits = [f"-max_total_time={seconds}", f"-runs={runs}", f"-max_len={target.largest}", f"-timeout={ONE_INPUT}"]
    output = [f"-rss_limit_mb={MEGABYTES}", f"-artifact_prefix={found}/", "-print_final_stats=1"]
    atheris.Setup([sys.argv[0], *limits, *output, str(corpus)], fed, custom_mutator=mutated)
    resource.setrlimit(resource.RLIMIT_AS, (4 * MEGABYTES << 20, 4 * MEGABYTES << 20))
    atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
