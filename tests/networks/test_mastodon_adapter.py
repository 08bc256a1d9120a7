"""The adapter against mastodon-mock: what it posts, what it hears, and what becomes of trouble."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from tests.networks.mastodon_stage import Mastodon as Instance
from tests.networks.mastodon_stage import Notes, Person, Post, Relay, text_of
from tests.networks.odd_server import HANG, OddServer, answer

from chinwag.core.errors import Ambiguous, FetchError, RateLimited, Refused, Unreachable, UsageError
from chinwag.core.values import Attachment, Outgoing, Span
from chinwag.networks.mastodon import schema
from chinwag.networks.mastodon.adapter import Mastodon
from chinwag.networks.mastodon.instance import Instances, Known
from chinwag.networks.mastodon.outgoing import Rules
from chinwag.networks.mastodon.settings import Settings
from chinwag.transport.keys import write_key


class Configured(NamedTuple):
    """What an instance may say."""

    longest: int = 500
    per_link: int = 23
    streaming: str = ""
    toot: int = 0


PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(64)


@pytest.fixture(autouse=True)
def _nothing_is_known_of_instances() -> None:
    Instances._known.clear()


@asynccontextmanager
async def online(
    person: Person, *, hears: bool = False, url: str = "", notes: Notes | None = None, **settings: Any
) -> AsyncIterator[tuple[Mastodon, Post]]:
    made = Settings(url or person.mastodon.url, person.token, allow_http=True, **settings)
    network, inbox = Mastodon("mastodon:bot", made, hears=hears), Post()
    if notes is not None:
        network.remember_in(notes)
    await network.start(inbox)
    try:
        yield network, inbox
    finally:
        await network.stop()


def say(text: str, room: str = "-", number: int = 1, **more: Any) -> Outgoing:
    key = more.pop("key", f"{room}-{number}")
    return Outgoing(number, "mastodon:bot", room, room.removeprefix("@"), text=text, key=key, **more)


# -- out ---------------------------------------------------------------------------------------------------------------


async def test_what_is_said_on_the_timeline_is_a_post(mastodon: Instance) -> None:
    bot = mastodon.join()
    async with online(bot, language="en") as (network, _):
        receipt = await network.send(say("Tyger Tyger, burning bright"))
        await network.send(say("*in the forests*", number=2, visibility="unlisted", warning="animals"))
    first, second = bot.posts
    assert (receipt.ref, text_of(first), first["visibility"]) == (first["id"], "Tyger Tyger, burning bright", "public")
    assert first["language"] == "en"
    assert (second["visibility"], second["spoiler_text"], second["sensitive"]) == ("unlisted", "animals", True)


async def test_a_long_text_is_a_thread(mastodon: Instance) -> None:
    bot, text = mastodon.join(), " ".join(f"word{number}" for number in range(150))
    async with online(bot) as (network, _):
        receipt = await network.send(say(text))
    posts = bot.posts
    assert " ".join(bot.lines) == text
    assert receipt.ref == ",".join(post["id"] for post in posts)
    assert [post["in_reply_to_id"] for post in posts] == [None, *(post["id"] for post in posts[:-1])]


async def test_a_thread_goes_on_with_the_part_that_failed(mastodon: Instance) -> None:
    bot, text = mastodon.join(), "x" * 400 + " " + "y" * 400
    async with online(bot) as (network, _):
        mastodon.fault("latency", delay_ms=0)
        mastodon.fault("status", status=503)
        with pytest.raises(Unreachable):
            await network.send(say(text))
        assert bot.lines == ["x" * 400]
        await network.send(say(text))
    assert bot.lines == ["x" * 400, "y" * 400]


async def test_what_may_have_arrived_is_posted_again_under_its_key_and_arrives_once(mastodon: Instance) -> None:
    bot = mastodon.join()
    port = urlsplit(mastodon.url).port
    assert port is not None
    async with Relay(port) as relay, online(bot, url=relay.url) as (network, _):
        await network.send(say("before"))
        relay.lose = 1
        with pytest.raises(Ambiguous):
            await network.send(say("once", number=2))
        assert bot.lines == ["before", "once"]
        receipt = await network.send(say("once", number=2))
    assert bot.lines == ["before", "once"]
    assert receipt.ref == bot.posts[1]["id"]


async def test_an_answer_that_cannot_be_read_proves_nothing(mastodon: Instance) -> None:
    bot = mastodon.join()
    async with online(bot) as (network, _):
        mastodon.fault("malformed")
        with pytest.raises(Ambiguous):
            await network.send(say("once"))
        await network.send(say("once"))
    assert bot.lines == ["once"]


async def test_what_an_instance_cannot_do_now_is_no_failure_of_the_account(mastodon: Instance) -> None:
    bot = mastodon.join()
    async with online(bot) as (network, _):
        mastodon.fault("status", status=503)
        with pytest.raises(Unreachable):
            await network.send(say("a"))
        mastodon.fault("status", status=500)
        with pytest.raises(Ambiguous):
            await network.send(say("a"))
        mastodon.fault("status", status=429, headers={"Retry-After": "20"})
        with pytest.raises(RateLimited) as limited:
            await network.send(say("a"))
        assert limited.value.retry_after == 20
        assert not network.closed.is_set()
        assert network.failure is None
        await network.send(say("a"))
    assert bot.lines == ["a"]


async def test_nothing_is_asked_while_nothing_is_left(mastodon: Instance) -> None:
    bot = mastodon.join()
    async with online(bot) as (network, _):
        mastodon.fault("ratelimit")
        with pytest.raises(RateLimited) as first:
            await network.send(say("a"))
        assert 299 <= first.value.retry_after <= 300
        with pytest.raises(RateLimited) as second:
            await network.send(say("a"))
        assert 290 <= second.value.retry_after <= 300
        assert network.budget is not None
        assert (network.budget.left, network.budget.of) == (0, 300)
    assert bot.lines == []  # the second one was not even asked for, as nothing is wrong with the instance now


async def test_what_the_instance_refuses_is_decided(mastodon: Instance) -> None:
    async with online(mastodon.join()) as (network, _):
        mastodon.fault("status", status=422, body={"error": "Validation failed: Text is rude"})
        with pytest.raises(Refused, match="Text is rude"):
            await network.send(say("a"))
        assert network.failure is None


async def test_a_token_that_is_revoked_is_the_accounts_failure_and_loses_nothing(mastodon: Instance) -> None:
    bot = mastodon.join()
    async with online(bot) as (network, _):
        await network.send(say("a"))
        mastodon.http.post("/oauth/revoke", data={"token": bot.token}).raise_for_status()
        with pytest.raises(Unreachable):
            await network.send(say("b", number=2))
        assert network.closed.is_set()
        assert "does not let this account in" in str(network.failure)
        assert bot.token not in str(network.failure)


async def test_a_picture_comes_along_with_its_description(mastodon: Instance, tmp_path: Path) -> None:
    bot, path = mastodon.join(), tmp_path / "tyger.png"
    path.write_bytes(PICTURE)
    async with online(bot) as (network, _):
        picture = Attachment("image", link=str(path), description="a tiger")
        await network.send(say("look", attachments=(picture,)))
        with pytest.raises(Refused, match=r"nothing\.png cannot be read"):
            await network.send(say("look", number=2, attachments=(Attachment("image", link="nothing.png"),)))
        await network.send(say("", number=3, attachments=(Attachment("image", PICTURE),)))
    first, second = bot.posts
    assert [(one["type"], one["description"]) for one in first["media_attachments"]] == [("image", "a tiger")]
    assert len(second["media_attachments"]) == 1


async def test_a_file_is_not_uploaded_twice_for_a_post_that_is_tried_again(mastodon: Instance) -> None:
    bot = mastodon.join()
    async with online(bot) as (network, _):
        mastodon.fault("status", status=503)
        message = say("look", attachments=(Attachment("image", PICTURE),))
        with pytest.raises(Unreachable):
            await network.send(message)
        mastodon.fault("status", status=500, path="/api/v2/media")
        await network.send(message)
    mastodon.mend()
    assert len(bot.posts[0]["media_attachments"]) == 1


async def test_what_the_instance_does_not_take_is_refused_before_it_is_sent(
    mastodon: Instance,
) -> None:
    async with online(mastodon.join()) as (network, _):
        with pytest.raises(Refused, match=r"takes no audio/x-wav, which baa\.wav is: it takes image/jpeg"):
            await network.send(say("baa", attachments=(Attachment("audio", b"RIFF", name="baa.wav"),)))
        with pytest.raises(Refused, match=r"file\.png has 10,485,761 bytes, and the instance takes 10,485,760 at most"):
            await network.send(say("a", number=2, attachments=(Attachment("image", PICTURE + bytes(10485689)),)))


@pytest.mark.parametrize(
    ("said", "longest", "per_link", "streams"),
    [
        (Configured(), 500, 23, "https://m.example"),
        (Configured(streaming="wss://s.m.example"), 500, 23, "https://s.m.example"),
        (Configured(streaming="ws://s.m.example"), 500, 23, "https://m.example"),
        (Configured(5000, 30), 5000, 30, "https://m.example"),
        (Configured(toot=1024), 1024, 23, "https://m.example"),
    ],
)
def test_what_an_instance_says_of_itself(said: Configured, longest: int, per_link: int, streams: str) -> None:
    statuses = schema.Statuses(said.longest, 4, said.per_link)
    configuration = schema.Configuration(statuses, urls=schema.Urls(said.streaming or None))
    instance = schema.Instance("m.example", configuration, said.toot or None)
    settings = Settings("https://m.example", "t0ken")
    known = Known(schema.Account("1", "me"), instance)
    assert known.rules(settings) == Rules(longest, per_link, "m.example")
    assert known.streams(settings) == streams


async def test_an_older_instance_is_asked_in_the_older_way() -> None:
    older = {"uri": "m.example", "configuration": {"statuses": {"max_characters": 700}}}
    me = {"id": "1", "acct": "me"}
    async with OddServer(answer(200, json.dumps(me)), answer(404, ""), answer(200, json.dumps(older))) as server:
        async with online(Person(Instance(server.url), "bot", "x")) as (network, _):
            await server.until(3)
            assert await network._acquainted() == network._known
        assert [call for call, _ in server.asked] == ["verify_credentials", "instance", "instance"]
        assert network._known is not None
        assert network._known.rules(Settings(server.url, "x", allow_http=True)).longest == 700


async def test_a_post_is_changed_and_taken_back_with_all_its_parts(mastodon: Instance) -> None:
    bot = mastodon.join()
    async with online(bot) as (network, _):
        receipt = await network.send(say("x" * 400 + " " + "y" * 400, attachments=(Attachment("image", PICTURE),)))
        await network.send(say("short", act="edit", ref=receipt.ref))
        assert bot.lines == ["short"]
        await network.send(say("a" * 400 + " " + "b" * 400, act="edit", ref=bot.posts[0]["id"], number=5))
        assert bot.lines == ["a" * 400, "b" * 400]
        assert len(bot.posts[0]["media_attachments"]) == 1
        await network.send(say("", act="delete", ref=",".join(post["id"] for post in bot.posts)))
        await network.send(say("", act="delete", ref=receipt.ref))  # it is gone, which is what was wanted
        assert bot.lines == []
        with pytest.raises(Refused, match="never sent"):
            await network.send(say("", act="delete"))


async def test_choices_and_links_are_words(mastodon: Instance) -> None:
    bot = mastodon.join()
    async with online(bot) as (network, _):
        await network.send(say("Which?", choices=("tea", "rum"), question=True))
        await network.send(say("see here", number=2, spans=(Span(4, 4, "link", "https://a.example/b"),)))
        web = Attachment("image", link="https://a.example/c.png")
        await network.send(say("or", number=3, attachments=(web,)))
    first, second, third = bot.posts
    assert first["content"] == "<p>Which?<br />0) tea<br />1) rum<br />Enter index:</p>"
    assert "see here (<a href=" in second["content"]
    assert "https://a.example/c.png" in third["content"]
    assert not third["media_attachments"]


# -- in ----------------------------------------------------------------------------------------------------------------


async def test_a_mention_and_a_direct_message_arrive_and_are_answered(mastodon: Instance) -> None:
    bot, ann = mastodon.join("bot"), mastodon.join("ann")
    notes = Notes()
    async with online(bot, hears=True, notes=notes) as (network, inbox):
        await notes.until("notifications", "0")
        public = ann.says(f"@{bot.name} next & <b>more</b>", visibility="unlisted")
        ann.says(f"@{bot.name} psst", visibility="direct")
        first, second = await inbox.wait(2)
        await network.send(say("a line", first.room, reply=first.ref))
        await network.send(say("a secret", second.room, 2))
        await network.send(say("one more", second.room, 3))
    who = f"{ann.name}@localhost:{urlsplit(mastodon.url).port}"
    assert (first.room, first.user, first.direct, first.text) == (f"@{who}", who, False, "next & <b>more</b>")
    assert (second.room, second.user, second.direct, second.text) == (who, who, True, "psst")
    line, secret, more = ann.mentions
    assert (line["in_reply_to_id"], line["visibility"]) == (public, "unlisted")
    assert text_of(line) == f"@{ann.name} a line"
    assert (secret["visibility"], more["visibility"]) == ("direct", "direct")
    assert secret["in_reply_to_id"] == second.ref.partition(":")[0]
    assert more["in_reply_to_id"] == secret["id"]


async def test_an_answer_is_seen_by_no_more_people_than_what_it_answers(mastodon: Instance) -> None:
    bot, ann = mastodon.join(), mastodon.join()
    notes = Notes()
    async with online(bot, hears=True, notes=notes, visibility="public") as (network, inbox):
        await notes.until("notifications", "0")
        ann.follows(bot)
        (follow,) = await inbox.wait(1)
        ann.says(f"@{bot.name} hello", visibility="private")
        _, arrival = await inbox.wait(2)
        await network.send(say("hi", arrival.room, reply=arrival.ref))
    assert (follow.event, follow.direct) == ("join", True)
    assert ann.mentions[0]["visibility"] == "private"


async def test_what_was_written_before_the_account_ran_is_not_answered(mastodon: Instance) -> None:
    bot, ann = mastodon.join(), mastodon.join()
    ann.says(f"@{bot.name} long ago")
    notes = Notes()
    async with online(bot, hears=True, notes=notes) as (_, inbox):
        async with asyncio.timeout(20):
            while "notifications" not in notes.kept:
                await notes.changed.wait()
        ann.says(f"@{bot.name} now")
        assert [one.text for one in await inbox.wait(1)] == ["now"]


async def test_what_came_while_nobody_listened_is_caught_up_once_and_in_order(mastodon: Instance) -> None:
    bot, ann = mastodon.join(), mastodon.join()
    notes = Notes()
    async with online(bot, hears=True, notes=notes) as (_, inbox):
        await notes.until("notifications", "0")
        ann.says(f"@{bot.name} one")
        await inbox.wait(1)
        async with asyncio.timeout(20):
            while notes.kept["notifications"] == "0":
                notes.changed.clear()
                await notes.changed.wait()
    for number in range(45):
        ann.says(f"@{bot.name} {number}")
    async with online(bot, hears=True, notes=notes) as (_, inbox):
        await inbox.wait(45)
        ann.says(f"@{bot.name} last")
        found = [one.text for one in await inbox.wait(46)]
    assert found == [*map(str, range(45)), "last"]


async def test_what_is_not_durable_comes_again(mastodon: Instance) -> None:
    bot, ann = mastodon.join(), mastodon.join()
    notes = Notes()
    async with online(bot, hears=True, notes=notes) as (_, inbox):
        await notes.until("notifications", "0")
        inbox.durable = False
        ann.says(f"@{bot.name} one")
        ann.says(f"@{bot.name} two")
        await inbox.wait(2)
        inbox.open[1]()  # the second of them alone
    async with online(bot, hears=True, notes=notes) as (_, inbox):
        assert [one.text for one in await inbox.wait(2)] == ["one", "two"]


async def test_a_stream_that_breaks_is_opened_again(mastodon: Instance) -> None:
    bot, ann = mastodon.join(), mastodon.join()
    notes = Notes()
    path = "/api/v1/streaming/user/notification"
    mastodon.fault("status", status=502, method="GET", path=path)
    async with online(bot, hears=True, notes=notes) as (_, inbox):
        await notes.until("notifications", "0")
        ann.says(f"@{bot.name} hello")
        assert [one.text for one in await inbox.wait(1)] == ["hello"]


async def test_a_file_that_came_along_is_fetched(mastodon: Instance) -> None:
    bot, ann = mastodon.join(), mastodon.join()
    notes = Notes()
    media = ann.uploads("a.png", "image/png", PICTURE, "a cat")
    async with online(bot, hears=True, notes=notes) as (network, inbox):
        await notes.until("notifications", "0")
        ann.says(f"@{bot.name} look", media_ids=[media])
        (file,) = (await inbox.wait(1))[0].attachments
        assert (file.kind, file.description) == ("image", "a cat")
        assert await network.fetch(file) == PICTURE
        with pytest.raises(FetchError, match="404"):
            await network.fetch(Attachment("image", link=f"{mastodon.url}/media/none"))
        with pytest.raises(FetchError, match="nothing to fetch"):
            await network.fetch(Attachment("image", link="file:///etc/passwd"))


# -- an instance that is none ------------------------------------------------------------------------------------------


async def test_a_wrong_token_is_told_in_words(mastodon: Instance) -> None:
    wrong = Person(mastodon, "nobody", "wrong-token")
    async with online(wrong) as (network, _):
        async with asyncio.timeout(20):
            await network.closed.wait()
        assert "does not let this account in" in str(network.failure)
        assert not network.ready
        assert "wrong-token" not in str(network.failure)


async def test_url_and_token_may_stand_in_a_key(mastodon: Instance, tmp_path: Path) -> None:
    bot, path = mastodon.join(), tmp_path / "blake.json"
    write_key(path, {"url": mastodon.url, "token": bot.token, "allow_http": True, "poem": "tyger.txt"})
    network = Mastodon("mastodon:bot", Settings(key_file=str(path)), hears=False)
    await network.start(Post())
    await network.send(say("a"))
    await network.stop()
    assert bot.lines == ["a"]
    write_key(path, {"url": mastodon.url, "token": bot.token})
    with pytest.raises(UsageError, match=r"the key .*blake\.json: .* without encryption") as refused:
        Mastodon("mastodon:bot", Settings(key_file=str(path)))
    assert bot.token not in str(refused.value)
    write_key(path, {"url": "https://a.example", "token": 5})
    with pytest.raises(UsageError, match="is no key of Mastodon"):
        Mastodon("mastodon:bot", Settings(key_file=str(path)))
    write_key(path, {"url": "https://a.example"})
    with pytest.raises(UsageError, match="needs the account's token"):
        Mastodon("mastodon:bot", Settings(key_file=str(path)))


async def test_a_token_that_is_revoked_while_it_listens_ends_the_account(mastodon: Instance) -> None:
    bot = mastodon.join()
    path = "/api/v1/notifications"
    async with online(bot) as (network, _):
        await network.send(say("a"))
    mastodon.fault("status", status=401, method="GET", path=path)
    async with online(bot, hears=True) as (network, _), asyncio.timeout(20):
        await network.closed.wait()
    mastodon.mend()
    assert "does not let this account in" in str(network.failure)


async def test_an_instance_that_sends_us_elsewhere_gets_no_token_there() -> None:
    async with OddServer(b"") as other, OddServer(b"") as server:
        head = f"HTTP/1.1 302 Found\r\nLocation: {other.url}/\r\nContent-Length: 0\r\n\r\n"
        server.answers[0] = head.encode()
        person = Person(Instance(server.url), "bot", "t0ken")
        async with online(person) as (network, _), asyncio.timeout(20):
            await network.closed.wait()
        assert "elsewhere" in str(network.failure)
        assert not other.asked


@pytest.mark.parametrize(("planned", "words"), [(answer(503, ""), "cannot be reached"), (HANG, "not said yet")])
async def test_a_message_does_not_wait_for_an_instance_that_is_down(
    planned: bytes | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if planned is HANG:
        monkeypatch.setattr("chinwag.networks.mastodon.adapter.PATIENCE", 0.05)
    async with OddServer(planned) as server, online(Person(Instance(server.url), "bot", "x")) as (network, _):
        async with asyncio.timeout(5):
            with pytest.raises(Unreachable, match=words):
                await network.send(say("a"))
            with pytest.raises(Unreachable):
                await network.send(say("a"))
        assert not network.closed.is_set()
