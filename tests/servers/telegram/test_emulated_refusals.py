"""What the emulator refuses: each with Telegram's own code and sentence, and without a trace in the chat."""

import io
from typing import Any

import aiohttp
import pytest
from tests.servers.telegram.conftest import Caller, Clock
from tests.servers.telegram.telegram_emulator import TelegramEmulator
from tests.servers.telegram.telegram_picture import PICTURE, png
from tests.servers.telegram.telegram_refusals import NOT_MODIFIED, TOO_OLD, WRONG_FILE

CALL = {"callback_data": "x"}
ENTITIES = "can't parse entities: "
HTML, MARKDOWN = {"parse_mode": "HTML"}, {"parse_mode": "MarkdownV2"}


def inline(**button: Any) -> dict[str, Any]:
    return {"reply_markup": {"inline_keyboard": [[button]]}}


def entity(**fields: Any) -> dict[str, Any]:
    return {"entities": [{"type": "bold", "offset": 0, "length": 1} | fields]}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"text": ""}, "message text is empty"),
        ({"text": None}, "message text is empty"),
        ({"text": " \n"}, "text must be non-empty"),
        ({"text": "<b> </b>", **HTML}, "text must be non-empty"),
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "😀" * 2049}, "message is too long"),
        ({"text": "x" * 32769}, "text is too long"),
        ({"chat_id": None}, "chat_id is empty"),
        ({"chat_id": 42}, "chat not found"),
        ({"chat_id": "nobody"}, "chat not found"),
        ({"chat_id": "@nobody"}, "chat not found"),
        ({"chat_id": -42}, "chat not found"),
        ({"message_thread_id": 5}, "message thread not found"),
        ({"parse_mode": "rtf"}, "unsupported parse_mode"),
        (entity(offset=7), "entity begins after the end of the text at UTF-16 offset 7"),
        (
            entity(offset=3, length=6),
            "entity beginning at UTF-16 offset 3 ends after the end of the text at UTF-16 offset 9",
        ),
        (
            entity(offset=3, length=3),
            "entity beginning at UTF-16 offset 3 ends after the end of the text at UTF-16 offset 6",
        ),
        (entity(offset=-1), "receive an entity with incorrect offset -1"),
        (entity(length=-1), "receive an entity with incorrect length -1"),
        (entity(type="loud"), "can't parse MessageEntity: Unsupported type specified"),
        (entity(type="text_link"), 'can\'t parse MessageEntity: Can\'t find field "url"'),
        (entity(offset=None), 'can\'t parse MessageEntity: Can\'t find field "offset"'),
        (entity(offset="x"), 'can\'t parse MessageEntity: Field "offset" must be of type Number'),
        ({"text": "😀", **entity(length=1)},
         "entity beginning at UTF-16 offset 0 ends in a middle of a UTF-16 symbol at byte offset 4"),
        ({"text": "<b>x", **HTML}, f"{ENTITIES}Can't find end tag corresponding to start tag \"b\""),
        ({"text": "ü<x>y</x>", **HTML}, f'{ENTITIES}Unsupported start tag "x" at byte offset 2'),
        ({"text": "a</b>", **HTML}, f"{ENTITIES}Unexpected end tag at byte offset 1"),
        ({"text": "<b>a</i>", **HTML}, f'{ENTITIES}Unmatched end tag at byte offset 4, expected "</b>", found "</i>"'),
        ({"text": "1 < 2", **HTML}, f"{ENTITIES}Unclosed start tag at byte offset 2"),
        ({"text": "1.", **MARKDOWN},
         f"{ENTITIES}Character '.' is reserved and must be escaped with the preceding '\\'"),
        ({"text": "ü*x", **MARKDOWN}, f"{ENTITIES}Can't find end of Bold entity at byte offset 2"),
        ({"text": "a_b", "parse_mode": "Markdown"},
         f"{ENTITIES}Can't find end of the entity starting at byte offset 1"),
        ({"reply_parameters": {"message_id": 99}}, "message to be replied not found"),
        ({"reply_to_message_id": 99}, "message to be replied not found"),
        ({"reply_parameters": "{"}, "can't parse reply parameters JSON object"),
        ({"reply_parameters": []}, "object expected as reply parameters"),
        ({"reply_markup": "{"}, "can't parse reply keyboard markup JSON object"),
        ({"reply_markup": [1]}, "object expected as reply markup"),
        ({"reply_markup": {"keyboard": ["x"]}}, 'field "keyboard" must be an Array of Arrays'),
        ({"reply_markup": {"keyboard": [[1]]}},
         "can't parse keyboard button: KeyboardButton must be a String or an Object"),
        ({"reply_markup": {"keyboard": [[" "]]}}, "keyboard button text must be non-empty"),
        ({"reply_markup": {"inline_keyboard": [1]}},
         ('field "inline_keyboard" of the InlineKeyboardMarkup must be an Array '
          "of Arrays")),
        (inline(text="x"), "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"),
        (inline(**CALL), 'can\'t parse inline keyboard button: Can\'t find field "text"'),
        (inline(text="x", callback_data="ü" * 33), "BUTTON_DATA_INVALID"),
        ({"reply_markup": {"inline_keyboard": [[{"text": "x", **CALL}] * 101]}}, "reply markup is too long"),
        ({"link_preview_options": [1]}, "object expected as link preview options"),
    ],
)  # fmt: skip
async def test_a_message_is_refused(
    telegram: TelegramEmulator, call: Caller, ann: int, given: dict[str, Any], problem: str
) -> None:
    values = {"chat_id": ann, "text": "hello"} | given
    refused = await call("sendMessage", **values)
    assert refused == {"ok": False, "error_code": 400, "description": f"Bad Request: {problem}"}
    assert telegram.view(ann).messages == []


