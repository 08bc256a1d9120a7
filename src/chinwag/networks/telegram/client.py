"""Calls of the Bot API, on aiogram's client.

Owns the connection, how each failure is sorted (refused, not now, never arrived, unknown), and the token: aiohttp puts
it into addresses and so into errors, so every error that leaves here is made anew, without a cause, its words scrubbed.
Updates are fetched as raw bytes over the session that aiogram has open (one pool of connections, the same TLS), as its
models take fifty times as long to read them.
"""

from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

import chinwag.networks.telegram.library  # noqa: F401 - before aiogram, whose import it shortens

# isort: split
import aiohttp
import msgspec
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import PRODUCTION, TelegramAPIServer
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramEntityTooLarge,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramNotFound,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.methods import (
    AnswerCallbackQuery,
    CopyMessage,
    DeleteMessage,
    DeleteWebhook,
    EditMessageCaption,
    EditMessageText,
    GetFile,
    GetMe,
    SendAnimation,
    SendAudio,
    SendChatAction,
    SendDocument,
    SendMessage,
    SendPhoto,
    SendSticker,
    SendVideo,
    SendVideoNote,
    SendVoice,
    SetMyCommands,
    SetWebhook,
    TelegramMethod,
)
from aiogram.methods.base import Response
from aiogram.types import BufferedInputFile, FSInputFile

from chinwag.core.errors import Ambiguous, RateLimited, Refused, SendError, Unreachable
from chinwag.core.values import Attachment
from chinwag.networks.telegram.outgoing import Call
from chinwag.networks.telegram.settings import Settings
from chinwag.transport.http import NEVER_CONNECTED, TooLarge, bounded

LONGEST_CALL = 20.0
LONGEST_UPLOAD = 120.0
LONGEST_CONNECT = 10.0
"""Seconds."""
LARGEST_FILE = 20 * 1024 * 1024
"""Bytes of a file: https://core.telegram.org/bots/api#getfile"""
LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes of one answer to ``getUpdates``: a hundred updates are far smaller."""
RETRY_AFTER = 5
"""Seconds, where a 429 does not say."""
LEAST_SECRET = 8
LONGEST_WORDS = 300

_SENDS = (
    SendMessage,
    SendPhoto,
    SendAudio,
    SendDocument,
    SendVoice,
    SendVideo,
    SendVideoNote,
    SendAnimation,
    SendSticker,
)
_OTHERS = (
    AnswerCallbackQuery,
    CopyMessage,
    DeleteMessage,
    DeleteWebhook,
    EditMessageCaption,
    EditMessageText,
    GetFile,
    SendChatAction,
)
_AT_START = (GetMe, SetMyCommands, SetWebhook)
_METHODS: dict[str, type[TelegramMethod[Any]]] = {
    method.__api_method__: method for method in (*_SENDS, *_OTHERS, *_AT_START)
}


class BadToken(SendError):
    """Telegram does not know the token."""


class NotFound(Refused):
    """There is nothing at this address: the server is no Bot API server, or the token is not even one."""


_DECIDED: dict[type[Exception], type[SendError]] = {
    TelegramUnauthorizedError: BadToken,
    TelegramNotFound: NotFound,
    TelegramBadRequest: Refused,
    TelegramForbiddenError: Refused,
    TelegramEntityTooLarge: Refused,
}


class Migrated(SendError):
    """The group is a supergroup now.

    Args:
        chat: its id from now on.
    """

    def __init__(self, chat: int) -> None:
        super().__init__("the group has become a supergroup")
        self.chat = chat


class _Outcome(msgspec.Struct):
    ok: bool
    result: Any = None


class _Session(AiohttpSession):
    """aiogram's session, but for reading what was answered: an answer that says "done" is never taken for a failure."""

    def check_response(self, bot: Bot, method: TelegramMethod[Any], status_code: int, content: str) -> Response[Any]:
        """Sort an answer; one that no Bot API server gives comes from something between it and us."""
        try:
            outcome = msgspec.json.decode(content, type=_Outcome)
        except (ValueError, RecursionError):
            raise _strange(method, status_code) from None
        if outcome.ok and status_code < HTTPStatus.MULTIPLE_CHOICES:
            return Response.model_construct(ok=True, result=outcome.result)
        # A method that answers with a bool: for an error, the model of a whole message would be prepared otherwise.
        return super().check_response(bot, DeleteWebhook(), status_code, content)


def _strange(method: TelegramMethod[Any], status: int) -> Exception:
    words = f"HTTP {status}, without a word of the Bot API"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return TelegramRetryAfter(method, words, RETRY_AFTER)
    if status == HTTPStatus.NOT_FOUND:
        return TelegramNotFound(method, words)
    refused = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return (TelegramBadRequest if refused and status != HTTPStatus.REQUEST_TIMEOUT else TelegramServerError)(
        method, words
    )


