"""What X sends, as values: mentions, direct messages, answers, headers; messages as calls; and what a month has."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag.core.errors import UsageError
from chinwag.core.splitting import weigh
from chinwag.core.values import Attachment, Outgoing, Span
from chinwag.networks.x import outgoing, schema, wire
from chinwag.networks.x.counting import LONGEST, normal, units
from chinwag.networks.x.outgoing import Call
from chinwag.networks.x.spending import POSTS, READS, Spending
from chinwag.transport.allowance import Allowance
from chinwag.transport.keys import read_key, write_key

READER = wire.Reader("x:blake", schema.User("1", "Blake", "William"))
USERS = [{"id": "42", "username": "Ann", "name": "Ann A."}]


def page(*data: Any, following: str = "", **includes: Any) -> bytes:
    meta = {"result_count": len(data), **({"next_token": following} if following else {})}
    return json.dumps({"data": data, "includes": {"users": USERS, **includes}, "meta": meta}).encode()


def test_a_mention_is_talk_in_public_by_the_writers_id() -> None:
    found = READER.mentions(page({"id": "109", "text": "@blake next", "author_id": "42"}, following="t"))
    assert found is not None
    assert (found.ids, found.next) == (["109"], "t")
    arrival = found.arrivals["109"]
    assert (arrival.room, arrival.user, arrival.text, arrival.id) == ("@42", "42", "next", "p:109")
    assert (arrival.name, arrival.direct, arrival.ref) == ("Ann", False, "109")


def test_a_long_post_is_read_in_full_and_files_with_an_address_are_attachments() -> None:
    media = [
        {"media_key": "3_1", "type": "photo", "url": "https://pbs.example/a.jpg", "alt_text": "a cat"},
        {"media_key": "7_1", "type": "video"},
    ]
    post = {"id": "109", "text": "@blake short…", "author_id": "9", "attachments": {"media_keys": ["3_1", "7_1", "x"]}}
    found = READER.mentions(page({**post, "note_tweet": {"text": "@blake all of it"}}, media=media))
    assert found is not None
    assert found.arrivals["109"].text == "all of it"
    assert found.arrivals["109"].attachments == (
        Attachment("image", link="https://pbs.example/a.jpg", description="a cat"),
    )


def test_only_what_one_other_wrote_to_us_alone_is_a_direct_message() -> None:
    one = {"id": "7", "event_type": "MessageCreate", "text": "psst", "sender_id": "42", "dm_conversation_id": "1-42"}
    others = [
        {**one, "id": "8", "sender_id": "1"},
        {**one, "id": "9", "dm_conversation_id": "999"},
        {**one, "id": "10", "event_type": "ParticipantsJoin"},
        {**one, "id": "11", "dm_conversation_id": "42-77"},
    ]
    found = READER.directs(page(*others, one))
    assert found is not None
    assert found.ids == ["8", "9", "10", "11", "7"]
    assert list(found.arrivals) == ["7"]
    assert (found.arrivals["7"].room, found.arrivals["7"].direct) == ("42", True)


@pytest.mark.parametrize("data", [b"", b"[]", b'{"data": 1}', b'{"data": [{"id": 5}]}', b"[" * 100_000])
def test_what_cannot_be_read_is_none(data: bytes) -> None:
    assert READER.mentions(data) is None
    assert READER.directs(data) is None
    assert wire.made(data) is None
    assert wire.me(data) is None


def test_an_empty_page_and_answers() -> None:
    assert READER.mentions(b'{"meta": {"result_count": 0}}') == wire.Page([], {}, "")
    assert wire.made(b'{"data": {"id": "5", "text": "a"}}') == "5"
    assert wire.made(b'{"data": {"dm_conversation_id": "1-2", "dm_event_id": "6"}}') == "6"
    assert wire.me(b'{"data": {"id": "1", "username": "a"}}') == schema.User("1", "a")
    assert wire.words(b'{"title": "Forbidden", "detail": "no"}') == "no"
    assert wire.words(b'{"errors": [{"message": "odd"}]}') == "odd"
    assert wire.words(b'{"title": "Forbidden"}') == "Forbidden"
    assert wire.words(b"{}") == wire.words(b"<html>") == ""


def test_the_tightest_limit_counts() -> None:
    headers = {
        "x-rate-limit-limit": "100",
        "x-rate-limit-remaining": "99",
        "x-rate-limit-reset": "1060",
        "x-user-limit-24hour-limit": "17",
        "x-user-limit-24hour-remaining": "0",
        "x-user-limit-24hour-reset": "9000",
    }
    assert wire.allowance(headers) == Allowance(0, 17, 9000.0)
    assert wire.wait(headers, 1000.0) == 8000.0
    assert wire.wait({**headers, "retry-after": "5"}, 1000.0) == 5.0
    assert wire.wait({}, 1000.0) == 1.0
    assert wire.allowance({"x-rate-limit-limit": "100", "x-rate-limit-remaining": "?"}) is None


# -- out ---------------------------------------------------------------------------------------------------------------


def said(text: str = "", room: str = "-", username: str = "", **more: Any) -> list[Call]:
    return outgoing.calls(Outgoing(1, "x:blake", room, room.removeprefix("@"), text=text, **more), username)


@pytest.mark.parametrize(
    "text", ["a" + "\u0301" * 300, "see https://example.travel/" + "way/" * 100, "e.example.cloud" + "/x" * 300]
)
@pytest.mark.parametrize("username", ["", "ann"])
def test_what_is_never_cut_is_cut_where_no_post_could_hold_it(text: str, username: str) -> None:
    parts = [call.text for call in said(text, username=username, reply="109")]
    assert len(parts) > 1
    assert all(weigh(units(part)) <= LONGEST for part in parts)
    assert "".join(parts).replace(" ", "").removeprefix(f"@{username}") == normal(text).replace(" ", "")


def test_messages_become_calls() -> None:
    assert said("hello") == [Call("hello")]
    assert said("e\u0301") == [Call("é")]
    assert said("yes", "@42", reply="109") == [Call("yes", reply="109")]
    assert said("yes", "@42", "Ann") == [Call("@Ann yes")]
    assert said("yes, @ann", "@42", "Ann") == [Call("yes, @ann")]
    assert said("psst", "42") == [Call("psst", "42")]
    assert len(said("x" * 10_001, "42")) == 2
    assert said("Which?", choices=("tea", "rum"), question=True)[0].text == "Which?\n0) tea\n1) rum\nEnter index:"
    assert said("here", spans=(Span(0, 4, "link", "https://a.example"),))[0].text == "here (https://a.example)"
    file = Attachment("image", b"png")
    assert [call.file for call in said("x" * 300, attachments=(file,))] == [file, None]
    assert said(attachments=(file,)) == [Call("", file=file)]
    assert said("see", attachments=(Attachment("image", link="https://a.example/b"),)) == [
        Call("see\nhttps://a.example/b")
    ]


@given(st.text(alphabet="ab c日\n", max_size=900))
def test_no_word_is_lost_and_no_post_is_too_heavy(text: str) -> None:
    found = said(text, "@42", "Ann")
    assert all(weigh(units(call.text)) <= 280 for call in found)
    assert "".join("".join(call.text.split()) for call in found) == "@Ann" + "".join(text.split())


def test_the_fields_of_a_call() -> None:
    assert Call("a", reply="109").fields(["7"]) == {
        "text": "a",
        "reply": {"in_reply_to_tweet_id": "109"},
        "media": {"media_ids": ["7"]},
    }
    assert Call("", "42").fields(["7"]) == {"attachments": [{"media_id": "7"}]}
    assert Call("a").fields([]) == {"text": "a"}
    assert outgoing.reference(["p109", "p", "d7"]) == "p109,d7"
    assert outgoing.references("p109,x7,d,p../..,d7") == [("p", "109"), ("d", "7")]


# -- what a month has --------------------------------------------------------------------------------------------------


def at(*date: int) -> float:
    return datetime(*date, tzinfo=UTC).timestamp()  # type: ignore[misc,arg-type]


def test_a_month_begins_on_the_day_that_is_billed_from() -> None:
    spending = Spending(1, 0, begins=15)
    assert spending.take(POSTS, 1, at(2026, 12, 14, 23, 59))
    assert not spending.take(POSTS, 1, at(2026, 12, 14, 23, 59))
    assert spending.resets(at(2026, 12, 14)) == at(2026, 12, 15)
    assert spending.resets(at(2026, 12, 15)) == at(2027, 1, 15)
    assert spending.resets(at(2027, 1, 31)) == at(2027, 2, 15)
    assert spending.take(POSTS, 1, at(2026, 12, 15))
    assert not spending.take(POSTS, 1, at(2026, 12, 14))  # a clock that is set back gives nothing


def test_what_was_kept_is_taken_up_and_nonsense_is_not() -> None:
    spending = Spending(10, 10, 1)
    spending.take(POSTS, 3, at(2026, 12, 2))
    spending.take(READS, 4, at(2026, 12, 2))
    spending.give_back(READS, 1, at(2026, 12, 2))
    again = Spending(10, 10, 1)
    again.restore(json.loads(json.dumps(spending.kept)))
    assert (again.left(POSTS, at(2026, 12, 3)), again.left(READS, at(2026, 12, 3))) == (7, 7)
    others: list[object] = [None, [], {"month": 1}, {"month": "2026-12-01", "posts": "3", "reads": 1}]
    for nonsense in others:
        fresh = Spending(10, 10, 1)
        fresh.restore(nonsense)
        assert fresh.left(POSTS, at(2026, 12, 3)) == 10


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 90)), max_size=30), st.integers(1, 28))
def test_no_month_ever_has_more_than_it_may(takes: list[tuple[int, int]], begins: int) -> None:
    spending, spent = Spending(5, 0, begins), dict[float, int]()
    day = 0
    for count, days in takes:
        day += days % 9
        now = at(2026, 1, 1) + day * 86_400
        if spending.take(POSTS, count, now):
            month = spending.resets(now)
            spent[month] = spent.get(month, 0) + count
    assert all(count <= 5 for count in spent.values())


# -- keys --------------------------------------------------------------------------------------------------------------


def test_a_key_is_written_whole_and_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "keys" / "blake.json"
    write_key(path, {"token": "one"})
    write_key(path, {"token": "two"})
    assert read_key(path) == {"token": "two"}
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    monkeypatch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(UsageError, match="No space left"):
        write_key(path, {"token": "three"})
    assert [one.name for one in path.parent.iterdir()] == ["blake.json"]
    assert read_key(path) == {"token": "two"}


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [
        ('{"token": "s3cret"}', 0o640, "can be read by others (mode 0640): chmod 600"),
        ('{"token": "s3cret"', 0o600, "is no JSON object"),
        ('["s3cret"]', 0o600, "is no JSON object"),
        ("[" * 60_000, 0o600, "is no JSON object"),
        ('{"token": "' + "s3cret" * 20_000 + '"}', 0o600, "and a key has 65,536 at most"),
        ("", 0o000, "is no JSON object"),
    ],
)
def test_a_key_that_cannot_be_used_is_named_in_a_sentence(tmp_path: Path, content: str, mode: int, words: str) -> None:
    path = tmp_path / "blake.json"
    path.write_text(content)
    path.chmod(mode)
    with pytest.raises(UsageError) as refused:
        read_key(path)
    assert str(path) in str(refused.value)
    assert "s3cret" not in str(refused.value)
    assert words in str(refused.value) or mode == 0  # the owner who is root reads everything


def test_a_key_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.json cannot be read \(No such file"):
        read_key(tmp_path / "none.json")
