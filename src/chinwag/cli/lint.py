"""What a replay cannot see, found in the source: clocks, chance, files, networks and locks inside conversations. Pure.

The guard catches what awaits an event loop, and a replay what changes the order of effects. What is left answers at
once, and differently the next time: it is found here by its name. A conversation function is one that takes a
``Chat``, as the ``run`` of a state does. What stands in the call of ``chat.step`` is the outside world, where all of
this belongs.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

CHAT = "Chat"
NOW = "chat.now()"
STEP = "await chat.step(function, ...)"
RANDOM = "chat.random"
LOCK = "nothing: between two awaits a conversation has its thread to itself"
DATA = "chat.data for what several conversations share"

INSTEAD = {
    "time.time": NOW,
    "time.time_ns": NOW,
    "time.monotonic": NOW,
    "time.monotonic_ns": NOW,
    "time.perf_counter": NOW,
    "time.localtime": NOW,
    "time.gmtime": NOW,
    "time.sleep": "await chat.sleep(seconds)",
    "datetime.datetime.now": NOW,
    "datetime.datetime.utcnow": NOW,
    "datetime.datetime.today": NOW,
    "datetime.date.today": f"{NOW}.date()",
    "uuid.uuid1": "chat.uuid()",
    "uuid.uuid4": "chat.uuid()",
    "os.urandom": "chat.random.randbytes(n)",
    "open": STEP,
    "input": "await chat.ask(prompt)",
    "io.open": STEP,
    "os.system": STEP,
    "asyncio.Lock": LOCK,
    "asyncio.Semaphore": LOCK,
    "asyncio.BoundedSemaphore": LOCK,
    "asyncio.Condition": LOCK,
    "asyncio.Event": DATA,
    "asyncio.Queue": DATA,
}
"""Calls by their full names, and what to write for each."""

MODULES = {
    "random": RANDOM,
    "secrets": f"{RANDOM}, or {STEP} for a real secret",
    **dict.fromkeys(
        ("requests", "httpx", "aiohttp", "urllib.request", "socket", "subprocess", "sqlite3", "shutil"), STEP
    ),
}
"""Modules of which every call is meant."""

METHODS = dict.fromkeys(("read_text", "write_text", "read_bytes", "write_bytes"), STEP)
"""Methods that touch a disk, whatever they are called on."""


class Finding(Struct, frozen=True):
    """A line that a replay may run with another outcome.

    Args:
        where: the file and line.
        what: the call.
        instead: what to write.
    """

    where: str
    what: str
    instead: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what} in a conversation is not the same on replay: write {self.instead}"


def lint(source: str, path: str) -> list[Finding]:
    r"""Look through one module.

    Args:
        source: its text.
        path: its name in the findings.

    >>> for finding in lint("import time\nasync def talk(chat):\n    return time.time()\n", "talk.py"):
    ...     print(finding)
    talk.py:3: time.time in a conversation is not the same on replay: write chat.now()
    """
    tree = ast.parse(source)
    names = _imports(tree)
    locks = _locks(tree, names)
    found = {
        (node.lineno, what): instead
        for function in _conversations(tree)
        for node, what, instead in _suspects(function, names, locks)
    }
    return [Finding(f"{Path(path).name}:{line}", what, instead) for (line, what), instead in sorted(found.items())]


def _imports(tree: ast.Module) -> dict[str, str]:
    """Each name that an import binds, anywhere, with what it stands for."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                names[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names


def _locks(tree: ast.Module, names: dict[str, str]) -> dict[str, str]:
    """Names at the top of the module that are a lock, or the like, of asyncio."""
    locks: dict[str, str] = {}
    for node in tree.body:
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        kind = _full_name(value.func, names) if isinstance(value, ast.Call) else ""
        if kind.startswith("asyncio.") and kind in INSTEAD:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]  # type: ignore[attr-defined]
            locks |= {target.id: kind for target in targets if isinstance(target, ast.Name)}
    return locks


def _conversations(tree: ast.Module) -> Iterator[ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.AsyncFunctionDef) and any(map(_is_chat, node.args.posonlyargs + node.args.args)):
            yield node


def _is_chat(argument: ast.arg) -> bool:
    note = argument.annotation
    if note is None:
        return argument.arg == "chat"
    words = note.value if isinstance(note, ast.Constant) else ast.unparse(note)
    return isinstance(words, str) and words.rpartition(".")[2] == CHAT


Suspect = tuple[ast.expr, str, str]


def _suspects(function: ast.AsyncFunctionDef, names: dict[str, str], locks: dict[str, str]) -> Iterator[Suspect]:
    for statement in function.body:
        yield from _within(statement, names, locks)


def _within(node: ast.AST, names: dict[str, str], locks: dict[str, str]) -> Iterator[Suspect]:
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr == "step":
            return
        yield from _call(node, names)
    if isinstance(node, ast.Name) and node.id in locks:
        yield node, locks[node.id], INSTEAD[locks[node.id]]
    for child in ast.iter_child_nodes(node):
        yield from _within(child, names, locks)


def _call(node: ast.Call, names: dict[str, str]) -> Iterator[Suspect]:
    name = _full_name(node.func, names)
    if name in INSTEAD:
        yield node, name, INSTEAD[name]
    elif name:
        module = next((module for module in MODULES if name.startswith(f"{module}.")), None)
        if module is not None:
            yield node, name, MODULES[module]
    if isinstance(node.func, ast.Attribute) and node.func.attr in METHODS:
        yield node, f".{node.func.attr}", METHODS[node.func.attr]


def _full_name(node: ast.expr, names: dict[str, str]) -> str:
    """``dt.now`` with the import undone: ``datetime.datetime.now``; empty for what is no plain name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or (parts and node.id not in names):
        return ""
    return ".".join([names.get(node.id, node.id), *reversed(parts)])
