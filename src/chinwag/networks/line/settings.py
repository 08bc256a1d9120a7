"""What a bot on LINE is set up with: the channel's token and secret, and where LINE is.

Refuses, in one sentence, what cannot be one of them, before anything large is imported. Token and secret stand in no
error and in no ``repr``.
"""

from urllib.parse import urlsplit

from msgspec import Struct

from chinwag.core.errors import UsageError

PATH = "/webhooks/line"
_WEB = {"http", "https"}


class Settings(Struct, frozen=True):
    """The settings of one channel.

    Args:
        token: the channel access token, from the LINE Developers Console.
        secret: the channel secret, from there too.
        server: the base URL that replaces the host of every API of LINE; empty for LINE's own.
        path: where LINE pushes to.
        names: whether the names of users are asked for.

    Raises:
        UsageError: if one of them cannot be what it should be.

    >>> Settings("token", "secret")
    Settings(token='…', secret='…', server='', path='/webhooks/line', names=True)
    """

    token: str = ""
    secret: str = ""
    server: str = ""
    path: str = PATH
    names: bool = True

    def __post_init__(self) -> None:
        for name, what, value in (
            ("LINE_TOKEN", "the channel access token", self.token),
            ("LINE_SECRET", "the channel secret", self.secret),
        ):
            if not value:
                raise UsageError(f"LINE needs {what}: set {name}, as the LINE Developers Console shows it")
            if not value.isascii() or not value.isprintable() or " " in value:
                raise UsageError(f"{name} is not {what}: copy it from the LINE Developers Console")
        if self.server and not _is_url(self.server):
            raise UsageError("LINE_API_URL is no URL: write http://host:port or https://host, or leave it out")
        if not self.path.startswith("/") or any(c in self.path for c in "{}?# "):
            raise UsageError(f"the webhook's path begins with a slash, such as {PATH}; this is {self.path!r}")

    def __repr__(self) -> str:
        return f"Settings(token='…', secret='…', server={self.server!r}, path={self.path!r}, names={self.names!r})"


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in _WEB and bool(parts.hostname) and not parts.query and not parts.fragment
