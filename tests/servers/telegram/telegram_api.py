"""The Bot API: from a call to its answer.

Finds the bot by its token and the method by its name, plans faults around the effect, and owns what lasts longer than
a call: polls that wait, webhooks that deliver. Knows no HTTP request and no response: only `Call`, bytes and `Refused`.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

import aiohttp
import msgspec
from tests.servers.telegram import (
    telegram_account as account,
)
from tests.servers.telegram import (
    telegram_editing as editing,
)
from tests.servers.telegram import (
    telegram_media as media,
)
from tests.servers.telegram import (
    telegram_sending as sending,
)
from tests.servers.telegram.telegram_access import Context
from tests.servers.telegram.telegram_faults import Fault, Faults
from tests.servers.telegram.telegram_files import Files
from tests.servers.telegram.telegram_limits import Limits
from tests.servers.telegram.telegram_parameters import MOST_BYTES, Call, Upload
from tests.servers.telegram.telegram_refusals import Refused, bad, broken, conflict, too_many
from tests.servers.telegram.telegram_webhooks import Delivery, Webhook, read_webhook
from tests.servers.telegram.telegram_world import Bot, World

LONGEST_POLL = 50
"""Seconds."""

METHODS: dict[str, Callable[[Context], Any]] = {
    "getMe": account.get_me,
    "logOut": account.log_out,
    "close": account.close,
    "setMyCommands": account.set_commands,
    "getMyCommands": account.get_commands,
    "deleteMyCommands": account.delete_commands,
    "getChat": account.get_chat,
    "getChatMember": account.get_member,
    "getChatAdministrators": account.get_administrators,
    "getChatMemberCount": account.get_member_count,
    "leaveChat": account.leave_chat,
    "answerCallbackQuery": account.answer_query,
    "getFile": account.get_file,
    "sendMessage": sending.send_message,
    "copyMessage": sending.copy_message,
    "sendLocation": sending.send_location,
    "sendContact": sending.send_contact,
    "sendChatAction": sending.send_chat_action,
    "sendPhoto": media.send_media,
    "sendAudio": media.send_media,
    "sendVoice": media.send_media,
    "sendDocument": media.send_media,
    "sendVideo": media.send_media,
    "sendAnimation": media.send_media,
    "sendSticker": media.send_media,
    "sendMediaGroup": media.send_media_group,
    "editMessageText": editing.edit_text,
    "editMessageCaption": editing.edit_caption,
    "editMessageReplyMarkup": editing.edit_markup,
    "editMessageMedia": editing.edit_media,
    "deleteMessage": editing.delete_message,
    "deleteMessages": editing.delete_messages,
    "setMessageReaction": editing.set_reaction,
}
BY_NAME = {name.lower(): handler for name, handler in METHODS.items()}

TRUE = b'{"ok":true,"result":true}'


class BotApi:
    """All bots' API."""

    def __init__(self, world: World, files: Files, *, backoff: float, strict_webhooks: bool) -> None:
        self.world = world
        self.files = files
        self.limits = Limits(world.clock)
        self.faults = Faults(world.changed.fire)
        self.calls: deque[Call] = deque(maxlen=20_000)
        """The last calls, polls left out."""
        self.deliveries: dict[int, Delivery] = {}
        self.webhooks: dict[int, Webhook] = {}
        self.http: aiohttp.ClientSession | None = None
        self._backoff = backoff
        self._strict = strict_webhooks
        self._own: dict[str, Callable[[Bot, Call], Any]] = {
            "getupdates": self.get_updates,
            "setwebhook": self.set_webhook,
            "deletewebhook": self.delete_webhook,
            "getwebhookinfo": self.get_webhook_info,
        }

    @property
    def client(self) -> aiohttp.ClientSession:
        if self.http is None:
            self.http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60))
        return self.http

    async def stop(self) -> None:
        """End polls, deliveries and connections."""
        self.faults.clear()
        for delivery in list(self.deliveries.values()):
            await delivery.stop()
        if self.http:
            await self.http.close()

    # ---------------------------------------------------------------------------------------------------------- calls

    def bot(self, token: str) -> Bot:
        """The bot of a token."""
        number, colon, _ = token.partition(":")
        if not colon or not number.isdigit() or number.startswith("0") or len(token) > 80:
            raise Refused(401, "Unauthorized: invalid token specified")
        bot = self.world.tokens.get(token)
        if bot is None:
            raise Refused(401, "Unauthorized")
        if bot.logged_out:
            raise Refused(400, "Logged out")
        return bot

    async def answer(self, bot: Bot, call: Call) -> bytes:
        """The body of the answer; raises `Refused`."""
        name = call.method.lower()
        if name != "getupdates":
            call.bot = bot.account.id
            self.calls.append(call)
            self.world.changed.fire()
        own = self._own.get(name)
        if own:
            body: bytes = await own(bot, call)
            return body
        handler = BY_NAME.get(name)
        if handler is None:
            raise Refused(404, "Not Found: method not found")
        result = handler(Context(self.world, self.files, self.limits, bot, call, self.fetch))
        if hasattr(result, "__await__"):
            result = await result
        return b'{"ok":true,"result":' + msgspec.json.encode(result) + b"}"

    async def execute(self, bot: Bot, call: Call) -> None:
        """Answer a call that came as the answer of a webhook: nobody learns of a refusal but the list of calls."""
        try:
            await self.answer(bot, call)
            call.status = 200
        except Refused as refused:
            call.status = refused.code

    @staticmethod
    def before(fault: Fault | None) -> None:
        """What a planned fault does instead of the call's effect, but for a reset."""
        if fault and fault.kind == "too_many":
            raise too_many(fault.retry_after)
        if fault and fault.kind == "error" and not fault.after_effect:
            raise broken(fault.code)

    @staticmethod
    def after(fault: Fault | None) -> None:
        """What a planned fault does once the effect is there."""
        if fault and fault.kind == "error" and fault.after_effect:
            raise broken(fault.code)

    async def fetch(self, url: str) -> Upload:
        """Download a file that a call names by its URL."""
        try:
            async with self.client.get(url) as answer:
                content = await answer.content.read(MOST_BYTES)
        except (aiohttp.ClientError, OSError, ValueError, TimeoutError):
            raise bad("Failed to get HTTP URL content") from None
        if answer.status != 200:
            raise bad("Failed to get HTTP URL content")
        return Upload(answer.url.name or "file", answer.content_type, content)

    # -------------------------------------------------------------------------------------------------- getting updates

    async def get_updates(self, bot: Bot, call: Call) -> bytes:
        if bot.account.id in self.deliveries:
            raise conflict(
                "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
            )
        updates, offset = bot.updates, call.integer("offset")
        updates.abort(
            conflict("terminated by other getUpdates request; make sure that only one bot instance is running")
        )
        updates.allow(call.value("allowed_updates", "allowed updates"))
        if offset:
            updates.confirm(offset)
            self.world.changed.fire()
        timeout = min(max(call.integer("timeout"), 0), LONGEST_POLL)
        if timeout:
            self.world.changed.fire()
            await updates.arrival(timeout)
        return updates.page(min(max(call.integer("limit", 100), 1), 100))

    async def set_webhook(self, bot: Bot, call: Call) -> bytes:
        """Set a webhook; an empty URL removes it."""
        if not call.text("url"):
            return await self.delete_webhook(bot, call)
        hook = read_webhook(call, strict=self._strict)
        await self.remove_webhook(bot, call)
        bot.updates.allow(call.value("allowed_updates", "allowed updates"))
        bot.updates.abort(conflict("terminated by setWebhook request"))
        delivery = Delivery(self.world, bot, hook, self.client, self.execute, self._backoff)
        self.webhooks[bot.account.id], self.deliveries[bot.account.id] = hook, delivery
        delivery.start()
        return TRUE

    async def delete_webhook(self, bot: Bot, call: Call) -> bytes:
        await self.remove_webhook(bot, call)
        return TRUE

    async def remove_webhook(self, bot: Bot, call: Call) -> None:
        self.webhooks.pop(bot.account.id, None)
        delivery = self.deliveries.pop(bot.account.id, None)
        if delivery:
            await delivery.stop()
        if call.flag("drop_pending_updates"):
            bot.updates.clear()

    async def get_webhook_info(self, bot: Bot, _: Call) -> bytes:
        info = self.webhooks.get(bot.account.id, Webhook()).info(bot.updates)
        return b'{"ok":true,"result":' + msgspec.json.encode(info) + b"}"
