"""What a message is where there is nothing but words: the lines of it. Pure.

Owns how choices, files, edits and deletions are told in words, and that text from outside stays text: every control
character but tab and line feed is shown as U+FFFD, whoever sent it. So nobody moves a cursor, colours, or rings by what
he writes. Shared by all networks that show plain lines; it knows none of them.
"""

import re

from chinwag.core.values import Attachment, Outgoing, Span

REPLACEMENT = "\ufffd"
ENTER_INDEX = "Enter index: "
TRY_AGAIN = "Try again"

# C0 without tab and line feed, DEL, C1 (0x9B alone begins an escape sequence), and lone surrogates, which no UTF-8 has.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


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
        lines += (f"{index}) {one_line(label)}" for index, label in enumerate(choices))
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


def one_line(text: str) -> str:
    r"""The text as one line: line ends are shown as U+FFFD, too.

    Args:
        text: words from anywhere.

    >>> one_line("a\nb")
    'a�b'
    """
    return _UNSEEN.sub(REPLACEMENT, text).replace("\n", REPLACEMENT)


def spelled(text: str, spans: tuple[Span, ...]) -> str:
    """The text with the links of its styles in words, behind what they stand at.

    Args:
        text: the words.
        spans: how they are styled.

    >>> spelled("read this", (Span(5, 4, "link", "https://example.org"),))
    'read this (https://example.org)'
    """
    links = [(span.start + span.length, span) for span in spans if span.link]
    for end, span in sorted(links, key=lambda found: found[0], reverse=True):
        if span.link not in text[span.start : end]:
            text = f"{text[:end]} ({span.link}){text[end:]}"
    return text


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
    what = ", ".join(dict.fromkeys(filter(None, (attachment.name, where))))  # a path may be its own name
    return one_line(f"[{attachment.kind}: {what}]")
