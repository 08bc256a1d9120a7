"""The SQLite store: one file, one owner, one thread that writes.

WAL and ``synchronous=FULL``: a commit that was reported is on the disk. Reads go through a connection of their own, in the
caller's thread; they take microseconds. Every table of a batch is written by one statement from one JSON array, so that the
writing thread does not fight for the interpreter's lock.
"""

import asyncio
import fcntl
import os
import threading
from collections.abc import Awaitable, Callable, Iterator, Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import apsw
import msgspec

from chinwag.core.errors import StoreCorrupt, StoreError, StoreFull, StoreLocked
from chinwag.ports import Batch, Counters, Open, Parked, Planned
from chinwag.stores.queries import migrations, queries

MEMORY = ":memory:"
WRITE_CACHE_KB = 64 * 1024
READ_CACHE_KB = 32 * 1024
CHECKPOINT_PAGES = 4000
KEEP_SEEN = 7 * 86_400 * 1_000_000
PURGE_EVERY = 500

_encode = msgspec.json.Encoder().encode


class SqliteStore:
    """A store in one file.

    Args:
        path: the database file, or ``:memory:`` for one that is gone when it is closed.
        inline: write in the caller's thread; for tests, where nothing else may run.
    """

    def __init__(self, path: str | Path, *, inline: bool = False) -> None:
        self.path = str(path)
        self._inline = inline or self.path == MEMORY
        self._lock: int | None = None
        self._writer: apsw.Connection | None = None
        self._reader: apsw.Connection | None = None
        self._jobs: SimpleQueue[tuple[Batch, asyncio.AbstractEventLoop, asyncio.Future[None]] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._sql = queries()
        self._commits = 0

    async def open(self) -> Counters:
        """Take ownership, migrate, begin a new epoch."""
        if self._writer is None:
            self._take_lock()
            try:
                self._writer = _connected(self.path, read_only=False)
                _migrated(self._writer, self.path)
                self._reader = self._writer if self.path == MEMORY else _connected(self.path, read_only=True)
            except BaseException:
                await self.close()
                raise
        with explained(self.path):
            epoch = next(self._writer.execute(self._sql["epoch"]))[0]
            counters = next(self._writer.execute(self._sql["counters"]))
            identity = next(self._writer.execute(self._sql["identity"]))[0]
        if not self._inline and self._thread is None:
            self._thread = threading.Thread(target=self._write, name="chinwag-store", daemon=True)
            self._thread.start()
        return Counters(epoch, *counters, identity)

    async def close(self) -> None:
        """Finish what is being written and let go."""
        if self._thread is not None:
            self._jobs.put(None)
            thread, self._thread = self._thread, None
            await asyncio.to_thread(thread.join)
        if self._reader is not None and self._reader is not self._writer:
            self._reader.close()
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _take_lock(self) -> None:
        """Own the file as long as this process lives: the lock dies with it."""
        if self.path == MEMORY:
            return
        try:
            Path(self.path).parent.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            msg = f"the store {self.path} cannot be written ({error.strerror}): choose another place with --store"
            raise StoreError(msg) from None
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._lock, 20, 0).decode(errors="replace").strip()
            os.close(self._lock)
            self._lock = None
            who = f" (process {holder})" if holder else ""
            msg = (
                f"the store {self.path} is in use by another chinwag{who}: stop that one first, or give this one a store of "
                "its own with --store; `chinwag ps`, `show` and `check` can look at it meanwhile"
            )
            raise StoreLocked(msg) from None
        os.ftruncate(self._lock, 0)
        os.pwrite(self._lock, str(os.getpid()).encode(), 0)

    def commit(self, batch: Batch) -> Awaitable[None]:
        """Apply a batch, all or nothing; what is awaited is done when it is on the disk."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        if self._inline:
            _resolve(future, self._apply(batch))
        else:
            self._jobs.put((batch, loop, future))
        return future

    def _write(self) -> None:
        """The writing thread."""
        while (job := self._jobs.get()) is not None:
            batch, loop, future = job
            error = self._apply(batch)
            loop.call_soon_threadsafe(_resolve, future, error)
            del batch, job
            if error is None:
                self._tidy()

    def _apply(self, batch: Batch) -> StoreError | None:
        writer = self._writer
        if writer is None:
            return StoreError(f"the store {self.path} is closed")
        try:
            writer.execute("BEGIN IMMEDIATE")
            for name in Batch.ORDER:
                rows = getattr(batch, name)
                if rows:
                    rows = list(rows.values()) if isinstance(rows, dict) else rows
                    writer.execute(self._sql[name], {"rows": _encode(rows).decode()})
            writer.execute("COMMIT")
        except (apsw.Error, MemoryError) as error:
            if writer.in_transaction:
                writer.execute("ROLLBACK")
            return _in_words(error, self.path)
        return None

    def _tidy(self) -> None:
        """After a commit was reported: move the log into the file, forget ids that no network sends again."""
        writer = self._writer
        if writer is None:
            return
        self._commits += 1
        try:
            if self._commits % PURGE_EVERY == 0:
                newest = next(iter(writer.execute("SELECT max(at) FROM seen")))[0] or 0
                writer.execute(self._sql["purge_seen"], (newest - KEEP_SEEN,))
            pages, done = _log_size(self.path), CHECKPOINT_PAGES * 4096
            if pages > done:
                writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.Error:
            return  # the next commit meets the same trouble, and reports it

    def _read(self, name: str, bindings: Any) -> Iterator[tuple[Any, ...]]:
        reader = self._reader
        if reader is None:
            msg = f"the store {self.path} is closed"
            raise StoreError(msg)
        return iter(reader.execute(self._sql[name], bindings))

    async def known(self, ids: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which of these (account, id) were consumed before."""
        with explained(self.path):
            return set(self._read("known", _rows(ids)))  # type: ignore[arg-type]  # two columns

    async def at(self, addresses: Sequence[str]) -> list[Parked]:
        """The conversations that live at these addresses, the oldest first."""
        with explained(self.path):
            numbers = [row[0] for row in self._read("at", _rows(addresses))]
        return await self.parked(numbers) if numbers else []

    async def homes(self, numbers: Sequence[int]) -> list[str]:
        """The addresses at which these conversations live."""
        with explained(self.path):
            return [row[0] for row in self._read("homes", _rows(numbers))]

    async def parked(self, numbers: Sequence[int]) -> list[Parked]:
        """These conversations, with their journals and what they hold."""
        with explained(self.path):
            return load(self._read, numbers)

    async def data(self, users: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The durable data of these users."""
        found: dict[str, dict[str, Any]] = {}
        with explained(self.path):
            for user, key, value in self._read("data", _rows(users)):
                found.setdefault(user, {})[key] = _loads(value)
        return found

    async def due(self, after: tuple[int, int], limit: int) -> list[tuple[int, int]]:
        """The next deadlines of conversations."""
        with explained(self.path):
            return [(row[0], row[1]) for row in self._read("due", (*after, limit))]

    async def planned(self, after: tuple[int, int], limit: int) -> list[Planned]:
        """The next runs of schedules."""
        with explained(self.path):
            return [Planned(*row) for row in self._read("planned", (*after, limit))]

    async def schedules_of(self, account: str) -> list[Planned]:
        """All schedules of one account's recipients."""
        with explained(self.path):
            return [Planned(*row) for row in self._read("schedules_of", (f"{account}/", f"{account}0"))]

    async def open_outbox(self) -> list[Open]:
        """Messages that are pending or being sent."""
        with explained(self.path):
            return self._open("open_outbox", ())

    async def undelivered(self, conversation: int) -> list[Open]:
        """Its messages that failed or are uncertain."""
        with explained(self.path):
            return self._open("undelivered", (conversation,))

    def _open(self, name: str, bindings: tuple[int, ...]) -> list[Open]:
        return [Open(*row[:8], bool(row[8]), _body(self._read, "outbox", row)) for row in self._read(name, bindings)]

    async def outgoing(self, numbers: Sequence[int]) -> list[tuple[int, str, str, str, int]]:
        """What became of these messages."""
        with explained(self.path):
            return list(self._read("outgoing", _rows(numbers)))  # type: ignore[arg-type]  # five columns

    async def unheard(self) -> list[tuple[int, int, str]]:
        """Messages whose fate somebody must still hear of."""
        with explained(self.path):
            return list(self._read("unheard", ()))  # type: ignore[arg-type]  # three columns

    async def unfinished(self) -> list[int]:
        """Conversations to be woken at the start."""
        with explained(self.path):
            return [row[0] for row in self._read("unfinished", ())]

    async def troubled(self, status: str) -> list[Parked]:
        """Conversations that are failed, or diverged."""
        with explained(self.path):
            numbers = [row[0] for row in self._read("troubled", (status,))]
        return await self.parked(numbers) if numbers else []


def load(read: Callable[[str, Any], Iterator[tuple[Any, ...]]], numbers: Sequence[int]) -> list[Parked]:
    """Conversations by number, put together from their tables."""
    bindings = _rows(numbers)
    found = {row[0]: Parked(*row[:4], bool(row[4]), *row[5:]) for row in read("parked", bindings)}
    for number, seq, body in read("rows", bindings):
        if number in found:
            large = next(read("blob", ("journal", number, seq)))[0] if body == "0" else body
            found[number].rows.append(large)
    for number, *held in read("held", bindings):
        if number in found:
            found[number].held.append((held[0], held[1], held[2], held[3]))
    for number, path, epoch in read("steps_of", bindings):
        if number in found:
            found[number].steps.append((path, epoch))
    return list(found.values())


def _body(read: Callable[[str, Any], Iterator[tuple[Any, ...]]], kind: str, row: tuple[Any, ...]) -> str:
    body: str = row[-1]
    if body == "0":
        body = next(read("blob", (kind, row[0], 0)))[0]
    return body


def _rows(values: Sequence[Any]) -> dict[str, str]:
    return {"rows": _encode(values).decode()}


def _loads(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        msg = f"a row of chat.data is damaged ({error}): restore the database"
        raise StoreCorrupt(msg) from None


def _resolve(future: asyncio.Future[None], error: StoreError | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)


def _log_size(path: str) -> int:
    try:
        return Path(f"{path}-wal").stat().st_size
    except OSError:
        return 0


def connect_reader(path: str) -> apsw.Connection:
    """Open a database for looking only, beside its owner.

    Raises:
        StoreError: if there is none, or it is not one of ours.
    """
    if not Path(path).exists():
        msg = f"there is no store at {path}: talk to the bot first, or name its store with --store"
        raise StoreError(msg)
    connection = _connected(path, read_only=True)
    version = _version(connection, path)
    if version == 0 or version > migrations()[-1][0]:
        _refuse(connection, path, version)
    return connection


def _connected(path: str, *, read_only: bool) -> apsw.Connection:
    flags = apsw.SQLITE_OPEN_READONLY if read_only else apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    with explained(path):
        connection = apsw.Connection(path, flags=flags, statementcachesize=200)
        connection.set_busy_timeout(5000)
        if not read_only:
            mode = next(connection.execute("PRAGMA journal_mode = WAL"))[0]
            if mode != "wal" and path != MEMORY:
                msg = f"the store {path} lies where SQLite cannot keep its log (it says {mode}): choose a local disk"
                raise StoreError(msg)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute(f"PRAGMA cache_size = -{READ_CACHE_KB if read_only else WRITE_CACHE_KB}")
        connection.execute("PRAGMA temp_store = MEMORY")
        return connection


def _version(connection: apsw.Connection, path: str) -> int:
    with explained(path):
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables:
            return 0
        if not {"meta", "conv", "journal"} <= tables:
            msg = f"{path} is a database, but not one of Chinwag's: choose another file with --store"
            raise StoreCorrupt(msg)
        return int(next(connection.execute("SELECT value FROM meta WHERE key = 'schema'"))[0])


def _migrated(connection: apsw.Connection, path: str) -> None:
    """Bring the schema up to date."""
    version = _version(connection, path)
    if version > migrations()[-1][0]:
        _refuse(connection, path, version)
    for number, script in migrations():
        if number > version:
            with explained(path), connection:
                connection.execute(script)
                connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('schema', ?)", (number,))
                connection.execute("INSERT OR IGNORE INTO meta (key, value) VALUES ('identity', ?)", (os.urandom(8).hex(),))


def _refuse(connection: apsw.Connection, path: str, version: int) -> None:
    connection.close()
    newest = migrations()[-1][0]
    msg = (
        f"the store {path} was written by a newer Chinwag (its schema is {version}, this one knows {newest}): upgrade chinwag"
        if version
        else f"the store {path} is empty: talk to the bot first"
    )
    raise StoreCorrupt(msg)


class explained:  # noqa: N801 - reads as a clause: `with explained(path)`
    """Turn SQLite's errors into sentences."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, apsw.Error):
            raise _in_words(error, self.path) from error


def _in_words(error: apsw.Error | MemoryError, path: str) -> StoreError:
    """One sentence that says what to do."""
    match error:
        case apsw.FullError():
            return StoreFull(f"no room on the disk for the store {path}: make room, and work goes on by itself")
        case apsw.ReadOnlyError() | apsw.PermissionsError():
            return StoreError(f"the store {path} cannot be written: check the permissions of the file and its folder")
        case apsw.NotADBError():
            return StoreCorrupt(f"{path} is not a database: choose another file with --store")
        case apsw.CorruptError():
            return StoreCorrupt(f"the store {path} is damaged ({error}): restore it from a backup")
        case apsw.CantOpenError():
            return StoreError(f"the store {path} cannot be opened: check that its folder exists and may be written")
        case apsw.BusyError() | apsw.LockedError():
            return StoreError(f"the store {path} is locked by another program: close whatever has it open")
        case apsw.IOError():
            return StoreError(f"the disk failed under the store {path} ({error}): check the disk")
    return StoreError(f"the store {path} refused a commit: {type(error).__name__}: {error}")
