"""Who is in a room: a question on an exchange beside it, and an answer from everybody who knows the convention.

Owns when an answer is given. Nobody keeps a list, so nobody who was killed stays on one. A question is answered only to
a queue that a broker named, as those who ask have, and at most so many a second: nobody is made to write elsewhere, or
more than a little. A plain client is not bound to that exchange, and neither asks nor answers.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from chinwag.core.errors import SendError
from chinwag.networks.amqp.delivery import Delivery
from chinwag.networks.amqp.link import Link
from chinwag.networks.amqp.wire import BOT, HERE, NAME, PRESENCE, WHO, presence_of

SERVER_NAMED = "amq.gen-"
MOST_ANSWERS = 20
"""Within a second."""


class Presence:
    """Asks who is there, and answers.

    Args:
        link: opened with ``presence``.
        exchange: the room's.
        name: gives the nickname; empty for somebody who does not say that he is there.
        bot: whether a bot answers.
        now: a clock, in seconds.
    """

    def __init__(
        self, link: Link, exchange: str, name: Callable[[], str], now: Callable[[], float], *, bot: bool = False
    ) -> None:
        self._link, self._exchange = link, presence_of(exchange)
        self._name, self._now = name, now
        self._headers: dict[str, Any] = {BOT: "1"} if bot else {}
        self._asked: set[str] = set()
        self._answers: list[float] = []

    def is_about(self, delivery: Delivery) -> bool:
        """Whether a delivery is of this convention, and nothing that was said in the room."""
        beside = bool(self._exchange) and delivery.exchange == self._exchange
        return beside or (not delivery.exchange and PRESENCE in delivery.headers)

    async def ask(self) -> None:
        """Ask who is there; who answers comes as a delivery.

        Raises:
            SendError: if it did not get out.
        """
        number = uuid4().hex
        self._asked.add(number)
        await self._link.publish(
            self._name(), b"", {PRESENCE: WHO}, number, exchange=self._exchange, reply_to=self._link.queue
        )

    async def answer(self, delivery: Delivery) -> None:
        """Say that one is there, if somebody else asks; nobody counts on it.

        Args:
            delivery: of this convention.
        """
        if not self._is_to_be_answered(delivery):
            return
        try:
            headers = {PRESENCE: HERE, NAME: self._name(), **self._headers}
            await self._link.publish(delivery.reply_to, b"", headers, uuid4().hex, exchange="")
        except SendError:
            return

    def _is_to_be_answered(self, delivery: Delivery) -> bool:
        if delivery.headers.get(PRESENCE) != WHO or not delivery.reply_to.startswith(SERVER_NAMED):
            return False
        if delivery.id in self._asked:
            self._asked.discard(delivery.id)
            return False
        now = self._now()
        self._answers = [at for at in self._answers if now - at < 1]
        if not self._name() or len(self._answers) >= MOST_ANSWERS:
            return False
        self._answers.append(now)
        return True
