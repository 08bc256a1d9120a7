"""Long texts in parts: nothing is lost, nothing is too long, and what belongs together stays together."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from chinwag.core.parts import split, units

THUMB = "👍🏽"
FAMILY = "👩\u200d👩\u200d👧"


def utf16(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@given(st.text())
def test_units_are_utf16_code_units(text: str) -> None:
    assert units(text) == utf16(text)


@given(st.text(st.sampled_from("ab \n\t👍\u0301\u200dé"), max_size=300), st.integers(2, 40))
@example("a" * 100, 2)
@example("👍" * 50, 2)
@example("👍" * 50, 3)
@example(" " * 50, 7)
def test_joined_again_the_parts_are_the_text(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert "".join(parts) == text
    assert all(utf16(part) <= limit for part in parts)
    assert all(parts) or parts == [""]


@pytest.mark.parametrize(
    ("text", "limit", "parts"),
    [
        ("", 5, [""]),
        ("short", 5, ["short"]),
        ("one two", 5, ["one ", "two"]),
        ("one two", 3, ["one", " ", "two"]),
        ("a long line\nand more", 14, ["a long line\n", "and more"]),
        ("x\nand much more of it", 14, ["x\nand much ", "more of it"]),
        ("abcdefghij", 4, ["abcd", "efgh", "ij"]),
        ("👍👍👍", 5, ["👍👍", "👍"]),
        (f"abc{THUMB}", 5, ["abc", THUMB]),
        (f"a{FAMILY}", 8, ["a", FAMILY]),
        ("cafe\u0301s", 4, ["caf", "e\u0301s"]),
        ("a" + "\u0301" * 9, 4, ["a\u0301\u0301\u0301", "\u0301" * 4, "\u0301" * 2]),
        ("abcdef\ngh\ni jk", 12, ["abcdef\ngh\n", "i jk"]),  # the last line that ends in the second half
        ("abcd\nefg hijklmn", 12, ["abcd\nefg ", "hijklmn"]),  # one that ends before it is none
        ("a bc de", 4, ["a bc", " de"]),
        ("oneXtwothree", 8, ["oneXtwot", "hree"]),
        ("abc\U0001f3fbd", 4, ["ab", "c\U0001f3fbd"]),
        ("abc\U0001f3ffd", 4, ["ab", "c\U0001f3ffd"]),
        ("abc\u20dd", 3, ["ab", "c\u20dd"]),
        ("\uffff" * 5, 4, ["\uffff" * 4, "\uffff"]),
    ],
)
def test_where_a_text_is_parted(text: str, limit: int, parts: list[str]) -> None:
    assert split(text, limit) == parts


def test_what_lies_beyond_the_basic_plane_counts_twice() -> None:
    assert (units("\uffff"), units("\U00010000"), units("a\U00010000\uffff")) == (1, 2, 4)


@given(
    st.text(st.sampled_from("ab \n👍"), max_size=200),
    st.integers(4, 40),
    st.lists(st.tuples(st.integers(0, 200), st.integers(1, 30)), max_size=4),
)
def test_with_stretches_to_keep_nothing_is_lost_either(text: str, limit: int, kept: list[tuple[int, int]]) -> None:
    parts = split(text, limit, [(first, first + length) for first, length in kept])
    assert "".join(parts) == text
    assert all(utf16(part) <= limit for part in parts)
    assert all(parts) or parts == [""]


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        ((), ["one two ", "three"]),
        ((4, 9), ["one ", "two three"]),
        ((0, 9), ["one two ", "three"]),
        ((4, 13), ["one two ", "three"]),
        ((8, 13), ["one two ", "three"]),
        ((4, 8), ["one two ", "three"]),
    ],
)
def test_a_link_is_kept_whole_where_it_fits(whole: tuple[int, int], parts: list[str]) -> None:
    assert split("one two three", 10, [whole] if whole else []) == parts


def test_links_are_kept_whole_in_every_part() -> None:
    text = "one two three four five six seven"
    links = [(4, 9), (14, 18), (19, 23), (24, 29)]
    assert split(text, 10) == ["one two ", "three four", " five six ", "seven"]
    assert split(text, 10, links) == ["one ", "two three ", "four five ", "six seven"]


def test_a_link_is_kept_whole_where_the_second_part_would_end() -> None:
    text = "aaaa bb cc dd ee ff gg hh"
    assert split(text, 10) == ["aaaa bb cc", " dd ee ff ", "gg hh"]
    assert split(text, 10, [(17, 22)]) == ["aaaa bb cc", " dd ee ", "ff gg hh"]


def test_a_link_at_the_beginning_of_a_part_may_be_cut() -> None:
    assert split("ab cdefghijklmnop", 10, [(0, 5)]) == ["ab ", "cdefghijkl", "mnop"]


def test_a_word_of_ten_thousand_letters_is_cut_hard() -> None:
    assert [len(part) for part in split("x" * 10_000, 4096)] == [4096, 4096, 1808]
