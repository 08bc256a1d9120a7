"""The SQLite store keeps the contract: with its writing thread, without it, and in memory."""

from pathlib import Path

from chinwag.stores.sqlite import SqliteStore
from chinwag.testing.store_contract import StoreContract


class TestSqlite(StoreContract):
    def make(self, folder: Path) -> SqliteStore:
        return SqliteStore(folder / "store.db")


class TestInline(StoreContract):
    def make(self, folder: Path) -> SqliteStore:
        return SqliteStore(folder / "store.db", inline=True)
