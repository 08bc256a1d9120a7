"""The table of what is fuzzed: a name, a function of bytes, what it may raise, and inputs to start from.

Owns the rule what counts as found: an exception that is not, exactly, one of those allowed. Every ``wire.py`` of a
network has a line here, called ``wire-`` and the network's folder; a test looks.
"""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct
from tests.fuzz import codec_targets as codec
from tests.fuzz import posting_targets as posting
from tests.fuzz import store_targets as stores
from tests.fuzz import text_targets as texts

from chinwag.core.errors import Diverged, NotJournalable, StoreCorrupt, UsageError

_KEPT = (
    "<message xmlns='jabber:client' from='me@x.org'><result xmlns='urn:xmpp:mam:2' id='1'><forwarded "
    "xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='2026-01-05T20:00:00Z'/><message "
    "xmlns='jabber:client' from='a@b/c' type='chat'><body>yes</body></message></forwarded></result></message>"
)
STANZAS = (
    "<message xmlns='jabber:client' from='a@b/c' id='1'><body>hi</body></message>",
    _KEPT,
    "<presence xmlns='jabber:client' from='r@c/n'><x xmlns='http://jabber.org/protocol/muc#user'/></presence>",
)
FOUND = Path(__file__).parent / "found"
LARGEST = 8_192


class Target(Struct, frozen=True):
    """One thing that is fuzzed.

    Args:
        name: on the command line, and of its folder in ``found``.
        run: what gets the bytes.
        allowed: what it may raise, each class exactly.
        seeds: makes inputs to start from.
        largest: the longest input that the fuzzer makes, in bytes.
        around: what stands before and after a value, where one is looked for.
    """

    name: str
    run: Callable[[bytes], None]
    allowed: tuple[type[Exception], ...]
    seeds: Callable[[], Sequence[bytes]]
    largest: int = LARGEST
    around: tuple[bytes, bytes] = (b"", b"")

    def __call__(self, data: bytes) -> bool:
        """Feed it; tell whether it was accepted. Whatever is raised and not allowed is found."""
        try:
            self.run(data)
        except Exception as error:
            if type(error) in self.allowed:
                return False
            raise
        return True

    def found(self) -> list[Path]:
        """Inputs that once were too much for it."""
        return sorted((FOUND / self.name).glob("*"))


def _values() -> list[bytes]:
    """Every encoded value of the golden journals."""
    found: dict[bytes, None] = {}
    for document in stores.conversations():
        for row in json.loads(document)["rows"]:
            found[json.dumps(row[4]).encode()] = None
    return [*found, b'{"$":"dict","v":[[1,2]]}', b'{"$":"set","v":[]}', b'[{"$":"uuid","v":""}]']


def _rows() -> list[bytes]:
    return [json.dumps(row).encode() for document in stores.conversations() for row in json.loads(document)["rows"]]


def _hinted() -> list[bytes]:
    point = {
        "$": "record",
        "c": "Point",
        "v": {"x": 1, "y": 2.5, "tags": {"a": {"$": "enum", "c": "Colour", "v": "RED"}}},
    }
    parcel = {"$": "record", "c": "Parcel", "v": {"place": point, "weight": {"$": "decimal", "v": "1.5"}}}
    pair = {"$": "record", "c": "Pair", "v": {"left": None, "right": {"$": "enum", "c": "Rights", "v": 3}}}
    message = {"$": "record", "c": "Message", "v": {"text": "hi", "attachments": {"$": "tuple", "v": []}}}
    values: list[Any] = [point, parcel, pair, message, [point, pair], {"$": "dict", "v": [[point, pair]]}]
    return [json.dumps([number, value]).encode() for number in range(len(codec.HINTS)) for value in values]


def _states() -> list[bytes]:
    fields: list[Any] = [
        {
            "items": {"$": "tuple", "v": []},
            "since": {"$": "datetime", "v": "2026-01-01T00:00:00+00:00"},
            "parcel": None,
        },
        {"x": 1, "y": 2.5, "tags": {}},
        {"place": {"$": "record", "c": "Point", "v": {"x": 1}}, "weight": {"$": "decimal", "v": "-1"}},
    ]
    return [json.dumps([number, one]).encode() for number in range(len(codec.STATES)) for one in fields]


