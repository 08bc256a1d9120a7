"""Lines of a terminal or a pipe <-> values. Pure.

Owns how a line becomes an arrival. Which lines a message becomes is the same wherever there are only words:
``chinwag.core.lines``. Bytes are UTF-8 in both directions; what is not is shown as U+FFFD, as is every control
character but tab and line feed. One line is one message; a message may be several lines, never a part of one.
"""

from chinwag.core.lines import encode, one_line, visible
from chinwag.core.values import Arrival

__all__ = ["LONGEST_LINE", "ROOM", "decode", "encode", "visible"]

ROOM = "local"
LONGEST_LINE = 4 * 1024 * 1024
"""In bytes, without the line end."""

_BYTE_ORDER_MARK = "\ufeff"


def decode(line: bytes, account: str, user: str, at: int, number: int, name: str = "") -> Arrival:
    r"""Read a line as a message.

    Args:
        line: the line; a ``\n`` or ``\r\n`` at its end is no part of the message.
        account: the account that received it.
        user: who typed it.
        at: when it arrived, in microseconds; 0 means now.
        number: which line of the input it is, from 1. A byte order mark before the first is no part of it.
        name: how the user calls himself.

    Raises:
        ValueError: if it is longer than ``LONGEST_LINE``, with a sentence for the user.

    >>> decode(b"caf\xc3\xa9 \xff\x1b[31m\r\n", "terminal:cook", "you", 0, 1).text
    'café ��[31m'
    """
    end = (2 if line.endswith(b"\r\n") else 1) if line.endswith(b"\n") else 0
    length = len(line) - end
    if length > LONGEST_LINE:
        msg = (
            f"Line {number} of the input is longer than {LONGEST_LINE:,} bytes and was left out; "
            "send it as several lines."
        )
        raise ValueError(msg)
    text = line[:length].decode("utf-8", "replace")
    if number == 1:
        text = text.removeprefix(_BYTE_ORDER_MARK)
    return Arrival(account, ROOM, user, one_line(text), name=name, at=at)
