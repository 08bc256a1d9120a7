"""Calls of X's API for one account.

Owns what each answer means: taken, refused, refused as a double, not now, never arrived, unknown; and whether it is
this message that is refused or the account. A token that has ended is renewed once, and the call made again. What X
says is cut to a sentence, and no key stands in it.
"""

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from chinwag.core.errors import RateLimited, Refused, SendError
from chinwag.networks.x import wire
from chinwag.networks.x.credentials import Credentials, with_key
from chinwag.networks.x.settings import Settings
from chinwag.transport.allowance import Allowance
from chinwag.transport.answers import Revoked, trouble, understood
from chinwag.transport.http import LONGEST_CALL, LONGEST_UPLOAD, Answer, Http, Request

DUPLICATE = "duplicate content"
_ABOUT_US = ("suspended", "locked", "not enrolled", "client-forbidden", "access token", "attached to a project")
"""A 403 with one of these is about the account or its app, any other about what was asked."""
T = TypeVar("T")


class Duplicate(SendError):
    """X has the same text already."""


class Client:
    """One account's calls.

    Args:
        settings: its keys, and where X is.
        now: the time, in seconds since the epoch.

    Attributes:
        allowance: what X said last of how many posts it takes.
    """

    __slots__ = ("_http", "_keys", "_now", "_settings", "allowance")

    def __init__(self, settings: Settings, now: Callable[[], float] = time.time) -> None:
        self._settings, self._now = with_key(settings), now
        self._http = Http()
        self._keys = Credentials(self._settings, self._http, now)
        self.allowance: Allowance | None = None

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.close()

    async def get(self, path: str, read: Callable[[bytes], T | None], *query: tuple[str, str]) -> T:
        """Ask for something.

        Args:
            path: below the URL of X.
            read: reads the answer; None if it cannot be read.
            query: what is asked.

        Raises:
            Revoked, Refused, RateLimited, Unreachable, Ambiguous: there is no answer.
        """
        answer = await self._call("GET", path, query=list(query))
        return self._read(answer, read)

    async def post(self, path: str, fields: dict[str, Any], *, upload: bool = False) -> str:
        """Have something made: its id.

        Args:
            path: below the URL of X.
            fields: of it.
            upload: whether it is large.

        Raises:
            Duplicate, Revoked, Refused, RateLimited, Unreachable, Ambiguous: it may not be made.
        """
        answer = await self._call("POST", path, json=fields, longest=LONGEST_UPLOAD if upload else LONGEST_CALL)
        if path == "/2/tweets":
            self.allowance = wire.allowance(answer.headers) or self.allowance
        return self._read(answer, wire.made)

    async def describe(self, media: str, description: str) -> None:
        """Say what is to be seen; fails as ``post`` does."""
        fields = {"id": media, "metadata": {"alt_text": {"text": description}}}
        self._check(await self._call("POST", "/2/media/metadata", json=fields))

    async def delete(self, path: str) -> None:
        """Have something removed; that it is not there is as good. Fails as ``post`` does."""
        answer = await self._call("DELETE", path)
        if answer.status != HTTPStatus.NOT_FOUND:
            self._check(answer)

    async def fetch(self, link: str) -> bytes:
        """The bytes of a file; no key goes along.

        Args:
            link: where it is.

        Raises:
            Refused: there is none.
            Unreachable, Ambiguous: it may be tried again.
        """
        return await self._http.fetch(link, plain=self._settings.allow_http)

    # -- what an answer means -----------------------------------------------------------------------------------------

    async def _call(self, method: str, path: str, query: list[tuple[str, str]] | None = None, **more: Any) -> Answer:
        answer = await self._once(method, path, query or [], **more)
        if answer.status == HTTPStatus.UNAUTHORIZED and self._keys.renewable:
            await self._keys.renew(self._keys.access_token)
            answer = await self._once(method, path, query or [], **more)
        return answer

    async def _once(self, method: str, path: str, query: list[tuple[str, str]], **more: Any) -> Answer:
        url = self._settings.base + path
        headers = {"Authorization": await self._keys.header(method, url, query)}
        return await self._http.call(Request(method, url, headers, query, **more))

    def _read(self, answer: Answer, read: Callable[[bytes], T | None]) -> T:
        self._check(answer)
        return understood(answer, read, "X")

    def _check(self, answer: Answer) -> None:
        """Raise what an answer means, unless it is a success."""
        if answer.fine:
            return
        words = self._keys.scrub(wire.words(answer.body)) or f"HTTP {answer.status}"
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise RateLimited(words, wire.wait(answer.headers, self._now()))
        forbidden = _forbidden(words.lower())
        raise trouble(answer.status, words, {HTTPStatus.FORBIDDEN: forbidden, HTTPStatus.PAYMENT_REQUIRED: Revoked})


def _forbidden(words: str) -> type[SendError]:
    """What a 403 is about."""
    if DUPLICATE in words:
        return Duplicate
    return Revoked if any(part in words for part in _ABOUT_US) else Refused
