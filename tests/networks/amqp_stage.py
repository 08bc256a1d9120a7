"""What the tests of rooms share: a virtual host, a client written with plain pika, and a cable that can be cut."""

import asyncio
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import uuid4

import pika
import pika.exceptions
import pytest
from tests.servers.rabbitmq.certificates import Certificates
from tests.servers.rabbitmq.rabbitmq_broker import PrivateBroker, virtual_host

PATIENCE = 20.0
NEED = "no RabbitMQ answers at 127.0.0.1:5672 and obeys rabbitmqctl, and none is installed (Debian: rabbitmq-server)"


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a virtual host of one's own, or of a private broker."""
    with virtual_host() as url:
        if url is not None:
            yield url
            return
    if PrivateBroker.program() is None:
        lacking(NEED)
    private = PrivateBroker(tmp_path_factory.mktemp("rabbitmq"))
    private.start()
    try:
        yield private.url
    finally:
        private.remove()


def lacking(reason: str) -> None:
    """Skip, in words, or fail where every service is demanded."""
    if os.environ.get("CHINWAG_REQUIRE_SERVICES") == "1":
        pytest.fail(f"{reason}, and CHINWAG_REQUIRE_SERVICES=1 asks for it", pytrace=False)
    pytest.skip(reason)


def fresh(word: str = "room") -> str:
    """A name that no other test has."""
    return f"{word}-{uuid4().hex[:10]}"


class Outsider:
    """A program written with plain pika, after the convention of the room and nothing else."""

    def __init__(self, url: str, exchange: str) -> None:
        self._connection = pika.BlockingConnection(pika.URLParameters(url))
        self.exchange = exchange
        self.channel: Any = self._connection.channel()
        self.channel.exchange_declare(exchange=exchange, exchange_type="fanout")
        self.queue = self.channel.queue_declare(queue="", exclusive=True).method.queue
        self.channel.queue_bind(exchange=exchange, queue=self.queue)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._connection.is_open:
            with suppress(pika.exceptions.AMQPError):  # the broker may have gone before
                self._connection.close()

    def says(self, name: str | bytes, text: str | bytes, **properties: Any) -> None:
        body = text.encode() if isinstance(text, str) else text
        self.channel.basic_publish(self.exchange, name, body, pika.BasicProperties(**properties))

    @staticmethod
    def properties(**properties: Any) -> Any:
        return pika.BasicProperties(**properties)

    def hears(self) -> tuple[str, str]:
        """The next message: who, and what."""
        method, _, body = self.delivery()
        return method.routing_key, body.decode()

    def delivery(self) -> Any:
        for method, properties, body in self.channel.consume(self.queue, auto_ack=True, inactivity_timeout=PATIENCE):
            assert method is not None, "nothing was said"
            return method, properties, body
        raise AssertionError

    def thinks(self, seconds: float) -> None:
        """Let time pass, and see that nothing is said in it."""
        for method, _, body in self.channel.consume(self.queue, auto_ack=True, inactivity_timeout=seconds):
            assert method is None, body
            return

    def waits_for(self, name: str) -> None:
        """Wait until somebody of this name hears: everybody who does so is asked when the own queue is bound."""
        presence = f"{self.exchange}.presence"
        replies = self.channel.queue_declare(queue="", exclusive=True).method.queue
        self.channel.exchange_declare(presence, "fanout", auto_delete=True)
        asked = self._connection.channel()
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            question = pika.BasicProperties(headers={"chinwag-presence": "who"}, reply_to=replies, message_id=fresh())
            asked.basic_publish(presence, "outsider", b"", question)
            found: Any
            for found in asked.consume(replies, auto_ack=True, inactivity_timeout=0.2):
                method, properties, _ = found
                if method is None:
                    break
                if properties.headers["chinwag-name"] == name:
                    asked.cancel()
                    asked.close()
                    return
            asked.cancel()
        pytest.fail(f"{name} never came")

    def hears_nothing_before(self, name: str, text: str) -> None:
        """Nothing else comes before this: say it oneself, and hear it first."""
        self.says(name, text)
        assert self.hears() == (name, text)


class Cable:
    """A way to a broker that can be cut, and be deaf to what comes back.

    A thread of its own, so that a process under test and a test that blocks may both stand at its ends.

    Args:
        url: the broker's.
        secure: speaks TLS with whoever comes, if there are certificates; the broker is spoken to without.
    """

    def __init__(self, url: str, secure: Certificates | None = None) -> None:
        parts = urlsplit(url)
        self._secure: ssl.SSLContext | None = None
        if secure is not None:
            self._secure = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._secure.load_cert_chain(secure.certificate, secure.key)
            parts = parts._replace(scheme="amqps")
        self._target = (parts.hostname or "", parts.port or 5672)
        self._loop = asyncio.new_event_loop()
        self._writers: set[asyncio.StreamWriter] = set()
        self._pumps: set[asyncio.Task[None]] = set()
        self.deaf = False
        self.sent = threading.Event()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = 0
        self._open()
        self.url = parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{self.port}").geturl()

    def cut(self) -> None:
        """Cut it: whoever is connected is not any more, and nobody comes through."""
        self._call(self._close())

    def mend(self) -> None:
        self.deaf = False
        self._open()

    def remove(self) -> None:
        self.cut()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _open(self) -> None:
        self._call(self._listen())

    def _call(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self.port, ssl=self._secure)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _close(self) -> None:
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await asyncio.gather(*self._pumps, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._target)
        self._writers |= {writer, back}
        for source, sink, inward in ((reader, back, False), (there, writer, True)):
            pump = self._loop.create_task(self._pump(source, sink, inward=inward))
            self._pumps.add(pump)
            pump.add_done_callback(self._pumps.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, inward: bool) -> None:
        try:
            while data := await source.read(65536):
                if inward and self.deaf:
                    continue
                sink.write(data)
                await sink.drain()
                if not inward:
                    self.sent.set()
        except OSError:
            pass
        finally:
            sink.close()
            self._writers.discard(sink)


@contextmanager
def cable(url: str, secure: Certificates | None = None) -> Iterator[Cable]:
    made = Cable(url, secure)
    try:
        yield made
    finally:
        made.remove()


def nobody_listens() -> int:
    """A port at which nothing answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
