"""The two questions in aiogram 3: a router with states, and its memory storage.

Its memory storage knows no time to live, so nobody is ever timed out: it is measured without a timeout.
"""

import itertools
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any, cast

import aiogram
from aiogram.client.session.base import BaseSession
from aiogram.filters import CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.methods import SendMessage, TelegramMethod
from aiogram.methods.base import TelegramType
from aiogram.types import Chat, Message, Update

from benchmarks import peers
from benchmarks.report import Report
from benchmarks.traffic import CLOSING, FIRST_QUESTION, SECOND_QUESTION


class Order(StatesGroup):
    """Which question is open."""

    number = State()
    word = State()


async def begin(message: Message, state: FSMContext) -> None:
    """Ask the first question."""
    await state.set_state(Order.number)
    await message.answer(FIRST_QUESTION)


async def take_number(message: Message, state: FSMContext) -> None:
    """Keep the number; ask the second question."""
    await state.update_data(number=int(message.text or ""))
    await state.set_state(Order.word)
    await message.answer(SECOND_QUESTION)


async def take_word(message: Message, state: FSMContext) -> None:
    """Say what was ordered."""
    data = await state.get_data()
    await state.clear()
    await message.answer(CLOSING.format(number=data["number"], word=message.text))


class Session(BaseSession):
    """Takes the sends instead of Telegram."""

    def __init__(self, sent: peers.Sent) -> None:
        """Tell ``sent`` of each message."""
        super().__init__()
        self._sent = sent
        self._ids = itertools.count(1)
        self._now = datetime.now(UTC)

    async def make_request(
        self,
        bot: aiogram.Bot,
        method: TelegramMethod[TelegramType],
        timeout: int | None = None,  # noqa: ARG002, ASYNC109 - the base class's
    ) -> TelegramType:
        """Answer a sendMessage as Telegram does: with the message."""
        if not isinstance(method, SendMessage):
            raise NotImplementedError(type(method).__name__)
        user = int(method.chat_id)
        self._sent(user, method.text)
        chat = Chat(id=user, type="private")
        answer = Message(message_id=next(self._ids), date=self._now, chat=chat, text=method.text)
        return cast("TelegramType", answer.as_(bot))

    async def close(self) -> None:
        """Nothing is open."""

    async def stream_content(
        self,
        url: str,
        headers: dict[str, Any] | None = None,  # noqa: ARG002 - the base class's, and so are the others
        timeout: int = 30,  # noqa: ARG002, ASYNC109
        chunk_size: int = 65536,  # noqa: ARG002
        raise_for_status: bool = True,  # noqa: ARG002, FBT001, FBT002
    ) -> AsyncGenerator[bytes, None]:
        """Nothing is downloaded here."""
        raise NotImplementedError(url)
        yield b""


async def open_peer(sent: peers.Sent) -> peers.Handle:
    """Start aiogram; gives what handles one update's bytes."""
    bot = aiogram.Bot(peers.TOKEN, session=Session(sent))
    dispatcher = aiogram.Dispatcher(storage=MemoryStorage())
    dispatcher.message.register(begin, CommandStart())
    dispatcher.message.register(take_number, Order.number)
    dispatcher.message.register(take_word, Order.word)

    async def handle(raw: bytes) -> None:
        await dispatcher.feed_update(bot, Update.model_validate_json(raw, context={"bot": bot}))

    return handle


def run(report: Report, quick: bool) -> None:  # noqa: FBT001 - every bench is called as run(report, quick)
    """Measure messages a second."""
    peers.measure(
        report,
        "aiogram",
        open_peer,
        quick=quick,
        version=aiogram.__version__,
        storage="memory",
        timeouts="none: its memory storage knows no time to live",
    )
