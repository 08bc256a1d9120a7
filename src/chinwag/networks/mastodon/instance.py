"""What an instance allows: asked once for all of its accounts in a process.

Owns what is known of instances, for an hour. An instance that does not know ``/api/v2/instance`` is asked in the older
way; one that says nothing of its limits gets Mastodon's own.
"""

import time
from urllib.parse import urlsplit

from msgspec import Struct
from msgspec.structs import replace

from chinwag.core.errors import Refused
from chinwag.core.recent import Recent
from chinwag.networks.mastodon import schema, wire
from chinwag.networks.mastodon.client import Client
from chinwag.networks.mastodon.outgoing import Rules
from chinwag.networks.mastodon.settings import Settings

AN_HOUR = 3600.0
MOST_INSTANCES = 1_000


class Known(Struct, frozen=True):
    """What an instance has said.

    Args:
        me: who we are there.
        instance: what it allows.
    """

    me: schema.Account
    instance: schema.Instance

    def rules(self, settings: Settings) -> Rules:
        """What it asks of a post."""
        limits = self.instance.configuration.statuses
        longest = self.instance.max_toot_chars or limits.max_characters
        domain = self.instance.domain
        return Rules(longest, limits.characters_reserved_per_url, domain, settings.visibility, settings.language)

    def streams(self, settings: Settings) -> str:
        """Where the streams are; only encrypted ones, unless the setting allows others."""
        named = self.instance.configuration.urls.streaming or ""
        base = named.replace("wss://", "https://", 1).replace("ws://", "http://", 1).rstrip("/")
        allowed = ("https://", "http://") if settings.allow_http else ("https://",)
        return base if base.startswith(allowed) and urlsplit(base).hostname else settings.base


class Instances:
    """What is known of instances, by URL."""

    _known = Recent[str, tuple[float, schema.Instance]](MOST_INSTANCES)  # one for all

    @classmethod
    async def ask(cls, settings: Settings, client: Client) -> schema.Instance:
        """What an instance allows.

        Args:
            settings: which.
            client: an account's calls.

        Raises:
            Revoked, RateLimited, Unreachable, Ambiguous: it does not say.
        """
        base, now = settings.base, time.monotonic()
        if base in cls._known and now - cls._known[base][0] < AN_HOUR:
            return cls._known[base][1]
        try:
            found = await client.get("/api/v2/instance", wire.instance)
        except Refused:
            found = await client.get("/api/v1/instance", wire.instance)
        if not found.domain:
            found = replace(found, domain=urlsplit(base).hostname or "")
        cls._known[base] = (now, found)
        return found
