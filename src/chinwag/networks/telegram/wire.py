"""Bot API updates -> values. Pure.

Owns what an update means: which room (a topic of a group is one, written ``chat:topic``), which user, which words. It
is tolerant: unknown fields and kinds of updates are skipped, and what cannot be read is a ``Malformed`` value, never an
exception, and never the end of the updates beside it. A file stays with Telegram: its id is the attachment's link,
``telegram:photo/…``. Text is never read as markup, and a command for another bot is not ours. Who blocks the bot has
left, and who lets it in again has joined.
"""

import json
from typing import Literal

import msgspec
from msgspec import Struct

from chinwag.core.buttons import pressed
from chinwag.core.values import EVERYBODY, Arrival, Attachment
from chinwag.networks.telegram import schema
from chinwag.transport.malformed import Malformed, again

ALLOWED = ("message", "edited_message", "callback_query", "my_chat_member", "chat_member")
"""The updates that are asked for; channel posts are not."""
FILES = "telegram:"
PRIVATE, CHANNEL = "private", "channel"
_INSIDE = {"member", "administrator", "creator"}
_PARTIAL = "restricted"

_RESPONSE = msgspec.json.Decoder(schema.Response)
_UPDATE = msgspec.json.Decoder(schema.Update)
_NUMBERED = msgspec.json.Decoder(schema.Numbered)


Event = Arrival | Malformed


class Update(Struct, frozen=True):
    """One update.

    Args:
        number: its ``update_id``; 0 if it cannot be read.
        events: what it brings, mostly one; none if it is nothing to a bot.
    """

    number: int
    events: tuple[Event, ...]


class Answer(Struct, frozen=True):
    """What ``getUpdates`` answers.

    Args:
        updates: in order.
        code: 0, or the error's code.
        reason: the error in Telegram's words.
        retry_after: how long to wait before the next call, in seconds.
    """

    updates: list[Update]
    code: int = 0
    reason: str = ""
    retry_after: float = 0


class Reader:
    """Reads the updates of one bot.

    Args:
        account: the account's name, such as ``telegram:mybot``.
        me: the bot's user id.
        username: the bot's name behind ``@``, in any case.

    >>> data = b'{"update_id": 7, "message": {"message_id": 1, "text": "/start@MyBot now", "from": {"id": 42}, '
    >>> data += b'"chat": {"id": 42, "type": "private"}, "date": 0}}'
    >>> Reader("telegram:mybot", 1, "mybot").update(data).events[0].text
    '/start now'
    """

    def __init__(self, account: str, me: int, username: str) -> None:
        self._account = account
        self._me = me
        self._username = username.lower()

    def answer(self, data: bytes) -> Answer:
        """Read what ``getUpdates`` gave."""
        try:
            got = _RESPONSE.decode(data)
        except (ValueError, RecursionError):
            return self._one_by_one(data)
        if not got.ok:
            after = got.parameters.retry_after if got.parameters is not None else None
            return Answer([], got.error_code or 1, got.description or "", after or 0)
        read = self._read
        return Answer([read(update) for update in got.result or ()])

    def update(self, data: bytes) -> Update:
        """Read one update, as a webhook brings it."""
        try:
            return self._read(_UPDATE.decode(data))
        except (ValueError, RecursionError) as error:
            return Update(_number(data), (Malformed.of(error),))

    def _one_by_one(self, data: bytes) -> Answer:
        """One update that cannot be read is no reason to lose its neighbours."""
        try:
            got = json.loads(data)
            found = got.get("result") if isinstance(got, dict) else None
            if not isinstance(found, list):
                return Answer([], 1, "this is no answer of the Bot API")
            return Answer([self.update(again(update)) for update in found])
        except (ValueError, RecursionError):
            return Answer([], 1, "this is no JSON")

    def _read(self, update: schema.Update) -> Update:
        number = update.update_id
        if (message := update.message) is not None:
            return Update(number, self._message(message, str(number)))
        if (message := update.edited_message) is not None:
            arrival = self._words(message, str(number), "edit")
            return Update(number, (arrival,) if arrival is not None else ())
        if update.callback_query is not None:
            return Update(number, (self._pressed(update.callback_query, str(number)),))
        if update.my_chat_member is not None:
            return Update(number, self._reached(update.my_chat_member, str(number)))
        if update.chat_member is not None:
            return Update(number, self._member(update.chat_member, str(number)))
        return Update(number, ())

    # -- messages -----------------------------------------------------------------------------------------------------

    def _message(self, message: schema.Message, id_: str) -> tuple[Event, ...]:
        arrival = self._words(message, id_)
        if arrival is not None:
            return (arrival,)
        if message.new_chat_members:
            return tuple(
                self._joined(message.chat, user, message.date, room_of(message))
                for user in message.new_chat_members
                if not user.is_bot
            )
        if message.left_chat_member is not None:
            return self._gone(room_of(message), message.left_chat_member, id_)
        if message.migrate_to_chat_id is not None:
            room, new = str(message.chat.id), str(message.migrate_to_chat_id)
            return (Arrival(self._account, room, EVERYBODY, new, id_, "", direct=False, event="move"),)
        return ()

    def _words(
        self, message: schema.Message, id_: str, event: Literal["message", "edit"] = "message"
    ) -> Arrival | None:
        """What somebody wrote or sent; None if it is nothing of the kind, or not for us."""
        text = message.text or message.caption or ""
        files = () if message.text else _files(message)
        sender = _sender(message)
        if sender is None or not (text or files):
            return None
        if text.startswith("/"):
            addressed = self._addressed(text)
            if addressed is None:
                return None
            text = addressed
        user, name = sender
        direct = message.chat.type == PRIVATE
        ref = str(message.message_id)
        return Arrival(self._account, room_of(message), user, text, id_, name, direct, event, files, 0, 0, ref)

    def _addressed(self, text: str) -> str | None:
        """A command without the bot's name; None if it is meant for another bot."""
        end = next((index for index, character in enumerate(text) if character.isspace()), len(text))
        command, at, bot = text[:end].partition("@")
        if not at:
            return text
        return command + text[end:] if bot.lower() == self._username else None

    def _joined(self, chat: schema.Chat, user: schema.User, date: int, room: str) -> Arrival:
        """A join comes as a message and, to administrators, as an update of its own: both get one id."""
        id_ = f"join:{chat.id}:{user.id}:{date}"
        return Arrival(self._account, room, str(user.id), "", id_, name_of(user), chat.type == PRIVATE, "join")

    # -- everything else ----------------------------------------------------------------------------------------------

    def _pressed(self, query: schema.CallbackQuery, id_: str) -> Arrival:
        """A press of a button; its ``ref`` is what its answer has to name."""
        message, user = query.message, query.from_
        room = room_of(message) if message is not None else str(user.id)
        direct = message is None or message.chat.type == PRIVATE
        target, index = pressed(query.data or "")
        name = name_of(user)
        return Arrival(self._account, room, str(user.id), index, id_, name, direct, "button", (), 0, target, query.id)

    def _reached(self, change: schema.ChatMemberUpdated, id_: str) -> tuple[Event, ...]:
        """A user lets the bot into their chat, or blocks it; what becomes of it in a group is nobody's doing there."""
        if change.chat.type != PRIVATE:
            return ()
        room = str(change.chat.id)
        if _inside(change.new_chat_member):
            return (self._joined(change.chat, change.from_, change.date, room),)
        return self._gone(room, change.from_, id_, direct=True)

    def _member(self, change: schema.ChatMemberUpdated, id_: str) -> tuple[Event, ...]:
        before, after = _inside(change.old_chat_member), _inside(change.new_chat_member)
        user = change.new_chat_member.user
        if before == after:
            return ()
        room = str(change.chat.id)
        if after:
            return () if user.is_bot else (self._joined(change.chat, user, change.date, room),)
        return self._gone(room, user, id_)

    def _gone(self, room: str, user: schema.User, id_: str, *, direct: bool = False) -> tuple[Event, ...]:
        """A leave comes twice to administrators, under two ids; the second is a leave of who has left."""
        if user.is_bot:
            return ()
        return (Arrival(self._account, room, str(user.id), "", id_, name_of(user), direct, "leave"),)


