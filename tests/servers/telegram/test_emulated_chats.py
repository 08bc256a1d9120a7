"""The emulator's chats: what a bot learns of what users do, and what users see of what a bot does."""

import asyncio
from typing import Any

import aiohttp
import pytest
from tests.servers.telegram.conftest import START, Caller, Clock
from tests.servers.telegram.telegram_emulator import TelegramEmulator
from tests.servers.telegram.telegram_faults import Fault

Updates = list[dict[str, Any]]


async def updates(call: Caller, *, after: int = 0, **values: Any) -> Updates:
    found: Updates = (await call("getUpdates", offset=after, **values))["result"]
    return found


async def texts(call: Caller, **values: Any) -> list[str]:
    return [
        update["message"]["text"] for update in await updates(call, **values) if "text" in update.get("message", {})
    ]


# ------------------------------------------------------------------------------------------------------------- polling


async def test_an_update_is_delivered_until_a_higher_offset_confirms_it(
    telegram: TelegramEmulator, call: Caller, ann: int
) -> None:
    for text in ("one", "two", "three"):
        telegram.people.say(ann, text)
    assert await texts(call) == await texts(call) == ["one", "two", "three"]
    first = (await updates(call, limit=1))[0]["update_id"]
    assert await texts(call, after=first + 1) == ["two", "three"]
    assert telegram.updates() == {"pending": 2, "confirmed": 1}
    assert await texts(call, after=-1) == ["three"]
    assert telegram.updates()["pending"] == 1


async def test_a_long_poll_is_answered_when_something_arrives(
    telegram: TelegramEmulator, call: Caller, ann: int
) -> None:
    poll = asyncio.create_task(texts(call, timeout=50))
    await telegram.wait_poll()
    telegram.people.say(ann, "hello")
    assert await poll == ["hello"]


async def test_a_second_poll_ends_the_first_with_409(telegram: TelegramEmulator, call: Caller, ann: int) -> None:
    first = asyncio.create_task(call("getUpdates", timeout=50))
    await telegram.wait_poll()
    second = asyncio.create_task(call("getUpdates", timeout=50))
    assert (await first)["error_code"] == 409
    assert "terminated by other getUpdates request" in (await first)["description"]
    telegram.people.say(ann, "hello")
    assert len((await second)["result"]) == 1


async def test_only_the_kinds_that_were_asked_for_are_kept(telegram: TelegramEmulator, call: Caller, ann: int) -> None:
    await updates(call, allowed_updates=["edited_message"])
    said = telegram.people.say(ann, "one")
    telegram.people.edit(ann, said, "two")
    (found,) = await updates(call)
    assert found["edited_message"]["text"] == "two"
    assert found["edited_message"]["edit_date"] == START
    await updates(call, allowed_updates=[])
    telegram.people.say(ann, "three")
    assert await texts(call) == ["three"]


@pytest.mark.parametrize("times", [1, 2])
async def test_a_lost_offset_brings_the_last_confirmed_again(
    telegram: TelegramEmulator, call: Caller, ann: int, times: int
) -> None:
    telegram.people.say(ann, "one")
    (one,) = await updates(call)
    assert await updates(call, after=one["update_id"] + 1) == []
    telegram.lose_offset(times)
    for _ in range(times):
        assert await updates(call, after=one["update_id"] + 1) == [one]
    assert await updates(call, after=one["update_id"] + 1) == []


async def test_duplicates_have_one_id(telegram: TelegramEmulator, call: Caller, ann: int) -> None:
    telegram.duplicate()
    telegram.people.say(ann, "one")
    telegram.people.say(ann, "two")
    assert await texts(call) == ["one", "one", "two"]
    first, second, third = (update["update_id"] for update in await updates(call))
    assert first == second == third - 1


async def test_raw_updates_are_delivered_in_pages_of_a_hundred(telegram: TelegramEmulator, call: Caller) -> None:
    rests = [
        b'"message":{"message_id":%d,"date":1,"chat":{"id":1,"type":"private"},"text":"x"}}' % n for n in range(250)
    ]
    assert telegram.push_all(rests) == 250
    sizes, after = [], 0
    while page := await updates(call, after=after):
        sizes.append(len(page))
        after = page[-1]["update_id"] + 1
    assert sizes == [100, 100, 50]


