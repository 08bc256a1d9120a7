"""Parse functions, and which option an answer names."""

import enum
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag import Reject, UsageError, at_least, at_most, yes
from chinwag.core.asks import MOST_OPTIONS, chosen, options, yes_or_no
from chinwag.core.effects import AGAIN, NO_DEFAULT, Choose, name_of


@pytest.mark.parametrize("text", ["yes", "Yes!", "YES I did", "  yes.", "“yes”", "yes, but", "yes-", "¡yes"])
def test_yes_is_the_first_word(text: str) -> None:
    assert yes(text) is True
    assert yes_or_no(text) is True


@pytest.mark.parametrize("text", ["", "no", "yesterday", "yes'm", "yes-man", "I said yes", "y", "ye s", "yes1"])
def test_all_else_is_no_yes(text: str) -> None:
    with pytest.raises(ValueError, match="not a yes"):
        yes(text)


@pytest.mark.parametrize(
    ("text", "answer"), [("y", True), ("Y!", True), ("n", False), ("No.", False), ("no thanks", False), ("NO", False)]
)
def test_confirm_reads_short_answers(text: str, answer: bool) -> None:  # noqa: FBT001
    assert yes_or_no(text) is answer


@pytest.mark.parametrize("text", ["", "maybe", "yep", "nope", "none", "n't", "not yes", "y'all", "да"])
def test_confirm_asks_again_for_anything_else(text: str) -> None:
    with pytest.raises(Reject, match=r"Please answer yes or no\."):
        yes_or_no(text)


def test_bounds() -> None:
    assert (at_least(3)("3"), at_most(3)(" 3 "), at_least(-1)("0")) == (3, 3, 0)
    with pytest.raises(Reject, match="at least 3"):
        at_least(3)("2")
    with pytest.raises(Reject, match="at most 3"):
        at_most(3)("4")
    for parse in (at_least(3), at_most(3)):
        with pytest.raises(ValueError, match="invalid literal"):
            parse("three")
    assert (name_of(at_least(3)), name_of(at_most(3))) == ("at_least", "at_most")
    assert at_least(10**30)("9" * 40) == int("9" * 40)


class Size(enum.Enum):
    SMALL = "small one"
    VERY_LARGE = 3


def test_options_of_a_list_a_mapping_and_an_enum() -> None:
    assert options(["a", 2, 3.5]) == (("a", "2", "3.5"), ("a", 2, 3.5))
    assert options({"a": None, "b": []}) == (("a", "b"), (None, []))
    assert options(Size) == (("small one", "very large"), (Size.SMALL, Size.VERY_LARGE))
    assert options(range(2)) == (("0", "1"), (0, 1))


def test_a_hundred_options_are_not_too_many() -> None:
    assert len(options(range(MOST_OPTIONS))[0]) == 100


class Empty(enum.Enum):
    pass


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ([], "takes 1 to 100 options, not 0"),
        (Empty, "takes 1 to 100 options, not 0"),
        (range(MOST_OPTIONS + 1), "takes 1 to 100 options, not 101"),
        (["a", " "], "a text and not blank"),
        ({1: "a"}, "a text and not blank"),
        (["a", "A "], "must differ"),
        ("abc", "takes a list, a mapping label -> value, or an Enum class"),
        ({"a", "b"}, "takes a list"),
        (int, "takes a list"),
        (None, "takes a list"),
    ],
)
def test_options_that_cannot_be_shown_are_refused(source: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        options(source)


def choice(labels: Sequence[str]) -> Choose:
    return Choose("?", str, AGAIN, None, NO_DEFAULT, None, tuple(labels), tuple(labels))


def test_an_answer_names_a_label_in_any_case() -> None:
    effect = choice(["Straße", "two words"])
    assert [chosen(effect, text, numbered=False) for text in ("STRASSE", " two Words ")] == [0, 1]
    for text in ("", "1", "two", "two  words"):
        with pytest.raises(ValueError, match="not an option"):
            chosen(effect, text, numbered=False)


def test_where_indexes_are_shown_an_answer_is_one() -> None:
    effect = choice(["a", "b", "7"])
    assert [chosen(effect, text, numbered=True) for text in ("0", " 2 ", "01")] == [0, 2, 1]
    for text in ("", "3", "7", "a", "-1", "²", "٢", "1" * 5000, "1.0"):
        with pytest.raises(ValueError, match="not an index"):
            chosen(effect, text, numbered=True)


@given(st.text())
def test_any_text_is_an_answer_or_a_value_error(text: str) -> None:
    effect = choice(["yes", "no"])
    for numbered in (False, True):
        with suppress(ValueError):
            assert chosen(effect, text, numbered=numbered) in {0, 1}
    with suppress(Reject):
        assert yes_or_no(text) in {True, False}