class Client:
    """One bot's connection to a Bot API server.

    Args:
        settings: its token, and the server.
    """

    def __init__(self, settings: Settings) -> None:
        server = TelegramAPIServer.from_base(settings.server.rstrip("/")) if settings.server else PRODUCTION
        self._session = _Session(api=server)
        self._bot = Bot(settings.token, session=self._session)
        self._secrets = _spellings(settings.token)
        self._closed = False

    def scrub(self, text: str) -> str:
        """A text in which the token does not stand."""
        for secret in self._secrets:
            text = text.replace(secret, "…")
        return text

    async def call(self, call: Call) -> Any:
        """Make a call.

        Returns:
            What Telegram answers, as JSON has it.

        Raises:
            Refused, RateLimited, Unreachable, Ambiguous: see ``chinwag.core.errors``.
            Migrated: the room has another id now.
            BadToken: Telegram does not know the token.
        """
        parameters = dict(call.parameters)
        limit = LONGEST_CALL
        if call.file is not None:
            parameters[call.field] = _upload(call.file)
            limit = LONGEST_UPLOAD
        timeout: Any = aiohttp.ClientTimeout(total=limit, connect=LONGEST_CONNECT)
        if self._closed:  # aiogram would open a session anew
            raise Unreachable("the connection is closed")
        try:
            return await self._bot(_METHODS[call.method](**parameters), request_timeout=timeout)
        except Exception as error:  # noqa: BLE001 - whatever it is, it may hold the token
            trouble = self._sorted(error)
        raise trouble

    async def fetch(self, parameters: dict[str, Any], wait: float) -> tuple[int, bytes]:
        """Call ``getUpdates``.

        Args:
            parameters: its parameters.
            wait: how long the server may take, in seconds.

        Returns:
            The HTTP status and the raw answer.

        Raises:
            Unreachable: there was no answer.
        """
        timeout = aiohttp.ClientTimeout(total=wait + LONGEST_CALL, connect=LONGEST_CONNECT)
        url = self._session.api.api_url(self._bot.token, "getUpdates")
        try:
            session = await self._session.create_session()
            async with session.post(url, json=parameters, timeout=timeout) as response:
                return response.status, await bounded(response, LARGEST_ANSWER)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            trouble = Unreachable(self._words(error))
        raise trouble

    async def download(self, file: str) -> bytes:
        """The bytes of a file.

        Args:
            file: its id.

        Raises:
            Refused: Telegram does not have it, or it is larger than a bot may fetch.
            Unreachable, Ambiguous, RateLimited: it may be tried again.
        """
        found = await self.call(Call("getFile", {"file_id": file}))
        path = found.get("file_path") if isinstance(found, dict) else None
        if not isinstance(path, str) or not path:
            raise Refused("it has no such file, or one that is too large for a bot")
        url = self._session.api.file_url(self._bot.token, path)
        timeout = aiohttp.ClientTimeout(total=LONGEST_UPLOAD, connect=LONGEST_CONNECT)
        try:
            session = await self._session.create_session()
            async with session.get(url, timeout=timeout) as response:
                if response.status != HTTPStatus.OK:
                    raise Refused(f"it answered HTTP {response.status}")
                return await bounded(response, LARGEST_FILE)
        except TooLarge:
            raise Refused("it is larger than a bot may fetch") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            trouble = Unreachable(self._words(error))
        raise trouble

    async def close(self) -> None:
        """Let go of the connections; whatever is asked for from now on is not."""
        self._closed = True
        await self._session.close()

    def _sorted(self, error: Exception) -> SendError:
        """What a failure means for the message."""
        words = self.scrub(str(getattr(error, "message", "")) or type(error).__name__)
        found: SendError
        match error:
            case Refused():
                found = error
            case TelegramRetryAfter():
                found = RateLimited(words, error.retry_after)
            case TelegramMigrateToChat():
                found = Migrated(error.migrate_to_chat_id)
            case _ if (kind := _DECIDED.get(type(error))) is not None:
                found = kind(words)  # before the errors of the network: "too large" is one of them by its class
            case TelegramServerError():
                found = Ambiguous(f"Telegram has trouble: {words}")
            case TelegramNetworkError():
                found = self._lost(error)
            case _:
                found = Ambiguous(self._words(error))
        return found

    def _lost(self, error: TelegramNetworkError) -> SendError:
        """No answer: it never got out, or may have arrived."""
        cause = error.__cause__
        words = self._words(cause if isinstance(cause, Exception) else error)
        return (Unreachable if isinstance(cause, NEVER_CONNECTED) else Ambiguous)(words)

    def _words(self, error: Exception) -> str:
        words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return self.scrub(words)[:LONGEST_WORDS]


def _upload(attachment: Attachment) -> Any:
    """What aiogram takes as a file.

    Raises:
        Refused: if there is no such file.
    """
    if attachment.data:
        return BufferedInputFile(attachment.data, attachment.name or attachment.kind)
    if attachment.link.startswith(("http://", "https://")):
        return attachment.link
    path = Path(attachment.link)
    if not path.is_file():
        raise Refused(f"there is no file {attachment.link}")
    return FSInputFile(path, attachment.name or path.name)


def _spellings(token: str) -> list[str]:
    """The token as it may stand in a text: as it is, escaped in a URL, or its secret half alone."""
    secret = token.partition(":")[2]
    spellings = {token, quote(token, safe=""), quote(token)}
    if len(secret) >= LEAST_SECRET:
        spellings |= {secret, quote(secret, safe="")}
    return sorted(spellings, key=len, reverse=True)
