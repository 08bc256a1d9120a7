"""The SQLite store: one file, one owner, one thread that writes.

WAL and ``synchronous=FULL``: a commit that was reported is on the disk. A commit is one call of SQLite
(``sql/commit.sql``). The writing thread also moves the log into the file and forgets what is old, between commits.
Reads go through a connection of their own, in the caller's thread, for microseconds; neither waits for the other.
"""

import asyncio
import threading
from collections.abc import Awaitable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import apsw
import msgspec

from chinwag.core.errors import StoreError
from chinwag.ports import Batch, Counters, Open, Parked, Planned
from chinwag.stores.assembly import bound, heads, load, messages, value_of
from chinwag.stores.lock import Lock, keep_private
from chinwag.stores.queries import queries
from chinwag.stores.retention import Retention
from chinwag.stores.schema import MEMORY, connect_owner, connect_reader
from chinwag.stores.trouble import explained, in_words

__all__ = ["MEMORY", "SqliteStore"]

CHECKPOINT_PAGES = 4000
"""So many pages of the log are moved into the file at once."""

_encode = msgspec.json.Encoder().encode


class SqliteStore:
    """A store in one file.

    Args:
        path: the database file, or ``:memory:`` for one that is gone when it is closed.
        inline: write in the caller's thread; for tests, where nothing else may run.
        retention: how long what is over is kept.
        vfs: the name of a registered file system of SQLite's, such as a simulated disk; for tests. As in memory, there
            is one connection, which reads and writes inline, and no file of its own for the lock.
    """

    def __init__(
        self, path: str | Path, *, inline: bool = False, retention: Retention | None = None, vfs: str = ""
    ) -> None:
        self.path = str(path)
        self._vfs = vfs
        self._alone = self.path == MEMORY or bool(vfs)
        self._inline = inline or self._alone
        self._lock = Lock(self.path)
        self._retention = retention or Retention()
        self._writer: apsw.Connection | None = None
        self._reader: apsw.Connection | None = None
        self._jobs: SimpleQueue[tuple[Batch, asyncio.AbstractEventLoop, asyncio.Future[None]] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._sql = queries()
        self._writing = threading.Lock()
        self._folded = 0

    # -- owning -------------------------------------------------------------------------------------------------------

    async def open(self) -> Counters:
        """Take ownership, migrate, begin a new epoch."""
        try:
            if self._writer is None:
                if not self._alone:
                    self._lock.take()
                    keep_private(self.path)
                self._writer = connect_owner(self.path, self._vfs)
                self._reader = self._writer if self._alone else connect_reader(self.path)
            counters = self._begun(self._writer)
        except BaseException:
            await self.close()
            raise
        if not self._inline and self._thread is None:
            self._thread = threading.Thread(target=self._write, name="chinwag-store", daemon=True)
            self._thread.start()
        return counters

    def _begun(self, writer: apsw.Connection) -> Counters:
        with self._writing, explained(self.path):
            epoch = next(writer.execute(self._sql["epoch"]))[0]
            conversation, outbox, inbox, schedule = next(writer.execute(self._sql["counters"]))
            identity = next(writer.execute(self._sql["identity"]))[0]
        return Counters(epoch, conversation, outbox, inbox, schedule, identity)

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
        self._lock.release()

    # -- writing ------------------------------------------------------------------------------------------------------

    def commit(self, batch: Batch) -> Awaitable[None]:
        """Apply a batch, all or nothing; what is awaited is done when it is on the disk."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        if self._thread is not None:
            self._jobs.put((batch, loop, future))
        else:
            error = self._apply(batch) if self._inline else StoreError(f"the store {self.path} is closed")
            _resolve(future, error)
            if error is None:
                self._tidy(batch)
        return future

    def _write(self) -> None:
        """The writing thread."""
        while (job := self._jobs.get()) is not None:
            batch, loop, future = job
            error = self._apply(batch)
            with suppress(RuntimeError):  # the loop was closed: nobody is there to hear
                loop.call_soon_threadsafe(_resolve, future, error)
            if error is None:
                self._tidy(batch)
            del batch, job, future, error

    def _apply(self, batch: Batch) -> StoreError | None:
        writer = self._writer
        if writer is None:
            return StoreError(f"the store {self.path} is closed")
        try:
            with self._writing:
                writer.execute(self._sql["commit"], _columns(batch))
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody waits for the answer
            return in_words(error, self.path)
        return None

    def _tidy(self, batch: Batch) -> None:
        """After a commit was reported: forget what is old, and move the log into the file once it has grown."""
        writer = self._writer
        assert writer is not None  # noqa: S101 - it has just committed
        with self._writing, suppress(apsw.Error):  # the next commit meets the same trouble, and reports it
            self._retention.after(writer, batch)
            written = writer.status(apsw.SQLITE_DBSTATUS_CACHE_WRITE)[0]
            if written - self._folded >= CHECKPOINT_PAGES:
                self._folded = written
                writer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)

    # -- reading ------------------------------------------------------------------------------------------------------

    def _read(self, name: str, bindings: Any) -> Iterator[tuple[Any, ...]]:
        reader = self._reader
        if reader is None:
            msg = f"the store {self.path} is closed"
            raise StoreError(msg)
        return iter(reader.execute(self._sql[name], bindings))

    def _rows(self, name: str, bindings: Any = ()) -> list[Any]:
        with explained(self.path):
            return list(self._read(name, bindings))

    async def known(self, ids: Sequence[tuple[str, str]]) -> set[tuple[str, str]]:
        """Which of these (account, id) were consumed before."""
        accounts: dict[str, list[str]] = {}
        for account, name in ids:
            accounts.setdefault(account, []).append(name)
        return set(self._rows("known", {"rows": _encode(accounts).decode()}))

    async def last_seen(self, account: str, prefix: str) -> tuple[str, int] | None:
        """The id that was consumed last among those of an account that begin so, and when; None if there is none."""
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        return next(((id_, at) for id_, at in self._rows("last_seen", (account, prefix, end))), None)

    async def at(self, addresses: Sequence[str]) -> list[Parked]:
        """The conversations that live at these addresses, the oldest first."""
        numbers = [row[0] for row in self._rows("at", bound(addresses))]
        return await self.parked(numbers) if numbers else []

    async def homes(self, numbers: Sequence[int]) -> list[str]:
        """The addresses at which these conversations live."""
        return [row[0] for row in self._rows("homes", bound(numbers))]

    async def parked(self, numbers: Sequence[int]) -> list[Parked]:
        """These conversations, with their journals and what they hold."""
        with explained(self.path):
            return load(self._read, numbers)

    async def data(self, users: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The durable data of these users."""
        found: dict[str, dict[str, Any]] = {}
        for user, key, value in self._rows("data", bound(users)):
            found.setdefault(user, {})[key] = value_of(value)
        return found

    async def due(self, after: tuple[int, int], limit: int) -> list[tuple[int, int]]:
        """The next deadlines of conversations."""
        return self._rows("due", {"due": after[0], "number": after[1], "limit": limit})

    async def planned(self, after: tuple[int, int], limit: int) -> list[Planned]:
        """The next runs of schedules."""
        found = self._rows("planned", {"due": after[0], "number": after[1], "limit": limit})
        return [Planned(*row) for row in found]

    async def schedules_of(self, account: str, after: tuple[str, str, str], limit: int) -> list[Planned]:
        """The next schedules of one account's recipients, in order, after this (address, name, spec)."""
        begin = max(after, (f"{account}/", "", ""))
        address, name, spec = begin
        bindings = {"address": address, "name": name, "spec": spec, "end": f"{account}0", "limit": limit}
        return [Planned(*row) for row in self._rows("schedules_of", bindings)]

    async def schedules_at(self, addresses: Sequence[str]) -> list[Planned]:
        """All schedules of the recipients at these addresses, in order of address, name and spec."""
        return [Planned(*row) for row in self._rows("schedules_at", bound(addresses))]

    async def open_outbox(self) -> list[Open]:
        """Messages that are pending or being sent."""
        with explained(self.path):
            return messages(self._read, "open_outbox", ())

    async def undelivered(self, conversation: int) -> list[Open]:
        """Its messages that failed or are uncertain."""
        with explained(self.path):
            return messages(self._read, "undelivered", (conversation,))

    async def outgoing(self, numbers: Sequence[int]) -> list[tuple[int, str, str, str, int]]:
        """What became of these messages."""
        return self._rows("outgoing", bound(numbers))

    async def unheard(self) -> list[tuple[int, int, str]]:
        """Messages whose fate somebody must still hear of."""
        return self._rows("unheard")

    async def unfinished(self) -> list[int]:
        """Conversations to be woken at the start."""
        return [row[0] for row in self._rows("unfinished")]

    async def troubled(self, status: str) -> list[Parked]:
        """Conversations that are failed, or diverged, without their rows."""
        with explained(self.path):
            numbers = [row[0] for row in self._read("troubled", (status,))]
            return heads(self._read, numbers) if numbers else []


def _columns(batch: Batch) -> dict[str, bytes | None]:
    """The fields of a batch as JSON, those without rows as null."""
    columns: dict[str, bytes | None] = dict.fromkeys(Batch.ORDER)
    for name in Batch.ORDER:
        rows = getattr(batch, name)
        if rows:
            columns[name] = _encode(list(rows.values()) if isinstance(rows, dict) else rows)
    return columns


def _resolve(future: asyncio.Future[None], error: StoreError | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
