"""The terminal network at a terminal: a process behind a pseudo-terminal, and a screen as a person would see it."""

import asyncio
import io
import os
import pty
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.networks.typist import PARROT, PATIENCE, SOURCE, Typist

from chinwag.networks.terminal.screen import StandIn

UP, CTRL_C, CTRL_D = "\x1b[A", "\x03", "\x04"


@pytest.fixture
def sit_down() -> Iterator[Callable[..., Typist]]:
    typists: list[Typist] = []

    def begin(*arguments: str, width: int = 60, **environment: Any) -> Typist:
        typists.append(Typist(width, *arguments, **environment))
        return typists[-1]

    yield begin
    for typist in typists:
        typist.leave()


Begin = Callable[..., Typist]


def test_what_is_typed_arrives_and_is_answered_above_the_prompt(sit_down: Begin) -> None:
    typist = sit_down()
    typist.sees(">")
    typist.type("hello\r")
    typist.sees("> hello", "you said 'hello'", ">")
    typist.type("\r")
    typist.sees("> hello", "you said 'hello'", ">", "you said ''", ">")
    typist.type("choose\r")
    typist.sees(
        *("> hello", "you said 'hello'", ">", "you said ''"),
        *("> choose", "What next?", "0) continue", "1) quit", "Enter index:", ">"),
    )
    assert b"\x1b[1mWhat next?" in typist.raw, "a question is bold"
    assert b"\x1b[1myou said" not in typist.raw
    typist.type(CTRL_D)
    typist.ends()
    assert typist.screen.lines[-2:] == [">", "bye"]


def test_a_message_that_arrives_while_you_type_does_not_tear_your_line(sit_down: Begin) -> None:
    typist = sit_down()
    typist.sees(">")
    typist.type("half a sen")
    typist.sees("> half a sen")
    typist.process.send_signal(signal.SIGUSR1)
    typist.sees("news 1", "> half a sen")
    typist.type("\x1b[D\x1b[D\x1b[D")  # into the middle of it
    typist.type("X")
    typist.sees("news 1", "> half a Xsen")
    typist.process.send_signal(signal.SIGUSR1)
    typist.sees("news 1", "news 2", "> half a Xsen")
    typist.type("Y\r")
    typist.sees("news 1", "news 2", "> half a XYsen", "you said 'half a XYsen'", ">")


def test_a_line_of_several_rows_is_not_torn_either(sit_down: Begin) -> None:
    typist = sit_down(width=20)
    typist.sees(">")
    typist.type("abcdefghij" * 5)
    rows = ["> abcdefghijabcdefgh", "ijabcdefghijabcdefgh", "ijabcdefghij"]
    typist.sees(*rows)
    typist.process.send_signal(signal.SIGUSR1)
    typist.sees("news 1", *rows)
    typist.process.send_signal(signal.SIGUSR1)
    typist.sees("news 1", "news 2", *rows)
    typist.type("\r")
    typist.sees(
        *("news 1", "news 2", *rows),
        *("you said 'abcdefghij", "abcdefghijabcdefghij", "abcdefghijabcdefghij", "'", ">"),
    )


def test_what_is_typed_ahead_is_kept_in_order(sit_down: Begin) -> None:
    typist = sit_down()
    typist.type("before it began\n")
    typist.sees_that(lambda lines: lines[-2:] == ["you said 'before it began'", ">"], "for what was typed before")
    typist.type("one\rtwo\rthr")
    typist.sees_that(
        lambda lines: lines[-5:] == ["> one", "you said 'one'", "> two", "you said 'two'", "> thr"],
        "for what was typed at once",
    )


def test_what_is_pasted_is_a_message_a_line(sit_down: Begin) -> None:
    typist = sit_down()
    typist.sees(">")
    typist.type("\x1b[200~1\r100\r50\r\x1b[201~")
    typist.sees_that(lambda lines: any("50" in line for line in lines), "for what was pasted")
    typist.type("\r")
    typist.sees_that(
        lambda lines: lines[-4:] == ["you said '1'", "you said '100'", "you said '50'", ">"], "for three answers"
    )


def test_arrow_up_brings_back_what_was_typed_before(sit_down: Begin, tmp_path: Path) -> None:
    history = tmp_path / "new folder" / "history"
    typist = sit_down(str(history))
    typist.sees(">")
    typist.type("one\rtwo\r")
    typist.sees("> one", "you said 'one'", "> two", "you said 'two'", ">")
    typist.type(UP + UP + "!\r")
    typist.sees("> one", "you said 'one'", "> two", "you said 'two'", "> one!", "you said 'one!'", ">")
    typist.type(CTRL_D)
    typist.ends()
    assert history.stat().st_mode & 0o777 == 0o600

    later = sit_down(str(history))
    later.sees(">")
    later.type(UP)
    later.sees("> one!")


