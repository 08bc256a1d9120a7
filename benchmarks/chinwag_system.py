"""Chinwag as the benches run it: the real worker and SQLite store, and a network inside the process.

The network takes Telegram-shaped JSON bytes and decodes them, and takes the sends; nothing else is left out: ids are looked
up and consumed, turns journaled, messages go through every state of the outbox.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec

from benchmarks.traffic import CLOSING, FIRST_QUESTION, SECOND_QUESTION, TIMEOUT
from chinwag import Bot, Chat
from chinwag.core.values import Arrival, Outgoing
from chinwag.ports import Receipt
from chinwag.runtime.account import Account
from chinwag.runtime.clock import RealClock
from chinwag.runtime.worker import Worker
from chinwag.stores.sqlite import SqliteStore

ACCOUNT = "telegram:bench"

bot = Bot("bench")


@bot.on_command("start")
@bot.on_text("go")
async def two_questions(chat: Chat) -> None:
    """Ask two questions, each with a timeout."""
    number = await chat.ask(FIRST_QUESTION, int, timeout=TIMEOUT)
    word = await chat.ask(SECOND_QUESTION, timeout=TIMEOUT)
    await chat.say(CLOSING.format(number=number, word=word))


class Sender(msgspec.Struct, frozen=True, gc=False):
    """Telegram's user, as much of it as is read."""

    id: int
    first_name: str = ""


class Room(msgspec.Struct, frozen=True, gc=False):
    """Telegram's chat, as much of it as is read."""

    id: int
    type: str


class Message(msgspec.Struct, frozen=True, gc=False):
    """Telegram's message, as much of it as is read."""

    chat: Room
    sender: Sender = msgspec.field(name="from")
    text: str = ""


class Update(msgspec.Struct, frozen=True, gc=False):
    """Telegram's update, as much of it as is read."""

    update_id: int
    message: Message


class InProcess:
    """A network without a wire: bytes in, sends out.

    Args:
        on_send: hears the user's id and the text of every message.
    """

    numbered = False
    window = 0
    echoes = False

    def __init__(self, on_send: Callable[[int, str], object]) -> None:
        self._on_send = on_send
        self._decode = msgspec.json.Decoder(Update).decode
        self._receipt = Receipt("1")
        self.worker: Worker | None = None

    def feed(self, data: bytes) -> None:
        """Take one update's bytes."""
        update = self._decode(data)
        message = update.message
        sender = message.sender
        assert self.worker is not None
        self.worker.receive(
            Arrival(
                ACCOUNT, str(message.chat.id), str(sender.id), message.text, str(update.update_id), sender.first_name
            )
        )

    def send(self, message: Outgoing) -> Receipt:
        """Take a message."""
        self._on_send(int(message.room), message.text)
        return self._receipt


async def started(path: Path, network: InProcess, **options: int) -> Worker:
    """A worker that runs on the database at ``path``."""
    clock = RealClock(asyncio.get_running_loop())
    worker = Worker(SqliteStore(path), [Account(ACCOUNT, bot, network)], clock, **options)
    network.worker = worker
    await worker.start()
    return worker
