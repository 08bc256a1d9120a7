"""``chinwag retry``: messages that failed, or may not have arrived, are sent once more."""

from chinwag.cli.options import BotFile, Number, Store
from chinwag.cli.ordering import order
from chinwag.runtime.orders import RETRY


def retry(number: Number, file: BotFile = None, store: Store = None) -> None:
    """Send a conversation's failed or uncertain messages again.

    An uncertain one may arrive twice. If nobody serves the bot just now, they are sent at its next start.

    Example: chinwag retry 3
    """
    order(number, RETRY, file, store)
