"""The adapter within a worker, on a real server: nothing is lost, nothing comes twice, whatever happens to the line."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pytest
import slixmpp
from tests.networks.xmpp_stage import BOT, PATIENCE, Person
from tests.servers.xmpp.prosody import Prosody
from tests.servers.xmpp.proxy import Proxy
from tests.servers.xmpp.server import PASSWORD, Server

from chinwag import Bot, Chat, Undeliverable
from chinwag.core.errors import Unreachable
from chinwag.core.retry import Backoff
from chinwag.core.values import Outgoing
from chinwag.networks.xmpp.adapter import Xmpp
from chinwag.networks.xmpp.events import Told
from chinwag.networks.xmpp.flights import Flights
from chinwag.networks.xmpp.link import Link
from chinwag.networks.xmpp.missed import Missed
from chinwag.networks.xmpp.pauses import Pauses
from chinwag.networks.xmpp.settings import Settings
from chinwag.ports import Inbox
from chinwag.runtime.account import Account
from chinwag.runtime.clock import RealClock
from chinwag.runtime.worker import Worker
from chinwag.stores.reader import Reader
from chinwag.stores.sqlite import MEMORY, SqliteStore

pytestmark = pytest.mark.timeout(120)
ROOM = "fun@rooms.localhost"
bot = Bot("medbot", subscribers=True)


@bot.every(1)
async def tick(chat: Chat) -> None:
    """Tell that it is time."""
    await chat.say("tick")


@bot.on_message()
async def echo(chat: Chat) -> None:
    """Say it again."""
    assert chat.message is not None
    await chat.say(f"you said {chat.message.text}")


@bot.on_command("count")
async def count(chat: Chat) -> None:
    """Count answers."""
    number = 0
    while True:
        word = await chat.ask(f"{number} so far")
        number += 1
        if word == "stop":
            break


@bot.on_command("deliver")
async def deliver(chat: Chat) -> None:
    """Wait for a delivery."""
    sent = await chat.say("is it there?")
    try:
        await sent.delivered()
    except Undeliverable as error:
        chat.data["fate"] = str(error)
    else:
        chat.data["fate"] = "delivered"


@bot.on_command("edit")
async def edit(chat: Chat) -> None:
    """Change and take back."""
    sent = await chat.say("helo")
    await sent.edit("hello")
    await sent.delete()


@bot.on_command("choose")
async def choose(chat: Chat) -> None:
    """Choose."""
    size = await chat.choose("What size?", ["small", "large"])
    await chat.say(f"so {size}")


@bot.on_command("soon")
async def soon(chat: Chat) -> None:
    """Say something a little later."""
    await chat.say("wait")
    await chat.sleep(0.5)
    await chat.say("now")


@bot.on_command("cat")
async def cat(chat: Chat) -> None:
    """Send a picture, and fetch what comes."""
    await chat.say("look", image=b"\x89PNG not really")
    message = await chat.listen()
    await chat.say(f"{await chat.step(size_of, message.attachments[0])} bytes")


async def size_of(file: Any) -> int:
    return len(await file.read())


class Serving:
    """A worker with one account."""

    def __init__(self, port: int, store: str, named: Sequence[tuple[str, str]] = (), **more: Any) -> None:
        settings = Settings(BOT, PASSWORD, f"127.0.0.1:{port}", plain=True, **more)
        self.network = Xmpp("xmpp:medbot", settings, [name for name, _ in named])
        self.inbox: Inbox | None = None
        account = Account("xmpp:medbot", bot, self.network, named=named)
        self.worker = Worker(SqliteStore(store), [account], RealClock(asyncio.get_running_loop()))

    async def data(self, user: str) -> dict[str, Any]:
        found = await self.worker.store.data([f"xmpp:medbot/{user}"])
        return found.get(f"xmpp:medbot/{user}", {})

    async def fate(self, user: str) -> str:
        """What became of a message, once somebody knows."""
        async with asyncio.timeout(PATIENCE):
            while not (found := await self.data(user)):  # noqa: ASYNC110 - a store sets no event
                await asyncio.sleep(0.02)
            return str(found["fate"])

    async def until(self, condition: Callable[[], Any]) -> Any:
        async with asyncio.timeout(PATIENCE):
            while not (found := condition()):  # noqa: ASYNC110 - what is inside sets no event
                await asyncio.sleep(0.02)
            return found


@asynccontextmanager
async def served(port: int, store: str = MEMORY, **more: Any) -> AsyncIterator[Serving]:
    serving = Serving(port, store, **more)
    await serving.worker.start()
    await serving.network.start(serving.worker)
    try:
        async with asyncio.timeout(PATIENCE):
            await serving.network.ready.wait()
        yield serving
    finally:
        await serving.worker.stop(0.5)
        await serving.network.stop()


def be_impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that is cut is noticed within a second, and tried again at once."""
    monkeypatch.setattr(Link, "quiet", 0.3)
    monkeypatch.setattr(Link, "patience", 0.5)
    monkeypatch.setattr(Pauses, "backoff", Backoff(first=10_000, ceiling=100_000))


