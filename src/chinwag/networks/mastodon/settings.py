"""What an account on Mastodon is set up with: the instance, the token, who may see its posts.

Refuses, in one sentence, what cannot be one of them, before anything large is imported. The token stands in no error
and in no ``repr``.
"""

from typing import get_args
from urllib.parse import urlsplit

from msgspec import Struct

from chinwag.core.errors import UsageError
from chinwag.core.settings import File
from chinwag.core.values import Visibility

_SCHEMES = {"https", "http"}


class Settings(Struct, frozen=True):
    """The settings of one account.

    Args:
        url: the instance's, such as ``https://mastodon.example``.
        token: the access token of the account; ``chinwag auth mastodon`` gets one.
        allow_http: whether the instance may be spoken to without encryption, where all on the way see the token.
        certificate: a file with a certificate to trust, for an instance that signed its own.
        visibility: who may see the posts: ``public``, ``unlisted``, ``private`` or ``direct``; empty for everybody, and
            in an answer who may see what is answered.
        language: of the posts, as ISO 639 has it; empty for what the account says.
        client_id: of the app that the token belongs to; only `chinwag auth` uses it, to have the token revoked.
        client_secret: likewise.
        key_file: a file with ``url`` and ``token``, as `chinwag auth` writes it, where they are not given.

    Raises:
        UsageError: if one of them cannot be what it should be.

    >>> Settings("https://mastodon.example", "Xq-6c")
    Settings(url='https://mastodon.example', token='…', visibility='')
    """

    url: str = ""
    token: str = ""
    allow_http: bool = False
    certificate: File = ""
    visibility: str = ""
    language: str = ""
    client_id: str = ""
    client_secret: str = ""
    key_file: File = ""

    def __post_init__(self) -> None:
        if self.visibility and self.visibility not in get_args(Visibility):
            raise UsageError(f"visibility is one of {', '.join(get_args(Visibility))}; not {self.visibility!r}")
        if self.url or not self.key_file:
            self._check_url()
        if self.token or not self.key_file:
            self._check_token()

    def _check_url(self) -> None:
        if not self.url:
            raise UsageError("Mastodon needs the URL of the instance: set MASTODON_URL=https://mastodon.example")
        check_url(self.url, allow_http=self.allow_http)

    def _check_token(self) -> None:
        if not self.token:
            raise UsageError("Mastodon needs the account's token: set MASTODON_TOKEN, or let `chinwag auth` get one")
        if not self.token.isascii() or not self.token.isprintable() or " " in self.token:
            raise UsageError("the token of Mastodon is no token: `chinwag auth mastodon` gets one from the instance")

    @property
    def base(self) -> str:
        """The URL that paths are added to."""
        return self.url.rstrip("/")

    def __repr__(self) -> str:
        return f"Settings(url={self.url!r}, token='…', visibility={self.visibility!r})"


def check_url(url: str, *, allow_http: bool) -> None:
    """Refuse what is no URL of an instance.

    Args:
        url: of the instance.
        allow_http: whether it may do without encryption.

    Raises:
        UsageError: if it is none, or must not.
    """
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in _SCHEMES or not parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
        raise UsageError("the URL of the instance is none: write it like https://mastodon.example")
    if parts.scheme == "http" and not allow_http:
        raise UsageError(
            f"{parts.hostname} would be spoken to without encryption, and its token be seen by everybody on the way: "
            "write https://, or set allow_http = true"
        )
