"""Who and what there is on this Telegram: accounts, bots, chats, messages, and which bot learns of what.

Ids are as Telegram has them: users positive and beyond 32 bits, basic groups negative, supergroups and channels from
-100… on. Private chats and basic groups share one counter of messages; each supergroup and channel has its own.
Everything happens in the event loop's thread, so nothing here locks.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Literal, TypeAlias, TypeVar

from tests.servers.telegram.telegram_refusals import Json
from tests.servers.telegram.telegram_updates import Updates

Kind: TypeAlias = Literal["private", "group", "supergroup", "channel"]
Found = TypeVar("Found")

GENERAL = 1
"""The topic that every forum has; its messages carry no thread."""


@dataclass(slots=True, eq=False)
class Account:
    """A user or a bot."""

    id: int
    first_name: str
    username: str | None = None
    last_name: str | None = None
    language_code: str | None = None
    is_bot: bool = False
    deleted: bool = False

    def json(self) -> Json:
        fields = {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name, "last_name": self.last_name}
        fields |= {"username": self.username, "language_code": self.language_code}
        return {name: value for name, value in fields.items() if value is not None}


@dataclass(slots=True, eq=False)
class Post:
    """A message as it stands in its chat."""

    id: int
    room: "Room"
    sender: Account | None
    body: Json
    """The Bot API's Message; never changed in place, as updates and replies hold it."""
    at: float
    """When it came, as the emulator's clock shows."""
    markup: Json | None = None
    """A reply keyboard, its removal or a forced reply: nothing that a Message shows."""
    edits: int = 0
    deleted: bool = False
    reactions: dict[int, list[Json]] = field(default_factory=dict)

    def quoted(self) -> Json:
        """The message as it stands within another that replies to it."""
        return {name: value for name, value in self.body.items() if name != "reply_to_message"}


@dataclass(frozen=True, slots=True)
class Action:
    """A "typing …" as a user sees it."""

    at: float
    action: str
    bot: int
    thread: int | None = None


@dataclass(slots=True, eq=False)
class Room:
    """A chat."""

    id: int
    kind: Kind
    title: str | None = None
    username: str | None = None
    forum: bool = False
    person: Account | None = None
    """The user of a private chat."""
    members: dict[int, str] = field(default_factory=dict)
    """Each account's status: creator, administrator, member, restricted, left, kicked."""
    topics: dict[int, str] = field(default_factory=dict)
    closed: set[int] = field(default_factory=set)
    """Topics in which only administrators may write."""
    posts: dict[int, Post] = field(default_factory=dict)
    actions: list[Action] = field(default_factory=list)
    hidden: dict[int, int] = field(default_factory=dict)
    """For each user the message whose one-time keyboard he has used."""
    started: bool = True
    """Whether the user of a private chat has ever written to the bot."""
    migrated_to: int | None = None
    last_bot: int | None = None
    """The bot that wrote last."""

    def json(self) -> Json:
        if self.person:
            names = {"first_name": self.person.first_name, "last_name": self.person.last_name}
            fields: Json = {"id": self.id, "type": "private", **names, "username": self.person.username}
        else:
            fields = {"id": self.id, "type": self.kind, "title": self.title, "username": self.username}
            fields["is_forum"] = self.forum or None
        return {name: value for name, value in fields.items() if value is not None}

    def has(self, account: int) -> bool:
        return self.members.get(account, "left") not in {"left", "kicked"}

    def leads(self, account: int) -> bool:
        return self.members.get(account) in {"creator", "administrator"}


@dataclass(slots=True, eq=False)
class Query:
    """A press of an inline button, until the bot answers it."""

    id: str
    user: int
    post: Post
    data: str
    at: float
    answers: list[Json] = field(default_factory=list)
    expired: bool = False


@dataclass(slots=True, eq=False)
class Bot:
    """A bot and what belongs to its token."""

    account: Account
    token: str
    updates: Updates
    privacy: bool = True
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    """By scope and language."""
    queries: dict[str, Query] = field(default_factory=dict)
    logged_out: bool = False

    def json(self) -> Json:
        """What `getMe` answers."""
        more = {"can_join_groups": True, "can_read_all_group_messages": not self.privacy}
        return {**self.account.json(), **more, "supports_inline_queries": False}


class Signal:
    """Tells waiters that something has changed."""

    def __init__(self) -> None:
        self._waiters: list[asyncio.Future[None]] = []

    def fire(self) -> None:
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    async def until(self, look: Callable[[], Found | None], seconds: float, what: str) -> Found:
        """Wait until `look` finds something; its answer. Raises `TimeoutError`, which names what was awaited."""
        try:
            async with asyncio.timeout(seconds):
                while (found := look()) is None:
                    waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                    self._waiters.append(waiter)
                    await waiter
        except TimeoutError:
            raise TimeoutError(f"{what}: not within {seconds:g} s") from None
        return found


