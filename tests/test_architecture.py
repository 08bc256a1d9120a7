"""The house stands as ARCHITECTURE.md draws it, and each wall holds when somebody leans on it.

The contracts are import-linter's, in pyproject.toml. What it cannot say (an allow-list, a call, a length) is read from
the syntax tree here. For every contract and every rule a violation is planted in a copy of the source, and seen caught.
"""

import ast
import re
import shutil
import sys
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from importlinter import api  # noqa: F401 - importing it is what configures import-linter
from importlinter.application.use_cases import _register_contract_types, create_report, read_user_options

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src"
PYPROJECT = ROOT / "pyproject.toml"
CONTRACTS = tomllib.loads(PYPROJECT.read_text())["tool"]["importlinter"]["contracts"]

# Violations of each contract: files, each with the line that is added to it (a file is made if there is none).
PLANTS: list[tuple[str, dict[str, str]]] = [
    ("layers", {"core/planted.py": "import chinwag.ports"}),
    ("layers", {"bot.py": "import chinwag.ports"}),
    ("layers", {"networks/terminal/planted.py": "import chinwag.stores"}),
    ("layers", {"stores/planted.py": "import chinwag.runtime"}),
    ("layers", {"runtime/planted.py": "import chinwag.stores"}),
    ("layers", {"runtime/planted.py": "import chinwag.networks.terminal"}),
    ("layers", {"testing/planted.py": "import chinwag.cli"}),
    ("layers", {"elsewhere/planted.py": ""}),
    ("adapters", {"stores/planted.py": "import chinwag.bot"}),
    ("adapters", {"networks/terminal/planted.py": "import chinwag.bot"}),
    ("facade", {"core/planted.py": "from chinwag import Bot"}),
    ("acyclic", {"runtime/one.py": "import chinwag.runtime.two", "runtime/two.py": "import chinwag.runtime.one"}),
    ("networks", {"networks/terminal/planted.py": "import chinwag.networks.other", "networks/other/__init__.py": ""}),
    ("pure", {"core/planted.py": "import asyncio"}),
    ("pure", {"bot.py": "import logging"}),
    ("pure", {"ports.py": "import time"}),
    ("pure", {"networks/planted/wire.py": "from socket import create_connection"}),
    ("database", {"runtime/planted.py": "import apsw"}),
    ("screen", {"runtime/planted.py": "from rich.console import Console"}),
    ("client-library", {"networks/planted/adapter.py": "import aiogram.types"}),
    ("client-library", {"runtime/planted.py": "from aiogram import Bot"}),
    ("client-library", {"cli/planted.py": "import aiogram"}),
    ("web-server", {"runtime/planted.py": "import uvicorn"}),
    ("web-server", {"networks/telegram/planted.py": "from starlette.applications import Starlette"}),
    ("virtual-time", {"testing/planted.py": "from time import sleep"}),
]

# The standard library's pure modules, and the packages that touch nothing but their arguments.
ALLOWED_IN_PURE = {
    *("__future__", "abc", "base64", "binascii", "bisect", "collections", "contextlib", "contextvars", "copy"),
    *("dataclasses", "datetime", "decimal", "difflib", "enum", "fractions", "functools", "hashlib", "heapq", "hmac"),
    *("html", "inspect", "itertools", "json", "keyword", "math", "numbers", "operator", "re", "reprlib", "statistics"),
    *("string", "struct", "sys", "textwrap", "traceback", "types", "typing", "unicodedata", "uuid", "warnings"),
    *("weakref", "zlib", "zoneinfo"),
    *("chinwag", "cronsim", "emoji", "msgspec", "typing_extensions"),
}
# Of these, what is pure may have the part that is named.
PARTLY_ALLOWED_IN_PURE = {
    "pathlib": {"PurePath", "PurePosixPath"},  # a path as a value; it never touches a disk
    "random": {"Random"},  # `chat.random` is one, over journaled draws
    "threading": {"local"},  # which conversation this thread drives; no thread is started, no lock taken
    "urllib": {"parse"},  # escapes in addresses
    "xml": {"etree"},  # elements as values
}
# What asks a clock or chance, or reaches the outside, although its module is allowed.
FORBIDDEN_IN_PURE = {
    *("open", "print", "input", "exec", "eval", "compile", "__import__", "breakpoint"),
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today", "datetime.date.today"),
    *("uuid.uuid1", "uuid.uuid4"),
}
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "manager", "base", "common", "misc"}


def broken_contracts(source: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The ids of the contracts that the package in `source` breaks."""
    # A package that is already imported would be found where it was imported from, not in the copy.
    monkeypatch.delitem(sys.modules, "chinwag", raising=False)
    monkeypatch.syspath_prepend(str(source))
    options = read_user_options(config_filename=str(PYPROJECT))
    _register_contract_types(options)
    report = create_report(options, cache_dir=None)
    assert report.invalid_contract_options == {}
    ids = {contract["name"]: contract["id"] for contract in options.contracts_options}
    return {ids[contract.name] for contract, check in report.get_contracts_and_checks() if not check.kept}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the source, to plant in."""
    return shutil.copytree(SRC, tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))


def plant(source: Path, files: dict[str, str]) -> None:
    for name, line in files.items():
        path = source / "chinwag" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        (path.parent / "__init__.py").touch()
        with path.open("a") as file:
            file.write(f"\n{line}\n")


