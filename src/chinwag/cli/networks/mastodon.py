"""What ``chinwag run --on mastodon`` needs besides the bot: whether it listens, and whom schedules are for."""

import re

from chinwag.cli.audience import addressed, hears
from chinwag.cli.kind import Kind, Setup
from chinwag.core.errors import UsageError
from chinwag.core.values import Outgoing
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

    network = Mastodon(setup.name, setup.settings, hears=hears(setup.bot, joins=True))
    return Account(setup.name, setup.bot, network, found)


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
    place = found["place"].lower()
    return addressed(account, place, place.removeprefix("@"), found["zone"] or "")


def parts(message: Outgoing) -> list[str]:
    """The posts for a message, on an instance that takes as much as most do.

    >>> parts(Outgoing(1, "mastodon:bot", "-", "-", text="word " * 101))[1]
    'word'
    """
    from chinwag.networks.mastodon.outgoing import Rules, posts  # noqa: PLC0415 - only a rehearsal needs it here

    return [post.text for post in posts(message, Rules())]


KIND = Kind(
    settings=Settings,
    build=mastodon,
    parts=parts,
    environment={
        "url": "MASTODON_URL",
        "token": "MASTODON_TOKEN",
        "allow_http": "MASTODON_ALLOW_HTTP",
        "visibility": "MASTODON_VISIBILITY",
        "key_file": "MASTODON_KEY_FILE",
    },
    needs={"aiohttp": "mastodon"},
)