# -------------------------------------------------------------------------------------------------------- private chats


async def test_a_user_sees_formatting_keyboards_and_typing(
    telegram: TelegramEmulator, call: Caller, ann: int, clock: Clock
) -> None:
    await call("sendChatAction", chat_id=ann, action="typing")
    assert telegram.view(ann).typing_now == "typing"
    clock.now += 1
    entities = [{"type": "bold", "offset": 0, "length": 2}]
    keyboard = {"keyboard": [["tea", {"text": "coffee"}]], "one_time_keyboard": True, "input_field_placeholder": "Say"}
    sent = await call("sendMessage", chat_id=ann, text="😀 <", entities=entities, reply_markup=keyboard)
    assert sent["result"]["date"] == START + 1
    seen = telegram.view(ann)
    assert [message.html for message in seen.messages] == ["<b>😀</b> &lt;"]
    assert (seen.keyboard, seen.placeholder, seen.typing_now) == ([["tea", "coffee"]], "Say", None)
    telegram.people.press_key(ann, "tea")
    assert telegram.view(ann).keyboard is None
    await call("sendMessage", chat_id=ann, text="again", reply_markup=keyboard)
    await call("sendMessage", chat_id=ann, text="gone", reply_markup={"remove_keyboard": True})
    with pytest.raises(ValueError, match="sees no key 'tea'"):
        telegram.people.press_key(ann, "tea")


async def test_typing_ends_after_five_seconds(telegram: TelegramEmulator, call: Caller, ann: int, clock: Clock) -> None:
    await call("sendChatAction", chat_id=ann, action="typing")
    clock.now += 5.1
    assert (telegram.view(ann).typing_now, telegram.view(ann).typing) == (None, [(START, "typing")])


async def test_a_press_is_answered_and_the_keyboard_goes_with_the_edit(
    telegram: TelegramEmulator, call: Caller, ann: int
) -> None:
    markup = {
        "inline_keyboard": [[{"text": "Yes", "callback_data": "y"}, {"text": "Site", "url": "https://a.example"}]]
    }
    sent = (await call("sendMessage", chat_id=ann, text="Sure?", reply_markup=markup))["result"]
    query = telegram.people.press(ann, sent["message_id"], "Yes")
    (found,) = await updates(call)
    assert found["callback_query"]["data"] == "y"
    assert found["callback_query"]["message"]["reply_markup"] == markup
    assert (await call("answerCallbackQuery", callback_query_id=query, text="Right"))["ok"]
    assert (await telegram.people.wait_answer(query))["text"] == "Right"
    await call("editMessageText", chat_id=ann, message_id=sent["message_id"], text="Sure.")
    (message,) = telegram.view(ann).messages
    assert (message.text, message.buttons, message.edits) == ("Sure.", [], 1)
    with pytest.raises(ValueError, match="shows no button 'Yes'"):
        telegram.people.press(ann, sent["message_id"], "Yes")
    assert telegram.people.press(ann, sent["message_id"], "y", gone=True) != query


async def test_a_press_at_a_deleted_message_comes_with_an_inaccessible_one(
    telegram: TelegramEmulator, call: Caller, ann: int
) -> None:
    markup = {"inline_keyboard": [[{"text": "Yes", "callback_data": "y"}]]}
    sent = (await call("sendMessage", chat_id=ann, text="Sure?", reply_markup=markup))["result"]
    await call("deleteMessage", chat_id=ann, message_id=sent["message_id"])
    assert telegram.view(ann).deleted == [sent["message_id"]]
    telegram.people.press(ann, sent["message_id"], "y", gone=True)
    (found,) = await updates(call)
    assert found["callback_query"]["message"]["date"] == 0


async def test_blocking_is_told_and_refused_until_it_ends(telegram: TelegramEmulator, call: Caller, ann: int) -> None:
    telegram.rooms.block(ann)
    (found,) = await updates(call)
    statuses = [found["my_chat_member"][f"{age}_chat_member"]["status"] for age in ("old", "new")]
    assert statuses == ["member", "kicked"]
    refused = await call("sendMessage", chat_id=ann, text="hello")
    assert refused == {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}
    with pytest.raises(ValueError, match="unblock it first"):
        telegram.people.say(ann, "hello")
    telegram.rooms.unblock(ann)
    assert (await call("sendMessage", chat_id=ann, text="hello"))["ok"]


