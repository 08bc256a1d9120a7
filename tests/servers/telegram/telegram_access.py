"""What every method asks first: which chat is meant, whether the bot may write there, in which topic, replying to what.

The order of the checks and the sentences are those of Telegram's own Bot API server.
"""

from dataclasses import dataclass
from typing import Protocol

from tests.servers.telegram.telegram_files import Files
from tests.servers.telegram.telegram_limits import Limits
from tests.servers.telegram.telegram_parameters import Call, Upload
from tests.servers.telegram.telegram_refusals import Refused, bad, forbidden, migrated
from tests.servers.telegram.telegram_world import GENERAL, Bot, Post, Room, World


class Fetch(Protocol):
    """Downloads what a URL in a call names; refuses what cannot be had."""

    async def __call__(self, url: str) -> Upload: ...


@dataclass(frozen=True, slots=True)
class Context:
    """One call of one bot, and all that it may touch."""

    world: World
    files: Files
    limits: Limits
    bot: Bot
    call: Call
    fetch: Fetch


def readable(at: Context, name: str = "chat_id") -> Room:
    """The chat that a parameter names; refuses what the bot does not know."""
    text = at.call.text(name)
    if not text:
        raise bad("chat_id is empty")
    if text.startswith("@"):
        room = next((room for room in at.world.rooms.values() if is_named(room, text[1:])), None)
    else:
        room = at.world.room(at.bot, at.call.integer(name))
    if room is None or not room.started:
        raise unknown(at, at.call.integer(name))
    if not room.person and room.kind != "group":
        check_member(at.bot, room)
    return room


def is_named(room: Room, username: str) -> bool:
    return bool(room.username) and str(room.username).lower() == username.lower()


def unknown(at: Context, chat: int) -> Refused:
    """Why a chat that the bot has never talked in cannot be written to."""
    account = at.world.accounts.get(chat)
    if account is None:
        return bad("chat not found")
    if account.is_bot:
        return forbidden("bots can't send messages to bots")
    met = any(room.has(chat) and room.has(at.bot.account.id) for room in at.world.rooms.values())
    return forbidden("bot can't initiate conversation with a user") if met else bad("chat not found")


def check_member(bot: Bot, room: Room) -> None:
    kind = f"{room.kind} chat"
    status = room.members.get(bot.account.id, "left")
    if status == "kicked":
        raise forbidden(f"bot was kicked from the {kind}")
    if status == "left":
        raise forbidden(f"bot is not a member of the {kind}")


def writable(at: Context, name: str = "chat_id") -> Room:
    """The chat, if the bot may write to it."""
    room = readable(at, name)
    if room.person:
        check_person(at.bot, room)
        return room
    if room.migrated_to:
        raise migrated(room.migrated_to)
    check_member(at.bot, room)
    if room.kind == "channel" and not room.leads(at.bot.account.id):
        raise bad("need administrator rights in the channel chat")
    if room.members[at.bot.account.id] == "restricted":
        raise bad("not enough rights to send text messages to the chat")
    return room


def check_person(bot: Bot, room: Room) -> None:
    if room.person and room.person.deleted:
        raise forbidden("user is deactivated")
    if room.members[bot.account.id] == "kicked":
        raise forbidden("bot was blocked by the user")


def topic(at: Context, room: Room) -> int | None:
    """The topic to write in. A thread outside of forums is ignored in groups, and unknown in private chats."""
    thread = at.call.integer("message_thread_id")
    if not thread or not (room.forum or room.person):
        return None
    if thread == GENERAL or thread not in room.topics:
        raise bad("message thread not found")
    if thread in room.closed and not room.leads(at.bot.account.id):
        raise bad("TOPIC_CLOSED")
    return thread


def answered(at: Context, room: Room) -> Post | None:
    """The message to reply to, if one is named."""
    given = at.call.value("reply_parameters", "reply parameters")
    if given is None:
        legacy = at.call.integer("reply_to_message_id")
        given = {"message_id": legacy, "allow_sending_without_reply": at.call.flag("allow_sending_without_reply")}
    elif not isinstance(given, dict):
        raise bad("Object expected as reply parameters")
    elif "message_id" not in given:
        raise bad('Can\'t find field "message_id"')
    number = given["message_id"]
    if not number:
        return None
    post = room.posts.get(number) if given.get("chat_id") in {None, room.id, str(room.id)} else None
    if post is not None and not post.deleted:
        return post
    if given.get("allow_sending_without_reply"):
        return None
    raise bad("message to be replied not found")


def message(at: Context, room: Room, what: str) -> Post:
    """The message that `message_id` names; `what` is its role in the complaint."""
    post = room.posts.get(at.call.integer("message_id"))
    if post is None or post.deleted:
        raise bad(f"{what} not found")
    return post
