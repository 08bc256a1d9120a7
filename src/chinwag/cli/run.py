"""``chinwag run``: a bot on a network, or all accounts of a file, until it is stopped."""

from typing import Annotated, Any

import typer

from chinwag.cli.fold import serve_flock
from chinwag.cli.loading import load
from chinwag.cli.networks import names
from chinwag.cli.options import BotFile, Config, Own, Store
from chinwag.cli.serving import PORT, Options, serve
from chinwag.cli.settled import pairs
from chinwag.core.errors import UsageError


def run(
    file: BotFile = None,
    *,
    on: Annotated[str, typer.Option("--on", metavar="NETWORK", help=f"The network: {', '.join(names())}.")] = "",
    store: Store = None,
    config: Config = None,
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
    prefix: Annotated[
        str, typer.Option(metavar="PATH", help="What a proxy leaves before every path, such as /bots.")
    ] = "",
    proxy_headers: Annotated[
        bool, typer.Option("--proxy-headers", help="Believe a proxy on this machine who really asks.")
    ] = False,
    to: Annotated[
        list[str] | None,
        typer.Option(metavar="ID[@ZONE]", help="Who gets what the bot's schedules start; as often as needed."),
    ] = None,
    own: Own = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Without FILE: print what would be said, send and keep nothing.")
    ] = False,
) -> None:
    """Serve a bot on a network, or all accounts of a file.

    It runs until its input ends or a signal comes, and ends as `chinwag chat` does. Settings come from the table of the
    network's name in chinwag.toml, from the environment, and from options; what comes later weighs more. Telegram takes
    the bot's token from TELEGRAM_BOT_API_KEY, and the URL of a Bot API server of one's own from TELEGRAM_API_URL. LINE
    takes the channel's from LINE_TOKEN and LINE_SECRET, and pushes to /webhooks/line.
    XMPP takes XMPP_JID and XMPP_PASSWORD, and XMPP_SERVER as host:port if DNS does not say it.

    Without FILE and --on it serves every account of chinwag.toml, or of the file that --config names. SIGHUP, or
    `chinwag reload`, has the file read anew; `chinwag ps --accounts` shows how they fare.

    Example: chinwag run examples/weather.py --on telegram
    """
    flags: dict[str, Any] = {"webhook": webhook, "exchange": exchange, "inbox": inbox, "name": name}
    given = {key: value for key, value in flags.items() if value is not None}
    if file is None and not on:
        if given or to or own:
            raise UsageError(
                "in a file of accounts each has settings of its own: give FILE and --on, or leave options out"
            )
        raise typer.Exit(serve_flock(config, store, port, dry_run=dry_run, prefix=prefix, proxied=proxy_headers))
    if file is None or not on:
        missing = "FILE, the bot" if file is None else f"--on NETWORK, which takes {', '.join(names())}"
        raise UsageError(f"chinwag run needs {missing}; or neither, with a file of accounts (--config)")
    if dry_run:
        raise UsageError("--dry-run is for a file of accounts; one bot can be tried out with: chinwag chat FILE")
    options = Options(store, config, port, tuple(to or ()), prefix, proxy_headers, given, pairs(own or ()))
    raise typer.Exit(serve(load(file), on, options))
