"""The two questions in python-telegram-bot 22: a ``ConversationHandler`` without persistence.

It times a conversation out by a job queue, which is an extra of its own (``python-telegram-bot[job-queue]``). Measured
with the timeout where that is installed, and without it where not; the figure says which.
"""

import importlib.util
import itertools
import json
from typing import Any, TypeAlias, cast

import telegram
from telegram.ext import (
    Application,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    filters,
)
from telegram.request import BaseRequest, RequestData

from benchmarks import peers
from benchmarks.report import Report
from benchmarks.traffic import CLOSING, FIRST_QUESTION, SECOND_QUESTION, TIMEOUT

AnyApplication: TypeAlias = Application[Any, Any, Any, Any, Any, Any]

HAS_TIMEOUTS = importlib.util.find_spec("apscheduler") is not None
NUMBER, WORD = range(2)
ME = {"id": 42, "is_bot": True, "first_name": "Bench", "username": "benchbot"}
"""Telegram's answer to getMe, the only other call that is made here."""


async def begin(update: telegram.Update, _: ContextTypes.DEFAULT_TYPE) -> int:
    """Ask the first question."""
    await _message(update).reply_text(FIRST_QUESTION)
    return NUMBER


async def take_number(update: telegram.Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    """Keep the number; ask the second question."""
    _user_data(context)["number"] = int(_message(update).text or "")
    await _message(update).reply_text(SECOND_QUESTION)
    return WORD


async def take_word(update: telegram.Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    """Say what was ordered."""
    number = _user_data(context).pop("number")
    await _message(update).reply_text(CLOSING.format(number=number, word=_message(update).text))
    return ConversationHandler.END


def _message(update: telegram.Update) -> telegram.Message:
    return cast("telegram.Message", update.message)  # nothing but messages is fed


def _user_data(context: ContextTypes.DEFAULT_TYPE) -> dict[Any, Any]:
    return cast("dict[Any, Any]", context.user_data)  # every message has a user


class Request(BaseRequest):
    """Takes the sends instead of Telegram."""

    def __init__(self, sent: peers.Sent) -> None:
        """Tell ``sent`` of each message."""
        self._sent = sent
        self._ids = itertools.count(1)

    @property
    def read_timeout(self) -> float:
        """Seconds; never needed."""
        return 5.0

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing is open."""

    async def do_request(
        self,
        url: str,
        method: str,  # noqa: ARG002 - the base class's
        request_data: RequestData | None = None,
        *_: object,
        **__: object,
    ) -> tuple[int, bytes]:
        """Answer getMe and sendMessage as Telegram does."""
        result = self._take(request_data.parameters) if request_data and url.endswith("/sendMessage") else ME
        return 200, json.dumps({"ok": True, "result": result}).encode()

    def _take(self, parameters: dict[str, Any]) -> object:
        user, text = parameters["chat_id"], parameters["text"]
        self._sent(user, text)
        chat = {"id": user, "type": "private"}
        return {"message_id": next(self._ids), "date": 1_767_225_600, "chat": chat, "text": text}


async def open_peer(sent: peers.Sent) -> peers.Handle:
    """Start python-telegram-bot; gives what handles one update's bytes."""
    application: AnyApplication = Application.builder().token(peers.TOKEN).updater(None).request(Request(sent)).build()
    application.add_handler(_conversation())
    await application.initialize()
    if HAS_TIMEOUTS and application.job_queue:
        await application.job_queue.start()

    async def handle(raw: bytes) -> None:
        await application.process_update(telegram.Update.de_json(json.loads(raw), application.bot))

    return handle


def _conversation() -> ConversationHandler[Any]:
    text = filters.TEXT & ~filters.COMMAND
    return ConversationHandler(
        entry_points=[CommandHandler("start", begin)],
        states={NUMBER: [MessageHandler(text, take_number)], WORD: [MessageHandler(text, take_word)]},
        fallbacks=[],
        conversation_timeout=TIMEOUT if HAS_TIMEOUTS else None,
    )


def run(report: Report, quick: bool) -> None:  # noqa: FBT001 - every bench is called as run(report, quick)
    """Measure messages a second."""
    timeouts = f"{TIMEOUT} s by its job queue" if HAS_TIMEOUTS else "none: its job queue is not installed"
    peers.measure(
        report,
        "python-telegram-bot",
        open_peer,
        quick=quick,
        version=telegram.__version__,
        persistence="none",
        timeouts=timeouts,
    )
