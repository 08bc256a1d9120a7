"""What a bot on Telegram is set up with: its token, the server, the webhook.

Refuses, in one sentence, what cannot be one of them, before anything large is imported. The token stands in no error
and in no ``repr``.
"""

from urllib.parse import urlsplit

from msgspec import Struct

from chinwag.core.errors import UsageError

_WEB = {"http", "https"}


class Settings(Struct, frozen=True):
    """The settings of one bot.

    Args:
        token: from @BotFather.
        server: the base URL of a Bot API server of one's own; empty for Telegram's.
        webhook: the public URL at which updates are pushed, registered as it is; empty to fetch them.

    Raises:
        UsageError: if one of them cannot be what it should be.

    >>> Settings("123456:ABC-DEF")
    Settings(token='…', server='', webhook='')
    """

    token: str = ""
    server: str = ""
    webhook: str = ""

    def __post_init__(self) -> None:
        if not self.token:
            raise UsageError(
                "Telegram needs the bot's token: set TELEGRAM_BOT_API_KEY=123456:ABC-DEF, as @BotFather gave it"
            )
        number, _, secret = self.token.partition(":")
        if not number.isdecimal() or not secret or any(map(str.isspace, self.token)):
            raise UsageError("TELEGRAM_BOT_API_KEY is no token: it looks like 123456:ABC-DEF, as @BotFather gave it")
        if self.server and (not _is_url(self.server) or "{" in self.server):
            raise UsageError("TELEGRAM_API_URL is no URL of a Bot API server: write http://host:port or https://host")
        if self.webhook and not _is_url(self.webhook):
            raise UsageError("--webhook takes the public URL, such as https://bots.example.org/weather")
        if self.webhook.startswith("http:") and not self.server:
            raise UsageError(
                "--webhook takes an https:// URL; plain http:// needs TELEGRAM_API_URL, a server of your own"
            )

    def __repr__(self) -> str:
        return f"Settings(token='…', server={self.server!r}, webhook={self.webhook!r})"


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in _WEB and bool(parts.hostname)
