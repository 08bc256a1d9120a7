"""Bots inside a web application that somebody else serves.

Owns their life there: they begin when the application does, and end with it; signals are the server's affair. Requests
at their own paths are answered, all others are passed on. What the networks are built of comes from where ``chinwag
run`` takes it.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, cast

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chinwag.bot import Bot
from chinwag.cli.serving import Options, Served, Web, plan
from chinwag.core.errors import UsageError
from chinwag.runtime.clock import RealClock
from chinwag.runtime.lifecycle import Front, living
from chinwag.runtime.webhooks import HEALTHY, READY, Webhook, Webhooks
from chinwag.runtime.worker import Worker
from chinwag.stores.sqlite import MEMORY, SqliteStore

log = logging.getLogger("chinwag")

NOT_STARTED = (
    "a request came for a bot that was not started: give its lifespan to the application that it is mounted into, "
    "such as FastAPI(lifespan=bots.lifespan), or serve the bot itself, with beside=application"
)


class Mounted:
    """A bot's ASGI application; made by ``chinwag.asgi``.

    Args:
        accounts: builds what is served, inside a loop.
        path: the store's.
        prefix: what stands before every path.
        beside: gets every request that is not the bot's.
    """

    def __init__(
        self, accounts: Callable[[], Sequence[Served]], path: str, prefix: str, beside: ASGIApp | None
    ) -> None:
        self._accounts, self._path, self._prefix, self._beside = accounts, path, prefix, beside
        self._webhooks: Webhooks | None = None
        self._stopping = False
        self._told = False

    @property
    def paths(self) -> list[str]:
        """Where networks push to, while it lives."""
        return self._webhooks.paths if self._webhooks is not None else []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or be begun and ended by a server."""
        if scope["type"] == "lifespan":
            await self._be_served(scope, receive, send)
        elif self._webhooks is not None and (self._beside is None or self._is_ours(scope)):
            await self._webhooks(scope, receive, send)
        elif self._webhooks is None and self._beside is None:
            self._tell()
            await PlainTextResponse("not started\n", 503)(scope, receive, send)
        else:
            assert self._beside is not None  # noqa: S101 - else one of those above
            await self._beside(scope, receive, send)

    @asynccontextmanager
    async def lifespan(self, app: Any = None) -> AsyncIterator[None]:
        """Live while it is entered.

        Args:
            app: the application that it is mounted into; not looked at.

        Raises:
            ChinwagError: if the store cannot be opened.
        """
        del app
        served = self._accounts()
        worker = Worker(SqliteStore(self._path), [one.account for one in served], RealClock(asyncio.get_running_loop()))
        pushing = [cast("Webhook", one.front) for one in served if one.pushed]
        self._stopping = False
        webhooks = Webhooks(pushing, lambda: self._stopping or worker.troubled, self._prefix)
        fronts = [one.front for one in served]
        async with living(worker, fronts, None if self._path == MEMORY else self._path, self._stop):
            self._webhooks = webhooks
            watching = [asyncio.create_task(_tell_why(front)) for front in fronts]
            try:
                yield
            finally:
                self._stop()
                webhooks.let_go()
                for task in watching:
                    task.cancel()
                await asyncio.gather(*watching, return_exceptions=True)
        self._webhooks = None

    def _stop(self) -> None:
        self._stopping = True

    def _is_ours(self, scope: Scope) -> bool:
        """Whether a request is for a webhook, or asks after our health where nothing else can be asked."""
        assert self._webhooks is not None  # noqa: S101 - asked only while it lives
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        health = {self._prefix + HEALTHY, self._prefix + READY} if self._prefix else set()
        return scope["type"] == "http" and (path in self._webhooks.paths or path in health)

    def _tell(self) -> None:
        if not self._told:
            self._told = True
            log.error(NOT_STARTED)

    async def _be_served(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A server begins and ends us; what is beside us, too, if it wants that."""
        await receive()
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self.lifespan())
                if self._beside is not None:
                    await stack.enter_async_context(_living_beside(self._beside, scope))
            except Exception as error:  # noqa: BLE001 - the server says why it does not start
                await stack.aclose()
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})


def mounted(
    bot: Bot,
    networks: Sequence[str],
    options: Options,
    *,
    beside: ASGIApp | None = None,
) -> Mounted:
    """A bot as an ASGI application; see ``chinwag.asgi``.

    Raises:
        UsageError: if a setting is missing, or is none.
    """
    if not networks:
        raise UsageError('on= takes the name of a network, such as on="line"')
    if options.flags and len(networks) > 1:
        raise UsageError("settings of several networks stand in chinwag.toml, or in the environment")
    Web(prefix=options.prefix)
    plans = [plan(bot, network, options) for network in networks]
    return Mounted(lambda: [build() for build, _ in plans], plans[0][1], options.prefix, beside)


async def _tell_why(front: Front) -> None:
    """A network that cannot go on is no reason to end somebody else's process."""
    await front.closed.wait()
    log.critical("%s Its webhook is answered with 503 from now on.", front.failure or "a network has ended.")


@asynccontextmanager
async def _living_beside(app: ASGIApp, scope: Scope) -> AsyncIterator[None]:
    """Begin and end an application as a server does; one that knows nothing of that, as Django's, is left alone.

    https://asgi.readthedocs.io/en/latest/specs/lifespan.html

    Raises:
        RuntimeError: if it cannot begin.
    """
    asked: asyncio.Queue[Message] = asyncio.Queue()
    told: asyncio.Queue[Message] = asyncio.Queue()
    life = asyncio.ensure_future(app(scope, asked.get, told.put))
    await asked.put({"type": "lifespan.startup"})
    begun = asyncio.ensure_future(told.get())
    await asyncio.wait((life, begun), return_when=asyncio.FIRST_COMPLETED)
    if not begun.done():
        begun.cancel()
        log.debug("what is beside the bots has no lifespan: %s", life.exception())
        yield
        return
    if begun.result()["type"] == "lifespan.startup.failed":
        await life
        raise RuntimeError(begun.result().get("message") or "the application beside the bots did not start")
    try:
        yield
    finally:
        await asked.put({"type": "lifespan.shutdown"})
        with contextlib.suppress(Exception):  # it has said what went wrong by itself
            await life
