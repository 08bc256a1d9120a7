"""What people said is in the file: nobody but its owner reads it."""

import os
from pathlib import Path

from chinwag.stores.sqlite import SqliteStore


async def test_a_new_store_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    before = os.umask(0)
    try:
        store = SqliteStore(path)
        await store.open()
        modes = {name: os.stat(tmp_path / name).st_mode & 0o777 for name in os.listdir(tmp_path)}  # noqa: PTH208, PTH116
        await store.close()
    finally:
        os.umask(before)
    assert set(modes.values()) == {0o600}, modes
    assert "a.db-wal" in modes
