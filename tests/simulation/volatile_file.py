"""The files of a disk that loses power: what they hold, and what was written to them since their last sync.

Owns reading, writing, syncing and locking of one file, as SQLite asks for it. What becomes of unsynced changes when the
power fails is decided by the disk, in ``volatile``.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import apsw

if TYPE_CHECKING:
    from tests.simulation.volatile import VolatileDisk

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
