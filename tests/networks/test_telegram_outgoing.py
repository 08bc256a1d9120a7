"""Messages -> calls: parts, files, edits, keyboards."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag.core.values import Attachment, Outgoing
from chinwag.networks.telegram.keyboards import MOST_SHOWN, Keyboards
from chinwag.networks.telegram.outgoing import (
    became,
    buttons,
    calls,
    keyboard,
    outcome,
    reference,
    references,
    removal,
    target,
)

PHOTO = Attachment("image", b"png", name="a.png")
SOUND = Attachment("audio", link="/tmp/a.mp3")  # noqa: S108 - a name


def says(text: str = "", **more: Any) -> Outgoing:
    return Outgoing(1, "telegram:mybot", more.pop("room", "42"), more.pop("user", "42"), text=text, **more)


def made(message: Outgoing, **more: Any) -> list[tuple[str, dict[str, Any]]]:
    return [(call.method, call.parameters) for call in calls(message, **more)]


def test_a_text() -> None:
    assert made(says("hello")) == [("sendMessage", {"chat_id": 42, "text": "hello"})]


@pytest.mark.parametrize(
    ("room", "where"),
    [
        ("42", {"chat_id": 42}),
        ("-100123", {"chat_id": -100123}),
        ("-100123:7", {"chat_id": -100123, "message_thread_id": 7}),
        ("@channel", {"chat_id": "@channel"}),
    ],
)
def test_rooms(room: str, where: dict[str, Any]) -> None:
    assert target(room) == where
    assert made(says("hello", room=room)) == [("sendMessage", {**where, "text": "hello"})]


def test_a_long_text_has_its_markup_at_the_end_and_its_reply_at_the_beginning() -> None:
    first, last = made(says("x" * 4096 + " y"), markup={"keyboard": []}, reply=3)
    assert first == (
        "sendMessage",
        {
            "chat_id": 42,
            "text": "x" * 4096,
            "reply_parameters": {"message_id": 3, "allow_sending_without_reply": True},
        },
    )
    assert last == ("sendMessage", {"chat_id": 42, "text": " y", "reply_markup": {"keyboard": []}})


def test_a_part_of_spaces_is_left_out() -> None:
    texts = [parameters["text"] for _, parameters in made(says("a" + " " * 9000 + "b"))]
    assert [text.strip() for text in texts] == ["a", "b"]


def test_a_caption_and_files() -> None:
    one, two = calls(says("look", attachments=(PHOTO, SOUND)))
    assert (one.method, one.field, one.file, one.mark) == ("sendPhoto", "photo", PHOTO, "c")
    assert one.parameters == {"chat_id": 42, "caption": "look"}
    assert (two.method, two.field, two.file, two.mark) == ("sendAudio", "audio", SOUND, "m")


def test_a_text_too_long_for_a_caption_comes_before_the_file() -> None:
    assert [(call.method, call.mark) for call in calls(says("x" * 1025, attachments=(PHOTO,)))] == [
        ("sendMessage", ""),
        ("sendPhoto", "m"),
    ]
    assert [call.method for call in calls(says("👍" * 513, attachments=(PHOTO,)))] == ["sendMessage", "sendPhoto"]
    assert [call.method for call in calls(says("👍" * 512, attachments=(PHOTO,)))] == ["sendPhoto"]
    assert made(says(attachments=(PHOTO,))) == [("sendPhoto", {"chat_id": 42})]


@pytest.mark.parametrize(
    ("link", "method", "parameters"),
    [
        ("telegram:voice/v1", "sendVoice", {"voice": "v1", "caption": "again"}),
        ("telegram:photo/p/1", "sendPhoto", {"photo": "p/1", "caption": "again"}),
    ],
)
def test_what_came_in_can_go_out_by_its_id(link: str, method: str, parameters: dict[str, Any]) -> None:
    (call,) = calls(says("again", attachments=(Attachment("file", link=link),)))
    assert (call.method, call.parameters, call.file) == (method, {"chat_id": 42, **parameters}, None)


def test_a_sticker_has_no_caption() -> None:
    sticker = Attachment("image", link="telegram:sticker/s")
    assert [call.method for call in calls(says("again", attachments=(sticker,)))] == ["sendMessage", "sendSticker"]


# -- edits -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ref", "text", "expected"),
    [
        ("5", "new", [("editMessageText", {"chat_id": -1, "message_id": 5, "text": "new"})]),
        ("5c,6m", "new", [("editMessageCaption", {"chat_id": -1, "message_id": 5, "caption": "new"})]),
        (
            "5,6",
            "new",
            [
                ("editMessageText", {"chat_id": -1, "message_id": 5, "text": "new"}),
                ("deleteMessage", {"chat_id": -1, "message_id": 6}),
            ],
        ),
        (
            "5",
            "x" * 4097,
            [
                ("editMessageText", {"chat_id": -1, "message_id": 5, "text": "x" * 4096}),
                ("sendMessage", {"chat_id": -1, "message_thread_id": 2, "text": "x"}),
            ],
        ),
        ("", "new", []),
        (
            "5,6k,7mk",
            "x" * 4096 + "y",
            [
                ("editMessageText", {"chat_id": -1, "message_id": 5, "text": "x" * 4096}),
                ("sendMessage", {"chat_id": -1, "message_thread_id": 2, "text": "y"}),
                ("deleteMessage", {"chat_id": -1, "message_id": 6}),
            ],
        ),
        (
            "4m,5ck",
            "new",
            [
                (
                    "copyMessage",
                    {"chat_id": -1, "message_thread_id": 2, "from_chat_id": -1, "message_id": 5, "caption": "new"},
                ),
                ("deleteMessage", {"chat_id": -1, "message_id": 5}),
            ],
        ),
    ],
)
def test_edits(ref: str, text: str, expected: list[Any]) -> None:
    assert made(says(text, room="-1:2", act="edit", ref=ref)) == expected


def test_the_words_of_an_edit_reply_only_where_they_are_a_new_message() -> None:
    edit = says("new", room="-1", act="edit", ref="5,6k")
    assert [("reply_parameters" in call.parameters) for call in calls(edit, None, 9)] == [False, False]
    edit = says("x" * 4096 + "y", room="-1", act="edit", ref="5,6k")
    assert [("reply_parameters" in call.parameters) for call in calls(edit, None, 9)] == [False, True, False]


@pytest.mark.parametrize(
    ("ref", "text", "answers", "expected"),
    [
        ("5", "new", [{"message_id": 5}], ""),
        ("5", "new", [None], ""),
        ("5c,6m", "new", [{"message_id": 5}], ""),
        ("5m", "new", [{"message_id": 5}], "5c"),
        ("5,6", "new", [{"message_id": 5}, True], "5"),
        ("5", "x" * 4097, [{"message_id": 5}, {"message_id": 8}], "5,8"),
        ("5k", "new", [{"message_id": 8}, True], "8"),
        ("5,6k,7m", "x" * 4097, [True, {"message_id": 8}, None], "7m,5,8"),
        ("4m,5ck", "new", [{"message_id": 8}, True], "4m,8c"),
    ],
)
def test_what_an_edit_leaves(ref: str, text: str, answers: list[Any], expected: str) -> None:
    edit = says(text, act="edit", ref=ref)
    assert became(edit, [outcome(*pair) for pair in zip(calls(edit), answers, strict=True)]) == expected


def test_a_keyboard_leaves_its_mark_and_a_button_does_not() -> None:
    for markup, mark in (
        (removal(selective=False), "ck"),
        (keyboard(("a",), selective=False), "ck"),
        (buttons(1, ("a",)), "c"),
    ):
        (call,) = calls(says("look", attachments=(PHOTO,)), markup)
        assert outcome(call, {"message_id": 5}) == (5, mark)
        assert outcome(call, {"message_id": "5"}) == (0, "")
    assert references("12,13ck,x,14k") == [(12, ""), (13, "ck"), (14, "k")]


def test_deletes() -> None:
    assert made(says(room="-1:2", act="delete", ref="5,6m")) == [
        ("deleteMessage", {"chat_id": -1, "message_id": 5}),
        ("deleteMessage", {"chat_id": -1, "message_id": 6}),
    ]


@given(st.lists(st.tuples(st.integers(0, 2**40), st.sampled_from(["", "c", "m"]))))
def test_references_come_back(found: list[tuple[int, str]]) -> None:
    assert references(reference(found)) == found


# -- keyboards ---------------------------------------------------------------------------------------------------------


@given(st.lists(st.text(min_size=1, max_size=40), min_size=1))
def test_every_label_has_its_key(labels: list[str]) -> None:
    rows = keyboard(tuple(labels), selective=False)["keyboard"]
    assert [key["text"] for key in itertools.chain(*rows)] == labels
    assert all(rows)
    assert all(len(row) == 1 or sum(len(key["text"]) for key in row) <= 28 for row in rows)


CHOICE = says("What next?", choices=("a", "b"), question=True)
WORDS, QUESTION = says("words"), says("Who?", question=True)


class Screen:
    """What becomes of the keyboard, message by message."""

    def __init__(self) -> None:
        self._keyboards = Keyboards()

    def shows(self, message: Outgoing, *, group: bool = False) -> str:
        markup = self._keyboards.markup(message, group=group)
        self._keyboards.sent(message, markup)
        return "nothing" if markup is None else "removed" if "remove_keyboard" in markup else "shown"

    def hears(self, text: str) -> None:
        self._keyboards.heard("42", "42", text)


def test_the_message_after_a_choice_takes_the_keyboard_away() -> None:
    screen = Screen()
    assert [screen.shows(message) for message in (CHOICE, CHOICE, WORDS, WORDS, QUESTION)] == [
        *("shown", "shown", "removed", "nothing", "nothing"),
    ]


@pytest.mark.parametrize(
    ("heard", "then"), [("/start", "nothing"), ("/help", "nothing"), ("/cancel", "removed"), ("a", "removed")]
)
def test_what_a_command_is_answered_leaves_it(heard: str, then: str) -> None:
    screen = Screen()
    screen.shows(CHOICE)
    screen.hears(heard)
    assert screen.shows(WORDS) == then
    assert screen.shows(WORDS) == ("removed" if then == "nothing" else "nothing")


def test_after_a_start_the_message_that_ends_a_choice_takes_its_keyboard_away() -> None:
    screen = Screen()
    ends = says("Chosen.", clears=True)
    assert [screen.shows(one) for one in (WORDS, QUESTION, ends, QUESTION)] == [
        *("nothing", "nothing", "removed", "nothing"),
    ]


def test_keyboards_that_nobody_answers_fill_no_memory() -> None:
    keyboards = Keyboards()
    for user in map(str, range(MOST_SHOWN + 5)):
        keyboards.sent(says("Which?", user=user, room=user, choices=("a", "b")), keyboard(("a", "b"), selective=False))
    assert len(keyboards._shown) == MOST_SHOWN


def test_edits_have_no_keyboard() -> None:
    screen = Screen()
    assert [screen.shows(m) for m in (CHOICE, says("x", act="edit", ref="1"), WORDS)] == ["shown", "nothing", "removed"]


def test_in_a_group_only_who_is_meant_has_it() -> None:
    keyboards = Keyboards()
    for message, selective in ((CHOICE, True), (says("?", user="*", choices=("a",)), False)):
        markup = keyboards.markup(message, group=True)
        assert markup is not None
        assert markup["selective"] is selective
