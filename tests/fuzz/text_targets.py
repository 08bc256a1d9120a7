"""What is fuzzed of texts from outside: what users type, what operators and settings name, what networks hand over."""

import asyncio
import json
from typing import Any
from xml.etree import ElementTree as ET

import msgspec
import pamqp.frame
from pamqp.commands import Basic

from chinwag import Bot, Chat
from chinwag.core import asks, buttons, lines, parts, schedules
from chinwag.core.codec import loads
from chinwag.core.conversation import Conversation
from chinwag.core.durations import LONGEST, microseconds
from chinwag.core.effects import AGAIN, NO_DEFAULT, Choose
from chinwag.core.errors import Reject
from chinwag.core.routing import route
from chinwag.core.values import Address, Arrival, Outgoing, writable
from chinwag.core.zones import date_at, zone
from chinwag.networks.amqp import frames
from chinwag.networks.amqp import wire as amqp
from chinwag.networks.line import outgoing as line_outgoing
from chinwag.networks.line import wire as line
from chinwag.networks.telegram import wire as telegram
from chinwag.networks.terminal import wire as terminal
from chinwag.networks.xmpp import outgoing as xmpp_outgoing
from chinwag.networks.xmpp import wire as xmpp
from chinwag.runtime.control import Answer, Control
from chinwag.runtime.inputs import Ordered

NOW = 1_790_000_000_000_000
CHOICE = Choose("Which?", str, AGAIN, None, NO_DEFAULT, None, ("small", "Straße", "3"), (1, 2, 3))

bot = Bot("fuzzed", fallback="?")


@bot.on_command("start")
async def begin(chat: Chat) -> None:
    """Begin."""
    await chat.ask("Well?")


bot.on_text("hello")(begin)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def address(data: bytes) -> None:
    """What is accepted as an address is the same when it is written and read again."""
    found = Address.parse(_text(data))
    assert Address.parse(str(found)) == found


