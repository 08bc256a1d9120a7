"""The control side, part two: what users do in chats.

A user writes, edits, sends files, presses buttons. `chat` is a group or channel; without it the user's private chat
with the bot is meant. What the app would not let a user do raises `ValueError`, in words.
"""

import base64
from typing import Any

from tests.servers.telegram.telegram_entities import formatted
from tests.servers.telegram.telegram_files import Files
from tests.servers.telegram.telegram_media import media_content
from tests.servers.telegram.telegram_parameters import Call, Upload
from tests.servers.telegram.telegram_refusals import Json
from tests.servers.telegram.telegram_rooms import Rooms
from tests.servers.telegram.telegram_view import keyboard_post
from tests.servers.telegram.telegram_world import Account, Post, Query, Room, World

MIMES = {
    "photo": "image/jpeg",
    "audio": "audio/mpeg",
    "voice": "audio/ogg",
    "document": "application/octet-stream",
    "video": "video/mp4",
    "animation": "video/mp4",
    "sticker": "image/webp",
}


class People:
    """Does what users do."""

    def __init__(self, world: World, rooms: Rooms, files: Files) -> None:
        self._world = world
        self._rooms = rooms
        self._files = files

    def room(self, user: int, chat: int | None = None, bot: int | None = None) -> Room:
        """The chat that is meant; refuses one in which the user is not, and ends a block by nobody but the user."""
        if chat is None or chat > 0:
            room = self._rooms.private_chat(user, bot)
            if room.members[self._rooms.bot(bot).account.id] == "kicked":
                raise ValueError(f"user {user} has blocked the bot: unblock it first")
            return room
        room = self._world.rooms[chat]
        if room.migrated_to:
            raise ValueError(f"the group {chat} has become the supergroup {room.migrated_to}")
        if not room.has(user):
            raise ValueError(f"user {user} is not in the chat {chat}")
        return room

    # --------------------------------------------------------------------------------------------------------- messages

    def say(  # noqa: PLR0913 - what a message may have, each by its name
        self,
        user: int,
        text: str,
        *,
        chat: int | None = None,
        reply_to: int | None = None,
        thread: int | None = None,
        entities: list[Json] | None = None,
        bot: int | None = None,
    ) -> int:
        """A user writes a text or a command; the message's id."""
        return self._post(user, text_fields(text, entities), self.room(user, chat, bot), reply_to, thread).id

    def edit(self, user: int, message: int, text: str, *, chat: int | None = None, bot: int | None = None) -> None:
        """A user edits a text of his."""
        room = self.room(user, chat, bot)
        post = room.posts[message]
        if post.sender is not self._world.accounts[user]:
            raise ValueError(f"message {message} is not by user {user}")
        body = {name: value for name, value in post.body.items() if name not in {"text", "entities"}}
        self._world.rewrite(post, body | text_fields(text, None) | {"edit_date": self._world.now()})
        self._world.tell("edited_channel_post" if room.kind == "channel" else "edited_message", post)

    def send_file(  # noqa: PLR0913 - likewise
        self,
        user: int,
        kind: str,
        content: bytes | str,
        *,
        name: str = "",
        mime: str = "",
        caption: str = "",
        chat: int | None = None,
        reply_to: int | None = None,
        thread: int | None = None,
        bot: int | None = None,
        **details: Any,
    ) -> int:
        """A user sends a photo, audio, voice, document, video, animation or sticker; the message's id.

        The content is bytes, or base64 text. `details` are duration, title and so on.
        """
        raw = base64.b64decode(content) if isinstance(content, str) else content
        upload = Upload(name or f"{kind}.bin", mime or MIMES[kind], raw)
        fields = media_content(self._files.add(kind, upload), Call("", details))
        if caption:
            text, entities = formatted(caption)
            fields |= {"caption": text} | ({"caption_entities": entities} if entities else {})
        return self._post(user, fields, self.room(user, chat, bot), reply_to, thread).id

    def send_location(
        self, user: int, latitude: float, longitude: float, *, chat: int | None = None, bot: int | None = None
    ) -> int:
        """A user sends a place; the message's id."""
        content = {"location": {"latitude": latitude, "longitude": longitude}}
        return self._post(user, content, self.room(user, chat, bot)).id

    def send_contact(
        self, user: int, phone: str, first_name: str, *, of: int | None = None, chat: int | None = None
    ) -> int:
        """A user sends a contact; `of` is the account it belongs to. The message's id."""
        contact: Json = {"phone_number": phone, "first_name": first_name} | ({"user_id": of} if of else {})
        return self._post(user, {"contact": contact}, self.room(user, chat)).id

    def delete(self, user: int, message: int, *, chat: int | None = None, bot: int | None = None) -> None:
        """A message is deleted by a user, of which no bot is told."""
        self.room(user, chat, bot).posts[message].deleted = True
        self._world.changed.fire()

    def react(
        self, user: int, message: int, emoji: str | None, *, chat: int | None = None, bot: int | None = None
    ) -> None:
        """A user puts a reaction to a message, or takes it away."""
        post = self.room(user, chat, bot).posts[message]
        old, new = post.reactions.get(user, []), [{"type": "emoji", "emoji": emoji}] if emoji else []
        post.reactions[user] = new
        change = {"chat": post.room.json(), "message_id": message, "user": self._world.accounts[user].json()}
        change |= {"date": self._world.now(), "old_reaction": old, "new_reaction": new}
        for own in self._world.listeners(post.room):
            if post.room.person or post.room.leads(own.account.id):
                own.updates.put("message_reaction", change, post.room.id)

    def _post(
        self, user: int, content: Json, room: Room, reply_to: int | None = None, thread: int | None = None
    ) -> Post:
        reply = room.posts[reply_to] if reply_to else None
        if thread and thread not in room.topics:
            raise ValueError(f"the chat {room.id} has no topic {thread}")
        thread = thread or (reply and reply.body.get("is_topic_message") and reply.body["message_thread_id"]) or None
        return self._world.post(room, self._world.accounts[user], content, reply=reply, thread=thread)

    # ---------------------------------------------------------------------------------------------------------- buttons

    def press(
        self,
        user: int,
        message: int,
        button: str,
        *,
        chat: int | None = None,
        bot: int | None = None,
        gone: bool = False,
    ) -> str:
        """A user presses an inline button, named by its label or its data; the query's id.

        With `gone` he presses one that was there when he looked: the message may have lost its keyboard since, and
        `button` is the data.
        """
        post = self.room(user, chat, bot).posts[message]
        data = button if gone else data_of(post, button)
        own = self._owner(post)
        query = Query(str(next(self._world.queries)), user, post, data, self._world.clock())
        own.queries[query.id] = query
        place: Json = {"chat": post.room.json(), "message_id": post.id, "date": 0} if post.deleted else post.body
        change = {"id": query.id, "from": self._world.accounts[user].json(), "message": place, "data": data}
        own.updates.put("callback_query", change | {"chat_instance": str(abs(post.room.id))}, post.room.id)
        return query.id

    def _owner(self, post: Post) -> Any:
        if not post.sender or post.sender.id not in self._world.bots:
            raise ValueError(f"message {post.id} is by no bot")
        return self._world.bots[post.sender.id]

    async def wait_answer(self, query: str, seconds: float = 5.0) -> Json:
        """The bot's first answer to a press: text, alert, url."""
        found = self._query(query)
        look = lambda: found.answers[0] if found.answers else None  # noqa: E731
        return await self._world.changed.until(look, seconds, f"an answer to query {query}")

    def answers(self, query: str) -> list[Json]:
        """All answers to a press so far."""
        return list(self._query(query).answers)

    def expire(self, query: str) -> None:
        """Let a press become too old to be answered, without waiting for it."""
        self._query(query).expired = True

    def _query(self, number: str) -> Query:
        return next(bot.queries[number] for bot in self._world.bots.values() if number in bot.queries)

    def press_key(self, user: int, label: str, *, chat: int | None = None, bot: int | None = None) -> int:
        """A user presses a button of the reply keyboard that he sees; the id of the message that this sends."""
        room, account = self.room(user, chat, bot), self._world.accounts[user]
        post = keyboard_post(room, account)
        keyboard = (post.markup or {}).get("keyboard", []) if post else []
        button = next((button for row in keyboard for button in row if button["text"] == label), None)
        if post is None or button is None:
            raise ValueError(f"user {user} sees no key {label!r}")
        if (post.markup or {}).get("one_time_keyboard"):
            room.hidden[user] = post.id
        reply = None if room.person else post.id
        return self._post(user, key_content(button, account), room, reply).id


def text_fields(text: str, entities: list[Json] | None) -> Json:
    bare, found = formatted(text, entities=entities)
    if not bare:
        raise ValueError("nobody can send an empty text")
    return {"text": bare} | ({"entities": found} if found else {})


def data_of(post: Post, button: str) -> str:
    """The data of a button that the message shows now."""
    rows = post.body.get("reply_markup", {}).get("inline_keyboard", [])
    for one in (one for row in rows for one in row):
        if button in {one["text"], one.get("callback_data")} and "callback_data" in one:
            return str(one["callback_data"])
    raise ValueError(f"message {post.id} shows no button {button!r}")


def key_content(button: Json, account: Account) -> Json:
    """What pressing a key of a reply keyboard sends."""
    if button.get("request_contact"):
        return {"contact": {"phone_number": "+15550100", "first_name": account.first_name, "user_id": account.id}}
    if button.get("request_location"):
        return {"location": {"latitude": 52.52, "longitude": 13.41}}
    return text_fields(button["text"], None)
