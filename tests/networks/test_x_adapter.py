"""The adapter against an emulator of X: what it posts, what it hears, what it spends, and what becomes of trouble."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.networks.mastodon_stage import Notes, Post
from tests.networks.x_stage import KEYS as ALL_KEYS
from tests.networks.x_stage import SECRETS, Emulator

from chinwag.core.errors import Ambiguous, FetchError, RateLimited, Refused, Unreachable, UsageError
from chinwag.core.values import Attachment, Outgoing
from chinwag.networks.x.adapter import X
from chinwag.networks.x.settings import Settings
from chinwag.transport.keys import read_key, write_key

KEYS: dict[str, Any] = {**ALL_KEYS}
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(64)
NOON = 1_796_040_000.0
"""The 30th of November 2026, 12:00 UTC."""


@pytest.fixture
async def x() -> AsyncIterator[Emulator]:
    async with Emulator() as emulator:
        yield emulator
        assert not emulator.refused


class Now:
    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> float:
        return self.time


@asynccontextmanager
async def online(
    x: Emulator, *, hears: bool = False, notes: Notes | None = None, now: Now | None = None, **settings: Any
) -> AsyncIterator[tuple[X, Post]]:
    keys: dict[str, Any] = {} if "key_file" in settings else KEYS
    made = Settings(**keys, server=x.url, allow_http=True, **settings)
    network, inbox = X("x:blake", made, hears=hears, now=now or Now()), Post()
    if notes is not None:
        network.remember_in(notes)
    await network.start(inbox)
    try:
        yield network, inbox
    finally:
        await network.stop()


def say(text: str, room: str = "-", number: int = 1, **more: Any) -> Outgoing:
    return Outgoing(number, "x:blake", room, room.removeprefix("@"), text=text, **more)


def key_of(tmp_path: Path, **more: Any) -> str:
    path = tmp_path / "blake.json"
    keys = {"client_id": "app", "access_token": "access-0", "refresh_token": "refresh-0", "poem": "tyger.txt"}
    write_key(path, {**keys, **more})
    return str(path)


# -- out ---------------------------------------------------------------------------------------------------------------


async def test_what_is_said_on_the_timeline_is_a_post_signed_for_one_time(x: Emulator) -> None:
    async with online(x) as (network, _):
        receipt = await network.send(say("Tyger Tyger, burning bright & fair + 100% ~"))
        await network.send(say("In the forests of the night", number=2))
    (first, text, reply), _ = x.posts
    assert (receipt.ref, text, reply) == (f"p{first}", "Tyger Tyger, burning bright & fair + 100% ~", "")
    assert len(x._validator.seen) == 2


async def test_a_wrong_signature_is_the_accounts_failure_and_loses_nothing(x: Emulator) -> None:
    async with online(x) as (network, _):
        network._client._keys._settings = Settings(**{**KEYS, "token_secret": "wrong"})
        with pytest.raises(Unreachable, match="does not let this account in"):
            await network.send(say("a"))
        assert network.closed.is_set()
        with pytest.raises(Unreachable):
            await network.send(say("a"))
    assert not x.posts


async def test_a_long_text_is_a_thread_that_goes_on_where_it_failed(x: Emulator) -> None:
    async with online(x) as (network, _):
        text = "x" * 250 + " " + "y" * 250 + " " + "日" * 130
        x.fault("POST /2/tweets", 503)
        with pytest.raises(Unreachable):
            await network.send(say(text))
        await network.send(say("first", number=9))
        receipt = await network.send(say(text))
    assert x.texts == ["first", "x" * 250, "y" * 250, "日" * 130]
    ids = [id_ for id_, _, _ in x.posts[1:]]
    assert [reply for _, _, reply in x.posts[1:]] == ["", *ids[:-1]]
    assert receipt.ref == ",".join(f"p{id_}" for id_ in ids)


async def test_a_text_that_is_there_already_is_skipped_with_a_note(x: Emulator) -> None:
    async with online(x) as (network, _):
        await network.send(say("again"))
        receipt = await network.send(say("again", number=2))
    assert (receipt.ref, receipt.note) == ("", "skipped: the network has this text already")
    assert x.texts == ["again"]


async def test_after_an_attempt_that_nobody_answered_a_double_means_sent(x: Emulator) -> None:
    async with online(x) as (network, _):
        x.lose = 1
        with pytest.raises(Ambiguous):
            await network.send(say("once " * 70))
        receipt = await network.send(say("once " * 70))
    assert receipt.note == ""
    assert len(x.posts) == 2
    assert receipt.ref == f"p{x.posts[1][0]}"


async def test_what_cannot_be_read_proves_nothing_and_other_trouble_is_sorted(x: Emulator) -> None:
    async with online(x) as (network, _):
        kinds: list[tuple[int, Any, type[Exception]]] = [
            (201, {"data": {}}, Ambiguous),
            (500, None, Ambiguous),
            (503, None, Unreachable),
            (400, {"errors": [{"message": "your text is odd"}], "title": ""}, Refused),
            (403, {"detail": "You are not permitted to perform this action."}, Refused),
        ]
        for status, body, kind in kinds:
            x.fault("POST /2/tweets", status, body)
            with pytest.raises(kind):
                await network.send(say("a"))
        x.fault("POST /2/tweets", 429, {"title": "Too Many Requests"}, x_rate_limit_reset=str(int(NOON) + 90))
        with pytest.raises(RateLimited) as limited:
            await network.send(say("a"))
        assert limited.value.retry_after == 1  # the other two headers are missing, so the reset says nothing
        x.fault(
            "POST /2/tweets",
            429,
            None,
            x_rate_limit_reset=str(int(NOON) + 90),
            x_rate_limit_limit="10",
            x_rate_limit_remaining="0",
        )
        with pytest.raises(RateLimited) as limited:
            await network.send(say("a"))
        assert limited.value.retry_after == 90
        with pytest.raises(RateLimited):  # and nothing is asked until then
            await network.send(say("a"))
        assert len(x.asked) == len(kinds) + 2
        assert network.failure is None
    assert x.texts == []


@pytest.mark.parametrize(
    ("status", "body"),
    [(402, {"detail": "credits depleted"}), (403, {"detail": "Your account is suspended"}), (302, None)],
)
async def test_what_is_about_the_account_ends_it_in_words(x: Emulator, status: int, body: Any) -> None:
    async with online(x) as (network, _):
        x.fault("POST /2/tweets", status, body)
        with pytest.raises(Unreachable):
            await network.send(say("a"))
        assert network.closed.is_set()
        assert not any(secret in str(network.failure) for secret in SECRETS)


async def test_direct_messages_and_posts_that_name_somebody(x: Emulator) -> None:
    async with online(x) as (network, _):
        direct = await network.send(say("psst", "42"))
        await network.send(say("hello", "@42", 2))
        await network.send(say("yes", "@42", 3, reply="109"))
        await network.send(say("", "42", act="delete", ref=direct.ref, number=4))
        with pytest.raises(Refused, match="does not let a post be changed"):
            await network.send(say("x", act="edit", ref=direct.ref))
        with pytest.raises(Refused, match="never sent"):
            await network.send(say("x", act="delete", ref="nonsense"))
    assert x.directs == [("42", "psst")]
    assert [(text, reply) for _, text, reply in x.posts] == [("@Ann hello", ""), ("yes", "109")]
    assert x.deleted == [direct.ref[1:]]


async def test_a_picture_comes_along_with_its_description(x: Emulator, tmp_path: Path) -> None:
    path = tmp_path / "tyger.png"
    path.write_bytes(PICTURE)
    async with online(x) as (network, _):
        x.fault("POST /2/tweets", 503)
        message = say("look", attachments=(Attachment("image", link=str(path), description="a tiger"),))
        with pytest.raises(Unreachable):
            await network.send(message)
        await network.send(message)
        await network.send(say("psst", "42", 2, attachments=(Attachment("image", PICTURE),)))
        with pytest.raises(Refused, match="pictures alone"):
            await network.send(say("listen", number=3, attachments=(Attachment("audio", b"RIFF"),)))
        with pytest.raises(Refused, match="cannot be read"):
            await network.send(say("look", number=4, attachments=(Attachment("image", link="none.png"),)))
    first, second = x.media.values()
    assert (first["media_category"], first["media_type"], first["alt"]) == ("tweet_image", "image/png", "a tiger")
    assert second["media_category"] == "dm_image"


# -- what it spends ----------------------------------------------------------------------------------------------------


async def test_a_month_has_so_many_posts_and_a_restart_gives_no_more(x: Emulator) -> None:
    notes, now = Notes(), Now()
    async with online(x, notes=notes, now=now, posts_per_month=2) as (network, _):
        await network.send(say("one"))
        assert network.budget is not None
        assert (network.budget.left, network.budget.of) == (1, 2)
        assert network.budget.resets == (1_796_083_200) * 1_000_000  # the 1st of December
    async with online(x, notes=notes, now=now, posts_per_month=2) as (network, _):
        await network.send(say("two", number=2))
        with pytest.raises(RateLimited):
            await network.send(say("three", number=3))
        with pytest.raises(RateLimited, match="posts of this month are used up") as limited:
            await network.send(say("three", number=3))
        assert limited.value.retry_after == 12 * 3600
        now.time += 12 * 3600
        await network.send(say("three", number=3))
        assert network.failure is None
    assert x.texts == ["one", "two", "three"]
    assert notes.kept["spent"] == {"month": "2026-12-01", "posts": 1, "reads": 0}


async def test_a_post_is_counted_before_it_is_made_and_given_back_if_it_was_not(x: Emulator) -> None:
    class Watching(Notes):
        async def keep(self, key: str, value: Any) -> None:
            seen.append((value["posts"], len(x.posts)))
            await super().keep(key, value)

    seen: list[tuple[int, int]] = []
    async with online(x, notes=Watching(), posts_per_month=3) as (network, _):
        await network.send(say("one"))
        x.fault("POST /2/tweets", 400)
        with pytest.raises(Refused):
            await network.send(say("two", number=2))
        await network.send(say("one", number=3))
        x.lose = 1
        with pytest.raises(Ambiguous):
            await network.send(say("four", number=4))
        await network.send(say("five", number=5))
        with pytest.raises(RateLimited):
            await network.send(say("six", number=6))
    assert seen == [(1, 0), (2, 1), (2, 1), (2, 1), (3, 2)]
    assert x.texts == ["one", "four", "five"]


async def test_reads_are_bought_before_they_are_made_and_end_with_the_budget(
    x: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    notes = Notes()
    async with online(x, hears=True, notes=notes, reads_per_month=12) as (network, inbox):
        hearing = await listening(network, notes)
        for number in range(12):
            x.mention(f"@blake {number}")
        await hearing._look("mentions")
        assert [one.text for one in await inbox.wait(10)] == [str(number) for number in range(2, 12)]
        asked = len(x.asked)
        await hearing._look("mentions")
        await hearing._look("mentions")
        assert len(x.asked) == asked
        assert notes.kept["spent"]["reads"] == 10
    assert [one.getMessage() for one in caplog.records] == [
        "x:blake: the reads of this month are used up; nothing is read until the next one begins.",
        "x:blake: more has come than may be read; the oldest of it is left out.",
    ]


async def listening(network: X, notes: Notes) -> Any:
    """The hearing of an account that has begun to look; from now on it looks when it is told to."""
    async with asyncio.timeout(20):
        while "places" not in notes.kept:
            notes.changed.clear()
            await notes.changed.wait()
    assert network._life is not None
    network._life.cancel()
    await asyncio.gather(network._life, return_exceptions=True)
    return network._hearing


# -- in ----------------------------------------------------------------------------------------------------------------


async def test_mentions_and_direct_messages_arrive_once_and_in_order(x: Emulator) -> None:
    x.clock = -1000
    x.mention("@blake long ago")
    x.message("long ago")
    x.clock = 1
    notes = Notes()
    async with online(x, hears=True, notes=notes, direct=True, reads_per_month=1000) as (network, inbox):
        hearing = await listening(network, notes)
        first = x.mention(
            "@blake @bob next https://t.co/1 &amp; &lt;b&gt; https://t.co/2",
            entities={
                "urls": [
                    {"url": "https://t.co/1", "expanded_url": "https://a.example/b"},
                    {"url": "https://t.co/2", "media_key": "3_1"},
                ]
            },
        )
        x.mention("@blake myself", author="1")
        x.message("one")
        x.message("ours", sender="1")
        x.message("in a group", conversation="99")
        x.message("two")
        await hearing._look("mentions")
        await hearing._look("directs")
        mention, one, two = await inbox.wait(3)
        await network.send(say("a line", mention.room, reply=mention.ref))
        await network.send(say("a secret", one.room, 2))
        x.message("three")
    assert (mention.room, mention.user, mention.name, mention.direct) == ("@42", "42", "Ann", False)
    assert (mention.text, mention.id, mention.ref) == ("@bob next https://a.example/b & <b>", f"p:{first}", first)
    assert [(one.room, one.user, one.direct, one.text) for one in (one, two)] == [
        ("42", "42", True, "one"),
        ("42", "42", True, "two"),
    ]
    assert x.posts[0][2] == first
    assert x.directs == [("42", "a secret")]
    asked = [call for call in x.asked if "users/me" in call]
    async with online(x, hears=True, notes=notes, direct=True, reads_per_month=1000) as (network, inbox):
        assert [one.text for one in await inbox.wait(1)] == ["three"]
    assert [call for call in x.asked if "users/me" in call] == asked  # who we are is remembered


async def test_what_is_not_durable_comes_again(x: Emulator) -> None:
    notes = Notes()
    async with online(x, hears=True, notes=notes, reads_per_month=1000) as (network, inbox):
        hearing = await listening(network, notes)
        inbox.durable = False
        x.mention("@blake one")
        x.mention("@blake two")
        await hearing._look("mentions")
        await inbox.wait(2)
        inbox.open[1]()
    async with online(x, hears=True, notes=notes, reads_per_month=1000) as (network, inbox):
        assert [one.text for one in await inbox.wait(2)] == ["one", "two"]


async def test_a_file_is_fetched_without_a_key(x: Emulator) -> None:
    async with online(x) as (network, _):
        with pytest.raises(FetchError, match="HTTP 401"):
            await network.fetch(Attachment("image", link=f"{x.url}/a.png"))
        with pytest.raises(FetchError, match="nothing to fetch"):
            await network.fetch(Attachment("image", link="file:///etc/passwd"))
    async with online(x) as (network, _):
        pass
    with pytest.raises(FetchError, match="does not answer"):
        await network.fetch(Attachment("image", link=f"{x.url}/a.png"))


# -- OAuth 2 -----------------------------------------------------------------------------------------------------------


async def test_a_token_near_its_end_is_renewed_and_on_the_disk_before_it_is_used(x: Emulator, tmp_path: Path) -> None:
    path = key_of(tmp_path, expires_at=NOON + 60)
    kept: list[tuple[str, str]] = []
    x.before_use = lambda token: kept.append((token, read_key(Path(path))["refresh_token"]))
    async with online(x, key_file=path) as (network, _):
        await asyncio.gather(*(network.send(say(f"line {number}", number=number)) for number in range(5)))
    assert sorted(x.texts) == [f"line {number}" for number in range(5)]
    assert x.renewals == 1
    assert set(kept) == {("access-1", "refresh-1")}
    key = read_key(Path(path))
    assert (key["access_token"], key["expires_at"], key["poem"]) == ("access-1", NOON + 7200, "tyger.txt")
    assert os.stat(path).st_mode & 0o777 == 0o600  # noqa: PTH116 - nothing else runs here


async def test_a_token_that_is_refused_is_renewed_once(x: Emulator, tmp_path: Path) -> None:
    path = key_of(tmp_path)
    x.access = "another"
    async with online(x, key_file=path) as (network, _):
        await network.send(say("a"))
        x.access, x.refresh = "another", "another"
        with pytest.raises(Unreachable, match="gives no new token"):
            await network.send(say("b", number=2))
        assert network.closed.is_set()
        assert not any(secret in str(network.failure) for secret in SECRETS)
    assert x.texts == ["a"]


async def test_keys_of_every_kind_are_refused_in_words(tmp_path: Path) -> None:
    cases: dict[str, dict[str, Any]] = {
        "X needs keys": {},
        "and token, token_secret is missing": {"consumer_key": "s3cret", "consumer_secret": "s3cret"},
        "good for one time": {"client_id": "a", "access_token": "s3cret", "refresh_token": "s3cret"},
        "numbers from 0": {**KEYS, "posts_per_month": -1},
        "from 1 to 28": {**KEYS, "month_begins": 31},
        "seconds from 5": {**KEYS, "look_every": 1},
        "is no URL": {**KEYS, "server": "x.com"},
        "without encryption": {**KEYS, "server": "http://x.example"},
    }
    for words, settings in cases.items():
        with pytest.raises(UsageError, match=words) as refused:
            Settings(**settings)
        assert "s3cret" not in str(refused.value)
    assert not any(secret in repr(Settings(**KEYS)) for secret in SECRETS)
    for content, words in ((json.dumps({"a": 1}), "has no keys of X"), (json.dumps({"token": 1}), "is no key of X")):
        path = tmp_path / "key.json"
        path.write_text(content)
        path.chmod(0o600)
        with pytest.raises(UsageError, match=words):
            X("x:blake", Settings(key_file=str(path)))
