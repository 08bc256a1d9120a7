"""LINE's webhook bodies -> values. Pure.

Owns what an event means: which room (a direct chat with a user, a group, a multi-person chat), which user, which words.
It is tolerant: unknown fields, types of events and of messages are skipped, and what cannot be read is a ``Malformed``
value, never an exception, and never the end of the events beside it. A file stays with LINE: its message's id is the
attachment's link, ``line:image/…``. Text is never read as markup. An arrival's ``ref`` is the token with which its
event may be answered, and until when that is certain.
"""

import json
from typing import Literal

import msgspec
from msgspec.structs import replace

from chinwag.core.buttons import pressed
from chinwag.core.values import EVERYBODY, Arrival, Attachment
from chinwag.networks.line import schema
from chinwag.transport.malformed import Malformed, again

LINKS = "line:"
STICKER = "line:sticker/"
FRESH = 50_000
"""For how long a reply token is used, in milliseconds; LINE takes it for a minute, and guarantees nothing beyond.
https://developers.line.biz/en/reference/messaging-api/#send-reply-message"""
STANDBY = "standby"
JOINED, LEFT = "memberJoined", "memberLeft"

_KINDS: dict[str, Literal["image", "audio", "file"]] = {
    "image": "image",
    "audio": "audio",
    "video": "file",
    "file": "file",
}
_CALLBACK = msgspec.json.Decoder(schema.Callback)
_EVENT = msgspec.json.Decoder(schema.Event)


Event = Arrival | Malformed


class Reader:
    """Reads what is pushed to one account.

    Args:
        account: the account's name, such as ``line:guess``.

    >>> data = b'{"events": [{"type": "message", "source": {"type": "group", "groupId": "C1", "userId": "U1"}, '
    >>> data += b'"replyToken": "r", "message": {"type": "text", "id": "1", "text": "hi"}}]}'
    >>> arrival = Reader("line:guess").read(data, now=1_000)[0]
    >>> arrival.room, arrival.user, arrival.text, arrival.direct
    ('C1', 'U1', 'hi', False)
    """

    def __init__(self, account: str) -> None:
        self._account = account

    def read(self, data: bytes, now: int) -> list[Event]:
        """Read a webhook's body.

        Args:
            data: the body.
            now: when it came, in milliseconds.

        Returns:
            What it brings to a bot; nothing for LINE's verification, which has no events.
        """
        try:
            events = _CALLBACK.decode(data).events
        except (ValueError, RecursionError):
            return self._one_by_one(data, now)
        return [arrival for event in events for arrival in self._read(event, now)]

    def _one_by_one(self, data: bytes, now: int) -> list[Event]:
        """One event that cannot be read is no reason to lose its neighbours."""
        try:
            body = json.loads(data)
            events = body.get("events") if isinstance(body, dict) else None
        except (ValueError, RecursionError) as error:
            return [Malformed.of(error)]
        if not isinstance(events, list):
            return [Malformed("it has no list of events")]
        found: list[Event] = []
        for event in events:
            try:
                found += self._read(_EVENT.decode(again(event)), now)
            except (ValueError, RecursionError) as error:
                found.append(Malformed.of(error))
        return found

    def _read(self, event: schema.Event, now: int) -> list[Event]:
        """What one event is to a bot; nothing while another module has the channel."""
        source = event.source
        if source is None or event.mode == STANDBY:
            return []
        room, user = place(source)
        if not room:
            return []
        ref = _ref(event, now)
        if event.type in {JOINED, LEFT}:
            return self._members(event, room, ref)
        if event.type in {"join", "leave"}:  # the bot itself: that is the room's affair
            user = EVERYBODY
        if not user:  # somebody whose device does not tell who it is
            return []
        id_ = event.webhook_event_id or ""
        return self._of_one(event, Arrival(self._account, room, user, "", id_, "", source.type == "user", ref=ref))

    def _members(self, event: schema.Event, room: str, ref: str) -> list[Event]:
        """Several may come or go at once; the token is good for one answer, so the first of them has it."""
        change: Literal["join", "leave"] = "join" if event.type == JOINED else "leave"
        members = event.joined if event.type == JOINED else event.left
        found: list[Event] = []
        for member in (members.members if members is not None else None) or ():
            if user := member.user_id:
                id_ = f"{event.webhook_event_id}:{user}" if event.webhook_event_id else ""
                token = "" if found else ref
                found.append(Arrival(self._account, room, user, "", id_, "", direct=False, event=change, ref=token))
        return found

    def _of_one(self, event: schema.Event, arrival: Arrival) -> list[Event]:
        """What somebody did, or the room itself: who has no id there is everybody."""
        match event.type:
            case "message" if event.message is not None:
                return _message(event.message, arrival)
            case "postback" if event.postback is not None:
                target, index = pressed(event.postback.data)
                return [replace(arrival, event="button", text=index, target=target)]
            case "follow" | "join":
                return [replace(arrival, event="join")]
            case "unfollow" | "leave":
                return [replace(arrival, event="leave", ref="")]
            case _:
                return []


def place(source: schema.Source) -> tuple[str, str]:
    """Room and user of a source; what is missing is empty.

    >>> place(schema.Source("room", user_id="U1", room_id="R1"))
    ('R1', 'U1')
    """
    user = source.user_id or ""
    match source.type:
        case "user":
            return user, user
        case "group":
            return source.group_id or "", user
        case "room":
            return source.room_id or "", user
        case _:
            return "", ""


def token_of(ref: str) -> tuple[str, int]:
    """The reply token in a reference, and until when it is taken, in milliseconds since the epoch.

    >>> token_of("3e8:abc")
    ('abc', 1000)
    >>> token_of("")
    ('', 0)
    """
    until, _, token = ref.partition(":")
    try:
        return token, int(until, 16)
    except ValueError:
        return "", 0


def _ref(event: schema.Event, now: int) -> str:
    """A token's minute begins when its event is delivered first: of a redelivery only the event's own time is known."""
    if not event.reply_token:
        return ""
    again = event.delivery_context is not None and bool(event.delivery_context.is_redelivery)
    since = min(now, event.timestamp or 0) if again else now
    return f"{max(since, 0) + FRESH:x}:{event.reply_token}"


# -- messages ----------------------------------------------------------------------------------------------------------


def _message(message: schema.Message, arrival: Arrival) -> list[Event]:
    if message.type == "text":
        return [replace(arrival, text=message.text)] if message.text else []
    attachment = _attachment(message)
    return [replace(arrival, attachments=(attachment,))] if attachment is not None else []


def _attachment(message: schema.Message) -> Attachment | None:
    """What came along; None for what is not known here."""
    match message.type:
        case "image" | "audio" | "video" | "file":
            return Attachment(_KINDS[message.type], b"", _link(message), message.file_name or "")
        case "sticker":
            name = message.text or (message.keywords or ("",))[0]
            return Attachment("image", b"", f"{STICKER}{message.package_id}/{message.sticker_id}", name)
        case "location" if message.latitude is not None and message.longitude is not None:
            link = f"geo:{message.latitude},{message.longitude}"  # as RFC 5870 writes it
            return Attachment("file", b"", link, message.title or message.address or "location")
        case _:
            return None


def _link(message: schema.Message) -> str:
    """Where a file is: with LINE, or with whoever sent it for the user."""
    provider = message.content_provider
    if provider is not None and provider.original_content_url:
        return provider.original_content_url
    return f"{LINKS}{message.type}/{message.id}"
