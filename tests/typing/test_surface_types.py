"""mypy and pyright, both strict, read the public surface as a user: what is right is clean, what is wrong is refused.

`use.py` holds lines that must pass, with the types that they must have; each line of `bad.py` that is marked
`# refused` must be reported by both. Nothing of either file runs.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
FILES = ("use.py", "bad.py")
Reports = dict[tuple[str, int], list[str]]


def run(*command: str) -> str:
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout


def mypy(cache: Path) -> Reports:
    """What mypy says of each line; a line of its output is `file:line: error: words  [code]`."""
    reports: Reports = {}
    paths = [str(HERE / name) for name in FILES]
    options = [
        "--strict",
        "--follow-imports=silent",
        "--no-error-summary",
        "--hide-error-context",
        f"--cache-dir={cache}",
    ]
    for line in run("mypy", *options, *paths).splitlines():
        if found := re.fullmatch(r"(?:.*/)?(\w+\.py):(\d+): error: (.*)", line):
            reports.setdefault((found[1], int(found[2])), []).append(found[3])
    return reports


def pyright(_: Path) -> Reports:
    """What pyright says of each line."""
    output = run("pyright", "--outputjson", "--pythonpath", sys.executable, "--project", str(HERE))
    reports: Reports = {}
    for found in json.loads(output)["generalDiagnostics"]:
        place = (Path(found["file"]).name, found["range"]["start"]["line"] + 1)
        reports.setdefault(place, []).append(found["message"])
    return reports


@pytest.mark.timeout(180)
@pytest.mark.parametrize("checker", [mypy, pyright])
def test_the_surface_is_typed(checker: Callable[[Path], Reports], tmp_path: Path) -> None:
    reports = checker(tmp_path)
    assert {place: words for place, words in reports.items() if place[0] == "use.py"} == {}
    lines = (HERE / "bad.py").read_text().splitlines()
    refused = {number for number, line in enumerate(lines, 1) if line.endswith("# refused")}
    assert refused
    assert {number for name, number in reports if name == "bad.py"} == refused
