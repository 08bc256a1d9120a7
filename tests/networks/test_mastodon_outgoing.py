"""Messages as posts: threads, who is addressed, who may see it, and how Mastodon counts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag.core.errors import Refused
from chinwag.core.splitting import weigh
from chinwag.core.values import Attachment, Outgoing, Span
from chinwag.networks.mastodon.counting import units
from chinwag.networks.mastodon.outgoing import Post, Rules, posts, references

ANN = "ann@away.example"
RULES = Rules(60, 23, "home.example")


def said(text: str = "", room: str = "-", rules: Rules = RULES, **more: Any) -> list[Post]:
    return posts(Outgoing(1, "mastodon:blake", room, room.removeprefix("@"), text=text, **more), rules)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("plain", 5),
        ("é e\u0301", 4),
        ("👨‍👩‍👧", 5),
        ("https://example.org/" + "a" * 100, 23),
        ("a https://b.example.", 26),
        ("(https://b.example/c)", 25),
        ("http://b.example", 23),
        ("example.org/without", 19),
        ("https://localhost/x", 19),
        ("@ann@away.example hi", 7),
        ("@ann hi", 7),
        ("a@ann@away.example", 18),
        ("https://b.example/@ann@away.example", 23),
        ("https://bücher.example", 23),
    ],
)
def test_what_a_text_counts(text: str, length: int) -> None:
    assert weigh(units(text, 23)) == length


@given(st.text(alphabet="ab@.:/ht ps\n", max_size=60))
def test_units_are_the_text(text: str) -> None:
    assert "".join(unit for unit, _ in units(text, 23)) == text


def test_a_short_text_is_one_post() -> None:
    assert said("hello") == [Post("hello", "public")]


def test_a_long_text_is_a_thread_each_part_to_the_one_it_is_for() -> None:
    found = said("one two three four five six seven eight nine ten eleven twelve", f"@{ANN}", reply="109:unlisted")
    assert [post.text for post in found] == [
        f"@{ANN} one two three four five six seven eight nine ten eleven",
        f"@{ANN} twelve",
    ]
    assert [post.reply for post in found] == ["109", ""]
    assert {post.visibility for post in found} == {"unlisted"}


@given(st.text(alphabet="ab c\n", max_size=300))
def test_no_word_is_lost_and_no_post_is_too_long(text: str) -> None:
    found = said(text, warning="careful")
    assert "".join("".join(post.text.split()) for post in found) == "".join(text.split())
    assert all(weigh(units(post.text, 23)) + len("careful") <= 60 for post in found)


def test_who_is_addressed() -> None:
    assert said("yes", "@bob@home.example")[0].text == "@bob yes"
    assert said("yes", "bob@home.example")[0].text == "@bob yes"
    assert said("yes @bob, yes", "@bob@home.example")[0].text == "yes @bob, yes"
    assert said("yes @bobby", "@bob@home.example")[0].text == "@bob yes @bobby"
    assert said(f"yes @{ANN}", ANN)[0].text == f"yes @{ANN}"
    assert said("yes @ann@away.example.org", f"@{ANN}")[0].text == f"@{ANN} yes @ann@away.example.org"


def test_whoever_else_is_named_in_a_direct_message_does_not_get_it() -> None:
    (post,) = said(f"hello @eve@evil.example and @{ANN}, mail to a@b.example", ANN)
    assert post.text == f"hello @\u2060eve@evil.example and @{ANN}, mail to a@b.example"
    assert said("hello @eve", f"@{ANN}")[0].text == f"@{ANN} hello @eve"


@pytest.mark.parametrize(
    ("room", "message", "setting", "seen", "visibility"),
    [
        ("-", "", "", "", "public"),
        ("-", "", "unlisted", "", "unlisted"),
        ("-", "private", "unlisted", "", "private"),
        (ANN, "public", "public", "", "direct"),
        (f"@{ANN}", "", "", "private", "private"),
        (f"@{ANN}", "", "public", "private", "private"),
        (f"@{ANN}", "public", "", "unlisted", "unlisted"),
        (f"@{ANN}", "direct", "", "public", "direct"),
        (f"@{ANN}", "", "", "", "public"),
        (f"@{ANN}", "", "", "limited", "limited"),
    ],
)
def test_who_may_see_it(room: str, message: str, setting: str, seen: str, visibility: str) -> None:
    more: dict[str, Any] = {"visibility": message, "reply": f"109:{seen}" if seen else ""}
    assert said("a", room, Rules(visibility=setting), **more)[0].visibility == visibility


def test_what_comes_along_comes_with_the_first_part() -> None:
    file = Attachment("image", b"png")
    first, second = said("x" * 50 + " " + "y" * 50, attachments=(file,))
    assert (first.file, second.file) == (file, None)
    assert said(attachments=(file,)) == [Post("", "public", file=file)]
    assert said("see", attachments=(Attachment("image", link="https://a.example/b.png"),)) == [
        Post("see\nhttps://a.example/b.png", "public")
    ]


def test_a_warning_that_leaves_no_room_is_refused() -> None:
    with pytest.raises(Refused, match="no room for words"):
        said("a", warning="w" * 50)


def test_choices_links_and_control_characters() -> None:
    choice = said("Which?", choices=("tea", "rum"), question=True)
    assert choice[0].text == "Which?\n0) tea\n1) rum\nEnter index:"
    assert said("Which?", choices=("tea",), question=True, again=True)[0].text == "Try again\nEnter index:"
    assert said("here", spans=(Span(0, 4, "link", "https://a.example"),))[0].text == "here (https://a.example)"
    assert said("a\x1b[2J")[0].text == "a�[2J"


def test_the_fields_of_a_call() -> None:
    post = Post("a", "unlisted", "careful", "en", "109")
    assert post.fields("110", ["7"]) == {
        "status": "a",
        "visibility": "unlisted",
        "spoiler_text": "careful",
        "sensitive": True,
        "language": "en",
        "in_reply_to_id": "110",
        "media_ids": ["7"],
    }
    assert Post("a", "public").fields("", []) == {"status": "a", "visibility": "public"}


def test_references_from_the_store_are_ids_or_left_out() -> None:
    assert references("109,01ABC-_") == ["109", "01ABC-_"]
    assert references("../../x,109") == ["109"]
    assert references("") == []
