"""The webhook's side of a bot: who may push updates, and when a push is answered.

Telegram repeats the secret of ``setWebhook`` in a header of every push. It is compared in constant time, before a byte
is parsed. It is new at every start, as the webhook is registered at every start.
"""

import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

HEADER = "x-telegram-bot-api-secret-token"


class Hook:
    """Where updates are pushed to, and the secret.

    Args:
        url: the public URL, registered as it is.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.path = urlsplit(url).path or "/"
        self.secret = secrets.token_urlsafe(32)

    def allows(self, headers: Mapping[str, str]) -> bool:
        """Whether a push comes from Telegram.

        Args:
            headers: with names in lower case.
        """
        return hmac.compare_digest(headers.get(HEADER, "").encode(), self.secret.encode())
