"""What is public: sorted, nothing else exported, and each name described in the reference."""

import importlib
import inspect
import re
from pathlib import Path
from types import ModuleType

import pytest

from chinwag.ports import Batch

ROOT = Path(__file__).parent.parent
REFERENCE = "\n".join(page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs/reference").glob("*.md")))
PUBLIC = [importlib.import_module(name) for name in ("chinwag", "chinwag.testing")]
NAMES = [(module.__name__, name) for module in PUBLIC for name in module.__all__]


def described(module: str, name: str) -> bool:
    directive = rf"^\.\. (autoclass|autoexception|autofunction|py:data):: {re.escape(module)}\.{re.escape(name)}$"
    return re.search(directive, REFERENCE, re.MULTILINE) is not None


@pytest.mark.parametrize("module", PUBLIC, ids=lambda module: module.__name__)
def test_the_names_are_sorted_and_there(module: ModuleType) -> None:
    assert module.__all__ == sorted(set(module.__all__))
    assert [name for name in module.__all__ if getattr(module, name, None) is None] == []


def test_nothing_else_is_exported() -> None:
    chinwag = PUBLIC[0]
    seen = {name for name, value in vars(chinwag).items() if not name.startswith("_") and not inspect.ismodule(value)}
    assert seen == set(chinwag.__all__)


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_every_public_name_is_described_once(module: str, name: str) -> None:
    assert described(module, name), f"{module}.{name} has no directive in docs/reference"


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_every_public_name_has_a_docstring_of_its_own(module: str, name: str) -> None:
    value = getattr(importlib.import_module(module), name)
    assert value.__doc__, f"{module}.{name} has no docstring"
    assert not value.__doc__.startswith(f"{name}("), f"{module}.{name} has a docstring that Python made"


def test_nothing_is_described_that_is_not_public() -> None:
    names = re.findall(r"^\.\. (?:auto\w+|py:data):: (chinwag(?:\.testing)?)\.([A-Za-z_]+)$", REFERENCE, re.MULTILINE)
    assert sorted(names) == sorted(NAMES)


@pytest.mark.parametrize(("module", "name"), NAMES)
def test_what_a_class_has_from_its_bases_is_described_too(module: str, name: str) -> None:
    value = getattr(importlib.import_module(module), name)
    bases = value.__mro__[1:] if inspect.isclass(value) and not issubclass(value, Exception) else ()
    ours = [base for base in bases if base.__module__.startswith("chinwag.")]
    if any(not attribute.startswith("_") for base in ours for attribute in vars(base)):
        options = REFERENCE.partition(f".. autoclass:: {module}.{name}\n")[2].partition("```")[0].partition("..")[0]
        assert ":inherited-members:" in options, f"{name} has public names of {ours[0].__name__}"


def test_every_command_is_described() -> None:
    commands = importlib.import_module("chinwag.cli.main").COMMANDS
    page = (ROOT / "docs/reference/command-line.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (\w+)$", page, re.MULTILINE) == list(commands)


def test_every_field_of_a_batch_is_described_in_order() -> None:
    page = (ROOT / "docs/reference/store.md").read_text(encoding="utf-8")
    table = page.partition("| field | columns |")[2].partition("\n\n")[0]
    assert re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE) == list(Batch.ORDER)


@pytest.mark.parametrize(("name", "heading"), [("Row", "## A row"), ("Opened", "## A wait")])
def test_every_field_of_the_journal_is_described_in_order(name: str, heading: str) -> None:
    fields = getattr(importlib.import_module("chinwag.core.journal"), name).__struct_fields__
    page = (ROOT / "docs/reference/journal.md").read_text(encoding="utf-8")
    section = page.partition(f"\n{heading}\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| (\d+) \| `(\w+)` \|", section, re.MULTILINE) == [(str(i), f) for i, f in enumerate(fields)]


def test_every_table_of_the_store_is_described() -> None:
    schema = "\n".join(path.read_text() for path in sorted((ROOT / "src/chinwag/stores/sql/migrations").glob("*.sql")))
    page = (ROOT / "docs/reference/store.md").read_text(encoding="utf-8")
    section = page.partition("\n## Tables\n")[2].partition("\nA conversation's")[0]
    assert sorted(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == sorted(
        re.findall(r"^CREATE TABLE (\w+)", schema, re.MULTILINE)
    )


def test_texts_have_the_defaults_that_are_written() -> None:
    texts = importlib.import_module("chinwag").Texts()
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    written = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|", page.partition("## The store")[0], re.MULTILINE))
    assert written == {name: getattr(texts, name) for name in texts.__struct_fields__}


@pytest.mark.parametrize("page", sorted((ROOT / "docs").rglob("*.md")), ids=lambda page: page.stem)
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    named = re.findall(r"`((?:tests|examples|src|benchmarks)/[\w/]+\.\w+)`", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []
