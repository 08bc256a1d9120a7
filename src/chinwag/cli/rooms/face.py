"""Where somebody types and reads in a room: a prompt on a terminal, plain lines anywhere else.

Owns which of the two it is. Both show a prompt before each line, ask for it anew each time, and never let what arrives
tear a line that is being typed. Input is read off the loop, so heartbeats go out while somebody thinks.
"""

import asyncio
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import Protocol

from chinwag.networks.terminal.pipe import Reader, Take, Writer

_DUMB = {"", "dumb", "unknown"}
Prompt = Callable[[], str]


class Face(Protocol):
    """What is typed at and read from."""

    def start(self, take: Take, end: Callable[[], None]) -> None:
        """Begin to take lines; ``end`` is called once, after the last."""
        ...

    def write(self, text: str) -> "asyncio.Future[None] | None":
        """Show whole lines, with nothing in them that a terminal would obey; what is done when they are shown."""
        ...

    def finish(self) -> None:
        """Ask for no more lines."""
        ...

    async def stop(self) -> None:
        """Give the terminal back."""
        ...

    def restore(self) -> None:
        """Give the terminal back at once, without the loop."""


def at_terminal() -> bool:
    """Whether somebody sits at a terminal that can show a prompt."""
    if sys.stdin is None or sys.stdout is None or os.environ.get("TERM", "").lower() in _DUMB:
        return False
    return sys.stdin.isatty() and sys.stdout.isatty()


def face(prompt: Prompt, *, erase: bool = False) -> Face:
    """The face that fits standard input and output.

    Args:
        prompt: what stands before a line.
        erase: whether a typed line goes from the screen, as the room shows it again.
    """
    if not at_terminal():
        return Lines(prompt)
    from chinwag.networks.terminal.screen import Screen  # noqa: PLC0415 - slow to import, and pipes do without

    return Screen(sys.stdin, sys.stdout, None, prompt=prompt, erase=erase)


class Lines:
    """Plain lines in and out, with a prompt before each that is taken.

    Args:
        prompt: what stands before a line.
    """

    def __init__(self, prompt: Prompt) -> None:
        sys.stdout.flush()
        self._prompt = prompt
        self._writer = Writer(sys.stdout.fileno())
        self._reader: Reader | None = None
        self._over = False

    def start(self, take: Take, end: Callable[[], None]) -> None:
        """Begin to take lines."""
        self._end = end
        self.write(self._prompt())
        if sys.stdin is None:
            end()
        else:
            self._reader = Reader(sys.stdin.fileno(), partial(self._given, take), self._ended)

    def write(self, text: str) -> "asyncio.Future[None] | None":
        """Write; if nobody reads any more, it is the end."""
        try:
            return self._writer.write(text.encode("utf-8", "replace"))
        except OSError:
            self._ended()
            return asyncio.get_running_loop().create_future()  # for ever: nobody saw it

    def finish(self) -> None:
        """Ask for no more lines."""
        self._over = True

    async def stop(self) -> None:
        """Read no more."""
        if self._reader is not None:
            self._reader.stop()
        self._writer.stop()

    def restore(self) -> None:
        """Nothing was changed."""

    def _given(self, take: Take, line: bytes, done: Callable[[], None] | None) -> None:
        if self._over:
            return
        take(line, done)
        if not self._over:
            self.write(self._prompt())

    def _ended(self) -> None:
        if not self._over:
            self._over = True
            self._end()
