"""Calls over HTTP, for the networks that have no client library of their own, and what those that have share with them.

Owns the connections, one pool for all accounts that call over the same certificate in a loop, and what a failure means:
whether the request never got out, or may have arrived. An answer of any status is an answer; what it means is for the
network's wire. Rules: nothing is followed to another place, as that would carry a token along; a body is read up to its
limit; no error holds an address, a header or a body.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from weakref import WeakKeyDictionary

import aiohttp
from msgspec import Struct

from chinwag.core.errors import Ambiguous, Refused, Unreachable, UsageError

LONGEST_CALL = 30.0
LONGEST_UPLOAD = 120.0
LONGEST_CONNECT = 10.0
"""Seconds."""
LONGEST_SILENCE = 90.0
"""Seconds after which a stream that says nothing is given up; servers send a sign of life more often."""
MOST_CONNECTIONS = 64
"""At the same time, streams apart: more would only wait for the same machine."""
LARGEST_ANSWER = 8 * 1024 * 1024
LARGEST_FILE = 64 * 1024 * 1024
"""Bytes."""

NEVER_CONNECTED = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
"""With these, nothing of a request has got out."""
_LOST = (aiohttp.ClientError, TimeoutError, OSError)


class TooLarge(aiohttp.ClientPayloadError):
    """A body that is larger than it may be."""


class Answer(Struct, frozen=True):
    """What a server answered.

    Args:
        status: the HTTP status.
        headers: with names in lower case.
        body: the bytes.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def fine(self) -> bool:
        """Whether it is a success."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES


class Request(Struct, frozen=True):
    """One call.

    Args:
        method: ``GET``, ``POST`` and so on.
        url: where to.
        headers: secrets too.
        query: what stands behind the question mark.
        json: a body of JSON.
        form: a body of fields.
        file: with ``form``, a file: field, name, type and bytes.
        longest: how long it may take, in seconds.
    """

    method: str
    url: str
    headers: dict[str, str] = {}
    query: list[tuple[str, str]] = []
    json: Any = None
    form: list[tuple[str, str]] | None = None
    file: tuple[str, str, str, bytes] | None = None
    longest: float = LONGEST_CALL

    def __repr__(self) -> str:
        return f"Request({self.method!r})"


@dataclass(eq=False)
class _Pool:
    """The connections of a loop for one certificate; counted by its users."""

    calls: aiohttp.ClientSession
    streams: aiohttp.ClientSession
    users: int = 0


@dataclass(eq=False)
class _Pools:
    by_certificate: dict[str, _Pool] = field(default_factory=dict)


_POOLS: WeakKeyDictionary[asyncio.AbstractEventLoop, _Pools] = WeakKeyDictionary()


class Http:
    """A user of the pool; to be made inside the loop that it belongs to, and closed.

    Args:
        certificate: a file with the certificate of a server, or of who signed it, that is trusted beside those that the
            system trusts.

    Raises:
        UsageError: if there is no such certificate.
    """

    __slots__ = ("_certificate", "_pool")

    def __init__(self, certificate: str = "") -> None:
        pools = _POOLS.setdefault(asyncio.get_running_loop(), _Pools()).by_certificate
        if certificate not in pools:
            pools[certificate] = _pool(_trust(certificate))
        self._certificate = certificate
        self._pool: _Pool | None = pools[certificate]
        self._pool.users += 1

    async def close(self) -> None:
        """Let go; with the last user the connections end."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        pool.users -= 1
        if not pool.users:
            del _POOLS[asyncio.get_running_loop()].by_certificate[self._certificate]
            await pool.calls.close()
            await pool.streams.close()

    async def call(self, request: Request, largest: int = LARGEST_ANSWER) -> Answer:
        """Make a call.

        Args:
            request: what is asked.
            largest: how many bytes the answer may have.

        Raises:
            Unreachable: it never got out.
            Ambiguous: it may have arrived, and there is no whole answer.
        """
        pool = self._open()
        try:
            async with pool.calls.request(
                request.method,
                request.url,
                params=request.query,
                headers=request.headers,
                json=request.json,
                data=_form(request),
                timeout=aiohttp.ClientTimeout(total=request.longest, connect=LONGEST_CONNECT),
                allow_redirects=False,
            ) as response:
                return Answer(response.status, _lower(response.headers), await bounded(response, largest))
        except _LOST as error:
            trouble = _sorted(error)
        raise trouble

    async def fetch(self, link: str, *, plain: bool) -> bytes:
        """The bytes of a file, wherever it lies; no token goes along.

        Args:
            link: where it is.
            plain: whether it may come without encryption.

        Raises:
            Refused: there is none.
            Unreachable, Ambiguous: it may be tried again.
        """
        if not link.startswith(("https://", "http://") if plain else "https://"):
            raise Refused(f"there is nothing to fetch at {link[:80]!r}")
        answer = await self.call(Request("GET", link, longest=LONGEST_UPLOAD), LARGEST_FILE)
        if answer.status != HTTPStatus.OK:
            raise Refused(f"it answered HTTP {answer.status}")
        return answer.body

    @asynccontextmanager
    async def stream(self, request: Request) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
        """Open a stream: its status, and its bytes as they come.

        Args:
            request: what is asked.

        Raises:
            Unreachable: it cannot be opened, or it broke.
        """
        pool = self._open()
        timeout = aiohttp.ClientTimeout(sock_connect=LONGEST_CONNECT, sock_read=LONGEST_SILENCE)
        try:
            async with pool.streams.request(
                request.method,
                request.url,
                params=request.query,
                headers=request.headers,
                timeout=timeout,
                allow_redirects=False,
            ) as response:
                yield response.status, response.content.iter_any()
        except _LOST as error:
            raise Unreachable(_words(error)) from None

    def _open(self) -> _Pool:
        if self._pool is None:
            raise Unreachable("the account has stopped")
        return self._pool


