"""The parts of Mastodon's entities that are read here. Pure.

Everything may be missing: servers of the same protocol differ, and what is not there is not worth an error.
https://docs.joinmastodon.org/entities/
"""

from msgspec import Struct


class Account(Struct, frozen=True):
    """Who somebody is; ``acct`` has the host, unless it is the instance's own."""

    id: str = ""
    acct: str = ""
    username: str = ""
    display_name: str = ""
    url: str = ""


class Mention(Struct, frozen=True):
    """Who is mentioned in a status."""

    id: str = ""
    acct: str = ""
    username: str = ""
    url: str = ""


class Media(Struct, frozen=True):
    """A file of a status; without ``url`` it is not there yet."""

    id: str = ""
    type: str = ""
    url: str | None = None
    description: str | None = None


class Status(Struct, frozen=True):
    """A post. Its content is HTML."""

    id: str
    account: Account = Account()
    content: str = ""
    visibility: str = "public"
    mentions: list[Mention] = []
    media_attachments: list[Media] = []


class Notification(Struct, frozen=True):
    """That something happened to an account."""

    id: str
    type: str
    account: Account = Account()
    status: Status | None = None


class Statuses(Struct, frozen=True):
    """Limits of a post."""

    max_characters: int = 500
    max_media_attachments: int = 4
    characters_reserved_per_url: int = 23


class Attachments(Struct, frozen=True):
    """Limits of files, in bytes, and which kinds there may be."""

    supported_mime_types: list[str] = []
    image_size_limit: int = 16 << 20
    video_size_limit: int = 99 << 20
    description_limit: int = 1500


class Urls(Struct, frozen=True):
    """Where the streams are."""

    streaming: str | None = None


class Configuration(Struct, frozen=True):
    """What an instance allows."""

    statuses: Statuses = Statuses()
    media_attachments: Attachments = Attachments()
    urls: Urls = Urls()


class Instance(Struct, frozen=True):
    """What an instance says of itself: ``/api/v2/instance``."""

    domain: str = ""
    configuration: Configuration = Configuration()
    max_toot_chars: int | None = None
    """Servers without ``configuration`` say this, if anything."""


class Trouble(Struct, frozen=True):
    """An error's words."""

    error: str = ""
    error_description: str = ""
