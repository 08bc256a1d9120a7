"""The project's own files agree with each other: dependencies, pins, and reasons."""

import os
import re
import tomllib
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PYPROJECT = (ROOT / "pyproject.toml").read_text()
PROJECT = tomllib.loads(PYPROJECT)["project"]
REQUIREMENTS = [
    *PROJECT["dependencies"],
    *(need for extra in PROJECT["optional-dependencies"].values() for need in extra),
]
PACKAGES = sorted({re.split(r"[\[<>=!~;]", requirement)[0] for requirement in REQUIREMENTS})


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    return {normalized(name): version for name, _, version in (line.partition("==") for line in lines)}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_dependency_has_its_reason(package: str) -> None:
    page = (ROOT / "docs/why/dependencies.md").read_text()
    assert re.search(rf"^\| `{re.escape(package)}` \| \w.{{10,}} \|$", page, re.MULTILINE), (
        f"{package} stands in pyproject.toml without a line in docs/why/dependencies.md"
    )


def test_no_reason_is_left_of_a_dependency_that_is_gone() -> None:
    page = (ROOT / "docs/why/dependencies.md").read_text()
    assert sorted(set(re.findall(r"^\| `([^`]+)` \|", page, re.MULTILINE))) == PACKAGES


@pytest.mark.parametrize("package", PACKAGES)
def test_every_dependency_is_pinned(package: str) -> None:
    assert normalized(package) in pins()


def test_constraints_name_versions_and_nothing_else() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.!+]+", line)] == []
    assert "chinwag" not in pins()


def test_every_ignored_rule_has_its_reason() -> None:
    lint = PYPROJECT.partition("\nignore = [")[2].partition("[tool.ruff.lint.mccabe]")[0]
    rules = [line for line in lint.splitlines() if re.search(r'"[A-Z]+[0-9]+",|= \["[A-Z]+[0-9]*"\]', line)]
    assert len(rules) > 10
    assert [line for line in rules if not re.search(r"[\],] *# .{8,}", line)] == []


def test_every_file_of_tests_has_a_name_of_its_own() -> None:
    """Folders of tests are no packages: a second file of the same name could not be imported beside the first."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("*.py") if path.stem not in {"__main__", "conftest"})
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("name", ["run"])
def test_ci_can_be_started(name: str) -> None:
    assert os.access(ROOT / ".ci" / name, os.X_OK)


class TestRequire:
    def test_what_is_there_is_no_reason_to_skip(
        self, require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CHINWAG_REQUIRE_SERVICES", "1")
        require("python3")

    def test_a_missing_program_skips_in_words(
        self, require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("CHINWAG_REQUIRE_SERVICES", raising=False)
        with pytest.raises(pytest.skip.Exception, match="'no-such-program' is not on the path"):
            require("no-such-program")

    def test_a_missing_program_fails_where_it_is_demanded(
        self, require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CHINWAG_REQUIRE_SERVICES", "1")
        with pytest.raises(pytest.fail.Exception, match="asks for it"):
            require("no-such-program")

    def test_a_service_that_does_not_answer_is_named_without_its_credentials(
        self, require: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("CHINWAG_REQUIRE_SERVICES", raising=False)
        with pytest.raises(pytest.skip.Exception) as skipped:
            require("amqp://me:hush@127.0.0.1:1")
        assert "127.0.0.1:1 (amqp)" in str(skipped.value)
        assert "hush" not in str(skipped.value)
