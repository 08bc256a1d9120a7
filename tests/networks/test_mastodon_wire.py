"""What Mastodon sends, as values: mentions, direct messages, follows, answers, headers, streams."""

import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag.core.names import spoken
from chinwag.core.values import Arrival, Attachment
from chinwag.networks.mastodon import schema, wire
from chinwag.networks.mastodon.plain import plain
from chinwag.networks.mastodon.wire import LARGEST_EVENT, Events, Notice, Reader
from chinwag.transport.allowance import Allowance

ME = schema.Account("1", "blake", "blake", "William", "https://home.example/@blake")
READER = Reader("mastodon:blake", ME, "Home.example")
ANN = {"id": "2", "acct": "Ann@Away.example", "username": "Ann", "display_name": "Ann A."}


def mention(content: str = "<p>@blake next</p>", **status: Any) -> dict[str, Any]:
    made = {"id": "109", "account": ANN, "content": content, "visibility": "public", **status}
    return {"id": "7", "type": "mention", "account": ANN, "status": made}


def read(notification: Any) -> Notice | None:
    return READER.notice(json.dumps(notification).encode())


def test_a_mention_is_talk_in_public_with_who_wrote_it() -> None:
    who = "ann@away.example"
    expected = Arrival("mastodon:blake", f"@{who}", who, "next", "s:109", "Ann A.", direct=False, ref="109:public")
    assert read(mention()) == Notice("7", expected)


def test_a_direct_message_is_a_chat_and_a_follow_joins_it() -> None:
    who = "ann@away.example"
    direct = Arrival("mastodon:blake", who, who, "next", "s:109", "Ann A.", ref="109:direct")
    assert read(mention(visibility="direct")) == Notice("7", direct)
    follow = {"id": "8", "type": "follow", "account": {"id": "3", "acct": "bob", "username": "bob"}}
    bob = "bob@home.example"
    assert read(follow) == Notice("8", Arrival("mastodon:blake", bob, bob, "", "f:8", "bob", event="join"))


@pytest.mark.parametrize(
    "notification",
    [
        {"id": "7", "type": "reblog", "account": ANN, "status": mention()["status"]},
        {"id": "7", "type": "mention", "account": ANN, "status": None},
        {"id": "7", "type": "follow"},
        {"id": "7", "type": "something.new", "account": {"id": None}} | {"account": {"id": "5"}},
        mention(account={"id": "1", "acct": "blake"}),  # our own
        mention(account={}),
    ],
)
def test_what_says_nothing_to_a_bot_is_skipped(notification: Any) -> None:
    assert read(notification) == Notice("7", None)


@pytest.mark.parametrize("data", [b"", b"[]", b'"7"', b'{"id": 7, "type": "mention"}', b"[" * 100_000, b'{"type":"x"}'])
def test_what_cannot_be_read_is_none(data: bytes) -> None:
    assert READER.notice(data) is None


def test_one_that_cannot_be_read_is_no_reason_to_lose_its_neighbours() -> None:
    found = READER.page(json.dumps([mention(), {"id": 1}, {**mention(), "id": "6"}]).encode())
    assert found is not None
    assert [notice.id for notice in found] == ["7", "6"]
    assert READER.page(b"{}") is None


def test_files_of_the_instances_own_are_attachments() -> None:
    files = [
        {"id": "1", "type": "image", "url": "https://home.example/a.png", "description": "a cat"},
        {"id": "2", "type": "audio", "url": "https://home.example/b.mp3", "description": None},
        {"id": "3", "type": "gifv", "url": "https://home.example/c.mp4"},
        {"id": "4", "type": "image", "url": None, "remote_url": "http://169.254.169.254/"},
    ]
    notice = read(mention(media_attachments=files))
    assert notice is not None
    assert notice.arrival is not None
    assert notice.arrival.attachments == (
        Attachment("image", link="https://home.example/a.png", description="a cat"),
        Attachment("audio", link="https://home.example/b.mp3"),
        Attachment("file", link="https://home.example/c.mp4"),
    )


# -- words -------------------------------------------------------------------------------------------------------------

