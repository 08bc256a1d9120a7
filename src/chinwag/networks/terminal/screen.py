"""A terminal at which somebody types: one line to type on, and everything else above it.

Owns the prompt, its history, and the terminal's modes while it is shown. What is shown is on the screen when ``show``
returns: the line being typed is wiped, the words are written in its place, and the line is drawn again beneath them.
Whatever else the process prints meanwhile goes the same way. Text is never markup here. Ctrl-C is a key, as Ctrl-D is:
both end the input. Signals belong to whoever runs the loop.
"""

import asyncio
import io
import logging
import os
import sys
import termios
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack, redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from typing import TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.input.vt100 import Vt100Input
from prompt_toolkit.output.vt100 import Vt100_Output
from rich.console import Console
from rich.text import Text

from chinwag.core.values import Outgoing
from chinwag.networks.terminal import wire
from chinwag.networks.terminal.pipe import Take

PROMPT = "> "
# What a prompt may have left switched on: bracketed paste; and switched off: the cursor.
_RESTORE = b"\x1b[?2004l\x1b[?25h\x1b[0m\r\n"

log = logging.getLogger("chinwag")


class Screen:
    """A prompt, and words above it.

    Args:
        stdin: the terminal's input.
        stdout: the terminal's output.
        history: a file that keeps what was typed; None to forget it.
        prompt: what stands before the line being typed, asked for each time it is drawn.
        erase: whether a line goes from the screen when it was given, as somebody else shows it again.
    """

    def __init__(
        self,
        stdin: TextIO,
        stdout: TextIO,
        history: Path | None,
        *,
        prompt: Callable[[], str] = lambda: PROMPT,
        erase: bool = False,
    ) -> None:
        self._stdin, self._stdout = stdin, stdout
        self._modes = termios.tcgetattr(stdin.fileno())
        self._output = Vt100_Output.from_pty(stdout, term=os.environ.get("TERM"))
        # Only menus need to know where the cursor is, and the answer of a terminal would be left over after a kill.
        self._output.enable_cpr = False
        self._console = Console(file=stdout, markup=False, highlight=False, emoji=False, soft_wrap=True)
        self._session: PromptSession[str] = PromptSession(
            prompt,
            history=_history(history),
            input=Vt100Input(stdin),
            output=self._output,
            complete_while_typing=False,
            enable_suspend=True,
            interrupt_exception=EOFError,
            erase_when_done=erase,
            reserve_space_for_menu=0,
        )
        self._redirections = ExitStack()
        self._over = False
        self._task: asyncio.Task[None] | None = None

    def start(self, take: Take, end: Callable[[], None]) -> None:
        """Show the prompt.

        Args:
            take: called with every line.
            end: called once, after the last line.
        """
        self._redirect()
        self._task = asyncio.create_task(self._prompt(take), name="terminal prompt")
        self._task.add_done_callback(lambda _: end())

    def show(self, message: Outgoing) -> None:
        """Show a message above the line being typed.

        Raises:
            OSError: the terminal is gone.
        """
        style = "bold" if message.question else "dim" if message.act != "say" else ""
        with self._console.capture() as captured:
            for line in wire.encode(message):
                self._console.print(Text(line, style))
        self._above(captured.get())

    def write(self, text: str) -> None:
        """Show text above the line being typed.

        Args:
            text: whole lines, with nothing in them that a terminal would obey.

        Raises:
            OSError: the terminal is gone.
        """
        self._above(text)

    def finish(self) -> None:
        """Ask for no line after the one that is being taken."""
        self._over = True

    async def stop(self) -> None:
        """Take the prompt away, and give the terminal back as it was.

        Raises:
            Exception: what ended the prompt, if that was neither the user nor this.
        """
        try:
            if self._task is not None:
                self._task.cancel()
                await asyncio.wait([self._task])
                if not self._task.cancelled():
                    self._task.result()
        finally:
            self._redirections.close()

    def restore(self) -> None:
        """Give the terminal back at once, without the loop: for an exit that cannot wait."""
        with suppress(termios.error, OSError):
            termios.tcsetattr(self._stdin.fileno(), termios.TCSANOW, self._modes)
            os.write(self._stdout.fileno(), _RESTORE)

    async def _prompt(self, take: Take) -> None:
        while not self._over:
            try:
                # Both would take from the loop's owner what is his: SIGINT, and the handler of exceptions.
                text = await self._session.prompt_async(handle_sigint=False, set_exception_handler=False)
            except (EOFError, OSError):  # the user, or the terminal, has hung up
                return
            for line in _lines(text):
                take(line, None)

    def _above(self, text: str) -> None:
        app = self._session.app
        if app.is_running:
            app.renderer.erase()
        self._output.write_raw(text)
        self._output.flush()
        app.invalidate()

    def _redirect(self) -> None:
        """Send what the process prints to this terminal above the prompt."""
        if self._stdout is not sys.stdout:
            return
        self._redirections.enter_context(redirect_stdout(self._stand_in(sys.stdout)))
        if sys.stderr is not None and sys.stderr.isatty():
            self._redirections.enter_context(redirect_stderr(self._stand_in(sys.stderr)))

    def _stand_in(self, stream: TextIO) -> "StandIn":
        stand_in = StandIn(stream, self._above)
        self._redirections.callback(stand_in.finish)
        return stand_in