def room_of(message: schema.Message) -> str:
    """The room of a message. A thread that is no topic (answers to answers) is no room of its own."""
    if message.is_topic_message and message.message_thread_id is not None:
        return f"{message.chat.id}:{message.message_thread_id}"
    return str(message.chat.id)


def name_of(user: schema.User) -> str:
    """How a user calls himself."""
    return f"{user.first_name or ''} {user.last_name or ''}".strip()


def _sender(message: schema.Message) -> tuple[str, str] | None:
    """Id and name of whoever wrote; None for channels, other bots, and what a channel sends into its group."""
    if message.chat.type == CHANNEL or message.is_automatic_forward:
        return None
    if message.sender_chat is not None:  # an administrator who stays anonymous writes as the group
        return str(message.sender_chat.id), message.sender_chat.title or ""
    user = message.from_
    return None if user is None or user.is_bot else (str(user.id), name_of(user))


def _inside(member: schema.ChatMember) -> bool:
    return member.status in _INSIDE or (member.status == _PARTIAL and bool(member.is_member))


# -- files -------------------------------------------------------------------------------------------------------------


def _files(message: schema.Message) -> tuple[Attachment, ...]:
    if message.photo:
        largest = max(message.photo, key=lambda size: size.width * size.height)
        return (_file("image", "photo", schema.File(largest.file_id)),)
    kinds: tuple[tuple[Literal["image", "audio", "file"], str, schema.File | None], ...] = (
        ("audio", "audio", message.audio),
        ("audio", "voice", message.voice),
        ("image", "sticker", message.sticker),
        ("file", "animation", message.animation),  # Telegram repeats it as a document
        ("file", "document", message.document),
        ("file", "video", message.video),
        ("file", "video_note", message.video_note),
    )
    for kind, method, file in kinds:
        if file is not None:
            return (_file(kind, method, file),)
    return _place(message) or _card(message)


def _file(kind: Literal["image", "audio", "file"], method: str, file: schema.File) -> Attachment:
    return Attachment(kind, b"", f"{FILES}{method}/{file.file_id}", file.file_name or file.title or file.emoji or "")


def _place(message: schema.Message) -> tuple[Attachment, ...]:
    """A location, as RFC 5870 writes it."""
    where = message.location
    return (Attachment("file", b"", f"geo:{where.latitude},{where.longitude}", "location"),) if where else ()


def _card(message: schema.Message) -> tuple[Attachment, ...]:
    """A contact, as RFC 3966 writes a telephone number, with the name that was given to it."""
    card = message.contact
    if card is None:
        return ()
    return (
        Attachment("file", b"", f"tel:{card.phone_number}", f"{card.first_name or ''} {card.last_name or ''}".strip()),
    )


# -- what cannot be read -----------------------------------------------------------------------------------------------


def _number(data: bytes) -> int:
    try:
        return _NUMBERED.decode(data).update_id
    except (ValueError, RecursionError):
        return 0
