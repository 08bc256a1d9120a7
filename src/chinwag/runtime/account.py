"""An account: one identity of a bot on one network, and all that its conversations share."""

import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from weakref import WeakKeyDictionary

from msgspec import structs

from chinwag.bot import Bot
from chinwag.core.conversation import Manner
from chinwag.core.settings import Given
from chinwag.core.values import EVERYBODY, Address
from chinwag.ports import Gathering, Network, Posting, Pressable


class Account:
    """One identity of a bot on one network.

    Args:
        name: network and account, such as ``telegram:mybot``.
        bot: what it can do.
        network: the adapter.
        recipients: who gets what a schedule starts: address and time zone of each.
        named: likewise, by a name that the network looks up once it is connected: name and time zone of each.
        zone: the time zone of whoever has said none.
    """

    __slots__ = ("bot", "fingerprint", "gathers", "manner", "name", "named", "network", "recipients", "shares", "zone")

    def __init__(
        self,
        name: str,
        bot: Bot,
        network: Network,
        recipients: Sequence[tuple[str, str]] = (),
        *,
        named: Sequence[tuple[str, str]] = (),
        zone: str = "UTC",
    ) -> None:
        self.name = name
        self.bot = bot
        self.network = network
        self.recipients = tuple(recipients)
        self.named = tuple(named)
        self.zone = zone
        self.shares = bot.shares
        self.gathers = isinstance(network, Gathering)
        homes, self.fingerprint = _code(bot)
        self.manner = Manner(
            bot.texts,
            homes,
            network.numbered,
            isinstance(network, Pressable),
            isinstance(network, Posting) and network.posts,
            bot.settings,
        )

    def equip(self, settings: Given) -> None:
        """Give it the bot's settings, in place of the defaults.

        Args:
            settings: made of the class that the bot declares.
        """
        self.manner = structs.replace(self.manner, settings=settings)

    @property
    def standing(self) -> str:
        """The address of what always runs: in no room, with nobody."""
        return standing(self.name)

    @property
    def homes(self) -> list[str]:
        """The addresses of the recipients, and those that their rooms share."""
        places = [place for place, _ in self.recipients]
        if self.shares:
            places += dict.fromkeys(str(Address(self.name, Address.parse(place).room, EVERYBODY)) for place in places)
        return places


def standing(account: str) -> str:
    """Where what always runs for an account lives.

    >>> standing("mastodon:blake")
    'mastodon:blake/-/-'
    """
    return f"{account}/-/-"


_known: WeakKeyDictionary[Bot, tuple[frozenset[str], str]] = WeakKeyDictionary()


def _code(bot: Bot) -> tuple[frozenset[str], str]:
    """The modules of a bot and their digest, once for all of its accounts."""
    known = _known.get(bot)
    homes = bot.homes
    if known is None or known[0] != homes:
        known = _known[bot] = (homes, fingerprint(bot))
    return known


def fingerprint(bot: Bot) -> str:
    """A digest of the source of the bot's modules; it decides only when a diverged conversation is tried again."""
    digest = hashlib.blake2b(digest_size=8)
    for home in sorted(bot.homes):
        source = getattr(sys.modules.get(home), "__file__", None)
        digest.update(home.encode())
        if source and Path(source).is_file():
            digest.update(Path(source).read_bytes())
    return digest.hexdigest()


def user_of(address: str) -> str:
    """Whose durable data a conversation has: the user's on this account; a shared conversation has the room's."""
    account, _, rest = address.partition("/")
    user = rest.partition("/")[2]
    return address if user == "*" else f"{account}/{user}"
