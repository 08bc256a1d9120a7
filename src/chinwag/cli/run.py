"""``chinwag run``: a bot on a network, until it is stopped."""

from pathlib import Path
from typing import Annotated, Any

import typer

from chinwag.cli.loading import load
from chinwag.cli.networks import names
from chinwag.cli.options import File, Store
from chinwag.cli.serving import PORT, Options, serve


def run(
    file: File,
    on: Annotated[str, typer.Option("--on", metavar="NETWORK", help=f"The network: {', '.join(names())}.")],
    store: Store = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="PATH", help="The file with settings; chinwag.toml in the current folder, if it is there."
        ),
    ] = None,
    webhook: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Have updates pushed to this public URL, instead of fetching them."),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, max=65_535, help=f"Where the webhook listens, at the URL's path; {PORT} if left out."
        ),
    ] = None,
    exchange: Annotated[
        str | None, typer.Option(metavar="NAME", help="amqp: the room; broadcast_chat if left out.")
    ] = None,
    inbox: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="amqp: a durable queue that keeps what is said while the bot is down."),
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="amqp: the bot's nickname; the bot's name if left out.")
    ] = None,
    to: Annotated[
        list[str] | None,
        typer.Option(metavar="ID[@ZONE]", help="Who gets what the bot's schedules start; as often as needed."),
    ] = None,
) -> None:
    """Serve a bot on a network.

    It runs until its input ends or a signal comes, and ends as `chinwag chat` does. Settings come from the table of the
    network's name in chinwag.toml, from the environment, and from options; what comes later weighs more. Telegram takes
    the bot's token from TELEGRAM_BOT_API_KEY, and the URL of a Bot API server of one's own from TELEGRAM_API_URL. LINE
    takes the channel's from LINE_TOKEN and LINE_SECRET, and pushes to /webhooks/line.
    XMPP takes XMPP_JID and XMPP_PASSWORD, and XMPP_SERVER as host:port if DNS does not say it.

    Example: chinwag run examples/weather.py --on telegram
    """
    flags: dict[str, Any] = {"webhook": webhook, "exchange": exchange, "inbox": inbox, "name": name}
    given = {key: value for key, value in flags.items() if value is not None}
    raise typer.Exit(serve(load(file), on, Options(store, config, port, tuple(to or ()), given)))
