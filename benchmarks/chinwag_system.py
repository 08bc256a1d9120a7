"""Chinwag as the benches run it: the real worker and SQLite store, and a network inside the process.

The network takes Telegram-shaped JSON bytes and decodes them, and takes the sends; nothing else is left out: ids
are looked up and consumed, turns journaled, messages go through every state of the outbox.
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
from chinwag.runtime.memory import tune_collector
from chinwag.runtime.worker import LIVE_BUDGET, Worker
from chinwag.stores.sqlite import SqliteStore

ACCOUNT = "telegram:bench"
MORE = "More?"
PATIENCE = 30 * 86_400.0
"""Seconds that a question waits which is left open for long."""


bot = Bot("bench")


@bot.on_command("start")
@bot.on_text("go")
async def two_questions(chat: Chat) -> None:
    """Ask two questions, each with a timeout."""
    number = await chat.ask(FIRST_QUESTION, int, timeout=TIMEOUT)
    word = await chat.ask(SECOND_QUESTION, timeout=TIMEOUT)
    await chat.say(CLOSING.format(number=number, word=word))


patient_bot = Bot("bench")


@patient_bot.on_command("start")
async def two_patient_questions(chat: Chat) -> None:
    """Ask the same two questions, and wait for weeks."""
    number = await chat.ask(FIRST_QUESTION, int, timeout=PATIENCE)
    word = await chat.ask(SECOND_QUESTION, timeout=PATIENCE)
    await chat.say(CLOSING.format(number=number, word=word))


endless_bot = Bot("bench")


@endless_bot.on_command("start")
async def endless(chat: Chat) -> None:
    """Ask on and on; each answer is a turn and a row of the journal."""
    while True:
        await chat.ask(MORE)


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

    ``worker`` takes what comes in, and is set before the first bytes come; ``on_send`` hears the user's id and the text
    of every message, if somebody sets it.
    """

    numbered = False
    window = 0
    echoes = False

    worker: Worker

    def __init__(self) -> None:
        self.on_send: Callable[[int, str], object] = lambda _user, _text: None
        self._decode = msgspec.json.Decoder(Update).decode
        self._receipt = Receipt("1")

    def feed(self, data: bytes) -> None:
        """Take one update's bytes."""
        update = self._decode(data)
        message = update.message
        sender, room = message.sender, str(message.chat.id)
        user = room if sender.id == message.chat.id else str(sender.id)
        self.worker.receive(Arrival(ACCOUNT, room, user, message.text, str(update.update_id), sender.first_name))

    def send(self, message: Outgoing) -> Receipt:
        """Take a message."""
        self.on_send(int(message.room), message.text)
        return self._receipt


class Ahead(RealClock):
    """The machine's clock, set forward or back.

    Args:
        loop: where calls are made.
        shift: microseconds ahead of the machine's clock; negative for behind.
    """

    __slots__ = ("_shift",)

    def __init__(self, loop: asyncio.AbstractEventLoop, shift: int) -> None:
        super().__init__(loop)
        self._shift = shift

    def now(self) -> int:
        """Microseconds since the epoch."""
        return super().now() + self._shift


async def started(
    path: Path, network: InProcess, serving: Bot = bot, *, shift: int = 0, budget: int = LIVE_BUDGET
) -> Worker:
    """A worker that runs on the database at ``path``.

    Args:
        path: the database, made if it is not there.
        network: gets the worker to hand its messages to.
        serving: the bot; the two questions, if left out.
        shift: how far the worker's clock goes ahead, in microseconds.
        budget: how many conversations may be live in memory.
    """
    tune_collector()  # as the command line does before it serves
    clock = Ahead(asyncio.get_running_loop(), shift) if shift else RealClock(asyncio.get_running_loop())
    accounts = [Account(ACCOUNT, serving, network)]
    worker = Worker(SqliteStore(path), accounts, clock, budget=budget)
    network.worker = worker
    await worker.start()
    return worker
