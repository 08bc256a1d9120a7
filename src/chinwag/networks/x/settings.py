"""What an account on X is set up with: its keys, where they are renewed, and what it may spend.

Refuses, in one sentence, what cannot be one of them, before anything large is imported. No key stands in an error or in
a ``repr``.
"""

from urllib.parse import urlsplit

from msgspec import Struct

from chinwag.core.errors import UsageError
from chinwag.core.settings import File

X = "https://api.x.com"
MOST = 100_000_000
LEAST_PAUSE = 5.0
LAST_DAY = 28
_FIRST = ("consumer_key", "consumer_secret", "token", "token_secret")
_SECOND = ("client_id", "access_token")


class Settings(Struct, frozen=True):
    """The settings of one account: keys of OAuth 1.0a (the first four), or of OAuth 2 (the next five).

    Args:
        consumer_key: the app's key.
        consumer_secret: the app's secret.
        token: the account's.
        token_secret: the account's.
        client_id: the app's, for OAuth 2.
        client_secret: the app's; empty if it is a public one.
        access_token: the account's, for two hours.
        refresh_token: gets the next one; it is good for one time.
        expires_at: when the access token ends, in seconds since the epoch; 0 if that is not known.
        key_file: the file that keys of OAuth 2 are read from, and written to when they are renewed.
        posts_per_month: so many posts and direct messages are sent in a month, and no more.
        reads_per_month: so many posts and messages of others are read in a month, and no more.
        month_begins: the day on which a month begins, as X bills it; 1 to 28.
        look_every: how often it is looked for what has come, in seconds; 0 for never.
        direct: whether direct messages are read, too; each look at them is at least one read.
        server: a base URL in the place of X's own.
        allow_http: whether that may be spoken to without encryption.

    Raises:
        UsageError: if one of them cannot be what it should be.

    >>> Settings("app", "secret", "mine", "secret")
    Settings(OAuth 1.0a, posts_per_month=500, reads_per_month=100)
    """

    consumer_key: str = ""
    consumer_secret: str = ""
    token: str = ""
    token_secret: str = ""
    client_id: str = ""
    client_secret: str = ""
    access_token: str = ""
    refresh_token: str = ""
    expires_at: float = 0
    key_file: File = ""
    posts_per_month: int = 500
    reads_per_month: int = 100
    month_begins: int = 1
    look_every: float = 300.0
    direct: bool = False
    server: str = X
    allow_http: bool = False

    def __post_init__(self) -> None:
        self._check_keys()
        if not (0 <= self.posts_per_month <= MOST and 0 <= self.reads_per_month <= MOST):
            raise UsageError("posts_per_month and reads_per_month are numbers from 0 to 100,000,000")
        if not 1 <= self.month_begins <= LAST_DAY:
            raise UsageError("month_begins is a day from 1 to 28, that on which X begins to count anew")
        if self.look_every and not LEAST_PAUSE <= self.look_every <= MOST:
            raise UsageError("look_every is a number of seconds from 5, or 0 to look never")
        parts = urlsplit(self.server)
        if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or "@" in parts.netloc:
            raise UsageError(f"the server of X is no URL: leave it out, or write it like {X}")
        if parts.scheme == "http" and not self.allow_http:
            raise UsageError(f"{parts.hostname} would be spoken to without encryption: set allow_http = true")

    def _check_keys(self) -> None:
        first = [bool(getattr(self, name)) for name in _FIRST]
        second = [bool(getattr(self, name)) for name in _SECOND]
        if any(first) and not all(first):
            missing = ", ".join(name for name, there in zip(_FIRST, first, strict=True) if not there)
            raise UsageError(
                f"X needs all four keys of OAuth 1.0a, and {missing} is missing: `chinwag auth x` gets them"
            )
        if not (all(first) or all(second) or self.key_file):
            raise UsageError(
                "X needs keys: set X_CONSUMER_KEY, X_CONSUMER_SECRET, X_TOKEN and X_TOKEN_SECRET, or X_KEY_FILE to a "
                "file that `chinwag auth x` has written"
            )
        if self.refresh_token and not self.key_file:
            raise UsageError("a refresh_token is good for one time: set key_file, where the next one can be written")

    @property
    def base(self) -> str:
        """The URL that paths are added to."""
        return self.server.rstrip("/")

    @property
    def sort(self) -> str:
        """Which OAuth it is."""
        return "OAuth 1.0a" if self.consumer_key else "OAuth 2"

    def __repr__(self) -> str:
        return f"Settings({self.sort}, posts_per_month={self.posts_per_month}, reads_per_month={self.reads_per_month})"
