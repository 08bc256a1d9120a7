"""``chinwag check``: what a deploy of this code would do to the conversations that are under way.

Every one of them is replayed against the code, page by page and under the guard, and forgotten again. Nothing is
written, sent or called; the owner of the store may run meanwhile.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import typer
from msgspec import Struct

from chinwag.bot import Bot
from chinwag.cli.lint import Finding, lint
from chinwag.cli.loading import load
from chinwag.cli.location import found_path
from chinwag.cli.options import File, Json, Store
from chinwag.cli.ordering import TERMINAL, Absent
from chinwag.core.conversation import Numbers
from chinwag.core.drive import evict
from chinwag.core.effects import Ask
from chinwag.core.engine import Engine
from chinwag.core.errors import ChinwagError
from chinwag.ports import Parked
from chinwag.runtime.account import Account, user_of
from chinwag.runtime.guard import Guard
from chinwag.runtime.table import Table
from chinwag.stores.reader import Reader

MOST_REPORTS = 1000
"""Of each kind; beyond that they are only counted, for all of a million may diverge by one line."""


class Divergence(Struct, frozen=True):
    """A conversation that this code cannot go on with, and the report."""

    id: int
    function: str
    address: str
    report: str


class Rewording(Struct, frozen=True):
    """A conversation whose open question would be asked anew, in other words."""

    id: int
    function: str
    question: str


class Result(Struct):
    """What the replay of all has found: figures, and the first of the reports."""

    in_flight: int = 0
    diverging: int = 0
    diverge: list[Divergence] = []
    rewording: int = 0
    reworded: list[Rewording] = []


def check(file: File, *, json: Json = False, store: Store = None) -> None:
    """Replay every conversation under way against this code.

    Changes nothing. Says who would diverge, with both sides; then the exit code is 1. Warns of lines that a replay
    cannot judge: clocks, random numbers, files and locks inside conversations.

    Example: chinwag check examples/guess.py
    """
    bot = load(file)
    path = found_path(store, bot.name)
    result = Result()
    if store is not None or Path(path).exists():
        with Reader(path) as reader:
            result = replay_all(reader, bot)
    warnings = [
        finding for source in _sources(bot) for finding in lint(source.read_text(encoding="utf-8"), str(source))
    ]
    if json:
        typer.echo(msgspec.json.encode({**msgspec.structs.asdict(result), "warnings": warnings}).decode())
    else:
        _write(result, warnings)
    raise typer.Exit(1 if result.diverging else 0)


def replay_all(reader: Reader, bot: Bot) -> Result:
    """Replay all conversations of a store that a start would take up.

    Args:
        reader: the store.
        bot: the code.
    """
    result = Result()
    accounts: dict[str, Account] = {}
    for page in reader.in_flight():
        table = Table(Engine(Numbers()), accounts)
        found = reader.parked(page)
        data: dict[str, dict[str, object]] = {}
        for user, key, value in reader.data(sorted({user_of(parked.address) for parked in found})):
            data.setdefault(user, {})[key] = msgspec.json.decode(value)
        with Guard():
            for parked in found:
                name = parked.address.partition("/")[0]
                if name not in accounts:
                    accounts[name] = Account(name, bot, Absent(numbered=name.partition(":")[0] == TERMINAL))
                _replay(parked, table, data, result)
    return result


def _replay(parked: Parked, table: Table, data: dict[str, dict[str, object]], result: Result) -> None:
    result.in_flight += 1
    try:
        conversation, replayed = table.wake(parked, data)
    except ChinwagError as error:
        result.diverging += 1
        if len(result.diverge) < MOST_REPORTS:
            result.diverge.append(Divergence(parked.number, parked.name, parked.address, str(error)))
        return
    for branch in replayed.reworded:
        result.rewording += 1
        if isinstance(branch.effect, Ask) and len(result.reworded) < MOST_REPORTS:
            result.reworded.append(Rewording(parked.number, parked.name, branch.effect.prompt))
    table.stubborn += evict(conversation)


def _sources(bot: Bot) -> Iterator[Path]:
    for home in sorted(bot.homes):
        path = getattr(sys.modules.get(home), "__file__", None)
        if path is not None and Path(path).suffix == ".py":
            yield Path(path)


def _write(result: Result, warnings: list[Finding]) -> None:
    for divergence in result.diverge:
        typer.echo(f"{divergence.report}\n")
    for again in result.reworded:
        typer.echo(f"conversation {again.id} ({again.function}) would be asked anew: {again.question!r}")
    for warning in warnings:
        typer.echo(f"warning: {warning}")
    typer.echo(_summary(result))


def _summary(result: Result) -> str:
    if not result.in_flight:
        return "no conversation is under way"
    what = "conversation" if result.in_flight == 1 else "conversations"
    fate = f"{result.diverging:,} would diverge" if result.diverging else "all go on with this code"
    return f"{result.in_flight:,} {what} under way: {fate}"
