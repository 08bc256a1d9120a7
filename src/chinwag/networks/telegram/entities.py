"""Spans of styled text -> message entities. Pure.

Telegram counts in UTF-16 code units, and refuses an entity that is empty; it lets entities lie within each other, but
for code. https://core.telegram.org/bots/api#messageentity
"""

from typing import Any

from chinwag.core.parts import units
from chinwag.core.values import Span

_TYPES = {"bold": "bold", "italic": "italic", "underline": "underline", "strike": "strikethrough", "link": "text_link"}


def entities(text: str, spans: tuple[Span, ...]) -> list[dict[str, Any]]:
    """The entities of a text.

    Args:
        text: the words.
        spans: its styles, in characters.

    >>> entities("👍 yes", (Span(2, 3, "bold"),))
    [{'type': 'bold', 'offset': 3, 'length': 3}]
    """
    return [_entity(text, span) for span in spans if span.length > 0]


def cut(spans: tuple[Span, ...], start: int, end: int) -> tuple[Span, ...]:
    """What of some spans lies in a part of their text, counted from its start.

    >>> cut((Span(2, 6, "bold"),), 4, 10)
    (Span(start=0, length=4, style='bold', link=''),)
    """
    found = []
    for span in spans:
        first, last = max(span.start, start), min(span.start + span.length, end)
        if first < last:
            found.append(Span(first - start, last - first, span.style, span.link))
    return tuple(found)


def _entity(text: str, span: Span) -> dict[str, Any]:
    words = text[span.start : span.start + span.length]
    kind = ("pre" if "\n" in words else "code") if span.style == "code" else _TYPES[span.style]
    made = {"type": kind, "offset": units(text[: span.start]), "length": units(words)}
    return {**made, "url": span.link} if kind == "text_link" else made
