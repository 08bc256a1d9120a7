"""Messages become lines where there are only words, whatever is in them."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from chinwag.core.lines import encode, one_line, spelled, visible
from chinwag.core.values import Attachment, Outgoing, Span

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


def say(text: str = "", **fields: object) -> list[str]:
    return encode(Outgoing(1, "terminal:test", "local", "you", text=text, **fields))  # type: ignore[arg-type]


def test_words_are_their_lines() -> None:
    assert say("Too large") == ["Too large"]
    assert say("one\ntwo\r\nthree") == ["one", "two", "three"]
    assert say("a\n\nb\n") == ["a", "", "b", ""]
    assert say("") == [""]
    assert say("", question=True) == [""]
    assert say("", choices=("yes",)) == [""]
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
    assert say("", attachments=(Attachment("image", link="cat.png", name="cat.png"),)) == ["[image: cat.png]"]
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


def test_links_are_spelled_where_they_end() -> None:
    first, second = Span(0, 4, "link", "https://a.example"), Span(9, 5, "link", "https://b.example")
    bold = Span(0, 14, "bold")
    words = "this (https://a.example) and that (https://b.example)"
    assert spelled("this and that", (first, Span(9, 4, "link", "https://b.example"))) == words
    assert spelled("this and that", (Span(9, 4, "link", "https://b.example"), first)) == words
    assert spelled("this and there", (bold, second)) == "this and there (https://b.example)"
    assert spelled("both", (first, Span(0, 4, "link", "https://b.example"))) == (
        "both (https://b.example) (https://a.example)"
    )
    assert spelled("see https://a.example", (Span(4, 17, "link", "https://a.example"),)) == "see https://a.example"


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


@given(ANYTHING)
def test_one_line_is_one_line(text: str) -> None:
    assert "\n" not in one_line(text)
    assert one_line(text).replace("\ufffd", "") == visible(text).replace("\n", "").replace("\ufffd", "")
