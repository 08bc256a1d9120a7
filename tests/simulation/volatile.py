"""A disk that loses power: files in memory, and a record of what was written to them since their last sync.

Use: ``disk = VolatileDisk("v1")``, ``SqliteStore("bot.db", vfs=disk.name)``, and ``disk.close()`` at the end. The disk
outlives the stores on it. WAL works with one connection at a time, which is what a ``SqliteStore`` has.

What can happen to it:
    ``crash(draw)``: the power fails. Each write since its file's last sync is kept, dropped or torn at a border of
    ``sector`` bytes, each by itself, so that a later one may live where an earlier one dies; truncations, creations
    and deletions are kept or dropped likewise. ``draw`` gives numbers in [0, 1) and decides all. Returns how many
    changes were lost, wholly or in part.
    ``kill()``: the process dies, the machine does not: whatever was written stays, synced or not.
    Keep the store until then: one that is dropped closes in order, which brings all to the disk. After either,
    connections that were open are dead: what they still do raises I/O errors, and closing them changes nothing.
    ``full``, ``room``: no more bytes can be written, or only so many; the write that goes beyond is cut there.
    ``read_only``: nothing can be changed, and a file is opened for reading only.
    ``fails(n)``: the n-th write or sync from now on is an I/O error, once. ``lies``: a sync does nothing, and says that
    it did.
    ``wipe()``: a new disk, with the old one's name, switches and counts.
    ``writes``, ``syncs``, ``lost``, ``torn``: counts since the beginning; ``unsynced``: changes that a crash may lose.

Rules: nothing here draws, waits or looks at a clock on its own. The first sync of a new log or journal syncs the names
of all files, as SQLite does it on Unix. Bytes that no write touched are never harmed, as on the disks that SQLite
reckons with by default (``SQLITE_IOCAP_POWERSAFE_OVERWRITE``).
"""

from collections.abc import Callable, Iterator
from math import inf
from typing import Any

import apsw

NONE, SHARED, RESERVED, PENDING, EXCLUSIVE = range(5)
SIZE = -1
"""In place of an offset: what follows is the file's new size."""
ALL, NOTHING = 0.15, 0.3
"""Below the first, the first number drawn at a crash keeps all that was not synced; below the second, none of it."""
TORN = 0.3
"""Of the writes to several sectors, so many have each sector drawn by itself."""

Change = tuple[int, bytes] | tuple[int, int]


class Inode:
    """What is in a file: as every process sees it, and as the disk has it.

    Args:
        name: its name.
    """

    __slots__ = ("changes", "data", "durable", "name", "named")

    def __init__(self, name: str) -> None:
        self.name = name
        self.named = False
        self.data = bytearray()
        self.durable = bytearray()
        self.changes: list[tuple[int, Any]] = []

    def sync(self) -> None:
        """Bring all that was written to the disk."""
        for offset, what in self.changes:
            put(self.durable, offset, what)
        self.changes.clear()


class File:
    """An open file, as SQLite sees it.

    Args:
        disk: where it lies.
        inode: what is in it.
    """

    __slots__ = ("disk", "inode", "level")

    def __init__(self, disk: "VolatileDisk", inode: Inode) -> None:
        self.disk = disk
        self.inode = inode
        self.level = NONE

    def xRead(self, amount: int, offset: int) -> bytearray:  # noqa: N802
        return self.inode.data[offset : offset + amount]

    def xWrite(self, data: bytes, offset: int) -> None:  # noqa: N802
        disk = self.disk
        disk.writes += 1
        refusal = None
        if disk.troubled:
            data, refusal = disk.allowed(data)
        inode = self.inode
        if offset > len(inode.data):
            put(inode.data, SIZE, offset)
        inode.data[offset : offset + len(data)] = data
        inode.changes.append((offset, data))
        if refusal is not None:
            raise refusal

    def xTruncate(self, size: int) -> None:  # noqa: N802
        self.disk.must_be_writable()
        put(self.inode.data, SIZE, size)
        self.inode.changes.append((SIZE, size))

    def xSync(self, flags: int) -> None:  # noqa: N802
        del flags
        disk = self.disk
        disk.syncs += 1
        if disk.troubled:
            disk.count_down()
        if not disk.lies:
            inode = self.inode
            inode.sync()
            if not inode.named:
                disk.sync_name(inode)

    def xFileSize(self) -> int:  # noqa: N802
        return len(self.inode.data)

    def xClose(self) -> None:  # noqa: N802
        self.disk.opened.remove(self)

    def xLock(self, level: int) -> None:  # noqa: N802
        beside = [file.level for file in self.disk.opened if file.inode is self.inode and file is not self]
        others = max(beside, default=NONE)
        if level == EXCLUSIVE and PENDING > others >= SHARED:
            self.level = PENDING
        if others >= {SHARED: PENDING, RESERVED: RESERVED}.get(level, SHARED):
            raise apsw.BusyError("another connection has the file")
        self.level = max(self.level, level)

    def xUnlock(self, level: int) -> None:  # noqa: N802
        self.level = level

    def xCheckReservedLock(self) -> bool:  # noqa: N802
        return any(file.level >= RESERVED for file in self.disk.opened if file.inode is self.inode)

    def xFileControl(self, operation: int, pointer: int) -> bool:  # noqa: N802
        del operation, pointer
        return False

    def xSectorSize(self) -> int:  # noqa: N802
        return self.disk.sector

    def xDeviceCharacteristics(self) -> int:  # noqa: N802
        return apsw.SQLITE_IOCAP_POWERSAFE_OVERWRITE