class StandIn(io.TextIOBase):
    """Takes the place of ``sys.stdout`` or ``sys.stderr``, from any thread, and shows whole lines.

    It is no terminal to those who ask, so nobody colours: escape sequences would be shown, not obeyed.

    Args:
        stream: what it stands in for.
        show: shows text that ends with a line end; called on the running loop's thread.
    """

    def __init__(self, stream: TextIO, show: Callable[[str], None]) -> None:
        self._stream = stream
        self._show = show
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._lock = threading.Lock()
        self._rest = ""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """What any text can be written in."""
        return "utf-8"

    def fileno(self) -> int:
        """The descriptor of what it stands in for: a stack is dumped there, and a child writes there."""
        return self._stream.fileno()

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, text: str) -> int:
        """Show the lines that are whole, and keep the rest until it is."""
        with self._lock:
            whole, newline, self._rest = (self._rest + text).rpartition("\n")
        if newline:
            self._pass(wire.visible(whole + newline))
        return len(text)

    def finish(self) -> None:
        """Show the rest as a line."""
        if self._rest:
            self.write("\n")

    def _pass(self, text: str) -> None:
        if threading.get_ident() == self._thread:
            self._show(text)
            return
        try:
            self._loop.call_soon_threadsafe(self._show, text)
        except RuntimeError:  # the loop is closed, and with it the prompt
            self._stream.write(text)


class _File(FileHistory):
    """A history in a file that only its owner may read. Where it cannot be kept, it is forgotten, and that is said."""

    def load_history_strings(self) -> Iterable[str]:
        """What was typed, the latest first."""
        try:
            path = Path(os.fsdecode(self.filename))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            return super().load_history_strings()
        except OSError as error:
            log.warning("What is typed cannot be kept in %s: %s.", self.filename, error.strerror)
            return ()

    def store_string(self, string: str) -> None:
        """Keep a line."""
        with suppress(OSError):  # said when it was opened, or the disk is full: then others say so, and louder
            super().store_string(string)


def _history(path: Path | None) -> History:
    return InMemoryHistory() if path is None else _File(path)


def _lines(text: str) -> list[bytes]:
    """The lines of what was typed; a pasted text may have several. One line end at its end is only that."""
    pasted = text.replace("\r\n", "\n").replace("\r", "\n")
    # Bytes that are not UTF-8 come as lone surrogates, and become what they were.
    return pasted.removesuffix("\n").encode("utf-8", "surrogateescape").split(b"\n")
