"""What ``chinwag run --on telegram`` needs besides the bot: credentials, recipients, the menu of commands."""

import os
from collections.abc import Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

from chinwag.bot import Bot
from chinwag.cli.zone import local_zone
from chinwag.core import schedules
from chinwag.core.errors import UsageError
from chinwag.core.values import Address
from chinwag.networks.telegram.settings import Settings
from chinwag.runtime.account import Account

if TYPE_CHECKING:
    from chinwag.networks.telegram.adapter import Telegram

KEY, SERVER = "TELEGRAM_BOT_API_KEY", "TELEGRAM_API_URL"
LONGEST_COMMAND, LONGEST_DESCRIPTION, MOST_COMMANDS = 32, 256, 100
"""https://core.telegram.org/bots/api#botcommand"""


def telegram(bot: Bot, webhook: str, recipients: Sequence[str]) -> "tuple[Account, Telegram]":
    """A bot's account on Telegram.

    Args:
        bot: what it can do.
        webhook: the public URL for pushes; empty to fetch updates.
        recipients: who gets what a schedule starts, as ``--to`` has them.

    Raises:
        UsageError: in one sentence, if something is missing.
    """
    if find_spec("aiogram") is None:
        raise UsageError("Telegram needs aiogram: pip install 'chinwag[telegram]'")
    token = os.environ.get(KEY, "").strip()
    if not token:
        raise UsageError(f"Telegram needs the bot's token: set {KEY}=123456:ABC-DEF, as @BotFather gave it")
    settings = Settings(token, os.environ.get(SERVER, "").strip(), webhook)
    name = f"telegram:{bot.name}"
    found = [recipient(name, text) for text in recipients]
    from chinwag.networks.telegram.adapter import Telegram  # noqa: PLC0415 - aiogram takes seconds to import

    network = Telegram(name, settings, menu(bot))
    return Account(name, bot, network, found), network


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
    if zone:
        schedules.zone(zone)
    return str(Address(account, room, user or room)), zone or local_zone()
