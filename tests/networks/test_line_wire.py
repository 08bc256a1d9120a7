"""LINE's webhook bodies as values: every type of event in the schema, and whatever else may come."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.servers.line.line_events import (
    event,
    group_id,
    presses,
    redelivered,
    room_id,
    says,
    sends,
    source,
    ulid,
    user_id,
)

from chinwag.core.buttons import button
from chinwag.core.values import EVERYBODY, Arrival, Attachment
from chinwag.networks.line.wire import FRESH, Event, Reader, token_of
from chinwag.transport.malformed import Malformed

ACCOUNT = "line:guess"
NOW = 1_800_000_000_000
ANN, BOB, GROUP, ROOM = user_id(1), user_id(2), group_id(1), room_id(1)
LINE = {"type": "line"}


def read(*events: Any) -> list[Event]:
    body = json.dumps({"destination": user_id(0), "events": list(events)}).encode()
    return Reader(ACCOUNT).read(body, NOW)


def only(one: Any) -> Arrival:
    (found,) = read(one)
    assert isinstance(found, Arrival)
    return found


@pytest.mark.parametrize(("room", "address", "direct"), [("", ANN, True), (GROUP, GROUP, False), (ROOM, ROOM, False)])
def test_a_source_is_an_address(room: str, address: str, direct: bool) -> None:  # noqa: FBT001 - a case
    said = says(ANN, "guess", room)
    arrival = only(said)
    assert (arrival.account, arrival.room, arrival.user, arrival.direct) == (ACCOUNT, address, ANN, direct)
    assert (arrival.text, arrival.event, arrival.id) == ("guess", "message", said["webhookEventId"])
    assert token_of(arrival.ref) == (said["replyToken"], NOW + FRESH)


@pytest.mark.parametrize(
    ("kind", "content", "attachment"),
    [
        ("image", {"contentProvider": LINE}, Attachment("image", b"", "line:image/{id}")),
        ("audio", {"contentProvider": LINE, "duration": 60_000}, Attachment("audio", b"", "line:audio/{id}")),
        ("video", {"contentProvider": LINE, "duration": 60_000}, Attachment("file", b"", "line:video/{id}")),
        ("file", {"fileName": "a.pdf", "fileSize": 7}, Attachment("file", b"", "line:file/{id}", "a.pdf")),
        (
            "image",
            {"contentProvider": {"type": "external", "originalContentUrl": "https://example.org/a.jpg"}},
            Attachment("image", b"", "https://example.org/a.jpg"),
        ),
        (
            "sticker",
            {"packageId": "446", "stickerId": "1988", "stickerResourceType": "STATIC", "keywords": ["hi", "wave"]},
            Attachment("image", b"", "line:sticker/446/1988", "hi"),
        ),
        (
            "location",
            {"title": "home", "address": "1 Street", "latitude": 35.5, "longitude": -139.25},
            Attachment("file", b"", "geo:35.5,-139.25", "home"),
        ),
        ("location", {"latitude": 1.0, "longitude": 2.0}, Attachment("file", b"", "geo:1.0,2.0", "location")),
    ],
)
def test_what_comes_along_is_an_attachment(kind: str, content: dict[str, Any], attachment: Attachment) -> None:
    sent = sends(ANN, kind, **content)
    (found,) = only(sent).attachments
    assert (found.kind, found.name) == (attachment.kind, attachment.name)
    assert found.link == attachment.link.format(id=sent["message"]["id"])


def test_a_press_names_its_message_and_the_index() -> None:
    arrival = only(presses(ANN, button(1234, 2), GROUP))
    assert (arrival.event, arrival.target, arrival.text, arrival.room) == ("button", 1234, "2", GROUP)


@pytest.mark.parametrize(
    ("type_", "where", "user", "change"),
    [
        ("follow", source(ANN), ANN, "join"),
        ("unfollow", source(ANN), ANN, "leave"),
        ("join", source(room=GROUP), EVERYBODY, "join"),
        ("leave", source(room=GROUP), EVERYBODY, "leave"),
    ],
)
def test_who_comes_and_goes(type_: str, where: dict[str, Any], user: str, change: str) -> None:
    more: dict[str, Any] = {"replyToken": "token"} if change == "join" else {}
    arrival = only(event(type_, where, follow={"isUnblocked": False}, **more))
    assert (arrival.user, arrival.event, arrival.direct) == (user, change, type_.endswith("follow"))
    assert bool(arrival.ref) == (change == "join")


def test_several_members_at_once_are_several_arrivals_with_one_token() -> None:
    members = {"members": [source(ANN), source(BOB), {"type": "user"}]}
    joined = read(event("memberJoined", source(room=GROUP), joined=members, replyToken="token"))
    assert [(one.user, one.event, bool(one.ref)) for one in joined if isinstance(one, Arrival)] == [
        (ANN, "join", True),
        (BOB, "join", False),
    ]
    assert len({one.id for one in joined if isinstance(one, Arrival)}) == 2
    left = read(event("memberLeft", source(room=GROUP), left=members))
    assert [(one.user, one.event) for one in left if isinstance(one, Arrival)] == [(ANN, "leave"), (BOB, "leave")]


@pytest.mark.parametrize(
    "one",
    [
        event("unsend", source(ANN), unsend={"messageId": "1"}),
        event("videoPlayComplete", source(ANN), replyToken="t", videoPlayComplete={"trackingId": "1"}),
        event("beacon", source(ANN), replyToken="t", beacon={"hwid": "1", "type": "enter"}),
        event("accountLink", source(ANN), link={"result": "ok", "nonce": "1"}),
        event("membership", source(ANN), replyToken="t", membership={"type": "joined", "membershipId": 1}),
        event("activated", source(ANN), chatControl={"expireAt": 1}),
        event("delivery", source(), delivery={"data": "x"}),
        event("something new", {"type": "something new"}, more=[{}]),
        sends(ANN, "something new", payload={"x": 1}),
        says("", "from a device that does not tell who it is", GROUP),
        says(ANN, ""),
        {**says(ANN, "another module has the channel"), "mode": "standby"},
        {key: value for key, value in event("botSuspended", {}).items() if key != "source"},
    ],
    ids=lambda one: str(one["type"]),
)
def test_what_is_nothing_to_a_bot(one: dict[str, Any]) -> None:
    assert read(one) == []


def test_new_fields_and_missing_ones_are_no_trouble() -> None:
    said = {**says(ANN, "hi"), "newField": {"x": [1]}, "timestamp": None, "deliveryContext": None}
    del said["webhookEventId"], said["replyToken"]
    arrival = only(said)
    assert (arrival.text, arrival.id, arrival.ref) == ("hi", "", "")


def test_a_redelivered_token_is_as_old_as_its_event() -> None:
    early = {**redelivered(says(ANN, "hi")), "timestamp": NOW - 30_000}
    assert token_of(only(early).ref)[1] == NOW - 30_000 + FRESH
    ahead = {**redelivered(says(ANN, "hi")), "timestamp": NOW + 30_000}
    assert token_of(only(ahead).ref)[1] == NOW + FRESH, "no clock that goes ahead makes it younger"


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[]", b"null", b'{"events": 7}', b"[" * 100_000])
def test_a_body_that_is_none_is_malformed(data: bytes) -> None:
    (found,) = Reader(ACCOUNT).read(data, NOW)
    assert isinstance(found, Malformed)
    assert found.reason


def test_an_event_that_cannot_be_read_costs_its_neighbours_nothing() -> None:
    half = says(ANN, "half \ud83d")
    found = read(says(ANN, "one"), {"type": 7}, 7, {**says(ANN, "x"), "message": {"type": "text"}}, half)
    assert [one.text if isinstance(one, Arrival) else "-" for one in found] == ["one", "-", "-", "-", "half ?"]


def test_verification_brings_nothing() -> None:
    assert read() == []
    assert Reader(ACCOUNT).read(b'{"events": []}', NOW) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=20,
)
NAMES = ["type", "source", "message", "postback", "joined", "left", "timestamp", "replyToken", "mode", "webhookEventId"]


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_comes_is_read(data: bytes) -> None:
    for found in Reader(ACCOUNT).read(data, NOW):
        assert isinstance(found, Arrival | Malformed)


@given(st.dictionaries(st.sampled_from(NAMES), JSON), st.sampled_from(["message", "postback", "memberJoined", "join"]))
def test_whatever_an_event_has_is_read(fields: dict[str, Any], type_: str) -> None:
    found = read({**says(ANN, "x", GROUP), **fields, "type": type_}, says(ANN, "behind it"))
    last = found[-1]
    assert isinstance(last, Arrival)
    assert last.text == "behind it"
    assert all(one.room and one.user for one in found if isinstance(one, Arrival))


def test_ids_are_never_the_same() -> None:
    assert ulid() != ulid()


@pytest.mark.parametrize("ref", ["", "x", "token", ":", "zz:token"])
def test_what_is_no_reference_has_no_token(ref: str) -> None:
    assert token_of(ref) == ("", 0)
