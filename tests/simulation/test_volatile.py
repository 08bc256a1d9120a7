"""The simulated disk loses what it may lose and nothing else, and the store on it keeps what it reported."""

# ruff: noqa: S311 - moments and sizes, no secrets

from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from functools import partial
from itertools import count
from random import Random

import apsw
import pytest
from msgspec import Raw
from tests.simulation.volatile import VolatileDisk
from tests.simulation.volatile_file import sectors

from chinwag.core.errors import StoreCorrupt, StoreError, StoreFull
from chinwag.ports import Batch
from chinwag.stores import sqlite
from chinwag.stores.sqlite import SqliteStore

PATH = "bot.db"
SEEDS = range(12)
Draw = Callable[[], float]


@pytest.fixture(params=[512, 4096])
def disk(request: pytest.FixtureRequest) -> Iterator[VolatileDisk]:
    disk = VolatileDisk(f"volatile-{request.param}", sector=request.param)
    yield disk
    disk.close()


@pytest.fixture(autouse=True)
def _small_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """Move the log into the file every few commits, so that crashes fall between."""
    monkeypatch.setattr(sqlite, "CHECKPOINT_PAGES", 20)


def named(number: int, draw: Draw) -> Batch:
    """A batch that can be asked for, of one page up to eight."""
    batch = Batch()
    batch.seen.append(("sim:bot", str(number), number))
    batch.writes["u", "last"] = ("u", "last", Raw(b'"%s"' % (b"x" * int(30_000 * draw() ** 4))))
    return batch


async def opened(disk: VolatileDisk) -> SqliteStore:
    store = SqliteStore(PATH, vfs=disk.name)
    await store.open()
    return store


async def missing(store: SqliteStore, numbers: list[int]) -> list[int]:
    known = await store.known([("sim:bot", str(number)) for number in numbers])
    return [number for number in numbers if ("sim:bot", str(number)) not in known]


def sound(disk: VolatileDisk) -> bool:
    with closing(apsw.Connection(PATH, vfs=disk.name)) as connection:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


async def lived(
    disk: VolatileDisk, draw: Draw, numbers: Iterator[int], reported: list[int], end: Callable[[], object]
) -> None:
    """One life of a store, which ends in the middle of a commit or a checkpoint."""
    store = await opened(disk)
    assert await missing(store, reported) == []
    disk.fails(1 + int(draw() * 150))
    for number in numbers:
        if not disk.troubled:
            break
        with suppress(StoreError):
            await store.commit(named(number, draw))
            reported.append(number)
    end()


# -- what a store on it keeps ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["crash", "kill"])
@pytest.mark.parametrize("seeds", [SEEDS, pytest.param(range(12, 300), marks=pytest.mark.soak)], ids=["few", "many"])
async def test_what_was_reported_survives(disk: VolatileDisk, seeds: range, way: str) -> None:
    for seed in seeds:
        draw = Random(seed).random
        numbers, reported = count(), list[int]()
        for _ in range(4):
            await lived(disk, draw, numbers, reported, partial(disk.crash, draw) if way == "crash" else disk.kill)
            assert sound(disk), seed
            assert await missing(await opened(disk), reported) == [], seed
            disk.kill()
        disk.wipe()
    assert (disk.lost > 50 and disk.torn > 0) == (way == "crash")


async def test_a_disk_that_lies_is_found_out(disk: VolatileDisk) -> None:
    disk.lies = True
    gone = 0
    for seed in SEEDS:
        draw = Random(seed).random
        store = await opened(disk)
        reported = list(range(10))
        for number in reported:
            await store.commit(named(number, draw))
        disk.crash(draw)
        try:
            gone += len(await missing(await opened(disk), reported))
        except StoreCorrupt:
            gone += len(reported)
        disk.kill()
        disk.wipe()
    assert gone > len(SEEDS)


def test_what_was_not_synced_may_vanish_and_never_corrupts(disk: VolatileDisk) -> None:
    vanished = 0
    for seed in SEEDS:
        draw = Random(seed).random
        for life in range(3):
            connection = apsw.Connection(PATH, vfs=disk.name)
            # In WAL, NORMAL syncs at checkpoints alone.
            connection.execute(
                "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                "PRAGMA wal_autocheckpoint = 15; CREATE TABLE IF NOT EXISTS t (n INTEGER PRIMARY KEY, body);"
            ).fetchall()
            for number in range(life * 20, life * 20 + 20):
                connection.execute("INSERT OR REPLACE INTO t VALUES (?, zeroblob(?))", (number, int(draw() * 9_000)))
            before = connection.total_changes()
            disk.crash(draw)
            assert sound(disk), seed
            with closing(apsw.Connection(PATH, vfs=disk.name)) as again:
                again.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
                kept = "SELECT count(*) FROM t WHERE n >= ?" if again.table_exists(None, "t") else "SELECT 0 * ?"
                vanished += before - again.execute(kept, (life * 20,)).get
        disk.wipe()
    assert vanished > len(SEEDS)


