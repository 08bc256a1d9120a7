"""Updates -> values: by tables, and whatever else may come."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import structs

from chinwag.core.buttons import button
from chinwag.core.values import Arrival, Attachment
from chinwag.networks.telegram.wire import Answer, Event, Reader
from chinwag.transport.malformed import Malformed

ME = 1
BOT = "telegram:mybot"
ANNA = {"id": 42, "is_bot": False, "first_name": "Anna", "last_name": "B", "username": "anna", "language_code": "de"}
BEN = {"id": 43, "is_bot": False, "first_name": "Ben"}
ROBOT = {"id": 99, "is_bot": True, "first_name": "Robot"}
DIRECT = {"id": 42, "type": "private", "first_name": "Anna"}
GROUP = {"id": -100123, "type": "supergroup", "title": "Us"}
CHANNEL = {"id": -100777, "type": "channel", "title": "News"}
SIZES = [{"file_id": "small", "width": 90, "height": 90}, {"file_id": "large", "width": 800, "height": 600}]

reader = Reader(BOT, ME, "MyBot")


def message(chat: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"message_id": 7, "date": 1_700_000_000, "chat": chat or DIRECT, "from": ANNA, **more}


def read(kind: str, value: Any) -> tuple[Event, ...]:
    update = reader.update(json.dumps({"update_id": 5, kind: value, "new_in_2030": {"a": [1]}}).encode())
    assert update.number == 5
    return update.events


def direct(text: str = "", files: tuple[Attachment, ...] = ()) -> Arrival:
    return Arrival(BOT, "42", "42", text, "5", "Anna B", attachments=files, ref="7")


def in_group(text: str, room: str = "-100123", user: str = "42", name: str = "Anna B") -> Arrival:
    return Arrival(BOT, room, user, text, "5", name, direct=False, ref="7")


def left(room: str, user: str, name: str, *, direct: bool = False) -> Arrival:
    return Arrival(BOT, room, user, "", "5", name, direct, "leave")


def file(kind: Any, link: str, name: str = "") -> tuple[Attachment, ...]:
    return (Attachment(kind, b"", link, name),)


@pytest.mark.parametrize(
    ("given", "event"),
    [
        (message(text="hello"), direct("hello")),
        (message(text="<b>*_`[x](y)"), direct("<b>*_`[x](y)")),
        (message(text="/start"), direct("/start")),
        (message(text="/start@mybot"), direct("/start")),
        (message(text="/Start@MYBOT deep link"), direct("/Start deep link")),
        (message(text="/start@mybot\nnext line"), direct("/start\nnext line")),
        (message(text="/mail me@example.org"), direct("/mail me@example.org")),
        (message(GROUP, text="hello"), in_group("hello")),
        (message(GROUP, text="hello", message_thread_id=3), in_group("hello")),
        (message(GROUP, text="hello", message_thread_id=3, is_topic_message=True), in_group("hello", "-100123:3")),
        (
            message(GROUP, text="hello", sender_chat=GROUP, **{"from": ROBOT}),
            in_group("hello", "-100123", "-100123", "Us"),
        ),
        (message(text="hello", reply_to_message=message(text="before")), direct("hello")),
        (message(text="hello", entities=[{"type": "bold", "offset": 0, "length": 5}], caption=None), direct("hello")),
        (message(photo=SIZES, caption="look"), direct("look", file("image", "telegram:photo/large"))),
        (message(audio={"file_id": "a", "title": "Song"}), direct("", file("audio", "telegram:audio/a", "Song"))),
        (message(voice={"file_id": "v", "duration": 3}), direct("", file("audio", "telegram:voice/v"))),
        (message(video={"file_id": "f", "file_name": "a.mp4"}), direct("", file("file", "telegram:video/f", "a.mp4"))),
        (message(video_note={"file_id": "n"}), direct("", file("file", "telegram:video_note/n"))),
        (message(sticker={"file_id": "s", "emoji": "👍"}), direct("", file("image", "telegram:sticker/s", "👍"))),
        (
            message(document={"file_id": "d", "file_name": "a.pdf"}, caption="/save"),
            direct("/save", file("file", "telegram:document/d", "a.pdf")),
        ),
        (
            message(animation={"file_id": "g"}, document={"file_id": "g"}),
            direct("", file("file", "telegram:animation/g")),
        ),
        (
            message(location={"latitude": 52.5, "longitude": -13.25}),
            direct("", file("file", "geo:52.5,-13.25", "location")),
        ),
        (
            message(contact={"phone_number": "+4930123", "first_name": "Cleo"}),
            direct("", file("file", "tel:+4930123", "Cleo")),
        ),
        (message(GROUP, left_chat_member=BEN), left("-100123", "43", "Ben")),
        (
            message({"id": -12, "type": "group"}, migrate_to_chat_id=-100123),
            Arrival(BOT, "-12", "*", "-100123", "5", direct=False, event="move"),
        ),
    ],
)
def test_messages(given: dict[str, Any], event: Event) -> None:
    assert read("message", given) == (event,)


@pytest.mark.parametrize(
    "given",
    [
        message(text="/start@otherbot"),
        message(text="/start@"),
        message(CHANNEL, text="news", sender_chat=CHANNEL),
        message(GROUP, text="news", sender_chat=CHANNEL, is_automatic_forward=True),
        message(text="from a bot", **{"from": ROBOT}),
        message(GROUP, text="from nobody", **{"from": None}),
        message(pinned_message=message(text="pinned")),
        message(dice={"emoji": "🎲", "value": 6}),
        message(GROUP, new_chat_members=[ROBOT]),
        message(GROUP, left_chat_member=ROBOT),
        message(GROUP, migrate_from_chat_id=-12),
        message(),
    ],
)
def test_what_is_nothing_to_a_bot(given: dict[str, Any]) -> None:
    assert read("message", given) == ()


@pytest.mark.parametrize("kind", ["channel_post", "edited_channel_post", "inline_query", "poll", "of_the_year_2030"])
def test_other_kinds_of_updates_are_nothing(kind: str) -> None:
    assert read(kind, message(text="hello")) == ()


def test_an_edit_is_no_new_message() -> None:
    (edit,) = read("edited_message", message(text="helo", edit_date=1))
    assert edit == structs.replace(direct("helo"), event="edit")
    assert read("edited_message", message(text="/start@otherbot")) == ()


def test_several_join_at_once() -> None:
    joins = read("message", message(GROUP, new_chat_members=[ANNA, ROBOT, BEN]))
    assert [(j.user, j.event, j.direct, j.id) for j in joins if isinstance(j, Arrival)] == [
        ("42", "join", False, "join:-100123:42:1700000000"),
        ("43", "join", False, "join:-100123:43:1700000000"),
    ]


def changed(chat: dict[str, Any], before: str, after: str, user: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "chat": chat,
        "from": ANNA,
        "date": 1_700_000_000,
        "old_chat_member": {"user": user, "status": before},
        "new_chat_member": {"user": user, "status": after, **more},
    }


@pytest.mark.parametrize(
    ("before", "after", "more"),
    [("left", "member", {}), ("kicked", "member", {}), ("left", "restricted", {"is_member": True})],
)
def test_a_join_has_one_id_however_it_is_told(before: str, after: str, more: dict[str, Any]) -> None:
    (as_message,) = read("message", message(GROUP, new_chat_members=[BEN]))
    (as_update,) = read("chat_member", changed(GROUP, before, after, BEN, **more))
    assert as_message == as_update


@pytest.mark.parametrize(
    ("before", "after", "events"),
    [
        ("member", "left", (left("-100123", "43", "Ben"),)),
        ("administrator", "kicked", (left("-100123", "43", "Ben"),)),
        ("member", "administrator", ()),
        ("restricted", "left", ()),
    ],
)
def test_leaves(before: str, after: str, events: tuple[Event, ...]) -> None:
    assert read("chat_member", changed(GROUP, before, after, BEN)) == events


def test_blocked_and_let_in_again() -> None:
    (blocked,) = read("my_chat_member", changed(DIRECT, "member", "kicked", ROBOT))
    assert blocked == left("42", "42", "Anna B", direct=True)
    (back,) = read("my_chat_member", changed(DIRECT, "kicked", "member", ROBOT))
    assert back == Arrival(BOT, "42", "42", "", "join:42:42:1700000000", "Anna B", event="join")
    assert read("my_chat_member", changed(GROUP, "member", "left", ROBOT)) == ()


def pressing(chat: dict[str, Any] | None, data: str | None) -> tuple[Event, ...]:
    at = {"message": message(chat, text="?")} if chat else {"inline_message_id": "i"}
    return read("callback_query", {"id": "q1", "from": ANNA, "data": data, "chat_instance": "1", **at})


def pressing_gives(index: str, target: int, room: str = "42", *, direct: bool = True) -> tuple[Event, ...]:
    return (Arrival(BOT, room, "42", index, "5", "Anna B", direct, "button", target=target, ref="q1"),)


def test_a_button_press() -> None:
    assert pressing(DIRECT, button(1234, 2)) == pressing_gives("2", 1234)
    assert pressing(GROUP, button(7, 0)) == pressing_gives("0", 7, "-100123", direct=False)
    assert pressing(None, button(7, 0)) == pressing_gives("0", 7), "the message is gone"


@pytest.mark.parametrize("data", [None, "", "yes", "1:x"])
def test_a_press_of_no_button_of_ours_is_of_none(data: str | None) -> None:
    assert pressing(DIRECT, data) == pressing_gives("", 0)


@given(st.integers(1, 10**18 - 1), st.integers(0, 1000))
def test_the_data_of_a_button_fits(number: int, index: int) -> None:
    assert len(button(number, index)) <= 64


# -- answers to getUpdates ---------------------------------------------------------------------------------------------


def answer(*updates: Any) -> bytes:
    return json.dumps({"ok": True, "result": updates}).encode()


def hello(number: int) -> dict[str, Any]:
    return {"update_id": number, "message": message(text=f"hello {number}")}


def words(found: Answer) -> list[tuple[int, str]]:
    return [(u.number, e.text if isinstance(e, Arrival) else type(e).__name__) for u in found.updates for e in u.events]


def test_a_batch() -> None:
    found = reader.answer(answer(hello(1), hello(2)))
    assert words(found) == [(1, "hello 1"), (2, "hello 2")]
    assert found.code == 0


def test_an_odd_update_costs_its_neighbours_nothing() -> None:
    deep = json.loads("[" * 500 + "]" * 500)
    odd = [
        {"update_id": 2, "message": {"message_id": "x"}},
        {"no": "id"},
        17,
        None,
        {"update_id": 3, "message": [deep]},
    ]
    found = reader.answer(answer(hello(1), *odd, hello(4)))
    assert words(found) == [(1, "hello 1"), (2, "Malformed"), *[(0, "Malformed")] * 3, (3, "Malformed"), (4, "hello 4")]


def test_half_of_a_surrogate_pair_is_replaced() -> None:
    found = reader.answer(answer(hello(1), {"update_id": 2, "message": message(text="a\ud800b")}))
    assert words(found) == [(1, "hello 1"), (2, "a?b")]


def test_an_error_has_its_words() -> None:
    refused = {"ok": False, "error_code": 429, "description": "Too Many", "parameters": {"retry_after": 7}}
    assert reader.answer(json.dumps(refused).encode()) == Answer([], 429, "Too Many", 7)
    assert reader.answer(b'{"ok":false}') == Answer([], 1, "", 0)


@pytest.mark.parametrize(
    "data",
    [b"", b"<html>", b"\xff\xfe", b"[]", b"{}", b'{"ok":true,"result":{}}', b'{"ok":1}', b"[" * 100_000, b"1" * 5000],
)
def test_what_is_no_answer_is_an_error_value(data: bytes) -> None:
    found = reader.answer(data)
    assert (found.updates, found.code) == ([], 1)
    assert found.reason


def test_nothing_of_what_was_sent_stands_in_the_reason() -> None:
    (found,) = reader.update(b'{"update_id": 1, "message": {"message_id": "secret words"}}').events
    assert isinstance(found, Malformed)
    assert "secret" not in found.reason


# -- whatever may come -------------------------------------------------------------------------------------------------

OUTER = ["update_id", "message", "edited_message", "callback_query", "my_chat_member", "chat_member"]
INNER = ["chat", "from", "id", "type", "text", "message_id", "caption", "photo", "file_id", "new_chat_members", "user"]
KEYS = [*OUTER, *INNER, "left_chat_member", "data", "status", "date", "sticker", "old_chat_member", "new_chat_member"]
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=3), inner, max_size=6)
    ),
    max_leaves=25,
)


@given(anything)
@example({"update_id": 2**80})
def test_arbitrary_json_never_raises(value: Any) -> None:
    data = json.dumps(value).encode()
    events = reader.update(data).events
    assert all(isinstance(event, Event) for event in events)
    assert isinstance(reader.answer(data), Answer)
    assert len(reader.answer(b'{"ok":true,"result":[' + data + b"]}").updates) <= 1


@given(st.binary())
def test_arbitrary_bytes_never_raise(data: bytes) -> None:
    assert isinstance(reader.answer(data), Answer)
    assert all(isinstance(event, Event) for event in reader.update(data).events)


@given(st.text(), st.sampled_from([DIRECT, GROUP]))
def test_every_text_arrives_and_can_be_stored(text: str, chat: dict[str, Any]) -> None:
    for event in read("message", message(chat, text=text)):
        assert isinstance(event, Arrival)
        assert event.text == text.encode(errors="replace").decode() or text.startswith("/")
        assert msgspec.json.decode(msgspec.json.encode(event), type=Arrival) == event
