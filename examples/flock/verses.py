"""Poems: files of lines. Lines are stripped, blank ones are dropped; a file that was changed is read again."""

from functools import lru_cache
from pathlib import Path


def lines(poem: str) -> tuple[str, ...]:
    """The lines of a poem.

    Args:
        poem: the path of its file.

    Raises:
        ValueError: if it has none.
        OSError: if it cannot be read.
    """
    return _read(poem, Path(poem).stat().st_mtime_ns)


@lru_cache(maxsize=1024)
def _read(poem: str, _: int) -> tuple[str, ...]:
    found = tuple(line.strip() for line in Path(poem).read_text(encoding="utf-8").splitlines() if line.strip())
    if not found:
        msg = f"the poem {poem} has no lines: write some, one post a line"
        raise ValueError(msg)
    return found


def next_verse(poem: str, position: int) -> tuple[int, str]:
    """A line, and the position behind it; behind the last one comes the first."""
    found = lines(poem)
    at = position % len(found)
    return (at + 1) % len(found), found[at]
