"""``chinwag show``: the timeline of one conversation, read beside whoever serves it."""

from typing import Any

import msgspec
import typer

from chinwag.cli.loading import load
from chinwag.cli.location import found_path
from chinwag.cli.options import BotFile, Json, Number, Store
from chinwag.cli.timeline import Event, timeline
from chinwag.cli.times import iso, moment
from chinwag.cli.waits import open_waits, rows_of, status
from chinwag.core.errors import UsageError
from chinwag.core.lines import one_line
from chinwag.ports import Parked
from chinwag.runtime.account import user_of
from chinwag.stores.reader import Reader


def show(number: Number, file: BotFile = None, *, json: Json = False, store: Store = None) -> None:
    """Show what happened in a conversation.

    What it was asked, answered and told, its sleeps and steps, with times and source lines; for a failed one its
    traceback, for a diverged one the report. What was before the last checkpoint is known by its messages alone.

    Example: chinwag show 3
    """
    path = found_path(store, load(file).name if file is not None and store is None else None)
    with Reader(path) as reader:
        parked = next(iter(reader.parked([number])), None)
        if parked is None:
            raise UsageError(f"there is no conversation {number}: `chinwag ps` lists them")
        events = timeline(parked, reader.said(number))
        data = reader.data([user_of(parked.address)])
    if json:
        typer.echo(msgspec.json.encode(_object(parked, events, data)).decode())
    else:
        _write(parked, events)
        for _, key, value in data:
            typer.echo(f"data {one_line(key)}:{_told(msgspec.json.decode(value))}")


def _object(parked: Parked, events: list[Event], data: list[tuple[str, str, str]]) -> dict[str, Any]:
    waits = open_waits(rows_of(parked))
    return {
        "id": parked.number,
        "function": parked.name,
        "address": parked.address,
        "status": status(parked, waits),
        "born": iso(parked.born),
        "state": msgspec.json.decode(parked.state or "null"),
        "error": parked.error,
        "timeline": events,
        "data": {key: msgspec.json.decode(value) for _, key, value in data},
    }


def _told(value: Any) -> str:
    """A value of ``chat.data``; a mapping has a line for each of its keys."""
    if isinstance(value, dict) and value and "$" not in value:
        return "".join(f"\n  {one_line(str(key))}:{_told(one)}" for key, one in value.items())
    return f" {one_line(value if isinstance(value, str) else msgspec.json.encode(value).decode())}"


def _write(parked: Parked, events: list[Event]) -> None:
    waits = open_waits(rows_of(parked))
    typer.echo(f"conversation {parked.number} ({parked.name}) at {parked.address}: {status(parked, waits)}")
    wide = max(len(event.what) for event in events)
    for event in events:
        due = f"until {moment(event.due)}" if event.due else ""
        delivery = f"[{event.delivery}]" if event.delivery else ""
        parts = (moment(event.at), event.what.ljust(wide), event.text, event.where, due, delivery)
        typer.echo("  ".join(part for part in parts if part).rstrip())
    for wait in waits:
        typer.echo(f"waits for {wait.opened}")
    if parked.error:
        typer.echo(f"\n{parked.error.rstrip()}")