async def test_a_file_can_be_downloaded(
    telegram: TelegramEmulator, call: Caller, ann: int, http: aiohttp.ClientSession
) -> None:
    telegram.people.send_file(ann, "document", b"content", name="notes.txt", caption="/read this")
    (found,) = await updates(call)
    document = found["message"]["document"]
    assert (document["file_name"], document["file_size"]) == ("notes.txt", 7)
    assert found["message"]["caption_entities"][0]["type"] == "bot_command"
    path = (await call("getFile", file_id=document["file_id"]))["result"]["file_path"]
    async with http.get(f"{telegram.url}/file/bot{telegram.token}/{path}") as answer:
        assert await answer.read() == b"content"
    async with http.get(f"{telegram.url}/file/bot{telegram.token}/documents/none") as answer:
        assert answer.status == 404


async def test_a_file_is_fetched_from_a_url(telegram: TelegramEmulator, call: Caller, ann: int) -> None:
    telegram.people.send_file(ann, "document", b"content", name="notes.txt")
    (found,) = await updates(call)
    path = (await call("getFile", file_id=found["message"]["document"]["file_id"]))["result"]["file_path"]
    url = f"{telegram.url}/file/bot{telegram.token}/{path}"
    sent = await call("sendDocument", chat_id=ann, document=url)
    assert sent["result"]["document"]["file_size"] == 7
    for method, kind, problem in (
        ("sendPhoto", "photo", "wrong type of the web page content"),
        ("sendDocument", "document", "failed to get HTTP URL content"),
    ):
        refused = await call(method, chat_id=ann, **{kind: url if kind == "photo" else f"{url}/none"})
        assert refused["description"] == f"Bad Request: {problem}"


async def test_a_form_says_the_same_as_json(telegram: TelegramEmulator, ann: int, http: aiohttp.ClientSession) -> None:
    fields = {"chat_id": str(ann), "text": "hello", "entities": '[{"type":"bold","offset":0,"length":5}]'}
    base = f"{telegram.url}/bot{telegram.token}/SENDMESSAGE"
    multipart = aiohttp.FormData(fields)
    multipart.add_field("unused", b"x", filename="x")
    async with http.post(base, json={**fields, "entities": [{"type": "bold", "offset": 0, "length": 5}]}) as answer:
        assert answer.status == 200
    async with http.get(base, params=fields) as answer:
        assert answer.status == 200
    for data in (fields, multipart):
        async with http.post(base, data=data) as answer:
            assert answer.status == 200
    assert [message.html for message in telegram.view(ann).messages] == ["<b>hello</b>"] * 4


# --------------------------------------------------------------------------------------------------------------- groups


async def test_in_a_group_privacy_mode_lets_through_what_is_meant_for_the_bot(
    telegram: TelegramEmulator, call: Caller, ann: int
) -> None:
    group = telegram.rooms.add_group("Friends", [ann])
    assert -(10**10) < group < 0
    said = (await call("sendMessage", chat_id=group, text="Hello all"))["result"]["message_id"]
    for text in ("no", "/yes", "/yes@test_bot", "/no@other_bot", "yes @test_bot", "no, see /etc"):
        telegram.people.say(ann, text, chat=group)
    telegram.people.say(ann, "a reply", chat=group, reply_to=said)
    assert await texts(call) == ["/yes", "/yes@test_bot", "yes @test_bot", "a reply"]
    telegram.rooms.privacy(on=False)
    telegram.people.say(ann, "now all", chat=group)
    assert (await texts(call))[-1] == "now all"
    assert (await call("getMe"))["result"]["can_read_all_group_messages"]


async def test_an_administrator_sees_all(telegram: TelegramEmulator, call: Caller, ann: int) -> None:
    group = telegram.rooms.add_supergroup("Friends", [ann])
    assert str(group).startswith("-100")
    telegram.people.say(ann, "before", chat=group)
    telegram.rooms.add_bot_to(group, status="administrator")
    telegram.people.say(ann, "after", chat=group)
    assert await texts(call) == ["after"]


