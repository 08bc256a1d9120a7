"""The link to a broker: certificates, what is told of a loss, and in how few frames all is acknowledged."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.networks.amqp_stage import PATIENCE, Outsider, cable, fresh, nobody_listens
from tests.servers.rabbitmq.certificates import Certificates, certificates

from chinwag.core.errors import Unreachable, UsageError
from chinwag.core.retry import Backoff
from chinwag.networks.amqp.acks import Acks
from chinwag.networks.amqp.delivery import Delivery
from chinwag.networks.amqp.link import AHEAD, Link
from chinwag.networks.amqp.settings import Settings


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory, require: Callable[[str], None]) -> Certificates:
    require("openssl")
    return certificates(tmp_path_factory.mktemp("certificates"))


class TestCertificates:
    async def opened(self, settings: Settings) -> str:
        link = Link(settings, "exclusive")
        try:
            await link.open()
        finally:
            await link.close()
        return link.queue

    async def test_one_who_is_vouched_for(self, broker: str, sealed: Certificates) -> None:
        with cable(broker, sealed) as wire:
            assert (await self.opened(Settings(wire.url, fresh(), ca=str(sealed.authority)))).startswith("amq.gen-")

    async def test_one_whom_nobody_knows(self, broker: str, sealed: Certificates) -> None:
        with (
            cable(broker, sealed) as wire,
            pytest.raises(UsageError, match=r"certificate .* is not accepted") as refused,
        ):
            await self.opened(Settings(wire.url, fresh()))
        assert "by ca or AMQP_CA" in str(refused.value)

    async def test_one_of_another_name(self, broker: str, sealed: Certificates) -> None:
        with cable(broker, sealed) as wire:
            settings = Settings(wire.url.replace("127.0.0.1", "localhost"), fresh(), ca=str(sealed.authority))
            with pytest.raises(UsageError, match="not valid for 'localhost'"):
                await self.opened(settings)

    async def test_a_file_that_is_not_there(self, broker: str, sealed: Certificates, tmp_path: Path) -> None:
        with cable(broker, sealed) as wire, pytest.raises(UsageError, match="cannot be read"):
            await self.opened(Settings(wire.url, fresh(), ca=str(tmp_path / "none.pem")))

    async def test_no_tls_at_all(self, broker: str) -> None:
        url = broker.replace("amqp://", "amqps://")
        with pytest.raises(Unreachable, match="does not speak TLS as it should"):
            await self.opened(Settings(url, fresh()))

    async def test_something_that_never_answers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("chinwag.networks.amqp.link.CONNECT_WITHIN", 0.05)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            with pytest.raises(Unreachable, match="does not answer: is it one"):
                await self.opened(Settings(f"amqp://h@127.0.0.1:{port}/", fresh()))

    async def test_nobody(self) -> None:
        with pytest.raises(Unreachable, match=r"Connect(ion)? .*: start it, or set AMQP_URL"):
            await self.opened(Settings(f"amqp://h@127.0.0.1:{nobody_listens()}/", fresh()))


class TestLosses:
    async def test_a_queue_that_is_deleted_is_declared_again(self, broker: str) -> None:
        room, told = fresh(), asyncio.Queue[str]()
        heard = asyncio.Queue[str]()
        settings = Settings(broker, room, inbox=fresh("inbox"))

        def hear(delivery: Delivery) -> None:
            heard.put_nowait(delivery.key)
            delivery.done()

        link = Link(settings, "inbox", hear, told.put_nowait, draw=lambda: 0.0)
        await link.open()
        with Outsider(broker, room) as outsider:
            await asyncio.to_thread(outsider.channel.queue_delete, settings.inbox)
            assert "is lost (the queue was deleted); trying again." in await asyncio.wait_for(told.get(), PATIENCE)
            assert "is heard now, but for what came after a restart" in await asyncio.wait_for(told.get(), PATIENCE)
            outsider.says("anna", "hi")
            assert await asyncio.wait_for(heard.get(), PATIENCE) == "anna"
            outsider.channel.queue_delete(f"{settings.inbox}.dead")
        await link.close()

    async def test_an_exchange_that_came_back_as_another_is_told_once(self, broker: str) -> None:
        room, told = fresh(), asyncio.Queue[str]()
        with cable(broker) as wire, Outsider(broker, fresh()) as outsider:
            link = Link(Settings(wire.url, room), "exclusive", tell=told.put_nowait)
            link._backoff = Backoff(first=10_000, ceiling=20_000)
            await link.open()
            wire.cut()
            assert "is lost" in await asyncio.wait_for(told.get(), PATIENCE)
            outsider.channel.exchange_delete(room)
            outsider.channel.exchange_declare(room, "direct")
            wire.mend()
            assert "is of type direct, where the chat needs fanout" in await asyncio.wait_for(told.get(), PATIENCE)
            outsider.channel.exchange_delete(room)
            assert "RabbitMQ is back" in await asyncio.wait_for(told.get(), PATIENCE)
            await link.close()

    async def test_what_is_said_to_a_room_that_was_deleted_can_be_said_again(self, broker: str) -> None:
        room = fresh()
        link = Link(Settings(broker, room), "none", tell=lambda _: None, draw=lambda: 0.0)
        await link.open()
        with Outsider(broker, fresh()) as outsider:
            outsider.channel.exchange_delete(room)
        with pytest.raises(Unreachable, match="the room is gone"):
            await link.publish("anna", b"hi", {}, "1")
        await asyncio.wait_for(link.down.wait(), PATIENCE)
        await asyncio.wait_for(link.up.wait(), PATIENCE)
        await link.publish("anna", b"hi", {}, "1")
        await link.close()

    async def test_a_mistake_of_ours_is_told_and_ends_nothing(
        self, broker: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        settings, heard = Settings(broker, fresh(), inbox=fresh("inbox")), asyncio.Event()

        def hear(delivery: Delivery) -> None:
            if delivery.key == "anna":
                raise KeyError(delivery.key)
            delivery.done()
            heard.set()

        link = Link(settings, "inbox", hear)
        await link.open()
        with Outsider(broker, settings.exchange) as outsider:
            outsider.says("anna", "hi")
            outsider.says("bob", "hi")
            await asyncio.wait_for(heard.wait(), PATIENCE)
            await link.close()
            dead = outsider.channel.consume(f"{settings.inbox}.dead", auto_ack=True, inactivity_timeout=PATIENCE)
            assert next(dead)[0].routing_key == f"{settings.inbox}.dead"
        assert "a message of 'anna' could not be taken in" in caplog.text

    async def test_more_than_a_broker_hands_over_at_once(self, broker: str) -> None:
        """A queue gives no more than so many; all are heard only if they are acknowledged."""
        room, count = fresh(), AHEAD * 3
        over, seen = asyncio.Event(), []

        def hear(delivery: Delivery) -> None:
            seen.append(int(delivery.body))
            delivery.done()
            if len(seen) == count:
                over.set()

        for ears in ("exclusive", "inbox"):
            seen.clear()
            over.clear()
            link = Link(Settings(broker, room, inbox=fresh("inbox")), ears, hear)
            await link.open()
            with Outsider(broker, room) as outsider:
                for number in range(count):
                    outsider.says("anna", str(number))
                await asyncio.wait_for(over.wait(), PATIENCE)
            assert seen == list(range(count))
            await link.close()


class Channel:
    """What a broker makes of what it is told: each delivery once."""

    def __init__(self, acks: Acks, deliveries: int) -> None:
        self._acks = acks
        self.told: dict[int, bool] = {}
        for tag in range(1, deliveries + 1):
            acks.open(tag)

    def drain(self) -> None:
        for tag in self._acks.left():
            assert tag not in self.told
            self.told[tag] = False
        for tag, multiple in self._acks.taken():
            for meant in range(1, tag + 1) if multiple else (tag,):
                self.told.setdefault(meant, True)


@given(st.lists(st.tuples(st.integers(0, 31), st.booleans()), max_size=60), st.integers(1, 10))
def test_every_delivery_is_told_once(settled: list[tuple[int, bool]], drained_every: int) -> None:
    acks = Acks()
    channel = Channel(acks, 30)
    first: dict[int, bool] = {}
    for number, (tag, taken) in enumerate(settled):
        acks.settle(tag, taken=taken)
        if 1 <= tag <= 30:
            first.setdefault(tag, taken)
        if number % drained_every == 0:
            channel.drain()
    channel.drain()
    assert channel.told == first
    assert acks.waiting == 0