async def bounded(response: aiohttp.ClientResponse, most: int) -> bytes:
    """The body of an answer.

    Args:
        response: which.
        most: how many bytes it may have.

    Raises:
        TooLarge: if it has more; the rest is not read.
    """
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > most:
            raise TooLarge("the answer is too large")
    return bytes(body)


def _pool(trust: ssl.SSLContext | bool) -> _Pool:  # noqa: FBT001 - the library's own choice of a type
    calls = aiohttp.TCPConnector(limit=MOST_CONNECTIONS, ssl=trust)
    streams = aiohttp.TCPConnector(limit=0, ssl=trust)
    jar = aiohttp.DummyCookieJar()
    return _Pool(
        aiohttp.ClientSession(connector=calls, cookie_jar=jar),
        aiohttp.ClientSession(connector=streams, cookie_jar=jar),
    )


def _trust(certificate: str) -> ssl.SSLContext | bool:
    if not certificate:
        return True
    try:
        context = ssl.create_default_context()
        context.load_verify_locations(certificate)
    except (OSError, ssl.SSLError) as error:
        raise UsageError(f"there is no certificate in {certificate}: {error.strerror or 'it is no PEM file'}") from None
    return context


def _form(request: Request) -> aiohttp.FormData | None:
    if request.form is None and request.file is None:
        return None
    form = aiohttp.FormData()
    for name, value in request.form or ():
        form.add_field(name, value)
    if request.file is not None:
        name, filename, kind, data = request.file
        form.add_field(name, data, filename=filename, content_type=kind)
    return form


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _sorted(error: Exception) -> Ambiguous | Unreachable:
    """No answer: the request never got out, or may have arrived."""
    return (Unreachable if isinstance(error, NEVER_CONNECTED) else Ambiguous)(_words(error))


def _words(error: Exception) -> str:
    """What kind of failure it is; the library's own words have addresses in them."""
    number = error.errno if isinstance(error, OSError) else None
    return f"{type(error).__name__} ({number})" if number is not None else type(error).__name__
