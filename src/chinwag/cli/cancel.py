"""``chinwag cancel``: end a conversation from outside."""

from typing import Annotated

import typer

from chinwag.cli.options import BotFile, Number, Store
from chinwag.cli.ordering import order
from chinwag.runtime.orders import CANCEL, CANCEL_FORCE


def cancel(
    number: Number,
    file: BotFile = None,
    *,
    force: Annotated[bool, typer.Option("--force", help="End it without running any of its code.")] = False,
    store: Store = None,
) -> None:
    """Cancel a conversation.

    Its function sees `Cancelled`, and its `finally` runs. If nobody serves the bot now, FILE is needed, or --force.

    Example: chinwag cancel 3
    """
    order(number, CANCEL_FORCE if force else CANCEL, file, store)
