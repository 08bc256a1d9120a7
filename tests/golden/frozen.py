"""What a golden version is made of: code that is never changed again, stores as readable files, and their checksums.

Owns the folder of a version: how a store becomes a file and a store again, byte for byte, and how a source becomes a
module of its own for a while. Refuses a file that is not what its version was released with.

A store is written as JSON with one row of a table a line; texts that are JSON themselves, as journal rows are, stand
there as they are, so that a change shows in a diff. Code has the ending ``.txt``, so that no tool mends it.
"""

import ast
import hashlib
import json
import os
import re
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import apsw
import msgspec

from chinwag import Bot

HERE = Path(__file__).parent
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder for shared memory; nothing of a fixed name is put there
ROOT = HERE.parent.parent
SUMS = "SHA256SUMS"
SCHEMA = "schema.sql"
HOSTS = {"django", "fastapi"}
"""Applications of others in which an example serves a bot."""

IDENTITY = "0123456789abcdef"
"""Every store has a random name; in a golden one it is this."""

SCRATCH = MEMORY if os.access(MEMORY, os.W_OK) else None
"""Where stores are played on: in memory where that can be, as every commit waits for the disk."""

Table = dict[str, Any]
Tables = dict[str, Table]


def current_version() -> str:
    """The version of the code here."""
    version: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    return version


def versions() -> list[str]:
    """All that there are goldens of."""
    return sorted(path.name for path in HERE.iterdir() if re.fullmatch(r"\d+\.\d+\.\d+\w*", path.name))


def is_released(version: str) -> bool:
    """Whether the changelog has a chapter of its own for it."""
    return re.search(rf"^## \[?{re.escape(version)}\b", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE) is not None


# -- code --------------------------------------------------------------------------------------------------------------


class Code(NamedTuple):
    """The code of an example or of the gallery.

    Args:
        name: of its module.
        source: its text.
        beside: the texts of the modules of its folder that it imports, by name.
    """

    name: str
    source: str
    beside: dict[str, str]


@contextmanager
def loaded(code: Code) -> Iterator[ModuleType]:
    """A module of this name and source, for as long as the block lasts.

    Its file is nowhere, so that its fingerprint is the same wherever it lies.
    """
    texts = {**code.beside, code.name: code.source}
    before = {name: sys.modules.get(name) for name in texts}
    try:
        for name, source in texts.items():
            module = sys.modules[name] = ModuleType(name)
            module.__file__ = f"nowhere/{name}.py"
            exec(compile(source, f"{name}.py", "exec"), vars(module))  # noqa: S102 - the code of our own examples
        yield sys.modules[code.name]
    finally:
        for name, earlier in before.items():
            if earlier is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = earlier


def frozen_code(version: str, name: str) -> Code:
    """The code of an example or of the gallery, as it was in a version."""
    folder = HERE / version / "code"
    return _code(name, {path.stem: path for path in folder.glob("*.txt")})


def living_code(name: str) -> Code:
    """The same, as it is today."""
    path = examples().get(name, HERE / f"{name}.py")
    return _code(name, {other.stem: other for other in path.parent.glob("*.py")})


def _code(name: str, texts: dict[str, Path]) -> Code:
    source = _alone(texts[name].read_text())
    imported = re.findall(r"^(?:from|import) (\w+)", source, re.MULTILINE)
    return Code(name, source, {other: texts[other].read_text() for other in imported if other in texts})


def _alone(source: str) -> str:
    """A source without what serves its bot inside another application: golden code needs none of those frameworks.

    Each line stays where it is, as journals name lines.
    """
    lines = source.splitlines(keepends=True)
    left_out = {"asgi"}
    for node in ast.parse(source).body:
        foreign = isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in HOSTS
        named = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
        if foreign or named & left_out:
            left_out |= _made(node)
            first = min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))])
            last = node.end_lineno or first
            lines[first - 1 : last] = ["\n"] * (last - first + 1)
    return "".join(lines)


def _made(node: ast.stmt) -> set[str]:
    """The names that a statement binds."""
    if isinstance(node, ast.ImportFrom):
        return {alias.asname or alias.name for alias in node.names}
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {node.name}
    return {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)}


def examples() -> dict[str, Path]:
    """The examples' files that declare a bot, by the names of their modules."""
    files = sorted((ROOT / "examples").rglob("*.py"))
    return {path.stem: path for path in files if re.search(r"^bot = Bot\(", path.read_text(), re.MULTILINE)}


