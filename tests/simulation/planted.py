"""Planted bugs: each patch breaks one invariant in a copy of the source, and the simulation must find it.

``python tests/simulation/planted.py [NAME ...]`` applies each patch of ``planted/`` to a copy, plays fresh seeds there
until something does not hold, and tells after how long. The exit code is 1 if one is not found within a minute, or no
longer applies.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PATCHES = Path(__file__).with_name("planted")
LONGEST = 60


def patches() -> list[Path]:
    """All of them, by name."""
    return sorted(PATCHES.glob("*.patch"))


def breaks(patch: Path) -> int:
    """The invariant that its first line names."""
    first = patch.read_text(encoding="utf-8").partition(":")[0]
    return int(first.removeprefix("invariant "))


def apply(patch: Path, folder: Path) -> None:
    """Copy the source into a folder, and break it.

    Raises:
        RuntimeError: if the patch no longer applies.
    """
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    command = ["git", "apply", "-C1", "--whitespace=nowarn", str(patch)]
    # Outside of any repository, so that git looks at nothing but the files.
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        msg = f"{patch.name} no longer applies; make it anew against the source:\n{done.stderr}"
        raise RuntimeError(msg)


def found(patch: Path, seconds: float = LONGEST, first: int = 1_000_000) -> tuple[float, str]:
    """How long the simulation plays until it finds the bug, and what it says; an empty text if it does not find it.

    Raises:
        RuntimeError: if the seed that finds it fails without the bug, too: then it has found something else.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        apply(patch, folder)
        began = time.monotonic()
        told, words = _played(folder / "src", "--stop", "--seconds", str(seconds), "--first", str(first))
        took = time.monotonic() - began
    if not told["violations"]:
        return took, ""
    whole, other = _played(ROOT / "src", "--seed", str(told["failing"][0]))
    if whole["violations"]:
        msg = f"what was found with {patch.name} is there without it, too: {other}"
        raise RuntimeError(msg)
    return took, words


def _played(source: Path, *arguments: str) -> tuple[dict[str, Any], str]:
    """Run the simulation on a source; its JSON line, and the first line of what it complains of."""
    environment = {**os.environ, "PYTHONPATH": f"{source}{os.pathsep}{ROOT}", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "tests.simulation", "--shrink", "0", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if not done.stdout.strip():
        msg = f"the simulation ended without a word:\n{done.stderr}"
        raise RuntimeError(msg)
    words = [line for line in done.stderr.splitlines() if line.startswith("seed ")]
    return json.loads(done.stdout), words[0] if words else ""


def main(names: Sequence[str]) -> int:
    """Find them all, or those that are named."""
    missed = 0
    for patch in patches():
        if names and patch.stem not in names:
            continue
        took, words = found(patch)
        missed += not words
        sys.stdout.write(f"{patch.stem:34} invariant {breaks(patch):2}  {took:5.1f} s  {words[:150] or 'NOT FOUND'}\n")
        sys.stdout.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
