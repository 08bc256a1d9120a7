"""The keys of one account, and the header that they make.

Owns OAuth 1.0a's signature of each call (RFC 5849) and OAuth 2's access token with its renewal (RFC 6749, 6). A refresh
token is good for one time: the next one is on the disk before the access token that came with it is used, so a kill
after that loses nothing. Renewals do not overtake each other. No key stands in an error.
"""

import asyncio
import base64
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
from authlib.oauth1 import ClientAuth
from msgspec import Struct
from msgspec.structs import replace

from chinwag.core.errors import Ambiguous, Refused, Unreachable, UsageError
from chinwag.networks.x.settings import Settings
from chinwag.transport.answers import Revoked
from chinwag.transport.http import Http, Request
from chinwag.transport.keys import read_key, write_key

EARLY = 120.0
"""Seconds before its end that an access token is renewed."""
_KEYS = (
    *("consumer_key", "consumer_secret", "token", "token_secret"),
    *("client_id", "client_secret", "access_token", "refresh_token", "expires_at"),
)


class Renewed(Struct, frozen=True):
    """What a token's renewal brings: RFC 6749, 5.1."""

    access_token: str
    refresh_token: str = ""
    expires_in: float = 7200


_RENEWED = msgspec.json.Decoder(Renewed)


def with_key(settings: Settings) -> Settings:
    """The settings with the keys of their key file, which are the newest.

    Args:
        settings: which.

    Raises:
        UsageError: if the file cannot be read, or has no keys.
    """
    if not settings.key_file:
        return settings
    found = read_key(Path(settings.key_file))
    keys = {name: found[name] for name in _KEYS if name in found}
    try:
        made = msgspec.convert({**msgspec.structs.asdict(settings), **keys}, Settings, strict=False)
    except msgspec.ValidationError:
        raise UsageError(f"the key {settings.key_file} is no key of X: `chinwag auth x` writes one") from None
    if not (made.consumer_key or (made.client_id and made.access_token)):
        raise UsageError(f"the key {settings.key_file} has no keys of X in it: `chinwag auth x` writes one")
    return made


class Credentials:
    """One account's keys.

    Args:
        settings: with the keys.
        http: calls for the next one.
        now: the time, in seconds since the epoch.
    """

    __slots__ = ("_http", "_lock", "_now", "_settings")

    def __init__(self, settings: Settings, http: Http, now: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._http, self._now = http, now
        self._lock = asyncio.Lock()

    @property
    def renewable(self) -> bool:
        """Whether there is a token that gets the next one."""
        return bool(self._settings.refresh_token)

    def scrub(self, text: str) -> str:
        """A text in which no key stands."""
        for name in _KEYS:
            value = getattr(self._settings, name)
            if isinstance(value, str) and value:
                text = text.replace(value, "…")
        return text

    async def header(self, method: str, url: str, query: list[tuple[str, str]]) -> str:
        """The header that lets a call in.

        Args:
            method: of the call.
            url: where to, without what is asked.
            query: what is asked.

        Raises:
            Revoked, Unreachable, Ambiguous: there is no token, or not yet.
        """
        if self._settings.consumer_key:
            return self._signed(method, f"{url}?{urlencode(query)}" if query else url)
        if self.renewable and 0 < self._settings.expires_at < self._now() + EARLY:
            await self.renew(self._settings.access_token)
        return f"Bearer {self._settings.access_token}"

    @property
    def access_token(self) -> str:
        """The token of OAuth 2 that is used now."""
        return self._settings.access_token

    def _signed(self, method: str, url: str) -> str:
        keys = self._settings
        auth = ClientAuth(keys.consumer_key, keys.consumer_secret, keys.token, keys.token_secret)
        _, headers, _ = auth.sign(method, url, {}, b"")
        return str(headers["Authorization"])

    async def renew(self, used: str) -> None:
        """Get the next access token, unless somebody has just done so.

        Args:
            used: the one that is not good any more.

        Raises:
            Revoked, Unreachable, Ambiguous: there is none, or not yet.
        """
        async with self._lock:
            if self._settings.access_token != used:
                return
            found = await self._ask()
            keys = {
                "access_token": found.access_token,
                "refresh_token": found.refresh_token or self._settings.refresh_token,
                "expires_at": self._now() + found.expires_in,
            }
            await asyncio.to_thread(self._write, keys)
            self._settings = replace(self._settings, **keys)

    async def _ask(self) -> Renewed:
        keys = self._settings
        form = [("grant_type", "refresh_token"), ("refresh_token", keys.refresh_token), ("client_id", keys.client_id)]
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        if keys.client_secret:
            pair = base64.b64encode(f"{keys.client_id}:{keys.client_secret}".encode()).decode()
            headers["Authorization"] = f"Basic {pair}"
        answer = await self._http.call(Request("POST", f"{keys.base}/2/oauth2/token", headers, form=form))
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or answer.status == HTTPStatus.TOO_MANY_REQUESTS:
            raise Unreachable(f"X gives no new token now (HTTP {answer.status})")
        if not answer.fine:
            raise Revoked(f"X gives no new token (HTTP {answer.status})")
        try:
            return _RENEWED.decode(answer.body)
        except (ValueError, RecursionError):
            raise Ambiguous("X gave a token that cannot be read") from None

    def _write(self, keys: dict[str, Any]) -> None:
        path = Path(self._settings.key_file)
        try:
            write_key(path, {**read_key(path), **keys})
        except UsageError as error:
            raise Refused(str(error)) from None
