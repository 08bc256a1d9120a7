"""An emulator of the Telegram Bot API: an HTTP server for bots, and a control side for tests.

``async with TelegramEmulator() as telegram`` serves on a port of its own at `telegram.url`, with one bot whose token is
`telegram.token`. The control side is `telegram.rooms` (bots, users, chats, members), `telegram.people` (what users do),
and the methods here (what a user sees, waits, faults, limits). All of it is also reachable by ``POST
/control/<operation>`` with the arguments as one JSON object: the answer is ``{"result": …}`` or ``{"error": "…"}``.

Methods that are not in `telegram_api.METHODS` are answered with 404, as unknown ones are: polls, payments, inline mode,
business accounts, stories, forwarding, pins, moderation. A photo has one size; quotes and replies to other chats are
not kept; overlapping entities are not split up; a multipart answer to a webhook is not executed.
"""

import asyncio
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from typing import Any, Self

import msgspec
from aiohttp import web
from tests.servers.telegram.telegram_api import BotApi
from tests.servers.telegram.telegram_faults import Fault, Kind
from tests.servers.telegram.telegram_files import Files
from tests.servers.telegram.telegram_parameters import MOST_BYTES, Call, read_call
from tests.servers.telegram.telegram_people import People
from tests.servers.telegram.telegram_refusals import Json, Refused
from tests.servers.telegram.telegram_rooms import Rooms
from tests.servers.telegram.telegram_view import Seen, View, seen, view
from tests.servers.telegram.telegram_world import Room, World

PATIENCE = 20.0
"""Seconds that a wait lasts if none are given; nothing waits that long when all is well."""

JSON = "application/json"
HANDS_OFF = struct.pack("ii", 1, 0)
"""SO_LINGER that makes a close a reset."""


