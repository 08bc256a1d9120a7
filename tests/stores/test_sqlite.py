"""What the SQLite store promises beyond the contract: one file, in words when something is wrong with it."""

# ruff: noqa: ASYNC240 - nothing else runs in these loops

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import Awaitable, Iterator
from contextlib import closing
from pathlib import Path

import apsw
import pytest

from chinwag.core import journal
from chinwag.core.errors import StoreCorrupt, StoreError, StoreFull
from chinwag.ports import Batch
from chinwag.stores import schema
from chinwag.stores.queries import migrations
from chinwag.stores.schema import connect_reader
from chinwag.stores.sqlite import CHECKPOINT_PAGES, SqliteStore
from chinwag.testing.contract.store_rows import LARGE, batch, birth, body, place, row
from chinwag.testing.contract.store_suite import a_bit_of_everything, everything

SCHEMA = "SELECT type, name, sql FROM sqlite_schema ORDER BY name"
FOLLOWING = (2, "ALTER TABLE conv ADD COLUMN mood TEXT NOT NULL DEFAULT 'fine'")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


async def written(path: Path, made: Batch | None = None) -> None:
    """A store that was used and closed."""
    store = SqliteStore(path)
    await store.open()
    await store.commit(a_bit_of_everything() if made is None else made)
    await store.close()


async def refusal(path: Path | str, kind: type[StoreError] = StoreError) -> str:
    """The sentence with which opening is refused, which must leave nothing open."""
    store = SqliteStore(path)
    with pytest.raises(kind) as error:
        await store.open()
    assert store._writer is store._reader is None
    assert "\n" not in str(error.value)
    return str(error.value)


def dump(path: Path) -> list[tuple[object, ...]]:
    with closing(apsw.Connection(str(path))) as connection:
        return list(connection.execute(SCHEMA))


# -- schema and migrations ---------------------------------------------------------------------------------------------


async def test_a_migrated_store_is_as_a_fresh_one(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await written(path)
    with closing(connect_reader(str(path))) as connection:
        before = list(connection.execute("SELECT number, status FROM conv"))
    monkeypatch.setattr(schema, "migrations", lambda: (*migrations(), FOLLOWING))
    await written(path, Batch())
    await written(tmp_path / "fresh.db")
    assert dump(path) == dump(tmp_path / "fresh.db")
    with closing(connect_reader(str(path))) as connection:
        assert list(connection.execute("SELECT number, status FROM conv WHERE mood = 'fine'")) == before
        assert list(connection.execute("SELECT value FROM meta WHERE key = 'schema'")) == [(2,)]


async def test_a_migration_that_fails_leaves_the_store_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await written(path)
    before = dump(path)
    broken = (2, f"{FOLLOWING[1]}; ALTER TABLE nowhere ADD COLUMN mood TEXT")
    with monkeypatch.context() as patched:
        patched.setattr(schema, "migrations", lambda: (*migrations(), broken))
        assert "nowhere" in await refusal(path)
    assert dump(path) == before
    await written(path, Batch())


def test_migrations_are_numbered_from_one_without_gaps() -> None:
    assert [number for number, _ in migrations()] == list(range(1, len(migrations()) + 1))


async def test_the_columns_of_a_commit_are_the_fields_of_a_batch() -> None:
    with closing(schema.connect_owner(schema.MEMORY)) as connection:
        assert tuple(column[1] for column in connection.execute("PRAGMA temp.table_info(batch)")) == Batch.ORDER
        [[trigger]] = connection.execute("SELECT sql FROM sqlite_temp_schema WHERE name = 'batch' AND type = 'trigger'")
        assert [part.split(")")[0] for part in trigger.split("(NEW.")[1:]] == list(Batch.ORDER)


# -- files that are no store of ours -----------------------------------------------------------------------------------


async def test_a_newer_store_is_refused_and_left_alone(path: Path) -> None:
    await written(path)
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute("UPDATE meta SET value = 99 WHERE key = 'schema'")
    before = path.read_bytes()
    assert "newer Chinwag (its schema is 99, this one knows 1): upgrade" in await refusal(path, StoreCorrupt)
    with pytest.raises(StoreCorrupt, match="newer"):
        connect_reader(str(path))
    assert path.read_bytes() == before


async def test_what_is_not_a_database_is_refused_and_left_alone(path: Path) -> None:
    path.write_text("It was the best of times, it was the worst of times. " * 100)
    before = path.read_bytes()
    assert "is not a database: choose another file" in await refusal(path, StoreCorrupt)
    with pytest.raises(StoreCorrupt, match="not a database"):
        connect_reader(str(path))
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "tables", ["CREATE TABLE orders (id)", "CREATE TABLE meta (key, value); CREATE TABLE conv (a)"]
)
async def test_a_database_of_somebody_else_is_refused_and_left_alone(path: Path, tables: str) -> None:
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute(tables)
    before = path.read_bytes()
    assert "not one of Chinwag's" in await refusal(path, StoreCorrupt)
    with pytest.raises(StoreCorrupt, match="not one of Chinwag's"):
        connect_reader(str(path))
    assert path.read_bytes() == before


