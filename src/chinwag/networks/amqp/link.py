"""The link to a broker: a connection that comes back, with all that was declared on it.

Owns the connection, its channel, and the acknowledgements. Whatever ends the connection, the channel or the consumer,
the link begins anew: with growing pauses, everything declared again, and one line each for the loss and the return. A
message is heard once per delivery, in order; who took it in says when it is done, and only then it is acknowledged.

Rules: no message is sent into nothing (``Unreachable``), and one whose confirmation did not come is ``Ambiguous``. The
library's own robust connection is not used: it keeps silent about what may have been missed, gives a new exclusive
queue the old one's name, and has no place to say things.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

from aio_pika import Channel, Connection, DeliveryMode, ExchangeType
from aiormq.abc import DeliveredMessage
from aiormq.exceptions import AMQPError, ChannelNotFoundEntity
from pamqp.commands import Basic
from yarl import URL

from chinwag.core.errors import Ambiguous, Refused, Unreachable, UsageError
from chinwag.core.retry import Backoff
from chinwag.networks.amqp.acks import Acks
from chinwag.networks.amqp.delivery import Delivery, Ears
from chinwag.networks.amqp.settings import Settings
from chinwag.networks.amqp.transport import connect
from chinwag.networks.amqp.troubles import Trouble, trouble
from chinwag.networks.amqp.wire import LONGEST_TEXT, presence_of

AHEAD = 200
"""Messages that a broker hands over before they are done."""
CONNECT_WITHIN = 10.0
CONFIRM_WITHIN = 30.0
CLOSE_WITHIN = 1.5
SECOND = 1_000_000
DEAD = ".dead"
_ERRORS = (AMQPError, OSError, RuntimeError, asyncio.TimeoutError)

log = logging.getLogger("chinwag")
# What the library logs is told by us, once and in words.
for _name in ("aio_pika", "aiormq"):
    logging.getLogger(_name).addHandler(logging.NullHandler())
    logging.getLogger(_name).propagate = False


class Link:
    """A link to one room.

    Args:
        settings: of the broker and the room.
        ears: how one hears.
        hear: gets every message.
        tell: gets one line at each loss and each return.
        presence: whether to hear those who ask who is there.
        draw: gives a number in [0, 1), so that many who lost the broker together do not come back together.

    Attributes:
        queue: the name of the queue by which one hears.
        up: set while messages go through.
        down: set while they do not.
    """

    def __init__(
        self,
        settings: Settings,
        ears: Ears,
        hear: Callable[[Delivery], None] = lambda _: None,
        tell: Callable[[str], None] = log.warning,
        *,
        presence: bool = False,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self.queue = ""
        self.up, self.down = asyncio.Event(), asyncio.Event()
        self.down.set()
        self._settings, self._ears = settings, ears
        self._hear, self._tell = hear, tell
        self._presence = presence_of(settings.exchange) if presence else ""
        self._draw = draw
        self._backoff = Backoff(first=SECOND // 2, ceiling=30 * SECOND)
        self._url = URL(settings.url)
        if settings.ca:
            self._url = self._url.update_query(cafile=settings.ca)
        self._connection: Connection | None = None
        self._channel: Any = None
        self._lost: asyncio.Future[str] | None = None
        self._life: asyncio.Task[None] | None = None
        self._acks = Acks()
        self._acker: asyncio.Task[None] | None = None

    # -- life ---------------------------------------------------------------------------------------------------------

    async def open(self, *, patient: bool = False) -> None:
        """Connect and declare everything; from then on the link keeps itself.

        Args:
            patient: whether to wait for a broker that is not there.

        Raises:
            UsageError: what will not pass by itself.
            Unreachable: the broker is not there.
        """
        found = await self._attempt()
        if found is not None:
            if found.lasting:
                raise UsageError(found.words)
            if not patient:
                raise Unreachable(found.words)
            self._tell(f"{found.words} Trying again.")
            found = await self._attempts()
            if found is not None:
                raise UsageError(found.words)
            self._tell("RabbitMQ is there now.")
        self._life = asyncio.get_running_loop().create_task(self._keep(), name="amqp link")

    async def close(self) -> None:
        """Acknowledge what is done, and let go."""
        for task in (self._life, self._acker):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
        with suppress(*_ERRORS):
            await asyncio.wait_for(self._drain(), CLOSE_WITHIN)
        await self._drop()

    async def _keep(self) -> None:
        """Come back whenever the connection is lost."""
        while True:
            assert self._lost is not None  # noqa: S101 - it was open
            reason = await self._lost
            began = time.monotonic()
            self._tell(f"The connection to RabbitMQ at {self._settings.place} is lost ({reason}); trying again.")
            await self._drop()
            await self._return(began)

    async def _return(self, began: float) -> None:
        """Come back, however long it takes; what somebody has to mend is told once."""
        told = ""
        while (found := await self._attempts()) is not None:
            if found.words != told:
                self._tell(found.words)
                told = found.words
            await asyncio.sleep(self._backoff.ceiling / SECOND)
        self._tell(f"RabbitMQ is back, and all is declared again; {self._missed(time.monotonic() - began)}.")

    async def _attempts(self) -> Trouble | None:
        """Try with growing pauses, until it is done or will not pass by itself."""
        attempt = 0
        while True:
            await asyncio.sleep(self._backoff.delay(attempt, self._draw()) / SECOND)
            found = await self._attempt()
            if found is None or found.lasting:
                return found
            attempt += 1

    def _missed(self, seconds: float) -> str:
        """What may have been said and not heard."""
        while_away = f"in these {max(seconds, 1):,.0f} seconds"
        match self._ears:
            case "none":
                return "go on"
            case "exclusive":
                return f"what was said {while_away} may be missed"
            case "inbox" if not self._settings.durable:
                return f"what was said {while_away} is heard now, but for what came after a restart of the broker"
            case "work" if not self._settings.durable:
                return "if the broker was restarted, what waited in the queue is gone"
        return "nothing is lost"

    async def _attempt(self) -> Trouble | None:
        """Connect and declare; what is in the way, if anything is."""
        self._lost = lost = asyncio.get_running_loop().create_future()
        try:
            self._connection = await connect(self._url, CONNECT_WITHIN)
            self._connection.close_callbacks.add(partial(self._closed, lost))
            await asyncio.wait_for(self._declare(self._connection, lost), CONNECT_WITHIN)
        except _ERRORS as error:
            found = trouble(error, self._settings)
            await self._drop()
            return found
        if not lost.done():
            self.up.set()
            self.down.clear()
        return None

    async def _drop(self) -> None:
        self.up.clear()
        self.down.set()
        self._acks = Acks()
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            # Apart, as the library ends what is under way by cancelling it; ours must stay ours.
            closing = asyncio.ensure_future(connection.close())
            done, _ = await asyncio.wait({closing}, timeout=CLOSE_WITHIN)
            if not done:
                closing.cancel()
            elif not closing.cancelled():
                closing.exception()

    def _closed(self, lost: "asyncio.Future[str]", _: object, error: BaseException | None = None) -> None:
        self._lose(lost, " ".join(str(error or "").split()) or "it was closed")

    def _lose(self, lost: "asyncio.Future[str]", reason: str) -> None:
        """A connection is over, or of no use any more; an older one is nobody's concern."""
        if lost is self._lost and not lost.done():
            self.up.clear()
            self.down.set()
            lost.set_result(reason[:200].rstrip("."))

    # -- what is declared ---------------------------------------------------------------------------------------------

    async def _declare(self, connection: Connection, lost: "asyncio.Future[str]") -> None:
        channel = Channel(connection)
        await channel.initialize()
        channel.close_callbacks.add(partial(self._closed, lost))
        self._channel = await channel.get_underlay_channel()
        self._channel.on_consumer_cancel_callbacks.add(lambda _: self._lose(lost, "the queue was deleted"))
        settings = self._settings
        if settings.queue:
            self.queue = await self._work_queue(connection, channel)
        else:
            await channel.declare_exchange(settings.exchange, ExchangeType.FANOUT, durable=settings.durable)
        if self._presence:
            await channel.declare_exchange(self._presence, ExchangeType.FANOUT, auto_delete=True)
        if self._ears == "none":
            return
        await channel.set_qos(prefetch_count=AHEAD)
        if not settings.queue:
            self.queue = await self._own_queue(channel)
        if self._presence:
            await self._channel.queue_bind(self.queue, self._presence)
        await self._channel.basic_consume(self.queue, self._delivered, exclusive=self._ears == "inbox")

    async def _own_queue(self, channel: Channel) -> str:
        settings = self._settings
        if self._ears == "inbox":
            dead = f"{settings.inbox}{DEAD}"
            await channel.declare_queue(dead, durable=True)
            aside: dict[str, Any] = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": dead}
            queue = await channel.declare_queue(settings.inbox, durable=True, arguments=aside)
        else:
            queue = await channel.declare_queue(exclusive=True)
        await queue.bind(settings.exchange, routing_key="")
        return queue.name

    async def _work_queue(self, connection: Connection, channel: Channel) -> str:
        """Take a queue that is there as it is, durable or not, or make one."""
        name = self._settings.queue
        try:
            async with connection.channel() as trial:
                await trial.declare_queue(name, passive=True)
        except AMQPError:
            await channel.declare_queue(name, durable=self._settings.durable)
        return name

    # -- in -----------------------------------------------------------------------------------------------------------

    async def _delivered(self, message: DeliveredMessage) -> None:
        delivery, properties = message.delivery, message.header.properties
        if not isinstance(delivery, Basic.Deliver):
            return
        tag = delivery.delivery_tag or 0
        if message.channel is self._channel:
            self._acks.open(tag)
        settle = partial(self._settle, message.channel, tag)
        self._take(
            Delivery(
                delivery.routing_key or "",
                message.body,
                properties.headers or {},
                properties.message_id or "",
                properties.reply_to or "",
                delivery.exchange or "",
                bool(delivery.redelivered),
                partial(settle, True),  # noqa: FBT003 - whether it was taken
                partial(settle, False),  # noqa: FBT003 - likewise
            )
        )

    def _take(self, delivery: Delivery) -> None:
        """Hand it over; a mistake of ours must not pass unseen, as the library would let it."""
        try:
            self._hear(delivery)
        except Exception as error:
            log.exception("a message of %r could not be taken in: %s", delivery.key[:80], error)  # noqa: TRY401 - one line
            delivery.leave()

    def _settle(self, channel: Any, tag: int, taken: bool) -> None:  # noqa: FBT001 - bound above
        """Acknowledge soon. What was delivered on a channel that is gone comes again by itself."""
        if channel is not self._channel:
            return
        self._acks.settle(tag, taken=taken)
        if self._ears == "exclusive" and self._acks.waiting < AHEAD // 4:
            return  # the queue goes with the connection: it only has to be told how far we are
        if self._acker is None or self._acker.done():
            self._acker = asyncio.get_running_loop().create_task(self._acknowledge())

    async def _acknowledge(self) -> None:
        with suppress(*_ERRORS):  # the channel is gone, and with it what had to be acknowledged
            await self._drain()

    async def _drain(self) -> None:
        channel, acks = self._channel, self._acks
        while channel is not None and acks.waiting:
            for tag in acks.left():
                await channel.basic_nack(tag, requeue=False, wait=False)
            for tag, multiple in acks.taken():
                await channel.basic_ack(tag, multiple=multiple, wait=False)

    # -- out ----------------------------------------------------------------------------------------------------------

    async def publish(
        self,
        key: str,
        body: bytes,
        headers: Mapping[str, Any],
        number: str,
        *,
        exchange: str | None = None,
        reply_to: str = "",
    ) -> None:
        """Send a message, and wait until the broker has it.

        Args:
            key: the routing key.
            body: the words.
            headers: what rides along.
            number: the message's id.
            exchange: where to; the room if left out, or the default exchange for a work queue.
            reply_to: where an answer is awaited.

        Raises:
            Unreachable: it never left, or the broker did not want it now.
            Ambiguous: it left, and nobody said what became of it.
            Refused: it is too large.
        """
        if len(body) > LONGEST_TEXT:
            raise Refused(f"a message has {LONGEST_TEXT:,} bytes at most, and this one has {len(body):,}")
        channel = self._channel
        if channel is None or not self.up.is_set() or channel.is_closed:
            raise Unreachable("there is no connection to RabbitMQ")
        properties = Basic.Properties(
            content_type="text/plain",
            content_encoding="utf-8",
            delivery_mode=DeliveryMode.PERSISTENT.value,
            message_id=number,
            headers=dict(headers) or None,
            reply_to=reply_to or None,
        )
        place = exchange if exchange is not None else "" if self._settings.queue else self._settings.exchange
        await self._confirmed(
            channel.basic_publish(
                body, exchange=place, routing_key=key, properties=properties, timeout=CONFIRM_WITHIN, wait=False
            )
        )

    async def _confirmed(self, sending: Awaitable[Any]) -> None:
        try:
            answer = await sending
        except ChannelNotFoundEntity as error:  # the exchange was deleted: that message reached nobody
            raise Unreachable("the room is gone for the moment") from error
        except _ERRORS as error:
            raise Ambiguous(f"RabbitMQ did not confirm it ({type(error).__name__})") from error
        if isinstance(answer, Basic.Nack):
            raise Unreachable("RabbitMQ did not take it")