def bot_of(module: ModuleType) -> Bot:
    """The module's bot."""
    bot = module.bot
    assert isinstance(bot, Bot)
    return bot


# -- stores ------------------------------------------------------------------------------------------------------------


def schema_of(path: Path) -> str:
    """The statements that made a store's tables and indexes."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    query = "SELECT sql FROM sqlite_schema WHERE sql IS NOT null ORDER BY rowid"
    statements = [f"{sql};\n" for (sql,) in connection.execute(query)]
    connection.close()
    return "".join(statements)


def tables_of(path: Path) -> Tables:
    """All rows of a store, by table, in the order of their first columns."""
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    names = [row[0] for row in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
    found: Tables = {}
    for name in names:
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({name})")]
        rows = connection.execute(f"SELECT {', '.join(columns)} FROM {name} ORDER BY 1, 2")  # noqa: S608 - from our own schema
        found[name] = {"columns": columns, "rows": [[_known(row, cell) for cell in row] for row in rows]}
    connection.close()
    return found


def _known(row: Any, cell: Any) -> Any:
    """What is the same on every machine: no random name, and of a traceback its last line."""
    if row[0] == "identity":
        return cell if cell == "identity" else IDENTITY
    if isinstance(cell, str) and cell.startswith("Traceback "):
        return cell.rstrip().rpartition("\n")[2]
    return cell


def restore(path: Path, schema: str, tables: Tables) -> None:
    """Make a store of a schema and rows, with the constraints of that schema."""
    connection = apsw.Connection(str(path))
    connection.execute(schema)
    with connection:
        for name, table in tables.items():
            columns = table["columns"]
            marks = ", ".join("?" * len(columns))
            insert = f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - from our own file
            connection.executemany(insert, table["rows"])
    connection.close()


def dump(path: Path) -> str:
    """A store as SQL, by a shell's ``.dump``: what an operator would keep of it."""
    lines = ["BEGIN;\n", schema_of(path)]
    for name, table in tables_of(path).items():
        columns = ", ".join(table["columns"])
        for row in table["rows"]:
            values = ", ".join(apsw.format_sql_value(value) for value in row)
            lines.append(f"INSERT INTO {name} ({columns}) VALUES ({values});\n")  # noqa: S608 - nobody runs it but a test
    return "".join([*lines, "COMMIT;\n"])


def restore_dump(path: Path, sql: str) -> None:
    """Make a store of a dump."""
    connection = apsw.Connection(str(path))
    connection.execute(sql)
    connection.close()


# -- files -------------------------------------------------------------------------------------------------------------


def shown(tables: Tables) -> dict[str, Any]:
    """Rows with the JSON in them spelled out: an object with the one key ``json``."""
    return {
        name: {"columns": table["columns"], "rows": [[_spelled(cell) for cell in row] for row in table["rows"]]}
        for name, table in tables.items()
    }


def hidden(tables: dict[str, Any]) -> Tables:
    """The reverse of ``shown``."""
    return {
        name: {"columns": table["columns"], "rows": [[_folded(cell) for cell in row] for row in table["rows"]]}
        for name, table in tables.items()
    }


def _spelled(cell: Any) -> Any:
    if isinstance(cell, str) and cell.startswith(("[", "{")):
        inner = {"json": msgspec.json.decode(cell)}
        if _folded(inner) == cell:
            return inner
    return cell


def _folded(cell: Any) -> Any:
    if isinstance(cell, dict):
        return json.dumps(cell["json"], ensure_ascii=False, separators=(",", ":"))
    return cell


def written(value: Any, depth: int = 0) -> str:
    """JSON with a line for each row: objects, and lists of what is no plain value, are spread over lines."""
    pad = "  " * (depth + 1)
    if isinstance(value, dict) and value and depth < DEEP:
        parts = [f"{pad}{json.dumps(key)}: {written(content, depth + 1)}" for key, content in value.items()]
        return "{\n" + ",\n".join(parts) + "\n" + "  " * depth + "}"
    if isinstance(value, list) and value and depth < DEEP and isinstance(value[0], list | dict):
        parts = [f"{pad}{json.dumps(row, ensure_ascii=False)}" for row in value]
        return "[\n" + ",\n".join(parts) + "\n" + "  " * depth + "]"
    return json.dumps(value, ensure_ascii=False)


DEEP = 4


def sums(folder: Path) -> str:
    """The checksum of every file of a version."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != SUMS)
    return "".join(f"{hashlib.sha256(f.read_bytes()).hexdigest()}  {f.relative_to(folder)}\n" for f in files)
