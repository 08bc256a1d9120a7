"""``chinwag ps``: the conversations that are under way, read beside whoever serves them."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Annotated, Any

import msgspec
import typer
from msgspec import Struct

from chinwag.cli.loading import load
from chinwag.cli.location import found_path
from chinwag.cli.options import BotFile, Config, Json, Store
from chinwag.cli.times import iso, moment
from chinwag.cli.waits import Wait, open_waits, rows_of, status
from chinwag.ports import Parked
from chinwag.stores.reader import Reader, Tallies

LIMIT = 50
PAGE = 500
WIDEST = 60


class Line(Struct, frozen=True):
    """One conversation, as it is listed.

    Args:
        id: its number.
        function: what began it.
        address: where it lives.
        status: in a word or two.
        waits_for: what it waits for.
        where: the source lines of that.
        since: since when, as an ISO time.
        deadline: the next one, as an ISO time.
        kept: messages that it has not read yet.
    """

    id: int
    function: str
    address: str
    status: str
    waits_for: list[str]
    where: list[str]
    since: str
    deadline: str | None
    kept: int


def ps(
    file: BotFile = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help=f"All of them, not the newest {LIMIT}.")] = False,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="How many of each, at most.", min=1)] = LIMIT,
    accounts: Annotated[bool, typer.Option("--accounts", help="The accounts of a file that is served.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Show the accounts again and again, until Ctrl-C.")] = False,
    json: Json = False,
    store: Store = None,
    config: Config = None,
) -> None:
    """List the conversations that are under way, or the accounts.

    The newest first, and with them the newest that failed or diverged; --all begins with the oldest. Below are figures
    of the whole store. --accounts asks the process that serves the file of accounts how each of them fares.

    Example: chinwag ps --accounts --watch
    """
    if accounts or watch:
        from chinwag.cli.accounts import show_accounts  # noqa: PLC0415 - a list pays for nothing of it

        show_accounts(found_path(store, None, config), json=json, watch=watch)
        return
    path = found_path(store, load(file).name if file is not None and store is None else None, config)
    with Reader(path) as reader:
        tallies = reader.tallies()
        if everything:
            lines = (_line(parked) for page in reader.unended() for parked in reader.parked(page))
        else:
            lines = (_line(parked) for parked in reversed(reader.parked(reader.newest(limit))))
        if json:
            _write_json(lines, tallies)
        else:
            _write_table(lines, tallies)


def _line(parked: Parked) -> Line:
    waits = open_waits(rows_of(parked))
    deadlines = [wait.opened.due for wait in waits if wait.opened.due]
    since = max((wait.since for wait in waits), default=parked.born)
    return Line(
        parked.number,
        parked.name,
        parked.address,
        status(parked, waits),
        [_what(wait) for wait in waits],
        [wait.opened.line for wait in waits],
        iso(since if parked.status == "waiting" else parked.changed),
        iso(min(deadlines)) if deadlines else None,
        sum(kind == "message" for _, kind, _, _ in parked.held),
    )


def _what(wait: Wait) -> str:
    opened = wait.opened
    return f"{opened.kind} {opened.text!r}" if opened.text else opened.kind


def _write_json(lines: Iterable[Line], tallies: Tallies) -> None:
    """One object, written as it comes: a million conversations are no list in memory."""
    typer.echo('{"conversations": [', nl=False)
    between = "\n  "
    for line in lines:
        typer.echo(between + msgspec.json.encode(line).decode(), nl=False)
        between = ",\n  "
    typer.echo(f'\n], "tallies": {msgspec.json.encode(tallies).decode()}}}')


def _write_table(lines: Iterator[Line], tallies: Tallies) -> None:
    heads = ("ID", "FUNCTION", "ADDRESS", "STATUS", "WAITS FOR", "SINCE", "DEADLINE")
    while page := list(islice(lines, PAGE)):
        rows: list[tuple[Any, ...]] = [heads, *map(_cells, page)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
        for row in rows:
            typer.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    typer.echo(_summary(tallies))


def _cells(line: Line) -> tuple[str, ...]:
    what = _short("; ".join(f"{what} {where}".strip() for what, where in zip(line.waits_for, line.where, strict=True)))
    kept = f" (+{line.kept} kept)" if line.kept else ""
    deadline = moment(line.deadline) if line.deadline else ""
    return str(line.id), line.function, line.address, line.status + kept, what, moment(line.since), deadline


def _short(words: str) -> str:
    return words if len(words) <= WIDEST else words[: WIDEST - 1] + "…"


def _summary(tallies: Tallies) -> str:
    """One line; a figure that asks for attention is left out if it is 0."""
    figures = [f"{tallies.waiting:,} waiting"]
    figures += [f"{n:,} {word}" for n, word in ((tallies.failed, "failed"), (tallies.diverged, "diverged")) if n]
    counts = {
        "pending": tallies.messages_pending,
        "failed": tallies.messages_failed,
        "uncertain": tallies.messages_uncertain,
        "perhaps doubled": tallies.messages_doubled,
    }
    messages = [f"{count:,} {word}" for word, count in counts.items() if count]
    return ", ".join(figures) + (f"; messages: {', '.join(messages)}" if messages else "")
