"""What SQLite refuses, in words: one sentence each, which says what to do.

Owns the way from SQLite's errors to ``StoreError`` and its kinds. Refuses nothing: an error that it does not know keeps
SQLite's own words.
"""

import apsw

from chinwag.core.errors import StoreCorrupt, StoreError, StoreFull, StoreRefused

_WORDS: tuple[tuple[tuple[type[Exception], ...], type[StoreError], str], ...] = (
    (
        (apsw.FullError,),
        StoreFull,
        "no room on the disk for the store {path}: make room, and work goes on by itself",
    ),
    (
        (apsw.ReadOnlyError, apsw.PermissionsError),
        StoreError,
        "the store {path} cannot be written: check the permissions of the file and its folder",
    ),
    ((apsw.NotADBError,), StoreCorrupt, "{path} is not a database: choose another file with --store"),
    (
        (apsw.CorruptError, UnicodeDecodeError),  # a text that is no UTF-8
        StoreCorrupt,
        "the store {path} is damaged ({error}): restore it from a backup",
    ),
    (
        (apsw.CantOpenError,),
        StoreError,
        "the store {path} cannot be opened: check that its folder exists and may be written",
    ),
    (
        (apsw.BusyError, apsw.LockedError),
        StoreError,
        "the store {path} is locked by another program: close whatever has it open",
    ),
    ((apsw.IOError,), StoreError, "the disk failed under the store {path} ({error}): check the disk"),
    ((MemoryError, apsw.NoMemError), StoreError, "no memory is left for the store {path}: close other programs"),
    (
        (apsw.ConstraintError,),
        StoreRefused,
        "the store {path} refused a commit: something in it is there already ({error})",
    ),
    (
        (apsw.TooBigError, UnicodeEncodeError),
        StoreRefused,
        "the store {path} refused a commit: something in it cannot be written ({error})",
    ),
)


def in_words(error: Exception, path: str) -> StoreError:
    """One sentence that says what to do.

    Args:
        error: what SQLite, or the encoding of a row, has raised.
        path: the database.

    >>> in_words(apsw.FullError("database or disk is full"), "bot.db")
    StoreFull('no room on the disk for the store bot.db: make room, and work goes on by itself')
    """
    for kinds, refusal, words in _WORDS:
        if isinstance(error, kinds) or (refusal is StoreFull and _has_no_room(error)):
            return refusal(words.format(path=path, error=error))
    return StoreError(f"the store {path} refused: {type(error).__name__}: {error}")


def _has_no_room(error: Exception) -> bool:
    """Whether it was a full disk on which no shared memory could be had; SQLite calls that an error of the disk."""
    return getattr(error, "extendedresult", 0) == apsw.SQLITE_IOERR_SHMSIZE


class explained:  # noqa: N801 - reads as a clause: `with explained(path)`
    """Turn SQLite's errors into sentences.

    Args:
        path: the database, for the sentence.
    """

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, apsw.Error | UnicodeDecodeError):
            raise in_words(error, self.path) from error
