"""Updates that are pushed: the adapter behind the web server, with the emulator as Telegram."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
from tests.networks.telegram_stage import free_port
from tests.servers.telegram.telegram_emulator import TelegramEmulator

from chinwag.core.values import Arrival
from chinwag.networks.telegram.adapter import Telegram
from chinwag.networks.telegram.hook import HEADER
from chinwag.networks.telegram.settings import Settings
from chinwag.runtime.webserver import WebServer

PATH = "/bots/weather"
HELLO = {"message_id": 1, "chat": {"id": 1, "type": "private"}, "text": "hello"}


class Stage:
    """A bot whose updates are pushed to it, and an inbox that commits when it is told to."""

    def __init__(self, server: TelegramEmulator, port: int) -> None:
        self.server = server
        self.url = f"http://127.0.0.1:{port}{PATH}"
        self.network = Telegram("telegram:weather", Settings(server.token, server.url, self.url))
        self.arrivals: list[str] = []
        self.dones: list[Callable[[], None]] = []
        self.came = asyncio.Event()
        self.client = httpx.AsyncClient(trust_env=False)

    def receive(self, arrival: Arrival, done: Callable[[], None] | None = None) -> None:
        assert done is not None
        self.arrivals.append(arrival.text)
        self.dones.append(done)
        self.came.set()

    async def next(self) -> Callable[[], None]:
        """What commits the next arrival."""
        async with asyncio.timeout(20):
            while not self.dones:
                self.came.clear()
                await self.came.wait()
        return self.dones.pop(0)

    async def push(self, body: bytes, secret: bytes | None = None) -> httpx.Response:
        hook = self.network._hook
        assert hook is not None
        return await self.client.post(
            self.url, content=body, headers=[(HEADER.encode(), hook.secret.encode() if secret is None else secret)]
        )


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    port = free_port()
    async with TelegramEmulator(backoff=0.01) as server:
        stage = Stage(server, port)
        async with WebServer(port, [stage.network]), stage.client:
            await stage.network.start(stage)
            await server.wait_calls("setWebhook")
            yield stage
            await stage.network.stop()


async def test_the_webhook_is_registered_as_it_is_and_drops_nothing(stage: Stage) -> None:
    (call,) = stage.server.calls("setWebhook")
    assert call["values"]["url"] == stage.url
    assert len(call["values"]["secret_token"]) >= 16
    assert "drop_pending_updates" not in call["values"]
    assert "chat_member" in json.loads(call["values"]["allowed_updates"])


async def test_an_update_is_confirmed_once_it_is_durable(stage: Stage) -> None:
    ann = stage.server.rooms.add_user("Ann")
    stage.server.people.say(ann, "hello")
    commit = await stage.next()
    assert stage.server.updates() == {"pending": 1, "confirmed": 0}
    commit()
    await stage.server.wait_confirmed(1)
    assert stage.arrivals == ["hello"]


async def test_what_is_pushed_again_meanwhile_waits_for_the_same_commit(stage: Stage) -> None:
    body = json.dumps({"update_id": 1, "message": {**HELLO, "from": {"id": 1}}}).encode()
    first = asyncio.create_task(stage.push(body))
    commit = await stage.next()
    again = asyncio.create_task(stage.push(body))
    other = await stage.push(json.dumps({"update_id": 2, "message": HELLO}).encode())
    assert other.status_code == 200, "others are not held up"
    assert not first.done()
    assert not again.done()
    commit()
    assert [(await pushed).status_code for pushed in (first, again)] == [200, 200]
    assert stage.arrivals == ["hello"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"[]", b'{"update_id": 7, "message": 1}'])
async def test_what_cannot_be_read_is_told_and_over(
    stage: Stage, body: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert (await stage.push(body)).status_code == 200
    (said,) = caplog.messages
    assert said.startswith("telegram:weather: an update was left out, it cannot be read: ")


async def test_a_wrong_secret_is_refused_before_anything_is_read(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    for secret in (b"", b"wrong", "ä".encode()):
        assert (await stage.push(b"{", secret)).status_code == 401
    assert (await stage.client.post(stage.url, content=b"{}")).status_code == 401
    assert caplog.messages == []
    assert stage.arrivals == []


async def test_the_secret_is_another_at_every_start(stage: Stage) -> None:
    other = Telegram("telegram:weather", Settings(stage.server.token, stage.server.url, stage.url))
    assert stage.network._hook is not None
    assert other._hook is not None
    assert stage.network._hook.secret != other._hook.secret
    assert other.path == PATH
