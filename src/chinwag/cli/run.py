"""``chinwag run``: a bot on a network, until it is stopped."""

from typing import Annotated

import typer

from chinwag.cli.loading import load
from chinwag.cli.options import File, Store
from chinwag.cli.serving import PORT, SERVE, Options
from chinwag.core.errors import UsageError


def run(
    file: File,
    on: Annotated[str, typer.Option("--on", metavar="NETWORK", help="The network: terminal or telegram.")],
    store: Store = None,
    webhook: Annotated[
        str, typer.Option(metavar="URL", help="Have updates pushed to this public URL, instead of fetching them.")
    ] = "",
    port: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, max=65_535, help=f"Where the webhook listens, at the URL's path; {PORT} if left out."
        ),
    ] = None,
    to: Annotated[
        list[str] | None,
        typer.Option(metavar="ID[@ZONE]", help="Who gets what the bot's schedules start; as often as needed."),
    ] = None,
) -> None:
    """Serve a bot on a network.

    It runs until its input ends or a signal comes, and ends as `chinwag chat` does. Telegram takes the bot's token from
    TELEGRAM_BOT_API_KEY, and the URL of a Bot API server of one's own from TELEGRAM_API_URL.

    Example: chinwag run examples/weather.py --on telegram
    """
    serve = SERVE.get(on)
    if serve is None:
        raise UsageError(f"there is no network {on!r}: --on takes {', '.join(sorted(SERVE))}")
    raise typer.Exit(serve(load(file), Options(store, webhook, port, tuple(to or ()))))
