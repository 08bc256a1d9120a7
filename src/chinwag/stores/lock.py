"""The owner's lock: one process at a time writes a store.

Owns a file beside the database, locked as long as the owner lives: the lock dies with its process, however that ends.
It is no lock on the database itself, so readers are not kept out, and SQLite's own locks are not disturbed. Nor does it
live on in a process that a step has forked, which may outlive the owner.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from weakref import WeakSet

from chinwag.core.errors import StoreError, StoreLocked


class Lock:
    """The lock of one store.

    Args:
        path: the database; links to it share its lock.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> None:
        """Become the owner.

        Raises:
            StoreLocked: another process is.
            StoreError: the lock's file cannot be written.
        """
        if self._file is None:
            self._file = self._opened()
            _taken.add(self)
            try:
                self._locked()
            except BaseException:
                self.release()
                raise

    def release(self) -> None:
        """Be the owner no more."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _opened(self) -> int:
        try:
            target = Path(os.path.realpath(self._path))
            if target.is_dir():
                msg = f"the store {self._path} is a folder: name a file in it with --store"
                raise StoreError(msg)
            target.parent.mkdir(parents=True, exist_ok=True)
            return os.open(f"{target}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else error
            msg = f"the store {self._path} cannot be written ({why}): choose another place with --store"
            raise StoreError(msg) from None

    def _locked(self) -> None:
        assert self._file is not None  # noqa: S101 - it was just opened
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, str(os.getpid()).encode(), 0)
        except BlockingIOError:
            holder = os.pread(self._file, 20, 0).decode(errors="replace").strip()
            who = f" (process {holder})" if holder else ""
            msg = (
                f"the store {self._path} is in use by another chinwag{who}: stop that one first, or give this one a "
                "store of its own with --store; `chinwag ps`, `show` and `check` can look at it meanwhile"
            )
            raise StoreLocked(msg) from None
        except OSError as error:
            msg = f"the store {self._path} cannot be locked ({error.strerror}): choose a local disk with --store"
            raise StoreError(msg) from None


_taken: WeakSet[Lock] = WeakSet()


def _let_go() -> None:
    """In a forked process: the lock stays with its owner, who has the same file open."""
    for lock in list(_taken):
        lock.release()


os.register_at_fork(after_in_child=_let_go)


def keep_private(path: str) -> None:
    """Make the database file, if there is none, for its owner alone: what people said is in it.

    SQLite gives its log the same permissions. A file that is there keeps its own; one that cannot be made is left to
    SQLite to explain.

    Args:
        path: the database.
    """
    with suppress(OSError, ValueError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
