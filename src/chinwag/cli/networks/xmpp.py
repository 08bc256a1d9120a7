"""What ``chinwag run --on xmpp`` needs besides the bot: an account, recipients."""

from chinwag.cli.audience import addressed
from chinwag.cli.kind import Kind, Setup
from chinwag.cli.zone import local_zone
from chinwag.core import schedules
from chinwag.core.errors import UsageError
from chinwag.networks.xmpp.settings import Settings, is_address
from chinwag.runtime.account import Account


def xmpp(setup: Setup) -> Account:
    """A bot's account on XMPP.

    Raises:
        UsageError: in one sentence, if a recipient is none.
    """
    named = [contact(text) for text in setup.recipients if is_name(text)]
    found = [recipient(setup.name, text) for text in setup.recipients if not is_name(text)]
    from chinwag.networks.xmpp.adapter import Xmpp  # noqa: PLC0415 - slixmpp is slow to import

    network = Xmpp(setup.name, setup.settings, [name for name, _ in named])
    return Account(setup.name, setup.bot, network, found, named=named)


def is_name(text: str) -> bool:
    """Whether a recipient is named as in the contacts: by no address.

    >>> is_name("Ann"), is_name("Ann B@Europe/Berlin"), is_name("ann@example.org")
    (True, True, False)
    """
    place, at, zone = text.rpartition("@")
    return not at or ("@" not in place and "/" in zone and "." not in zone.partition("/")[0])


def contact(text: str) -> tuple[str, str]:
    """Name and time zone of a contact.

    Raises:
        UsageError: if there is no such zone, or no name.

    >>> contact("Ann B@Europe/Berlin")
    ('Ann B', 'Europe/Berlin')
    """
    place, at, zone = text.rpartition("@")
    if not at:
        place, zone = zone, local_zone()
    schedules.zone(zone)
    if not place.strip():
        raise UsageError("--to takes an address, or a contact's name; this is empty")
    return place.strip(), zone


def recipient(account: str, text: str) -> tuple[str, str]:
    """Address and time zone of a recipient.

    Args:
        account: the account's name.
        text: an address, or ``room/nickname``; behind a second ``@`` a time zone, if it is not this machine's.

    Raises:
        UsageError: if it is neither.

    >>> recipient("xmpp:medbot", "ann@example.org@Europe/Berlin")
    ('xmpp:medbot/ann@example.org/ann@example.org', 'Europe/Berlin')
    """
    place, zone = _split(text)
    room, _, nick = place.partition("/")
    room = room.lower()
    if not is_address(room):
        raise UsageError(
            f"--to takes an address, such as ann@example.org or ann@example.org@Europe/Berlin; not {text!r}"
        )
    return addressed(account, room, nick or room, zone)


def _split(text: str) -> tuple[str, str]:
    """A recipient and its time zone, empty if it names none."""
    if text.count("@") < 2:  # noqa: PLR2004 - the second stands before the zone
        return text, ""
    place, _, zone = text.rpartition("@")
    schedules.zone(zone)
    return place, zone


KIND = Kind(
    settings=Settings,
    build=xmpp,
    environment={
        "jid": "XMPP_JID",
        "password": "XMPP_PASSWORD",
        "server": "XMPP_SERVER",
        "plain": "XMPP_PLAIN",
        "ca": "XMPP_CA",
    },
    needs={"slixmpp": "xmpp", "httpx": "xmpp"},
)
