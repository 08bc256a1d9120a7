"""What the process that serves a file of accounts is asked and told: how they fare, and to stop or start one.

Owns the table of ``chinwag ps --accounts``, and the sentence where nobody serves the file. What is shown comes from
that process, over the control socket beside its store.
"""

import time
from typing import Literal

import msgspec
import typer
from rich.cells import cell_len
from rich.console import Console
from rich.live import Live
from rich.text import Text

from chinwag.cli.answers import done
from chinwag.core.errors import ChinwagError, UsageError
from chinwag.core.lines import one_line
from chinwag.runtime.charge import Line
from chinwag.runtime.control import Wish, ask, ask_accounts

EVERY = 1.0
"""Seconds between two looks of ``--watch``."""
STYLES = {"running": "green", "restarting": "yellow", "given up": "red", "refused": "red", "stopped": "dim"}
BETWEEN = "  "
LEAST = 4
"""So narrow a column may become on a narrow terminal."""
HEADS = ("ACCOUNT", "BOT", "STATE", "DOING", "NEXT", "PENDING", "BUDGET", "LAST ERROR")
WHOLE = {HEADS.index("ACCOUNT"), HEADS.index("STATE")}
"""What is shown in any case, and never shortened."""


def wish(kind: Literal["start", "stop", "reload"], account: str, path: str) -> None:
    """Tell the process that serves a file what is wanted, say how it went, and end the command.

    Args:
        kind: what.
        account: of which account; empty for all.
        path: the store's.

    Raises:
        UsageError: if nobody serves it.
    """
    answer = ask(path, Wish(kind, account))
    if answer is None:
        raise _nobody(path)
    typer.echo(done(answer).words)


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
    console = Console(highlight=False)
    if not (watch and console.is_terminal):
        console.print(table(lines, console.width if console.is_terminal else 0), soft_wrap=True)
        return
    with Live(table(lines, console.width), console=console, auto_refresh=False, screen=True) as screen:
        while True:
            time.sleep(EVERY)
            screen.update(table(_asked(path), console.width), refresh=True)


def _asked(path: str) -> list[Line]:
    lines = ask_accounts(path)
    if lines is None:
        raise _nobody(path)
    return lines


def _nobody(path: str) -> ChinwagError:
    return UsageError(f"nobody serves {path} now: begin with chinwag run --config FILE")


def table(lines: list[Line], room: int = 0) -> Text:
    """The accounts as a table, those that need somebody first, and beneath it how many fare how.

    Args:
        lines: the accounts.
        room: how many columns there are; 0 for as many as are needed.

    >>> print(table([Line("mastodon:blake", "sheep", "running", pending=2)]))
    ACCOUNT         BOT    STATE    PENDING
    mastodon:blake  sheep  running  2
    1 running
    """
    rows = [_cells(line) for line in sorted(lines, key=lambda line: (line.state == "running", line.account))]
    shown = [number for number in range(len(HEADS)) if number in WHOLE or any(row[number] for row in rows)]
    wide = {number: max(cell_len(row[number]) for row in (HEADS, *rows)) for number in shown}
    _squeeze(wide, room)
    made = Text("\n").join(_row(row, wide, head=row is HEADS) for row in (HEADS, *rows))
    return Text("\n").join([made, Text(_summary(lines), "italic dim" if room else "")])


def _squeeze(wide: dict[int, int], room: int) -> None:
    """Make the widest columns narrower until all have room; who it is and how it is stands whole."""
    tight = [number for number in wide if number not in WHOLE]
    over = sum(wide.values()) + len(BETWEEN) * (len(wide) - 1) - room if room else 0
    while over > 0 and tight:
        widest = max(tight, key=lambda number: wide[number])
        if wide[widest] <= LEAST:
            return
        wide[widest] -= 1
        over -= 1


def _row(cells: tuple[str, ...], wide: dict[int, int], *, head: bool) -> Text:
    row = Text()
    for number, width in wide.items():
        style = "bold" if head else STYLES.get(cells[number], "") if HEADS[number] == "STATE" else ""
        cell = Text(cells[number], style)
        cell.truncate(width, overflow="ellipsis", pad=True)
        row.append_text(cell).append(BETWEEN)
    row.rstrip()
    return row


def _cells(line: Line) -> tuple[str, ...]:
    budget = (
        ""
        if line.left < 0
        else f"{line.left:,} of {line.of:,}" + (f" until {_clock(line.resets)}" if line.resets else "")
    )
    next_ = _clock(line.next) if line.next else ""
    pending = str(line.pending) if line.pending else ""
    return tuple(map(one_line, (line.account, line.bot, line.state, line.doing, next_, pending, budget, line.error)))


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
