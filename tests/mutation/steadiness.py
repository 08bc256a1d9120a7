"""A pytest plugin for runs on mutants: the same verdict each time, quick tests first, and room on the stack.

mutmut wraps every function of core in another, so a value that is nested as deep as may be needs three times the stack.
Hypothesis draws the same few examples each time: a mutant that dies by luck today would be a survivor tomorrow. mutmut
stops at the first test that fails, so the quick ones, by its own measurement, go first.
"""

import json
import os
import sys
from collections.abc import Generator
from pathlib import Path

import pytest
from hypothesis import settings

# mutmut runs pytest in its own folder, where it keeps this file.
MEASURED = Path("mutmut-stats.json")


def pytest_load_initial_conftests() -> None:
    sys.setrecursionlimit(4_000)
    settings.register_profile("mutation", max_examples=20, deadline=None, derandomize=True, database=None)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """A test that is not found would count as one that fails; it counts as none."""
    try:
        return (yield)
    except pytest.UsageError:
        os._exit(pytest.ExitCode.NO_TESTS_COLLECTED)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    durations = json.loads(MEASURED.read_bytes())["duration_by_test"] if MEASURED.exists() else {}
    items.sort(key=lambda item: (durations.get(item.nodeid, 0.0), item.nodeid))
