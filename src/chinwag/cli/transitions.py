"""Which states follow which, read from a bot's declarations: nothing is run but annotations.

A function that begins and the ``run`` of a state tell by their return annotation what comes next, such as
``-> "FindCity | None"``. Where that says nothing, or cannot be resolved, the ``return`` statements of the source are
looked at instead. A bot without states has its functions, each from its start to its end.
"""

import ast
import inspect
import sys
import textwrap
import types
import typing
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from msgspec import Struct

from chinwag.bot import Bot, Definition
from chinwag.core.effects import name_of
from chinwag.core.schedules import Schedule, to_text
from chinwag.core.state import State


class Graph(Struct):
    """The drawing: names, and edges between them.

    Args:
        entries: what begins a conversation, and the node it begins with: ``("/start", "start")``.
        edges: from node to node, in the order found.
        ends: nodes after which a conversation may end.
    """

    entries: list[tuple[str, str]] = []
    edges: list[tuple[str, str]] = []
    ends: list[str] = []


def transitions(bot: Bot) -> Graph:
    """Draw a bot.

    Args:
        bot: its declarations.
    """
    graph = Graph()
    seen: set[Any] = set()
    for label, definition in _entries(bot):
        graph.entries.append((label, definition.name))
        _visit(definition.function, graph, seen)
    return graph


def _entries(bot: Bot) -> Iterator[tuple[str, Definition]]:
    for command, definition in bot.commands.items():
        yield f"/{command}", definition
    for text, definition in bot.triggers.items():
        yield f"'{text}'", definition
    for scheduled in bot.scheduled:
        yield _schedule(scheduled.schedule, scheduled.zone), scheduled.definition
    for definition in bot.standing:
        yield "always", definition
    if bot.listener is not None:
        yield "any message", bot.listener
    if bot.greeter is not None:
        yield "somebody joins", bot.greeter


def _schedule(schedule: Schedule, zone: str | None) -> str:
    """A schedule in words, such as ``daily 20:00 Europe/Berlin``."""
    words = to_text(schedule)
    kind, _, rest = words.partition(" ")
    if kind == "every" and rest.isdigit():
        words = f"every {timedelta(microseconds=int(rest))}"
    return f"{words} {zone}" if zone else words


def _visit(node: Any, graph: Graph, seen: set[Any]) -> None:
    """Follow a function or state to what comes after it."""
    if node in seen:
        return
    seen.add(node)
    name = name_of(node)
    following, may_end = _following(node)
    for state in following:
        graph.edges.append((name, name_of(state)))
    if may_end:
        graph.ends.append(name)
    for state in following:
        _visit(state, graph, seen)


def _following(node: Any) -> tuple[list[type[State]], bool]:
    """The states that may follow, and whether the conversation may end here."""
    function = inspect.unwrap(getattr(node, "run", node))
    try:
        hint = typing.get_type_hints(function, localns=_names(node)).get("return", inspect.Parameter.empty)
    except Exception:  # noqa: BLE001 - an annotation is anybody's code; the source is asked instead
        hint = inspect.Parameter.empty
    members = list(_members(hint))
    states = [member for member in members if _is_state(member)]
    if hint is inspect.Parameter.empty or State in members or typing.Any in members:
        return _returned(function)
    return list(dict.fromkeys(states)), type(None) in members or not states


def _names(node: Any) -> dict[str, Any]:
    """Names that an annotation may use: those of the module, also if they stand further down."""
    return dict(vars(sys.modules.get(node.__module__, types.ModuleType("none"))))


def _members(hint: Any) -> Iterator[Any]:
    if typing.get_origin(hint) in {typing.Union, types.UnionType}:
        for member in typing.get_args(hint):
            yield from _members(member)
    else:
        yield hint


def _is_state(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, State) and hint is not State


def _returned(function: Callable[..., Any]) -> tuple[list[type[State]], bool]:
    """The same, from ``return Name(...)`` in the source; what is returned in another way is not seen."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError):
        return [], True
    states: list[type[State]] = []
    returns = list(_returns(tree.body[0]))
    for value in returns:
        for name in ast.walk(value) if value is not None else ():
            found = function.__globals__.get(name.id) if isinstance(name, ast.Name) else None
            if _is_state(found):
                states.append(found)  # type: ignore[arg-type]  # as was just asked
    ends = any(value is None or (isinstance(value, ast.Constant) and value.value is None) for value in returns)
    return list(dict.fromkeys(states)), ends or not states or _falls_off(tree.body[0])


def _returns(node: ast.AST) -> Iterator[ast.expr | None]:
    """The values of its own ``return`` statements, not of those of functions within."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Return):
            yield child.value
        elif not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            yield from _returns(child)


def _falls_off(node: ast.AST) -> bool:
    """Whether the last statement is one after which the function plainly ends without a ``return``."""
    body = getattr(node, "body", [])
    return bool(body) and isinstance(body[-1], ast.Expr | ast.Assign | ast.AugAssign | ast.AnnAssign)


def mermaid(graph: Graph) -> str:
    r"""The drawing as Mermaid text.

    Args:
        graph: what to draw.

    >>> print(mermaid(Graph([("/start", "hello")], [], ["hello"])))
    stateDiagram-v2
        [*] --> hello : /start
        hello --> [*]
    """
    lines = ["stateDiagram-v2"]
    odd = sorted({name for name in _nodes(graph) if _identifier(name) != name})
    lines += [f'    state "{_quoted(name)}" as {_identifier(name)}' for name in odd]
    lines += [f"    [*] --> {_identifier(node)} : {_quoted(label)}" for label, node in graph.entries]
    lines += [f"    {_identifier(start)} --> {_identifier(end)}" for start, end in graph.edges]
    lines += [f"    {_identifier(node)} --> [*]" for node in graph.ends]
    return "\n".join(lines)


def _nodes(graph: Graph) -> Iterator[str]:
    yield from (node for _, node in graph.entries)
    for start, end in graph.edges:
        yield start
        yield end


# Words that mean something to Mermaid where a name is expected.
_RESERVED = {"state", "end", "note", "direction", "class", "classDef", "style", "as", "default"}


def _identifier(name: str) -> str:
    plain = "".join(letter if letter.isascii() and (letter.isalnum() or letter == "_") else "_" for letter in name)
    return f"{plain}_" if plain in _RESERVED else plain


def _quoted(text: str) -> str:
    """Text that breaks no line and ends no label; Mermaid writes a character by its number so."""
    plain = " ".join(text.split())
    return "".join(f"#{ord(letter)};" if letter in '"#;<>{}' else letter for letter in plain)
