"""The terminal as a network: one person, one room, no account and no configuration.

Owns which of two faces is shown: a prompt where somebody types at a terminal (``screen``), plain lines everywhere else
(``pipe``). A terminal gives no ids and takes no keys, so nothing is told apart here: a line is a message, given once.
Two events tell whoever runs it how it ends: ``finished`` after the last line, ``closed`` when nobody reads any more.
It handles no signal and never exits.
"""

import asyncio
import errno
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Protocol, TextIO

from chinwag.core.errors import ChinwagError, Unreachable
from chinwag.core.values import Outgoing
from chinwag.networks.terminal import wire
from chinwag.networks.terminal.pipe import Pipe, Take
from chinwag.ports import Inbox, Receipt

_SHOWN = Receipt()
_GONE = {errno.EPIPE, errno.EIO, errno.EBADF, errno.ENXIO, errno.ECONNRESET, errno.ENOTCONN}
"""Nobody will ever read this: a pipe's reader has left, or the terminal has hung up."""
# Terminals that cannot move the cursor; a terminal without a name is taken for one.
_DUMB = {"", "dumb", "unknown"}

log = logging.getLogger("chinwag")


class _Face(Protocol):
    def start(self, take: Take, end: Callable[[], None]) -> None: ...
    def show(self, message: Outgoing) -> asyncio.Future[None] | None: ...
    async def stop(self) -> None: ...
    def restore(self) -> None: ...


class Terminal:
    """Standard input and output, or two files in their place.

    Args:
        account: the account's name, such as ``terminal:guess``.
        user: the id of the one who types.
        stdin: where lines come from; ``sys.stdin`` if left out.
        stdout: where lines go; ``sys.stdout`` if left out.
        name: how the user calls himself.
        history: a file that keeps what was typed at a prompt; None to forget it at the end.

    Attributes:
        finished: set after the last line was handed over: end of file, Ctrl-D, Ctrl-C at a prompt.
        closed: set when what is shown can reach nobody any more; there is no point in going on.
        failure: None; a terminal either is there or is not.
        interactive: whether there is a prompt.

    >>> async def parrot() -> None:
    ...     terminal = Terminal("terminal:parrot")
    ...     await terminal.start(inbox)
    ...     await terminal.finished.wait()
    ...     await terminal.stop()
    """

    numbered: bool = True
    window: int = 0
    echoes: bool = True
    failure: ChinwagError | None = None

    def __init__(
        self,
        account: str,
        *,
        user: str = "you",
        stdin: TextIO | None = None,
        stdout: TextIO | None = None,
        name: str = "",
        history: Path | None = None,
    ) -> None:
        self.finished = asyncio.Event()
        self.closed = asyncio.Event()
        self._account, self._user, self._name = account, user, name
        self._count = 0
        # Python has None for a standard stream that was closed before it began.
        source: TextIO | None = sys.stdin if stdin is None else stdin
        sink: TextIO | None = sys.stdout if stdout is None else stdout
        self.interactive = _interactive(source, sink)
        self._face = _face(source, sink, history, interactive=self.interactive)

    async def start(self, inbox: Inbox) -> None:
        """Begin to take in lines.

        Args:
            inbox: where they are put.
        """
        self._inbox = inbox
        if self._face is None:
            self.closed.set()
            self.finished.set()
        else:
            self._face.start(self._take, self.finished.set)

    def send(self, message: Outgoing) -> Receipt | Awaitable[Receipt]:
        """Show a message.

        Returns:
            A receipt: it is written. Where a pipe has no room for it: the promise of one.

        Raises:
            Unreachable: it cannot be written; if nobody reads any more, ``closed`` is set.
        """
        if self._face is None or self.closed.is_set():
            raise self._unreachable(BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE)))
        try:
            written = self._face.show(message)
        except OSError as error:
            raise self._unreachable(error) from error
        return _SHOWN if written is None else self._shown(written)

    async def stop(self) -> None:
        """Take in no more, and give the terminal back as it was."""
        if self._face is not None:
            await self._face.stop()

    def restore(self) -> None:
        """Give the terminal back at once, without the loop: for an exit that cannot wait."""
        if self._face is not None:
            self._face.restore()

    def _take(self, line: bytes, done: Callable[[], None] | None) -> None:
        self._count += 1
        try:
            arrival = wire.decode(line, self._account, self._user, 0, self._count, self._name)
        except ValueError as error:
            log.warning("%s", error)
            if done is not None:
                done()
        else:
            self._inbox.receive(arrival, done)

    async def _shown(self, written: asyncio.Future[None]) -> Receipt:
        try:
            await written
        except OSError as error:
            raise self._unreachable(error) from error
        return _SHOWN

    def _unreachable(self, error: OSError) -> Unreachable:
        if error.errno in _GONE:
            self.closed.set()
            return Unreachable("Nobody reads the output any more; what is left is shown at the next start.")
        return Unreachable(f"The output cannot be written: {error.strerror}.")


def _interactive(stdin: TextIO | None, stdout: TextIO | None) -> bool:
    if stdin is None or stdout is None or os.environ.get("TERM", "").lower() in _DUMB:
        return False
    return stdin.isatty() and stdout.isatty()


def _face(stdin: TextIO | None, stdout: TextIO | None, history: Path | None, *, interactive: bool) -> _Face | None:
    if stdout is None:
        return None
    if not interactive or stdin is None:
        return Pipe(stdin, stdout)
    # A prompt takes a moment to import, which a process between pipes need not spend.
    from chinwag.networks.terminal.screen import Screen  # noqa: PLC0415

    return Screen(stdin, stdout, history)