async def test_a_store_without_its_version_is_refused(path: Path) -> None:
    await written(path)
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute("DELETE FROM meta")
    assert "not one of Chinwag's" in await refusal(path, StoreCorrupt)


async def test_an_empty_file_becomes_a_store(path: Path) -> None:
    path.touch()
    with pytest.raises(StoreCorrupt, match="is empty: talk to the bot first"):
        connect_reader(str(path))
    await written(path)


def test_a_reader_makes_no_store(path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store at"):
        connect_reader(str(path))
    assert not path.exists()


async def test_a_folder_is_refused(tmp_path: Path) -> None:
    assert "is a folder" in await refusal(tmp_path)


async def test_missing_folders_are_made(tmp_path: Path) -> None:
    await written(tmp_path / "a" / "b" / "store.db")


async def test_a_place_below_a_file_is_refused(path: Path) -> None:
    path.touch()
    assert "cannot be written" in await refusal(path / "store.db")


async def test_a_path_with_a_nul_is_refused() -> None:
    assert "cannot be written" in await refusal("a\0b")


# -- places that cannot be written -------------------------------------------------------------------------------------


@pytest.fixture
def anybody() -> Iterator[Path]:
    """A folder of an ordinary user, and the rights of one: root may write what is read-only."""
    folder = Path(tempfile.mkdtemp(prefix="chinwag-"))
    root = os.geteuid() == 0
    if root:
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
    yield folder
    folder.chmod(0o700)
    if root:
        os.seteuid(0)
    shutil.rmtree(folder)


async def test_a_read_only_folder_is_refused(anybody: Path) -> None:
    anybody.chmod(0o500)
    assert "cannot be written (Permission denied): choose another place" in await refusal(anybody / "store.db")


async def test_a_read_only_file_is_refused(anybody: Path) -> None:
    path = anybody / "store.db"
    await written(path)
    path.chmod(0o400)
    assert "cannot be written: check the permissions" in await refusal(path)
    path.chmod(0o000)
    assert "cannot be opened" in await refusal(path)


# -- a full disk -------------------------------------------------------------------------------------------------------


async def test_a_full_disk_loses_nothing_and_goes_on_when_there_is_room(path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    await store.commit(a_bit_of_everything())
    before = await everything(store)
    assert store._writer is not None
    [[pages]] = store._writer.execute("PRAGMA page_count")
    store._writer.execute(f"PRAGMA max_page_count = {pages}").fetchall()
    for _ in range(3):
        with pytest.raises(StoreFull, match="make room, and work goes on by itself"):
            await store.commit(batch(births=[birth(9)], journal=[row(9, seq, "x" * 1000) for seq in range(500)]))
        assert await everything(store) == before
    store._writer.execute("PRAGMA max_page_count = 1000000").fetchall()
    await store.commit(batch(births=[birth(9)], journal=[row(9, seq, "x" * 1000) for seq in range(500)]))
    assert [len(parked.rows) for parked in await store.parked([9])] == [500]
    await store.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 2 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False)
    if mount.returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


async def commits_until_full(store: SqliteStore) -> int:
    """How many conversations fit."""
    for number in range(1, 1000):
        try:
            await store.commit(batch(births=[birth(number)], journal=[row(number, 0, "x" * 10_000)]))
        except StoreFull:
            return number - 1
    pytest.fail("it never ran full")


async def test_a_disk_that_really_runs_full(small_disk: Path) -> None:
    store = SqliteStore(small_disk / "store.db")
    await store.open()
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * 1_200_000)
    reported = await commits_until_full(store)
    assert reported > 5
    assert [parked.number for parked in await store.at([place()])] == list(range(1, reported + 1))
    ballast.unlink()
    await store.commit(batch(births=[birth(reported + 1)]))
    await store.close()
    ballast.write_bytes(b"x" * shutil.disk_usage(small_disk).free)
    assert "no room on the disk" in await refusal(small_disk / "store.db", StoreFull)
    ballast.unlink()
    await store.open()
    assert len(await store.at([place()])) == reported + 1
    await store.close()


