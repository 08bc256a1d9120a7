"""A bot in a room of the broadcast chat.

Owns who is heard. Everybody is, each nickname with conversations of its own, but for bots that say that they are bots
(this one is among them: it hears itself, as all do) and those who are found out (``loops``). What is said, all hear; it
carries the bot's nickname, and a header that says what it is. RabbitMQ takes no keys, so what was not confirmed may
arrive twice.

Rules: a message is acknowledged once it is durable here. What is no text is put aside by a durable queue, or told and
left out. ``closed`` is set when there is no point in going on, and ``failure`` says why.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from uuid import uuid4

from chinwag.core.errors import ChinwagError, Refused, UsageError
from chinwag.core.lines import one_line
from chinwag.core.values import Outgoing
from chinwag.networks.amqp import wire
from chinwag.networks.amqp.delivery import Delivery
from chinwag.networks.amqp.link import DEAD, Link
from chinwag.networks.amqp.loops import SILENCE, Loops
from chinwag.networks.amqp.presence import Presence
from chinwag.networks.amqp.settings import Settings
from chinwag.ports import Inbox, Receipt

log = logging.getLogger("chinwag")


class Amqp:
    """One bot in one room.

    Args:
        account: the account's name, such as ``amqp:guess``.
        settings: of the room.
        name: the bot's nickname.
        now: a clock, in seconds.

    Attributes:
        finished: never set; a room does not end.
        closed: set when it cannot go on.
        failure: then, why.
    """

    numbered: bool = True
    window: int = 0
    echoes: bool = False

    def __init__(self, account: str, settings: Settings, name: str, now: Callable[[], float] = time.monotonic) -> None:
        self.finished = asyncio.Event()
        self.closed = asyncio.Event()
        self.failure: ChinwagError | None = None
        self._account, self._settings, self._name = account, settings, name
        self._link = Link(settings, "inbox" if settings.inbox else "exclusive", self._heard, self._told, presence=True)
        self._presence = Presence(self._link, settings.exchange, lambda: name, now, bot=True)
        self._loops = Loops(now)
        self._life: asyncio.Task[None] | None = None
        self._errands: set[asyncio.Task[None]] = set()

    async def start(self, inbox: Inbox) -> None:
        """Enter the room; a broker that is not there is waited for.

        Args:
            inbox: where what is said is put.
        """
        self._inbox = inbox
        self._life = asyncio.get_running_loop().create_task(self._enter(), name=self._account)

    async def stop(self) -> None:
        """Leave the room; what is not acknowledged comes again, if the queue lasts."""
        for task in (self._life, *self._errands):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        await self._link.close()

    def restore(self) -> None:
        """Nothing was changed."""

    async def _enter(self) -> None:
        try:
            await self._link.open(patient=True)
        except UsageError as error:
            self.failure = error
            self.closed.set()

    def _told(self, words: str) -> None:
        log.warning("%s: %s", self._account, words)

    # -- in -----------------------------------------------------------------------------------------------------------

    def _heard(self, delivery: Delivery) -> None:
        if self._presence.is_about(delivery):
            self._run(self._presence.answer(delivery))
            delivery.done()
            return
        heard = wire.decode(delivery.key, delivery.body, delivery.headers, delivery.id)
        if heard.bot or self._hastens(heard.name):
            delivery.done()
        elif wire.is_text(delivery.body):
            self._inbox.receive(wire.arrival(heard, self._account, self._settings.exchange), delivery.done)
        else:
            self._leave_out(heard, delivery)

    def _hastens(self, name: str) -> bool:
        loop = self._loops.heard(name)
        if loop == "begun":
            self._told(
                f"{one_line(name)[:80]} answers faster than people do, and is not heard until {SILENCE:.0f} seconds of "
                "silence: is it a bot?"
            )
        return bool(loop)

    def _leave_out(self, heard: wire.Heard, delivery: Delivery) -> None:
        """A durable queue has a place for what is no text."""
        if self._settings.inbox:
            delivery.leave()
            what = f"it was put into the queue {self._settings.inbox}{DEAD}"
        else:
            delivery.done()
            what = "it was left out"
        self._told(f"{one_line(heard.name)[:80]} sent what is no text in UTF-8, or too long; {what}.")

    def _run(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    # -- out ----------------------------------------------------------------------------------------------------------

    def send(self, message: Outgoing) -> Awaitable[Receipt]:
        """Say something in the room.

        Returns:
            The promise of a receipt: the broker has it.

        Raises:
            Refused, Unreachable, Ambiguous: when awaited; see ``chinwag.core.errors``.
        """
        return self._send(message)

    async def _send(self, message: Outgoing) -> Receipt:
        if message.room != self._settings.exchange:
            raise Refused(f"the bot sits in the room {self._settings.exchange}, and not in {message.room}")
        number = uuid4().hex
        self._loops.said()
        body = wire.words(message).encode("utf-8", "replace")
        await self._link.publish(self._name, body, {wire.BOT: self._name}, number)
        return Receipt(number)
