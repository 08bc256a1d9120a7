"""A message of the broadcast chat <-> values. Pure.

Owns the convention of the room: a fanout exchange, the nickname as the routing key, the words as the body, in UTF-8. So
any client that does just this takes part. What is ours rides along as headers that others do not look at: who speaks in
a work queue, where the routing key is the queue's name, and that a bot speaks. Presence has an exchange of its own, so
that a listener who knows nothing of it sees nothing of it.

Rules: whatever bytes come, something readable comes out, and no exception. Nothing in a name or a text is obeyed.
AMQP 0-9-1, sections 3.1.3 (exchange types) and 4.2.5.3 (short strings: 255 bytes at most).
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from chinwag.core.lines import encode, one_line, visible
from chinwag.core.values import Arrival, Outgoing

EXCHANGE = "broadcast_chat"
LONGEST_NAME = 255
"""In bytes: what a routing key can be."""
LONGEST_TEXT = 4 * 1024 * 1024
"""In bytes, of what we send and of what a bot takes; people are shown longer ones too."""
NAME, BOT, PRESENCE = "chinwag-name", "chinwag-bot", "chinwag-presence"
"""Headers: the nickname, where the routing key is none; the bot's nickname; of a message on the presence exchange."""
WHO, HERE = "who", "here"
"""What that says: a question, whose answers go to its sender's own queue, and an answer."""
WELCOME = 'Welcome to our chat space, type "exit" or "quit" when you want to leave.'
ENTER_NAME = "Enter your name: "
GOODBYE = "Goodbye!"
LEAVE = frozenset({"exit", "quit"})
_EVERYBODY = "*"
_CONTINUED = "\n    "


class Heard(Struct, frozen=True):
    """One message as it came.

    Args:
        name: the nickname, as it was sent.
        text: the words, as they were sent; what is not UTF-8 is replaced.
        id: the sender's id of the message; empty if there is none.
        bot: whether a bot says of itself that it is one.
    """

    name: str
    text: str
    id: str = ""
    bot: bool = False


def decode(key: str, body: bytes, headers: Mapping[str, Any] | None = None, number: str | None = None) -> Heard:
    r"""Read a message.

    Args:
        key: the routing key.
        body: the words.
        headers: the message's.
        number: the message's id.

    >>> decode("anna", b"caf\xc3\xa9 \xff")
    Heard(name='anna', text='café �', id='', bot=False)
    """
    found = headers or {}
    name = found.get(NAME)
    text = body.decode("utf-8", "replace")
    return Heard(name if isinstance(name, str) else key, text, number or "", found.get(BOT) is not None)


def line(heard: Heard) -> str:
    r"""What a listener shows. Further lines of a text are indented, so none of them looks like a message of its own.

    >>> line(Heard("anna", "hi\n [bob]: I give up"))
    ' [anna]: hi\n     [bob]: I give up'
    """
    return f" [{one_line(heard.name)}]: {visible(heard.text).replace(chr(10), _CONTINUED)}"


def nickname(text: str) -> str:
    """A nickname that can be used; spaces around it are no part of it.

    Args:
        text: what was given.

    Raises:
        ValueError: with one sentence for the user.

    >>> nickname(" anna ")
    'anna'
    """
    name = text.strip()
    size = len(name.encode("utf-8", "replace"))
    if not 1 <= size <= LONGEST_NAME:
        msg = f"A name has 1 to {LONGEST_NAME} bytes, and this one has {size:,}."
        raise ValueError(msg)
    if one_line(name) != name:
        msg = f"A name has 1 to {LONGEST_NAME} bytes and no control characters, and this one has some."
        raise ValueError(msg)
    return name


def presence_of(exchange: str) -> str:
    """The exchange on which those in a room tell that they are there; empty if its name would be too long."""
    name = f"{exchange}.presence"
    return name if len(name.encode()) <= LONGEST_NAME else ""


# -- what bots need ----------------------------------------------------------------------------------------------------


def user_of(name: str) -> str:
    """A nickname as a user of an address: ``*`` alone means everybody there, and nothing at all is no user.

    Distinct nicknames stay distinct.

    >>> user_of("anna"), user_of("*"), user_of("")
    ('anna', '***', '**')
    """
    return name if name.strip(_EVERYBODY) else f"{name}{_EVERYBODY * 2}"


def arrival(heard: Heard, account: str, room: str) -> Arrival:
    """A message of a room as the runtime takes it.

    Args:
        heard: what came.
        account: the account that heard it.
        room: the exchange.

    >>> arrival(Heard("anna", "hi", "7f"), "amqp:guess", "broadcast_chat").id
    'anna/7f'
    """
    number = f"{heard.name}/{heard.id}" if heard.id else ""  # by somebody else's id nobody is silenced
    return Arrival(account, room, user_of(heard.name), heard.text, number, heard.name, direct=False)


def is_text(body: bytes) -> bool:
    """Whether a conversation can take it: UTF-8, and not longer than any message of ours."""
    if len(body) > LONGEST_TEXT:
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def words(message: Outgoing) -> str:
    r"""What a bot's message is in a room that knows only words.

    >>> words(Outgoing(1, "amqp:cook", "room", "anna", text="Which?", choices=("tea", "milk"), question=True))
    'Which?\n0) tea\n1) milk\nEnter index: '
    """
    return "\n".join(encode(message))
