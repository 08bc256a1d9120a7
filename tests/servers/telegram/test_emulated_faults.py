"""Planned faults, Telegram's limits, and the methods against the official schema."""

import asyncio
from typing import Any

import aiohttp
import msgspec
import pytest
from tests.servers.telegram.conftest import Caller, Clock
from tests.servers.telegram.telegram_api import METHODS
from tests.servers.telegram.telegram_emulator import TelegramEmulator
from tests.servers.telegram.telegram_proxy import SCHEMA, shared

RESET = (aiohttp.ClientError, OSError)


def shown(telegram: TelegramEmulator, user: int) -> list[str]:
    return [message.text for message in telegram.view(user).messages]


async def test_429_comes_as_often_as_planned_and_names_the_seconds(
    telegram: TelegramEmulator, call: Caller, ann: int
) -> None:
    ben = telegram.rooms.add_user("Ben", started=True)
    telegram.plan("too_many", method="sendMessage", chat=ann, times=2, retry_after=7)
    assert (await call("sendMessage", chat_id=ben, text="x"))["ok"]
    for _ in range(2):
        assert await call("sendMessage", chat_id=ann, text="x") == {
            "ok": False,
            "error_code": 429,
            "description": "Too Many Requests: retry after 7",
            "parameters": {"retry_after": 7},
        }
    assert (await call("sendMessage", chat_id=ann, text="y"))["ok"]
    assert shown(telegram, ann) == ["y"]


@pytest.mark.parametrize(("more", "seen"), [({}, []), ({"after_effect": True}, ["x"])])
async def test_a_5xx_comes_before_or_after_the_effect(
    telegram: TelegramEmulator, call: Caller, ann: int, more: dict[str, Any], seen: list[str]
) -> None:
    telegram.plan("error", code=502, **more)
    assert (await call("sendMessage", chat_id=ann, text="x"))["description"] == "Bad Gateway"
    assert shown(telegram, ann) == seen


@pytest.mark.parametrize(("kind", "seen"), [("reset_before", []), ("reset_after", ["x"])])
async def test_a_connection_is_reset_before_or_after_the_effect(
    telegram: TelegramEmulator, call: Caller, ann: int, kind: Any, seen: list[str]
) -> None:
    telegram.plan(kind, method="sendMessage")
    with pytest.raises(RESET):
        await call("sendMessage", chat_id=ann, text="x")
    assert shown(telegram, ann) == seen
    assert (await call("sendMessage", chat_id=ann, text="y"))["ok"]


async def test_what_is_never_answered_was_delivered(telegram: TelegramEmulator, call: Caller, ann: int) -> None:
    telegram.plan("silent_after")
    sending = asyncio.create_task(call("sendMessage", chat_id=ann, text="x"))
    await telegram.wait_text(ann, "x")
    assert not sending.done()
    sending.cancel()
    assert (await call("sendMessage", chat_id=ann, text="y"))["ok"]


async def test_a_slow_answer_comes_when_it_is_released(telegram: TelegramEmulator, call: Caller, ann: int) -> None:
    telegram.plan("slow", method="sendMessage")
    telegram.plan("slow", method="sendMessage", seconds=0.001)
    sending = asyncio.create_task(call("sendMessage", chat_id=ann, text="x"))
    await telegram.wait_text(ann, "x")
    assert (await call("sendMessage", chat_id=ann, text="y"))["ok"]
    assert not sending.done()
    telegram.release()
    assert (await sending)["ok"]


async def test_a_poll_meets_only_faults_that_name_it(telegram: TelegramEmulator, call: Caller, ann: int) -> None:
    telegram.people.say(ann, "hello")
    telegram.plan("error", code=500)
    telegram.plan("error", code=503, method="getUpdates")
    assert (await call("getUpdates"))["error_code"] == 503
    assert len((await call("getUpdates"))["result"]) == 1
    telegram.clear_faults()
    assert (await call("getMe"))["ok"]


async def test_a_download_can_fail(telegram: TelegramEmulator, ann: int, http: aiohttp.ClientSession) -> None:
    telegram.people.send_file(ann, "document", b"content")
    url = f"{telegram.url}/file/bot{telegram.token}/{next(iter(telegram.files.by_path))}"
    telegram.plan("error", method="download", code=500)
    telegram.plan("reset_before", method="download", times=2)  # aiohttp itself tries a GET once more
    async with http.get(url) as answer:
        assert answer.status == 500
    with pytest.raises(RESET):
        await http.get(url)
    async with http.get(url) as answer:
        assert await answer.read() == b"content"


# -------------------------------------------------------------------------------------------------------------- limits


async def retry_after(call: Caller, chat: int, method: str = "sendMessage", **values: Any) -> int | None:
    answer = await call(method, chat_id=chat, text="x", **values)
    found: int | None = answer.get("parameters", {}).get("retry_after")
    return found


async def test_one_message_a_second_in_a_chat(telegram: TelegramEmulator, call: Caller, ann: int, clock: Clock) -> None:
    assert [await retry_after(call, ann) for _ in range(2)] == [None, None]
    telegram.limit()
    assert [await retry_after(call, ann) for _ in range(3)] == [None, 1, 1]
    clock.now += 0.5
    assert await retry_after(call, ann) == 1  # what is refused does not count
    clock.now += 0.5
    assert await retry_after(call, ann) is None
    assert (await call("sendChatAction", chat_id=ann, action="typing"))["ok"]
    telegram.limit(enforced=False)
    assert await retry_after(call, ann) is None


async def test_thirty_messages_a_second_over_all(telegram: TelegramEmulator, call: Caller, clock: Clock) -> None:
    users = telegram.rooms.add_users(31)
    telegram.limit()
    assert [await retry_after(call, user) for user in users] == [None] * 30 + [1]
    clock.now += 1
    assert await retry_after(call, users[-1]) is None


async def test_twenty_messages_a_minute_in_a_group(
    telegram: TelegramEmulator, call: Caller, ann: int, clock: Clock
) -> None:
    group = telegram.rooms.add_supergroup("Club", [ann])
    telegram.limit()
    for _ in range(20):
        assert await retry_after(call, group) is None
        clock.now += 1
    assert await retry_after(call, group) == 40
    assert telegram.api.limits.refused == 1
    clock.now += 40
    assert await retry_after(call, group) is None


async def test_limits_have_sizes(telegram: TelegramEmulator, call: Caller, ann: int) -> None:
    telegram.limit(per_chat=3)
    assert [await retry_after(call, ann) for _ in range(4)] == [None, None, None, 1]
    with pytest.raises(ValueError, match="no limit 'per_year'"):
        telegram.limit(per_year=1)


# -------------------------------------------------------------------------------------------------------------- schema


async def test_every_method_is_one_of_the_bot_api(telegram: TelegramEmulator) -> None:
    methods = msgspec.json.decode(shared(SCHEMA).read_bytes())["methods"]
    own = {"getupdates", "setwebhook", "deletewebhook", "getwebhookinfo"}
    assert set(METHODS) - set(methods) == set()
    assert own == set(telegram.api._own)
    assert own <= {name.lower() for name in methods}
