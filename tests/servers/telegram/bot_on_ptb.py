"""The same test bot on python-telegram-bot 22."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import telegram as ptb
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)
from tests.servers.telegram.telegram_picture import PICTURE
from tests.servers.telegram.telegram_proxy import CheckingProxy

Context = ContextTypes.DEFAULT_TYPE


async def ptb_start(update: ptb.Update, _: Context) -> None:
    keys = ptb.ReplyKeyboardMarkup([["tea", "coffee"]])
    assert update.message
    await update.message.reply_html("Hello <b>Ann</b> &amp; all", reply_markup=keys)


async def ptb_buttons(message: ptb.Message) -> None:
    row = [ptb.InlineKeyboardButton("Yes", callback_data="y"), ptb.InlineKeyboardButton("No", callback_data="n")]
    await message.reply_text("Choose", reply_markup=ptb.InlineKeyboardMarkup([row]))


async def ptb_pressed(update: ptb.Update, _: Context) -> None:
    query = update.callback_query
    assert query
    await query.answer("noted")
    await query.edit_message_text(f"You chose {query.data}")


async def ptb_pictures(message: ptb.Message) -> None:
    first = await message.reply_photo(PICTURE, caption="*one*", parse_mode="MarkdownV2")
    await message.reply_photo(first.photo[-1].file_id)
    await first.edit_caption("changed")
    await message.reply_media_group([ptb.InputMediaPhoto(PICTURE), ptb.InputMediaPhoto(first.photo[-1].file_id)])
    await message.reply_document(b"text", filename="notes.txt")
    gone = await message.reply_text("soon gone")
    await gone.delete()


async def ptb_text(update: ptb.Update, context: Context) -> None:
    message = update.message
    if update.edited_message:
        await update.edited_message.reply_text(f"You meant {update.edited_message.text}")
    elif message and message.text in {"tea", "coffee"}:
        await context.bot.send_chat_action(message.chat.id, "typing")
        await message.reply_text(f"One {message.text}.", do_quote=True, reply_markup=ptb.ReplyKeyboardRemove())
    elif message and message.text == "buttons":
        await ptb_buttons(message)
    elif message and message.text == "pictures":
        await ptb_pictures(message)
    elif message:
        await message.reply_text(message.text or "", do_quote=True)


async def ptb_media(update: ptb.Update, _: Context) -> None:
    message = update.message
    assert message
    if message.photo:
        content = await (await message.photo[-1].get_file()).download_as_bytearray()
        await message.reply_text(f"{len(content)} bytes, {message.caption}")
    elif message.location:
        await message.reply_text(f"{message.location.latitude} north")
    elif message.voice:
        await message.reply_text(f"{message.voice.file_size} bytes heard")


async def ptb_welcome(update: ptb.Update, context: Context) -> None:
    change = update.my_chat_member
    if change and change.chat.type != "private" and change.new_chat_member.status == "member":
        await context.bot.send_message(change.chat.id, "Thanks for having me")


def ptb_bot(proxy: CheckingProxy, token: str) -> ptb.Bot:
    return ptb.Bot(token, base_url=f"{proxy.url}/bot", base_file_url=f"{proxy.url}/file/bot")


@asynccontextmanager
async def ptb_runs(proxy: CheckingProxy, token: str) -> AsyncIterator[None]:
    builder = Application.builder().token(token)
    application = builder.base_url(f"{proxy.url}/bot").base_file_url(f"{proxy.url}/file/bot").build()
    application.add_handler(CommandHandler("start", ptb_start))
    application.add_handler(CallbackQueryHandler(ptb_pressed))
    application.add_handler(MessageHandler(filters.TEXT, ptb_text))
    application.add_handler(MessageHandler(filters.PHOTO | filters.LOCATION | filters.VOICE, ptb_media))
    application.add_handler(ChatMemberHandler(ptb_welcome))
    async with application:
        assert application.updater
        await application.bot.set_my_commands([("start", "Begin")])
        assert [one.command for one in await application.bot.get_my_commands()] == ["start"]
        await application.start()
        await application.updater.start_polling()
        try:
            yield
        finally:
            await application.updater.stop()
            await application.stop()
