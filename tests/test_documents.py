"""The Python blocks of the README and of the documentation run, each page from its top to its end.

A page is one test: a later block uses the names of an earlier one, whatever the order or the process tests run in.
"""

import sys
from pathlib import Path
from types import ModuleType

import pytest
from sybil import Sybil
from sybil.parsers.myst import PythonCodeBlockParser, SkipParser

ROOT = Path(__file__).parent.parent
PAGES = sorted(path.relative_to(ROOT) for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
SYBIL = Sybil([PythonCodeBlockParser(), SkipParser()], path=str(ROOT))


def test_pages_are_found() -> None:
    assert Path("docs/index.md") in PAGES


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_python_blocks_run(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A real module: conversations and states are looked up by the module that they were written in.
    module = ModuleType(page.with_suffix("").as_posix().replace("/", "_").replace("-", "_"))
    monkeypatch.setitem(sys.modules, module.__name__, module)
    document = SYBIL.parse(ROOT / page)
    document.namespace = vars(module)
    for example in document.examples():
        example.evaluate()
