"""The values that cross boundaries: what arrives, what goes out, where somebody is.

All are frozen. A network makes an ``Arrival`` of what its wire brings and takes an ``Outgoing``; nothing else of a
network is known to the rest of the house. Instants are integers: microseconds since the epoch, in UTC. What is made for
every message holds words and numbers only, so the collector of cycles need not know it (``gc=False``).
"""

from typing import Any, Literal
from urllib.parse import quote, unquote

from msgspec import Struct, structs

from chinwag.core.fetching import fetcher

EVERYBODY = "*"


class Address(Struct, frozen=True):
    """Where a conversation lives: an account, a room on it, a user in the room.

    Written as one string. A conversation that the whole room shares has ``*`` as its user.

    Args:
        account: network and account, such as ``telegram:mybot``.
        room: the room's id on that network; in a direct chat, the network's id of that chat.
        user: the user's id, or ``*``.

    >>> str(Address("telegram:mybot", "-100123", "42"))
    'telegram:mybot/-100123/42'
    >>> Address.parse("xmpp:medbot/a%2Fb/me").room
    'a/b'
    """

    account: str
    room: str
    user: str

    def __str__(self) -> str:
        return address(self.account, self.room, self.user)

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Read the string form back.

        Raises:
            ValueError: if it has not exactly three parts.
        """
        parts = text.split("/")
        if len(parts) != len(cls.__struct_fields__) or not all(parts):
            msg = f"an address is written account/room/user, such as telegram:mybot/-100123/42; this is {text!r}"
            raise ValueError(msg)
        return cls(*map(unquote, parts))


def address(account: str, room: str, user: str) -> str:
    """Join the three parts into the canonical string; ``/`` and ``%`` inside a part are escaped."""
    if "/" in room or "%" in room:
        room = quote(room, safe=":@ ")
    if user is not room and ("/" in user or "%" in user):  # in many direct chats they are one
        user = quote(user, safe=":@ ")
    return f"{account}/{room}/{user}"


class Attachment(Struct, frozen=True):
    """A picture, a sound or a file, coming in or going out.

    Args:
        kind: what the network should present it as.
        data: the bytes; empty if ``link`` says where they are.
        link: a URL, a path, or where a network keeps it.
        name: a file name to show.
        description: what is to be seen or heard, for those who cannot.
    """

    kind: Literal["image", "audio", "file"]
    data: bytes = b""
    link: str = ""
    name: str = ""
    description: str = ""

    async def read(self) -> bytes:
        """The bytes, fetched from the network if it has them.

        Raises:
            UsageError: outside a step, or for a file that did not come from a network.
            FetchError: if the network does not give it, or it is too large.

        >>> from chinwag import Bot, Chat
        >>> bot = Bot("photos")
        >>> async def size(photo: Attachment) -> int:
        ...     return len(await photo.read())
        >>> @bot.on_text("photo")
        ... async def photo(chat: Chat) -> None:
        ...     message = await chat.listen()
        ...     await chat.say(f"{await chat.step(size, message.attachments[0])} bytes")
        """
        return self.data or await fetcher()(self)


Style = Literal["bold", "italic", "underline", "strike", "code", "link"]


Visibility = Literal["public", "unlisted", "private", "direct"]
"""Who may see a post: everybody, everybody who looks, who follows, who is mentioned."""


class Span(Struct, frozen=True, omit_defaults=True):
    """A stretch of a text that is styled; spans may lie within each other.

    Args:
        start: the index of its first character.
        length: how many characters it has.
        style: how it looks.
        link: where it leads, if it is a link.
    """

    start: int
    length: int
    style: Style
    link: str = ""


class Message(Struct, frozen=True, omit_defaults=True, gc=False):
    """What a user sent, as ``chat.listen()`` and ``chat.message`` give it.

    Args:
        text: the text; empty when only a file was sent.
        user: who sent it, the network's id.
        name: how the sender calls himself, where the network tells.
        arguments: the words after a command, as one string.
        attachments: files that came along.
        edited: whether this is how an earlier message reads now; only ``chat.listen(edits=True)`` hears of it.
    """

    text: str
    user: str = ""
    name: str = ""
    arguments: str = ""
    attachments: tuple[Attachment, ...] = ()
    edited: bool = False


class Birth(Struct, array_like=True):
    """What began a conversation, as a store has it: its arguments, encoded by the codec, and the message.

    Args:
        arguments: None if there are none.
        message: None if no message began it.
    """

    arguments: Any = None
    message: Message | None = None


class ScheduledBirth(Birth, array_like=True):
    """What began a conversation that has a time zone: a schedule, or a conversation that a schedule began.

    Args:
        zone: the recipient's; empty in a birth that has none.
    """

    zone: str = ""


class Arrival(Struct, frozen=True, omit_defaults=True, gc=False):
    """One thing that a network hands over.

    Args:
        account: the account that received it.
        room: where.
        user: from whom.
        text: what; empty for an event without words.
        id: the network's own id, for telling a redelivery; empty if there is none.
        name: the sender's name.
        direct: whether bot and user are alone in the room.
        event: a message; an earlier message that was changed; a button of an inline choice that was pressed (the text
            is its index); somebody joining or leaving the room, where blocking the bot is leaving it; the room having
            another id from now on, which is the text (the user is ``*``); a message of ours having arrived at the other
            side, or having come back (the text says why, the target is its number in the outbox); a recipient of the
            settings having been found by the name in the text; nothing but a mark that everything up to this id is
            known.
        attachments: files that came along.
        at: when it arrived, in microseconds; 0 means now.
        target: of a button, the number in the outbox of the message that it stands at.
        ref: the network's own id of the message, for an answer that refers to it.
    """

    account: str
    room: str
    user: str
    text: str
    id: str = ""
    name: str = ""
    direct: bool = True
    event: Literal["message", "edit", "button", "join", "leave", "move", "receipt", "recipient", "mark"] = "message"
    attachments: tuple[Attachment, ...] = ()
    at: int = 0
    target: int = 0
    ref: str = ""

    def message(self, arguments: str = "") -> Message:
        """The part of it that a conversation sees."""
        return Message(self.text, self.user, self.name, arguments, self.attachments, self.event == "edit")


class Outgoing(Struct, frozen=True, omit_defaults=True, gc=False):
    """One thing that a network is to do in a room.

    Args:
        id: its number in the outbox, never used twice by one store.
        account: the account that sends it.
        room: where.
        user: for whom; ``*`` for the whole room.
        act: ``say``, or ``edit`` and ``delete`` of an earlier one.
        text: the words.
        choices: labels to choose from, in order.
        again: whether this repeats a choice after an answer that was none.
        question: whether an answer is awaited.
        attachments: files to send along.
        target: for an edit, the number of the message that is meant.
        ref: for an edit, the network's own id of that message.
        key: a key under which a network that can will refuse a second delivery.
        spans: which of the words are styled how.
        inline: whether the choices are buttons at the message itself.
        clears: whether the choice before it is over, so that a keyboard that it brought can go.
        reply: in a room of several, the network's own id of the message that this answers; empty if there is none. For
            a network that takes answers under a token, that token.
        lead: the number of the message with which it goes in one call; 0 if it goes by itself, or is the first.
        visibility: who may see a post, where the network has that; empty for what the account is set to.
        warning: what stands in front of a post that not everybody wants to see; empty for none.
        made: what of it the network has already, in its own words, where one message is several there.
    """

    id: int
    account: str
    room: str
    user: str
    act: Literal["say", "edit", "delete"] = "say"
    text: str = ""
    choices: tuple[str, ...] = ()
    again: bool = False
    question: bool = False
    attachments: tuple[Attachment, ...] = ()
    target: int = 0
    ref: str = ""
    key: str = ""
    spans: tuple[Span, ...] = ()
    inline: bool = False
    clears: bool = False
    reply: str = ""
    lead: int = 0
    visibility: Visibility | Literal[""] = ""
    warning: str = ""
    made: str = ""


class Texts(Struct, frozen=True, kw_only=True):
    """What a bot says of its own accord; every one may be replaced.

    Args:
        timeout: nobody answered, and the conversation did not handle it.
        cancelled: after ``/cancel``.
        idle: ``/cancel`` when nothing runs.
        busy: a command whose conversation already runs here.
        failed: the conversation met an error of its code.
        closed: a button was pressed whose question is not open, or not for who pressed it.
        subscribed: after ``/subscribe``; ``{zone}`` is the person's time zone.
        unsubscribed: after ``/unsubscribe``.
        timezone: after ``/timezone``; likewise.

    >>> Texts(cancelled="Terminating").cancelled
    'Terminating'
    """

    timeout: str = "Timeout"
    cancelled: str = "Cancelled."
    idle: str = "There is nothing to cancel."
    busy: str = "Already running, call /cancel to exit"
    failed: str = "Sorry, something went wrong here. It has been noted; you can start again."
    closed: str = "This is no longer open."
    subscribed: str = "Subscribed, in the time zone {zone}. /timezone changes it, /unsubscribe ends it."
    unsubscribed: str = "Unsubscribed. /subscribe begins again."
    timezone: str = "Your time zone is {zone}."


def writable(arrival: Arrival) -> Arrival:
    """The arrival with a text that can be written: half of a surrogate pair cannot, and is replaced."""
    try:
        arrival.text.encode()
    except UnicodeEncodeError:
        return structs.replace(arrival, text=arrival.text.encode(errors="replace").decode())
    return arrival
