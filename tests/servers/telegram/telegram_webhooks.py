"""Webhooks: `setWebhook` and the delivery of updates to it.

Updates of one chat are delivered in order, one at a time; those of different chats at once, up to `max_connections`.
An update is posted until the answer is 2xx: at once after the first failure, then after 2, 4, 8 … units of backoff, or
after the `Retry-After` of the answer. A JSON answer with a ``method`` is executed as a call. Like a local Bot API
server this one takes plain HTTP and any port; `strict` makes it as narrow as Telegram's public one.
"""

import asyncio
import contextlib
import re
import ssl
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp
import msgspec
from tests.servers.telegram.telegram_parameters import Call
from tests.servers.telegram.telegram_refusals import Json, bad
from tests.servers.telegram.telegram_updates import KINDS, Update, Updates
from tests.servers.telegram.telegram_world import Bot, World

PORTS = {80, 88, 443, 8443}
LONGEST_PAUSE = 60
"""Units of backoff."""
SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name


@dataclass(slots=True, eq=False)
class Webhook:
    """Where one bot's updates go."""

    url: str = ""
    secret: str = ""
    max_connections: int = 40
    tls: ssl.SSLContext | None = None
    error: str = ""
    error_date: int = 0

    def info(self, updates: Updates) -> Json:
        fields: Json = {"url": self.url, "has_custom_certificate": self.tls is not None}
        fields["pending_update_count"] = len(updates.pending)
        if not self.url:
            return fields
        fields |= {"max_connections": self.max_connections, "ip_address": "127.0.0.1"}
        if self.error:
            fields |= {"last_error_date": self.error_date, "last_error_message": self.error}
        if updates.allowed < KINDS and updates.allowed:
            fields["allowed_updates"] = sorted(updates.allowed)
        return fields


def read_webhook(call: Call, *, strict: bool) -> Webhook:
    """The webhook that `setWebhook` asks for; refuses a bad URL and a bad secret."""
    url, secret = call.text("url"), call.text("secret_token")
    check_url(url, strict=strict)
    if len(secret) > 256:
        raise bad("secret token is too long")
    if not SECRET.fullmatch(secret):
        raise bad("secret token contains unallowed characters")
    connections = min(max(call.integer("max_connections", 40), 1), 100)
    return Webhook(url, secret, connections, certificate(call))


def check_url(url: str, *, strict: bool) -> None:
    try:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise bad("invalid webhook URL specified") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise bad("invalid webhook URL specified")
    if strict and parts.scheme != "https":
        raise bad("bad webhook: An HTTPS URL must be provided for webhook")
    if strict and port not in PORTS:
        raise bad("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")


def certificate(call: Call) -> ssl.SSLContext | None:
    """The self-signed certificate to trust, if the bot uploads one."""
    name = call.text("certificate").removeprefix("attach://") or "certificate"
    upload = call.uploads.get(name)
    if upload is None:
        return None
    try:
        context = ssl.create_default_context(cadata=upload.content.decode())
    except (ssl.SSLError, UnicodeDecodeError):
        raise bad("bad webhook: Can't parse the certificate") from None
    context.check_hostname = False
    return context


@dataclass(slots=True, eq=False)
class Delivery:
    """Posts one bot's updates to its webhook until it is stopped."""

    world: World
    bot: Bot
    hook: Webhook
    http: aiohttp.ClientSession
    execute: Callable[[Bot, Call], Awaitable[object]]
    backoff: float
    """Seconds of one unit."""
    reorder: int = 0
    """How many of the next updates are held back, to be delivered in reverse."""
    attempts: int = 0
    lanes: dict[int, deque[Update]] = field(default_factory=dict)
    held: list[Update] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    slots: asyncio.Semaphore = field(init=False)

    def start(self) -> None:
        self.slots = asyncio.Semaphore(self.hook.max_connections)
        self.bot.updates.on_arrival = self.take
        for update in list(self.bot.updates.pending):
            self.take(update)

    async def stop(self) -> None:
        self.bot.updates.on_arrival = None
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def take(self, update: Update) -> None:
        """Queue an update in its chat's lane, or hold it back to turn the order around."""
        if self.reorder:
            self.held.append(update)
            self.reorder -= 1
            if not self.reorder:
                held, self.held = self.held[::-1], []
                self.queue(-1, held)
            return
        self.queue(update.lane, [update])

    def queue(self, lane: int, updates: list[Update]) -> None:
        waiting = self.lanes.get(lane)
        if waiting is not None:
            waiting.extend(updates)
            return
        self.lanes[lane] = deque(updates)
        task = asyncio.create_task(self.drain(lane))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def drain(self, lane: int) -> None:
        """Deliver what one chat's lane holds, one after the other."""
        waiting = self.lanes[lane]
        while waiting:
            async with self.slots:
                pause = await self.attempt(waiting[0])
            failures = 0
            while pause is not None:
                await asyncio.sleep(pause or min(2**failures, LONGEST_PAUSE) * self.backoff * bool(failures))
                failures += 1
                async with self.slots:
                    pause = await self.attempt(waiting[0])
            update = waiting.popleft()
            with contextlib.suppress(ValueError):  # a duplicate, or dropped by `drop_pending_updates`
                self.bot.updates.delivered(update)
            self.world.changed.fire()
        del self.lanes[lane]

    async def attempt(self, update: Update) -> float | None:
        """Post an update once; None if it was taken, else the seconds to wait as the answer asks (0 if it does not)."""
        self.attempts += 1
        headers = {"Content-Type": "application/json"} | ({SECRET_HEADER: self.hook.secret} if self.hook.secret else {})
        tls = self.hook.tls or True
        try:
            async with self.http.post(self.hook.url, data=update.body, headers=headers, ssl=tls) as answer:
                body = await answer.read()
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            self.fail(f"Connection failed: {type(error).__name__}")
            return 0.0
        if 200 <= answer.status < 300:
            await self.reply(answer, body)
            return None
        self.fail(f"Wrong response from the webhook: {answer.status} {answer.reason}")
        return float(answer.headers.get("Retry-After", "0")) * self.backoff

    def fail(self, error: str) -> None:
        self.hook.error, self.hook.error_date = error, self.world.now()
        self.world.changed.fire()

    async def reply(self, answer: aiohttp.ClientResponse, body: bytes) -> None:
        """Execute the call that an answer may hold; nobody is told how it went."""
        if answer.content_type != "application/json" or not body:
            return
        with contextlib.suppress(msgspec.DecodeError):
            values = msgspec.json.decode(body)
            if isinstance(values, dict) and isinstance(values.get("method"), str):
                await self.execute(self.bot, Call(values.pop("method"), values))