def test_a_history_that_cannot_be_kept_is_told_and_typing_goes_on(sit_down: Begin, tmp_path: Path) -> None:
    typist = sit_down(str(tmp_path), width=400)
    told = f"What is typed cannot be kept in {tmp_path}: Is a directory."
    typist.sees(told, ">")
    typist.type("one\r")
    typist.sees(told, "> one", "you said 'one'", ">")
    typist.type(UP)
    typist.sees(told, "> one", "you said 'one'", "> one")


def test_text_is_neither_markup_nor_escape_sequence(sit_down: Begin) -> None:
    typist = sit_down()
    typist.sees(">")
    typist.type("escape\r")
    typist.sees("> escape", "before\ufffd[2Jafter [bold]bold[/bold]", ">")


def test_what_the_process_prints_does_not_tear_your_line(sit_down: Begin) -> None:
    typist = sit_down()
    typist.sees(">")
    typist.type("half")
    typist.sees("> half")
    typist.process.send_signal(signal.SIGUSR2)
    typist.sees("printed in \ufffd[2Jparts, one line", "an error", "printed by a thread", "> half")


async def test_what_a_thread_prints_is_shown_by_the_thread_of_the_loop() -> None:
    shown: list[tuple[str, int]] = []
    stream = io.StringIO()
    stand_in = StandIn(stream, lambda text: shown.append((text, threading.get_ident())))
    assert stand_in.writable()
    assert not stand_in.isatty()
    assert stand_in.encoding == "utf-8"
    await asyncio.to_thread(stand_in.write, "one\ntwo\nthr")
    assert shown == [("one\ntwo\n", threading.get_ident())]
    stand_in.write("ee")
    assert len(shown) == 1
    stand_in.finish()
    stand_in.finish()
    assert shown[1:] == [("three\n", threading.get_ident())]
    assert stream.getvalue() == ""


def test_what_a_thread_prints_after_the_loop_is_printed() -> None:
    async def begin() -> StandIn:
        return StandIn(stream, shown.append)

    shown: list[str] = []
    stream = io.StringIO()
    stand_in = asyncio.run(begin())
    thread = threading.Thread(target=stand_in.write, args=("late\n",))
    thread.start()
    thread.join()
    assert (shown, stream.getvalue()) == ([], "late\n")


def test_ctrl_c_is_a_key_that_ends_the_input(sit_down: Begin) -> None:
    typist = sit_down()
    typist.sees(">")
    typist.type("half a line" + CTRL_C)
    typist.ends()
    assert typist.screen.lines == ["> half a line", "bye"]


def test_the_signal_belongs_to_the_one_who_runs_the_loop(sit_down: Begin) -> None:
    typist = sit_down()
    typist.sees(">")
    typist.type("one\r")
    typist.sees("> one", "you said 'one'", ">")
    typist.process.send_signal(signal.SIGINT)
    typist.sees("> one", "you said 'one'", "interrupted", ">")


def test_a_process_that_leaves_at_once_gives_the_terminal_back(sit_down: Begin) -> None:
    typist = sit_down()
    typist.sees(">")
    assert termios.tcgetattr(typist.slave) != typist.modes
    typist.process.send_signal(signal.SIGTERM)
    typist.ends(3)


def test_a_stop_takes_the_prompt_away(sit_down: Begin) -> None:
    typist = sit_down()
    typist.sees(">")
    typist.type("half a line")
    typist.sees("> half a line")
    typist.process.send_signal(signal.SIGALRM)
    typist.ends()
    assert typist.screen.lines == ["bye", "> half a line"]
    assert typist.screen.column == 0


def test_a_terminal_that_hangs_up_is_an_end(sit_down: Begin) -> None:
    typist = sit_down()
    typist.sees(">")
    typist.hang_up()
    assert typist.process.wait(PATIENCE) == 0


def test_a_dumb_terminal_gets_plain_lines(sit_down: Begin) -> None:
    typist = sit_down(TERM="dumb")
    typist.type("hello\n")
    typist.sees("hello", "you said 'hello'")
    typist.type(CTRL_D)
    typist.ends()
    assert typist.raw == b"hello\r\nyou said 'hello'\r\nbye\r\n"


def test_a_pipe_into_a_terminal_and_a_terminal_into_a_pipe_are_plain() -> None:
    master, slave = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(SOURCE), "TERM": "xterm"}
    out = subprocess.Popen([sys.executable, PARROT], env=environment, stdin=subprocess.PIPE, stdout=slave)
    out.communicate(b"hello\n", PATIENCE)
    assert os.read(master, 1000) == b"you said 'hello'\r\nbye\r\n"

    into = subprocess.Popen([sys.executable, PARROT], env=environment, stdin=slave, stdout=subprocess.PIPE)
    os.write(master, b"hello\n\x04")
    assert into.communicate(timeout=PATIENCE)[0] == b"you said 'hello'\nbye\n"
    os.close(master)
    os.close(slave)