def _failures() -> list[bytes]:
    """Of every class that has fields of its own, for these are set one by one."""
    kinds = (
        "ValueError",
        "OSError",
        "UnicodeDecodeError",
        "UnicodeEncodeError",
        "KeyError",
        "ImportError",
        "SyntaxError",
    )
    more = ("StopIteration", "ExceptionGroup", "NameError", "AttributeError", "UnicodeTranslateError", "SystemExit")
    plain = {
        "message": "m",
        "args": ["utf-8", {"$": "bytes", "v": "/w=="}, 0, 1, "bad"],
        "fields": {"errno": 2, "name": "x"},
    }
    names = [
        *(f"builtins:{kind}" for kind in (*kinds, *more)),
        "chinwag.core.errors:RateLimited",
        "json.decoder:JSONDecodeError",
    ]
    return [json.dumps({"type": name, **plain}).encode() for name in names]


def _held() -> list[bytes]:
    error = '{"type":"builtins:ValueError","message":"m","args":[1],"fields":{}}'
    return [
        b'step\n["1",{"$":"tuple","v":[1]},null]',
        f'step\n["1",null,{error}]'.encode(),
        b'delivery\n[7,"blocked"]',
        b"start\nnull",
    ]


def _bodies() -> list[bytes]:
    return [
        b'{"id":1,"account":"sim:a","room":"r","user":"u","text":"hi","choices":["a"],"question":true}',
        b'{"id":1,"account":"sim:a","room":"r","user":"*","attachments":[{"kind":"file","data":"YWJj","link":"","name":""}]}',
    ]


def _arrivals() -> list[bytes]:
    return [
        b'{"account":"sim:a","room":"r","user":"u","text":"hi","id":"7","direct":false,"event":"join","at":1}',
    ]


def _given(*seeds: str) -> Callable[[], Sequence[bytes]]:
    return lambda: [seed.encode() for seed in seeds]


def _orders() -> list[bytes]:
    return [b'{"number":1,"order":"cancel"}', b'{"number":1,"order":"x"}']


def _updates() -> list[bytes]:
    user = {"id": 42, "is_bot": False, "first_name": "Ann"}
    chat = {"id": -7, "type": "supergroup", "title": "Hall"}
    message = {"message_id": 3, "from": user, "chat": chat, "date": 9, "text": "/start@fuzzed now"}
    photo = {**message, "text": None, "caption": "see", "photo": [{"file_id": "a", "width": 1, "height": 2}]}
    member = {"status": "member", "user": user}
    change = {"chat": chat, "from": user, "date": 9, "old_chat_member": {"status": "left", "user": user}}
    found: list[Any] = [
        *(
            {"message": message},
            {"edited_message": message},
            {"message": photo},
            {"chat_member": {**change, "new_chat_member": member}},
        ),
        *(
            {"message": {**message, "text": None, "new_chat_members": [user]}},
            {"my_chat_member": {**change, "new_chat_member": member}},
        ),
        {"callback_query": {"id": "5", "from": user, "message": message, "data": "1"}},
    ]
    updates = [{"update_id": 7 + number, **one} for number, one in enumerate(found)]
    failed = {"ok": False, "error_code": 429, "description": "slow", "parameters": {"retry_after": 3}}
    return [json.dumps(one).encode() for one in (*updates, {"ok": True, "result": updates}, failed)]


def _pushes() -> list[bytes]:
    source = {"type": "group", "groupId": "C1", "userId": "U1"}
    head = {
        "webhookEventId": "01",
        "timestamp": 1_790_000_000_000,
        "mode": "active",
        "source": source,
        "replyToken": "r",
    }
    picture = {"type": "image", "id": "7", "contentProvider": {"type": "external", "originalContentUrl": "https://x"}}
    events: list[Any] = [
        {**head, "type": "message", "message": {"type": "text", "id": "5", "text": "hi"}},
        {**head, "type": "message", "message": picture},
        {**head, "type": "message", "message": {"type": "sticker", "id": "8", "packageId": "1", "stickerId": "2"}},
        {**head, "type": "postback", "postback": {"data": "7:1"}},
        {**head, "type": "memberJoined", "joined": {"members": [{"type": "user", "userId": "U2"}]}},
    ]
    return [json.dumps({"destination": "U0", "events": some}).encode() for some in (*([e] for e in events), events)]


