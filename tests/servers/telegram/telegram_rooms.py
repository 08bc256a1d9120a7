"""The control side, part one: bots, users, chats, and who is in them.

Each operation does what the Telegram app would, service messages and membership updates included. All take and give
plain values, so that they are also reachable over HTTP under the same names.
"""

from collections.abc import Iterable
from itertools import count

from tests.servers.telegram.telegram_account import member_json
from tests.servers.telegram.telegram_refusals import Json
from tests.servers.telegram.telegram_updates import Updates
from tests.servers.telegram.telegram_world import Account, Bot, Kind, Room, World


class Rooms:
    """Makes and changes accounts and chats."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._users = count(6_200_000_001)
        self._bots = count(7_100_000_001)
        self._groups = count(-4_800_000_001, -1)
        self._supergroups = count(-1_002_300_000_001, -1)
        self._first_update = count(510_000_001, 1_000_000)

    # --------------------------------------------------------------------------------------------------------- accounts

    def add_bot(
        self, name: str = "Test bot", username: str = "test_bot", *, privacy: bool = True, token: str = ""
    ) -> Json:
        """A new bot: its id, token and username."""
        number = int(token.partition(":")[0]) if token else next(self._bots)
        token = token or f"{number}:AAF-emulated-token-of-{username}"[:80]
        account = Account(number, name, username, is_bot=True)
        bot = Bot(account, token, Updates(next(self._first_update)), privacy)
        self._world.accounts[number] = account
        self._world.bots[number] = self._world.tokens[token] = bot
        return {"id": number, "token": token, "username": username}

    def add_user(
        self,
        name: str = "Ann",
        *,
        username: str | None = None,
        last_name: str | None = None,
        language: str | None = None,
        started: bool = False,
        number: int | None = None,
    ) -> int:
        """A new user's id. A bot can write to him once he has written to it, or at once if `started`."""
        number = number or next(self._users)
        self._world.accounts[number] = Account(number, name, username, last_name, language)
        if started:
            for bot in self._world.bots.values():
                self.private_chat(number, bot.account.id)
        return number

    def add_users(self, how_many: int, first: int | None = None) -> list[int]:
        """Many users who have all started all bots."""
        numbers = range(first, first + how_many) if first else (next(self._users) for _ in range(how_many))
        return [self.add_user(f"User {number}", started=True, number=number) for number in numbers]

    def delete_account(self, user: int) -> None:
        """The user's account is deleted: bots that write to him are refused."""
        self._world.accounts[user].deleted = True

    def private_chat(self, user: int, bot: int | None = None) -> Room:
        """The chat of a user with a bot, as if he had pressed its start button."""
        own = self.bot(bot)
        room = self._private(user, own)
        room.started = True
        return room

    def _private(self, user: int, bot: Bot) -> Room:
        room = self._world.private.get((bot.account.id, user))
        if room is None:
            members = {user: "member", bot.account.id: "member"}
            room = Room(user, "private", person=self._world.accounts[user], members=members, started=False)
            self._world.private[bot.account.id, user] = room
        return room

    def bot(self, number: int | None = None) -> Bot:
        """A bot by its id; the first one without."""
        return self._world.bots[number] if number else next(iter(self._world.bots.values()))

    def privacy(self, on: bool, bot: int | None = None) -> None:  # noqa: FBT001 - a switch, given by name over HTTP
        """Switch a bot's privacy mode in groups."""
        self.bot(bot).privacy = on

    # ------------------------------------------------------------------------------------------------------------ chats

    def add_group(self, title: str, members: Iterable[int], *, with_bot: bool = True) -> int:
        """A basic group; its first member made it."""
        room = self._new(next(self._groups), "group", title, members)
        return self._opened(room, with_bot=with_bot)

    def add_supergroup(
        self,
        title: str,
        members: Iterable[int],
        *,
        forum: bool = False,
        username: str | None = None,
        with_bot: bool = True,
    ) -> int:
        """A supergroup; a forum has topics."""
        room = self._new(next(self._supergroups), "supergroup", title, members)
        room.forum, room.username = forum, username
        return self._opened(room, with_bot=with_bot)

    def add_channel(self, title: str, owner: int, *, username: str | None = None, with_bot: bool = True) -> int:
        """A channel; a bot in it is an administrator."""
        room = self._new(next(self._supergroups), "channel", title, [owner])
        room.username = username
        if with_bot:
            self._change(room, self.bot().account, owner, "administrator")
        return room.id

    def _new(self, number: int, kind: Kind, title: str, members: Iterable[int]) -> Room:
        present = list(members)
        statuses = {user: "creator" if user == present[0] else "member" for user in present}
        room = self._world.rooms[number] = Room(number, kind, title, members=statuses)
        return room

    def _opened(self, room: Room, *, with_bot: bool) -> int:
        if with_bot:
            owner = next(iter(room.members))
            self.add_bot_to(room.id, by=owner)
        return room.id

    def add_topic(self, chat: int, name: str, by: int | None = None) -> int:
        """Open a topic in a forum; its thread's id."""
        room = self._world.rooms[chat]
        creator = self._world.accounts[by or next(iter(room.members))]
        content = {"forum_topic_created": {"name": name, "icon_color": 0x6FB9F0}}
        post = self._world.post(room, creator, content)
        room.topics[post.id] = name
        return post.id

    def close_topic(self, chat: int, thread: int) -> None:
        """Let only administrators write in a topic."""
        self._world.rooms[chat].closed.add(thread)

    def migrate(self, chat: int) -> int:
        """Make a basic group a supergroup; the new id. The old one refuses to be written to from now on."""
        old = self._world.rooms[chat]
        owner = self._world.accounts[next(iter(old.members))]
        new = self._new(next(self._supergroups), "supergroup", old.title or "", [])
        new.members = dict(old.members)
        self._world.post(old, owner, {"migrate_to_chat_id": new.id})
        old.migrated_to = new.id
        self._world.post(new, owner, {"migrate_from_chat_id": old.id})
        return new.id

    # ---------------------------------------------------------------------------------------------------------- members

    def join(self, user: int, chat: int) -> None:
        """A user comes into a group."""
        room, account = self._world.rooms[chat], self._world.accounts[user]
        self._change(room, account, user, "member")
        self._world.post(room, account, {"new_chat_members": [account.json()]})

    def leave(self, user: int, chat: int) -> None:
        """A user leaves a group."""
        room, account = self._world.rooms[chat], self._world.accounts[user]
        self._world.post(room, account, {"left_chat_member": account.json()})
        self._change(room, account, user, "left")

    def add_bot_to(self, chat: int, *, by: int | None = None, bot: int | None = None, status: str = "member") -> None:
        """A bot is added to a group, or promoted or restricted in it: `status` is its new one."""
        room, account = self._world.rooms[chat], self.bot(bot).account
        actor, was_in = by or next(iter(room.members)), room.has(account.id)
        self._change(room, account, actor, status)
        if not was_in and room.kind != "channel":
            self._world.post(room, self._world.accounts[actor], {"new_chat_members": [account.json()]})

    def remove_bot(self, chat: int, *, by: int | None = None, bot: int | None = None, status: str = "kicked") -> None:
        """A bot is thrown out of a group, which it learns from `my_chat_member`."""
        room = self._world.rooms[chat]
        self._change(room, self.bot(bot).account, by or next(iter(room.members)), status)

    def block(self, user: int, bot: int | None = None) -> None:
        """A user blocks a bot."""
        own = self.bot(bot)
        self._change(self.private_chat(user, own.account.id), own.account, user, "kicked")

    def unblock(self, user: int, bot: int | None = None) -> None:
        """A user lets a bot write to him again."""
        own = self.bot(bot)
        self._change(self.private_chat(user, own.account.id), own.account, user, "member")

    def _change(self, room: Room, account: Account, actor: int, status: str) -> None:
        """Give an account a status in a chat; the bot itself and bots that lead there are told."""
        old = member_json(room, account)
        room.members[account.id] = status
        change = {"chat": room.json(), "from": self._world.accounts[actor].json(), "date": self._world.now()}
        change |= {"old_chat_member": old, "new_chat_member": member_json(room, account)}
        for number, bot in self._world.bots.items():
            if number == account.id:
                bot.updates.put("my_chat_member", change, room.id)
            elif room.leads(number):
                bot.updates.put("chat_member", change, room.id)
        self._world.changed.fire()
