"""The time zone of this machine, by its name in the tz database: for whoever sits at its terminal."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path("/")
UTC = "UTC"


def local_zone(environment: Mapping[str, str] = os.environ, root: Path = ROOT) -> str:
    """The first that names a zone: ``TZ``, the link ``/etc/localtime``, the text ``/etc/timezone``; else UTC.

    Args:
        environment: where ``TZ`` may stand.
        root: the folder that has ``etc``.

    >>> local_zone({"TZ": "Europe/Berlin"})
    'Europe/Berlin'
    """
    return next(filter(_exists, _candidates(environment, root)), UTC)


def _candidates(environment: Mapping[str, str], root: Path) -> Iterator[str]:
    # POSIX lets a colon stand before the name of a file.
    yield _within(environment.get("TZ", "").removeprefix(":"))
    try:
        yield _within(str((root / "etc" / "localtime").readlink()))
    except OSError:
        yield ""
    try:
        yield (root / "etc" / "timezone").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        yield ""


def _within(path: str) -> str:
    """A name as it is, or what stands behind the folder of zones."""
    return path.rpartition("/zoneinfo/")[2]


def _exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):  # no name at all, a folder, no such zone
        return False
    return bool(name)
