"""Bots in a room: real processes and the adapter itself, on a real broker, with outsiders who know its convention."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.cli.shell import EXAMPLES, Talk, chinwag
from tests.networks.amqp_stage import PATIENCE, Cable, Outsider, cable, fresh

from chinwag.core.errors import Ambiguous, Refused, Unreachable
from chinwag.core.values import Arrival, Outgoing
from chinwag.networks.amqp.adapter import Amqp
from chinwag.networks.amqp.loops import MOST_EXCHANGES
from chinwag.networks.amqp.settings import Settings
from chinwag.ports import Receipt

PARROT = """
from chinwag import Bot, Chat

bot = Bot("parrot")


@bot.on_message()
async def repeat(chat: Chat) -> None:
    \"\"\"Repeat.\"\"\"
    await chat.say(f"you said {chat.message.text}")
"""


@pytest.fixture
def room() -> str:
    return fresh()


@pytest.fixture
def outsider(broker: str, room: str) -> Iterator[Outsider]:
    with Outsider(broker, room) as outsider:
        yield outsider


@pytest.fixture
def wire(broker: str) -> Iterator[Cable]:
    with cable(broker) as made:
        yield made


class Ear:
    """Takes what arrives; says when it is durable, if it is."""

    def __init__(self, *, durable: bool = True) -> None:
        self.durable = durable
        self.arrived: asyncio.Queue[Arrival] = asyncio.Queue()
        self.done: list[Callable[[], None]] = []

    def receive(self, arrival: Arrival, done: Callable[[], None] | None = None) -> None:
        self.arrived.put_nowait(arrival)
        if done is not None:
            self.done.append(done)
            if self.durable:
                done()

    async def hears(self) -> Arrival:
        return await asyncio.wait_for(self.arrived.get(), PATIENCE)


@asynccontextmanager
async def serving(settings: Settings, ear: Ear, name: str = "bot") -> AsyncIterator[Amqp]:
    network = Amqp("amqp:bot", settings, name)
    await network.start(ear)
    up = asyncio.ensure_future(network._link.up.wait())
    closed = asyncio.ensure_future(network.closed.wait())
    await asyncio.wait({up, closed}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    for wait in (up, closed):
        wait.cancel()
    try:
        yield network
    finally:
        await network.stop()


def words(text: str, room: str) -> Outgoing:
    return Outgoing(1, "amqp:bot", room, "anna", text=text)


class TestProcesses:
    def test_two_people_play_at_the_same_time(self, tmp_path: Path, broker: str, room: str, outsider: Outsider) -> None:
        more = {"AMQP_URL": broker}
        with Talk(tmp_path, "run", EXAMPLES / "guess.py", "--on", "amqp", "--exchange", room, more=more) as bot:
            outsider.waits_for("guess")
            for who, text, answer in [
                ("anna", "guess", "From what number?"),
                ("bob", "guess", "From what number?"),
                ("anna", "1", "To what number?"),
                ("bob", "7", "To what number?"),
                ("bob", "7", "Guess a number between 7 to 7"),
                ("anna", "1", "Guess a number between 1 to 1"),
                ("anna", "1", "You spent 1 times to guess the secret number."),
            ]:
                outsider.says(who, text)
                assert outsider.hears() == (who, text)
                assert outsider.hears() == ("guess", answer)
            bot.kill()
        more["AMQP_EXCHANGE"] = room
        with Talk(tmp_path, "run", EXAMPLES / "guess.py", "--on", "amqp", more=more) as bot:
            outsider.waits_for("guess")
            outsider.says("bob", "7")
            assert outsider.hears() == ("bob", "7")
            method, properties, body = outsider.delivery()
            assert (method.routing_key, body) == ("guess", b"You spent 1 times to guess the secret number.")
            assert properties.headers == {"chinwag-bot": "guess"}
            assert properties.delivery_mode == 2
            bot.signal(signal.SIGTERM)
            assert bot.code() == 0
            assert bot.errors() == ""

    def test_two_bots_do_not_talk_to_each_other(
        self, tmp_path: Path, broker: str, room: str, outsider: Outsider
    ) -> None:
        (tmp_path / "parrot.py").write_text(PARROT)
        arguments = ("run", "parrot.py", "--on", "amqp", "--exchange", room)
        more = {"AMQP_URL": broker}
        with (
            Talk(tmp_path, *arguments, "--name", "polly", "--store", "sqlite:///one.db", more=more) as one,
            Talk(tmp_path, *arguments, "--name", "coco", "--store", "sqlite:///two.db", more=more) as two,
        ):
            assert one.process.poll() is two.process.poll() is None
            outsider.waits_for("polly")
            outsider.waits_for("coco")
            outsider.says("anna", "hi")
            heard = {outsider.hears() for _ in range(3)}
            assert heard == {("anna", "hi"), ("polly", "you said hi"), ("coco", "you said hi")}
            outsider.hears_nothing_before("anna", "/nothing")

    def test_a_bot_in_a_work_queue_is_refused(self, tmp_path: Path, broker: str) -> None:
        more = {"AMQP_URL": broker, "AMQP_QUEUE": "chat"}
        done = chinwag(tmp_path, "run", EXAMPLES / "hello.py", "--on", "amqp", more=more)
        assert done.returncode == 2
        assert "a bot sits in a room, where all hear all" in done.stderr

    def test_an_exchange_of_another_type_ends_it(self, tmp_path: Path, broker: str, outsider: Outsider) -> None:
        other = fresh("direct")
        outsider.channel.exchange_declare(other, "direct", auto_delete=True)
        arguments = ("run", EXAMPLES / "hello.py", "--on", "amqp", "--exchange", other)
        done = chinwag(tmp_path, *arguments, more={"AMQP_URL": broker})
        assert done.returncode == 2
        assert f"The exchange '{other}' exists, and is of type direct" in done.stderr


class TestHearing:
    async def test_what_is_not_durable_comes_again(self, broker: str, room: str, outsider: Outsider) -> None:
        settings = Settings(broker, room, inbox=fresh("inbox"))
        forgetful = Ear(durable=False)
        async with serving(settings, forgetful):
            outsider.says("anna", "one", message_id="1")
            assert (await forgetful.hears()).text == "one"
        outsider.says("anna", "two", message_id="2")  # while nobody is there
        careful = Ear()
        async with serving(settings, careful):
            found = [await careful.hears(), await careful.hears()]
        assert [(one.text, one.id, one.direct) for one in found] == [("one", "anna/1", False), ("two", "anna/2", False)]
        async with serving(settings, Ear()) as network:
            outsider.says("anna", "three")
            heard = network._inbox
            assert isinstance(heard, Ear)
            assert (await heard.hears()).text == "three"

    async def test_what_is_no_text_is_put_aside(
        self, broker: str, room: str, outsider: Outsider, caplog: pytest.LogCaptureFixture
    ) -> None:
        inbox = fresh("inbox")
        ear = Ear()
        async with serving(Settings(broker, room, inbox=inbox), ear):
            outsider.says("anna", b"\xff\x00")
            outsider.says("anna", "words")
            assert (await ear.hears()).text == "words"
        outsider.channel.confirm_delivery()
        _, _, body = next(outsider.channel.consume(f"{inbox}.dead", auto_ack=True, inactivity_timeout=PATIENCE))
        assert body == b"\xff\x00"
        assert f"put into the queue {inbox}.dead" in caplog.text

    async def test_without_an_inbox_it_is_left_out(
        self, broker: str, room: str, outsider: Outsider, caplog: pytest.LogCaptureFixture
    ) -> None:
        ear = Ear()
        async with serving(Settings(broker, room), ear):
            outsider.says("anna", b"\xff\x00")
            outsider.says("anna", "words")
            assert (await ear.hears()).text == "words"
        assert "it was left out" in caplog.text

    async def test_a_loop_with_a_program_that_answers_all_is_broken(self, broker: str, room: str) -> None:
        over = threading.Event()

        def echo() -> int:
            with Outsider(broker, room) as program:
                count = 0
                program.says("echo", "hi")
                while not over.is_set():
                    name, text = program.hears()
                    if name == "bot":
                        count += 1
                        program.says("echo", text)
                return count

        class Parrot(Ear):
            def receive(self, arrival: Arrival, done: Callable[[], None] | None = None) -> None:
                super().receive(arrival, done)
                sends.append(asyncio.ensure_future(network.send(words(arrival.text, room))))

        sends: list[asyncio.Future[Receipt]] = []
        async with serving(Settings(broker, room), Parrot()) as network:
            program = asyncio.ensure_future(asyncio.to_thread(echo))
            told = asyncio.Event()
            network._link._tell = network._told = lambda words: told.set() if words.startswith("echo answers") else None  # type: ignore[method-assign]
            await asyncio.wait_for(told.wait(), PATIENCE)
            over.set()
            with Outsider(broker, room) as somebody:
                somebody.says("anna", "enough")
                await program
            await asyncio.gather(*sends)
            assert MOST_EXCHANGES <= len(sends) <= MOST_EXCHANGES + 2

    async def test_who_asks_is_answered_and_nobody_else_is_written_to(self, broker: str, room: str) -> None:
        async with serving(Settings(broker, room), Ear()):
            with Outsider(broker, f"{room}-elsewhere") as asker:
                tasks = fresh("tasks")
                asker.channel.queue_declare(tasks)
                for reply_to in (tasks, asker.queue):
                    question = asker.properties(
                        headers={"chinwag-presence": "who"}, reply_to=reply_to, message_id=reply_to
                    )
                    asker.channel.basic_publish(f"{room}.presence", "anna", b"", question)
                _, properties, body = await asyncio.to_thread(asker.delivery)
                assert asker.channel.queue_delete(tasks, if_empty=True)
            assert body == b""
            assert properties.headers == {"chinwag-presence": "here", "chinwag-name": "bot", "chinwag-bot": "1"}


class TestSaying:
    async def test_without_a_connection_it_never_left(self, wire: Cable, room: str) -> None:
        async with serving(Settings(wire.url, room), Ear()) as network:
            wire.cut()
            await asyncio.wait_for(network._link.down.wait(), PATIENCE)
            with pytest.raises(Unreachable):
                await network.send(words("hi", room))
            wire.mend()
            await asyncio.wait_for(network._link.up.wait(), PATIENCE)
            assert (await network.send(words("hi", room))).ref

    async def test_without_a_confirmation_nobody_knows(self, wire: Cable, room: str, outsider: Outsider) -> None:
        async with serving(Settings(wire.url, room), Ear()) as network:
            wire.deaf = True
            sending = asyncio.ensure_future(network.send(words("hi", room)))
            assert await asyncio.to_thread(outsider.hears) == ("bot", "hi")
            wire.cut()
            with pytest.raises(Ambiguous):
                await sending

    async def test_another_room_and_a_message_too_long_are_refused(self, broker: str, room: str) -> None:
        async with serving(Settings(broker, room), Ear()) as network:
            with pytest.raises(Refused, match="sits in the room"):
                await network.send(words("hi", "elsewhere"))
            with pytest.raises(Refused, match="4,194,304 bytes at most"):
                await network.send(words("x" * 4_194_305, room))

    async def test_a_broker_that_is_not_there_is_waited_for(self, wire: Cable, room: str) -> None:
        wire.cut()
        network = Amqp("amqp:bot", Settings(wire.url, room), "bot")
        told = asyncio.Event()
        network._link._tell = lambda words: told.set() if words.endswith("Trying again.") else None
        await network.start(Ear())
        await asyncio.wait_for(told.wait(), PATIENCE)
        wire.mend()
        await asyncio.wait_for(network._link.up.wait(), PATIENCE)
        assert (await network.send(words("hi", room))).ref
        await network.stop()

    async def test_a_second_process_waits_for_the_inbox(self, broker: str, room: str, outsider: Outsider) -> None:
        settings = Settings(broker, room, inbox=fresh("inbox"))
        first, second = Ear(), Ear()
        async with serving(settings, first):
            waiting = Amqp("amqp:bot", settings, "bot")
            await waiting.start(second)
            outsider.says("anna", "one")
            assert (await first.hears()).text == "one"
        outsider.says("anna", "two")
        assert (await second.hears()).text == "two"
        await waiting.stop()
