"""What the process that serves a file of accounts is asked and told: how they fare, and to stop or start one.

Owns the table of ``chinwag ps --accounts``, and the sentence where nobody serves the file. What is shown comes from
that process, over the control socket beside its store.
"""

import sys
import time
from typing import Literal

import msgspec
import typer
from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from chinwag.cli.speech import tell
from chinwag.core.errors import ChinwagError, UsageError
from chinwag.core.lines import one_line
from chinwag.runtime.charge import Line
from chinwag.runtime.control import Wish, ask_accounts, ask_shepherd

EVERY = 1.0
"""Seconds between two looks of ``--watch``."""
WIDEST = 60
STYLES = {"running": "green", "restarting": "yellow", "given up": "red", "refused": "red", "stopped": "dim"}
HEADS = ("ACCOUNT", "BOT", "STATE", "DOING", "NEXT", "PENDING", "BUDGET", "LAST ERROR")


def wish(kind: Literal["start", "stop", "reload"], account: str, path: str) -> None:
    """Tell the process that serves a file what is wanted, say how it went, and end the command.

    Args:
        kind: what.
        account: of which account; empty for all.
        path: the store's.

    Raises:
        UsageError: if nobody serves it.
    """
    answer = ask_shepherd(path, Wish(kind, account))
    if answer is None:
        raise _nobody(path)
    if not answer.done:
        tell(f"chinwag: {answer.words}")
        raise typer.Exit(1)
    typer.echo(answer.words)


def show_accounts(path: str, *, json: bool, watch: bool) -> None:
    """Show how the accounts fare.

    Args:
        path: the store's.
        json: as one JSON array, for a program.
        watch: again and again, until the process ends or Ctrl-C comes.

    Raises:
        UsageError: if nobody serves them.
    """
    lines = _asked(path)
    if json:
        typer.echo(msgspec.json.encode(lines).decode())
        return
    console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
    if not (watch and console.is_terminal):
        console.print(_table(lines, wide=not console.is_terminal))
        return
    with Live(_table(lines), console=console, auto_refresh=False, screen=True) as screen:
        while True:
            time.sleep(EVERY)
            screen.update(_table(_asked(path)), refresh=True)


def _asked(path: str) -> list[Line]:
    lines = ask_accounts(path)
    if lines is None:
        raise _nobody(path)
    return lines


def _nobody(path: str) -> ChinwagError:
    return UsageError(f"nobody serves {path} now: begin with chinwag run --config FILE")


def _table(lines: list[Line], *, wide: bool = False) -> Table:
    """The accounts, those that need somebody first; who it is and how it is stands whole, on a pipe every cell does."""
    table = Table(box=None, pad_edge=False, header_style="bold", caption=_summary(lines), caption_justify="left")
    whole = {"ACCOUNT": [line.account for line in lines], "STATE": [line.state for line in lines]}
    for head in HEADS:
        least = max(map(len, [head, *whole.get(head, ())]))
        table.add_column(head, no_wrap=True, overflow="ellipsis", min_width=None if wide else least)
    for line in sorted(lines, key=lambda line: (line.state == "running", line.account)):
        table.add_row(
            *(
                Text(one_line(cell)) if head != "STATE" else Text(cell, STYLES.get(cell, ""))
                for head, cell in zip(HEADS, _cells(line), strict=True)
            )
        )
    return table


def _cells(line: Line) -> tuple[str, ...]:
    budget = (
        ""
        if line.left < 0
        else f"{line.left:,} of {line.of:,}" + (f" until {_clock(line.resets)}" if line.resets else "")
    )
    error = line.error if len(line.error) <= WIDEST else f"{line.error[: WIDEST - 1]}…"
    return (
        line.account,
        line.bot,
        line.state,
        line.doing,
        _clock(line.next) if line.next else "",
        str(line.pending) if line.pending else "",
        budget,
        error,
    )


def _clock(instant: int) -> str:
    """A time of today, or a date."""
    seconds = instant / 1_000_000
    today = time.localtime(seconds)[:3] == time.localtime()[:3]
    return time.strftime("%H:%M:%S" if today else "%Y-%m-%d %H:%M", time.localtime(seconds))


def _summary(lines: list[Line]) -> str:
    """How many fare how."""
    counts: dict[str, int] = {}
    for line in lines:
        counts[line.state] = counts.get(line.state, 0) + 1
    return ", ".join(f"{count:,} {state}" for state, count in sorted(counts.items())) or "no accounts"
