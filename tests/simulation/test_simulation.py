"""The simulation itself: recorded and fixed seeds hold, it is the same everywhere, and planted bugs apply."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.simulation import rest
from tests.simulation.planted import ROOT, apply, breaks, found, patches
from tests.simulation.run import explain, main, play, recorded
from tests.simulation.scenario import scenario
from tests.simulation.shrink import shrink
from tests.simulation.told import Violation
from tests.simulation.world import Result, World

HERE = Path(__file__).parent
FIXED = range(2_000, 2_024)
PURE = ("chat.py", "reference.py", "rebuild.py", "programs.py")


def held(result: Result) -> None:
    assert result.violation is None, explain(result, 0)


@pytest.mark.parametrize("seed", recorded())
def test_what_was_found_once_holds(seed: int) -> None:
    held(play(seed))


@pytest.mark.parametrize("seed", FIXED)
def test_fixed_seeds_hold(seed: int) -> None:
    held(play(seed))


def test_a_seed_is_the_same_in_every_process() -> None:
    seeds = (2_000, 2_005, 2_011)
    told = set()
    for hashes in ("0", "1", "77"):
        code = (
            "from tests.simulation.run import play\n"
            f"print([(play(seed).digest, play(seed).messages) for seed in {seeds}])\n"
        )
        environment = {**os.environ, "PYTHONHASHSEED": hashes, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
        command = [sys.executable, "-W", "ignore", "-c", code]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        told.add(done.stdout)
    assert len(told) == 1, told


def test_another_seed_is_another_history() -> None:
    assert len({play(seed).digest for seed in (2_000, 2_001, 2_002)}) == 3


def test_every_kind_of_trouble_comes_to_pass() -> None:
    kinds = {act.kind for seed in FIXED for act in scenario(seed).acts}
    assert kinds >= {"say", "join", "crash", "crash_callback", "crash_commit", "crash_send", "tear", "restart", "evict"}
    assert kinds >= {"jump", "outage", "full", "deploy", "cancel", "resume", "retry"}


@pytest.mark.parametrize("name", PURE)
def test_the_reference_shares_nothing_with_chinwag(name: str) -> None:
    tree = ast.parse((HERE / name).read_text(encoding="utf-8"))
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    assert not [module for module in modules if module.split(".")[0] == "chinwag"]


def test_a_failing_scenario_is_shrunk_and_tells_how_to_see_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def look(world: World) -> None:
        if "/help" in world.network.texts.values():
            raise Violation(3, "somebody asked for help")

    monkeypatch.setattr(rest, "_settled", look)
    seed = next(seed for seed in FIXED if play(seed).violation is not None)
    violation = play(seed).violation
    assert violation is not None
    small = shrink(scenario(seed), violation.invariant, patience=5.0)
    assert len(small.acts) <= 40
    words = explain(Result(seed, 0, 0, "", violation), 0)
    assert f"--seed {seed}" in words
    assert "invariant 3" in words


def test_the_last_line_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seconds", "0", "--first", "2000"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["bench"] == "simulation"
    assert (told["seeds"], told["violations"]) == (1, 0)
    assert told["messages"] > 0


def test_planted_bugs_are_many_and_break_every_invariant() -> None:
    assert len(patches()) >= 15
    assert {breaks(patch) for patch in patches()} == set(range(1, 11))


@pytest.mark.parametrize("patch", patches(), ids=lambda patch: patch.stem)
def test_a_planted_bug_still_applies(patch: Path, tmp_path: Path) -> None:
    apply(patch, tmp_path)
    lines = patch.read_text(encoding="utf-8").splitlines()
    broken = tmp_path / next(line for line in lines if line.startswith("+++ ")).removeprefix("+++ b/")
    added = [line[1:].strip() for line in lines if line.startswith("+") and not line.startswith("+++")]
    assert all(line in broken.read_text(encoding="utf-8") for line in added)


@pytest.mark.soak
@pytest.mark.parametrize("patch", patches(), ids=lambda patch: patch.stem)
def test_a_planted_bug_is_found(patch: Path) -> None:
    took, words = found(patch)
    assert words, f"{patch.stem} was not found in {took:.0f} s"
