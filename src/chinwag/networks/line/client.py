"""Calls of the Messaging API, on line-bot-sdk.

Owns the connection and how each failure is sorted: refused, not now, never arrived, unknown. The SDK knows the paths,
the models and the hosts; what was answered is read here, tolerantly and up to a bound, so that an answer that says
"done" is never taken for a failure because of what else it says. Tokens travel in a header, and are scrubbed from every
error's words all the same.
"""

from http import HTTPStatus
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import chinwag.networks.line.library  # noqa: F401 - before line-bot-sdk, whose import it shortens

# isort: split
import aiohttp
import msgspec
from linebot.v3.messaging import (
    AsyncApiClient,
    AsyncMessagingApi,
    AsyncMessagingApiBlob,
    Configuration,
    PushMessageRequest,
    ReplyMessageRequest,
    ShowLoadingAnimationRequest,
)

from chinwag.core.errors import Ambiguous, RateLimited, Refused, SendError, Unreachable
from chinwag.networks.line.outgoing import Object
from chinwag.networks.line.settings import Settings
from chinwag.transport.http import NEVER_CONNECTED, TooLarge, bounded

LONGEST_CALL = 20.0
LONGEST_DOWNLOAD = 120.0
LONGEST_CONNECT = 10.0
LOADING = 20
"""Seconds."""
LARGEST_ANSWER = 1024 * 1024
LARGEST_FILE = 100 * 1024 * 1024
"""Bytes."""
MOST_CONNECTIONS = 64
LONGEST_WORDS = 300
LEAST_SECRET = 8
"""What is shorter is no secret of LINE's, and may be any word."""
_SPENT = "invalid reply token"
_USED_UP = "monthly limit"


class BadToken(SendError):
    """LINE does not know the channel access token."""


class Spent(Refused):
    """The reply token was used, or is too old."""


class UsedUp(Refused):
    """All pushes of this month are used up."""


class _Failed(Exception):
    """An answer that is not 2xx."""

    def __init__(self, status: int, data: bytes, after: str) -> None:
        super().__init__(status)
        self.status, self.data, self.after = status, data, after


class _Answer:
    """What the SDK looks at in an answer."""

    def __init__(self, status: int, headers: Any, data: bytes) -> None:
        self.status, self.headers, self.data = status, headers, data

    def getheader(self, name: str, default: Any = None) -> Any:
        """None for the content's type: JSON is UTF-8, whatever is said."""
        return default if name.lower() == "content-type" else self.headers.get(name, default)

    def getheaders(self) -> Any:
        """All of them."""
        return self.headers


class _ApiClient(AsyncApiClient):  # type: ignore[misc]  # it comes without types
    """The SDK's client, but for how an answer is read."""

    async def request(
        self,
        method: str,
        url: str,
        query_params: Any = None,
        headers: Any = None,
        post_params: Any = None,
        body: Any = None,
        _preload_content: bool = True,  # noqa: FBT001, FBT002 - likewise
        _request_timeout: Any = None,
    ) -> _Answer:
        """Make a request.

        Raises:
            _Failed: if the answer is not 2xx.
        """
        del query_params, post_params, _preload_content
        limit = LARGEST_FILE if url.endswith("/content") else LARGEST_ANSWER
        session: aiohttp.ClientSession = self.rest_client.pool_manager
        data = None if body is None else msgspec.json.encode(body)
        sent = {"Content-Type": "application/json", **(headers or {})}
        async with session.request(method, url, data=data, headers=sent, timeout=_request_timeout) as response:
            answer = await bounded(response, limit)
            if not response.ok:
                raise _Failed(response.status, answer, response.headers.get("Retry-After", ""))
            if limit is LARGEST_ANSWER:
                answer = answer.decode(errors="replace").encode()
            return _Answer(response.status, response.headers, answer)

    def deserialize(self, response: _Answer, response_type: str) -> Any:
        """An answer as JSON has it; an empty one if it is none."""
        del response_type
        try:
            return msgspec.json.decode(response.data)
        except (ValueError, RecursionError):
            return {}