class World:
    """All accounts and chats, and the one place where messages are made."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.accounts: dict[int, Account] = {}
        self.bots: dict[int, Bot] = {}
        self.tokens: dict[str, Bot] = {}
        self.rooms: dict[int, Room] = {}
        self.private: dict[tuple[int, int], Room] = {}
        """By bot and user: two bots' chats with one user have the same id."""
        self.changed = Signal()
        self.queries = count(4_611_686_018_427_000_001)
        self.albums = count(13_000_000_000_000_001)
        self._box = count(1)
        self._own: dict[int, count[int]] = {}

    # ---------------------------------------------------------------------------------------------------------- lookups

    def room(self, bot: Bot, chat: int) -> Room | None:
        """The chat that this id means to this bot."""
        return self.private.get((bot.account.id, chat)) if chat > 0 else self.rooms.get(chat)

    def now(self) -> int:
        return int(self.clock())

    def number(self, room: Room) -> int:
        """The id of the next message in this chat."""
        if room.kind in {"private", "group"}:
            return next(self._box)
        return next(self._own.setdefault(room.id, count(1)))

    # --------------------------------------------------------------------------------------------------------- messages

    def post(
        self, room: Room, sender: Account | None, content: Json, *, reply: Post | None = None, thread: int | None = None
    ) -> Post:
        """Put a message into the chat, and tell the bots that may know of it."""
        number = self.number(room)
        body: Json = {"message_id": number}
        body |= self.author(room, sender) | {"chat": room.json(), "date": self.now()}
        body |= self.place(room, reply, thread, number) | content
        post = room.posts[number] = Post(number, room, sender, body, self.clock())
        if sender and sender.is_bot:
            room.last_bot = sender.id
        self.tell("channel_post" if room.kind == "channel" else "message", post)
        self.changed.fire()
        return post

    def author(self, room: Room, sender: Account | None) -> Json:
        if room.kind == "channel" or sender is None:
            return {"sender_chat": room.json()}
        return {"from": sender.json()}

    def place(self, room: Room, reply: Post | None, thread: int | None, number: int) -> Json:
        """Where the message stands: what it replies to, and its thread.

        In a forum's topic a message that answers nothing still replies to the message that opened the topic. In any
        other supergroup a reply carries the thread that its first message began.
        """
        if reply is None and thread and thread != number:
            reply = room.posts.get(thread)
        fields: Json = {"reply_to_message": reply.quoted()} if reply else {}
        if thread:
            fields |= {"message_thread_id": thread, "is_topic_message": True}
        elif reply and room.kind == "supergroup" and not room.forum:
            fields["message_thread_id"] = reply.body.get("message_thread_id", reply.id)
        return fields

    def rewrite(self, post: Post, body: Json) -> None:
        """Put an edited message in the place of the old one."""
        post.body, post.edits = body, post.edits + 1
        self.changed.fire()

    # ---------------------------------------------------------------------------------------------------------- updates

    def tell(self, kind: str, post: Post) -> None:
        """Queue an update of this message for each bot that may see it; bots never see bots."""
        if post.sender and post.sender.is_bot:
            return
        for bot in self.listeners(post.room):
            if self.may_see(bot, post):
                bot.updates.put(kind, post.body, post.room.id)

    def listeners(self, room: Room) -> list[Bot]:
        return [bot for number, bot in self.bots.items() if room.has(number)]

    def may_see(self, bot: Bot, post: Post) -> bool:
        """Whether the message reaches the bot: in groups, privacy mode lets through only what is meant for it."""
        room, own = post.room, bot.account.id
        if room.kind in {"private", "channel"} or not bot.privacy or room.leads(own):
            return True
        return is_service(post.body) or self.is_meant(bot, post)

    def is_meant(self, bot: Bot, post: Post) -> bool:
        answered = post.body.get("reply_to_message", {})
        if answered.get("from", {}).get("id") == bot.account.id:
            return True
        text = post.body.get("text") or post.body.get("caption") or ""
        entities = post.body.get("entities") or post.body.get("caption_entities") or []
        return any(self.is_call(bot, post.room, text, entity) for entity in entities)

    def is_call(self, bot: Bot, room: Room, text: str, entity: Json) -> bool:
        """Whether an entity is a mention of the bot, or a command to it."""
        raw = text.encode("utf-16-le")[entity["offset"] * 2 :][: entity["length"] * 2]
        word, name = raw.decode("utf-16-le").lower(), f"@{bot.account.username}".lower()
        if entity["type"] == "mention":
            return word == name
        if entity["type"] != "bot_command" or entity["offset"]:
            return False
        if "@" in word:
            return word.endswith(name)
        return room.last_bot in {None, bot.account.id} or len(self.listeners(room)) == 1


SERVICE = {
    *("new_chat_members", "left_chat_member", "group_chat_created", "supergroup_chat_created", "channel_chat_created"),
    *("migrate_to_chat_id", "migrate_from_chat_id", "forum_topic_created", "forum_topic_closed", "new_chat_title"),
}


def is_service(body: Json) -> bool:
    return not SERVICE.isdisjoint(body)
