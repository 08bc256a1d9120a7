"""The paths at which networks push, as an ASGI application: one path an account, ``/healthz`` and ``/readyz``.

Owns what is true of every push: it is small, its body comes in time, whoever sends it is known before a byte is parsed,
and it is answered with 200 only once what it brought is durable. While the process stops, or cannot commit, the answer
is 503 with ``Retry-After``, and the network sends it again. Knows no network, each brings a ``Webhook``, and no server:
it is served by ours, or mounted into somebody's own. It writes no log of paths, as some networks have secrets in them.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from chinwag.core.errors import UsageError

LARGEST_BODY = 1024 * 1024
"""Bytes."""
LONGEST_LENGTH = 18
"""Digits of a body's length."""
LONGEST_BODY = 10.0
LONGEST_COMMIT = 10.0
"""Seconds."""
RETRY_AFTER = 5
HEALTHY, READY = "/healthz", "/readyz"
_TOO_MUCH = 413
_NOTHING = [(b"content-length", b"0")]

log = logging.getLogger("chinwag")


class Webhook(Protocol):
    """What a network that pushes brings."""

    @property
    def path(self) -> str:
        """Where it pushes to."""
        ...

    @property
    def ready(self) -> bool:
        """Whether pushes are expected."""
        ...

    def allows(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether this comes from the network: by a secret, or a signature of the raw body. Nothing is parsed."""
        ...

    def take(self, body: bytes, done: Callable[[], None]) -> None:
        """Take in what was pushed; ``done`` is called once it is durable, at once if it is nothing."""
        ...


class Webhooks:
    """Answers pushes; an ASGI application.

    Args:
        webhooks: the networks that push; others may come and go.
        busy: whether nothing can be taken in for now, as the process is about to end, or the disk is full.
        prefix: what stands before every path, such as ``/bots``; a path that has it already is left as it is.

    Raises:
        UsageError: if two have the same path.
    """

    def __init__(self, webhooks: Sequence[Webhook], busy: Callable[[], bool] = lambda: False, prefix: str = "") -> None:
        self._busy, self._prefix = busy, prefix
        self._webhooks: dict[str, Webhook] = {}
        self._waiting: set[asyncio.Future[bool]] = set()
        for webhook in webhooks:
            self.add(webhook)
        routes: list[Route] = []
        for start in dict.fromkeys(("", prefix)):
            routes += [Route(start + HEALTHY, self._healthy), Route(start + READY, self._is_ready)]
        self._app = Starlette(routes=routes)

    @property
    def paths(self) -> list[str]:
        """Where pushes are answered."""
        return sorted(self._webhooks)

    def add(self, webhook: Webhook) -> None:
        """Let one more network push.

        Raises:
            UsageError: if another one has its path.
        """
        path = prefixed(self._prefix, webhook.path)
        if path in {HEALTHY, READY, self._prefix + HEALTHY, self._prefix + READY, *self._webhooks}:
            paths = ", ".join((*self._webhooks, path))
            raise UsageError(f"every webhook needs a path of its own, and not {HEALTHY} or {READY}: {paths}")
        self._webhooks[path] = webhook

    def remove(self, webhook: Webhook) -> None:
        """Let a network push no more."""
        path = prefixed(self._prefix, webhook.path)
        if self._webhooks.get(path) is webhook:
            del self._webhooks[path]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        A push is found here: what starlette would do around it costs as much as all that is done with it.
        """
        path = scope["path"].removeprefix(scope.get("root_path", "")) if scope["type"] == "http" else ""
        webhook = self._webhooks.get(path)
        if webhook is None:
            await self._app(scope, receive, send)
        elif scope["method"] != "POST":
            await PlainTextResponse("only POST\n", 405, headers={"Allow": "POST"})(scope, receive, send)
        elif (response := await self._pushed(webhook, scope, receive)) is not None:
            await response(scope, receive, send)

    def let_go(self) -> None:
        """Who waits for a commit is asked to come again: the process ends."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(False)

    async def _healthy(self, request: Request) -> Response:
        del request
        return PlainTextResponse("alive\n")

    async def _is_ready(self, request: Request) -> Response:
        del request
        ready = not self._busy() and all(webhook.ready for webhook in self._webhooks.values())
        return PlainTextResponse("ready\n") if ready else _later("not ready")

    async def _pushed(self, webhook: Webhook, scope: Scope, receive: Receive) -> ASGIApp | None:
        """The answer to a push; None if nobody waits for it any more."""
        if self._busy() or not webhook.ready:
            return _later("not now")
        headers = Headers(scope=scope)
        try:
            body = await _body(headers, receive)
        except TimeoutError:
            return PlainTextResponse("too slow\n", 408)
        except ConnectionError:
            return None
        return await self._taken(webhook, scope, headers, body)

    async def _taken(self, webhook: Webhook, scope: Scope, headers: Headers, body: bytes | None) -> ASGIApp:
        if body is None:
            return PlainTextResponse(f"more than {LARGEST_BODY} bytes\n", _TOO_MUCH)
        if not webhook.allows(headers, body):
            log.info("a push to a webhook was refused, it was not signed; it came from %s", scope.get("client"))
            return PlainTextResponse("who are you?\n", 401)
        try:
            return _taken if await self._durable(webhook, body) else _later("not committed")
        except Exception:
            log.exception("a push met an error of the program's own")
            return Response(status_code=500)

    async def _durable(self, webhook: Webhook, body: bytes) -> bool:
        """Hand a push over, and wait for the commit; whether it came in time."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[bool] = loop.create_future()

        def settle(result: bool) -> None:  # noqa: FBT001 - of a future
            if not waiting.done():
                waiting.set_result(result)

        self._waiting.add(waiting)
        limit = loop.call_later(LONGEST_COMMIT, settle, False)  # noqa: FBT003 - its result
        try:
            webhook.take(body, lambda: settle(True))  # noqa: FBT003 - likewise
            return await waiting
        finally:
            limit.cancel()
            self._waiting.discard(waiting)


def prefixed(prefix: str, path: str) -> str:
    """A path behind a prefix, unless it stands there already.

    >>> prefixed("/bots", "/webhooks/line"), prefixed("/bots", "/bots/weather")
    ('/bots/webhooks/line', '/bots/weather')
    """
    return path if path.startswith(f"{prefix}/") and prefix else prefix + path


async def _taken(scope: Scope, receive: Receive, send: Send) -> None:
    """200: whatever was pushed is durable."""
    del scope, receive
    await send({"type": "http.response.start", "status": 200, "headers": _NOTHING})
    await send({"type": "http.response.body", "body": b""})


def _later(words: str) -> Response:
    return PlainTextResponse(f"{words}\n", 503, headers={"Retry-After": str(RETRY_AFTER)})


async def _body(headers: Headers, receive: Receive) -> bytes | None:
    """The raw body; None if it is too large.

    Raises:
        TimeoutError: if it does not come.
        ConnectionError: if whoever sends it hangs up.
    """
    length = headers.get("content-length", "")
    if len(length) > LONGEST_LENGTH or (length.isdecimal() and int(length) > LARGEST_BODY):
        return None
    body = bytearray()
    async with asyncio.timeout(LONGEST_BODY):
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise ConnectionError
            body += message.get("body", b"")
            if len(body) > LARGEST_BODY:
                return None
            if not message.get("more_body", False):
                return bytes(body)
