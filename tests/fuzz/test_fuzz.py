"""Malformed input gives an error value: what Hypothesis draws, what the fuzzer once found, and what asks for much.

Deterministic: new inputs are drawn by ``python tests/fuzz``, and what that finds is replayed here for ever.
"""

import json
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fuzz.mangling import mangled
from tests.fuzz.targets import FOUND, TARGETS, Target

from chinwag.core.errors import StoreCorrupt

ROOT = Path(__file__).parent.parent.parent
FUZZ = Path(__file__).parent
MOST_MEGABYTES = 400
"""For an input of 10 MB: a JSON value of three bytes is a Python object of 64."""

short = settings(
    max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
every_target = pytest.mark.parametrize("target", list(TARGETS.values()), ids=lambda t: t.name)


def test_every_wire_is_fuzzed() -> None:
    wires = {path.parent.name for path in (ROOT / "src/chinwag/networks").glob("*/wire.py")}
    assert wires
    assert {f"wire-{wire}" for wire in wires} <= TARGETS.keys(), "add a line for it to tests/fuzz/targets.py"


@pytest.mark.parametrize("name", TARGETS)
def test_it_takes_what_is_sound(name: str) -> None:
    target = TARGETS[name]
    assert [seed for seed in target.seeds() if target(seed)]


@every_target
def test_any_bytes_and_any_mutation(target: Target) -> None:
    seeds = sorted(target.seeds())

    @short
    @given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace")))
    def any_bytes(data: bytes) -> None:
        target(data)

    @short
    @given(st.sampled_from(seeds), st.integers(0, 2**32), st.integers(0, 5))
    def nearly_sound(seed: bytes, number: int, flips: int) -> None:
        rng = random.Random(number)  # noqa: S311 - a mutation, no secret
        data = bytearray(mangled(seed, rng) or seed)
        for _ in range(flips * bool(data)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        target(bytes(data))

    any_bytes()
    nearly_sound()


@pytest.mark.parametrize(
    ("name", "path"),
    [(name, path) for name, target in TARGETS.items() for path in target.found()],
    ids=lambda part: str(part)[-20:],
)
def test_what_was_found_stays_mended(name: str, path: Path) -> None:
    TARGETS[name](path.read_bytes())


def test_what_was_found_belongs_to_a_target() -> None:
    assert {path.name for path in FOUND.iterdir()} <= TARGETS.keys()


@every_target
def test_memory_stays_in_proportion(target: Target) -> None:
    done = subprocess.run(
        [sys.executable, str(FUZZ / "hostile.py"), target.name], check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-2_000:] + done.stdout[-200:]
    took = [int(number) for number in re.findall(r"^(\d+) MB after", done.stdout, re.MULTILINE)]
    assert len(took) > 15
    assert max(took) < MOST_MEGABYTES, done.stdout


# -- the fuzzer itself -------------------------------------------------------------------------------------------------


def test_what_is_not_allowed_is_found() -> None:
    def broken(data: bytes) -> None:
        if b"$" in data:
            raise KeyError(data)
        raise StoreCorrupt

    target = Target("broken", broken, (StoreCorrupt,), list)
    assert not target(b"")
    with pytest.raises(KeyError):
        target(b"$")


def test_an_allowed_error_is_that_class_and_no_other() -> None:
    def broken(data: bytes) -> None:
        data.decode()

    with pytest.raises(UnicodeDecodeError):
        Target("broken", broken, (ValueError,), list)(b"\xff")


def test_a_mutation_is_a_function_of_its_seed() -> None:
    row = b'[1,"start","","",{"$":"tuple","v":[1,2]},[["0","ask"]]]'
    several = [mangled(row, random.Random(number)) for number in range(200)]  # noqa: S311 - as above
    assert several == [mangled(row, random.Random(number)) for number in range(200)]  # noqa: S311 - as above
    assert len(set(several)) > 100
    assert mangled(b"no JSON", random.Random(1)) is None  # noqa: S311 - as above


def test_without_atheris_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "atheris.py").write_text("raise ImportError\n")
    done = subprocess.run(
        [sys.executable, str(FUZZ)], check=False, capture_output=True, text=True, env={"PYTHONPATH": str(tmp_path)}
    )
    assert done.returncode == 2
    assert "'.[fuzz]'" in done.stderr
    assert done.stdout == ""


def test_the_fuzzer_counts_its_runs(tmp_path: Path) -> None:
    pytest.importorskip("atheris")
    done = subprocess.run(
        [sys.executable, str(FUZZ), "--runs=300", "address"], check=False, capture_output=True, text=True, cwd=tmp_path
    )
    last = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0, done.stdout
    assert last | {"seconds": 0} == {"bench": "fuzz", "targets": 1, "runs": last["runs"], "crashes": 0, "seconds": 0}
    assert last["runs"] >= 300
