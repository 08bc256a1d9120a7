"""The table of `chinwag ps --accounts`: what a narrow terminal leaves out, and what never."""

import time

import pytest
from rich.cells import cell_len

from chinwag.cli.accounts import table
from chinwag.runtime.charge import Line

NOON = int(time.mktime((*time.localtime()[:3], 12, 0, 0, 0, 0, -1))) * 1_000_000
"""Of today: then a time of day is shown."""
ERROR = "https://mastodon.example cannot be reached (ClientConnectorError (111)), and so on, to the very end"
FULL = [
    Line("mastodon:whitman", "sheep", "running", "position 3, posts 27, tries 0", 1, 297, 300, 0, 12, ERROR),
    Line("mastodon:dickinson", "sheep", "restarting", next=1, error=ERROR),
    Line("x:\u8a69\u4eba", state="stopped"),
]


def rows(lines: list[Line], room: int = 0) -> list[str]:
    return table(lines, room).plain.splitlines()


def test_with_room_every_cell_stands_whole_and_who_needs_somebody_comes_first() -> None:
    head, restarting, stopped, running, summary = rows(FULL)
    assert head.split() == ["ACCOUNT", "BOT", "STATE", "DOING", "NEXT", "PENDING", "BUDGET", "LAST", "ERROR"]
    assert restarting.startswith("mastodon:dickinson  sheep  restarting")
    assert stopped == "x:\u8a69\u4eba                     stopped"
    assert "position 3, posts 27, tries 0" in running
    assert "297 of 300" in running
    assert running.endswith(ERROR)
    assert summary == "1 restarting, 1 running, 1 stopped"


@pytest.mark.parametrize("room", [60, 80, 100, 120])
def test_a_narrow_terminal_shortens_what_is_long_and_neither_names_nor_states(room: int) -> None:
    found = rows(FULL, room)
    assert all(cell_len(row) <= max(room, 70) for row in found)
    for line in FULL:
        assert sum(line.account in row and line.state in row for row in found) == 1
    assert [word in found[0] for word in ("ACCOUNT", "STATE", "DOI", "NEX", "PEN", "BUD", "LAS")] == [True] * 7


def test_on_eighty_columns_times_and_beginnings_are_there() -> None:
    line = Line("mastodon:whitman", "sheep", "running", "position 3, posts 27", NOON, error=ERROR)
    _, row, _ = rows([line], 80)
    assert cell_len(row) <= 80
    assert "position 3, p" in row
    assert time.strftime("%H:%M:%S", time.localtime(NOON / 1_000_000)) in row
    assert "https://mastodon" in row


def test_a_column_without_anything_in_it_takes_no_room() -> None:
    assert rows([Line("x:a", "sheep", "running")], 80) == [
        "ACCOUNT  BOT    STATE",
        "x:a      sheep  running",
        "1 running",
    ]
    assert rows([]) == ["ACCOUNT  STATE", "no accounts"]


def test_an_error_of_several_lines_stays_in_its_row() -> None:
    assert len(rows([Line("x:a", state="refused", error="one\ntwo")])) == 3
