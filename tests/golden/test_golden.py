"""The journals of every version are read, replayed and gone on with, by the real store and the code here."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import msgspec
import pytest
from tests.golden import frozen
from tests.golden.__main__ import refused
from tests.golden.acting import Scene, checked, go_on, park
from tests.golden.writing import write_version

from chinwag.core import journal
from chinwag.core.plain import _CONTAINERS
from chinwag.core.tags import _DECODERS
from chinwag.stores.queries import migrations
from chinwag.stores.schema import connect_owner

EXAMPLES = sorted(frozen.examples())
GOLDEN = [
    (version, path.stem) for version in frozen.versions() for path in sorted((frozen.HERE / version).glob("*.json"))
]
CURRENT = frozen.current_version()
EXCUSED: dict[tuple[str, str], str] = {}
"""Scenes of examples that today's example no longer replays: version and name, and the changelog's own words on it."""

ADVICE = f"""
A golden journal is never edited. If the change of the format is not meant, take it back. If it is, and {CURRENT} was
released: bump the version in pyproject.toml, say in CHANGELOG.md what changes, and add goldens beside the old ones
with `python tests/golden --version NEW`. If {CURRENT} was not released yet: `python tests/golden --version {CURRENT}
--again`.
"""

every_golden = pytest.mark.parametrize(("version", "name"), GOLDEN, ids=["-".join(golden) for golden in GOLDEN])


class Golden(msgspec.Struct):
    """One file."""

    version: str
    scene: Scene
    at: int
    said: list[dict[str, Any]]
    check: dict[str, int]
    goes_on: list[dict[str, Any]]
    tables: frozen.Tables | None = None

    def restore(self, path: Path) -> None:
        folder = frozen.HERE / self.version
        if self.tables is None:
            frozen.restore_dump(path, (folder / "store.sql").read_text())
        else:
            frozen.restore(path, (folder / frozen.SCHEMA).read_text(), self.tables)


def golden_of(version: str, name: str) -> Golden:
    raw = json.loads((frozen.HERE / version / f"{name}.json").read_text())
    tables = frozen.hidden(raw["tables"]) if "tables" in raw else None
    scene = msgspec.convert(raw["scene"], Scene)
    return Golden(version, scene, raw["at"], raw["said"], raw["check"], raw["goes on"], tables)


@pytest.fixture
def scratch() -> Iterator[Path]:
    folder = tempfile.mkdtemp(dir=frozen.SCRATCH)
    yield Path(folder)
    shutil.rmtree(folder)


def plain(value: Any) -> Any:
    """As JSON has it: lists for tuples."""
    return json.loads(json.dumps(value))


def proven(golden: Golden, code: frozen.Code, scratch: Path) -> None:
    """Restore a golden store, check it as ``chinwag check`` does, and go on with it to its end."""
    store = scratch / "store.db"
    golden.restore(store)
    with frozen.loaded(code) as module:
        assert checked(golden.scene, module, store) == golden.check
    with frozen.loaded(code) as module:
        assert plain(go_on(golden.scene, module, store, golden.at)) == golden.goes_on


# -- every version -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", frozen.versions())
def test_no_golden_file_was_edited(version: str) -> None:
    folder = frozen.HERE / version
    assert (folder / frozen.SUMS).read_text() == frozen.sums(folder), ADVICE


@every_golden
def test_a_parked_conversation_goes_on(version: str, name: str, scratch: Path) -> None:
    golden = golden_of(version, name)
    assert golden.goes_on
    proven(golden, frozen.frozen_code(version, golden.scene.code), scratch)


@pytest.mark.parametrize(
    ("version", "name"), [golden for golden in GOLDEN if golden_of(*golden).scene.code in EXAMPLES], ids="-".join
)
def test_the_example_of_today_goes_on_with_it(version: str, name: str, scratch: Path) -> None:
    golden = golden_of(version, name)
    excuse = EXCUSED.get((version, name))
    if excuse is not None:
        assert excuse in (frozen.ROOT / "CHANGELOG.md").read_text()
        with pytest.raises(AssertionError):
            proven(golden, frozen.living_code(golden.scene.code), scratch)
        return
    proven(golden, frozen.living_code(golden.scene.code), scratch)


@pytest.mark.parametrize("version", frozen.versions())
def test_every_example_has_a_golden_conversation(version: str) -> None:
    played = {golden_of(version, name).scene.code for where, name in GOLDEN if where == version}
    kept = {path.stem for path in (frozen.HERE / version / "code").iterdir()}
    beside = {module for name in played for module in frozen.frozen_code(version, name).beside}
    assert played | beside == kept
    if version == CURRENT:
        assert played >= set(EXAMPLES)


@pytest.mark.parametrize("version", frozen.versions())
def test_an_old_store_is_migrated(version: str, scratch: Path) -> None:
    old, new = scratch / "old.db", scratch / "new.db"
    frozen.restore_dump(old, (frozen.HERE / version / "store.sql").read_text())
    before = frozen.tables_of(old)
    for path in (old, new):
        connect_owner(str(path)).close()
    assert frozen.schema_of(old) == frozen.schema_of(new)
    after = frozen.tables_of(old)
    assert ["schema", migrations()[-1][0]] in after["meta"]["rows"]
    assert len(before["conv"]["rows"]) == len(after["conv"]["rows"]) > 20
    assert len(before["journal"]["rows"]) == len(after["journal"]["rows"]) > 100


# -- the format of today -----------------------------------------------------------------------------------------------


def test_the_current_version_has_goldens() -> None:
    assert CURRENT in frozen.versions(), f"add them: python tests/golden --version {CURRENT}"


@pytest.mark.parametrize("name", [name for version, name in GOLDEN if version == CURRENT])
def test_the_same_scene_leaves_the_same_rows(name: str, scratch: Path) -> None:
    golden = golden_of(CURRENT, name)
    kept, fresh = scratch / "kept.db", scratch / "fresh.db"
    golden.restore(kept)
    with frozen.loaded(frozen.frozen_code(CURRENT, golden.scene.code)) as module:
        parked = park(golden.scene, module, fresh)
    assert (parked.at, plain(parked.said)) == (golden.at, golden.said), ADVICE
    assert frozen.schema_of(fresh) == (frozen.HERE / CURRENT / frozen.SCHEMA).read_text(), ADVICE
    there, here = frozen.tables_of(kept), frozen.tables_of(fresh)
    assert there.keys() == here.keys(), ADVICE
    for table in there:
        assert cells(there[table]) == cells(here[table]), f"table {table}{ADVICE}"


def cells(table: frozen.Table) -> list[dict[str, Any]]:
    """The rows of a table, field by field; what JSON texts hold is compared as text."""
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def rows_of(version: str) -> list[journal.Row]:
    found: list[journal.Row] = []
    for name in [name for where, name in GOLDEN if where == version]:
        for table in [(golden_of(version, name).tables or {}).get("journal")]:
            found += [journal.decode(row[3]) for row in (table["rows"] if table else ()) if row[3] != "0"]
    return found


def test_every_kind_of_entry_is_kept() -> None:
    rows = rows_of(CURRENT)
    assert {row.cause for row in rows} == {
        *(journal.START, journal.MESSAGE, journal.TIMER, journal.STEP),
        *(journal.DELIVERY, journal.CANCEL, journal.STATE, journal.REWORDED),
    }
    assert {row.how for row in rows} == {
        *("", journal.VALUE, journal.ERROR, journal.REFUSED, journal.DEFAULT, journal.TIMED_OUT)
    }
    kinds = {opened.kind for row in rows for opened in row.opened}
    assert kinds == {"ask", "choose", "listen", "sleep", "step", "delivered"}
    defaults = journal.Row(0, "")
    for name in journal.Row.__struct_fields__:
        assert any(getattr(row, name) != getattr(defaults, name) for row in rows), name


def test_every_kind_of_value_is_kept() -> None:
    texts = "".join(path.read_text() for path in (frozen.HERE / CURRENT).glob("*.json"))
    for tag in (*_DECODERS, *_CONTAINERS, "enum", "record"):
        assert f'"$": "{tag}"' in texts, tag
    for word in ("waiting", "failed", "diverged", "ended", "pending", "sent", "birth", "state", "outbox"):
        assert f'"{word}"' in texts, word


def test_every_table_is_filled() -> None:
    filled: set[str] = set()
    held: set[str] = set()
    for name in [name for version, name in GOLDEN if version == CURRENT]:
        tables = golden_of(CURRENT, name).tables or {}
        filled |= {table for table, content in tables.items() if content["rows"]}
        held |= {row[2] for row in tables.get("inbox", {"rows": []})["rows"]}
    assert filled == set(golden_of(CURRENT, "hello").tables or {})
    assert held == {"message", "start", "delivery", "step", "cancel"}


# -- what is wrong is found --------------------------------------------------------------------------------------------

FLIPS: list[tuple[str, tuple[int | str, ...], Any]] = [
    ("guess", (1, "value"), 2),
    ("guess", (2, "path"), "7"),
    ("guess", (1, "how"), "error"),
    ("guess", (1, "opened", 0, 0), "2"),
    ("guess", (1, "opened", 0, 1), "choose"),
    ("guess", (1, "opened", 0, 2), "at_most"),
    ("guess", (1, "cause"), "cancel"),
    ("draws", (0, "draws"), 1),
    ("parent", (0, "starts", 0, 1), "parent"),
    ("data", (3, "read"), {"visits": [7]}),
    ("weather-step", (1, "value"), None),
    ("patched", (1, "patches"), []),
    ("questions", (12, "value"), ["huge", 1]),
    ("values", (5, "value", "v"), "0x1"),
    ("failures", (2, "value", "fields"), {}),
    ("branches", (1, "path"), "0.1.0"),
]


@pytest.mark.parametrize(("name", "where", "wrong"), FLIPS, ids=[f"{flip[0]}-{flip[1][1]}" for flip in FLIPS])
def test_a_flipped_entry_is_found(name: str, where: tuple[int | str, ...], wrong: Any, scratch: Path) -> None:
    golden = golden_of(CURRENT, name)
    assert golden.tables is not None
    number, field, *deeper = where
    assert isinstance(number, int)
    line = golden.tables["journal"]["rows"][number]
    row = json.loads(line[3])
    inner: Any = row
    steps = [journal.Row.__struct_fields__.index(str(field)), *deeper]
    for step in steps[:-1]:
        inner = inner[step]
    assert inner[steps[-1]] != wrong
    inner[steps[-1]] = wrong
    line[3] = json.dumps(row)
    with pytest.raises(AssertionError):
        proven(golden, frozen.frozen_code(CURRENT, golden.scene.code), scratch)


DAMAGED = "values"
"""The room of the first conversation of all."""


def words(lines: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """What is read elsewhere; messages have other numbers where some are missing."""
    return [(line["room"], line["at"], line.get("act"), line.get("text")) for line in lines if line["room"] != DAMAGED]


def test_a_damaged_entry_is_the_trouble_of_one_conversation(scratch: Path) -> None:
    golden = golden_of(CURRENT, "everything")
    assert golden.check["in flight"] > 10
    store = scratch / "store.db"
    golden.restore(store)
    connection = apsw.Connection(str(store))
    connection.execute("UPDATE journal SET row = ? WHERE conv = 1 AND seq = 0", ['[1,"start","0","",null,[['])
    connection.close()
    with frozen.loaded(frozen.frozen_code(CURRENT, "gallery")) as module:
        assert checked(golden.scene, module, store) == {**golden.check, "diverging": 1}
    with frozen.loaded(frozen.frozen_code(CURRENT, "gallery")) as module:
        lines = plain(go_on(golden.scene, module, store, golden.at))
    assert words(lines) == words(golden.goes_on)
    assert not [line for line in lines if line["room"] == DAMAGED]


# -- the generator -----------------------------------------------------------------------------------------------------


def test_a_version_is_written_once(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "say --again" in refused(CURRENT, again=False)
    assert refused(CURRENT, again=True) == ""
    assert "not 9.9.9" in refused("9.9.9", again=True)
    monkeypatch.setattr(frozen, "is_released", lambda _: True)
    assert "never written again" in refused(CURRENT, again=True)


def test_the_changelog_tells_what_was_released(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## Unreleased\n\n0.3.0\n\n## [0.2.0] - 2026-01-01\n\n## 0.1.0\n"
    )
    monkeypatch.setattr(frozen, "ROOT", tmp_path)
    assert [frozen.is_released(version) for version in ("0.3.0", "0.2.0", "0.1.0", "0.1", "Unreleased")] == [
        *(False, True, True, True, True)
    ]


def test_it_writes_the_same_bytes_twice(tmp_path: Path) -> None:
    write_version(tmp_path / "here")
    code = f"from tests.golden.writing import *; write_version(Path({str(tmp_path / 'there')!r}))"
    there = {**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "PYTHONPATH": f"{frozen.ROOT}:{frozen.ROOT}/src"}
    subprocess.run([sys.executable, "-c", code], check=True, env=there, cwd=tmp_path, capture_output=True)
    assert (tmp_path / "here" / frozen.SUMS).read_text() == (tmp_path / "there" / frozen.SUMS).read_text()
