"""Somebody who types at a process behind a pseudo-terminal, and the screen as a person would see it."""

import os
import pty
import re
import select
import subprocess
import sys
import termios
from collections.abc import Callable, Sequence
from pathlib import Path

PARROT = Path(__file__).with_name("parrot.py")
SOURCE = Path(__file__).parents[2] / "src"
PATIENCE = 30.0


class Screen:
    """A terminal's screen: enough of one for a prompt, and strict about the rest. It has no bottom."""

    TOKEN = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|[\r\n\b]|[^\x00-\x1f\x7f-\x9f]|(.)", re.DOTALL)

    def __init__(self, width: int) -> None:
        self.width = width
        self.rows: list[list[str]] = [[]]
        self.row = self.column = 0
        self.wraps = True

    def feed(self, text: str) -> None:
        for token in self.TOKEN.finditer(text):
            arguments, final, unknown = token.groups()
            assert unknown is None, f"{unknown!r} in {text!r}"
            if final:
                self._control(arguments, final)
            else:
                self._put(token.group())

    def _put(self, character: str) -> None:
        match character:
            case "\r":
                self.column = 0
            case "\n":
                self._down()
            case "\b":
                self.column = max(0, min(self.column, self.width - 1) - 1)
            case _:
                if self.column == self.width and self.wraps:
                    self.column = 0
                    self._down()
                column = min(self.column, self.width - 1)
                row = self.rows[self.row]
                row += " " * (column + 1 - len(row))
                row[column] = character
                self.column = column + 1

    def _down(self) -> None:
        self.row += 1
        if self.row == len(self.rows):
            self.rows.append([])

    def _control(self, arguments: str, final: str) -> None:
        count = int(arguments) if arguments.isdigit() else 1
        match final:
            case "A" | "B":
                self.row += -count if final == "A" else count
                assert 0 <= self.row < len(self.rows), "the cursor stays among what was written"
            case "C" | "D":
                column = min(self.column, self.width - 1) + (count if final == "C" else -count)
                self.column = min(max(column, 0), self.width - 1)
            case "J" | "K":
                assert arguments in {"", "0"}, "nothing before the cursor is erased"
                del self.rows[self.row][self.column :]
                if final == "J":
                    del self.rows[self.row + 1 :]
            case "h" | "l" if arguments == "?7":
                self.wraps = final == "h"
            case _:
                assert final in "mhl", f"an unknown sequence: {arguments}{final}"

    @property
    def lines(self) -> list[str]:
        lines = ["".join(row).rstrip() for row in self.rows]
        while lines and not lines[-1]:
            lines.pop()
        return lines


class Typist:
    """Somebody who types at a process, a parrot if no other is named, and reads its screen."""

    def __init__(
        self,
        width: int,
        *arguments: str,
        program: Sequence[str | Path] = (sys.executable, PARROT),
        folder: Path | None = None,
        **environment: str,
    ) -> None:
        self.master, self.slave = pty.openpty()
        termios.tcsetwinsize(self.slave, (24, width))
        self.modes = termios.tcgetattr(self.slave)
        self.screen = Screen(width)
        self.raw = b""
        self.process = subprocess.Popen(
            [*program, *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(SOURCE), "TERM": "xterm", **environment},
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            start_new_session=True,
        )

    def type(self, text: str) -> None:
        os.write(self.master, text.encode())

    def sees(self, *lines: str) -> None:
        """Read until the screen shows exactly this."""
        self.sees_that(lambda seen: seen == [*lines], f"to see {[*lines]}")

    def sees_that(self, wish: Callable[[list[str]], bool], words: str) -> None:
        while not wish(self.screen.lines):
            assert self._read(PATIENCE), f"waited {words}, but saw {self.screen.lines}"

    def _read(self, patience: float) -> bool:
        if not select.select([self.master], [], [], patience)[0]:
            return False
        chunk = os.read(self.master, 65536)
        self.raw += chunk
        self.screen.feed(chunk.decode())
        return True

    def ends(self, code: int = 0) -> None:
        """See that the process ends, and that the terminal is as it was."""
        assert self.process.wait(PATIENCE) == code
        while self._read(0):
            pass
        assert termios.tcgetattr(self.slave) == self.modes
        assert self.raw.count(b"\x1b[?2004h") <= self.raw.count(b"\x1b[?2004l")

    def hang_up(self) -> None:
        os.close(self.master)
        self.master = -1

    def leave(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.slave)
        if self.master >= 0:
            os.close(self.master)
