"""What the command line says on stderr: its log, and the one sentence about an error.

Rules: one line a message, human, and coloured only on a terminal. A traceback is shown only to those who asked for it
with ``--debug``; everybody else gets its last line, and where in the bot's own code it was. Nothing here looks into
values, so no secret gets out by it.
"""

import logging
import re
import sys
import sysconfig
import time
import traceback
from collections.abc import Callable
from pathlib import Path

TRACEBACK = "Traceback (most recent call last):"
NAMES = {logging.DEBUG: "debug", logging.INFO: "", logging.WARNING: "warning: ", logging.ERROR: "error: "}
CAUSED = "The above exception was the direct cause of the following exception:"
FRAME = re.compile(r'^  File "([^<].*)", line (\d+), in ', re.MULTILINE)
OTHERS = (str(Path(__file__).parents[1]), sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"))
"""Where code lies that is none of the bot's own: ours, Python's, of the libraries."""
OURS = "chinwag.core.errors."
LOGGERS = ("chinwag", "asyncio")


class OneLine(logging.Formatter):
    """``12:03:44 error: conversation 3 (guess) has failed: ValueError: no``.

    Args:
        debug: whether tracebacks are shown.
    """

    def __init__(self, *, debug: bool) -> None:
        super().__init__()
        self._debug = debug

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        words = record.getMessage()
        if record.exc_info and record.exc_info[0] is not None:
            words += "\n" + "".join(traceback.format_exception(*record.exc_info)).rstrip()
        if not self._debug:
            words = without_traceback(words)
        clock = time.strftime("%H:%M:%S", time.localtime(record.created))
        return f"{clock} {NAMES.get(record.levelno, 'error: ')}{words}"


def without_traceback(words: str) -> str:
    r"""Words in which a traceback stands, with only its last line left.

    >>> without_traceback("it failed\nTraceback (most recent call last):\n  File x\nValueError: no")
    'it failed: ValueError: no'
    """
    before, found, after = words.partition(TRACEBACK)
    if not found:
        return words
    # What stands between may be the end of another traceback, of an error that was the cause.
    before = before.partition("\n")[0].rstrip(": ")
    last = next((line for line in reversed(after.splitlines()) if line and not line.startswith(" ")), "")
    last = last.removeprefix(OURS) + _place(after)
    return before if last in before else f"{before}: {last}" if before else last


def _place(traces: str) -> str:
    """The innermost line of the bot's own code, of an error or of what caused it, as `` (bot.py:12)``."""
    place, caused = "", False
    for trace in traces.split(TRACEBACK):
        own = [(path, line) for path, line in FRAME.findall(trace) if not path.startswith(OTHERS)]
        if own and not caused:
            place = f" ({Path(own[-1][0]).name}:{own[-1][1]})"
        caused = bool(place) and CAUSED in trace
    return place


def listen(*, debug: bool) -> None:
    """Send the log to stderr.

    Args:
        debug: show everything, with tracebacks.
    """
    handler = _handler()
    handler.setFormatter(OneLine(debug=debug))
    for name in LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
    logging.getLogger("chinwag").setLevel(logging.DEBUG if debug else logging.WARNING)


def _handler() -> logging.Handler:
    if sys.stderr is None or not sys.stderr.isatty():
        return Stderr(lambda words, _: words)
    return Stderr(_coloured)


class Stderr(logging.Handler):
    """Writes to whatever ``sys.stderr`` is at that moment: a prompt may stand in for it.

    Args:
        paint: makes what is written of a line and its level.
    """

    def __init__(self, paint: Callable[[str, int], str]) -> None:
        super().__init__()
        self._paint = paint

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record; where nobody can read it, it is lost."""
        try:
            tell(self._paint(self.format(record), record.levelno))
        except Exception:  # noqa: BLE001 - the rule of `logging`: what cannot be formatted must not end the process
            self.handleError(record)


def _coloured(words: str, level: int) -> str:
    import io  # noqa: PLC0415 - only a terminal pays for colours

    from rich.console import Console  # noqa: PLC0415 - likewise
    from rich.text import Text  # noqa: PLC0415 - likewise

    if not sys.stderr.isatty():  # a prompt stands in: it shows escape sequences, and does not obey them
        return words
    style = "red" if level >= logging.ERROR else "yellow" if level >= logging.WARNING else "dim"
    page = io.StringIO()
    Console(file=page, force_terminal=True, soft_wrap=True).print(Text(words, style), end="")
    return page.getvalue()


def tell(words: str) -> None:
    """Write a line to stderr; a stderr that is closed is nobody's mistake."""
    try:
        sys.stderr.write(f"{words}\n")
        sys.stderr.flush()
    except (OSError, ValueError, AttributeError):
        return


def complain(error: BaseException, *, debug: bool) -> None:
    """Say in one sentence why the command ends.

    Args:
        error: what was raised.
        debug: show the traceback instead.
    """
    if debug:
        tell("".join(traceback.format_exception(error)).rstrip())
    elif isinstance(error, OSError) and error.filename is not None:
        tell(f"chinwag: {error.filename}: {error.strerror}")
    else:
        tell(f"chinwag: {error}")
