"""Connections to a database of ours: told from others by its tables, brought up to date by its owner.

Owns opening, the check whose database it is, and the migrations. Refuses a database of somebody else and one of a newer
version, and changes nothing in either.
"""

import os
from pathlib import Path

import apsw

from chinwag.core.errors import StoreCorrupt, StoreError
from chinwag.stores.queries import migrations, queries, script
from chinwag.stores.trouble import explained

MEMORY = ":memory:"
OURS = {"meta", "conv", "journal"}


def connect_owner(path: str, vfs: str = "") -> apsw.Connection:
    """Open a database for writing: made if there is none, brought up to date, with the views that a commit needs.

    Args:
        path: the database.
        vfs: the name of another file system than SQLite's own, which need not have shared memory.

    Raises:
        StoreError: if it cannot be opened or is not one of ours.
    """
    with explained(path):
        connection = _connected(path, apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE, vfs)
        try:
            if vfs:
                connection.execute(queries()["alone"]).fetchall()
            version = _known_version(connection, path)
            _keep_log(connection, path)
            connection.execute(queries()["owner"]).fetchall()
            migrate(connection, version)
            with connection:
                connection.execute(script("commit"))
                connection.execute(script("retention"))
        except BaseException:
            connection.close()
            raise
        return connection


def connect_reader(path: str) -> apsw.Connection:
    """Open a database for looking only, beside its owner.

    Raises:
        StoreError: if there is none, or it is not one of ours.
    """
    if not Path(path).is_file():
        msg = f"there is no store at {path}: talk to the bot first, or name its store with --store"
        raise StoreError(msg)
    with explained(path):
        connection = _connected(path, apsw.SQLITE_OPEN_READONLY)
        try:
            _known_version(connection, path, empty=False)
            connection.execute(queries()["reader"]).fetchall()
        except BaseException:
            connection.close()
            raise
        return connection


def migrate(connection: apsw.Connection, version: int) -> None:
    """Bring a schema up to date; each migration is done wholly or not at all.

    Args:
        connection: of the owner.
        version: where the schema stands, 0 for an empty file.
    """
    sql = queries()
    for number, migration in migrations():
        if number > version:
            with connection:
                connection.execute(migration)
                connection.execute(sql["migrated"], (number,))
                connection.execute(sql["named"], (os.urandom(8).hex(),))


def _connected(path: str, flags: int, vfs: str = "") -> apsw.Connection:
    connection = apsw.Connection(path, flags=flags, vfs=vfs or None, statementcachesize=200)
    connection.set_busy_timeout(5000)
    return connection


def _keep_log(connection: apsw.Connection, path: str) -> None:
    mode = next(connection.execute(queries()["log"]))[0]
    if mode != "wal" and path != MEMORY:
        msg = f"the store {path} lies where SQLite cannot keep its log (it says {mode}): choose a local disk"
        raise StoreError(msg)


def _known_version(connection: apsw.Connection, path: str, *, empty: bool = True) -> int:
    """The schema's version, 0 for an empty file.

    Raises:
        StoreCorrupt: the database is not one of ours, or of a newer version; or empty, if it must not be.
    """
    sql = queries()
    tables = {row[0] for row in connection.execute(sql["tables"])}
    if not tables and empty:
        return 0
    if not tables:
        msg = f"the store {path} is empty: talk to the bot first"
        raise StoreCorrupt(msg)
    version = next(connection.execute(sql["version"]), (None,))[0] if tables >= OURS else None
    if not isinstance(version, int):
        msg = f"{path} is a database, but not one of Chinwag's: choose another file with --store"
        raise StoreCorrupt(msg)
    newest = migrations()[-1][0]
    if version > newest:
        msg = (
            f"the store {path} was written by a newer Chinwag (its schema is {version}, this one knows {newest}): "
            "upgrade chinwag"
        )
        raise StoreCorrupt(msg)
    return version
