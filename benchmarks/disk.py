"""The disk under a benchmark: where its files lie, and what one fsync costs there.

The files lie in the current folder's ``build``, not in a temporary folder: that may be kept in memory, where an fsync
is free and every figure of a durable system would flatter. ``CHINWAG_BENCH_DIR`` names another place.
"""

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.report import Figure, Report, percentile

PAGE = b"\0" * 4096
SHARED = "CHINWAG_BENCH_SHARED"
"""Set for the processes of one run: a folder that is gone when the run is over."""


@contextmanager
def scratch() -> Iterator[Path]:
    """Make a folder on a real disk for one run's files; it is gone afterwards.

    Example:
        >>> with scratch() as folder:
        ...     folder.is_dir()
        True
    """
    parent = Path(os.environ.get("CHINWAG_BENCH_DIR", "build"))
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=parent) as folder:
        yield Path(folder)


@contextmanager
def shared() -> Iterator[Path]:
    """The folder for files that several benches of one run need; alone, a folder of one's own.

    Example:
        >>> with shared() as folder:
        ...     folder.is_dir()
        True
    """
    if SHARED in os.environ:
        yield Path(os.environ[SHARED])
    else:
        with scratch() as folder:
            yield folder


def fsync_ms(folder: Path, pages: int = 200, *, append: bool, gap: float = 0.0) -> list[float]:
    """Measure ``pages`` fsyncs in milliseconds, each after one page of 4 KB.

    Args:
        folder: where the file is made.
        pages: how many.
        append: whether each page makes the file longer, as while a write-ahead log grows, so that its new size has to
            be recorded too; or is written over an old one, as once the log starts anew, which is cheaper.
        gap: seconds of idleness before each; a disk and a processor that went to sleep take longer.

    Example:
        >>> with scratch() as folder:
        ...     len(fsync_ms(folder, pages=3, append=True))
        3
    """
    path = folder / "fsync"
    path.write_bytes(b"" if append else PAGE * pages)
    costs = []
    with path.open("r+b", buffering=0) as file:
        os.fsync(file.fileno())
        for _ in range(pages):
            if gap:
                time.sleep(gap)
            file.write(PAGE)
            began = time.perf_counter()
            os.fsync(file.fileno())
            costs.append((time.perf_counter() - began) * 1e3)
    return costs


def run(report: Report, quick: bool) -> None:  # noqa: FBT001 - every bench is called as run(report, quick)
    """Measure what the other figures are counted in."""
    pages = 50 if quick else 300
    for append, how in ((True, "append"), (False, "overwrite")):
        with scratch() as folder:
            rounds = [fsync_ms(folder, pages, append=append) for _ in range(1 if quick else 3)]
        for share, name in ((0.5, "p50_ms"), (0.99, "p99_ms")):
            raw = tuple(percentile(costs, share) for costs in rounds)
            report.write(Figure("fsync", "disk", f"{how}_{name}", raw, "lower", {"pages": pages}))
