"""Lines become arrivals, and messages become lines, whatever is in them."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag.core.values import Arrival, Attachment, Outgoing
from chinwag.networks.terminal.wire import LONGEST_LINE, decode, encode, visible

ANYTHING = st.text(st.characters(codec=None), max_size=40)  # lone surrogates too
ATTACHMENTS = st.builds(Attachment, st.sampled_from(["image", "audio", "file"]), st.binary(), ANYTHING, ANYTHING)
MESSAGES = st.builds(
    Outgoing,
    id=st.just(1),
    account=st.just("terminal:test"),
    room=st.just("local"),
    user=st.just("you"),
    act=st.sampled_from(["say", "edit", "delete"]),
    text=ANYTHING,
    choices=st.lists(ANYTHING, max_size=3).map(tuple),
    again=st.booleans(),
    question=st.booleans(),
    attachments=st.lists(ATTACHMENTS, max_size=2).map(tuple),
)


def text_of(line: bytes, number: int = 2) -> str:
    return decode(line, "terminal:test", "you", 0, number).text


def say(text: str = "", **fields: object) -> list[str]:
    return encode(Outgoing(1, "terminal:test", "local", "you", text=text, **fields))  # type: ignore[arg-type]


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


# --------------------------------------------------------------------------------------------------------------- out


def test_words_are_their_lines() -> None:
    assert say("Too large") == ["Too large"]
    assert say("one\ntwo\r\nthree") == ["one", "two", "three"]
    assert say("a\n\nb\n") == ["a", "", "b", ""]
    assert say("") == [""]
    assert say("From what number?", question=True, again=True) == ["From what number?"]


def test_a_choice_lists_its_indexes() -> None:
    choices = ("continue", "quit")
    assert say("Try one", choices=choices) == ["Try one"]  # quick answers to no question want no index
    assert say("What next?", choices=choices, question=True) == [
        "What next?",
        "0) continue",
        "1) quit",
        "Enter index: ",
    ]
    assert say("", choices=choices, question=True) == ["0) continue", "1) quit", "Enter index: "]
    assert say("What next?", choices=choices, question=True, again=True) == ["Try again", "Enter index: "]


def test_a_label_stays_on_its_line() -> None:
    assert say("?", choices=("a\n1) b",), question=True) == ["?", "0) a\ufffd1) b", "Enter index: "]


def test_attachments_are_named() -> None:
    cat = Attachment("image", b"x" * 1234, name="cat.png")
    assert say("Look", attachments=(cat,)) == ["Look", "[image: cat.png, 1,234 bytes]"]
    assert say("", attachments=(cat, Attachment("audio", b"x"))) == ["[image: cat.png, 1,234 bytes]", "[audio: 1 byte]"]
    assert say("", attachments=(Attachment("file", link="https://example.org/a", name="a"),)) == [
        "[file: a, https://example.org/a]"
    ]
    assert say("", attachments=(Attachment("file"),)) == ["[file: 0 bytes]"]


def test_edits_and_deletes_are_said() -> None:
    assert say("Sold\nout", act="edit") == ["(edited) Sold", "out"]
    assert say("", act="edit") == ["(edited) "]
    assert say("Sold", act="delete") == ["(deleted)"]


def test_escape_sequences_are_shown_and_not_obeyed() -> None:
    assert say("\x1b[31mred\x1b]0;title\x07\x9b2J\x7f\b\rover") == [
        "\ufffd[31mred\ufffd]0;title\ufffd\ufffd2J\ufffd\ufffd\ufffdover"
    ]
    assert say("[bold]not markup[/bold] :smile:") == ["[bold]not markup[/bold] :smile:"]
    assert say("", attachments=(Attachment("file", b"", name="\x1b[2J\n.txt"),)) == [
        "[file: \ufffd[2J\ufffd.txt, 0 bytes]"
    ]


@given(MESSAGES)
def test_every_message_is_whole_lines_that_can_be_written(message: Outgoing) -> None:
    lines = encode(message)
    assert lines
    for line in lines:
        line.encode()
        assert not [c for c in line if unicodedata.category(c) in {"Cc", "Cs"} and c != "\t"]


@given(ANYTHING)
def test_what_is_visible_stays_as_it_is(text: str) -> None:
    assert visible(visible(text)) == visible(text)
