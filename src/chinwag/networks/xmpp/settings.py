"""What a bot on XMPP is set up with: its account, its server, its rooms, and what it does about what it missed.

Refuses, in one sentence, what cannot be one of them, before anything large is imported. The password stands in no error
and in no ``repr``.
"""

import re
from pathlib import Path
from typing import Literal

from msgspec import Struct

from chinwag.core.errors import UsageError

DAY = 86_400
LONGEST_JID = 1023
HIGHEST_PORT = 65_535

_LOCAL = re.compile(r"[^\s\"&'/:<>@]+")
_DOMAIN = re.compile(r"[^\s\"&'/<>@]+")


class Settings(Struct, frozen=True):
    """The settings of one account.

    Args:
        jid: its address, such as ``medbot@example.org``; behind ``/`` a resource, if it should have a certain one.
        password: its password.
        server: ``host:port``, if it is not what the domain's DNS says.
        plain: whether a connection without TLS will do, as to a server on the same machine.
        ca: a file of certificates in PEM to trust, instead of the system's.
        rooms: addresses of rooms to sit in; behind ``/`` a nickname, if it is not the account's own name.
        contacts: who may see whether it is online: everybody who asks, whoever an operator lets in (by
            ``chinwag contacts``), or nobody.
        catch_up: what arrived while it was down is answered if it is at most so many seconds old.

    Raises:
        UsageError: if one of them cannot be what it should be.

    >>> Settings("medbot@example.org", "secret")
    Settings(jid='medbot@example.org', password='…', server='', plain=False)
    """

    jid: str = ""
    password: str = ""
    server: str = ""
    plain: bool = False
    ca: str = ""
    rooms: tuple[str, ...] = ()
    contacts: Literal["accept", "ask", "refuse"] = "accept"
    catch_up: float = DAY

    def __post_init__(self) -> None:
        if not self.jid:
            raise UsageError("XMPP needs the bot's address: set XMPP_JID=bot@example.org")
        if not is_address(self.jid.partition("/")[0]):
            raise UsageError(f"XMPP_JID is no address: it looks like bot@example.org, not {self.jid!r:.80}")
        if not self.password:
            raise UsageError("XMPP needs the account's password: set XMPP_PASSWORD")
        if self.server:
            endpoint(self.server)
        self._check_rest()

    def _check_rest(self) -> None:
        if self.ca and not Path(self.ca).is_file():
            raise UsageError(f"XMPP_CA names the file {self.ca}, and there is none: it takes certificates in PEM")
        for room in self.rooms:
            if not is_address(room.partition("/")[0]):
                raise UsageError(f"a room has an address such as friends@rooms.example.org, not {room!r:.80}")
        if not self.catch_up >= 0:
            raise UsageError("catch_up takes seconds, such as 86400 for a day")

    def __repr__(self) -> str:
        return f"Settings(jid={self.jid!r}, password='…', server={self.server!r}, plain={self.plain})"


def is_address(text: str) -> bool:
    """Whether a text is a bare address: ``name@domain``.

    >>> is_address("medbot@example.org"), is_address("medbot"), is_address("a b@c")
    (True, False, False)
    """
    local, at, domain = text.partition("@")
    fits = len(text.encode(errors="replace")) <= LONGEST_JID
    return bool(at and fits and _LOCAL.fullmatch(local) and _DOMAIN.fullmatch(domain))


def endpoint(server: str) -> tuple[str, int]:
    """Host and port of a server.

    Raises:
        UsageError: if it has not both.

    >>> endpoint("xmpp.example.org:5222"), endpoint("[::1]:5222")
    (('xmpp.example.org', 5222), ('::1', 5222))
    """
    host, _, port = server.rpartition(":")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    elif ":" in host:
        host = ""
    if not host or not (port.isascii() and port.isdecimal()) or not 0 < int(port) <= HIGHEST_PORT:
        raise UsageError(f"XMPP_SERVER takes host:port, such as xmpp.example.org:5222, not {server!r:.80}")
    return host, int(port)
