"""What of LINE's webhook objects is read. Pure: declarations alone.

Names are LINE's own, in Python's spelling. Only the fields that something here uses; all others, and all that later
versions bring, are skipped by the decoder. What LINE may leave out may be missing, and null is taken for missing.
https://developers.line.biz/en/reference/messaging-api/#webhook-event-objects
"""

from msgspec import Struct


class Callback(Struct, gc=False, rename="camel"):
    """https://developers.line.biz/en/reference/messaging-api/#request-body."""

    events: "list[Event]"
    destination: str | None = None


class Source(Struct, gc=False, rename="camel"):
    """https://developers.line.biz/en/reference/messaging-api/#source-user."""

    type: str | None = None
    user_id: str | None = None
    group_id: str | None = None
    room_id: str | None = None


class ContentProvider(Struct, gc=False, rename="camel"):
    """Who has a file: LINE, or somebody else."""

    type: str | None = None
    original_content_url: str | None = None


class Message(Struct, gc=False, rename="camel"):
    """https://developers.line.biz/en/reference/messaging-api/#message-event, of whatever type."""

    type: str
    id: str
    text: str | None = None
    content_provider: ContentProvider | None = None
    file_name: str | None = None
    title: str | None = None
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    package_id: str | None = None
    sticker_id: str | None = None
    keywords: list[str] | None = None


class DeliveryContext(Struct, gc=False, rename="camel"):
    """Whether an event was delivered before, or tried to be."""

    is_redelivery: bool | None = None


class Postback(Struct, gc=False, rename="camel"):
    """https://developers.line.biz/en/reference/messaging-api/#postback-event."""

    data: str


class Members(Struct, gc=False, rename="camel"):
    """Who joined or left."""

    members: list[Source] | None = None


class Event(Struct, gc=False, rename="camel"):
    """https://developers.line.biz/en/reference/messaging-api/#common-properties, with what its types add."""

    type: str
    webhook_event_id: str | None = None
    timestamp: int | None = None
    mode: str | None = None
    source: Source | None = None
    reply_token: str | None = None
    delivery_context: DeliveryContext | None = None
    message: Message | None = None
    postback: Postback | None = None
    joined: Members | None = None
    left: Members | None = None
