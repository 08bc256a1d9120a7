"""The parts of X's entities that are read here. Pure.

https://docs.x.com/x-api/introduction
"""

from msgspec import Struct


class Url(Struct, frozen=True):
    """A link in a text: how it is written there, and where it leads."""

    url: str = ""
    expanded_url: str = ""
    media_key: str = ""


class Entities(Struct, frozen=True):
    """What is found in a text."""

    urls: list[Url] = []


class Attachments(Struct, frozen=True):
    """Files of a post or a message."""

    media_keys: list[str] = []


class Note(Struct, frozen=True):
    """A long post in full."""

    text: str = ""
    entities: Entities = Entities()


class Post(Struct, frozen=True):
    """A post."""

    id: str
    text: str = ""
    author_id: str = ""
    entities: Entities = Entities()
    attachments: Attachments = Attachments()
    note_tweet: Note | None = None


class Direct(Struct, frozen=True):
    """A direct message, as an event."""

    id: str
    event_type: str = ""
    text: str = ""
    sender_id: str = ""
    dm_conversation_id: str = ""
    entities: Entities = Entities()
    attachments: Attachments = Attachments()


class User(Struct, frozen=True):
    """Somebody."""

    id: str
    username: str = ""
    name: str = ""


class Media(Struct, frozen=True):
    """A file."""

    media_key: str = ""
    type: str = ""
    url: str = ""
    alt_text: str = ""


class Includes(Struct, frozen=True):
    """Who and what a page mentions."""

    users: list[User] = []
    media: list[Media] = []


class Meta(Struct, frozen=True):
    """Where the next page is."""

    next_token: str = ""
    result_count: int = 0


class Problem(Struct, frozen=True):
    """An error: RFC 7807, or the older form."""

    title: str = ""
    detail: str = ""
    type: str = ""
    message: str = ""
    error_description: str = ""


class Errors(Struct, frozen=True):
    """Several errors."""

    errors: list[Problem] = []
