"""The test bot on aiogram 3: echo, keyboards, buttons, pictures, files, edits, groups."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiogram
from aiogram import F
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import Command
from aiogram.types import BufferedInputFile, InputMediaPhoto, ReplyKeyboardRemove
from aiogram.utils.keyboard import InlineKeyboardBuilder, ReplyKeyboardBuilder
from tests.servers.telegram.telegram_picture import PICTURE
from tests.servers.telegram.telegram_proxy import CheckingProxy

router = aiogram.Router()


@router.message(Command("start"))
async def start(message: aiogram.types.Message) -> None:
    keys = ReplyKeyboardBuilder().button(text="tea").button(text="coffee")
    await message.answer("Hello <b>Ann</b> &amp; all", parse_mode="HTML", reply_markup=keys.as_markup())


@router.message(F.text.in_({"tea", "coffee"}))
async def drink(message: aiogram.types.Message) -> None:
    await message.bot.send_chat_action(message.chat.id, "typing")  # type: ignore[union-attr]
    await message.reply(f"One {message.text}.", reply_markup=ReplyKeyboardRemove())


@router.message(F.text == "buttons")
async def buttons(message: aiogram.types.Message) -> None:
    keys = InlineKeyboardBuilder().button(text="Yes", callback_data="y").button(text="No", callback_data="n")
    await message.answer("Choose", reply_markup=keys.as_markup())


@router.callback_query()
async def pressed(query: aiogram.types.CallbackQuery) -> None:
    assert isinstance(query.message, aiogram.types.Message)
    await query.answer("noted")
    await query.message.edit_text(f"You chose {query.data}")


@router.message(F.text == "pictures")
async def pictures(message: aiogram.types.Message) -> None:
    upload = BufferedInputFile(PICTURE, "black.png")
    first = await message.answer_photo(upload, caption="*one*", parse_mode="MarkdownV2")
    assert first.photo
    await message.answer_photo(first.photo[-1].file_id)
    await first.edit_caption(caption="changed")
    await message.answer_media_group([InputMediaPhoto(media=upload), InputMediaPhoto(media=first.photo[-1].file_id)])
    await message.answer_document(BufferedInputFile(b"text", "notes.txt"))
    gone = await message.answer("soon gone")
    await gone.delete()


@router.message(F.photo)
async def photo(message: aiogram.types.Message) -> None:
    assert message.photo
    assert message.bot
    content = await message.bot.download(message.photo[-1])
    assert content
    await message.answer(f"{len(content.read())} bytes, {message.caption}")


@router.message(F.location)
async def location(message: aiogram.types.Message) -> None:
    assert message.location
    await message.answer(f"{message.location.latitude} north")


@router.message(F.voice)
async def voice(message: aiogram.types.Message) -> None:
    assert message.voice
    await message.answer(f"{message.voice.file_size} bytes heard")


@router.message(F.text)
async def echo(message: aiogram.types.Message) -> None:
    await message.reply(message.text or "")


@router.edited_message()
async def edited(message: aiogram.types.Message) -> None:
    await message.answer(f"You meant {message.text}")


@router.my_chat_member()
async def welcome(change: aiogram.types.ChatMemberUpdated) -> None:
    if change.chat.type != "private" and change.new_chat_member.status == "member":
        await change.answer("Thanks for having me")


def aiogram_bot(proxy: CheckingProxy, token: str) -> aiogram.Bot:
    return aiogram.Bot(token, session=AiohttpSession(api=TelegramAPIServer.from_base(proxy.url)))


@asynccontextmanager
async def aiogram_runs(proxy: CheckingProxy, token: str) -> AsyncIterator[None]:
    bot, dispatcher = aiogram_bot(proxy, token), aiogram.Dispatcher()
    router._parent_router = None
    dispatcher.include_router(router)
    commands = [aiogram.types.BotCommand(command="start", description="Begin")]
    await bot.set_my_commands(commands)
    assert [one.command for one in await bot.get_my_commands()] == ["start"]
    polling = asyncio.create_task(dispatcher.start_polling(bot, handle_signals=False))
    try:
        yield
    finally:
        await dispatcher.stop_polling()
        await polling
        await bot.session.close()
