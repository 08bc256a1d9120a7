"""What is fuzzed of a store: bodies that it holds, and whole conversations that somebody has mangled.

A document is a golden conversation: the columns of its row, its journal, and what it holds. It is put into a real store
beside a neighbour at the same address, read back and woken. Whatever becomes of it, the neighbour is woken as before.
"""

import json
import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import ModuleType
from typing import Any

import apsw
import msgspec
from tests.golden import frozen

from chinwag.cli.ordering import Absent
from chinwag.core.codec import loads
from chinwag.core.conversation import Conversation, Numbers
from chinwag.core.drive import evict
from chinwag.core.engine import Engine
from chinwag.core.errors import ChinwagError
from chinwag.ports import Open, Parked
from chinwag.runtime.account import Account
from chinwag.runtime.outbox import decoded
from chinwag.runtime.revival import held_input as decoded_input
from chinwag.runtime.table import Table, arrival
from chinwag.stores.sqlite import MEMORY, SqliteStore

VERSION = frozen.current_version()
NEIGHBOUR = 1
MANGLED = 2
TEXTS = ("name", "seed", "birth", "state", "error", "fingerprint")
SOUND = {"name": "hello", "seed": "00" * 16, "birth": [None, None], "state": None, "error": None, "fingerprint": ""}
NUMBERS = ("attended", "born", "base", "draws")


def outbox_body(data: bytes) -> None:
    """A message of the outbox."""
    text = data.decode("utf-8", "replace")
    message = decoded(Open(7, 1, "sim:gallery", "room", "pending", 1, 0, 0, once=False, body=text))
    msgspec.json.encode(message)


def held_message(data: bytes) -> None:
    """A message that a conversation keeps."""
    msgspec.json.encode(arrival(data.decode("utf-8", "replace"), 0))


def held_input(data: bytes) -> None:
    """An outcome that a conversation keeps: its kind, a line end, its body."""
    kind, _, body = data.decode("utf-8", "replace").partition("\n")
    decoded_input(Conversation(1, "hello", None, (), "sim:hello/r/u", b""), kind, body)


# -- whole conversations -----------------------------------------------------------------------------------------------


class Code:
    """The frozen code of a golden conversation, which stands in ``sys.modules`` only while it is used."""

    def __init__(self, name: str) -> None:
        with frozen.loaded(frozen.frozen_code(VERSION, name)) as module:
            self.module = module
        self.account = Account(f"sim:{name}", frozen.bot_of(module), Absent(numbered=False))

    @contextmanager
    def present(self) -> Iterator[None]:
        """Let the code be found."""
        name = self.module.__name__
        before: ModuleType | None = sys.modules.get(name)
        sys.modules[name] = self.module
        try:
            yield
        finally:
            if before is None:
                del sys.modules[name]
            else:
                sys.modules[name] = before


@lru_cache(maxsize=1)
def codes() -> dict[str, Code]:
    """By account."""
    paths = (frozen.HERE / VERSION / "code").iterdir()
    return {f"sim:{path.stem}": Code(path.stem) for path in paths if "bot = Bot(" in path.read_text()}


class Shelf:
    """A store in memory into which documents are put."""

    def __init__(self) -> None:
        self.store = SqliteStore(MEMORY, inline=True)
        finished(self.store.open())
        assert self.store._writer is not None
        self.database: apsw.Connection = self.store._writer

    def put(self, number: int, document: dict[str, Any]) -> None:
        """Replace a conversation by what a document says."""
        write = self.database.execute
        for table in ("conv", "journal", "inbox", "step"):
            write(f"DELETE FROM {table} WHERE {'number' if table == 'conv' else 'conv'} = ?", (number,))  # noqa: S608
        row = document["conv"]
        names = ("number", "address", "status", "changed", *TEXTS, *NUMBERS)
        values = [
            number,
            row["address"],
            "waiting",
            0,
            *(_cell(row[n]) for n in TEXTS),
            *(_integer(row[n]) for n in NUMBERS),
        ]
        write(f"INSERT INTO conv ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", values)  # noqa: S608
        for seq, entry in enumerate(document["rows"]):
            write("INSERT INTO journal (conv, seq, row) VALUES (?, ?, ?)", (number, seq, _cell(entry) or ""))
        for kind, body in document["held"]:
            write("INSERT INTO inbox (conv, kind, at, body) VALUES (?, ?, 0, ?)", (number, kind, _cell(body) or ""))
        for path, epoch in document["steps"]:
            write("INSERT OR IGNORE INTO step VALUES (?, ?, ?)", (number, path, _integer(epoch)))

    def parked(self, number: int) -> Parked:
        """Read a conversation as the worker does."""
        (found,) = finished(self.store.parked([number]))
        assert isinstance(found, Parked)
        return found


@lru_cache(maxsize=1)
def shelf() -> Shelf:
    """One for the whole process."""
    return Shelf()


def finished(work: Coroutine[Any, Any, Any]) -> Any:
    """The result of a coroutine that never waits."""
    try:
        work.send(None)
    except StopIteration as stop:
        return stop.value
    msg = "it waits"
    raise AssertionError(msg)


