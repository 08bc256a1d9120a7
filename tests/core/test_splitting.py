"""Long texts in parts: nothing is lost, nothing is too heavy, and words stay whole where they can."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag.core.splitting import Unit, split, weigh


def characters(text: str) -> list[Unit]:
    return [(character, 1) for character in text]


def pairs(text: str) -> list[Unit]:
    """Two of a kind are not cut, and weigh three."""
    found: list[Unit] = []
    for character in text:
        if found and found[-1] == (character, 1):
            found[-1] = (character * 2, 3)
        else:
            found.append((character, 1))
    return found


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", [""]),
        ("one", ["one"]),
        ("one two three", ["one two ", "three"]),
        ("one two\nthree", ["one two\n", "three"]),
        ("onetwo three", ["onetwo ", "three"]),
        ("onetwoth", ["onetwoth"]),
        ("onetwothree", ["onetwoth", "ree"]),
        ("a\nb c d e f", ["a\nb c d ", "e f"]),  # a line's end in the first half is too early
        ("abcd\ne f g h", ["abcd\n", "e f g h"]),
        ("ab\nd efghijk", ["ab\nd ", "efghijk"]),
        ("abc\nd efghijk", ["abc\n", "d ", "efghijk"]),
        ("12345678 9", ["12345678", " 9"]),
        ("       x  y", ["       x", "  y"]),
    ],
)
def test_where_a_part_ends(text: str, parts: list[str]) -> None:
    assert split(text, 8, characters) == parts


@given(st.text(alphabet="ab \n", max_size=80), st.integers(3, 12))
def test_nothing_is_lost_and_nothing_is_too_heavy(text: str, limit: int) -> None:
    parts = split(text, limit, pairs)
    assert "".join(parts) == text
    assert all(weigh(pairs(part)) <= limit for part in parts)
    assert all(parts) or parts == [""]


@given(st.lists(st.text(alphabet="abc", min_size=1, max_size=8), max_size=12))
def test_words_that_fit_stay_whole(words: list[str]) -> None:
    parts = split(" ".join(words), 8, characters)
    assert [word for part in parts for word in part.split()] == words


def test_a_stretch_that_weighs_more_once_it_is_cut_off_is_cut_shorter() -> None:
    def odd(text: str) -> list[Unit]:
        """A text that ends with x is heavy."""
        return [*characters(text[:-1]), ("x", 5)] if text.endswith("x") else characters(text)

    assert split("aaaaaaxaaa", 7, odd) == ["aaaaaa", "xaaa"]


def test_a_unit_that_no_part_can_hold_is_cut_between_characters() -> None:
    assert split("baa", 2, pairs) == ["ba", "a"]
    assert split("b aa cc", 3, pairs) == ["b ", "aa", " ", "cc"]

    def whole(text: str) -> list[Unit]:
        """Nothing is cut."""
        return [(text, len(text))] if text else []

    assert split("one two three", 8, whole) == ["one two ", "three"]


def test_what_does_not_fit_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="a part may weigh 2, and 'b' alone weighs 3"):
        split("ba", 2, lambda text: [(character, 3) for character in text])


def test_a_large_text_is_parted_in_time_that_grows_with_it() -> None:
    assert len(split("word " * 40_000, 500, characters)) == 400
