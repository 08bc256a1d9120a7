"""Lines become arrivals, whatever is in them; what messages become is tested in `tests/core/test_lines.py`."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag.core.values import Arrival
from chinwag.networks.terminal.wire import LONGEST_LINE, decode


def text_of(line: bytes, number: int = 2) -> str:
    return decode(line, "terminal:test", "you", 0, number).text


# ---------------------------------------------------------------------------------------------------------------- in


def test_an_arrival_says_who_and_where() -> None:
    assert decode(b"hello\n", "terminal:test", "ann", 17, 1, "Ann") == Arrival(
        "terminal:test", "local", "ann", "hello", name="Ann", at=17
    )


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"guess\n", "guess"),
        (b"guess\r\n", "guess"),
        (b"guess", "guess"),
        (b"\n", ""),
        (b"", ""),
        (b" spaces stay \n", " spaces stay "),
        (b"a\tb\n", "a\tb"),
        (b"two\r\r\n", "two\ufffd"),
        (b"no end\r", "no end\ufffd"),
        (b"nul\x00 bell\x07 escape\x1b[2J del\x7f", "nul\ufffd bell\ufffd escape\ufffd[2J del\ufffd"),
        ("csi\x9b31m next\x85line".encode(), "csi\ufffd31m next\ufffdline"),
        ("line\u2028separator\u2029".encode(), "line\u2028separator\u2029"),
        (b"in\nside\n", "in\ufffdside"),
        ("schön, 東京, 🎲\n".encode(), "schön, 東京, 🎲"),
        (b"latin-1: sch\xf6n\n", "latin-1: sch\ufffdn"),
        (b"cut short: \xf0\x9f\x8e\n", "cut short: \ufffd"),
        (b"a surrogate: \xed\xa0\x80\n", "a surrogate: \ufffd\ufffd\ufffd"),
    ],
)
def test_a_line_is_a_text(line: bytes, text: str) -> None:
    assert text_of(line) == text


def test_a_byte_order_mark_is_left_out_at_the_very_beginning_only() -> None:
    assert text_of(b"\xef\xbb\xbfguess\r\n", 1) == "guess"
    assert text_of(b"\xef\xbb\xbfguess\r\n", 2) == "\ufeffguess"


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_line_may_be_so_long_and_no_longer(end: bytes) -> None:
    assert len(text_of(b"x" * LONGEST_LINE + end)) == LONGEST_LINE
    with pytest.raises(
        ValueError, match=r"^Line 7 of the input is longer than 4,194,304 bytes and was left out; send "
    ):
        text_of(b"x" * (LONGEST_LINE + 1) + end, 7)


@given(st.binary(), st.integers(1, 3))
def test_no_bytes_are_fatal_and_no_control_character_comes_through(line: bytes, number: int) -> None:
    text = text_of(line, number)
    assert not [c for c in text if unicodedata.category(c) in {"Cc", "Cs"} and c != "\t"]


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])))
def test_what_is_text_comes_as_it_was_typed(text: str) -> None:
    assert text_of(f"{text}\n".encode()) == text
