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
from tests.simulation.volatile_file import ALL, NOTHING, SIZE, TORN, Dead, File, Inode, failure, put, sectors


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
