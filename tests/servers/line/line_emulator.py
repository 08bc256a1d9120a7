"""LINE for tests: its platform's side of the webhook, and the Messaging API before prism, which checks every call.

What prism cannot know is here: a reply token is good once and for a minute, a retry key is taken once, a month has so
many pushes, calls fail. What users see is kept by chat, in order. It listens on loopback alone.
"""

import asyncio
import json
import re
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Self

import aiohttp
from aiohttp import web

from chinwag.networks.line.signature import HEADER, signature

MINUTE = 60.0
MOST_TRIES = 5
TOKEN, SECRET = "emulated-token", "emulated-secret"
ABOUT = {
    "userId": f"U{0:032x}",
    "basicId": "@guess",
    "displayName": "Guess",
    "chatMode": "bot",
    "markAsReadMode": "auto",
}
_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Fault:
    """What happens to the next call whose path ends so: an HTTP status, or the connection is cut before or after."""

    def __init__(self, path: str, kind: int | str, words: str = "", **headers: str) -> None:
        self.path, self.kind, self.words, self.headers = path, kind, words, headers


class LineEmulator:
    """LINE.

    Args:
        prism: where prism listens; empty to believe every call.
        clock: seconds, for the tokens' minute.

    Attributes:
        url: of the Messaging API, every host of it.
        calls: what was called: method, path, body, status.
        violations: what prism refused.
        chats: by room, the objects that are seen there.
        answers: by reply token, the texts that it was used for.
        refuse: a word that no text may have.
        odd: what every send is answered with, in the place of what it should be.
        hold: profiles are told once it is set.
        profiles: display names by user.
    """

    def __init__(self, prism: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        self._prism, self._clock = prism, clock
        self.url = ""
        self.calls: list[tuple[str, str, Any, int]] = []
        self.violations: list[str] = []
        self.chats: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        self.profiles: dict[str, str] = {}
        self.contents: dict[str, bytes] = {}
        self.faults: list[Fault] = []
        self.refuse = ""
        self.odd: bytes | None = None
        self.hold: asyncio.Event | None = None
        self.limit: int | None = None
        self.used = 0
        self.tokens: dict[str, tuple[str, float]] = {}
        self._keys: dict[str, list[dict[str, str]]] = {}
        self._sent = 0
        self._heard = asyncio.Condition()
        self.answers: dict[str, list[str]] = {}
        self._shown: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=16 * 1024 * 1024)
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._http = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=200))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()
        await self._runner.cleanup()

    # -- the platform: webhooks ---------------------------------------------------------------------------------------

    async def deliver(self, url: str, *events: dict[str, Any], secret: str = SECRET) -> int:
        """Push events, signed; the status that is answered, 0 if nobody is there."""
        for one in events:
            self.know(one)
        body = json.dumps({"destination": f"U{0:032x}", "events": list(events)}, ensure_ascii=False).encode()
        headers = {HEADER: signature(secret, body), "Content-Type": "application/json"}
        try:
            async with self._http.post(url, data=body, headers=headers) as answer:
                await answer.read()
                return answer.status
        except aiohttp.ClientError:
            return 0

    def know(self, event: dict[str, Any]) -> None:
        """The event's reply token is good from now on, for a minute; redelivered, it is the same one."""
        token = event.get("replyToken")
        if token and token not in self.tokens:
            where = event["source"]
            room = where.get("groupId") or where.get("roomId") or where.get("userId", "")
            self.tokens[token] = (room, self._clock() + MINUTE)

    # -- what users see -----------------------------------------------------------------------------------------------

    def texts(self, room: str) -> list[str]:
        """The texts in a chat, in order."""
        return [one.get("text", one["type"]) for one in self.chats[room]]

    async def wait_for(self, found: Callable[[], bool], seconds: float = 30.0) -> None:
        """Wait until something is so; it is looked at whenever something was called."""
        async with asyncio.timeout(seconds), self._heard:
            await self._heard.wait_for(found)

    async def wait_texts(self, room: str, count: int, seconds: float = 60.0) -> list[str]:
        """The texts in a chat, once there are so many."""
        async with asyncio.timeout(seconds):
            while len(self.chats[room]) < count:
                await self._next(room)
        return self.texts(room)

    async def answer(self, event: dict[str, Any], seconds: float = 60.0) -> list[str]:
        """The texts that an event is answered with, under its reply token."""
        token = event["replyToken"]
        async with asyncio.timeout(seconds):
            while token not in self.answers:
                await self._next(token)
        return self.answers[token]

    async def _next(self, what: str) -> None:
        self._shown[what].clear()
        await self._shown[what].wait()

    def called(self, path: str) -> list[Any]:
        """The bodies of all calls whose path ends so, that were answered with 2xx."""
        return [body for _, called, body, status in self.calls if called.endswith(path) and status < 300]

    # -- the Messaging API --------------------------------------------------------------------------------------------

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        data = await request.read()
        path = "/" + request.match_info["path"]
        body = json.loads(data) if data else None
        answer = await self._answer(request, path, data, body)
        async with self._heard:
            self.calls.append((request.method, path, body, answer.status))
            self._heard.notify_all()
        return answer

    async def _answer(self, request: web.Request, path: str, data: bytes, body: Any) -> web.Response:
        fault = next((one for one in self.faults if path.endswith(one.path)), None)
        if fault is not None:
            self.faults.remove(fault)
            if fault.kind == "cut before":
                return _cut(request)
            if isinstance(fault.kind, int):
                return web.json_response({"message": fault.words}, status=fault.kind, headers=fault.headers)
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return _error(401, "Authentication failed.")
        if self._prism and (wrong := await self._checked(request, path, data)):
            self.violations.append(f"{request.method} {path}: {wrong}")
            return _error(400, wrong)
        answer = await self._done(request, path, body)
        return answer if fault is None else _cut(request)

    async def _done(self, request: web.Request, path: str, body: Any) -> web.Response:
        """What the call brings about."""
        if path.endswith("/content") and (content := self.contents.get(path.split("/")[-2])) is not None:
            return web.Response(body=content, content_type="image/jpeg")
        if self.hold is not None and "/profile/" in path:
            await self.hold.wait()
        if self.refuse and any(self.refuse in one.get("text", "") for one in (body or {}).get("messages", ())):
            details = [{"message": f"May not be {self.refuse}", "property": "messages[0].text"}]
            return web.json_response({"message": "The request is wrong", "details": details}, status=400)
        answer = self._do(path, request.headers.get("X-Line-Retry-Key", ""), body)
        if self.odd is not None and path.endswith("/push"):
            return web.Response(body=self.odd, content_type="application/json")
        return answer

    async def _checked(self, request: web.Request, path: str, data: bytes) -> str:
        """What prism has against a call; empty if it has nothing."""
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower() in {"authorization", "content-type", "x-line-retry-key", "accept"}
        }
        url = self._prism + path
        for _ in range(MOST_TRIES):  # prism closes a connection that was idle, sometimes just as it is used
            try:
                async with self._http.request(request.method, url, data=data or None, headers=headers) as answer:
                    words = await answer.text(errors="replace")
                    return "" if answer.status < 300 else words
            except aiohttp.ClientConnectionError:
                continue
        raise AssertionError("prism does not answer")

    def _do(self, path: str, key: str, body: Any) -> web.Response:
        match path.removeprefix("/v2/bot/").split("/"):
            case ["message", "reply"]:
                return self._reply(body)
            case ["message", "push"]:
                return self._push(body, key)
            case ["chat", "loading", "start"]:
                return web.json_response({}, status=202)
            case parts:
                found = self._found(parts)
                return _error(404, "Not found") if found is None else web.json_response(found)

    def _found(self, parts: list[str]) -> Any:
        """What is only read; None if there is nothing of the kind."""
        match parts:
            case ["message", "quota"]:
                return {"type": "none"} if self.limit is None else {"type": "limited", "value": self.limit}
            case ["message", "quota", "consumption"]:
                return {"totalUsage": self.used}
            case ["profile", user] | ["group" | "room", _, "member", user] if user in self.profiles:
                return {"displayName": self.profiles[user], "userId": user}
            case ["info"]:
                return ABOUT
            case _:
                return None

    def _reply(self, body: Any) -> web.Response:
        room, until = self.tokens.get(body["replyToken"], ("", 0.0))
        if not room or self._clock() >= until:
            return _error(400, "Invalid reply token")
        self.tokens[body["replyToken"]] = ("", 0.0)
        self.answers[body["replyToken"]] = [one.get("text", one["type"]) for one in body["messages"]]
        self._shown[body["replyToken"]].set()
        return web.json_response({"sentMessages": self._show(room, body["messages"])})

    def _push(self, body: Any, key: str) -> web.Response:
        if key and not _KEY.fullmatch(key):
            return _error(400, "The retry key is invalid")
        if key in self._keys:
            return web.json_response(
                {"message": "The retry key is already accepted", "sentMessages": self._keys[key]}, status=409
            )
        if self.limit is not None and self.used >= self.limit:
            return _error(429, "You have reached your monthly limit.")
        self.used += 1
        sent = self._show(body["to"], body["messages"])
        if key:
            self._keys[key] = sent
        return web.json_response({"sentMessages": sent})

    def _show(self, room: str, objects: list[dict[str, Any]]) -> list[dict[str, str]]:
        sent = []
        for one in objects:
            self._sent += 1
            self.chats[room].append(one)
            sent.append({"id": f"{self._sent:018d}"})
        self._shown[room].set()
        return sent


def _error(status: int, words: str) -> web.Response:
    return web.json_response({"message": words}, status=status)


def _cut(request: web.Request) -> web.Response:
    """The connection is gone before an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response(status=599)