# Behind the thousandth message of an account ejabberd's own store takes a twentieth of a second to keep one.
@pytest.mark.parametrize(("xmpp_server", "many"), [("prosody", 1000), ("ejabberd", 200)], indirect=["xmpp_server"])
async def test_a_thousand_messages_in_order_both_ways(xmpp_server: Server, many: int) -> None:
    async with served(xmpp_server.port), Person(xmpp_server, "alice") as alice:
        for number in range(many):
            alice.says(str(number))
        await alice.hears(*(f"you said {number}" for number in range(many)))


async def test_a_server_that_stops_and_starts_in_the_middle(xmpp_server: Server, tmp_path: Path) -> None:
    async with served(xmpp_server.port, str(tmp_path / "store.db")) as serving:
        async with Person(xmpp_server, "alice") as alice:
            alice.says("/count")
            await alice.hears("0 so far")
            alice.says("one")
            await alice.hears("1 so far")
        xmpp_server.stop(signal.SIGKILL)
        xmpp_server.start()
        async with Person(xmpp_server, "alice") as alice:
            alice.says("two")  # perhaps before the bot is back: then it is in the archive
            await alice.hears("2 so far")
            assert serving.network.failure is None


@pytest.mark.parametrize("how", ["swallow", "cut"])
async def test_a_line_that_is_cut_in_the_middle(xmpp_server: Server, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    be_impatient(monkeypatch)
    async with Proxy(xmpp_server.port) as proxy, served(proxy.port), Person(xmpp_server, "alice") as alice:
        alice.says("/count")
        await alice.hears("0 so far")
        for number in range(1, 3):
            getattr(proxy, how)()
            alice.says(str(number))
            await alice.hears(f"{number} so far")
            assert proxy.connections == number + 1
        alice.says("stop")
        alice.says("done")
        await alice.hears("you said done")


async def test_what_was_in_the_air_when_the_line_was_cut_arrives_once(
    xmpp_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_impatient(monkeypatch)
    async with Proxy(xmpp_server.port) as proxy, served(proxy.port), Person(xmpp_server, "alice") as alice:
        for wave in range(2):
            for number in range(10):
                alice.says(str(10 * wave + number))
            await alice.hears(f"you said {10 * wave}")
            proxy.swallow()  # what is said back, what it counted, what the server counted: somewhere in the middle
            await alice.hears(*(f"you said {10 * wave + number}" for number in range(1, 10)))
        alice.says("end")
        await alice.hears("you said end")


async def test_what_is_sent_once_more_on_a_stream_that_was_taken_up_again_is_counted_at_once(
    xmpp_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Link, "patience", 0.5)  # and a silent line is asked after a minute, as ever
    async with Proxy(xmpp_server.port) as proxy, served(proxy.port) as serving, Person(xmpp_server, "alice") as alice:
        alice.says("/soon")
        await alice.hears("wait")
        proxy.swallow()
        await alice.hears("now")
        async with asyncio.timeout(PATIENCE):
            await serving.worker.quiet()


async def test_a_server_that_reads_slowly_is_not_taken_for_a_cut_line(
    xmpp_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Link, "patience", 0.8)
    async with Proxy(xmpp_server.port) as proxy, served(proxy.port) as serving:
        proxy.rate = 100_000
        rooms = [f"alice@localhost/{number}" for number in range(200)]
        said = [Outgoing(n, "xmpp:medbot", room, room, text="x" * 300) for n, room in enumerate(rooms)]
        await asyncio.gather(*map(serving.network.send, said))
        assert proxy.connections == 1


# -- rooms -------------------------------------------------------------------------------------------------------------


async def test_people_of_a_room_have_conversations_of_their_own(xmpp_server: Server) -> None:
    async with Person(xmpp_server, "alice") as alice, Person(xmpp_server, "bob") as bob:
        await alice.enters(ROOM, "Al")
        async with served(xmpp_server.port, rooms=(f"{ROOM}/helper",)) as serving:
            await serving.until(lambda: serving.network._rooms.get(ROOM).inside)  # type: ignore[union-attr]
            await bob.enters(ROOM, "Bo")
            alice.says("/count", ROOM, "groupchat")
            await alice.hears("/count", "0 so far")
            bob.says("/count", ROOM, "groupchat")
            await alice.hears("/count", "0 so far")
            alice.says("one", ROOM, "groupchat")
            await alice.hears("one", "1 so far")
            bob.says("one", ROOM, "groupchat")
            await alice.hears("one", "1 so far")
            bob.says("psst", f"{ROOM}/helper")
            await bob.until(lambda: any(m["body"] == "you said psst" for m in bob.heard))
            assert all(m["body"] != "you said psst" for m in alice.heard)


async def test_a_room_is_entered_again_and_what_was_missed_is_heard(
    xmpp_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_impatient(monkeypatch)
    store = str(tmp_path / "store.db")
    async with Person(xmpp_server, "alice") as alice:
        await alice.enters(ROOM, "Al")
        async with Proxy(xmpp_server.port) as proxy, served(proxy.port, store, rooms=(ROOM,)) as serving:
            await serving.until(lambda: serving.network._rooms.get(ROOM).inside)  # type: ignore[union-attr]
            alice.says("/count", ROOM, "groupchat")
            await alice.hears("/count", "0 so far")
            proxy.cut()
            alice.says("one", ROOM, "groupchat")
            await alice.hears("one", "1 so far")
        alice.says("two", ROOM, "groupchat")
        await alice.hears("two")
        async with served(xmpp_server.port, store, rooms=(ROOM,)):
            await alice.hears("2 so far")


async def test_a_nickname_that_is_taken_and_a_kick(xmpp_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    be_impatient(monkeypatch)
    async with Person(xmpp_server, "alice") as alice:
        await alice.enters(ROOM, "medbot")
        async with served(xmpp_server.port, rooms=(ROOM,)) as serving:
            room: Any = serving.network._rooms.get(ROOM)
            await serving.until(lambda: room.inside and room.nick == "medbot2")
            muc: Any = alice.plugin["xep_0045"]
            entered = room.entered
            await muc.set_role(ROOM, "medbot2", "none", reason="be quiet")
            await serving.until(lambda: room.entered == entered + 1)  # it comes back
            alice.says("/choose", ROOM, "groupchat")
            await alice.hears("/choose", "What size?\n0) small\n1) large")


# -- one at a time -----------------------------------------------------------------------------------------------------


async def test_choices_edits_and_deletions(xmpp_server: Server) -> None:
    async with served(xmpp_server.port), Person(xmpp_server, "alice") as alice:
        alice.says("/choose")
        await alice.hears("What size?\n0) small\n1) large")
        alice.says("2")
        await alice.hears("Try again")
        alice.says("1")
        await alice.hears("so large")
        alice.says("/edit")
        said, edited, gone = await alice.next(), await alice.next(), await alice.next()
        assert (said["body"], edited["body"]) == ("helo", "hello")
        replaced = edited.xml.find("{urn:xmpp:message-correct:0}replace")
        assert replaced is not None
        assert replaced.get("id") == said["id"]
        retracted = gone.xml.find("{urn:xmpp:message-retract:1}retract")
        assert retracted is not None
        assert retracted.get("id") == said["id"]


async def test_a_delivery_is_told_by_the_other_side(xmpp_server: Server) -> None:
    async with served(xmpp_server.port) as serving, Person(xmpp_server, "alice", receipts=True) as alice:
        alice.says("hello")  # its client wants receipts, so it gives them, too
        await alice.hears("you said hello")
        receipts: Any = alice.plugin["xep_0184"]
        receipts.auto_ack = False
        alice.says("/deliver")
        asked = await alice.next()
        assert asked["body"] == "is it there?"
        alice.says("anything else")
        await asyncio.sleep(0.3)
        assert await serving.data("alice@localhost") == {}
        receipts.ack(asked)
        assert await serving.fate("alice@localhost") == "delivered"
        assert alice.heard[-1]["receipt"] or any(m["receipt"] for m in alice.heard)


async def test_a_marker_tells_of_a_delivery_too(xmpp_server: Server) -> None:
    async with served(xmpp_server.port) as serving, Person(xmpp_server, "alice", receipts=True) as alice:
        alice.says("hello")
        await alice.hears("you said hello")
        receipts: Any = alice.plugin["xep_0184"]
        receipts.auto_ack = False
        alice.says("/deliver")
        asked = await alice.next()
        marker = alice.make_message(asked["from"], mtype="chat")
        ET.SubElement(marker.xml, "{urn:xmpp:chat-markers:0}displayed", {"id": asked["id"]})
        marker.send()
        assert await serving.fate("alice@localhost") == "delivered"


async def test_a_delivery_that_is_told_in_the_same_breath_is_heard(xmpp_server: Server) -> None:
    async with served(xmpp_server.port) as serving, Person(xmpp_server, "alice", receipts=True) as alice:
        alice.says("hello")
        await alice.hears("you said hello")
        receipts: Any = alice.plugin["xep_0184"]
        receipts.auto_ack = False
        land = serving.network._launching.landed

        async def told_at_once(to: str, stanzas: Any, *, group: bool) -> Any:
            receipt = await land(to, stanzas, group=group)
            serving.network._told(Told(receipt.ref, "alice@localhost/phone"))
            return receipt

        serving.network._launching.landed = told_at_once  # type: ignore[method-assign]
        alice.says("/deliver")
        assert await serving.fate("alice@localhost") == "delivered"


async def test_what_another_client_of_the_bot_hears_is_answered_once_and_what_it_says_never(
    xmpp_server: Server,
) -> None:
    async with served(xmpp_server.port), Person(xmpp_server, "medbot") as phone, Person(xmpp_server, "alice") as alice:
        alice.says("to the phone", to=f"{BOT}/phone")  # the bot has a carbon of it
        await alice.hears("you said to the phone")
        alice.says("to both", to=BOT)
        await alice.hears("you said to both")
        phone.says("I am the bot, too", to="alice@localhost")
        await alice.hears("I am the bot, too")
        alice.says("the end")
        await alice.hears_nothing_before("you said the end")


async def test_a_message_that_comes_back(xmpp_server: Server, tmp_path: Path) -> None:
    del tmp_path
    async with served(xmpp_server.port) as serving, Person(xmpp_server, "alice", receipts=True) as alice:
        alice.says("hello")
        await alice.hears("you said hello")
        receipts: Any = alice.plugin["xep_0184"]
        receipts.auto_ack = False
        alice.says("/deliver")
        asked = await alice.next()
        error = alice.make_message(asked["from"], mtype="error")
        error["id"] = asked["id"]
        error["error"]["condition"] = "service-unavailable"
        error.send()
        assert await serving.fate("alice@localhost") == "service-unavailable"


async def test_files_both_ways(xmpp_server: Server) -> None:
    async with served(xmpp_server.port), Person(xmpp_server, "alice") as alice:
        alice.says("/cat")
        await alice.hears("look")
        picture = await alice.next()
        assert picture["body"].startswith(f"http://127.0.0.1:{xmpp_server.http}/")
        assert picture.xml.findtext("{jabber:x:oob}x/{jabber:x:oob}url") == picture["body"]
        back = alice.make_message(BOT, picture["body"], mtype="chat")
        where = picture.xml.find("{jabber:x:oob}x")
        assert where is not None
        back.xml.append(where)
        back.send()
        await alice.hears("15 bytes")


@pytest.mark.parametrize(("policy", "answer"), [("accept", "subscribed"), ("refuse", "unsubscribed")])
async def test_who_wants_to_be_a_contact(xmpp_server: Server, policy: Any, answer: str) -> None:
    async with served(xmpp_server.port, contacts=policy), Person(xmpp_server, "alice") as alice:
        alice.send_presence_subscription(BOT)
        await alice.until(lambda: any(p["type"] == answer for p in alice.seen))


async def test_who_wants_to_be_a_contact_waits_for_an_answer_also_over_a_restart(
    xmpp_server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    async with Person(xmpp_server, "alice") as alice, Person(xmpp_server, "bob") as bob:
        async with served(xmpp_server.port, contacts="ask") as serving:
            alice.send_presence_subscription(BOT)
            bob.send_presence_subscription(BOT)
            await serving.until(lambda: sorted(serving.network.waiting()) == ["alice@localhost", "bob@localhost"])
            assert "`chinwag contacts accept alice@localhost` lets them in" in caplog.text
        async with served(xmpp_server.port, contacts="ask") as serving:
            await serving.until(lambda: sorted(serving.network.waiting()) == ["alice@localhost", "bob@localhost"])
            serving.network.admit("alice@localhost", welcome=True)
            serving.network.admit("bob@localhost", welcome=False)
            assert serving.network.waiting() == []
            await alice.until(lambda: any(p["type"] == "subscribed" for p in alice.seen))
            await bob.until(lambda: any(p["type"] == "unsubscribed" for p in bob.seen))
        async with served(xmpp_server.port, contacts="ask") as serving:
            alice.says("hello")
            await alice.hears("you said hello")
            assert serving.network.waiting() == []
    with pytest.raises(Unreachable):
        serving.network.admit("alice@localhost", welcome=True)


# ejabberd keeps to itself that somebody wants it no more, until the bot logs in the next time.
async def test_who_no_longer_wants_to_be_a_contact_waits_no_more(prosody: Prosody) -> None:
    async with served(prosody.port, contacts="ask") as serving, Person(prosody, "alice") as alice:
        alice.send_presence_subscription(BOT)
        await serving.until(serving.network.waiting)
        alice.send_presence_subscription(BOT, ptype="unsubscribe")
        await serving.until(lambda: not serving.network.waiting())


async def test_what_is_too_old_is_recorded_and_not_answered(
    xmpp_server: Server, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = str(tmp_path / "store.db")
    async with served(xmpp_server.port, store), Person(xmpp_server, "alice") as alice:
        alice.says("hello")
        await alice.hears("you said hello")
    async with Person(xmpp_server, "alice") as alice:
        alice.says("one")
        alice.says("two")
        await asyncio.sleep(1.1)
        async with served(xmpp_server.port, store, catch_up=0.5):
            alice.says("three")
            await alice.hears("you said three")
        assert "2 messages that came while it was down are older" in caplog.text
        async with served(xmpp_server.port, store):
            alice.says("four")
            await alice.hears("you said four")
        for _ in range(2):  # the second reads from a date on, and so once more what was heard
            async with served(xmpp_server.port, store, catch_up=0) as serving:
                await serving.worker.quiet()
    with Reader(store) as reader:
        [(account, kept)] = reader.kept("missed")
    found = msgspec.json.decode(kept, type=list[Missed])
    assert account == "xmpp:medbot"
    assert [(one.room, one.user, one.text) for one in found] == [
        ("alice@localhost", "alice@localhost", text) for text in ("one", "two")
    ]


async def test_without_archive_and_counting(prosody_folder: Path, tmp_path: Path) -> None:
    with Prosody(prosody_folder / "bare", archive=False, counts=False) as server:
        store = str(tmp_path / "store.db")
        async with served(server.port, store) as serving, Person(server, "alice") as alice:
            assert serving.network.window == 0
            alice.says("hello")
            await alice.hears("you said hello")
        async with Person(server, "alice") as alice:
            alice.says("are you there?")  # kept by the server for who is offline
            async with served(server.port, store):
                await alice.hears("you said are you there?")


async def test_a_silent_line_is_asked_and_stays(xmpp_server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    be_impatient(monkeypatch)
    monkeypatch.setattr(Link, "quiet", 0.05)
    async with Proxy(xmpp_server.port) as proxy, served(proxy.port):
        await asyncio.sleep(0.8)
        assert proxy.connections == 1


async def test_a_recipient_is_found_by_a_contacts_name(xmpp_server: Server) -> None:
    async with Person(xmpp_server, "medbot") as owner, Person(xmpp_server, "alice") as alice:
        for user, name in (("alice", "Al"), ("bob", "Bo"), ("carl", "bo")):
            answer: Any = owner.update_roster(slixmpp.JID(f"{user}@localhost"), name=name)
            await answer
        async with served(xmpp_server.port, named=[("al", "UTC")]):
            await alice.hears("tick")
        for name, words in (("Bo", "2 contacts have this name: bob@localhost, carl@localhost"), ("Zo", "no contact")):
            serving = Serving(xmpp_server.port, MEMORY, named=[(name, "UTC")])
            await serving.worker.start()
            await serving.network.start(serving.worker)
            async with asyncio.timeout(PATIENCE):
                await serving.network.closed.wait()
            assert f"--to {name!r}: {words}" in str(serving.network.failure)
            await serving.worker.stop()
            await serving.network.stop()


async def test_what_waits_for_a_server_goes_out_once_it_is_back(
    xmpp_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_impatient(monkeypatch)
    async with served(xmpp_server.port) as serving:
        async with Person(xmpp_server, "alice") as alice:
            alice.says("/soon")
            await alice.hears("wait")
        serving.worker.delivery.backoff = Backoff(first=3_600_000_000, ceiling=3_600_000_000)
        xmpp_server.stop()
        await serving.until(lambda: any(room.timer for room in serving.worker.outbox.rooms.values()))
        xmpp_server.start()
        async with Person(xmpp_server, "alice") as alice:
            await alice.until(lambda: any(m["body"] == "now" for m in alice.heard))


async def test_what_was_sent_before_a_death_is_found_in_the_archive_and_not_sent_again(
    xmpp_server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = str(tmp_path / "store.db")
    async with Person(xmpp_server, "alice") as alice:
        with monkeypatch.context() as patched:
            patched.setattr(Flights, "counted", lambda *_: None)  # it dies before it hears that it was counted
            patched.setattr(Link, "counts", True)
            async with served(xmpp_server.port, store):
                alice.says("hello")
                await alice.hears("you said hello")
        async with served(xmpp_server.port, store) as serving:
            alice.says("again")
            await alice.hears("you said again")
            await serving.worker.quiet()
            assert await serving.worker.store.open_outbox() == []
        assert [m["body"] for m in alice.heard].count("you said hello") == 1
        with Reader(store) as reader:
            assert reader.tallies().messages_doubled == 0


async def test_a_sign_of_typing(xmpp_server: Server) -> None:
    async with served(xmpp_server.port) as serving, Person(xmpp_server, "alice") as alice:
        serving.network.typing("alice@localhost")
        composing = "{http://jabber.org/protocol/chatstates}composing"
        await alice.until(lambda: any(m.xml.find(composing) is not None for m in alice.heard))