async def test_what_is_just_within_the_limits_is_taken(call: Caller, ann: int) -> None:
    for values in (
        {"text": "x" * 4096},
        {"text": "😀" * 2048},
        {"text": "<b>" + "x" * 4096 + "</b>", **HTML},
        {"text": "x", **inline(text="x", callback_data="ü" * 32)},
        {"text": "x", "reply_parameters": {"message_id": 99, "allow_sending_without_reply": True}},
        {"text": "x", **entity(length=0)},
        {"text": "😀", **entity(length=2)},
        {"text": "x", **entity(type="mention", length=9)},
    ):
        assert (await call("sendMessage", chat_id=ann, **values))["ok"], values


@pytest.mark.parametrize(
    ("token", "code", "description"),
    [
        ("7100000001:wrong", 401, "Unauthorized"),
        ("nocolon", 401, "Unauthorized: invalid token specified"),
        ("0:x", 401, "Unauthorized: invalid token specified"),
    ],
)
async def test_a_bad_token_is_refused(call: Caller, token: str, code: int, description: str) -> None:
    assert await call("getMe", token=token) == {"ok": False, "error_code": code, "description": description}


async def test_an_unknown_method_and_page_are_not_found(
    telegram: TelegramEmulator, call: Caller, http: aiohttp.ClientSession
) -> None:
    assert (await call("sendTelepathy"))["description"] == "Not Found: method not found"
    async with http.get(f"{telegram.url}/") as answer:
        assert answer.status == 404


async def test_json_that_is_none_is_refused(telegram: TelegramEmulator, http: aiohttp.ClientSession) -> None:
    url, headers = f"{telegram.url}/bot{telegram.token}/getMe", {"Content-Type": "application/json"}
    for body in (b"{", b"[1]"):
        async with http.post(url, data=body, headers=headers) as answer:
            assert (answer.status, (await answer.json())["error_code"]) == (400, 400)


