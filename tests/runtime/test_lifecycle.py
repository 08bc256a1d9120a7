"""The life of a process: what ends it, in which order, and how a signal is obeyed."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from chinwag import Bot, Chat
from chinwag.core.errors import ChinwagError, StoreLocked, Unreachable
from chinwag.core.values import Arrival, Outgoing
from chinwag.ports import Inbox, Receipt
from chinwag.runtime.account import Account
from chinwag.runtime.clock import RealClock
from chinwag.runtime.lifecycle import Signals, live
from chinwag.runtime.worker import Worker
from chinwag.stores.sqlite import SqliteStore

bot = Bot("lives", fallback="What?")
NAME = "sim:lives"


@bot.on_command("start")
async def start(chat: Chat) -> None:
    await chat.say(await chat.ask("Name?"))


class Room:
    """A network of one room."""

    numbered = True
    window = 0
    echoes = True
    failure: ChinwagError | None = None

    def __init__(self, *lines: str) -> None:
        self.finished, self.closed = asyncio.Event(), asyncio.Event()
        self.asked = asyncio.Event()
        self.lines = lines
        self.shown: list[str] = []
        self.order: list[str] = []
        self.deaf = False
        self.slow: asyncio.Event | None = None
        self.inbox: Inbox | None = None

    async def start(self, inbox: Inbox) -> None:
        self.inbox = inbox
        self.order.append("start")
        for line in self.lines:
            self.says(line)

    def says(self, line: str) -> None:
        assert self.inbox is not None
        self.inbox.receive(Arrival(NAME, "r", "u", line))

    def send(self, message: Outgoing) -> Receipt | Awaitable[Receipt]:
        self.asked.set()
        if self.deaf:
            self.closed.set()
            raise Unreachable("gone")
        if self.slow is not None:
            return self._later(message, self.slow)
        self.shown.append(message.text)
        return Receipt()

    async def _later(self, message: Outgoing, slow: asyncio.Event) -> Receipt:
        await slow.wait()
        self.shown.append(message.text)
        return Receipt()

    async def stop(self) -> None:
        self.order.append("stop")

    def restore(self) -> None:
        self.order.append("restore")


Serve = Callable[[Room], Awaitable[int]]


@pytest.fixture
def left() -> list[int]:
    return []


@pytest.fixture
async def serve(tmp_path: Path, left: list[int]) -> AsyncIterator[Serve]:
    async def run(room: Room) -> int:
        worker = Worker(
            SqliteStore(tmp_path / "lives.db"),
            [Account(NAME, bot, room, [(f"{NAME}/r/u", "UTC")])],
            RealClock(asyncio.get_running_loop()),
        )
        with Signals(room.restore, left.append) as signals:
            return await live(worker, [room], signals, str(tmp_path / "lives.db"))

    yield run
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        assert getattr(signal.getsignal(number), "__self__", None).__class__ is not Signals


async def test_the_end_of_input(serve: Serve) -> None:
    room = Room("hi", "/start")
    room.finished.set()
    assert await serve(room) == 0
    assert room.shown == ["What?", "Name?"]
    assert room.order == ["start", "stop"]


async def test_the_open_question_comes_before_anything_else(serve: Serve) -> None:
    before, room = Room("/start"), Room("Anna")
    for each in (before, room):
        each.finished.set()
        await serve(each)
    assert room.shown == ["Name?", "Anna"]


async def test_a_question_that_is_sent_again_anyway_is_not_shown_twice(serve: Serve) -> None:
    room = Room("/start")
    room.deaf = True
    assert await serve(room) == 0  # nobody listens
    room = Room()
    room.finished.set()
    await serve(room)
    assert room.shown == ["Name?"]


async def test_a_slow_room_is_waited_for(serve: Serve) -> None:
    room = Room("/start")
    room.slow = asyncio.Event()
    room.finished.set()
    serving = asyncio.ensure_future(serve(room))
    await room.asked.wait()
    assert not serving.done()
    room.slow.set()
    assert await serving == 0
    assert room.shown == ["Name?"]


async def test_a_signal_stops_taking_in(serve: Serve, left: list[int]) -> None:
    room = Room("/start")
    serving = asyncio.ensure_future(serve(room))
    await room.asked.wait()
    os.kill(os.getpid(), signal.SIGTERM)
    assert await serving == 0
    room.says("too late")
    assert left == []
    again = Room()
    again.finished.set()
    await serve(again)
    assert again.shown == ["Name?"]


async def test_a_second_signal_leaves_at_once(serve: Serve, left: list[int]) -> None:
    room = Room("/start")
    room.slow = asyncio.Event()
    serving = asyncio.ensure_future(serve(room))
    await room.asked.wait()
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)
    room.slow.set()
    assert await serving == 130
    assert left == [128 + signal.SIGTERM]
    assert "restore" in room.order


async def test_a_store_in_use_is_left_alone(serve: Serve, tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "lives.db")
    await store.open()
    with pytest.raises(StoreLocked):
        await serve(Room())
    await store.close()


async def test_an_error_of_our_own(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    class Fatal(BaseException):
        pass

    class Unreadable(str):
        __slots__ = ()

        def startswith(self, *_: object) -> bool:
            raise Fatal

    assert await serve(Room(Unreadable("/start"))) == 1
    assert "the worker ended by an error of its own" in caplog.text