CARD = '<span class="h-card"><a href="https://home.example/@blake" class="u-url mention">@<span>blake</span></a></span>'
LONG = (
    '<a href="https://a.example/long/way" rel="nofollow"><span class="invisible">https://</span>'
    '<span class="ellipsis">a.example/long</span><span class="invisible">/way</span></a>'
)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", ""),
        ("just words", "just words"),
        ("<p>one</p><p>two<br>three</p>", "one\n\ntwo\nthree"),
        ("<p>a &lt;b&gt; &amp; c&nbsp;&#39;</p>", "a <b> & c\xa0'"),
        (f"<p>{CARD} next</p>", "@blake next"),
        (f"<p>see {LONG}</p>", "see https://a.example/long/way"),
        ('<p><a href="https://a.example">here</a></p>', "here (https://a.example)"),
        ('<p><a href="javascript:alert(1)">here</a></p>', "here"),
        ('<a href="https://a.example/tags/cats" class="mention hashtag">#<span>cats</span></a>', "#cats"),
        ("<script>alert(1)</script>a<style>b{}</style>c", "ac"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("a <unclosed", "a <unclosed"),
        ("<p>a</b></p></p><a>", "a"),
    ],
)
def test_markup_becomes_words(content: str, words: str) -> None:
    assert plain(content) == words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("@blake next", "next"),
        ("@Blake@Home.example: next", "next"),
        ("@blake @blake next @blake", "next"),
        ("@ann @blake next", "@ann @blake next"),
        ("tell @blake so", "tell @blake so"),
        ("next, @blake!", "next,"),
        ("@blakes next", "@blakes next"),
        ("@blake", ""),
        ("@blake\n\na  b", "a  b"),
        ("", ""),
    ],
)
def test_our_own_name_at_either_end_is_no_word(text: str, words: str) -> None:
    assert spoken(text, {"blake", "blake@home.example"}) == words


@given(st.text(max_size=200))
def test_any_content_becomes_words(content: str) -> None:
    spoken(plain(content), {"blake"})


# -- answers and headers -----------------------------------------------------------------------------------------------


def test_answers_are_read_or_are_none() -> None:
    assert wire.status(b'{"id": "5", "new": 1}') == schema.Status("5")
    assert wire.status(b'{"error": "truncated') is None
    assert wire.status(b"{}") is None
    assert wire.account(b'{"id": "1", "acct": "a"}') == schema.Account("1", "a")
    assert wire.account(b"{}") is None
    assert wire.media(b'{"id": "1"}') == schema.Media("1")
    assert wire.media(b"{}") is None
    assert wire.words(b'{"error": "a", "error_description": "b"}') == "b"
    assert wire.words(b"<html>") == ""
    limits = b'{"configuration": {"statuses": {"max_characters": 5000, "characters_reserved_per_url": 20}}}'
    found = wire.instance(limits)
    assert found is not None
    assert found.configuration.statuses == schema.Statuses(5000, 4, 20)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "20"}, 20.0),
        ({"retry-after": "0"}, 1.0),
        ({"retry-after": "99999999999999999999"}, wire.LONGEST_WAIT),
        ({"retry-after": "soon", "x-ratelimit-reset": "1970-01-01T00:02:30.123Z"}, 50.123),
        ({"x-ratelimit-reset": "150"}, 50.0),
        ({"x-ratelimit-reset": "1970-01-01T00:02:30"}, 50.0),
        ({"x-ratelimit-reset": "nonsense"}, 1.0),
        ({"x-ratelimit-reset": "1"}, 1.0),
        ({}, 1.0),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], seconds: float) -> None:
    assert wire.wait(headers, now=100.0) == pytest.approx(seconds)


def test_how_much_is_left() -> None:
    headers = {"x-ratelimit-limit": "300", "x-ratelimit-remaining": "299", "x-ratelimit-reset": "1970-01-01T00:02:30Z"}
    assert wire.allowance(headers) == Allowance(299, 300, 150.0)
    assert wire.allowance({**headers, "x-ratelimit-remaining": "-1"}) is None
    assert wire.allowance({**headers, "x-ratelimit-reset": "?"}) is None
    assert wire.allowance({}) is None


# -- the stream --------------------------------------------------------------------------------------------------------

STREAM = (
    b":)\n\nevent: update\ndata: {}\n\n:thump\nevent:notification\r\ndata: a\r\ndata: b\r\n\r\nevent: x\n\ndata: c\n\n"
)


@given(st.lists(st.integers(0, len(STREAM)), max_size=6))
def test_events_come_whole_however_the_stream_is_cut(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(STREAM)]
    events = Events()
    found = [event for a, b in pairwise(places) for event in events.feed(STREAM[a:b])]
    assert found == [("update", b"{}"), ("notification", b"a\nb"), ("", b"c")]


def test_an_event_that_is_too_large_is_left_out_and_fills_no_memory() -> None:
    events = Events()
    for _ in range(5):
        assert not list(events.feed(b"data: " + b"x" * LARGEST_EVENT))
    assert len(events._line) <= LARGEST_EVENT
    assert list(events.feed(b"\n\ndata: a\n\n")) == [("", b"a")]


def test_signs_of_life_are_no_event_that_grows() -> None:
    events = Events()
    for _ in range(3):
        assert not list(events.feed(b":thump\n" * (LARGEST_EVENT // 7)))
    assert list(events.feed(b"data: a\n\n")) == [("", b"a")]
