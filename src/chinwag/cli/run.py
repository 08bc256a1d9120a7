"""``chinwag run``: a bot on a network, until it is stopped."""

from typing import Annotated

import typer

from chinwag.cli.loading import load
from chinwag.cli.options import File, Store
from chinwag.cli.serving import SERVE
from chinwag.core.errors import UsageError


def run(
    file: File,
    on: Annotated[str, typer.Option("--on", metavar="NETWORK", help="The network to serve, such as terminal.")],
    store: Store = None,
) -> None:
    """Serve a bot on a network.

    It runs until its input ends or a signal comes, and ends as `chinwag chat` does.

    Example: chinwag run examples/weather.py --on terminal
    """
    serve = SERVE.get(on)
    if serve is None:
        raise UsageError(f"there is no network {on!r}: --on takes {', '.join(sorted(SERVE))}")
    raise typer.Exit(serve(load(file), store))