def schedule(data: bytes) -> None:
    """A schedule's text: what is accepted has runs, in order, and its own text reads the same."""
    found = schedules.from_text(_text(data))
    assert schedules.from_text(schedules.to_text(found)) == found
    assert schedules.describe(found)
    for name in ("UTC", "Europe/Berlin", "Pacific/Apia"):
        run = schedules.next_run(found, NOW, name)
        assert run is None or run > NOW
        if run is not None:
            decision = schedules.due_run(found, run, run + LONGEST // 100, name, grace=0)
            assert decision.skipped >= 0


def clock_and_cron(data: bytes) -> None:
    """A time of day and a cron expression, as a bot's code or settings may pass on from outside."""
    kind, text = data[:1], _text(data[1:])
    found = schedules.daily(text) if kind < b"0" else schedules.cron(text)
    assert schedules.from_text(schedules.to_text(found)) == found


def time_zone(data: bytes) -> None:
    """A time zone's name."""
    name = _text(data)
    assert zone(name).key == name
    date_at(name, NOW // 1_000_000)


def duration(data: bytes) -> None:
    """A number of seconds, from JSON."""
    number: Any = loads(data)
    assert 0 <= microseconds(number) <= LONGEST


def message(data: bytes) -> None:
    """A message's text is routed, and offered to every kind of question."""
    arrival = writable(Arrival("sim:fuzzed", "room", "user", data.decode("utf-8", "surrogateescape")))
    arrival.text.encode()
    route(bot, arrival, ())
    route(bot, arrival, (Conversation(1, "begin", begin, (), "sim:fuzzed/room/user", b"0" * 16, attended=True),))
    for parse in (asks.yes, asks.yes_or_no, asks.at_least(3), asks.at_most(3), int, float, _chosen, _numbered):
        _parsed(parse, arrival.text)


def _chosen(text: str) -> int:
    return asks.chosen(CHOICE, text, numbered=False)


def _numbered(text: str) -> int:
    return asks.chosen(CHOICE, text, numbered=True)


def _parsed(parse: Any, text: str) -> None:
    """What a parse function refuses, it refuses by a ValueError."""
    try:
        parse(text)
    except (ValueError, Reject):
        return


class Orders:
    """A worker that carries out every order at once."""

    def put(self, order: Ordered) -> None:
        """Do it."""
        assert isinstance(order.number, int)
        order.reply("done")


def control_line(data: bytes) -> None:
    """A line on the control socket is answered, always."""
    control = Control(Orders(), None)  # type: ignore[arg-type] # the one method that it needs
    answer = asyncio.run(control._answer(data))
    assert isinstance(answer, Answer)


def amqp_wire(data: bytes) -> None:
    """A message of a room, with a routing key of any bytes: the library reads it, and nothing in it is obeyed."""
    key, body = data[1 : 1 + data[0]], data[1 + data[0] :]
    payload = bytes.fromhex("003c003c 0174 0000000000000001 00 0178") + bytes([len(key)]) + key
    frame = frames.mended_delivery(frames.OPENING.pack(frames.METHOD, 1, len(payload)) + payload + b"\xce")
    _, _, delivery = pamqp.frame.unmarshal(frame)
    assert isinstance(delivery, Basic.Deliver)
    heard = amqp.decode(delivery.routing_key or "", body)
    assert all(
        character.isprintable() or character in "\t\n" or ord(character) > 0x9F for character in amqp.line(heard)
    )
    arrival = amqp.arrival(heard, "amqp:fuzzed", "room")
    assert Address.parse(str(Address(arrival.account, arrival.room, arrival.user))).user == arrival.user != "*"
    assert amqp.is_text(body) is (body == heard.text.encode() and len(body) <= amqp.LONGEST_TEXT)
    if amqp.nickname(heard.name) == heard.name:
        assert heard.name in amqp.line(heard)


def terminal_wire(data: bytes) -> None:
    """A line of a terminal: nothing of it, and nothing that is said of it, moves the cursor."""
    arrival = terminal.decode(data, "terminal:fuzzed", "you", 0, 1 + len(data) % 2)
    assert not lines._UNSEEN.search(arrival.text)
    assert "\n" not in arrival.text
    text = data.decode("utf-8", "surrogateescape")
    outgoing = Outgoing(1, "terminal:fuzzed", "local", "you", text=text, choices=(text, "quit"), question=True)
    for shown in terminal.encode(outgoing):
        assert "\n" not in shown
        assert not lines._UNSEEN.search(shown)


LONGEST_SPLIT = 500
READER = telegram.Reader("telegram:fuzzed", 1, "fuzzed")


def telegram_wire(data: bytes) -> None:
    """What the Bot API answers, and one update: values for whatever comes, which a store can keep."""
    answer = READER.answer(data)
    for update in (READER.update(data), *answer.updates):
        assert isinstance(update.number, int)
        msgspec.json.encode(update)
    text = data.decode("utf-8", "replace")[:LONGEST_SPLIT]
    pieces = parts.split(text, 16)
    assert "".join(pieces) == text
    assert all(parts.units(piece) <= 16 for piece in pieces)


XMPP = xmpp.Reader("xmpp:fuzzed", "me@x.org", nick=lambda room: "me" if room.startswith("r") else "")


def xmpp_wire(data: bytes) -> None:
    """A stanza: values for whatever comes, which a store can keep; and words for whatever is said."""
    text = xmpp_outgoing.clean(data.decode("utf-8", "surrogateescape"))
    ET.fromstring(f"<a>{text.translate(ESCAPED)}</a>")  # noqa: S314 - written just here
    try:
        stanza = ET.fromstring(data)  # noqa: S314 - what XML is, the parser of the stream decides, too
    except (ET.ParseError, ValueError, LookupError):
        return
    msgspec.json.encode(XMPP.message(stanza))
    msgspec.json.encode(XMPP.presence(stanza))


ESCAPED = {ord("&"): "&amp;", ord("<"): "&lt;"}


LINE = line.Reader("line:fuzzed")


def line_wire(data: bytes) -> None:
    """What LINE pushes: values for whatever comes, which a store can keep, and whose parts can be read again."""
    for event in LINE.read(data, NOW // 1_000):
        if isinstance(event, Arrival):
            assert event.account == "line:fuzzed"
            line.token_of(event.ref)
        msgspec.json.encode(event)
    text = data.decode("utf-8", "replace")
    buttons.pressed(text)
    text = text[:LONGEST_SPLIT]
    outgoing = Outgoing(1, "line:fuzzed", "U1", "U1", text=f"> {text}", choices=(text, "quit"), question=True)
    json.dumps(line_outgoing.objects(outgoing)).encode()
