"""A real process is killed, and nobody can tell; with a fault in its source, everybody can.

The few kills here are a taste. ``python -m tests.kills`` does it for minutes, on a full disk and a read-only one too.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"

# Faults in the source, each with the count that must show it: file, what stands there, what is put in its place.
FAULTS = {
    "acknowledges before the commit": (
        "lost",
        "runtime/worker.py",
        "self.inputs.append(Arrived(arrival, arrival.at or self.clock.now(), place, done))",
        "self.inputs.append(Arrived(arrival, arrival.at or self.clock.now(), place, None)); done and done()",
    ),
    "marks as sent before sending": (
        "lost",
        "runtime/outbox.py",
        "SENDING, world.epoch) if",
        '"sent", world.epoch) if',
    ),
    "forgets that it may have been sent": (
        "uncounted_doubles",
        "runtime/outbox.py",
        "self._world.epoch, int(one.doubtful)))",
        "self._world.epoch, 0))",
    ),
    "sends what it has not claimed": (
        "uncounted_doubles",
        "runtime/outbox.py",
        "draft.batch.promotions.append((one.message.id, self._world.epoch, int(one.doubtful)))",
        "pass",
    ),
    "sends again under another key": (
        "uncounted_doubles",
        "runtime/delivery.py",
        'key=f"{self._world.identity}-{entry.message.id}"',
        'key=f"{self._world.epoch}-{entry.message.id}"',
    ),
    "forgets which ids it has seen": (
        "wrong",
        "runtime/decider.py",
        "draft.batch.seen.append((name, number, self.now))",
        "pass",
    ),
    "keeps durable data in memory alone": (
        "wrong",
        "stores/sqlite.py",
        "        if rows:\n            columns[name]",
        '        if rows and name != "writes":\n            columns[name]',
    ),
    "runs a step again that must not run twice": (
        "wrong",
        "runtime/revival.py",
        "if epoch and step.once:",
        "if False:",
    ),
}


def broken(fault: str) -> tuple[str, str]:
    """The file of a fault, and its source with the fault in it."""
    _, file, there, instead = FAULTS[fault]
    source = (SOURCE / "chinwag" / file).read_text()
    assert source.count(there) == 1, f"{file} has changed: plant the fault anew"
    return file, source.replace(there, instead)


def killed(*options: str) -> tuple[int, dict[str, Any], str]:
    """Run the command; its exit code, its result, and what it told."""
    command = [sys.executable, "-m", "tests.kills", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    lines = done.stdout.splitlines()
    assert lines, done.stderr
    return done.returncode, json.loads(lines[-1]), done.stderr


def assert_well(kills: int, *options: str) -> None:
    code, result, told = killed("--kills", str(kills), *options)
    assert (code, result["kills"]) == (0, kills), told
    assert (result["lost"], result["uncounted_doubles"], result["wrong"]) == (0, 0, 0)
    assert result["messages"] > result["answers"] > 0


@pytest.mark.timeout(120)
def test_a_few_kills() -> None:
    assert_well(3, "--users", "10", "--only", "kills")


@pytest.mark.soak
@pytest.mark.timeout(600)
def test_many_kills_and_every_other_end() -> None:
    assert_well(60)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_still_has_its_place(fault: str) -> None:
    file, source = broken(fault)
    compile(source, file, "exec")


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(fault: str, tmp_path: Path) -> None:
    shutil.copytree(SOURCE / "chinwag", tmp_path / "chinwag", ignore=shutil.ignore_patterns("__pycache__"))
    file, source = broken(fault)
    (tmp_path / "chinwag" / file).write_text(source)
    count = FAULTS[fault][0]
    code, result, told = killed("--kills", "25", "--users", "60", "--only", "kills", "--source", str(tmp_path))
    assert code == 1, told
    assert result[count] > 0, told
