"""The way back from a browser: a server on this machine alone, for one visit (RFC 8252, 7.3).

Owns that nobody else is taken for the browser: it listens on 127.0.0.1, and only a visit with the state of this very
walk counts. What else comes is answered, and waited past. Nothing of an address is written to a log.
"""

import asyncio
import hmac
from collections.abc import Mapping
from html import escape
from http import HTTPStatus
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from chinwag.core.errors import UsageError

PATH = "/callback"
LONGEST_HEAD = 16_384
"""Bytes."""
PATIENCE = 10.0
"""Seconds that a visitor may take."""
_PAGE = "<!doctype html><meta charset=utf-8><title>Chinwag</title><p>{}</p>"


class Loopback:
    """Waits for the visit while it is entered.

    Args:
        port: where; 0 for any that is free.
        state: what the visit has to bring along.
        name: of the parameter that brings it.
    """

    def __init__(self, port: int, state: str, name: str = "state") -> None:
        self._port, self._state, self._name = port, state, name
        self.visit: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    @property
    def url(self) -> str:
        """Where the browser is sent."""
        return f"http://127.0.0.1:{self._port}{PATH}"

    def expect(self, state: str) -> None:
        """Say what the visit has to bring along, if that was not known before."""
        self._state = state

    async def __aenter__(self) -> Self:
        try:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, limit=LONGEST_HEAD)
        except OSError as error:
            raise UsageError(
                f"nothing can listen on port {self._port} ({error.strerror}): give another by --port, or type by --pin"
            ) from None
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.visit.cancel()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                head = await reader.readuntil(b"\r\n\r\n")
                status, words = self._visited(head.split(b"\r\n", 1)[0].decode("latin-1"))
                body = _PAGE.format(escape(words)).encode()
                writer.write(
                    f"HTTP/1.1 {status.value} {status.phrase}\r\nContent-Type: text/html; charset=utf-8\r\n"
                    f"Content-Length: {len(body)}\r\nConnection: close\r\nReferrer-Policy: no-referrer\r\n\r\n".encode()
                )
                writer.write(body)
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # whoever it was has left
        finally:
            writer.close()

    def _visited(self, line: str) -> tuple[HTTPStatus, str]:
        method, _, rest = line.partition(" ")
        target = urlsplit(rest.rpartition(" ")[0])
        if method != "GET" or target.path != PATH:
            return HTTPStatus.NOT_FOUND, "There is nothing here."
        found = dict(parse_qsl(target.query))
        if not is_of(found, self._name, self._state):
            return HTTPStatus.BAD_REQUEST, "This does not belong to the key that is being made: begin at its link."
        if not self.visit.done():
            self.visit.set_result(found)
        return HTTPStatus.OK, "That is all. You can close this window."


def is_of(found: Mapping[str, str], name: str, state: str) -> bool:
    """Whether what a browser brings belongs to this walk.

    Args:
        found: the parameters of the address.
        name: of the one that says so.
        state: what it has to be.

    >>> is_of({"state": "abc"}, "state", "abc"), is_of({}, "state", "abc")
    (True, False)
    """
    return bool(state) and hmac.compare_digest(found.get(name, "").encode(), state.encode())
