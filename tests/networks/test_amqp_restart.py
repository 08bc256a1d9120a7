"""A broker of one's own, with TLS, that is restarted in the middle: what lasts, and what is said of the rest."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from tests.cli.shell import Talk
from tests.networks.amqp_stage import NEED, Outsider, fresh, lacking
from tests.servers.rabbitmq.certificates import Certificates, certificates
from tests.servers.rabbitmq.rabbitmq_broker import PrivateBroker

from chinwag.core.errors import Ambiguous, Unreachable
from chinwag.networks.amqp.delivery import Delivery, Ears
from chinwag.networks.amqp.link import Link
from chinwag.networks.amqp.settings import Settings

pytestmark = pytest.mark.soak

PATIENCE = 300.0


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def private(tmp_path: Path, sealed: Certificates) -> Iterator[PrivateBroker]:
    if PrivateBroker.program() is None:
        lacking(NEED)
    secure = {"cacertfile": sealed.authority, "certfile": sealed.certificate, "keyfile": sealed.key}
    broker = PrivateBroker(tmp_path / "broker", secure)
    try:
        broker.start()
        yield broker
    finally:
        broker.remove()


class Listener:
    """Hears by one queue, and notes the order in which it heard each message first."""

    def __init__(self, settings: Settings, ears: Ears) -> None:
        self.heard: dict[str, None] = {}
        self.told: list[str] = []
        self.link = Link(settings, ears, self._hear, self.told.append)
        self.last = asyncio.Event()

    def _hear(self, delivery: Delivery) -> None:
        self.heard.setdefault(delivery.body.decode())
        delivery.done()
        if delivery.body == b"last":
            self.last.set()


@asynccontextmanager
async def room(url: str, lasting: int, passing: int) -> AsyncIterator[tuple[list[Listener], list[Listener]]]:
    """Those with a durable queue, and those with an exclusive one."""
    async with AsyncExitStack() as stack:
        listeners: list[list[Listener]] = [[], []]
        for group, ears, count in ((0, "inbox", lasting), (1, "exclusive", passing)):
            for number in range(count):
                inbox = f"inbox{number}" if ears == "inbox" else ""
                settings = Settings(url, "room", inbox=inbox, durable=True)
                listener = Listener(settings, ears)  # type: ignore[arg-type]
                await listener.link.open()
                stack.push_async_callback(listener.link.close)
                listeners[group].append(listener)
        yield listeners[0], listeners[1]


async def say(link: Link, text: str) -> None:
    """Say it until the broker has it; so it may be said twice, and is never lost."""
    while True:
        await link.up.wait()
        try:
            await link.publish("anna", text.encode(), {}, uuid4().hex)
        except (Unreachable, Ambiguous):
            await asyncio.sleep(0.01)
        else:
            return


async def heard_by(listeners: list[Listener], sender: Link) -> None:
    """All of them are back, and have heard what is said last."""
    for listener in listeners:
        await asyncio.wait_for(listener.link.up.wait(), PATIENCE)
    await say(sender, "last")
    for listener in listeners:
        await asyncio.wait_for(listener.last.wait(), PATIENCE)


@pytest.mark.parametrize(
    ("number", "people", "messages"),
    [(signal.SIGTERM, (10, 5), 600), (signal.SIGKILL, (10, 5), 600), (signal.SIGTERM, (200, 100), 300)],
)
async def test_durable_queues_lose_nothing_and_exclusive_ones_say_so(
    private: PrivateBroker, number: signal.Signals, people: tuple[int, int], messages: int
) -> None:
    sender = Link(Settings(private.url, "room", durable=True), "none")
    await sender.open()
    expected = [str(count) for count in range(messages)]
    async with room(private.url, *people) as (lasting, passing):
        restarting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        for text in expected:
            if text == expected[messages // 3]:
                restarting = asyncio.ensure_future(asyncio.to_thread(restart, private, number))
            await say(sender, text)
        await restarting
        await heard_by([*lasting, *passing], sender)
    for listener in lasting:
        assert list(listener.heard) == [*expected, "last"]
        assert listener.told[-1].endswith("all is declared again; nothing is lost.")
    for listener in passing:
        heard = [int(text) for text in listener.heard if text != "last"]
        assert heard == sorted(heard)
        assert "may be missed." in listener.told[-1]
    await sender.close()


def restart(broker: PrivateBroker, number: signal.Signals) -> None:
    broker.stop(number)
    broker.start()


async def test_what_waited_in_an_inbox_outlives_the_broker_of_a_plain_room(private: PrivateBroker) -> None:
    settings = Settings(private.url, "room", inbox="inbox")
    first = Listener(settings, "inbox")
    await first.link.open()
    await first.link.close()
    sender = Link(Settings(private.url, "room"), "none")
    await sender.open()
    for count in range(50):
        await say(sender, str(count))
    await sender.close()
    await asyncio.to_thread(private.stop)
    await asyncio.to_thread(private.start)
    second = Listener(settings, "inbox")
    await second.link.open()
    with Outsider(private.url, "room") as outsider:
        outsider.says("anna", "last")
        await asyncio.wait_for(second.last.wait(), PATIENCE)
    await second.link.close()
    assert list(second.heard) == [*map(str, range(50)), "last"]


def test_tls_idleness_and_a_restart_at_the_prompt(private: PrivateBroker, sealed: Certificates, tmp_path: Path) -> None:
    """Over TLS, with a heartbeat a second: somebody thinks for longer than the broker would bear silence."""
    more = {
        "AMQP_URL": f"amqps://guest:guest@127.0.0.1:{private.secure_port}/?heartbeat=1",
        "AMQP_CA": str(sealed.authority),
    }
    with (
        Outsider(private.url, "broadcast_chat") as outsider,
        Talk(tmp_path, "room", "send", "--name", "anna", more=more) as sender,
    ):
        sender.hear_until('Welcome to our chat space, type "exit" or "quit" when you want to leave.')
        outsider.thinks(6.0)
        sender.say("still here")
        assert outsider.hears() == ("anna", "still here")
        assert sender.errors() == ""
        private.stop()
        assert "is lost" in sender.complaint()
        private.start()
        assert sender.complaint(PATIENCE) == "RabbitMQ is back, and all is declared again; go on."
    with (
        Outsider(private.url, "broadcast_chat") as outsider,
        Talk(tmp_path, "room", "send", "--name", "anna", more=more) as sender,
    ):
        sender.say("hello", "exit")
        assert outsider.hears() == ("anna", "hello")
        assert sender.code() == 0


COUNTER = '''
from chinwag import Bot, Chat

bot = Bot("counter")


@bot.on_text("begin")
async def count(chat: Chat) -> None:
    """Count what is said."""
    number = 0
    while True:
        message = await chat.listen()
        number += 1
        await chat.say(f"{number}: {message.text}")
'''


def test_a_bot_that_is_killed_consumes_everything_once(tmp_path: Path, broker: str) -> None:
    (tmp_path / "counter.py").write_text(COUNTER)
    exchange, kills, each = fresh(), 6, 40
    arguments = ("run", "counter.py", "--on", "amqp", "--exchange", exchange, "--inbox", fresh("inbox"))
    expected = [f"{number}: word {number}" for number in range(1, kills * each + 1)]
    heard: dict[str, None] = {}
    with Outsider(broker, exchange) as outsider:
        for life in range(kills + 1):
            with Talk(tmp_path, *arguments, more={"AMQP_URL": broker}) as bot:
                if not life:
                    outsider.waits_for("counter")
                    outsider.says("anna", "begin", message_id="begin")
                for number in range(life * each + 1, (life + 1) * each + 1) if life < kills else ():
                    outsider.says("anna", f"word {number}", message_id=str(number), delivery_mode=2)
                enough = len(expected) if life == kills else life * each + each // 2
                while len(heard) < enough:
                    name, text = outsider.hears()
                    if name == "counter":
                        heard.setdefault(text)
                bot.kill()
    assert list(heard) == expected
