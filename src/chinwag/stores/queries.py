"""Named queries: a ``.sql`` file in which ``-- name: x`` begins the statements called ``x``."""

from functools import cache
from importlib.resources import files


@cache
def queries() -> dict[str, str]:
    """All named queries of the SQLite store."""
    text = files("chinwag.stores").joinpath("sql", "queries.sql").read_text(encoding="utf-8")
    named: dict[str, str] = {}
    for part in text.split("-- name: ")[1:]:
        name, _, body = part.partition("\n")
        lines = [line for line in body.splitlines() if not line.startswith("--")]
        named[name.strip()] = "\n".join(lines).strip().rstrip(";")
    return named


@cache
def migrations() -> tuple[tuple[int, str], ...]:
    """The numbered migrations, in order."""
    folder = files("chinwag.stores").joinpath("sql", "migrations")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return tuple((int(name[:4]), folder.joinpath(name).read_text(encoding="utf-8")) for name in names)
