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
        accounts: what it says of each of many accounts.
        defaults: what it says of all of them.
        keys: the folder with their keys; None if it names none.
        operator: the address of whoever is told when one is given up; None if it names none.
        port: where networks that push, push to; None if it names none.
    """

    path: Path
    tables: dict[str, dict[str, Any]] = {}
    store: str | None = None
    accounts: tuple[dict[str, Any], ...] = ()
    defaults: dict[str, Any] = {}
    keys: str | None = None
    operator: str | None = None
    port: int | None = None

    @property
    def many(self) -> bool:
        """Whether it is a file of accounts."""
        return bool(self.accounts) or self.keys is not None


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
    _check(path, found)
    accounts = tuple(found.pop("accounts", ()))
    own = {key: found.pop(key) for key in _KEYS if key in found}
    return Configuration(path, found, accounts=accounts, **own)


def _check(path: Path, found: dict[str, Any]) -> None:
    known = [*names(), *_KEYS]
    for key, value in found.items():
        if key not in known:
            raise UsageError(f"{path}: there is no setting {key!r}: {suggestion(key, known)}")
        kind, words = _KEYS.get(key, (dict, f"a table of settings, written [{key}]"))
        if not isinstance(value, kind) or isinstance(value, bool):
            raise UsageError(f"{path}: {key} takes {words}")
    if not all(isinstance(account, dict) for account in found.get("accounts", ())):
        raise UsageError(f"{path}: accounts takes tables, each written [[accounts]]")


_KEYS: dict[str, tuple[type, str]] = {
    "store": (str, "a URL, such as sqlite:///bots.db"),
    "accounts": (list, "tables, each written [[accounts]]"),
    "defaults": (dict, "a table of settings, written [defaults]"),
    "keys": (str, "the path of a folder"),
    "operator": (str, "an address, such as telegram:ops/42/42"),
    "port": (int, "a number, such as 8080"),
}


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            return tomllib.load(file)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is no TOML: {error}") from None