# -- damage ------------------------------------------------------------------------------------------------------------


async def test_a_damaged_row_is_told_when_it_is_decoded(path: Path) -> None:
    large = body("x" * 20_000)
    await written(
        path, batch(births=[birth(1)], journal=[row(1, 0), row(1, 1, LARGE)], blobs=[("journal", 1, 1, large)])
    )
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute("UPDATE journal SET row = substr(row, 1, 12) WHERE seq = 0; DELETE FROM blob")
    store = SqliteStore(path)
    await store.open()
    [parked] = await store.at([place()])
    await store.close()
    assert len(parked.rows) == 2
    for damaged in parked.rows:
        with pytest.raises(StoreCorrupt, match="a journal row is damaged"):
            journal.decode(damaged)


async def test_a_damaged_value_of_data_is_told(path: Path) -> None:
    await written(path)
    with closing(apsw.Connection(str(path))) as connection:
        connection.execute("UPDATE data SET value = '[1'")
    store = SqliteStore(path)
    await store.open()
    with pytest.raises(StoreCorrupt, match=r"a row of chat\.data is damaged"):
        await store.data(["net:bot/u"])
    await store.close()


async def test_a_damaged_file_is_told(path: Path) -> None:
    await written(path, batch(births=[birth(n, place(str(n))) for n in range(1, 1000)]))
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)
    assert "is damaged" in await refusal(path, StoreCorrupt)


# -- the writing thread ------------------------------------------------------------------------------------------------


async def test_a_reader_never_keeps_the_writer_waiting(path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    await store.commit(batch(births=[birth(n, place(str(n))) for n in range(1, 1000)]))
    with closing(connect_reader(str(path))) as reader:
        looking = reader.execute("SELECT number FROM conv")
        next(looking)
        large = "x" * 15_000
        for number in range(1000, 1000 + CHECKPOINT_PAGES // 100):
            turns = [row(number, seq, large) for seq in range(50)]
            await store.commit(batch(births=[birth(number, place(str(number)))], journal=turns))
        assert len(list(looking)) == 998, "it sees what there was when it began"
        assert len(list(reader.execute("SELECT number FROM conv"))) == 999 + CHECKPOINT_PAGES // 100
    await store.close()


async def test_the_log_does_not_grow_for_ever(path: Path) -> None:
    store = SqliteStore(path)
    await store.open()
    most = 3 * CHECKPOINT_PAGES * 4096
    written = 0
    while written < 3 * most:
        await store.commit(batch(journal=[row(1, written + seq, "x" * 15_000) for seq in range(200)]))
        written += 200 * 15_000
    assert path.with_name("store.db-wal").stat().st_size < most
    await store.close()
    assert not path.with_name("store.db-wal").exists()


def test_a_loop_that_is_gone_stops_nothing(path: Path) -> None:
    store = SqliteStore(path)
    with asyncio.Runner() as first:
        first.run(store.open())

        async def leave() -> Awaitable[None]:
            return store.commit(batch(births=[birth(n, place(str(n))) for n in range(1, 2000)]))

        _ = first.run(leave())
    with asyncio.Runner() as second:

        async def go_on() -> int:
            await store.commit(batch(births=[birth(5000)]))
            return len(await store.parked(range(6000)))

        assert second.run(go_on()) == 2000
        second.run(store.close())


async def test_an_inline_store_moves_its_log_too(path: Path) -> None:
    store = SqliteStore(path, inline=True)
    await store.open()
    for number in range(1, 30):
        await store.commit(batch(journal=[row(number, seq, "x" * 15_000) for seq in range(200)]))
    assert path.stat().st_size > 29 * 200 * 15_000 // 2
    await store.close()
