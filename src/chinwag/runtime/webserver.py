"""The web server for networks that push: one port, one path an account, ``/healthz`` and ``/readyz``.

Owns what is true of every push: it is small, it comes in time, whoever sends it is known before a byte is parsed, and
it is answered with 200 only once what it brought is durable. While the process stops, or cannot commit, the answer is
503 with ``Retry-After``, and the network sends it again. Knows no network: each brings a ``Webhook``. It handles no
signal, and writes no log of paths, as some networks have secrets in them.
"""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Protocol, Self

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from chinwag.core.errors import UsageError

LARGEST_BODY = 1024 * 1024
"""Bytes."""
LONGEST_HEADERS = LONGEST_BODY = 10.0
LONGEST_COMMIT = 10.0
"""Seconds."""
RETRY_AFTER = 5
MOST_AT_ONCE = 1000
HEALTHY, READY = "/healthz", "/readyz"

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


class WebServer:
    """Serves webhooks while it is entered.

    Args:
        port: where it listens, on all interfaces; 0 for any free port.
        webhooks: the networks that push; each has a path of its own.
        stopping: whether the process is about to end.

    Raises:
        UsageError: when entered, if the port cannot be had, or two have the same path.
    """

    def __init__(self, port: int, webhooks: Sequence[Webhook], stopping: Callable[[], bool] = lambda: False) -> None:
        self._port, self._stopping = port, stopping
        self._waiting: set[asyncio.Future[bool]] = set()
        self._webhooks: dict[str, Webhook] = {}
        for webhook in webhooks:
            self.add(webhook)
        routes = [Route(HEALTHY, self._healthy), Route(READY, self._is_ready)]
        routes.append(Route("/{path:path}", self._find, methods=["POST"]))
        config = uvicorn.Config(
            Starlette(routes=routes),
            http=_Hurried,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            limit_concurrency=MOST_AT_ONCE,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None

    def add(self, webhook: Webhook) -> None:
        """Let one more network push.

        Raises:
            UsageError: if another one has its path.
        """
        paths = [HEALTHY, READY, *self._webhooks]
        if webhook.path in paths:
            paths.append(webhook.path)
            raise UsageError(f"every webhook needs a path of its own, and not {HEALTHY} or {READY}: {', '.join(paths)}")
        self._webhooks[webhook.path] = webhook

    def remove(self, webhook: Webhook) -> None:
        """Let a network push no more."""
        if self._webhooks.get(webhook.path) is webhook:
            del self._webhooks[webhook.path]

    @property
    def port(self) -> int:
        """The port on which it listens."""
        return self._port

    async def __aenter__(self) -> Self:
        listener = _listen(self._port)
        self._port = listener.getsockname()[1]
        self._task = asyncio.get_running_loop().create_task(self._server.serve([listener]), name="webserver")
        await self._server.listening.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(False)
        self._server.should_exit = True
        if self._task is not None:
            await self._task

    # -- answers ------------------------------------------------------------------------------------------------------

    async def _healthy(self, request: Request) -> Response:
        del request
        return PlainTextResponse("alive\n")

    async def _is_ready(self, request: Request) -> Response:
        del request
        ready = not self._stopping() and all(webhook.ready for webhook in self._webhooks.values())
        return PlainTextResponse("ready\n") if ready else _later("not ready")

    async def _find(self, request: Request) -> Response:
        webhook = self._webhooks.get(request.url.path)
        return await self._push(webhook, request) if webhook is not None else Response(status_code=404)

    async def _push(self, webhook: Webhook, request: Request) -> Response:
        if self._stopping() or not webhook.ready:
            return _later("not now")
        try:
            body = await _body(request)
        except TimeoutError:
            return PlainTextResponse("too slow\n", 408)
        except ClientDisconnect:
            return Response(status_code=400)
        return await self._taken(webhook, request.headers, body)

    async def _taken(self, webhook: Webhook, headers: Mapping[str, str], body: bytes | None) -> Response:
        if body is None:
            return PlainTextResponse(f"more than {LARGEST_BODY} bytes\n", 413)
        if not webhook.allows(headers, body):
            return PlainTextResponse("who are you?\n", 401)
        try:
            return Response() if await self._durable(webhook, body) else _later("not committed")
        except Exception:
            log.exception("a push to %s met an error of the program's own", webhook.path)
            return Response(status_code=500)

    async def _durable(self, webhook: Webhook, body: bytes) -> bool:
        """Hand a push over, and wait for the commit; whether it came in time."""
        waiting: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def done() -> None:
            if not waiting.done():
                waiting.set_result(True)

        self._waiting.add(waiting)
        try:
            webhook.take(body, done)
            async with asyncio.timeout(LONGEST_COMMIT):
                return await waiting
        except TimeoutError:
            return False
        finally:
            self._waiting.discard(waiting)


def _later(words: str) -> Response:
    return PlainTextResponse(f"{words}\n", 503, headers={"Retry-After": str(RETRY_AFTER)})


async def _body(request: Request) -> bytes | None:
    """The raw body; None if it is too large.

    Raises:
        TimeoutError: if it does not come.
    """
    length = request.headers.get("content-length", "")
    if length.isdigit() and int(length) > LARGEST_BODY:
        return None
    body = bytearray()
    async with asyncio.timeout(LONGEST_BODY):
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                return None
    return bytes(body)


def _listen(port: int) -> socket.socket:
    both = socket.has_dualstack_ipv6()
    try:
        return socket.create_server(
            ("", port), family=socket.AF_INET6 if both else socket.AF_INET, dualstack_ipv6=both, backlog=MOST_AT_ONCE
        )
    except OSError as error:
        words = os.strerror(error.errno or 0)
        raise UsageError(f"port {port} cannot be used ({words}): choose another with --port") from None


class _Server(uvicorn.Server):
    """uvicorn's server: it tells when it listens, and leaves the signals to whoever has them."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Hurried(H11Protocol):
    """A connection on which a request has to begin in time, however slowly its headers drip in."""

    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._due = self.loop.call_later(LONGEST_HEADERS, self._too_slow)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        idle = self.cycle is None or self.cycle.response_complete
        if not idle:
            self._at_ease()
        elif self._due is None:
            self._due = self.loop.call_later(LONGEST_HEADERS, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        self._at_ease()
        super().connection_lost(exc)

    def _at_ease(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _too_slow(self) -> None:
        self._due = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
