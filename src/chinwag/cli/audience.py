"""Whom an account speaks to, and whether it listens: what the networks' modules have in common here."""

from chinwag.bot import Bot
from chinwag.cli.zone import local_zone
from chinwag.core import schedules
from chinwag.core.values import Address


def addressed(account: str, room: str, user: str, zone: str) -> tuple[str, str]:
    """Address and time zone of a recipient.

    Args:
        account: the account's name.
        room: where it is spoken to.
        user: who.
        zone: the name of its time zone; empty for this machine's.

    Raises:
        UsageError: if there is no such zone.

    >>> addressed("telegram:medbot", "42", "42", "Europe/Berlin")
    ('telegram:medbot/42/42', 'Europe/Berlin')
    """
    if zone:
        schedules.zone(zone)
    return str(Address(account, room, user)), zone or local_zone()


def hears(bot: Bot, *, joins: bool = False) -> bool:
    """Whether anything that arrives is of use to a bot: one that only posts need not look for it.

    Args:
        bot: which.
        joins: whether the network tells who joins.

    >>> hears(Bot("sheep")), hears(Bot("hello", fallback="Write /start"))
    (False, True)
    """
    begun = bot.commands or bot.triggers or bot.listener or bot.fallback or bot.scheduled
    return bool(begun or (joins and bot.greeter))
