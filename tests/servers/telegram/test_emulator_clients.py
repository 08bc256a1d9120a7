"""Two real bots, one on aiogram and one on python-telegram-bot, against the emulator through the checking proxy.

Both do the same, in their own library's way; one script of a user runs against each. At the end the proxy must have
found nothing wrong with any call or answer.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

import aiogram
import pytest
import pytest_asyncio
import telegram as ptb
from aiogram.exceptions import (
    TelegramBadRequest,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramRetryAfter,
    TelegramUnauthorizedError,
)
from aiogram.types import BufferedInputFile, InputMediaPhoto, ReplyParameters
from aiogram.utils.keyboard import InlineKeyboardBuilder
from tests.servers.telegram.bot_on_aiogram import aiogram_bot, aiogram_runs
from tests.servers.telegram.bot_on_ptb import ptb_bot, ptb_runs
from tests.servers.telegram.telegram_emulator import TelegramEmulator
from tests.servers.telegram.telegram_picture import PICTURE, png
from tests.servers.telegram.telegram_proxy import CheckingProxy

pytestmark = pytest.mark.asyncio(loop_scope="module")

BOT, OTHER = "first_test_bot", "second_test_bot"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def emulator() -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator() as telegram:
        yield telegram


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def proxy(emulator: TelegramEmulator) -> AsyncIterator[CheckingProxy]:
    async with CheckingProxy(emulator.url) as checking:
        yield checking
    assert checking.violations == []
    assert checking.methods


# ----------------------------------------------------------------------------------------------------------- the script


async def talk(telegram: TelegramEmulator, ann: int, bot: int) -> None:
    """What a user does, and what he must see."""
    people, at = telegram.people, bot
    people.say(ann, "/start", bot=at)
    hello = (await telegram.wait_messages(ann, 1, bot=at))[0]
    assert hello.html == "Hello <b>Ann</b> &amp; all"
    assert telegram.view(ann, bot=at).keyboard == [["tea", "coffee"]]
    asked = people.press_key(ann, "tea", bot=at)
    tea = await telegram.wait_text(ann, "One tea.", bot=at)
    assert tea.reply_to == asked
    seen = telegram.view(ann, bot=at)
    assert (seen.keyboard, [action for _, action in seen.typing]) == (None, ["typing"])
    people.say(ann, "buttons", bot=at)
    choice = await telegram.wait_text(ann, "Choose", bot=at)
    assert [[button.text for button in row] for row in choice.buttons] == [["Yes", "No"]]
    query = people.press(ann, choice.id, "Yes", bot=at)
    assert (await people.wait_answer(query))["text"] == "noted"
    chosen = await telegram.wait_text(ann, "You chose y", bot=at)
    assert (chosen.id, chosen.buttons, chosen.edits) == (choice.id, [], 1)
    sent = people.say(ann, "halo", bot=at)
    assert (await telegram.wait_text(ann, "halo", bot=at)).reply_to == sent
    people.edit(ann, sent, "hello", bot=at)
    await telegram.wait_text(ann, "You meant hello", bot=at)


async def send_things(telegram: TelegramEmulator, ann: int, bot: int) -> None:
    people = telegram.people
    people.send_file(ann, "photo", PICTURE, caption="look", bot=bot)
    await telegram.wait_text(ann, f"{len(PICTURE)} bytes, look", bot=bot)
    people.send_location(ann, 52.5, 13.4, bot=bot)
    await telegram.wait_text(ann, "52.5 north", bot=bot)
    people.send_file(ann, "voice", b"ogg", duration=3, bot=bot)
    await telegram.wait_text(ann, "3 bytes heard", bot=bot)
    before = len(telegram.bot_messages(ann, bot=bot))
    people.say(ann, "pictures", bot=bot)
    got = (await telegram.wait_messages(ann, before + 6, bot=bot))[before:]
    await telegram.world.changed.until(lambda: telegram.view(ann, bot=bot).deleted or None, 5, "a deletion")
    assert [one.media for one in got] == ["photo", "photo", "photo", "photo", "document", None]
    assert got[0].file_id == got[1].file_id == got[3].file_id != got[2].file_id
    assert (got[0].text, got[0].edits) == ("changed", 1)
    assert got[2].album == got[3].album is not None
    assert telegram.view(ann, bot=bot).deleted == [got[5].id]


async def talk_in_group(telegram: TelegramEmulator, ann: int, bot: int) -> None:
    name = telegram.world.accounts[bot].username
    group = telegram.rooms.add_group("Friends", [ann], with_bot=False)
    telegram.rooms.add_bot_to(group, bot=bot)
    await telegram.wait_text(ann, "Thanks for having me", chat=group)
    telegram.people.say(ann, "nobody is asked", chat=group)
    asked = telegram.people.say(ann, f"@{name} hi", chat=group)
    answer = await telegram.wait_text(ann, f"@{name} hi", chat=group)
    assert answer.reply_to == asked
    assert len(telegram.bot_messages(ann, chat=group)) == 2
    moved = telegram.rooms.migrate(group)
    telegram.people.say(ann, "and here?", chat=moved, reply_to=None)
    telegram.people.say(ann, f"/echo@{name}", chat=moved)
    await telegram.wait_text(ann, f"/echo@{name}", chat=moved)


async def run(telegram: TelegramEmulator, bot: int, serving: AbstractAsyncContextManager[None]) -> None:
    ann = telegram.rooms.add_user("Ann")
    async with serving:
        await talk(telegram, ann, bot)
        await send_things(telegram, ann, bot)
        await talk_in_group(telegram, ann, bot)


async def test_an_aiogram_bot_runs_against_it(emulator: TelegramEmulator, proxy: CheckingProxy) -> None:
    bot = emulator.rooms.add_bot("First", BOT)
    await run(emulator, bot["id"], aiogram_runs(proxy, bot["token"]))


async def test_a_python_telegram_bot_bot_runs_against_it(emulator: TelegramEmulator, proxy: CheckingProxy) -> None:
    bot = emulator.rooms.add_bot("Second", OTHER)
    await run(emulator, bot["id"], ptb_runs(proxy, bot["token"]))


async def test_aiogram_takes_the_refusals_for_what_they_are(emulator: TelegramEmulator, proxy: CheckingProxy) -> None:
    made = emulator.rooms.add_bot("Third", "third_test_bot")
    ann, bot = emulator.rooms.add_user("Ann", started=True), aiogram_bot(proxy, made["token"])
    group = emulator.rooms.add_group("Friends", [ann], with_bot=False)
    emulator.rooms.add_bot_to(group, bot=made["id"])
    moved = emulator.rooms.migrate(group)
    async with bot.session:
        with pytest.raises(TelegramBadRequest, match="chat not found"):
            await bot.send_message(42, "hello")
        with pytest.raises(TelegramBadRequest, match="message to be replied not found"):
            await bot.send_message(ann, "hello", reply_parameters=ReplyParameters(message_id=10**6))
        with pytest.raises(TelegramMigrateToChat) as migration:
            await bot.send_message(group, "hello")
        assert migration.value.migrate_to_chat_id == moved
        emulator.plan("too_many", method="sendMessage", chat=ann, retry_after=7)
        with pytest.raises(TelegramRetryAfter) as flood:
            await bot.send_message(ann, "hello")
        assert flood.value.retry_after == 7
        emulator.rooms.block(ann, made["id"])
        with pytest.raises(TelegramForbiddenError, match="bot was blocked by the user"):
            await bot.send_message(ann, "hello")
    stranger = aiogram_bot(proxy, "7999999999:AAF-nobody-has-this-token")
    async with stranger.session:
        with pytest.raises(TelegramUnauthorizedError):
            await stranger.get_me()


async def test_python_telegram_bot_takes_the_refusals_for_what_they_are(
    emulator: TelegramEmulator, proxy: CheckingProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # what it will be; without, it warns
    made = emulator.rooms.add_bot("Fourth", "fourth_test_bot")
    ann = emulator.rooms.add_user("Ann", started=True)
    group = emulator.rooms.add_group("Friends", [ann], with_bot=False)
    emulator.rooms.add_bot_to(group, bot=made["id"])
    moved = emulator.rooms.migrate(group)
    async with ptb_bot(proxy, made["token"]) as bot:
        with pytest.raises(ptb.error.BadRequest, match="Chat not found"):
            await bot.send_message(42, "hello")
        with pytest.raises(ptb.error.ChatMigrated) as migration:
            await bot.send_message(group, "hello")
        assert migration.value.new_chat_id == moved
        emulator.plan("too_many", method="sendMessage", chat=ann, retry_after=7)
        with pytest.raises(ptb.error.RetryAfter):
            await bot.send_message(ann, "hello")
        emulator.rooms.block(ann, made["id"])
        with pytest.raises(ptb.error.Forbidden, match="blocked by the user"):
            await bot.send_message(ann, "hello")


async def test_everything_else_that_is_answered_has_the_right_shape(
    emulator: TelegramEmulator, proxy: CheckingProxy
) -> None:
    made = emulator.rooms.add_bot("Fifth", "fifth_test_bot")
    ann, ben = emulator.rooms.add_user("Ann", started=True), emulator.rooms.add_user("Ben", last_name="Bo")
    forum = emulator.rooms.add_supergroup("Club", [ann, ben], forum=True, username="the_club", with_bot=False)
    emulator.rooms.add_bot_to(forum, bot=made["id"], status="administrator")
    topic = emulator.rooms.add_topic(forum, "Books")
    emulator.people.react(ben, topic, "👍", chat=forum)
    emulator.rooms.leave(ben, forum)
    emulator.rooms.join(ben, forum)
    emulator.people.send_file(ann, "sticker", b"webp", bot=made["id"], emoji="🙂")
    emulator.people.send_contact(ann, "+15550100", "Ben", of=ben, chat=forum)
    bot = aiogram_bot(proxy, made["token"])
    async with bot.session:
        kinds = ["message", "chat_member", "message_reaction", "my_chat_member"]
        assert len(await bot.get_updates(allowed_updates=kinds)) > 5
        assert (await bot.get_chat("@the_club")).id == forum
        statuses = [(await bot.get_chat_member(forum, one)).status for one in (ann, ben, made["id"])]
        assert statuses == ["creator", "member", "administrator"]
        assert len(await bot.get_chat_administrators(forum)) == 2
        assert await bot.get_chat_member_count(forum) == 3
        sent = await bot.send_audio(ann, BufferedInputFile(b"mp3", "song.mp3"), title="Song", duration=3)
        await bot.send_video(ann, BufferedInputFile(b"mp4", "clip.mp4"))
        await bot.send_animation(ann, BufferedInputFile(b"mp4", "loop.mp4"))
        await bot.send_sticker(ann, BufferedInputFile(b"webp", "cat.webp"))
        await bot.send_voice(ann, BufferedInputFile(b"ogg", "word.ogg"))
        await bot.send_location(forum, 52.5, 13.4, message_thread_id=topic)
        await bot.send_contact(ann, "+15550100", "Ben")
        assert await bot.set_message_reaction(ann, sent.message_id, [aiogram.types.ReactionTypeEmoji(emoji="👍")])
        photo = await bot.send_photo(ann, BufferedInputFile(PICTURE, "black.png"))
        other = InputMediaPhoto(media=BufferedInputFile(png(4, 4), "white.png"), caption="new")
        await bot.edit_message_media(other, chat_id=ann, message_id=photo.message_id)
        keys = InlineKeyboardBuilder().button(text="Yes", callback_data="y").as_markup()
        await bot.edit_message_reply_markup(chat_id=ann, message_id=photo.message_id, reply_markup=keys)
        await bot.delete_messages(ann, [photo.message_id])
        await bot.delete_my_commands()
        await bot.set_webhook("http://127.0.0.1:9/hook", secret_token="s" * 16)
        assert (await bot.get_webhook_info()).url == "http://127.0.0.1:9/hook"
        await bot.delete_webhook(drop_pending_updates=True)
        await bot.leave_chat(forum)
        await bot.log_out()
