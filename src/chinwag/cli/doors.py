"""Where the networks of a file of accounts push to: one web server, opened with the first that pushes."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chinwag.cli.serving import Web, need_webserver

if TYPE_CHECKING:
    from chinwag.runtime.webserver import WebServer


class Doors:
    """The web server of a flock.

    Args:
        web: where it listens.
        busy: whether nothing can be taken in for now.
    """

    def __init__(self, web: Web, busy: Callable[[], bool]) -> None:
        self._web, self._busy = web, busy
        self._server: WebServer | None = None
        self._opening = asyncio.Lock()

    async def add(self, front: object) -> None:
        """Let a network push, if it does.

        Raises:
            UsageError: if the port cannot be had, or another network has its path.
        """
        webhook: Any = front
        if not _path(webhook):
            return
        async with self._opening:
            if self._server is None:
                need_webserver()
                from chinwag.runtime.webserver import WebServer  # noqa: PLC0415 - an extra, and slow to import

                web = self._web
                server = WebServer(web.port, [], self._busy, prefix=web.prefix, proxied=web.proxied)
                await server.__aenter__()
                self._server = server
        self._server.add(webhook)

    def remove(self, front: object) -> None:
        """Let it push no more."""
        webhook: Any = front
        if self._server is not None and _path(webhook):
            self._server.remove(webhook)

    async def close(self) -> None:
        """Answer nobody any more."""
        if self._server is not None:
            await self._server.__aexit__(None, None, None)


def _path(front: Any) -> str:
    """Where a network pushes to; empty if it does not."""
    return str(getattr(front, "path", ""))
