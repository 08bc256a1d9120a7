"""What ``chinwag run --on mastodon`` needs besides the bot: whether it listens, and whom schedules are for."""

import re

from chinwag.bot import Bot
from chinwag.cli.kind import Kind, Setup
from chinwag.cli.zone import local_zone
from chinwag.core import schedules
from chinwag.core.errors import UsageError
from chinwag.core.values import Address
from chinwag.networks.mastodon.settings import Settings
from chinwag.runtime.account import Account

_RECIPIENT = re.compile(r"(?P<place>-|@?[^\s@/]+@[^\s@/]+)(?:@(?P<zone>.+))?")


def mastodon(setup: Setup) -> Account:
    """A bot's account on Mastodon.

    Raises:
        UsageError: in one sentence, if a recipient is none.
    """
    found = [recipient(setup.name, text) for text in setup.recipients]
    from chinwag.networks.mastodon.adapter import Mastodon  # noqa: PLC0415 - what it stands on is slow to import

    return Account(setup.name, setup.bot, Mastodon(setup.name, setup.settings, hears=hears(setup.bot)), found)


def hears(bot: Bot) -> bool:
    """Whether anything that arrives is of use to a bot: one that only posts needs no stream.

    >>> hears(Bot("sheep")), hears(Bot("hello", fallback="Write /start"))
    (False, True)
    """
    begun = bot.commands or bot.triggers or bot.listener or bot.greeter or bot.fallback or bot.scheduled
    return bool(begun)


def recipient(account: str, text: str) -> tuple[str, str]:
    """Address and time zone of a recipient.

    Args:
        account: the account's name.
        text: ``name@host`` for direct messages, ``@name@host`` for answers in public, ``-`` for posts; behind one more
            ``@`` a time zone, if it is not this machine's.

    Raises:
        UsageError: if it is none of them.

    >>> recipient("mastodon:medbot", "ann@mastodon.example@Europe/Berlin")
    ('mastodon:medbot/ann@mastodon.example/ann@mastodon.example', 'Europe/Berlin')
    """
    found = _RECIPIENT.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"--to takes name@host, @name@host for answers in public, or - for posts; not {text!r}")
    place, zone = found["place"].lower(), found["zone"] or ""
    if zone:
        schedules.zone(zone)
    return str(Address(account, place, place.removeprefix("@"))), zone or local_zone()


KIND = Kind(
    settings=Settings,
    build=mastodon,
    environment={
        "url": "MASTODON_URL",
        "token": "MASTODON_TOKEN",
        "allow_http": "MASTODON_ALLOW_HTTP",
        "visibility": "MASTODON_VISIBILITY",
        "key_file": "MASTODON_KEY_FILE",
    },
    needs={"aiohttp": "mastodon"},
)
