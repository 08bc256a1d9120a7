"""The control socket: orders, nonsense, and a socket whose owner is dead."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from chinwag import Bot, Chat
from chinwag.core.errors import ChinwagError
from chinwag.core.values import Arrival, Outgoing
from chinwag.ports import Receipt
from chinwag.runtime.account import Account
from chinwag.runtime.clock import RealClock
from chinwag.runtime.control import Answer, Control, Order, ask, beside
from chinwag.runtime.worker import Worker
from chinwag.stores.sqlite import SqliteStore

bot = Bot("ordered")


@bot.on_command("start")
async def start(chat: Chat) -> None:
    await chat.ask("Name?")


class Silent:
    numbered, window, echoes = True, 0, False

    def send(self, message: Outgoing) -> Receipt:
        del message
        return Receipt()


@pytest.fixture
async def worker(tmp_path: Path) -> AsyncIterator[Worker]:
    made = Worker(
        SqliteStore(tmp_path / "x.db"),
        [Account("sim:ordered", bot, Silent())],
        RealClock(asyncio.get_running_loop()),
    )
    await made.start()
    made.receive(Arrival("sim:ordered", "r", "u", "/start"))
    await made.quiet()
    yield made
    await made.stop()


async def test_an_order(worker: Worker, tmp_path: Path) -> None:
    store = str(tmp_path / "x.db")
    async with Control(worker, store):
        assert beside(store).stat().st_mode & 0o777 == 0o600
        assert await asyncio.to_thread(ask, store, Order(7, "cancel")) == Answer(
            "there is no conversation 7: `chinwag ps` lists them", done=False
        )
        assert await asyncio.to_thread(ask, store, Order(1, "cancel")) == Answer(
            "conversation 1 (start) is cancelled", done=True
        )
        assert await asyncio.to_thread(ask, store, Order(1, "dance")) == Answer("there is no order 'dance'", done=False)
    assert not beside(store).exists()
    assert ask(store, Order(1, "cancel")) is None


@pytest.mark.parametrize("line", [b"nonsense\n", b"{}\n", b'{"number":1,"order":"cancel","x":1}\n', b"\xff\n"])
async def test_nonsense_is_answered(worker: Worker, tmp_path: Path, line: bytes) -> None:
    store = str(tmp_path / "x.db")
    async with Control(worker, store):
        reader, writer = await asyncio.open_unix_connection(beside(store))
        writer.write(line)
        assert await reader.read() == b'{"words":"the order could not be read","done":false}\n'
        writer.close()
        await writer.wait_closed()


async def test_a_line_without_end_is_cut_off(worker: Worker, tmp_path: Path) -> None:
    store = str(tmp_path / "x.db")
    async with Control(worker, store):
        reader, writer = await asyncio.open_unix_connection(beside(store))
        writer.write(b"x" * 100_000)
        with suppress(ConnectionError):
            assert await reader.read() == b""
        writer.close()
        assert (await asyncio.to_thread(ask, store, Order(1, "cancel"))) is not None


async def test_what_a_dead_owner_left(worker: Worker, tmp_path: Path) -> None:
    store = str(tmp_path / "x.db")
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(beside(store)))
    stale.close()
    assert ask(store, Order(1, "cancel")) is None
    async with Control(worker, store):
        assert await asyncio.to_thread(ask, store, Order(1, "cancel")) is not None


def test_a_pointer_that_is_not_to_be_trusted(tmp_path: Path) -> None:
    store = str(tmp_path / "x.db")
    pointer = beside(store)
    for words in ("", "relative/sock", "/nowhere/sock", f"{tmp_path}/sock\0"):
        pointer.write_text(words)
        try:
            assert ask(store, Order(1, "cancel")) is None
        except ValueError:
            pytest.fail(f"{words!r} was followed")
    tmp_path.chmod(0o755)
    other = socket.socket(socket.AF_UNIX)
    other.bind(f"{tmp_path}/sock")
    other.listen()
    pointer.write_text(f"{tmp_path}/sock")
    assert ask(store, Order(1, "cancel")) is None
    other.close()


def test_an_owner_that_does_not_answer(tmp_path: Path) -> None:
    store = str(tmp_path / "x.db")
    mute = socket.socket(socket.AF_UNIX)
    mute.bind(str(beside(store)))
    mute.listen()
    with pytest.raises(ChinwagError, match=r"has not answered for 0\.05 s"):
        ask(store, Order(1, "cancel"), patience=0.05)
    mute.close()
