"""python-telegram-bot 22: a ``ConversationHandler``; without persistence, and with its ``PicklePersistence``.

The persistence writes what changed every 60 seconds, which is its default, and when the application stops.
"""

import json
from typing import Any, cast

import telegram
from telegram.ext import (
    Application,
    BasePersistence,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    MessageHandler,
    PicklePersistence,
    filters,
)

from benchmarks.comparison.forms import FORMS, QUESTIONS, Form
from benchmarks.comparison.shape import Peer, Setting, Tasks
from benchmarks.peers import TOKEN
from benchmarks.telegram_bot_peer import AnyApplication, Request

VERSION = telegram.__version__


class Handlers:
    """The handlers of one script.

    Args:
        form: the script.
    """

    def __init__(self, form: Form) -> None:
        """Hold on to it."""
        self._form = form

    def conversation(self, *, persistent: bool) -> ConversationHandler[Any]:
        """A handler at the command, and one at each state."""
        text = filters.TEXT & ~filters.COMMAND
        return ConversationHandler(
            entry_points=[CommandHandler("start", self.begin)],
            states={name: [MessageHandler(text, self._taking(name))] for name in QUESTIONS},
            fallbacks=[],
            name="conversation",
            persistent=persistent,
        )

    async def begin(self, update: telegram.Update, _: ContextTypes.DEFAULT_TYPE) -> str:
        """Ask the first question."""
        first = self._form.order[0]
        await _message(update).reply_text(QUESTIONS[first])
        return first

    def _taking(self, asked: str) -> Any:
        """What keeps the answer, and asks the next question or comes to the end."""

        async def take(update: telegram.Update, context: ContextTypes.DEFAULT_TYPE) -> object:
            known = cast("dict[str, Any]", context.user_data)
            known.update(self._form.learned(asked, _message(update).text or ""))
            following = self._form.after(asked)
            if following:
                await _message(update).reply_text(QUESTIONS[following])
                return following
            await _message(update).reply_text(self._form.closing(known))
            known.clear()
            return ConversationHandler.END

        return take


def _message(update: telegram.Update) -> telegram.Message:
    return cast("telegram.Message", update.message)  # nothing but messages is fed


async def _peer(setting: Setting, persistence: BasePersistence[Any, Any, Any] | None) -> Peer:
    builder = Application.builder().token(TOKEN).updater(None).request(Request(setting.sent))
    if persistence:
        builder = builder.persistence(persistence)
    application: AnyApplication = builder.build()
    application.add_handler(Handlers(FORMS[setting.script]).conversation(persistent=persistence is not None))
    await application.initialize()
    await application.start()

    async def handle(raw: bytes) -> None:
        await application.process_update(telegram.Update.de_json(json.loads(raw), application.bot))

    async def end() -> None:
        await application.stop()
        await application.shutdown()

    peer = Tasks(handle, end)

    async def on_error(_: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        if context.error:
            peer.complain(context.error)

    application.add_error_handler(on_error)
    return peer


async def open_peer(setting: Setting) -> Peer:
    """Start python-telegram-bot without persistence."""
    return await _peer(setting, None)


async def open_pickle(setting: Setting) -> Peer:
    """Start python-telegram-bot with a pickle file in the folder."""
    return await _peer(setting, PicklePersistence(setting.folder / "bot.pickle"))
