"""The watchdog: a conversation that never awaits is named with its stack; everything else costs nothing."""

import asyncio
import logging
import threading
from pathlib import Path

import pytest

from chinwag import Bot, Chat
from chinwag.core.values import Arrival, Outgoing
from chinwag.ports import Receipt
from chinwag.runtime.account import Account
from chinwag.runtime.clock import RealClock
from chinwag.runtime.observe import Watchdog
from chinwag.runtime.worker import Worker
from chinwag.stores.sqlite import SqliteStore

bot = Bot("watched")
told = threading.Event()


def spin(text: str = "") -> str:
    told.wait(20)
    return text


@bot.on_command("code")
async def code(chat: Chat) -> None:
    await chat.say("Here I go")
    spin()


@bot.on_command("parse")
async def parse(chat: Chat) -> None:
    await chat.ask("?", spin)


class Silent:
    numbered, window, echoes = True, 0, False

    def send(self, message: Outgoing) -> Receipt:
        del message
        return Receipt()


class Ear(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.words.append(record.getMessage())
        told.set()


@pytest.mark.parametrize(
    ("lines", "who"),
    [(["/code"], "conversation 1 (code)"), (["/parse", "x"], "what lives at sim:watched/r/u")],
)
async def test_it_is_named(tmp_path: Path, lines: list[str], who: str) -> None:
    ear = Ear()
    log = logging.getLogger("chinwag")
    log.addHandler(ear)
    told.clear()
    worker = Worker(
        SqliteStore(tmp_path / "x.db"),
        [Account("sim:watched", bot, Silent())],
        RealClock(asyncio.get_running_loop()),
    )
    await worker.start()
    async with Watchdog(worker, every=0.02) as dog:
        for line in lines:
            worker.receive(Arrival("sim:watched", "r", "u", line))
            await worker.quiet()
        assert told.is_set()
    assert not dog._thread.is_alive()
    await worker.stop()
    log.removeHandler(ear)
    (words,) = [words for words in ear.words if "has not awaited" in words]
    assert words.startswith(f"{who} has not awaited anything for 0.02 s")
    assert "in spin" in words
    assert "told.wait(20)" in words
    assert "drive.py" not in words
