"""The SQLite store against a plain model, at random."""

from chinwag.stores.sqlite import SqliteStore
from chinwag.testing.store_machine import store_machine

TestSqliteMachine = store_machine(lambda folder: SqliteStore(folder / "store.db", inline=True))
