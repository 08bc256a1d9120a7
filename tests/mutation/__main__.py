"""Mutate core, and ask of every mutant that outlives the tests why it may: `python -m tests.mutation [module ...]`.

Works on a fresh copy in ``build/mutation``, so mutmut's folder disturbs nobody. A survivor is explained by one line of
``survivors.toml``: under its module and function, the line before and after, and the reason. Fails on a survivor that
has none, and on an explanation that explains nothing any more.

One rule explains many: the letters of a sentence may change. Tests look for the words that help a user.
"""

import json
import os
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

from tests.mutation.mutants import Explanations, judge, mutants_of

ROOT = Path(__file__).parents[2]
COPY = ROOT / "build" / "mutation"
CORE = Path("src", "chinwag", "core")
EXPLAINED = Path(__file__).with_name("survivors.toml")


def mutate(modules: list[str]) -> None:
    """Copy what is needed, and run mutmut there."""
    shutil.rmtree(COPY, ignore_errors=True)
    unwanted = shutil.ignore_patterns("__pycache__")
    for folder in ("src", "tests"):
        shutil.copytree(ROOT / folder, COPY / folder, ignore=unwanted)
    shutil.copy2(ROOT / "pyproject.toml", COPY)
    program = str(Path(sys.executable).with_name("mutmut"))
    command = [program, "run", "--max-children", os.environ.get("WORKERS", "2")]
    names = [f"chinwag.core.{module}.*" for module in modules]
    environment = {**os.environ, "HYPOTHESIS_PROFILE": "mutation"}
    subprocess.run([*command, *names], cwd=COPY, env=environment, stdout=sys.stderr, check=True)


def explanations() -> Explanations:
    """The reasons by module, function and change."""
    written = tomllib.loads(EXPLAINED.read_text())
    return {
        (module, function, change): reason
        for module, functions in written.items()
        for function, changes in functions.items()
        for change, reason in changes.items()
    }


def main() -> int:
    started = time.monotonic()
    mutate(sys.argv[1:])
    mutants = [mutant for mutant in mutants_of(COPY / "mutants" / CORE) if mutant.killed is not None]
    unexplained, stale = judge(mutants, explanations())
    for mutant in unexplained:
        sys.stdout.write(f"{mutant.module}: {mutant.function}\n  - {mutant.before}\n  + {mutant.after}\n")
    for module, function, change in stale:
        sys.stdout.write(f"{EXPLAINED.name}: no such survivor any more: {module}: {function}: {change}\n")
    killed = sum(mutant.killed is True for mutant in mutants)
    figures = {
        "bench": "mutation",
        "mutants": len(mutants),
        "killed": killed,
        "explained": len(mutants) - killed - len(unexplained),
        "unexplained": len(unexplained),
        "stale": len(stale),
        "seconds": round(time.monotonic() - started),
    }
    sys.stdout.write(json.dumps(figures) + "\n")
    return 1 if unexplained or stale else 0


if __name__ == "__main__":
    sys.exit(main())