class TelegramEmulator:
    """The server and its control side. `clock` gives seconds since 1970; `backoff` is the unit of webhooks' retries."""

    def __init__(
        self,
        *,
        port: int = 0,
        clock: Callable[[], float] = time.time,
        backoff: float = 1.0,
        strict_webhooks: bool = False,
        token: str = "",
    ) -> None:
        self.world = World(clock)
        self.files = Files()
        self.rooms = Rooms(self.world)
        self.people = People(self.world, self.rooms, self.files)
        self.api = BotApi(self.world, self.files, backoff=backoff, strict_webhooks=strict_webhooks)
        self.token: str = self.rooms.add_bot(token=token)["token"]
        self.url = ""
        self._port = port
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Serve; `url` is known then."""
        app = web.Application(client_max_size=MOST_BYTES)
        app.router.add_route("*", "/bot{token}/{method}", self._serve)
        app.router.add_get("/file/bot{token}/{path:.+}", self._download)
        app.router.add_post("/control/{operation}", self._control)
        app.router.add_route("*", "/{rest:.*}", self._nothing)
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """End all polls, deliveries and connections."""
        self._stopping.set()
        for bot in self.world.bots.values():
            bot.updates.wake()
        await self.api.stop()
        if self._runner:
            await self._runner.cleanup()

    # ----------------------------------------------------------------------------------------------------------- seeing

    def room(self, user: int, chat: int | None = None, bot: int | None = None) -> Room:
        if chat is not None and chat < 0:
            return self.world.rooms[chat]
        return self.rooms._private(user, self.rooms.bot(bot))

    def view(self, user: int, *, chat: int | None = None, bot: int | None = None) -> View:
        """The chat as this user sees it; without `chat` his private one with the bot."""
        return view(self.room(user, chat, bot), self.world.accounts[user], self.world.clock())

    def bot_messages(self, user: int, *, chat: int | None = None, bot: int | None = None) -> list[Seen]:
        """The bots' messages in a chat, the deleted ones included."""
        posts = self.room(user, chat, bot).posts.values()
        return [seen(post) for post in posts if post.sender and post.sender.is_bot]

    async def wait_messages(
        self, user: int, count: int = 1, *, chat: int | None = None, bot: int | None = None, seconds: float = PATIENCE
    ) -> list[Seen]:
        """Wait until bots have sent this many messages to a chat in all; all of them."""

        def look() -> list[Seen] | None:
            found = self.bot_messages(user, chat=chat, bot=bot)
            return found if len(found) >= count else None

        return await self.world.changed.until(look, seconds, f"{count} messages of the bot")

    async def wait_text(
        self, user: int, text: str, *, chat: int | None = None, bot: int | None = None, seconds: float = PATIENCE
    ) -> Seen:
        """Wait until a bot's message with exactly this text stands in a chat; the newest such."""

        def look() -> Seen | None:
            found = self.bot_messages(user, chat=chat, bot=bot)
            return next((one for one in reversed(found) if one.text == text), None)

        return await self.world.changed.until(look, seconds, f"the text {text!r}")

    def calls(self, method: str | None = None, bot: int | None = None) -> list[Json]:
        """The bots' calls so far, or those of one bot, polls left out: method, values, status."""
        return [
            {"method": call.method, "values": call.values, "status": call.status}
            for call in self.api.calls
            if (method is None or call.method.lower() == method.lower()) and bot in {None, call.bot}
        ]

    async def wait_calls(
        self, method: str, count: int = 1, *, bot: int | None = None, seconds: float = PATIENCE
    ) -> list[Json]:
        """Wait until a method was called this many times in all, or by one bot."""

        def look() -> list[Json] | None:
            found = self.calls(method, bot)
            return found if len(found) >= count else None

        return await self.world.changed.until(look, seconds, f"{count} calls of {method}")

    def updates(self, bot: int | None = None) -> Json:
        """How many of a bot's updates are pending, and how many it has confirmed."""
        updates = self.rooms.bot(bot).updates
        return {"pending": len(updates.pending), "confirmed": updates.confirmed}

    async def wait_confirmed(self, count: int, *, bot: int | None = None, seconds: float = PATIENCE) -> None:
        """Wait until a bot has confirmed this many updates in all."""
        updates = self.rooms.bot(bot).updates
        look = lambda: True if updates.confirmed >= count else None  # noqa: E731
        await self.world.changed.until(look, seconds, f"{count} confirmed updates")

    async def wait_poll(self, *, bot: int | None = None, seconds: float = PATIENCE) -> None:
        """Wait until a bot polls and there is nothing for it."""
        updates = self.rooms.bot(bot).updates
        look = lambda: True if updates.waiting else None  # noqa: E731
        await self.world.changed.until(look, seconds, "a poll")

    def push(self, update: Json, *, bot: int | None = None) -> int:
        """Queue an update of any content, without its id; the id."""
        return self.rooms.bot(bot).updates.push(msgspec.json.encode(update)[1:])

    def push_all(self, updates: list[Json] | list[bytes], *, bot: int | None = None) -> int:
        """Queue many updates without their ids, and in no chat; how many there were.

        As bytes each is the JSON behind ``{"update_id":1,``, the closing brace included.
        """
        rests = (one if isinstance(one, bytes) else msgspec.json.encode(one)[1:] for one in updates)
        return self.rooms.bot(bot).updates.push_all(rests)

    # ----------------------------------------------------------------------------------------------------------- faults

    def plan(
        self,
        kind: Kind,
        *,
        method: str | None = None,
        chat: int | None = None,
        times: int = 1,
        **more: Any,
    ) -> Fault:
        """Plan a fault for the next calls; see `Fault` for its kinds and for `more`."""
        return self.api.faults.plan(Fault(kind, method, chat, times, **more))

    def release(self) -> None:
        """Answer what slow faults hold back."""
        self.api.faults.release()

    def clear_faults(self) -> None:
        """Forget all faults that are still to come."""
        self.api.faults.clear()

    def lose_offset(self, times: int = 1, *, bot: int | None = None) -> None:
        """Let the next polls' offset get lost: what the bot confirmed last is delivered again."""
        self.rooms.bot(bot).updates.lost_offsets = times

    def duplicate(self, times: int = 1, *, bot: int | None = None) -> None:
        """Let the next updates be delivered twice."""
        self.rooms.bot(bot).updates.duplicates = times

    def reorder(self, count: int, *, bot: int | None = None) -> None:
        """Let the webhook hold back so many updates, and deliver them in reverse."""
        self.api.deliveries[self.rooms.bot(bot).account.id].reorder = count

    def limit(self, enforced: bool = True, **sizes: int) -> None:  # noqa: FBT001, FBT002 - a switch, also over HTTP
        """Enforce the limits for sending, or no more; `sizes` are overall, per_chat, per_group."""
        self.api.limits.enforced = enforced
        for name, size in sizes.items():
            if name not in {"overall", "per_chat", "per_group"}:
                raise ValueError(f"there is no limit {name!r}")
            setattr(self.api.limits, name, size)

    # ------------------------------------------------------------------------------------------------------------- HTTP

    async def _serve(self, request: web.Request) -> web.Response:
        """One call of the Bot API."""
        call = Call(request.match_info["method"])
        fault = None
        try:
            bot = self.api.bot(request.match_info["token"])
            call = await read_call(request, call.method)
            fault = self.api.faults.take(call)
            if fault and fault.kind == "reset_before":
                return self._reset(request)
            self.api.before(fault)
            body, call.status = await self.api.answer(bot, call), 200
            self.api.after(fault)
        except Refused as refused:
            body, call.status = refused.body(), refused.code
        except web.HTTPRequestEntityTooLarge:
            body, call.status = Refused(413, "Request Entity Too Large").body(), 413
        return await self._late(request, fault) or web.Response(body=body, status=call.status, content_type=JSON)

    async def _late(self, request: web.Request, fault: Fault | None) -> web.Response | None:
        """What a fault does after the effect: a reset instead of the answer, or a wait."""
        if fault is None:
            return None
        if fault.kind == "reset_after":
            return self._reset(request)
        if fault.kind == "silent_after":
            await self._stopping.wait()
            return self._reset(request)
        if fault.kind == "slow" and fault.seconds is None:
            await fault.released.wait()
        elif fault.kind == "slow":
            await asyncio.sleep(fault.seconds or 0)
        return None

    @staticmethod
    def _reset(request: web.Request) -> web.Response:
        """Close the connection so that the client sees it reset."""
        if request.transport:
            peer: socket.socket = request.transport.get_extra_info("socket")
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, HANDS_OFF)
            request.transport.abort()
        return web.Response()

    async def _download(self, request: web.Request) -> web.Response:
        """A file's content."""
        try:
            self.api.bot(request.match_info["token"])
            call = Call("download", {"path": request.match_info["path"]})
            fault = self.api.faults.take(call)
            if fault and fault.kind == "reset_before":
                return self._reset(request)
            self.api.before(fault)
            file = self.files.at(request.match_info["path"])
        except Refused as refused:
            return web.Response(body=refused.body(), status=refused.code, content_type=JSON)
        late = await self._late(request, fault)
        return late or web.Response(body=file.content, content_type="application/octet-stream")

    async def _nothing(self, _: web.Request) -> web.Response:
        return web.Response(body=Refused(404, "Not Found").body(), status=404, content_type=JSON)

    async def _control(self, request: web.Request) -> web.Response:
        """One operation of the control side."""
        try:
            arguments = msgspec.json.decode(await request.read() or b"{}")
            result = self._operation(request.match_info["operation"])(**arguments)
            if isinstance(result, Awaitable):
                result = await result
        except (ValueError, TypeError, KeyError, StopIteration, TimeoutError) as error:
            body = {"error": f"{type(error).__name__}: {error}"}
            return web.Response(body=msgspec.json.encode(body), status=400, content_type=JSON)
        return web.Response(body=msgspec.json.encode({"result": plain(result)}), content_type=JSON)

    def _operation(self, name: str) -> Callable[..., Any]:
        parts: tuple[object, ...] = (self, self.people, self.rooms)
        found = next((found for part in parts if (found := operation_of(part, name))), None)
        if found is None:
            raise ValueError(f"there is no operation {name!r}")
        return found


def operation_of(part: object, name: str) -> Callable[..., Any] | None:
    """A public operation of one part of the control side."""
    if name.startswith("_") or name in {"start", "stop", "room", "bot"}:
        return None
    found = getattr(part, name, None)
    return found if callable(found) else None


def plain(value: Any) -> Any:
    """A result as JSON can hold it; what it cannot hold is nothing that another process needs."""
    if isinstance(value, Fault | Room):
        return True
    return msgspec.to_builtins(value)
