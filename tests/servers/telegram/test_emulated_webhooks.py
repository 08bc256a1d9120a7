"""Webhooks of the emulator: secret, order, retries, what a webhook does to polls, and calls in its answers."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from tests.servers.telegram.conftest import START, Caller
from tests.servers.telegram.telegram_emulator import TelegramEmulator

SECRET = "s3cret_token-16x"  # noqa: S105 - of a test


class Hook:
    """A bot's end of a webhook: what came, and what it answers."""

    def __init__(self) -> None:
        self.url = ""
        self.taken: list[dict[str, Any]] = []
        self.secrets: set[str | None] = set()
        self.statuses: list[int] = []
        """The answers that come before 200."""
        self.failing: dict[str, int] = {}
        """Texts that are refused so many times."""
        self.answer: dict[str, Any] = {}
        self.gate = asyncio.Event()
        self.gate.set()
        self.busy = self.busiest = 0
        self.three = asyncio.Event()
        """Three are being taken at once."""

    async def take(self, request: web.Request) -> web.Response:
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        self.busy += 1
        self.busiest = max(self.busy, self.busiest)
        if self.busy == 3:
            self.three.set()
        await self.gate.wait()
        self.busy -= 1
        if self.statuses:
            return web.Response(status=self.statuses.pop(0))
        update = await request.json()
        text = update.get("message", {}).get("text", "")
        if self.failing.get(text):
            self.failing[text] -= 1
            return web.Response(status=500)
        self.taken.append(update)
        return web.json_response(self.answer) if self.answer else web.Response()

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.taken]


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    found, app = Hook(), web.Application()
    app.router.add_post("/hook", found.take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield found
    found.gate.set()
    await runner.cleanup()


async def test_updates_are_posted_with_the_secret_and_no_longer_polled(
    telegram: TelegramEmulator, call: Caller, ann: int, hook: Hook
) -> None:
    telegram.people.say(ann, "before")
    poll = asyncio.create_task(call("getUpdates", offset=-1, timeout=50))
    assert len((await poll)["result"]) == 1
    assert (await call("setWebhook", url=hook.url, secret_token=SECRET))["result"] is True
    telegram.people.say(ann, "after")
    await telegram.wait_confirmed(2)
    assert (hook.texts, hook.secrets) == (["before", "after"], {SECRET})
    refused = await call("getUpdates")
    assert refused["error_code"] == 409
    assert "can't use getUpdates method while webhook is active" in refused["description"]
    info = (await call("getWebhookInfo"))["result"]
    assert (info["url"], info["pending_update_count"], info["max_connections"]) == (hook.url, 0, 40)
    await call("deleteWebhook")
    telegram.people.say(ann, "polled")
    assert len((await call("getUpdates"))["result"]) == 1
    assert (await call("getWebhookInfo"))["result"]["url"] == ""


async def test_a_webhook_ends_a_poll_that_waits(telegram: TelegramEmulator, call: Caller, hook: Hook) -> None:
    poll = asyncio.create_task(call("getUpdates", timeout=50))
    await telegram.wait_poll()
    await call("setWebhook", url=hook.url)
    assert (await poll)["description"] == "Conflict: terminated by setWebhook request"


async def test_an_update_is_posted_until_it_is_taken(
    telegram: TelegramEmulator, call: Caller, ann: int, hook: Hook
) -> None:
    hook.statuses = [500, 401, 302, 404]
    await call("setWebhook", url=hook.url)
    telegram.people.say(ann, "one")
    telegram.people.say(ann, "two")
    await telegram.wait_confirmed(2)
    assert hook.texts == ["one", "two"]
    info = (await call("getWebhookInfo"))["result"]
    assert (info["last_error_message"], info["last_error_date"]) == (
        *("Wrong response from the webhook: 404 Not Found", START),
    )
    assert telegram.api.deliveries[telegram.rooms.bot().account.id].attempts == 6


async def test_what_fails_holds_back_its_own_chat_alone(
    telegram: TelegramEmulator, call: Caller, ann: int, hook: Hook
) -> None:
    ben = telegram.rooms.add_user("Ben")
    hook.failing = {"one": 4}
    await call("setWebhook", url=hook.url)
    for user, text in ((ann, "one"), (ann, "two"), (ben, "other")):
        telegram.people.say(user, text)
    await telegram.wait_confirmed(3)
    assert hook.texts == ["other", "one", "two"]


async def test_nobody_at_the_webhook_keeps_updates_pending(
    telegram: TelegramEmulator, call: Caller, ann: int, hook: Hook
) -> None:
    await call("setWebhook", url="http://127.0.0.1:9/hook")
    telegram.people.say(ann, "one")
    delivery = telegram.api.deliveries[telegram.rooms.bot().account.id]
    await telegram.world.changed.until(lambda: delivery.attempts > 2 or None, 5, "three attempts")
    info = (await call("getWebhookInfo"))["result"]
    assert info["pending_update_count"] == 1
    assert info["last_error_message"].startswith("Connection failed")
    await call("setWebhook", url=hook.url)
    await telegram.wait_confirmed(1)
    assert hook.texts == ["one"]
    await call("setWebhook", url="http://127.0.0.1:9/hook")
    telegram.people.say(ann, "two")
    await call("deleteWebhook", drop_pending_updates=True)
    assert telegram.updates()["pending"] == 0


async def test_chats_are_served_at_once_each_in_order(
    telegram: TelegramEmulator, call: Caller, ann: int, hook: Hook
) -> None:
    users = [ann, *telegram.rooms.add_users(4)]
    hook.gate.clear()
    await call("setWebhook", url=hook.url, max_connections=3)
    for number in range(3):
        for user in users:
            telegram.people.say(user, f"{user} {number}")
    async with asyncio.timeout(5):
        await hook.three.wait()
    hook.gate.set()
    await telegram.wait_confirmed(15)
    assert hook.busiest == 3
    for user in users:
        assert [text for text in hook.texts if text.startswith(str(user))] == [f"{user} {n}" for n in range(3)]


async def test_order_can_be_turned_around_and_updates_doubled(
    telegram: TelegramEmulator, call: Caller, ann: int, hook: Hook
) -> None:
    await call("setWebhook", url=hook.url)
    telegram.reorder(3)
    for text in ("one", "two", "three", "four"):
        telegram.people.say(ann, text)
    await telegram.wait_confirmed(4)
    assert [text for text in hook.texts if text != "four"] == ["three", "two", "one"]
    telegram.duplicate()
    telegram.people.say(ann, "five")
    await telegram.wait_confirmed(6)
    assert hook.texts[-2:] == ["five", "five"]
    assert hook.taken[-1]["update_id"] == hook.taken[-2]["update_id"]


async def test_an_answer_may_hold_a_call(telegram: TelegramEmulator, call: Caller, ann: int, hook: Hook) -> None:
    hook.answer = {"method": "sendMessage", "chat_id": ann, "text": "hello"}
    await call("setWebhook", url=hook.url)
    telegram.people.say(ann, "hi")
    assert (await telegram.wait_text(ann, "hello")).by_bot
    hook.answer["text"] = ""
    telegram.people.say(ann, "hi")
    await telegram.wait_confirmed(2)
    assert [one["status"] for one in telegram.calls("sendMessage")] == [200, 400]


async def test_the_public_server_wants_tls_and_one_of_four_ports() -> None:
    async with TelegramEmulator(strict_webhooks=True) as telegram:
        session = telegram.api.client
        for url, problem in (
            ("http://a.example/", "bad webhook: An HTTPS URL must be provided for webhook"),
            ("https://a.example:1234/", "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"),
        ):
            given = {"url": url}
            async with session.post(f"{telegram.url}/bot{telegram.token}/setWebhook", json=given) as answer:
                assert (await answer.json())["description"] == f"Bad Request: {problem}"
