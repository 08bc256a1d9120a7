"""``chinwag room``: the broadcast chat on RabbitMQ, for people."""

from pathlib import Path
from typing import Annotated, Any

import typer

from chinwag.core.errors import UsageError

room = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="Talk in a room on RabbitMQ: listen, send, or join.\n\n"
    "The broker is AMQP_URL, amqp://guest:guest@localhost/ if it is not set.\n\n"
    "Example: chinwag room join",
)

Config = Annotated[
    Path | None,
    typer.Option(
        "--config", metavar="PATH", help="The file with settings; chinwag.toml in the current folder, if it is there."
    ),
]
Url = Annotated[
    str | None,
    typer.Option("--url", metavar="URL", help="The broker; a password belongs into AMQP_URL, where no list shows it."),
]
Exchange = Annotated[
    str | None, typer.Option("--exchange", metavar="NAME", help="The room; broadcast_chat if left out.")
]
Queue = Annotated[
    str | None, typer.Option("--queue", metavar="NAME", help="A work queue instead: each message reaches one listener.")
]
Durable = Annotated[
    bool | None, typer.Option("--durable", help="Exchange and work queue outlive the broker.", show_default=False)
]
Name = Annotated[str | None, typer.Option("--name", metavar="NAME", help="Your name; asked for if left out.")]
Ca = Annotated[
    str | None,
    typer.Option("--ca", metavar="FILE", help="Who may vouch for an amqps:// broker, instead of the system's."),
]


@room.command()
def listen(
    *,
    config: Config = None,
    url: Url = None,
    exchange: Exchange = None,
    queue: Queue = None,
    durable: Durable = None,
    ca: Ca = None,
) -> None:
    """Show what is said in the room, until SIGTERM or Ctrl-C.

    Example: chinwag room listen
    """
    found = settings(config, url=url, exchange=exchange, queue=queue, durable=durable, ca=ca)
    from chinwag.cli.rooms.listening import listen as run  # noqa: PLC0415 - an extra

    raise typer.Exit(run(found))


@room.command()
def send(
    *,
    config: Config = None,
    url: Url = None,
    exchange: Exchange = None,
    queue: Queue = None,
    durable: Durable = None,
    name: Name = None,
    ca: Ca = None,
) -> None:
    """Say something in the room, a line a message; "exit" ends it.

    Example: echo "it is done" | chinwag room send --name backup
    """
    found = settings(config, url=url, exchange=exchange, queue=queue, durable=durable, name=name, ca=ca)
    from chinwag.cli.rooms.sending import send as run  # noqa: PLC0415 - an extra

    raise typer.Exit(run(found))


@room.command()
def join(
    *,
    config: Config = None,
    url: Url = None,
    exchange: Exchange = None,
    durable: Durable = None,
    name: Name = None,
    ca: Ca = None,
) -> None:
    """Listen and talk in one window; /who, /nick NAME, /quit.

    Example: chinwag room join --name anna
    """
    found = settings(config, url=url, exchange=exchange, durable=durable, name=name, ca=ca)
    from chinwag.cli.rooms.joining import join as run  # noqa: PLC0415 - an extra

    raise typer.Exit(run(found))


def settings(config: Path | None, **flags: Any) -> Any:
    """The settings of the room: of the file, then the environment, then the options.

    Raises:
        UsageError: in one sentence, if one of them is none, or aio-pika is not installed.
    """
    from chinwag.cli.configuration import configuration  # noqa: PLC0415 - only what is called pays
    from chinwag.cli.kind import gather  # noqa: PLC0415 - likewise
    from chinwag.cli.networks import kind  # noqa: PLC0415 - likewise
    from chinwag.networks.amqp.settings import has_password  # noqa: PLC0415 - likewise

    sort = kind("amqp")
    found = configuration(config)
    table = {key: value for key, value in found.tables.get("amqp", {}).items() if key != "to"}
    given = {key: value for key, value in flags.items() if value is not None}
    merged = gather(sort, table, given, where=str(found.path))
    if "url" in given and has_password(given["url"]):
        raise UsageError("everybody on this machine can read a command line: put a URL with a password into AMQP_URL")
    return merged