class Client:
    """One channel's connection to the Messaging API; it is opened by the first call.

    Args:
        settings: its token, and the server.
    """

    def __init__(self, settings: Settings) -> None:
        server = settings.server.rstrip("/") or None
        self._configuration = Configuration(host=server, access_token=settings.token)
        self._configuration.connection_pool_maxsize = MOST_CONNECTIONS
        self._secrets = [secret for secret in (settings.token, settings.secret) if len(secret) >= LEAST_SECRET]
        self._opened: _ApiClient | None = None

    async def close(self) -> None:
        """Let go of the connections."""
        if self._opened is not None:
            await self._opened.close()

    @property
    def _client(self) -> _ApiClient:
        """The SDK's client: it wants a running loop."""
        if self._opened is None:
            self._opened = _ApiClient(self._configuration)
        return self._opened

    @property
    def _api(self) -> Any:
        return AsyncMessagingApi(self._client)

    @property
    def _blob(self) -> Any:
        return AsyncMessagingApiBlob(self._client)

    async def reply(self, token: str, objects: list[Object]) -> list[str]:
        """Answer an event.

        Args:
            token: its reply token.
            objects: five at most.

        Returns:
            The ids of what was sent.

        Raises:
            Spent: the token is good for nothing.
            Refused, RateLimited, Unreachable, Ambiguous, BadToken: see ``chinwag.core.errors``.
        """
        request = ReplyMessageRequest.from_dict({"replyToken": token, "messages": objects})
        return _ids(await self._made(self._api.reply_message, request))

    async def push(self, to: str, objects: list[Object], key: str) -> list[str]:
        """Send of one's own accord.

        Args:
            to: a user, a group or a room.
            objects: five at most.
            key: under which LINE takes it once.

        Returns:
            The ids of what was sent; none if it had been sent before.

        Raises:
            UsedUp: this month's pushes are.
            Refused, RateLimited, Unreachable, Ambiguous, BadToken: see ``chinwag.core.errors``.
        """
        request = PushMessageRequest.from_dict({"to": to, "messages": objects})
        return _ids(await self._made(self._api.push_message, request, x_line_retry_key=str(uuid5(NAMESPACE_URL, key))))

    async def whoami(self) -> Any:
        """The bot, as LINE knows it.

        Raises:
            BadToken: if it does not.
        """
        return await self._made(self._api.get_bot_info)

    async def quota(self) -> tuple[int | None, int]:
        """How many pushes a month has, None for any number, and how many are used."""
        limit = await self._made(self._api.get_message_quota)
        used = await self._made(self._api.get_message_quota_consumption)
        value = _field(limit, "value") if _field(limit, "type") == "limited" else None
        spent = _field(used, "totalUsage")
        return value if isinstance(value, int) else None, spent if isinstance(spent, int) else 0

    async def name(self, room: str, user: str) -> str:
        """How a user calls himself; whoever shares a group with the bot need not be its friend."""
        match room[:1] if room != user else "":
            case "C":
                profile = await self._made(self._api.get_group_member_profile, room, user)
            case "R":
                profile = await self._made(self._api.get_room_member_profile, room, user)
            case _:
                profile = await self._made(self._api.get_profile, user)
        name = _field(profile, "displayName")
        return name if isinstance(name, str) else ""

    async def show_loading(self, user: str) -> None:
        """Show a user that the bot is at work."""
        request = ShowLoadingAnimationRequest.from_dict({"chatId": user, "loadingSeconds": LOADING})
        await self._made(self._api.show_loading_animation, request)

    async def content(self, message: str) -> bytes:
        """The bytes of a file that came with a message."""
        answer = await self._made(self._blob.get_message_content, message, _request_timeout=_limit(LONGEST_DOWNLOAD))
        return bytes(answer)

    async def _made(self, call: Any, *arguments: Any, **more: Any) -> Any:
        """Make a call; whatever goes wrong is sorted."""
        more.setdefault("_request_timeout", _limit(LONGEST_CALL))
        try:
            return await call(*arguments, **more)
        except Exception as error:  # noqa: BLE001 - whatever it is, it may hold a secret
            if isinstance(error, _Failed) and error.status == HTTPStatus.CONFLICT:
                return {}  # an earlier try under this key was taken
            trouble = self._sorted(error)
        raise trouble

    def _sorted(self, error: Exception) -> SendError:
        """What a failure means for the message."""
        if isinstance(error, _Failed):
            return self._failed(error)
        words = self._scrubbed(f"{type(error).__name__}: {error}" if str(error) else type(error).__name__)
        if isinstance(error, TooLarge):
            return Refused("it is larger than it may be")
        if isinstance(error, NEVER_CONNECTED):
            return Unreachable(words)
        if isinstance(error, aiohttp.ClientError | TimeoutError | OSError):
            return Ambiguous(words)
        return Refused(f"it cannot be written as LINE wants it: {words}")  # the SDK's models say so before any call

    def _failed(self, error: _Failed) -> SendError:
        words = self._scrubbed(_words(error.data)) or f"HTTP {error.status}"
        match error.status:
            case HTTPStatus.UNAUTHORIZED:
                return BadToken(words)
            case HTTPStatus.TOO_MANY_REQUESTS if _USED_UP in words.lower():
                return UsedUp(words)
            case HTTPStatus.TOO_MANY_REQUESTS:
                return RateLimited(words, float(error.after) if error.after.isdecimal() else 0.0)
            case HTTPStatus.REQUEST_TIMEOUT:
                return Ambiguous(words)
            case status if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                return Ambiguous(f"LINE has trouble: {words}")
            case _:
                return Spent(words) if _SPENT in words.lower() else Refused(words)

    def _scrubbed(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return text[:LONGEST_WORDS]


def _limit(seconds: float) -> Any:
    return aiohttp.ClientTimeout(total=seconds, connect=LONGEST_CONNECT)


def _field(answer: Any, name: str) -> Any:
    return answer.get(name) if isinstance(answer, dict) else None


def _ids(answer: Any) -> list[str]:
    """The ids of what was sent."""
    sent = _field(answer, "sentMessages")
    return [str(_field(one, "id") or "") for one in sent] if isinstance(sent, list) else []


def _words(data: bytes) -> str:
    """LINE's words for what is wrong, with its details: https://developers.line.biz/en/reference/messaging-api/#error-responses."""
    try:
        answer = msgspec.json.decode(data)
    except (ValueError, RecursionError):
        return ""
    details = _field(answer, "details")
    said = [_field(answer, "message"), *(details if isinstance(details, list) else ())]
    return "; ".join(one if isinstance(one, str) else _detail(one) for one in said if one)


def _detail(one: Any) -> str:
    return f"{_field(one, 'property')}: {_field(one, 'message')}"
