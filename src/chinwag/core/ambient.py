"""What a conversation knows without waiting: its time, its random numbers, its user's data, where it lives.

Nothing here is awaited, and nothing is asked of the engine. What may change with time is the same on replay, and
refused while the conversation leaves memory.
"""

import datetime as dt
import random as _random
import uuid as _uuid
from collections.abc import MutableMapping
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from chinwag.core.data import DATA
from chinwag.core.draws import RANDOM
from chinwag.core.errors import UsageError
from chinwag.core.log import LOG, Log
from chinwag.core.running import RUNNING, running
from chinwag.core.settings import settings
from chinwag.core.tags import is_text
from chinwag.core.values import Address, Message
from chinwag.core.zones import zone

S = TypeVar("S")

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Ambient:
    """The part of the handle that needs no ``await``."""

    __slots__ = ()

    def now(self) -> dt.datetime:
        """The time of this turn, aware, in UTC; the same on replay."""
        return _EPOCH + dt.timedelta(microseconds=running().here().at)

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of whoever a schedule began this conversation for, as it was then; the same on replay.

        UTC in a conversation that no schedule has begun, and that was started by none that a schedule began: nobody has
        said a zone there.

        >>> from chinwag import Bot, Chat
        >>> bot = Bot("clock")
        >>> @bot.daily("20:00")
        ... async def tell(chat: Chat) -> None:
        ...     await chat.say(f"It is {chat.now().astimezone(chat.zone):%H:%M}.")
        """
        return zone(running().zone or "UTC")

    def uuid(self) -> _uuid.UUID:
        """A random UUID; the same on replay."""
        return _uuid.UUID(int=RANDOM.getrandbits(128), version=4)

    def patched(self, change: str) -> bool:
        """Whether this conversation takes the changed stretch of code named ``change``.

        Conversations that were under way before the change answer False where they had passed it; the first answer
        holds until the next checkpoint.

        Args:
            change: a name for the change, unique in the function.

        Raises:
            UsageError: for a name that is no text.
        """
        if not isinstance(change, str) or not is_text(change):
            msg = f'chat.patched takes a name for the change, such as "ask-for-size", not {change!a:.60}'
            raise UsageError(msg)
        conversation = running()
        turn = conversation.here()
        if conversation.patches is None:
            conversation.patches = {}
        if change not in conversation.patches:
            conversation.patches[change] = turn.replay is None
            if turn.replay is None:
                turn.patches += (change,)
        return conversation.patches[change]

    @property
    def random(self) -> _random.Random:
        """Random numbers that are the same on replay: ``chat.random.choice(["heads", "tails"])``."""
        return RANDOM

    @property
    def data(self) -> MutableMapping[str, Any]:
        """A durable mapping of this user and bot: ``chat.data["orders"] = 1``."""
        return DATA

    def settings(self, kind: type[S]) -> S:
        """The settings of this account; the same on replay, and as the file says now where a turn is new.

        Args:
            kind: the class that the bot declares as ``Bot(settings=...)``.

        Raises:
            UsageError: if the bot declares another.

        >>> from dataclasses import dataclass
        >>> from chinwag import Bot, Chat
        >>> @dataclass(frozen=True)
        ... class Shop:
        ...     currency: str = "EUR"
        >>> bot = Bot("shop", settings=Shop)
        >>> @bot.on_text("price")
        ... async def price(chat: Chat) -> None:
        ...     await chat.say(f"7 {chat.settings(Shop).currency}")
        """
        return settings(kind)

    @property
    def log(self) -> Log:
        """A logger that is silent on replay: ``chat.log.warning("no stock of %s", item)``."""
        return LOG

    @property
    def address(self) -> Address:
        """Where this conversation lives."""
        return Address.parse(running().address)

    @property
    def user(self) -> str:
        """The id of the user, ``*`` in a conversation that a room shares."""
        return self.address.user

    @property
    def room(self) -> str:
        """The id of the room."""
        return self.address.room

    @property
    def message(self) -> Message:
        """The message that began this conversation; empty if none did.

        ``chat.message.user`` and ``.name`` tell who sent it, ``.arguments`` what stood behind the command.
        """
        message: Message | None = running().message
        return message if message is not None else Message("")

    def __repr__(self) -> str:
        conversation = RUNNING.here.conversation
        return f"<Chat of {conversation}>" if conversation else "<Chat>"
