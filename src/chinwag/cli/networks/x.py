"""What ``chinwag run --on x`` needs besides the bot: whether it looks for what comes, and whom schedules are for."""

import re

from chinwag.cli.audience import addressed, hears
from chinwag.cli.kind import Kind, Setup
from chinwag.core.errors import UsageError
from chinwag.core.values import Outgoing
from chinwag.networks.x.settings import Settings
from chinwag.runtime.account import Account

_RECIPIENT = re.compile(r"(?P<place>-|@?\d{1,19})(?:@(?P<zone>.+))?")


def x(setup: Setup) -> Account:
    """A bot's account on X.

    Raises:
        UsageError: in one sentence, if a recipient is none, or a key cannot be used.
    """
    found = [recipient(setup.name, text) for text in setup.recipients]
    from chinwag.networks.x.adapter import X  # noqa: PLC0415 - what it stands on is slow to import

    return Account(setup.name, setup.bot, X(setup.name, setup.settings, hears=hears(setup.bot)), found)


def recipient(account: str, text: str) -> tuple[str, str]:
    """Address and time zone of a recipient.

    Args:
        account: the account's name.
        text: a user's id for direct messages, ``@id`` for posts that name them, ``-`` for posts; behind one more ``@``
            a time zone, if it is not this machine's.

    Raises:
        UsageError: if it is none of them.

    >>> recipient("x:medbot", "42@Europe/Berlin")
    ('x:medbot/42/42', 'Europe/Berlin')
    """
    found = _RECIPIENT.fullmatch(text.strip())
    if found is None:
        raise UsageError(f"--to takes a user's id, such as 42, @42 for posts, or - for the timeline; not {text!r}")
    return addressed(account, found["place"], found["place"].removeprefix("@"), found["zone"] or "")


def parts(message: Outgoing) -> list[str]:
    """The posts, or direct messages, for a message.

    >>> parts(Outgoing(1, "x:bot", "-", "-", text="word " * 57))[1]
    'word'
    """
    from chinwag.networks.x.outgoing import calls  # noqa: PLC0415 - it loads all emoji

    return [call.text for call in calls(message)]


KIND = Kind(
    settings=Settings,
    build=x,
    parts=parts,
    environment={
        "consumer_key": "X_CONSUMER_KEY",
        "consumer_secret": "X_CONSUMER_SECRET",
        "token": "X_TOKEN",
        "token_secret": "X_TOKEN_SECRET",
        "key_file": "X_KEY_FILE",
        "posts_per_month": "X_POSTS_PER_MONTH",
        "reads_per_month": "X_READS_PER_MONTH",
        "direct": "X_DIRECT",
        "server": "X_API_URL",
        "allow_http": "X_ALLOW_HTTP",
    },
    needs={"aiohttp": "x", "authlib": "x", "emoji": "x"},
)