async def test_the_same_numbers_do_the_same_harm(disk: VolatileDisk) -> None:
    harms = []
    for _ in range(2):
        draw = Random(7).random
        numbers, reported = count(), list[int]()
        before = disk.lost, disk.torn, disk.writes, disk.syncs
        await lived(disk, draw, numbers, reported, partial(disk.crash, draw))
        assert disk.unsynced == 0
        after = disk.lost, disk.torn, disk.writes, disk.syncs
        harms.append((reported, [b - a for a, b in zip(before, after, strict=True)]))
        disk.wipe()
    assert harms[0] == harms[1]


# -- trouble, in the store's words -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("switch", "kind", "words"),
    [
        (("full", True, False), StoreFull, "no room on the disk"),
        (("room", 200, float("inf")), StoreFull, "no room on the disk"),
        (("read_only", True, False), StoreError, "cannot be written"),
    ],
)
async def test_trouble_is_told_in_words_and_passes(
    disk: VolatileDisk, switch: tuple[str, object, object], kind: type[StoreError], words: str
) -> None:
    name, on, off = switch
    store = await opened(disk)
    draw = Random(1).random
    setattr(disk, name, on)
    with pytest.raises(kind, match=words):
        await store.commit(named(1, draw))
    setattr(disk, name, off)
    await store.commit(named(9, draw))
    disk.crash(draw)
    assert sound(disk)
    assert await missing(await opened(disk), [9]) == []


@pytest.mark.parametrize("after", range(1, 12))
async def test_a_failed_write_or_sync_is_told_and_passes(
    disk: VolatileDisk, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "CHECKPOINT_PAGES", 1000)  # one that fails is nobody's business: it comes again
    store = await opened(disk)
    draw = Random(after).random
    disk.fails(after)
    errors = []
    reported = []
    for number in range(12):
        try:
            await store.commit(named(number, draw))
            reported.append(number)
        except StoreError as error:
            errors.append(str(error))
    assert errors == ["the disk failed under the store bot.db (as planned, by the simulated disk): check the disk"]
    await store.close()
    disk.crash(draw)
    assert sound(disk)
    assert await missing(await opened(disk), reported) == []


async def test_a_read_only_disk_refuses_a_start(disk: VolatileDisk) -> None:
    await (await opened(disk)).close()
    disk.read_only = True
    store = SqliteStore(PATH, vfs=disk.name)
    with pytest.raises(StoreError, match="cannot be"):
        await store.open()
    disk.read_only = False
    await (await opened(disk)).close()


# -- the disk by itself ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["crash", "kill"])
async def test_the_dead_change_nothing(disk: VolatileDisk, way: str) -> None:
    store = await opened(disk)
    draw = Random(3).random
    await store.commit(named(1, draw))
    disk.crash(draw) if way == "crash" else disk.kill()
    with pytest.raises(StoreError, match="the disk failed"):
        await store.commit(named(2, draw))
    again = await opened(disk)
    await again.commit(named(3, draw))
    writes = disk.writes
    await store.close()
    assert disk.writes == writes
    assert await missing(again, [1, 2, 3]) == [2]
    await again.close()
    assert sound(disk)


def test_the_order_of_unsynced_writes_is_not_kept(disk: VolatileDisk) -> None:
    fates = set()
    for seed in range(200):
        disk.wipe()
        flags = [apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_READWRITE, 0]
        file = disk.xOpen("plain", flags)
        file.xWrite(b"." * 3, 0)
        file.xSync(0)
        file.xWrite(b"a", 0)
        file.xWrite(b"b", 1)
        file.xTruncate(2)
        disk.crash(Random(seed).random)
        fates.add(bytes(disk.xOpen("plain", flags).inode.data))
    assert fates == {b"...", b"a..", b".b.", b"ab.", b"..", b"a.", b".b", b"ab"}


def test_names_may_be_lost(disk: VolatileDisk) -> None:
    flags = [apsw.SQLITE_OPEN_CREATE | apsw.SQLITE_OPEN_READWRITE, 0]
    fates = set()
    for seed in range(60):
        disk.wipe()
        for name in ("old", "gone"):
            disk.xOpen(name, flags).xSync(0)
        disk.xOpen("new", flags)
        disk.xDelete("old", syncdir=False)
        disk.xDelete("gone", syncdir=True)
        disk.crash(Random(seed).random)
        fates.add(tuple(name for name in ("old", "gone", "new") if disk.xAccess(name, 0)))
    assert fates == {(), ("old",), ("new",), ("old", "new")}


def test_a_write_is_torn_where_sectors_begin() -> None:
    assert [(at, len(piece)) for at, piece in sectors(500, b"x" * 1100, 512)] == [
        (500, 12),
        (512, 512),
        (1024, 512),
        (1536, 64),
    ]
    assert list(sectors(0, b"", 512)) == []


async def test_a_second_connection_is_kept_out(disk: VolatileDisk) -> None:
    store = await opened(disk)
    await store.commit(named(1, Random(1).random))
    with closing(apsw.Connection(PATH, vfs=disk.name)) as other, pytest.raises(apsw.BusyError):
        other.execute("PRAGMA locking_mode = EXCLUSIVE; SELECT * FROM seen").fetchall()
