"""What is typed while something else is waited for: whole lines, from a terminal or a pipe.

Nothing here reads in a thread, which would hold a line that is meant for the next question.
"""

import asyncio
import os
import sys

AT_ONCE = 4_096
LONGEST = 65_536
"""Bytes of a line."""


class Lines:
    """The lines of standard input; to be made inside the loop that it belongs to, and closed."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._number = sys.stdin.fileno()
        self._bytes = bytearray()
        self._ended = False
        self._came = asyncio.Event()
        self._plain = False
        try:
            self._loop.add_reader(self._number, self._read)
        except OSError:  # a file, which no loop can wait for, and need not
            self._plain = True

    def close(self) -> None:
        """Read no more."""
        if not self._plain:
            self._loop.remove_reader(self._number)

    async def line(self) -> str | None:
        """The next line, without its end; None if there is none any more."""
        while b"\n" not in self._bytes and not self._ended:
            if self._plain:
                self._read()
                continue
            self._came.clear()
            await self._came.wait()
        line, found, rest = bytes(self._bytes).partition(b"\n")
        self._bytes = bytearray(rest)
        return line.decode("utf-8", "replace").strip() if found or line else None

    def _read(self) -> None:
        try:
            data = os.read(self._number, AT_ONCE)
        except OSError:  # the terminal is gone
            data = b""
        self._ended = self._ended or not data or len(self._bytes) > LONGEST
        self._bytes += data
        self._came.set()
        if self._ended and not self._plain:
            self._loop.remove_reader(self._number)
            self._plain = True