async def test_who_never_wrote_cannot_be_written_to(telegram: TelegramEmulator, call: Caller) -> None:
    ben = telegram.rooms.add_user("Ben")
    assert (await call("sendMessage", chat_id=ben, text="x"))["description"] == "Bad Request: chat not found"
    telegram.rooms.add_group("Friends", [ben])
    refused = await call("sendMessage", chat_id=ben, text="x")
    assert refused["description"] == "Forbidden: bot can't initiate conversation with a user"
    telegram.people.say(ben, "hello")
    assert (await call("sendMessage", chat_id=ben, text="x"))["ok"]
    telegram.rooms.delete_account(ben)
    assert (await call("sendMessage", chat_id=ben, text="x"))["description"] == "Forbidden: user is deactivated"
    other = telegram.rooms.add_bot("Other", "other_bot")["id"]
    refused = await call("sendMessage", chat_id=other, text="x")
    assert refused["description"] == "Forbidden: bots can't send messages to bots"


@pytest.mark.parametrize(
    ("kind", "status", "problem"),
    [
        ("supergroup", "left", "Forbidden: bot is not a member of the supergroup chat"),
        ("supergroup", "kicked", "Forbidden: bot was kicked from the supergroup chat"),
        ("supergroup", "restricted", "Bad Request: not enough rights to send text messages to the chat"),
        ("group", "left", "Forbidden: bot is not a member of the group chat"),
        ("channel", "member", "Bad Request: need administrator rights in the channel chat"),
    ],
)
async def test_a_bot_without_rights_is_refused(
    telegram: TelegramEmulator, call: Caller, ann: int, kind: str, status: str, problem: str
) -> None:
    rooms = telegram.rooms
    add = {"supergroup": rooms.add_supergroup, "group": rooms.add_group}
    chat = rooms.add_channel("C", ann) if kind == "channel" else add[kind]("C", [ann])
    rooms.remove_bot(chat, status=status)
    assert (await call("sendMessage", chat_id=chat, text="x"))["description"] == problem


# ------------------------------------------------------------------------------------------------------------- editing


async def sent(call: Caller, chat: int, **values: Any) -> dict[str, Any]:
    message: dict[str, Any] = (await call("sendMessage", **{"chat_id": chat, "text": "hello"} | values))["result"]
    return {"chat_id": chat, "message_id": message["message_id"]}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"text": "hello"}, NOT_MODIFIED),
        ({"text": "<i></i>hello ", **HTML}, NOT_MODIFIED),
        ({"text": ""}, "message text is empty"),
        ({"text": "x" * 4097}, "MESSAGE_TOO_LONG"),
        ({"message_id": 99}, "message to edit not found"),
        ({"chat_id": 42}, "chat not found"),
        ({"chat_id": None, "message_id": None}, "message identifier is not specified"),
        ({"reply_markup": {"keyboard": [["x"]]}}, "inline keyboard expected"),
    ],
)
async def test_an_edit_is_refused(call: Caller, ann: int, given: dict[str, Any], problem: str) -> None:
    message = await sent(call, ann)
    refused = await call("editMessageText", **message | {"text": "new"} | given)
    assert refused["description"] == f"Bad Request: {problem}"


async def test_only_own_messages_without_a_reply_keyboard_can_be_edited(
    telegram: TelegramEmulator, call: Caller, ann: int
) -> None:
    said = telegram.people.say(ann, "mine")
    for message in (
        {"chat_id": ann, "message_id": said},
        await sent(call, ann, reply_markup={"keyboard": [["x"]]}),
        await sent(call, ann, reply_markup={"remove_keyboard": True}),
    ):
        refused = await call("editMessageText", **message, text="new")
        assert refused["description"] == "Bad Request: message can't be edited"


