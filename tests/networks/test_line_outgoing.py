"""Values as LINE's message objects."""

from typing import Any

import pytest

from chinwag.core.errors import Refused
from chinwag.core.values import Attachment, Outgoing, Span
from chinwag.networks.line.outgoing import LONGEST_LABEL, LONGEST_TEXT, MOST_QUICK, objects


def say(text: str = "", **more: Any) -> Outgoing:
    return Outgoing(7, "line:guess", "U1", "U1", text=text, **more)


def test_a_text_is_a_text() -> None:
    assert objects(say("<b>*_~`hi`")) == [{"type": "text", "text": "<b>*_~`hi`"}]


def test_a_long_text_is_several() -> None:
    text = "word " * 2500
    made = objects(say(text))
    assert len(made) == 3
    assert "".join(one["text"] for one in made) == text
    assert all(len(one["text"]) <= LONGEST_TEXT for one in made)


def test_the_address_of_a_link_stands_behind_it() -> None:
    spans = (Span(4, 4, "link", "https://example.org"), Span(0, 3, "bold"))
    assert objects(say("see here now", spans=spans)) == [{"type": "text", "text": "see here (https://example.org) now"}]


def test_choices_are_quick_replies_at_the_last_object() -> None:
    made = objects(say("Which?", choices=("yes", "no, and by the way never again")))
    (item, other) = made[-1]["quickReply"]["items"]
    assert item == {"type": "action", "action": {"type": "message", "label": "yes", "text": "yes"}}
    assert other["action"]["text"] == "no, and by the way never again"
    assert len(other["action"]["label"]) <= LONGEST_LABEL
    assert other["action"]["label"].endswith("…")


def test_choices_that_find_no_button_are_written() -> None:
    choices = tuple(f"number {n}" for n in range(20))
    (made,) = objects(say("Which?", choices=choices))
    assert made["text"] == "\n".join(("Which?", *choices))
    assert len(made["quickReply"]["items"]) == MOST_QUICK


def test_inline_choices_are_buttons_in_templates_of_four() -> None:
    choices = tuple(f"number {n}" for n in range(6))
    first, second = objects(say("Which?", choices=choices, inline=True))
    assert (first["template"]["text"], second["template"]["text"]) == ("Which?", "…")
    buttons = [*first["template"]["actions"], *second["template"]["actions"]]
    assert [one["data"] for one in buttons] == [f"7:{n}" for n in range(6)]
    assert [one["displayText"] for one in buttons] == list(choices)


def test_a_long_question_stands_before_its_buttons() -> None:
    question = "word " * 50
    text, template = objects(say(question, choices=("yes", "no"), inline=True))
    assert (text["text"], template["template"]["text"]) == (question, "…")


@pytest.mark.parametrize(
    ("attachment", "made"),
    [
        (
            Attachment("image", b"", "https://x.org/a.jpg"),
            {"type": "image", "originalContentUrl": "https://x.org/a.jpg", "previewImageUrl": "https://x.org/a.jpg"},
        ),
        (
            Attachment("image", b"", "https://x.org/a.jpg#preview=https%3A%2F%2Fx.org%2Fs.jpg"),
            {"type": "image", "originalContentUrl": "https://x.org/a.jpg", "previewImageUrl": "https://x.org/s.jpg"},
        ),
        (
            Attachment("audio", b"", "https://x.org/a.m4a#t=0,12.5"),
            {"type": "audio", "originalContentUrl": "https://x.org/a.m4a", "duration": 12_500},
        ),
        (
            Attachment("audio", b"", "https://x.org/a.m4a#t=inf"),
            {"type": "audio", "originalContentUrl": "https://x.org/a.m4a", "duration": 1},
        ),
        (
            Attachment("file", b"", "https://x.org/a.mp4#preview=https://x.org/s.jpg"),
            {"type": "video", "originalContentUrl": "https://x.org/a.mp4", "previewImageUrl": "https://x.org/s.jpg"},
        ),
        (
            Attachment("file", b"", "https://x.org/a.pdf", "the paper"),
            {"type": "text", "text": "the paper\nhttps://x.org/a.pdf"},
        ),
        (
            Attachment("image", b"", "line:sticker/446/1988"),
            {"type": "sticker", "packageId": "446", "stickerId": "1988"},
        ),
        (
            Attachment("file", b"", "geo:35.5,-139.25", "home"),
            {"type": "location", "title": "home", "address": "home", "latitude": 35.5, "longitude": -139.25},
        ),
    ],
)
def test_a_file_is_an_object(attachment: Attachment, made: dict[str, Any]) -> None:
    assert objects(say("look", attachments=(attachment,))) == [{"type": "text", "text": "look"}, made]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (say(" "), "no empty message"),
        (say(attachments=(Attachment("image", b"bytes"),)), "give 'image' as an https:// address"),
        (say(attachments=(Attachment("file", b"", "/etc/passwd", "words"),)), "give 'words' as an https:// address"),
        (say(attachments=(Attachment("file", b"", "http://x.org/a"),)), "https:// address"),
        (say(attachments=(Attachment("file", b"", "geo:here"),)), "write geo:latitude,longitude"),
        (Outgoing(8, "line:guess", "U1", "U1", "edit", "x", target=7, ref="1"), "cannot change or take back"),
        (Outgoing(8, "line:guess", "U1", "U1", "delete", target=7, ref="1"), "cannot change or take back"),
    ],
)
def test_what_line_has_nothing_for_is_refused(message: Outgoing, words: str) -> None:
    with pytest.raises(Refused, match=words):
        objects(message)