def test_the_contracts_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    assert broken_contracts(SRC, monkeypatch) == set()


def test_every_contract_has_a_planted_violation() -> None:
    assert {contract for contract, _ in PLANTS} == {contract["id"] for contract in CONTRACTS}


@pytest.mark.parametrize(("contract", "files"), PLANTS, ids=[f"{name}: {[*files]}" for name, files in PLANTS])
def test_a_planted_violation_is_caught(
    contract: str, files: dict[str, str], copy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert contract not in broken_contracts(copy, monkeypatch)
    plant(copy, files)
    assert contract in broken_contracts(copy, monkeypatch)


# ------------------------------------------------------------------------------------------- what imports do not tell


def imported(tree: ast.Module) -> dict[str, str]:
    """Each name that an import binds, with what it stands for: `dt` is `datetime`, `now` is `time.time`."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {(alias.asname or alias.name.partition(".")[0]): alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            names |= {(alias.asname or alias.name): f"{module}.{alias.name}" for alias in node.names}
    return names


def mentioned(tree: ast.Module) -> Iterator[str]:
    """The full name of everything that is imported or used, builtins too: `datetime.datetime.now`."""
    names = imported(tree)
    yield from names.values()
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            root, dot, rest = ast.unparse(node).partition(".")
            yield names.get(root, root if not dot else "") + dot + rest


def impure(tree: ast.Module) -> Iterator[str]:
    """What a pure module mentions and must not."""
    modules = {name.partition(".")[0] for name in imported(tree).values()}
    yield from sorted(modules - ALLOWED_IN_PURE - PARTLY_ALLOWED_IN_PURE.keys() - {""})
    for name in sorted(set(mentioned(tree))):
        module, dot, rest = name.partition(".")
        part = rest.partition(".")[0]
        if name in FORBIDDEN_IN_PURE or (dot and part not in PARTLY_ALLOWED_IN_PURE.get(module, {part})):
            yield name


def long_functions(tree: ast.Module) -> Iterator[str]:
    """Functions of more than 50 lines, docstring and decorators not counted."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) and len(node.body) > 1 else node.body[0]
            length = (node.end_lineno or 0) - first.lineno + 1
            if length > 50:
                yield f"{node.name} has {length} lines"


def missing_docstring(tree: ast.Module) -> Iterator[str]:
    """The module, if it does not open with what it owns."""
    if tree.body and not ast.get_docstring(tree):
        yield "no docstring"


Rule = Callable[[ast.Module], Iterator[str]]
PURE = tuple(
    f"{module.removeprefix('chinwag.').replace('.', '/')}{files}"
    for contract in CONTRACTS
    if contract["id"] == "pure"
    for module in contract["source_modules"]
    for files in (".py", "/**/*.py")
)
ALL = ("**/*.py",)
RULES: list[tuple[Rule, Sequence[str], str]] = [
    (impure, PURE, "import pickle"),
    (impure, PURE, "from random import randint"),
    (impure, PURE, "from pathlib import Path"),
    (impure, PURE, "import random as chance\nDICE = chance.randint(1, 6)"),
    (impure, PURE, "import datetime as dt\nMOMENT = dt.datetime.now(dt.UTC)"),
    (impure, PURE, "from datetime import date\nDAY = date.today()"),
    (impure, PURE, "print(1)"),
    (long_functions, ALL, "def long():\n" + "    pass\n" * 51),
    (missing_docstring, ALL, "import re"),
]


def violations(source: Path, rule: Rule, patterns: Sequence[str]) -> list[str]:
    paths = sorted(path for pattern in patterns for path in (source / "chinwag").glob(pattern))
    return [f"{path.relative_to(source)}: {found}" for path in paths for found in rule(ast.parse(path.read_text()))]


@pytest.mark.parametrize(("rule", "patterns"), dict.fromkeys((rule, patterns) for rule, patterns, _ in RULES))
def test_the_house_rules_hold(rule: Rule, patterns: Sequence[str]) -> None:
    assert violations(SRC, rule, patterns) == []


@pytest.mark.parametrize(("rule", "patterns", "code"), RULES)
@pytest.mark.parametrize("name", ["core/planted.py", "networks/planted/wire.py"])
def test_a_broken_house_rule_is_caught(
    rule: Rule, patterns: Sequence[str], code: str, name: str, tmp_path: Path
) -> None:
    plant(tmp_path, {name: code})
    assert any(found.startswith(f"chinwag/{name}: ") for found in violations(tmp_path, rule, patterns))


def test_no_module_has_a_vague_name() -> None:
    names = [path.relative_to(SRC) for path in SRC.rglob("*.py")]
    assert [name for name in names if {part.removesuffix(".py") for part in name.parts} & VAGUE_NAMES] == []


def test_sql_stands_in_sql_files() -> None:
    statement = re.compile(r"^\s*(SELECT .+ FROM|INSERT INTO|UPDATE .+ SET|DELETE FROM|CREATE TABLE)\b", re.DOTALL)
    strings = [
        f"{path.relative_to(SRC)}:{node.lineno}"
        for path in SRC.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and statement.match(node.value)
    ]
    assert strings == []