async def test_an_edit_must_fit_the_message(call: Caller, ann: int) -> None:
    message = await sent(call, ann)
    refused = await call("editMessageCaption", **message, caption="x")
    assert refused["description"] == "Bad Request: there is no caption in the message to edit"
    assert (await call("editMessageReplyMarkup", **message))["description"] == f"Bad Request: {NOT_MODIFIED}"
    assert (await call("editMessageMedia", **message))["description"] == 'Bad Request: parameter "media" is required'
    keyboard = inline(text="x", **CALL)
    assert (await call("editMessageReplyMarkup", **message, **keyboard))["result"]["reply_markup"]
    again = await call("editMessageText", **message, text="hello", **keyboard)
    assert again["description"] == f"Bad Request: {NOT_MODIFIED}"
    assert (await call("editMessageText", **message, text="hello"))["ok"]


async def test_deletions_are_refused(telegram: TelegramEmulator, call: Caller, ann: int, clock: Clock) -> None:
    group = telegram.rooms.add_group("Friends", [ann])
    said = telegram.people.say(ann, "mine", chat=group)
    message = await sent(call, ann)
    for values, problem in (
        ({}, "chat identifier is not specified"),
        ({"chat_id": ann}, "message identifier is not specified"),
        ({"chat_id": ann, "message_id": 99}, "message to delete not found"),
        ({"chat_id": group, "message_id": said}, "message can't be deleted"),
    ):
        assert (await call("deleteMessage", **values))["description"] == f"Bad Request: {problem}"
    clock.now += 48 * 3600
    assert (await call("deleteMessage", **message))["description"] == "Bad Request: message can't be deleted"
    fresh = await sent(call, ann)
    assert (await call("deleteMessages", chat_id=ann, message_ids=[99, fresh["message_id"]]))["ok"]
    assert (await call("deleteMessage", **fresh))["description"] == "Bad Request: message to delete not found"
    assert (await call("editMessageText", **fresh, text="x"))["description"] == "Bad Request: message to edit not found"
    lost = await call("sendMessage", chat_id=ann, text="x", reply_parameters={"message_id": fresh["message_id"]})
    assert lost["description"] == "Bad Request: message to be replied not found"


# ------------------------------------------------------------------------------------------------------------- the rest


async def test_a_press_is_answered_in_time_or_not_at_all(
    telegram: TelegramEmulator, call: Caller, ann: int, clock: Clock
) -> None:
    message = await sent(call, ann, **inline(text="x", **CALL))
    first, second = (telegram.people.press(ann, message["message_id"], "x") for _ in range(2))
    long = await call("answerCallbackQuery", callback_query_id=first, text="x" * 201)
    assert long["description"] == "Bad Request: MESSAGE_TOO_LONG"
    telegram.people.expire(first)
    for query in ("1", first):
        refused = await call("answerCallbackQuery", callback_query_id=query)
        assert refused["description"] == f"Bad Request: {TOO_OLD}"
    clock.now += 61
    assert not (await call("answerCallbackQuery", callback_query_id=second))["ok"]
    assert telegram.people.answers(second) == []


def upload(content: bytes, **fields: str) -> aiohttp.FormData:
    form = aiohttp.FormData(dict(fields))
    form.add_field("file", io.BytesIO(content), filename="a.png")
    return form


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "file must be non-empty"),
        (b"no picture", "IMAGE_PROCESS_FAILED"),
        (png(1, 30), "PHOTO_INVALID_DIMENSIONS"),
        (PICTURE + b"x" * (10 << 20), "file is too big"),
    ],
    ids=["empty", "text", "narrow", "large"],
)
async def test_a_photo_is_refused(
    telegram: TelegramEmulator, ann: int, http: aiohttp.ClientSession, content: bytes, problem: str
) -> None:
    form = upload(content, chat_id=str(ann), photo="attach://file")
    async with http.post(f"{telegram.url}/bot{telegram.token}/sendPhoto", data=form) as answer:
        assert (await answer.json())["description"] == f"Bad Request: {problem}"


