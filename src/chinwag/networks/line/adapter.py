"""LINE as a network: events by webhook, messages by calls of the Messaging API.

Owns the life of one channel: who may push, what is durable before a push is answered, whose name is asked for, and what
is known of a second try. A push of ours has a key, under which LINE takes it once; a reply token is taken once itself,
so it is the key of an answer. ``closed`` is set when there is no point in going on, and ``failure`` says why.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from chinwag.core.errors import ChinwagError, FetchError, RateLimited, Refused, SendError, Unreachable
from chinwag.core.values import EVERYBODY, Arrival, Attachment, Outgoing
from chinwag.networks.line.client import BadToken, Client
from chinwag.networks.line.delivery import AT_ONCE, Delivery
from chinwag.networks.line.names import Names
from chinwag.networks.line.quota import Quota
from chinwag.networks.line.settings import Settings
from chinwag.networks.line.signature import HEADER, is_signed
from chinwag.networks.line.wire import LINKS, STICKER, Reader, token_of
from chinwag.ports import Budget, Inbox, Receipt
from chinwag.transport.fetching import given
from chinwag.transport.malformed import Malformed
from chinwag.transport.pauses import Pauses

SECOND = 1_000_000
DAY = 24 * 60 * 60 * SECOND
LONGEST_PAUSE = 60.0
"""Seconds after a 429 that does not say how long."""

log = logging.getLogger("chinwag")


class Line:
    """One channel on LINE.

    Args:
        account: the account's name, such as ``line:guess``.
        settings: the token, the secret, the server, the path.
        now: microseconds since the epoch.

    Attributes:
        finished: never set; LINE does not end.
        closed: set when it cannot go on.
        failure: then, why.
        ready: whether events are taken in.
    """

    numbered: bool = False
    echoes: bool = False
    window: int = DAY - 60 * SECOND
    """https://developers.line.biz/en/docs/messaging-api/retrying-api-request/"""
    together: int = AT_ONCE

    def __init__(
        self, account: str, settings: Settings, now: Callable[[], int] = lambda: time.time_ns() // 1000
    ) -> None:
        self.finished = asyncio.Event()
        self.closed = asyncio.Event()
        self.failure: ChinwagError | None = None
        self.ready = False
        self.path = settings.path
        self._account = account
        self._secret = settings.secret
        self._now = now
        self._client = Client(settings)
        self._reader = Reader(account)
        self._names = Names(self._client.name) if settings.names else None
        self.quota = Quota(account, self._client.quota, lambda: now() / SECOND)
        self._delivery = Delivery(self._client, self.quota, now)
        self._pauses = Pauses(account, "LINE")
        self._limited = 0
        self._errands: set[asyncio.Task[None]] = set()

    # -- life ---------------------------------------------------------------------------------------------------------

    async def start(self, inbox: Inbox) -> None:
        """Begin to take in events.

        Args:
            inbox: where they are put.
        """
        self._inbox = inbox
        self.ready = True
        self._run_errand(self._introduce())

    async def stop(self) -> None:
        """Take in no more, and let go."""
        self.ready = False
        for task in self._errands:
            task.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)
        if self._names is not None:
            await self._names.stop()
        await self._client.close()

    def restore(self) -> None:
        """Nothing was changed."""

    async def _introduce(self) -> None:
        """See that LINE knows the token, however long it cannot be reached, and what is left of the quota."""
        await self._pauses.insist(self._client.whoami, BadToken)
        await self.quota.refresh()

    def _fail(self, words: str) -> None:
        self.failure = ChinwagError(words)
        self.ready = False
        self.closed.set()

    def _run_errand(self, work: Awaitable[None]) -> None:
        """Do something on the side; if it fails, the log has it."""
        task = asyncio.get_running_loop().create_task(self._errand(work))
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _errand(self, work: Awaitable[None]) -> None:
        try:
            await work
        except BadToken:
            self._fail("LINE does not know this token: check LINE_TOKEN, or issue one in the LINE Developers Console.")
        except SendError as error:
            log.warning("%s: %s; the bot goes on without it.", self._account, error)

    @property
    def budget(self) -> Budget | None:
        """The pushes that are left this month; None if there are as many as one likes, or LINE has not said."""
        quota = self.quota
        return Budget(max(quota.limit - quota.used, 0), quota.limit) if quota.limit is not None else None

    # -- in -----------------------------------------------------------------------------------------------------------

    def allows(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether a push comes from LINE.

        Args:
            headers: with names in lower case.
            body: the raw bytes; not parsed.
        """
        return is_signed(self._secret, body, headers.get(HEADER, ""))

    def take(self, body: bytes, done: Callable[[], None]) -> None:
        """Take in what was pushed.

        Args:
            body: events.
            done: called once all of them are durable.
        """
        now = self._now()
        events = self._reader.read(body, now // 1000)
        arrivals = [event for event in events if isinstance(event, Arrival)]
        for event in events:
            if isinstance(event, Malformed):
                log.warning("%s: an event was left out, it cannot be read: %s", self._account, event.reason)
        if not arrivals:
            done()
            return
        left = len(arrivals)

        def durable() -> None:
            nonlocal left
            left -= 1
            if left == 0:
                done()

        receive = partial(self._receive, durable)
        for arrival in arrivals:
            if self._names is None or arrival.user == EVERYBODY or arrival.event == "leave":
                receive(arrival)
            else:
                self._names.named(arrival, now, receive)

    def _receive(self, durable: Callable[[], None], arrival: Arrival) -> None:
        self._inbox.receive(arrival, durable)

    # -- what is no message -------------------------------------------------------------------------------------------

    def pressed(self, press: Arrival, words: str) -> None:
        """Tell who pressed a button why that was no answer; LINE shows the press itself.

        Args:
            press: what arrived.
            words: why; empty if it was an answer.
        """
        token, until = token_of(press.ref)
        if words and until > self._now() // 1000:
            self._run_errand(self._say(token, words))

    async def _say(self, token: str, words: str) -> None:
        await self._client.reply(token, [{"type": "text", "text": words}])

    def typing(self, room: str) -> None:
        """Show that the bot is at work, where LINE can: in direct chats.

        Args:
            room: where.
        """
        if room.startswith("U"):
            self._run_errand(self._client.show_loading(room))

    async def fetch(self, attachment: Attachment) -> bytes:
        """The bytes of a file that came along.

        Args:
            attachment: the file.

        Raises:
            FetchError: if LINE does not give it.
        """
        kind, _, message = attachment.link.removeprefix(LINKS).partition("/")
        if not attachment.link.startswith(LINKS) or attachment.link.startswith(STICKER) or not (kind and message):
            raise FetchError(f"LINE has no bytes of {attachment.link[:80]!r}")
        return await given(self._account, "LINE", self._client.content(message))

    # -- out ----------------------------------------------------------------------------------------------------------

    def known_until(self, message: Outgoing, begun: int) -> int:
        """Until when LINE knows a second try for one, in microseconds.

        Args:
            message: the first of those that go together.
            begun: when it was first sent, in microseconds.
        """
        token, until = token_of(message.reply)
        return until * 1000 if token else begun + self.window

    async def send(self, message: Outgoing) -> Receipt:
        """Send one message.

        Raises:
            Refused, RateLimited, Unreachable, Ambiguous: see ``chinwag.core.errors``.
        """
        (outcome,) = await self.send_together((message,), again=False)
        if isinstance(outcome, Refused):
            raise outcome
        return outcome

    async def send_together(self, messages: Sequence[Outgoing], *, again: bool) -> list[Receipt | Refused]:
        """Send messages of one room, in as few calls as they fit into.

        Args:
            messages: in order; the first has the reply token, if there is one, and the key.
            again: whether they may have arrived.

        Returns:
            What became of each.

        Raises:
            RateLimited, Unreachable, Ambiguous: for all of them; see ``chinwag.core.errors``.
        """
        try:
            outcomes = await self._delivery.deliver(messages, again=again)
        except BadToken:
            self._fail("LINE does not know this token any more: check LINE_TOKEN, then start again.")
            raise Unreachable("LINE does not know the token") from None
        except RateLimited as error:
            self._limited += 1
            pause = min(2.0 ** min(self._limited - 1, 10), LONGEST_PAUSE)
            raise RateLimited(str(error), max(error.retry_after, pause)) from None
        self._limited = 0
        if self.quota.due:
            self._run_errand(self.quota.refresh())
        return outcomes
