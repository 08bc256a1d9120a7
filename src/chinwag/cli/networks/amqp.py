"""The broadcast chat: what ``chinwag room`` and ``chinwag run --on amqp`` are set up with."""

from chinwag.bot import Bot
from chinwag.cli.kind import Kind, Setup
from chinwag.cli.zone import local_zone
from chinwag.core import schedules
from chinwag.core.errors import UsageError
from chinwag.core.values import Address
from chinwag.networks.amqp.settings import Settings
from chinwag.networks.amqp.wire import nickname, user_of
from chinwag.runtime.account import Account

ENVIRONMENT = {
    "url": "AMQP_URL",
    "exchange": "AMQP_EXCHANGE",
    "queue": "AMQP_QUEUE",
    "inbox": "AMQP_INBOX",
    "durable": "AMQP_DURABLE",
    "name": "AMQP_NAME",
    "ca": "AMQP_CA",
}


def amqp(setup: Setup) -> Account:
    """A bot's account in a room.

    Raises:
        UsageError: in one sentence, if a recipient is none, or the bot is to sit in a work queue.
    """
    settings: Settings = setup.settings
    if settings.queue:
        raise UsageError(
            "a bot sits in a room, where all hear all, and queue is the work queue of `chinwag room`: leave it out, or "
            "give inbox, a durable queue of the bot's own"
        )
    name = settings.name or named_after(setup.bot)
    found = [recipient(setup.name, settings.exchange, text) for text in setup.recipients]
    from chinwag.networks.amqp.adapter import Amqp  # noqa: PLC0415 - an extra, and slow to import

    return Account(setup.name, setup.bot, Amqp(setup.name, settings, name), found)


def named_after(bot: Bot) -> str:
    """The nickname of a bot that was given none.

    Raises:
        UsageError: if its name cannot be one.
    """
    try:
        return nickname(bot.name)
    except ValueError as error:
        raise UsageError(f"the bot's name is no nickname ({error}): give another one by name") from None


def recipient(account: str, room: str, text: str) -> tuple[str, str]:
    """Address and time zone of a recipient.

    Args:
        account: the account's name.
        room: the exchange.
        text: a nickname; behind the last ``@`` a time zone, if it is not this machine's.

    Raises:
        UsageError: if it is none.

    >>> recipient("amqp:medbot", "broadcast_chat", "anna@Europe/Berlin")
    ('amqp:medbot/broadcast_chat/anna', 'Europe/Berlin')
    """
    name, at, zone = text.rpartition("@")
    try:
        user = nickname(name if at else text)
    except ValueError as error:
        raise UsageError(f"--to takes a nickname, such as anna or anna@Europe/Berlin: {error}") from None
    if at:
        schedules.zone(zone)
    return str(Address(account, room, user_of(user))), zone if at else local_zone()


KIND = Kind(settings=Settings, build=amqp, environment=ENVIRONMENT, needs={"aio_pika": "amqp"})
