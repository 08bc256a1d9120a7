"""Calls of Mastodon's API for one account.

Owns the token, and what each answer means: taken, refused, not now, never arrived, unknown; and whether it is this
message that is refused or the account. An answer that says "done" and cannot be read is no proof of anything, so it may
be asked again. Whatever an instance says is cut to a sentence; the token is in no error.
"""

import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from chinwag.core.errors import Ambiguous, RateLimited, Refused, UsageError
from chinwag.networks.mastodon import wire
from chinwag.networks.mastodon.settings import Settings
from chinwag.transport.allowance import Allowance
from chinwag.transport.answers import Revoked, trouble, understood
from chinwag.transport.http import LONGEST_CALL, LONGEST_UPLOAD, Answer, Http, Request
from chinwag.transport.keys import read_key

NOT_THIS = "This action is not allowed"
"""A 403 with these words is about what was asked, any other about who asks."""
_KEYS = {"url", "token", "allow_http", "certificate"}
T = TypeVar("T")


def with_key(settings: Settings) -> Settings:
    """The settings with what their key file has and they have not.

    Args:
        settings: which.

    Raises:
        UsageError: if the file cannot be used, or has no token either.
    """
    if not settings.key_file or (settings.url and settings.token):
        return settings
    given = msgspec.structs.asdict(settings)
    key = {name: value for name, value in read_key(Path(settings.key_file)).items() if name in _KEYS}
    values = {**given, **{name: value for name, value in key.items() if not given[name]}, "key_file": ""}
    try:
        return msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError:
        raise UsageError(
            f"the key {settings.key_file} is no key of Mastodon: `chinwag auth mastodon` writes one"
        ) from None
    except UsageError as error:
        raise UsageError(f"the key {settings.key_file}: {error}") from None


class Client:
    """One account's calls.

    Args:
        settings: the instance, and the token.
        now: the time, in seconds since the epoch.

    Attributes:
        allowance: what the instance said last of how much it lets the account do.
    """

    __slots__ = ("_http", "_now", "_settings", "allowance")

    @property
    def settings(self) -> Settings:
        """Its settings, with what the key file has."""
        return self._settings

    def __init__(self, settings: Settings, now: Callable[[], float] = time.time) -> None:
        self._settings = with_key(settings)
        self._http = Http(self._settings.certificate)
        self._now = now
        self.allowance: Allowance | None = None

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.close()

    async def get(self, path: str, read: Callable[[bytes], T | None], *query: tuple[str, str]) -> T:
        """Ask for something.

        Args:
            path: below the instance's URL.
            read: reads the answer; None if it cannot be read.
            query: what is asked.

        Raises:
            Revoked, Refused, RateLimited, Unreachable, Ambiguous: there is no answer.
        """
        return _read(await self._made(self._request("GET", path, query=list(query))), read)

    async def post(self, path: str, fields: dict[str, Any], read: Callable[[bytes], T | None], key: str = "") -> T:
        """Have something made.

        Args:
            path: below the instance's URL.
            fields: of it.
            read: reads the answer; None if it cannot be read.
            key: under which the instance makes it once.

        Raises:
            Revoked, Refused, RateLimited, Unreachable, Ambiguous: it may not be made.
        """
        headers = {"Idempotency-Key": key} if key else {}
        return _read(await self._made(self._request("POST", path, headers, json=fields)), read)

    async def put(self, path: str, fields: dict[str, Any], read: Callable[[bytes], T | None]) -> T:
        """Have something changed; fails as ``post`` does."""
        return _read(await self._made(self._request("PUT", path, json=fields)), read)

    async def delete(self, path: str) -> None:
        """Have something removed; that it is not there is as good. Fails as ``post`` does."""
        answer = await self._call(self._request("DELETE", path))
        if answer.status not in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
            self._check(answer)

    async def upload(self, name: str, kind: str, data: bytes, description: str) -> tuple[str, bool]:
        """Have a file kept: its id, and whether it can be posted now.

        Args:
            name: of the file.
            kind: its MIME type.
            data: its bytes.
            description: what is to be seen or heard.

        Raises:
            Revoked, Refused, RateLimited, Unreachable, Ambiguous: it may not be kept.
        """
        form = [("description", description)] if description else []
        answer = await self._made(
            self._request("POST", "/api/v2/media", form=form, file=("file", name, kind, data), longest=LONGEST_UPLOAD)
        )
        return _read(answer, wire.media).id, answer.status == HTTPStatus.OK

    async def is_ready(self, media: str) -> bool:
        """Whether a file can be posted now; fails as ``upload`` does.

        Args:
            media: its id.
        """
        answer = await self._made(self._request("GET", f"/api/v1/media/{media}"))
        return answer.status == HTTPStatus.OK

    async def fetch(self, link: str) -> bytes:
        """The bytes of a file of a status; no token goes along, as it may lie elsewhere.

        Args:
            link: where it is.

        Raises:
            Refused: there is none.
            Unreachable, Ambiguous: it may be tried again.
        """
        return await self._http.fetch(link, plain=self._settings.allow_http)

    def stream(self, base: str) -> AbstractAsyncContextManager[Any]:
        """Open the stream of notifications; see ``Http.stream``.

        Args:
            base: the URL that its path is added to.
        """
        headers = {**self._headers(), "Accept": "text/event-stream"}
        return self._http.stream(Request("GET", f"{base}/api/v1/streaming/user/notification", headers))

    # -- what an answer means -----------------------------------------------------------------------------------------

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._settings.token}"}

    def _request(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        longest: float = LONGEST_CALL,
        **more: Any,
    ) -> Request:
        headers = {**self._headers(), **(headers or {})}
        return Request(method, self._settings.base + path, headers, longest=longest, **more)

    async def _made(self, request: Request) -> Answer:
        answer = await self._call(request)
        self._check(answer)
        return answer

    async def _call(self, request: Request) -> Answer:
        answer = await self._http.call(request)
        self.allowance = wire.allowance(answer.headers) or self.allowance
        return answer

    def _check(self, answer: Answer) -> None:
        """Raise what an answer means, unless it is a success."""
        if answer.fine:
            return
        words = wire.words(answer.body).replace(self._settings.token, "…") or f"HTTP {answer.status}"
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise RateLimited(words, wire.wait(answer.headers, self._now()))
        forbidden = Refused if words.startswith(NOT_THIS) else Revoked
        raise trouble(answer.status, words, {HTTPStatus.FORBIDDEN: forbidden, HTTPStatus.CONFLICT: Ambiguous})


def _read(answer: Answer, read: Callable[[bytes], T | None]) -> T:
    return understood(answer, read, "the instance")
