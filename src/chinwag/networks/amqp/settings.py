"""What the broadcast chat is set up with: the broker, the exchange, the queues.

Refuses, in one sentence, what cannot be one of them, before anything large is imported. A password stands in no error
and in no ``repr``. There is no way to leave a certificate unchecked.
"""

from difflib import get_close_matches
from urllib.parse import parse_qsl, unquote, urlsplit, urlunsplit

from msgspec import Struct

from chinwag.core.errors import UsageError
from chinwag.networks.amqp.wire import EXCHANGE, LONGEST_NAME, nickname

URL = "amqp://guest:guest@localhost/"
PORTS = {"amqp": 5672, "amqps": 5671}
QUERY = ("heartbeat", "timeout", "name", "auth", "cafile", "capath", "certfile", "keyfile")
"""What may stand behind the URL's question mark: https://docs.aio-pika.com/#url-examples"""


class Settings(Struct, frozen=True):
    """The settings of the chat, for people and for bots.

    Args:
        url: the broker's, as https://www.rabbitmq.com/docs/uri-spec has it; ``amqps`` checks the certificate.
        exchange: the room.
        queue: for people, the work queue that takes the room's place.
        inbox: for bots, the durable queue that keeps what is said while the bot is down; empty for one that lives as
            long as the connection.
        durable: whether exchange and work queue outlive the broker; the programs of the original then cannot join.
        name: the nickname; empty for the bot's name, or to ask.
        ca: a file with the certificates of those who may vouch for the broker; empty for the system's.

    Raises:
        UsageError: if one of them cannot be what it should be.

    >>> Settings("amqp://anna:hush@broker.example/chat")
    Settings(url='amqp://anna:…@broker.example/chat', exchange='broadcast_chat')
    """

    url: str = URL
    exchange: str = EXCHANGE
    queue: str = ""
    inbox: str = ""
    durable: bool = False
    name: str = ""
    ca: str = ""

    def __post_init__(self) -> None:
        _check_url(self.url)
        for what, value in (("exchange", self.exchange), ("queue", self.queue), ("inbox", self.inbox)):
            size = len(value.encode("utf-8", "replace"))
            if size > LONGEST_NAME or value.startswith("amq."):
                raise UsageError(
                    f"the {what} is named with 1 to {LONGEST_NAME} bytes, and not amq.…, which is the broker's own; "
                    f"this is {value[:40]!r}"
                )
        if not self.exchange:
            raise UsageError(f"the exchange needs a name, such as {EXCHANGE}")
        if self.name:
            try:
                nickname(self.name)
            except ValueError as error:
                raise UsageError(f"the name cannot be used: {error}") from None
        if self.ca and urlsplit(self.url).scheme != "amqps":
            raise UsageError("a ca file is for amqps:// alone: write AMQP_URL=amqps://…, or leave it out")

    @property
    def place(self) -> str:
        """Host and port, for a sentence.

        >>> Settings("amqps://broker.example/").place
        'broker.example:5671'
        """
        parts = urlsplit(self.url)
        return f"{parts.hostname}:{parts.port or PORTS[parts.scheme]}"

    def __repr__(self) -> str:
        shown = {"url": masked(self.url), "exchange": self.exchange}
        shown |= {name: value for name in self.__struct_fields__[2:] if (value := getattr(self, name))}
        return f"Settings({', '.join(f'{name}={value!r}' for name, value in shown.items())})"


def masked(url: str) -> str:
    """A broker's URL without its password.

    >>> masked("amqp://guest:guest@localhost/")
    'amqp://guest:…@localhost/'
    """
    parts = urlsplit(url)
    user, at, place = parts.netloc.rpartition("@")
    name, colon, _ = user.partition(":")
    return urlunsplit((parts.scheme, f"{name}{colon}{'…' if colon else ''}{at}{place}", parts.path, "", ""))


def has_password(url: str) -> bool:
    """Whether a URL holds a password other than the one that everybody knows."""
    return urlsplit(url).password not in {None, "guest"}


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        sound = parts.scheme in PORTS and bool(parts.hostname) and parts.port != 0 and "/" not in parts.path[1:]
        unquote(parts.path, errors="strict")
    except ValueError:
        sound = False
        parts = urlsplit("")
    if not sound or any(map(str.isspace, url)):
        raise UsageError("AMQP_URL is no URL of a broker: write amqp://user:password@host:port/vhost, or amqps://…")
    for key, _ in parse_qsl(parts.query, keep_blank_values=True):
        if key == "no_verify_ssl":
            raise UsageError("certificates are always checked: name the one who vouches for yours, by ca or AMQP_CA")
        if key not in QUERY:
            near = get_close_matches(key, QUERY, 1)
            raise UsageError(
                f"AMQP_URL has {key[:40]!r} behind its question mark"
                f"{f'; do you mean {near[0]!r}?' if near else ', and only ' + ', '.join(QUERY) + ' can stand there'}"
            )
