"""What ``chinwag run --on telegram`` needs besides the bot: credentials, recipients, the menu of commands."""

from chinwag.bot import Bot
from chinwag.cli.audience import addressed
from chinwag.cli.kind import Kind, Setup
from chinwag.core.errors import UsageError
from chinwag.core.parts import split
from chinwag.core.values import Outgoing
from chinwag.networks.telegram.outgoing import LONGEST_TEXT
from chinwag.networks.telegram.settings import Settings
from chinwag.runtime.account import Account

LONGEST_COMMAND, LONGEST_DESCRIPTION, MOST_COMMANDS = 32, 256, 100
"""https://core.telegram.org/bots/api#botcommand"""


def telegram(setup: Setup) -> Account:
    """A bot's account on Telegram.

    Raises:
        UsageError: in one sentence, if a recipient is none.
    """
    found = [recipient(setup.name, text) for text in setup.recipients]
    from chinwag.networks.telegram.adapter import Telegram  # noqa: PLC0415 - aiogram takes seconds to import

    return Account(setup.name, setup.bot, Telegram(setup.name, setup.settings, menu(setup.bot)), found)


def menu(bot: Bot) -> list[tuple[str, str]]:
    """The commands that Telegram can show: small letters of the Latin alphabet, digits and ``_``.

    >>> menu(Bot("hello"))
    [('cancel', 'Stop what is going on.'), ('help', 'Show this list.')]
    """
    found = []
    for line in bot.help().splitlines():
        name, _, words = line.partition(" - ")
        command = name.removeprefix("/")
        fits = name != command and command.isascii() and command.replace("_", "a").isalnum()
        if fits and command == command.lower() and len(command) <= LONGEST_COMMAND:
            found.append((command, (words or command)[:LONGEST_DESCRIPTION]))
    return found[:MOST_COMMANDS]


def recipient(account: str, text: str) -> tuple[str, str]:
    """Address and time zone of a recipient.

    Args:
        account: the account's name.
        text: a user's id, or ``room/user``; behind ``@`` a time zone, if it is not this machine's.

    Raises:
        UsageError: if it is neither.

    >>> recipient("telegram:medbot", "42@Europe/Berlin")
    ('telegram:medbot/42/42', 'Europe/Berlin')
    """
    place, _, zone = text.partition("@")
    room, _, user = place.partition("/")
    if not room.removeprefix("-").replace(":", "").isdecimal() or (user and not user.isdecimal()):
        raise UsageError(f"--to takes a user's id, such as 42 or 42@Europe/Berlin, or room/user; not {text!r}")
    return addressed(account, room, user or room, zone)


def parts(message: Outgoing) -> list[str]:
    """The messages for a long text."""
    return [part for part in split(message.text, LONGEST_TEXT) if part.strip()] or [message.text]


KIND = Kind(
    settings=Settings,
    build=telegram,
    parts=parts,
    environment={"token": "TELEGRAM_BOT_API_KEY", "server": "TELEGRAM_API_URL"},
    needs={"aiogram": "telegram"},
    pushes=lambda settings: bool(settings.webhook),
)
