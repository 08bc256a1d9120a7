"""A text that is no UTF-8: SQLite keeps it, and whoever reads it is told that the store is damaged."""

from pathlib import Path

import apsw
import pytest

from chinwag.core.errors import StoreCorrupt
from chinwag.stores.reader import Reader
from chinwag.stores.sqlite import SqliteStore

COLUMNS = "number, name, address, seed, attended, status, born, changed, birth, fingerprint"
ROW = "'hello', 'sim:a/r/u', '00', 1, 'waiting', 0, 0, '[null,null]', ''"


async def opened(path: Path) -> SqliteStore:
    store = SqliteStore(path, inline=True)
    await store.open()
    return store


async def test_it_is_the_trouble_of_whoever_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    await (await opened(path)).close()
    connection = apsw.Connection(str(path))
    for number in (1, 2):
        connection.execute(f"INSERT INTO conv ({COLUMNS}) VALUES ({number}, {ROW})")  # noqa: S608 - our own text
    connection.execute("INSERT INTO journal (conv, seq, row) VALUES (1, 0, CAST(x'5bff5d' AS TEXT))")
    connection.execute("INSERT INTO data VALUES ('sim:a/u', 'key', CAST(x'ff' AS TEXT))")
    connection.close()
    store = await opened(path)
    with pytest.raises(StoreCorrupt, match="restore it from a backup"):
        await store.parked([1])
    with pytest.raises(StoreCorrupt, match="restore it from a backup"):
        await store.data(["sim:a/u"])
    assert [parked.number for parked in await store.parked([2])] == [2]
    await store.close()
    with Reader(str(path)) as reader, pytest.raises(StoreCorrupt, match="restore it from a backup"):
        reader.parked([1])
