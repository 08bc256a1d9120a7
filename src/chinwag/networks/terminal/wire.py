"""Lines of a terminal or a pipe <-> values. Pure.

Owns how a line becomes an arrival, and which lines a message becomes. Bytes are UTF-8 in both directions; what is not
is shown as U+FFFD, as is every control character but tab and line feed, whoever sent it: text from outside never moves
the cursor, never colours, never rings. One line is one message; a message may be several lines, never a part of one.
A terminal tells choices by their indexes, and has no way to take back what it has shown: edits and deletes are said.
"""

import re

from chinwag.core.values import Arrival, Attachment, Outgoing

ROOM = "local"
LONGEST_LINE = 4 * 1024 * 1024
"""In bytes, without the line end."""
REPLACEMENT = "\ufffd"
ENTER_INDEX = "Enter index: "
TRY_AGAIN = "Try again"

# C0 without tab and line feed, DEL, C1 (0x9B alone begins an escape sequence), and lone surrogates, which no UTF-8 has.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
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
    return Arrival(account, ROOM, user, _one_line(text), name=name, at=at)


def encode(message: Outgoing) -> list[str]:
    """The lines that a message becomes, without line ends.

    Args:
        message: what is to be shown.

    >>> choice = Outgoing(
    ...     1, "terminal:cook", "local", "you", text="What next?", choices=("continue", "quit"), question=True
    ... )
    >>> encode(choice)
    ['What next?', '0) continue', '1) quit', 'Enter index: ']
    """
    if message.act == "delete":
        return ["(deleted)"]
    choices = message.choices if message.question else ()  # quick answers to no question want no index
    if choices and message.again:
        return [TRY_AGAIN, ENTER_INDEX]
    lines = _text(message)
    lines += map(_attachment, message.attachments)
    if choices:
        lines += (f"{index}) {_one_line(label)}" for index, label in enumerate(choices))
        lines.append(ENTER_INDEX)
    return lines


def visible(text: str) -> str:
    r"""The text with its control characters shown as U+FFFD; tabs and line ends stay.

    Args:
        text: words from anywhere.

    >>> visible("a\tb\r\nc\x1b[2Jd")
    'a\tb\nc�[2Jd'
    """
    return _UNSEEN.sub(REPLACEMENT, text.replace("\r\n", "\n"))


def _one_line(text: str) -> str:
    return _UNSEEN.sub(REPLACEMENT, text).replace("\n", REPLACEMENT)


def _text(message: Outgoing) -> list[str]:
    """The lines of the words. None at all is a line too, unless a file or choices come without words."""
    if message.act == "edit":
        return visible(f"(edited) {message.text}").split("\n")
    if not message.text and (message.attachments or (message.question and message.choices)):
        return []
    return visible(message.text).split("\n")


def _attachment(attachment: Attachment) -> str:
    size = len(attachment.data)
    where = attachment.link or f"{size:,} byte{'' if size == 1 else 's'}"
    what = ", ".join(filter(None, (attachment.name, where)))
    return _one_line(f"[{attachment.kind}: {what}]")
