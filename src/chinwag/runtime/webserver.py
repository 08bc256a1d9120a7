"""The web server: uvicorn in our own loop, on one port.

Owns the port and the connections: a request has to begin in time and its headers have to be few, so many connections at
most. It handles no signal, and writes no log of paths, as some networks have secrets in them. What is answered is an
application's affair: ``Webhooks`` for networks that push.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from chinwag.core.errors import UsageError
from chinwag.runtime.webhooks import Webhook, Webhooks

LONGEST_HEADERS = 10.0
"""Seconds."""
LARGEST_HEADERS = 64 * 1024
"""Bytes."""
MOST_AT_ONCE = 1000
LOOPBACK = "127.0.0.1,::1,::ffff:127.0.0.1"
"""Where a proxy is believed, unless ``FORWARDED_ALLOW_IPS`` has others."""


class Listening:
    """Serves an ASGI application while it is entered.

    Args:
        app: the application.
        port: where it listens, on all interfaces; 0 for any free port.
        proxied: whether a proxy tells who really asks (``X-Forwarded-For`` and ``-Proto``): one on this machine, or
            where ``FORWARDED_ALLOW_IPS`` says.

    Raises:
        UsageError: when entered, if the port cannot be had.
    """

    def __init__(self, app: ASGIApp, port: int, *, proxied: bool = False) -> None:
        self._port = port
        config = uvicorn.Config(
            app,
            http=_Hurried,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            proxy_headers=proxied,
            forwarded_allow_ips=os.environ.get("FORWARDED_ALLOW_IPS", LOOPBACK),
            limit_concurrency=MOST_AT_ONCE,
            timeout_graceful_shutdown=1,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None

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
        self._server.should_exit = True
        if self._task is not None:
            await self._task


class WebServer(Listening):
    """Serves webhooks while it is entered.

    Args:
        port: where it listens, on all interfaces; 0 for any free port.
        webhooks: the networks that push; each has a path of its own, and others may come and go.
        busy: whether nothing can be taken in for now, as the process is about to end, or the disk is full.
        prefix: what stands before every path.
        proxied: whether a proxy on this machine tells who really asks.

    Raises:
        UsageError: if two have the same path; when entered, if the port cannot be had.
    """

    def __init__(
        self,
        port: int,
        webhooks: Sequence[Webhook],
        busy: Callable[[], bool] = lambda: False,
        *,
        prefix: str = "",
        proxied: bool = False,
    ) -> None:
        self._webhooks = Webhooks(webhooks, busy, prefix)
        super().__init__(self._webhooks, port, proxied=proxied)

    def add(self, webhook: Webhook) -> None:
        """Let one more network push.

        Raises:
            UsageError: if another one has its path.
        """
        self._webhooks.add(webhook)

    def remove(self, webhook: Webhook) -> None:
        """Let a network push no more."""
        self._webhooks.remove(webhook)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._webhooks.let_go()
        await super().__aexit__(kind, error, trace)


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


class _Hurried(HttpToolsProtocol):
    """A connection on which a request has to begin in time, however slowly its headers drip in, or how many come."""

    _due: asyncio.TimerHandle | None = None
    _waited_for = 0

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._due = self.loop.call_later(LONGEST_HEADERS, self._too_slow)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if not self._idle():
            self._at_ease()
            return
        self._waited_for += len(data)
        if self._waited_for > LARGEST_HEADERS:
            self.transport.close()
        elif self._due is None:
            self._due = self.loop.call_later(LONGEST_HEADERS, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        self._at_ease()
        super().connection_lost(exc)

    def _idle(self) -> bool:
        """Whether no request is under way."""
        return self.cycle is None or self.cycle.response_complete

    def _at_ease(self) -> None:
        self._waited_for = 0
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _too_slow(self) -> None:
        self._due = None
        if self._idle():
            self.transport.close()
