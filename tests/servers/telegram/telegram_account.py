"""The methods about the bot itself, about chats and members, answers to button presses, and files to download."""

import re

from tests.servers.telegram.telegram_access import Context, readable
from tests.servers.telegram.telegram_entities import units
from tests.servers.telegram.telegram_files import LARGEST_DOWNLOAD
from tests.servers.telegram.telegram_refusals import TOO_OLD, Json, bad
from tests.servers.telegram.telegram_world import Account, Room

QUERY_LIVES = 60.0
"""Seconds in which a button press may be answered."""
LONGEST_ANSWER = 200
MOST_COMMANDS = 100

RIGHTS = (
    *(
        "can_manage_chat",
        "can_delete_messages",
        "can_manage_video_chats",
        "can_restrict_members",
        "can_promote_members",
    ),
    *("can_change_info", "can_invite_users", "can_post_stories", "can_edit_stories", "can_delete_stories"),
    "can_send_welcome_messages",
)
SCOPES = {
    *("default", "all_private_chats", "all_group_chats", "all_chat_administrators"),
    *("chat", "chat_administrators", "chat_member"),
}
GIFTS = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")


def get_me(at: Context) -> Json:
    return at.bot.json()


def log_out(at: Context) -> bool:
    at.bot.logged_out = True
    return True


def close(at: Context) -> bool:
    """Telegram closes the bot's instance and opens it again at the next call; here nothing is to be done."""
    return bool(at.bot.token)


# ------------------------------------------------------------------------------------------------------------- commands


def commands_key(at: Context) -> tuple[str, str]:
    scope = at.call.value("scope", "BotCommandScope") or {"type": "default"}
    if not isinstance(scope, dict):
        raise bad("Can't parse BotCommandScope: BotCommandScope must be an Object")
    if scope.get("type") not in SCOPES:
        raise bad("Can't parse BotCommandScope: Unsupported type specified")
    named = [str(scope[name]) for name in ("type", "chat_id", "user_id") if name in scope]
    return ":".join(named), at.call.text("language_code")


def set_commands(at: Context) -> bool:
    commands = at.call.value("commands", "commands")
    if not isinstance(commands, list):
        raise bad("Expected an Array of BotCommand")
    if len(commands) > MOST_COMMANDS:
        raise bad("BOT_COMMANDS_TOO_MUCH")
    at.bot.commands[commands_key(at)] = [checked_command(one) for one in commands]
    at.world.changed.fire()
    return True


def checked_command(command: object) -> Json:
    if not isinstance(command, dict):
        raise bad("Can't parse BotCommand: expected an Object")
    for name in ("command", "description"):
        if name not in command:
            raise bad(f"Can't parse BotCommand: Can't find field \"{name}\"")
    text, description = str(command["command"]).removeprefix("/"), str(command["description"])
    if not re.fullmatch(r"[a-z0-9_]{1,32}", text):
        raise bad("BOT_COMMAND_INVALID")
    if not 1 <= units(description.strip()) <= 256:
        raise bad("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": text, "description": description}


def get_commands(at: Context) -> list[Json]:
    return at.bot.commands.get(commands_key(at), [])


def delete_commands(at: Context) -> bool:
    at.bot.commands.pop(commands_key(at), None)
    return True


# -------------------------------------------------------------------------------------------- chats and their members


def get_chat(at: Context) -> Json:
    """A ChatFullInfo."""
    room = readable(at)
    fixed = {"accent_color_id": 0, "max_reaction_count": 11}
    return room.json() | fixed | {"accepted_gift_types": dict.fromkeys(GIFTS, room.person is not None)}


def member_json(room: Room, account: Account) -> Json:
    """A ChatMember."""
    status = room.members.get(account.id, "left")
    fields: Json = {"status": status, "user": account.json()}
    if status == "creator":
        fields["is_anonymous"] = False
    elif status == "administrator":
        fields |= dict.fromkeys(RIGHTS, True) | {"can_be_edited": False, "is_anonymous": False}
        if room.kind == "channel":
            fields |= {"can_post_messages": True, "can_edit_messages": True}
    elif status == "kicked":
        fields["until_date"] = 0
    elif status == "restricted":
        fields = restricted(fields)
    return fields


def restricted(fields: Json) -> Json:
    """A member who may write nothing."""
    media = ("audios", "documents", "photos", "videos", "video_notes", "voice_notes", "polls", "other_messages")
    rights = [f"can_send_{kind}" for kind in ("messages", *media)]
    rights += ["can_add_web_page_previews", "can_change_info", "can_invite_users", "can_pin_messages"]
    rights += ["can_manage_topics", "can_react_to_messages", "can_edit_tag"]
    return fields | dict.fromkeys(rights, False) | {"is_member": True, "until_date": 0}


def get_member(at: Context) -> Json:
    room = readable(at)
    number = at.call.integer("user_id")
    if number <= 0:
        raise bad("Invalid user_id specified")
    account = at.world.accounts.get(number)
    if account is None:
        raise bad("user not found")
    if room.person and account not in {room.person, at.bot.account}:
        raise bad("member not found")
    return member_json(room, account)


def get_administrators(at: Context) -> list[Json]:
    room = readable(at)
    if room.person:
        raise bad("there are no administrators in the private chat")
    return [member_json(room, at.world.accounts[number]) for number in room.members if room.leads(number)]


def get_member_count(at: Context) -> int:
    room = readable(at)
    return 2 if room.person else sum(room.has(number) for number in room.members)


def leave_chat(at: Context) -> bool:
    room = readable(at)
    if room.person:
        raise bad("chat member status can't be changed in private chats")
    room.members[at.bot.account.id] = "left"
    at.world.changed.fire()
    return True


# ---------------------------------------------------------------------------------------------- answers and downloads


def answer_query(at: Context) -> bool:
    """Answer the press of an inline button; again is allowed, late is not."""
    query = at.bot.queries.get(at.call.text("callback_query_id"))
    if query is None or query.expired or at.world.clock() - query.at > QUERY_LIVES:
        raise bad(TOO_OLD)
    text = at.call.text("text")
    if units(text) > LONGEST_ANSWER:
        raise bad("MESSAGE_TOO_LONG")
    query.answers.append({"text": text, "alert": at.call.flag("show_alert"), "url": at.call.text("url")})
    at.world.changed.fire()
    return True


def get_file(at: Context) -> Json:
    number = at.call.text("file_id")
    if not number:
        raise bad("file_id not specified")
    file = at.files.by_id.get(number)
    if file is None:
        raise bad("invalid file_id")
    if len(file.content) > LARGEST_DOWNLOAD:
        raise bad("file is too big")
    return file.json() | {"file_path": file.path}
