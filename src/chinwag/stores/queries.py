"""The SQL of the stores: named queries, scripts for a connection, and numbered migrations.

In a file of named queries ``-- name: x`` begins what is called ``x``, up to the next name. Other lines that begin with
``--`` are for the reader.
"""

from functools import cache
from importlib.resources import files
from typing import Any

NAMED = ("queries.sql", "settings.sql")


def _folder() -> Any:
    return files("chinwag.stores").joinpath("sql")


@cache
def queries() -> dict[str, str]:
    """All named queries of the SQLite store."""
    named: dict[str, str] = {}
    for file in NAMED:
        for part in _folder().joinpath(file).read_text(encoding="utf-8").split("-- name: ")[1:]:
            name, _, body = part.partition("\n")
            lines = [line for line in body.splitlines() if not line.startswith("--")]
            named[name.strip()] = "\n".join(lines).strip().rstrip(";")
    return named


@cache
def script(name: str) -> str:
    """A file of statements that belong together, such as ``commit``."""
    return str(_folder().joinpath(f"{name}.sql").read_text(encoding="utf-8"))


@cache
def migrations() -> tuple[tuple[int, str], ...]:
    """The numbered migrations, in order."""
    folder = _folder().joinpath("migrations")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return tuple((int(name[:4]), folder.joinpath(name).read_text(encoding="utf-8")) for name in names)