def _cell(value: Any) -> str | None:
    """A text of the store: itself, or JSON that was spelled out."""
    if value is None:
        return None
    if not isinstance(value, str):
        value = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    text: str = value.encode("utf-8", "replace").decode()
    return text


def _integer(value: Any) -> int:
    fits = type(value) is int and -(2**63) <= value < 2**63
    return value if fits else 0


def conversation(data: bytes) -> None:
    """A conversation whose journal, data, steps and birth are mangled, woken beside its neighbour."""
    document = _document(data)
    row = document["conv"]
    row["seed"] = SOUND["seed"]
    state = row["state"]
    if not (isinstance(state, list) and len(state) == 2 and isinstance(state[0], str)):
        row["state"] = None
    _woken_beside({**document, "held": []})


def conversation_head(data: bytes) -> None:
    """A conversation of which anything is mangled, its seed, its state and its inbox too."""
    _woken_beside(_document(data))


def _woken_beside(document: dict[str, Any]) -> None:
    code = codes()[str(document["conv"]["address"]).partition("/")[0]]
    held = {str(key): value for key, value in document["data"].items()}
    shelf().put(MANGLED, document)
    shelf().put(NEIGHBOUR, _neighbour(code.account.name))
    users = {f"{code.account.name}/u": held}
    table = Table(Engine(Numbers()), {code.account.name: code.account})
    with code.present():
        trouble = woken(table, MANGLED, users)
        assert woken(table, NEIGHBOUR, users) is None
    if trouble is not None:
        assert str(trouble)
        raise trouble


def woken(table: Table, number: int, users: dict[str, Any]) -> ChinwagError | None:
    """Read, wake and evict; the error in words if that cannot be."""
    try:
        woken, _ = table.wake(shelf().parked(number), users)
    except ChinwagError as error:
        return error
    assert not evict(woken)
    return None


def _document(data: bytes) -> dict[str, Any]:
    """What a mutation has left of a document, with the parts that a store cannot hold left out."""
    found = loads(data)
    given = found if isinstance(found, dict) else {}
    row = _dict(given.get("conv"))
    where = row.get("address")
    account = where.partition("/")[0] if isinstance(where, str) else ""
    known = account if account in codes() else "sim:hello"
    conv = {**SOUND, **dict.fromkeys(NUMBERS, 0), **row, "address": f"{known}/r/u"}
    for name in ("name", "seed", "birth", "fingerprint"):
        conv[name] = "" if conv[name] is None else conv[name]
    return {
        "conv": conv,
        "rows": _list(given.get("rows")),
        "held": [(str(k).encode("utf-8", "replace").decode(), b) for k, b in _pairs(given.get("held"))],
        "steps": [(str(p).encode("utf-8", "replace").decode(), e) for p, e in _pairs(given.get("steps"))],
        "data": _dict(given.get("data")),
    }


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _pairs(value: Any) -> list[tuple[Any, Any]]:
    return [(pair[0], pair[1]) for pair in _list(value) if isinstance(pair, list) and len(pair) == 2]


@lru_cache
def _neighbour(account: str) -> dict[str, Any]:
    """A sound conversation of the same bot."""
    return _document(next(seed for seed in conversations() if f'"{account}/'.encode() in seed))


@lru_cache(maxsize=1)
def conversations() -> list[bytes]:
    """Every golden conversation that waits, as a document."""
    found: list[bytes] = []
    for path in sorted((frozen.HERE / VERSION).glob("*.json")):
        tables = json.loads(path.read_text()).get("tables")
        if tables is not None and path.stat().st_size < LARGEST_SEED:
            found += _documents(tables)
    return found


LARGEST_SEED = 40_000


def _documents(tables: dict[str, Any]) -> Iterator[bytes]:
    rows = {name: [_spelled(table["columns"], row) for row in table["rows"]] for name, table in tables.items()}
    blobs = {(blob["kind"], blob["owner"], blob["seq"]): blob["body"] for blob in rows["blob"]}
    for conv in rows["conv"]:
        number = conv["number"]
        journal = [row for row in rows["journal"] if row["conv"] == number and row["seq"] >= conv["base"]]
        large = {part: blobs[part, number, 0] for part in ("birth", "state") if conv[part] == "0"}
        document = {
            "conv": {**{name: conv[name] for name in ("address", *TEXTS, *NUMBERS)}, **large},
            "rows": [blobs["journal", number, r["seq"]] if r["row"] == "0" else r["row"] for r in journal],
            "held": [[row["kind"], row["body"]] for row in rows["inbox"] if row["conv"] == number],
            "steps": [[row["path"], row["epoch"]] for row in rows["step"] if row["conv"] == number],
            "data": {row["key"]: row["value"] for row in rows["data"]},
        }
        if conv["status"] == "waiting":
            yield json.dumps(document, ensure_ascii=False).encode()


def _spelled(columns: list[str], row: list[Any]) -> dict[str, Any]:
    cells = [cell["json"] if isinstance(cell, dict) else cell for cell in row]
    return dict(zip(columns, cells, strict=True))
