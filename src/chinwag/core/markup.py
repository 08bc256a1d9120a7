"""Styled text: bold, italic, code and links, as values.

A styled text is a string with spans beside it, never a string with signs in it. So a name that came from outside can
hold any sign, and changes nothing: ``bold(name) + " is here"``. A network that has styles shows them; any other shows
the words. ``+`` keeps styles; f-strings, ``join`` and the methods of strings give the words alone.
"""

from typing import Self
from urllib.parse import urlsplit

from chinwag.core.errors import UsageError
from chinwag.core.values import Span, Style

SCHEMES = {"http", "https", "mailto", "tel", "tg", "xmpp"}
"""What a link may lead to."""


class Styled(str):
    """Words with styles; made by ``bold`` and its like.

    Args:
        words: the words.
        spans: which of them are styled how.

    >>> greeting = "Hello " + bold("Anna") + "!"
    >>> str(greeting), greeting.spans
    ('Hello Anna!', (Span(start=6, length=4, style='bold', link=''),))
    """

    __slots__ = ("spans",)

    spans: tuple[Span, ...]

    def __new__(cls, words: str, spans: tuple[Span, ...] = ()) -> Self:
        """Put styles beside words."""
        made = super().__new__(cls, words)
        made.spans = spans
        return made

    def __add__(self, other: str) -> "Styled":
        if not isinstance(other, str):
            return NotImplemented
        return Styled(str.__add__(self, other), self.spans + _moved(spans_of(other), len(self)))

    def __radd__(self, other: str) -> "Styled":
        if not isinstance(other, str):
            return NotImplemented
        return Styled(str.__add__(other, self), spans_of(other) + _moved(self.spans, len(other)))

    def __reduce__(self) -> tuple[type["Styled"], tuple[str, tuple[Span, ...]]]:
        return Styled, (str(self), self.spans)


def bold(*parts: str) -> Styled:
    """Words in bold.

    Args:
        parts: texts, styled ones too, put together.

    >>> str(bold("Anna & ", italic("Bob")))
    'Anna & Bob'
    """
    return _styled(parts, "bold")


def italic(*parts: str) -> Styled:
    """Words in italics.

    Args:
        parts: texts, styled ones too, put together.
    """
    return _styled(parts, "italic")


def underline(*parts: str) -> Styled:
    """Words that are underlined.

    Args:
        parts: texts, styled ones too, put together.
    """
    return _styled(parts, "underline")


def strike(*parts: str) -> Styled:
    """Words that are struck through.

    Args:
        parts: texts, styled ones too, put together.
    """
    return _styled(parts, "strike")


def code(words: str) -> Styled:
    """Words as a computer writes them; several lines make a block.

    Args:
        words: the text; a style that it has is dropped, for networks do not mix them.
    """
    return _styled((str(words),), "code")


def link(words: str, url: str) -> Styled:
    """Words that lead somewhere.

    Args:
        words: the text, which may be styled.
        url: where it leads: http, https, mailto, tel, tg or xmpp.

    Raises:
        UsageError: if the URL has another scheme, or none.

    >>> link("the docs", "https://example.org/docs").spans[0].link
    'https://example.org/docs'
    """
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        scheme = ""
    if scheme.lower() not in SCHEMES or any(sign.isspace() for sign in url):
        msg = f"a link leads to a URL such as https://example.org, not to {url[:80]!r}"
        raise UsageError(msg)
    return _styled((words,), "link", url)


def spans_of(text: str) -> tuple[Span, ...]:
    """The styles of a text; none if it is a plain one."""
    return text.spans if isinstance(text, Styled) else ()


def _styled(parts: tuple[str, ...], style: Style, link: str = "") -> Styled:
    words = Styled("")
    for part in parts:
        words += part
    outer = (Span(0, len(words), style, link),) if words else ()
    return Styled(str(words), outer + words.spans)


def _moved(spans: tuple[Span, ...], by: int) -> tuple[Span, ...]:
    return tuple(Span(span.start + by, span.length, span.style, span.link) for span in spans)
