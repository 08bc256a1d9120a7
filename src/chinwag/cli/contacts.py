"""``chinwag contacts``: who waits to be let in, and the answer to them."""

from enum import StrEnum
from typing import Annotated

import msgspec
import typer

from chinwag.cli.answers import done
from chinwag.cli.location import found_path
from chinwag.cli.options import Config, Json, Store
from chinwag.core.errors import UsageError
from chinwag.runtime.contacts import Request
from chinwag.runtime.control import ask


class Wish(StrEnum):
    """What is wanted of those who wait."""

    LIST = "list"
    ACCEPT = "accept"
    REFUSE = "refuse"


def contacts(
    wish: Annotated[Wish, typer.Argument(metavar="[list|accept|refuse]", show_default=False)] = Wish.LIST,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", show_default=False)] = "",
    *,
    account: Annotated[
        str, typer.Option("--account", metavar="NAME", help="By which account, if there are several.")
    ] = "",
    json: Json = False,
    store: Store = None,
    config: Config = None,
) -> None:
    """List who waits to be a contact, and accept or refuse them.

    For bots on XMPP with `contacts = "ask"`. Whoever waits goes on waiting until there is an answer, also when the bot
    is started anew. The process that serves the bot is asked, so it has to run.

    Example: chinwag contacts accept ann@example.org
    """
    if (wish is Wish.LIST) == bool(address):
        raise UsageError("say who: chinwag contacts accept ADDRESS, or refuse ADDRESS; or nothing, to list who waits")
    path = found_path(store, None, config)
    answer = ask(path, Request(wish.value, address, account))
    if answer is None:
        raise UsageError(f"nobody serves {path} now: begin with chinwag run; the server tells it once more who waits")
    waiting = done(answer).waiting or []
    if json and wish is Wish.LIST:
        typer.echo(msgspec.json.encode(waiting).decode())
    else:
        typer.echo("\n".join(f"{one.account}  {one.address}" for one in waiting) or answer.words)
