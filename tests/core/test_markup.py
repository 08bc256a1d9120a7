"""Styled text: styles are beside the words, so that no sign in a name means anything."""

import copy
import pickle
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag.core.errors import UsageError
from chinwag.core.markup import Styled, bold, code, italic, link, spans_of, strike, underline
from chinwag.core.values import Span


def shown(text: str) -> list[tuple[str, str]]:
    return [(str(text)[s.start : s.start + s.length], s.style) for s in spans_of(text)]


@pytest.mark.parametrize(
    ("text", "words", "styles"),
    [
        (lambda: bold("a") + " b", "a b", [("a", "bold")]),
        (lambda: "a " + bold("b"), "a b", [("b", "bold")]),
        (lambda: bold("a") + italic("b") + "c", "abc", [("a", "bold"), ("b", "italic")]),
        (lambda: bold("a", italic("b"), "c"), "abc", [("abc", "bold"), ("b", "italic")]),
        (lambda: strike("x") + underline("y") + code("z"), "xyz", [("x", "strike"), ("y", "underline"), ("z", "code")]),
        (lambda: code(bold("x")), "x", [("x", "code")]),
        (lambda: bold("<b>*_[x](y)`&amp;"), "<b>*_[x](y)`&amp;", [("<b>*_[x](y)`&amp;", "bold")]),
        (lambda: bold(""), "", []),
        (lambda: "plain", "plain", []),
    ],
)
def test_words_and_their_styles(text: Callable[[], str], words: str, styles: list[tuple[str, str]]) -> None:
    assert (str(text()), shown(text())) == (words, styles)


def test_a_link_says_where_it_leads() -> None:
    assert link("here", "https://example.org/?a=1").spans == (Span(0, 4, "link", "https://example.org/?a=1"),)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "example.org", "", "http://[", "https://a b", "file:///etc/x"])
def test_a_link_that_leads_nowhere_good_is_refused(url: str) -> None:
    with pytest.raises(UsageError, match="a link leads to a URL"):
        link("here", url)


def test_a_link_keeps_where_it_leads_behind_other_words() -> None:
    assert spans_of("see " + link("here", "https://example.org")) == (Span(4, 4, "link", "https://example.org"),)
    assert spans_of(bold("a") + link("b", "tel:1"))[1] == Span(1, 1, "link", "tel:1")


def test_only_texts_are_put_together() -> None:
    with pytest.raises(TypeError):
        bold("a") + 1  # type: ignore[operator]
    with pytest.raises(TypeError):
        1 + bold("a")  # type: ignore[operator]


def test_it_is_copied_with_its_styles() -> None:
    text = "a" + bold("b")
    for copied in (copy.copy(text), pickle.loads(pickle.dumps(text))):  # noqa: S301 - its own
        assert (str(copied), spans_of(copied)) == ("ab", (Span(1, 1, "bold"),))


@given(st.lists(st.tuples(st.text(), st.sampled_from(["", "bold", "italic"]))))
def test_any_parts_keep_their_words_and_places(parts: list[tuple[str, str]]) -> None:
    text: str = ""
    for words, style in parts:
        text = text + (bold(words) if style == "bold" else italic(words) if style == "italic" else words)
    assert str(text) == "".join(words for words, _ in parts)
    assert shown(text) == [(words, style) for words, style in parts if words and style]
    assert type(str(text)) is str
    assert isinstance(text, Styled) == any(style for _, style in parts)