async def test_joins_and_leaves_are_service_messages(telegram: TelegramEmulator, call: Caller, ann: int) -> None:
    group = telegram.rooms.add_group("Friends", [ann])
    ben = telegram.rooms.add_user("Ben")
    telegram.rooms.join(ben, group)
    telegram.rooms.leave(ben, group)
    telegram.rooms.remove_bot(group)
    messages = [update.get("message", {}) for update in await updates(call)]
    assert [one["id"] for message in messages for one in message.get("new_chat_members", [])][1:] == [ben]
    assert [message["left_chat_member"]["id"] for message in messages if "left_chat_member" in message] == [ben]
    last = (await updates(call, after=-1))[0]["my_chat_member"]
    assert last["new_chat_member"]["status"] == "kicked"
    refused = await call("sendMessage", chat_id=group, text="hello")
    assert refused["description"] == "Forbidden: bot was kicked from the group chat"


async def test_a_group_that_migrates_refuses_with_its_new_id(
    telegram: TelegramEmulator, call: Caller, ann: int
) -> None:
    group = telegram.rooms.add_group("Friends", [ann])
    moved = telegram.rooms.migrate(group)
    refused = await call("sendMessage", chat_id=group, text="hello")
    assert refused["parameters"] == {"migrate_to_chat_id": moved}
    assert refused["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    old, new = [update["message"] for update in (await updates(call))[-2:]]
    assert (old["chat"]["id"], old["migrate_to_chat_id"]) == (group, moved)
    assert (new["chat"]["id"], new["migrate_from_chat_id"]) == (moved, group)
    assert (await call("sendMessage", chat_id=moved, text="hello"))["result"]["chat"]["type"] == "supergroup"
    with pytest.raises(ValueError, match=f"has become the supergroup {moved}"):
        telegram.people.say(ann, "hello", chat=group)


async def test_messages_of_a_topic_stay_in_it(telegram: TelegramEmulator, call: Caller, ann: int) -> None:
    forum = telegram.rooms.add_supergroup("Club", [ann], forum=True)
    topic = telegram.rooms.add_topic(forum, "Books")
    asked = telegram.people.say(ann, "/ask", chat=forum, thread=topic)
    message = (await updates(call, after=-1))[0]["message"]
    assert (message["message_thread_id"], message["is_topic_message"]) == (topic, True)
    assert message["reply_to_message"]["message_id"] == topic
    assert message["chat"]["is_forum"]
    answer = (await call("sendMessage", chat_id=forum, text="A", message_thread_id=topic))["result"]
    assert answer["message_thread_id"] == topic
    reply = (await call("sendMessage", chat_id=forum, text="B", reply_parameters={"message_id": asked}))["result"]
    assert (reply["message_thread_id"], reply["is_topic_message"]) == (topic, True)
    telegram.rooms.close_topic(forum, topic)
    refused = await call("sendMessage", chat_id=forum, text="C", message_thread_id=topic)
    assert refused["description"] == "Bad Request: TOPIC_CLOSED"


async def test_a_reply_in_a_supergroup_carries_a_thread_that_is_no_topic(
    telegram: TelegramEmulator, call: Caller, ann: int
) -> None:
    group = telegram.rooms.add_supergroup("Club", [ann])
    first = telegram.people.say(ann, "/one", chat=group)
    second = telegram.people.say(ann, "/two", chat=group, reply_to=first)
    telegram.people.say(ann, "/three", chat=group, reply_to=second)
    messages = [update["message"] for update in (await updates(call))[-2:]]
    assert [message["message_thread_id"] for message in messages] == [first, first]
    assert not any("is_topic_message" in message for message in messages)
    ignored = await call("sendMessage", chat_id=group, text="x", message_thread_id=12345)
    assert "message_thread_id" not in ignored["result"]


async def test_a_selective_keyboard_is_for_who_is_replied_to(
    telegram: TelegramEmulator, call: Caller, ann: int
) -> None:
    ben = telegram.rooms.add_user("Ben")
    group = telegram.rooms.add_group("Friends", [ann, ben])
    asked = telegram.people.say(ann, "/ask", chat=group)
    keyboard = {"keyboard": [["yes", "no"]], "selective": True}
    await call(
        "sendMessage", chat_id=group, text="Well?", reply_parameters={"message_id": asked}, reply_markup=keyboard
    )
    assert telegram.view(ann, chat=group).keyboard == [["yes", "no"]]
    assert telegram.view(ben, chat=group).keyboard is None
    pressed = telegram.people.press_key(ann, "yes", chat=group)
    message = (await updates(call, after=-1))[0]["message"]
    assert (message["message_id"], message["text"]) == (pressed, "yes")
    assert message["reply_to_message"]["from"]["is_bot"]


async def test_a_channel_post_has_no_user(telegram: TelegramEmulator, call: Caller, ann: int) -> None:
    channel = telegram.rooms.add_channel("News", ann, username="the_news")
    telegram.people.say(ann, "today", chat=channel)
    post = (await updates(call, after=-1))[0]["channel_post"]
    assert (post["sender_chat"]["id"], "from" in post) == (channel, False)
    assert (await call("sendMessage", chat_id="@the_news", text="more"))["ok"]


async def test_supergroups_count_their_own_messages_private_chats_and_groups_share_a_counter(
    telegram: TelegramEmulator, call: Caller, ann: int
) -> None:
    club = telegram.rooms.add_supergroup("Club", [ann], with_bot=False)
    group = telegram.rooms.add_group("Friends", [ann], with_bot=False)
    assert [telegram.people.say(ann, "x", chat=club) for _ in range(2)] == [1, 2]
    private = telegram.people.say(ann, "x")
    assert telegram.people.say(ann, "x", chat=group) == private + 1
    assert telegram.people.say(ann, "x") == private + 2
    assert (await call("getChat", chat_id=club))["error_code"] == 403


# ----------------------------------------------------------------------------------------- commands, control by HTTP


async def test_commands_are_kept_by_scope_and_language(telegram: TelegramEmulator, call: Caller) -> None:
    start = [{"command": "start", "description": "Begin"}]
    scope = {"type": "all_group_chats"}
    assert (await call("setMyCommands", commands=[{"command": "/start", "description": "Begin"}]))["ok"]
    assert (await call("getMyCommands"))["result"] == start
    assert (await call("getMyCommands", scope=scope))["result"] == []
    await call("setMyCommands", commands=start, scope=scope, language_code="de")
    assert (await call("getMyCommands", scope=scope, language_code="de"))["result"] == start
    await call("deleteMyCommands")
    assert (await call("getMyCommands"))["result"] == []
    assert [one["method"] for one in telegram.calls("setMyCommands")] == ["setMyCommands"] * 2


async def test_the_control_side_is_there_for_other_processes(
    telegram: TelegramEmulator, call: Caller, http: aiohttp.ClientSession
) -> None:
    async def control(name: str, /, **arguments: Any) -> Any:
        async with http.post(f"{telegram.url}/control/{name}", json=arguments) as answer:
            return await answer.json()

    ann = (await control("add_user", name="Ann"))["result"]
    await control("say", user=ann, text="/start")
    await control("send_file", user=ann, kind="document", content="aGVsbG8=", name="a.txt")
    assert [message.get("text") for message in [one["message"] for one in await updates(call)]] == ["/start", None]
    await call("sendMessage", chat_id=ann, text="hello")
    assert (await control("wait_text", user=ann, text="hello"))["result"]["by_bot"]
    assert len((await control("view", user=ann))["result"]["messages"]) == 3
    assert (await control("plan", kind="too_many", retry_after=3)) == {"result": True}
    assert (await call("sendMessage", chat_id=ann, text="x"))["parameters"] == {"retry_after": 3}
    assert "there is no operation 'stop'" in (await control("stop"))["error"]
    assert "no operation '_private'" in (await control("_private"))["error"]
    assert "TypeError" in (await control("say", user=ann))["error"]
    assert "TimeoutError: the text 'never'" in (await control("wait_text", user=ann, text="never", seconds=0))["error"]


def test_a_fault_of_no_kind_is_refused(telegram: TelegramEmulator) -> None:
    with pytest.raises(ValueError, match="there is no fault 'rain'"):
        telegram.api.faults.plan(Fault("rain"))  # type: ignore[arg-type]