@pytest.mark.parametrize(
    ("method", "values", "problem"),
    [
        ("sendPhoto", {}, "there is no photo in the request"),
        ("sendPhoto", {"photo": "attach://none"}, "there is no photo in the request"),
        ("sendPhoto", {"photo": "AgACnone"}, WRONG_FILE),
        ("sendPhoto", {"photo": "http://127.0.0.1:9/x.png"}, "failed to get HTTP URL content"),
        ("sendAudio", {}, "there is no audio in the request"),
        ("sendDocument", {"document": "none", "caption": "x" * 1025}, "message caption is too long"),
        ("sendDocument", {"document": "none", "caption": "<b>", **HTML},
         (f"{ENTITIES}Can't find end tag "
          'corresponding to start tag "b"')),
        ("sendMediaGroup", {}, 'parameter "media" is required'),
        ("sendMediaGroup", {"media": {}}, "expected an Array of InputMedia"),
        ("sendMediaGroup", {"media": []}, "there are no messages to send"),
        ("sendMediaGroup", {"media": [{"type": "dance"}]}, 'can\'t parse InputMedia: type "dance" is unsupported'),
        ("sendMediaGroup", {"media": [{"type": "photo"}]}, "can't parse InputMedia: media not found"),
        ("sendLocation", {"longitude": 1}, "latitude is empty"),
        ("sendLocation", {"latitude": 1}, "longitude is empty"),
        ("sendLocation", {"latitude": 91, "longitude": 1}, "wrong location specified"),
        ("sendContact", {"first_name": "Ben"}, 'parameter "phone_number" is required'),
        ("sendChatAction", {"action": "dance"}, "wrong parameter action in request"),
        ("getFile", {}, "file_id not specified"),
        ("getFile", {"file_id": "none"}, "invalid file_id"),
        ("getChat", {"chat_id": 42}, "chat not found"),
        ("getChatMember", {"user_id": 0}, "invalid user_id specified"),
        ("getChatMember", {"user_id": 42}, "user not found"),
        ("getChatAdministrators", {}, "there are no administrators in the private chat"),
        ("leaveChat", {}, "chat member status can't be changed in private chats"),
        ("setMessageReaction", {"message_id": 99}, "message to react not found"),
        ("setMyCommands", {"commands": [{"command": "Start", "description": "x"}]}, "BOT_COMMAND_INVALID"),
        ("setMyCommands", {"commands": [{"command": "start", "description": ""}]}, "BOT_COMMAND_DESCRIPTION_INVALID"),
        ("setMyCommands", {"commands": [{"command": "x"}]}, 'can\'t parse BotCommand: Can\'t find field "description"'),
        ("setMyCommands", {"commands": [], "scope": {"type": "moon"}},
         "can't parse BotCommandScope: Unsupported type specified"),
        ("setWebhook", {"url": "gopher://x"}, "invalid webhook URL specified"),
        ("setWebhook", {"url": "http://x", "secret_token": "a b"}, "secret token contains unallowed characters"),
        ("setWebhook", {"url": "http://x", "secret_token": "a" * 257}, "secret token is too long"),
    ],
)  # fmt: skip
async def test_other_calls_are_refused(
    call: Caller, ann: int, method: str, values: dict[str, Any], problem: str
) -> None:
    refused = await call(method, **{"chat_id": ann} | values)
    assert refused == {"ok": False, "error_code": 400, "description": f"Bad Request: {problem}"}


async def test_a_file_id_is_good_for_its_own_kind(telegram: TelegramEmulator, call: Caller, ann: int) -> None:
    telegram.people.send_file(ann, "voice", b"ogg")
    (update,) = (await call("getUpdates"))["result"]
    known = update["message"]["voice"]["file_id"]
    assert (await call("sendVoice", chat_id=ann, voice=known))["result"]["voice"]["file_id"] == known
    refused = await call("sendAudio", chat_id=ann, audio=known)
    assert refused["description"] == "Bad Request: can't use file of type Voice as Audio"


async def test_who_has_logged_out_is_refused(call: Caller) -> None:
    assert (await call("logOut"))["result"] is True
    assert (await call("getMe"))["description"] == "Logged out"