_WAKING = (Diverged, StoreCorrupt, UsageError, NotJournalable)
_CODEC = (NotJournalable, StoreCorrupt)
_PAIR = (b"[5,", b"]")
_ROW = (b'[1,"message","0","value",', b',[],0,[0,0],[],{},null,[],""]')
_ERROR = (b'{"type":"builtins:ValueError","message":"m","args":[', b'],"fields":{}}')
_TEXT = (b'{"id":1,"account":"a","room":"r","user":"u","text":', b"}")
_OUTCOME = (b'step\n["1",', b",null]")
_ANSWER = (
    b'{"conv":{"name":"hello"},"rows":[[1,"start","","",null,[["0","ask","str"]]],[1,"message","0","value",',
    b"]]}",
)
_PUSH = (b'{"destination":"U0","events":[{"type":"message","source":{"type":"user","userId":"U1"},"message":', b"}]}")
_UPDATE = (b'{"ok":true,"result":[{"update_id":1,"message":', b"}]}")
_MENTION = (b'{"data":[{"id":"9","author_id":"42","text":', b"}]}")
_NOTIFICATION = (b'{"id":"7","type":"mention","status":{"id":"9","account":{"id":"2","acct":"a"},"content":', b"}}")
TARGETS = {
    target.name: target
    for target in (
        Target("codec", codec.codec_value, _CODEC, _values),
        Target("codec-hinted", codec.codec_hinted, _CODEC, _hinted, around=_PAIR),
        Target("data-value", codec.data_value, _CODEC, _values),
        Target("state", codec.state_blob, (Diverged, StoreCorrupt), _states, around=(b'[1,{"x":', b"}]")),
        Target("failure", codec.failure, (StoreCorrupt,), _failures, around=_ERROR),
        Target("journal-row", codec.journal_row, (StoreCorrupt,), _rows, around=_ROW),
        Target("outbox-body", stores.outbox_body, (StoreCorrupt,), _bodies, around=_TEXT),
        Target("held-message", stores.held_message, (StoreCorrupt,), _arrivals, around=_TEXT),
        Target("held-input", stores.held_input, (StoreCorrupt,), _held, around=_OUTCOME),
        Target("conversation", stores.conversation, _WAKING, stores.conversations, 65_536, _ANSWER),
        Target("conversation-head", stores.conversation_head, _WAKING, stores.conversations, 65_536, _ANSWER),
        Target(
            "control-line",
            texts.control_line,
            (),
            _given('{"number":1,"order":"cancel"}', '{"number":1,"order":"x"}'),
            4_096,
        ),
        Target("address", texts.address, (ValueError,), _given("sim:a/r/u", "telegram:bot/-100%2F1/*", "a/%25/%")),
        Target(
            "schedule", texts.schedule, (UsageError,), _given("daily 20:00", "every 300000000", "cron 0 20 * * MON")
        ),
        Target(
            "clock-cron",
            texts.clock_and_cron,
            (UsageError,),
            _given(" 20:00:30", "c*/5 8-18 1,15 JAN-JUN MON#2", "c0 0 LW * 5L"),
        ),
        Target(
            "time-zone", texts.time_zone, (UsageError,), _given("Europe/Berlin", "UTC", "berlin", "right/UTC", "../UTC")
        ),
        Target(
            "duration", texts.duration, (UsageError, StoreCorrupt), _given("30", "1.5", "-1", "true", '"30"', "1e308")
        ),
        Target(
            "message",
            texts.message,
            (),
            _given("/start now", "/cancel@bot", "hello", "yes, please", "12", "2", "STRASSE"),
        ),
        Target("wire-terminal", texts.terminal_wire, (ValueError,), _given("hello\r\n", "\x1b[2J\x9b", "\ufeffa\tb")),
        Target("wire-mastodon", posting.mastodon_wire, (), posting.notifications, 65_536, _NOTIFICATION),
        Target(
            "wire-amqp", texts.amqp_wire, (ValueError, IndexError), _given("\x04annahello", "\x02[]\x1b[2J", "\x01*\n")
        ),
        Target("wire-line", texts.line_wire, (), _pushes, 65_536, _PUSH),
        Target("wire-x", posting.x_wire, (), posting.mentions, 65_536, _MENTION),
        Target("wire-telegram", texts.telegram_wire, (), _updates, 65_536, _UPDATE),
        Target("wire-xmpp", texts.xmpp_wire, (), _given(*STANZAS), 16_384),
    )
}
