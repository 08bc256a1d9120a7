"""``chinwag.toml``: what a file says of the store and of each network.

Owns the finding and reading of the file. Paths in it are relative to it. What the tables of a network may have is that
network's own; see ``kind``.
"""

import tomllib
from pathlib import Path
from typing import Any

from msgspec import Struct

from chinwag.cli.kind import suggestion
from chinwag.cli.networks import names
from chinwag.core.errors import UsageError

FILE = Path("chinwag.toml")


class Configuration(Struct, frozen=True):
    """What stands in a file.

    Args:
        path: the file.
        tables: by network, its settings; ``to`` has the recipients of schedules.
        store: the URL of the store; None if it has none.
    """

    path: Path
    tables: dict[str, dict[str, Any]] = {}
    store: str | None = None


def configuration(file: Path | None = None) -> Configuration:
    """Read the file that was named, else the one in the current folder, if there is one.

    Args:
        file: the value of ``--config``.

    Raises:
        UsageError: if it cannot be read, or has something in it that nobody knows.
    """
    path = FILE if file is None else file
    if file is None and not path.is_file():
        return Configuration(path)
    found = _read(path)
    known = [*names(), "store"]
    for key in found:
        if key not in known:
            raise UsageError(f"{path} has the key {key!r}, which is none: {suggestion(key, known)}")
    store = found.pop("store", None)
    if store is not None and not isinstance(store, str):
        raise UsageError(f"{path}: store takes a URL, such as sqlite:///bots.db")
    for key, table in found.items():
        if not isinstance(table, dict):
            raise UsageError(f"{path}: {key} is a table of settings, written [{key}]")
    return Configuration(path, found, store)


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no TOML: {error}") from None
