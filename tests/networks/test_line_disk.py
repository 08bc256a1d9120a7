"""LINE while the disk is full: a push is asked to come again, and what comes again is answered once."""

import asyncio
from collections.abc import Awaitable
from pathlib import Path

import httpx
import pytest
from tests.networks.telegram_stage import PATIENCE
from tests.servers.line.line_emulator import SECRET, TOKEN, LineEmulator
from tests.servers.line.line_events import redelivered, says, user_id

from chinwag import Bot, Chat
from chinwag.core.errors import StoreFull
from chinwag.networks.line.adapter import Line
from chinwag.networks.line.settings import PATH, Settings
from chinwag.ports import Batch
from chinwag.runtime import webhooks
from chinwag.runtime.account import Account
from chinwag.runtime.clock import RealClock
from chinwag.runtime.lifecycle import living
from chinwag.runtime.webserver import WebServer
from chinwag.runtime.worker import Worker
from chinwag.stores.sqlite import SqliteStore

ANN, BOB = user_id(1), user_id(2)
bot = Bot("parrot")


@bot.on_message()
async def repeat(chat: Chat) -> None:
    assert chat.message is not None
    await chat.say(chat.message.text)


class Filling(SqliteStore):
    """A store whose disk is full while it is said to be."""

    full = False

    def commit(self, batch: Batch) -> Awaitable[None]:
        if not self.full:
            return super().commit(batch)
        refused: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        refused.set_exception(StoreFull("there is no room on the disk"))
        return refused


async def test_a_full_disk_is_no_loss(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "LONGEST_COMMIT", 0.2)
    async with LineEmulator() as line, httpx.AsyncClient(trust_env=False) as http:
        network = Line("line:parrot", Settings(TOKEN, SECRET, line.url, names=False))
        store = Filling(str(tmp_path / "parrot.db"))
        worker = Worker(store, [Account("line:parrot", bot, network)], RealClock(asyncio.get_running_loop()))
        worker.pauses = (0.05,)
        async with WebServer(0, [network], lambda: worker.troubled) as server, living(worker, [network]):
            base = f"http://127.0.0.1:{server.port}"
            store.full = True
            first, second = says(ANN, "one"), says(BOB, "two")
            assert await line.deliver(base + PATH, first) == 503, "it was taken in, and cannot be written"
            assert worker.troubled
            assert await line.deliver(base + PATH, second) == 503
            ready = await http.get(f"{base}/readyz")
            assert (ready.status_code, ready.headers["retry-after"]) == (503, "5")
            assert (await http.get(f"{base}/healthz")).status_code == 200
            assert line.chats == {}

            store.full = False
            async with asyncio.timeout(PATIENCE):
                while (await http.get(f"{base}/readyz")).status_code != 200:
                    pass  # each asks a server, which is what takes the time
            assert await line.deliver(base + PATH, redelivered(first), redelivered(second)) == 200
            assert await line.wait_texts(ANN, 1) == ["one"]
            assert await line.wait_texts(BOB, 1) == ["two"]
        assert line.texts(ANN) + line.texts(BOB) == ["one", "two"]
