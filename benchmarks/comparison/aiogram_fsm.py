"""aiogram 3: a router with states, in its memory storage.

One update after the other, which is faster there than the tasks that aiogram's polling makes: nothing is waited for.
"""

from typing import Any

import aiogram
from aiogram.filters import CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.base import BaseStorage
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import Message, Update

from benchmarks.aiogram_peer import Session
from benchmarks.comparison.forms import FORMS, QUESTIONS, Form
from benchmarks.comparison.shape import Peer, Setting, Tasks
from benchmarks.peers import TOKEN

VERSION = aiogram.__version__


class Asked(StatesGroup):
    """Which question is open."""

    number = State()
    word = State()
    name = State()
    city = State()
    age = State()


class Handlers:
    """The handlers of one script.

    Args:
        form: the script.
    """

    def __init__(self, form: Form) -> None:
        """Hold on to it."""
        self._form = form

    def register(self, dispatcher: aiogram.Dispatcher) -> None:
        """Put a handler at the command, and one at each state."""
        dispatcher.message.register(self.begin, CommandStart())
        for name in QUESTIONS:
            dispatcher.message.register(self.take, getattr(Asked, name))

    async def begin(self, message: Message, state: FSMContext) -> None:
        """Ask the first question."""
        first = self._form.order[0]
        await state.set_state(getattr(Asked, first))
        await message.answer(QUESTIONS[first])

    async def take(self, message: Message, state: FSMContext, raw_state: str) -> None:
        """Keep the answer; ask the next question, or come to the end."""
        asked = raw_state.rpartition(":")[2]
        known = await state.update_data(self._form.learned(asked, message.text or ""))
        following = self._form.after(asked)
        if following:
            await state.set_state(getattr(Asked, following))
            await message.answer(QUESTIONS[following])
        else:
            closing = self._form.closing(known)
            await state.clear()
            await message.answer(closing)


async def peer_with(setting: Setting, storage: BaseStorage, kind: type[Tasks], *, at_once: bool) -> Any:
    """Start aiogram with this storage, as a peer of this kind."""
    bot = aiogram.Bot(TOKEN, session=Session(setting.sent))
    dispatcher = aiogram.Dispatcher(storage=storage)
    Handlers(FORMS[setting.script]).register(dispatcher)

    async def handle(raw: bytes) -> None:
        await dispatcher.feed_update(bot, Update.model_validate_json(raw, context={"bot": bot}))

    return kind(handle, storage.close, at_once=at_once)


async def open_peer(setting: Setting) -> Peer:
    """Start aiogram with its memory storage."""
    peer: Peer = await peer_with(setting, MemoryStorage(), Tasks, at_once=False)
    return peer
