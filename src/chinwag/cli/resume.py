"""``chinwag resume``: a conversation that failed or diverged goes on, after the code was mended."""

from typing import Annotated

import typer

from chinwag.cli.options import BotFile, Number, Store
from chinwag.cli.ordering import order
from chinwag.runtime.orders import RERUN, RESUME


def resume(
    number: Number,
    file: BotFile = None,
    *,
    rerun: Annotated[bool, typer.Option("--rerun", help="Run the step anew by whose outcome it failed.")] = False,
    store: Store = None,
) -> None:
    """Let a failed or diverged conversation go on.

    It is replayed, and gets the input again by which it failed. If nobody serves the bot just now, FILE is needed.

    Example: chinwag resume 3 examples/weather.py
    """
    order(number, RERUN if rerun else RESUME, file, store)