def refused(*_: object) -> None:
    """Do nothing."""
    raise failure("this connection was open when its process died")


class Dead(File):
    """A file that was open when its process died. A ``File`` becomes one, so that the living need not ask."""

    __slots__ = ()

    xRead: Any = refused  # noqa: N815
    xWrite: Any = refused  # noqa: N815
    xTruncate: Any = refused  # noqa: N815
    xSync: Any = refused  # noqa: N815
    xFileSize: Any = refused  # noqa: N815
    xCheckReservedLock: Any = refused  # noqa: N815

    def xLock(self, level: int) -> None:  # noqa: ARG002, N802
        # The one refusal that SQLite takes in silence when it closes a connection, leaving the log as it is.
        raise apsw.BusyError("this connection was open when its process died")

    def xUnlock(self, level: int) -> None:  # noqa: N802
        pass

    def xClose(self) -> None:  # noqa: N802
        pass


class VolatileDisk(apsw.VFS):
    """A file system in memory that can lose what was not synced.

    Args:
        name: what SQLite calls it; two that are in use at once need two names.
        sector: how many bytes the disk writes wholly or not at all: 512 or 4096.
    """

    def __init__(self, name: str, *, sector: int = 4096) -> None:
        super().__init__(name, base="")
        self.name = name
        self.sector = sector
        self.lies = False
        self.writes = self.syncs = self.lost = self.torn = 0
        self.opened: list[File] = []
        self.troubled = False
        self._room: float = inf
        self._read_only = False
        self._fails = 0
        self._names: dict[str, Inode] = {}
        self._durable_names: dict[str, Inode] = {}

    def wipe(self) -> None:
        """Forget all files, as on a new disk."""
        self.kill()
        self._names.clear()
        self._durable_names.clear()

    def close(self) -> None:
        """Be no file system of SQLite's any more."""
        self.kill()
        self.unregister()

    # -- what happens to it -------------------------------------------------------------------------------------------

    def crash(self, draw: Callable[[], float]) -> int:
        """Let the power fail.

        Args:
            draw: gives numbers in [0, 1).

        Returns:
            How many changes that were not synced are lost, wholly or in part.
        """
        self.kill()
        before = self.lost
        fate = draw()
        odds = 1.0 if fate < ALL else 0.0 if fate < NOTHING else draw()
        for inode in list(self._inodes()):
            self._survive(inode, odds, draw)
        for name in self._renamed():
            self._survive_name(name, survives=draw() < odds)
        self._names = dict(self._durable_names)
        for inode in self._names.values():
            inode.named = True
        return self.lost - before

    def kill(self) -> None:
        """Let the process die, and nothing else."""
        for file in self.opened:
            file.__class__ = Dead
        self.opened.clear()

    def fails(self, after: int) -> None:
        """Let a write or sync fail once.

        Args:
            after: which one, counted from now on: 1 is the next; 0 is none.
        """
        self._fails = after
        self._look()

    @property
    def room(self) -> float:
        """How many more bytes can be written."""
        return self._room

    @room.setter
    def room(self, room: float) -> None:
        self._room = room
        self._look()

    @property
    def full(self) -> bool:
        """Whether nothing more can be written."""
        return self._room <= 0

    @full.setter
    def full(self, full: bool) -> None:
        self.room = 0 if full else inf

    @property
    def read_only(self) -> bool:
        """Whether nothing can be changed."""
        return self._read_only

    @read_only.setter
    def read_only(self, read_only: bool) -> None:
        self._read_only = read_only
        self._look()

    @property
    def unsynced(self) -> int:
        """How many changes a crash may lose."""
        return sum(len(inode.changes) for inode in self._inodes()) + len(self._renamed())

    def _look(self) -> None:
        self.troubled = self._read_only or self._fails > 0 or self._room < inf

    def _inodes(self) -> Iterator[Inode]:
        yield from self._names.values()
        for name, inode in self._durable_names.items():
            if self._names.get(name) is not inode:
                yield inode

    def _renamed(self) -> list[str]:
        """Names that the disk does not have as processes see them."""
        names = [*self._names, *(name for name in self._durable_names if name not in self._names)]
        return [name for name in names if self._names.get(name) is not self._durable_names.get(name)]

    def _survive(self, inode: Inode, odds: float, draw: Callable[[], float]) -> None:
        for offset, what in inode.changes:
            pieces = [(offset, what)] if offset == SIZE else list(sectors(offset, what, self.sector))
            if len(pieces) > 1 and draw() < TORN:
                kept = [piece for piece in pieces if draw() < odds]
            else:
                kept = pieces if draw() < odds else []
            self.lost += len(kept) < len(pieces)
            self.torn += 0 < len(kept) < len(pieces)
            for where, piece in kept:
                put(inode.durable, where, piece)
        inode.changes.clear()
        inode.data = bytearray(inode.durable)

    def _survive_name(self, name: str, *, survives: bool) -> None:
        if not survives:
            self.lost += 1
        elif name in self._names:
            self._durable_names[name] = self._names[name]
        else:
            del self._durable_names[name]

    # -- for open files -----------------------------------------------------------------------------------------------

    def allowed(self, data: bytes) -> tuple[bytes, apsw.Error | None]:
        """How much of it can be written, and the error if that is not all.

        Raises:
            apsw.Error: nothing can.
        """
        self.count_down()
        self.must_be_writable()
        room = self._room
        self._room = max(room - len(data), 0)
        if len(data) <= room:
            return data, None
        return data[: int(room)], apsw.FullError("no room on the simulated disk")

    def must_be_writable(self) -> None:
        """Refuse a change of what is read-only."""
        if self._read_only:
            raise apsw.ReadOnlyError("the simulated disk is read-only")

    def count_down(self) -> None:
        """One more write or sync; fail if this is the one."""
        if self._fails:
            self.fails(self._fails - 1)
            if not self._fails:
                raise failure("as planned, by the simulated disk")

    def sync_name(self, inode: Inode) -> None:
        """Bring the creation of a file to the disk; with that of a log or journal, all names, as SQLite does."""
        inode.named = True
        if inode.name.endswith(("-wal", "-journal")):
            self._durable_names = dict(self._names)
        elif self._names.get(inode.name) is inode:
            self._durable_names[inode.name] = inode

    # -- for SQLite ---------------------------------------------------------------------------------------------------

    def xOpen(self, name: str | apsw.URIFilename | None, flags: list[int]) -> Any:  # noqa: N802
        path = name.filename() if isinstance(name, apsw.URIFilename) else name
        inode = self._names.get(path) if path else None
        if inode is None:
            inode = Inode(path or "")
            if path:
                if self._read_only or not flags[0] & apsw.SQLITE_OPEN_CREATE:
                    raise apsw.CantOpenError("there is no such file on the simulated disk")
                self._names[path] = inode
        flags[1] = flags[0]
        if self._read_only:
            changing = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
            flags[1] = flags[0] & ~changing | apsw.SQLITE_OPEN_READONLY
        file = File(self, inode)
        self.opened.append(file)
        return file

    def xDelete(self, filename: str, syncdir: bool) -> None:  # noqa: FBT001, N802
        self.must_be_writable()
        if filename not in self._names:
            raise failure("there is no such file on the simulated disk", apsw.SQLITE_IOERR_DELETE_NOENT)
        del self._names[filename]
        if syncdir and not self.lies:
            self._durable_names.pop(filename, None)

    def xAccess(self, pathname: str, flags: int) -> bool:  # noqa: N802
        return pathname in self._names and not (flags == apsw.SQLITE_ACCESS_READWRITE and self._read_only)

    def xFullPathname(self, name: str) -> str:  # noqa: N802
        return name

    def xSleep(self, microseconds: int) -> int:  # noqa: N802
        return microseconds


def put(data: bytearray, offset: int, what: Any) -> None:
    """Apply a change: bytes at an offset, or a size."""
    if offset == SIZE:
        del data[what:]
        data.extend(bytes(what - len(data)))
        return
    if offset > len(data):
        data.extend(bytes(offset - len(data)))
    data[offset : offset + len(what)] = what


def sectors(offset: int, data: bytes, size: int) -> Iterator[tuple[int, bytes]]:
    """Cut a write where sectors begin.

    >>> list(sectors(510, b"abcd", 512))
    [(510, b'ab'), (512, b'cd')]
    """
    start = 0
    while start < len(data):
        stop = start + size - (offset + start) % size
        yield offset + start, data[start:stop]
        start = stop


def failure(words: str, code: int = apsw.SQLITE_IOERR) -> Exception:
    """An I/O error with SQLite's extended code."""
    error = apsw.exception_for(code)
    error.args = (words,)
    return error
