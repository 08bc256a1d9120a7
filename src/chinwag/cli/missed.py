"""``chinwag missed``: what came while a bot was down and was too old to be answered, read beside whoever serves it."""

import msgspec
import typer
from msgspec import Struct

from chinwag.cli.location import found_path
from chinwag.cli.options import Config, Json, Store
from chinwag.cli.times import iso, moment
from chinwag.core.lines import one_line
from chinwag.networks.xmpp.missed import KEPT, Missed
from chinwag.stores.reader import Reader


class Line(Struct, frozen=True):
    """One message, as it is listed.

    Args:
        at: when it was said, as an ISO time.
        account: to which account.
        room: where.
        user: who said it.
        text: the words, or the addresses of files.
    """

    at: str
    account: str
    room: str
    user: str
    text: str


def missed(*, json: Json = False, store: Store = None, config: Config = None) -> None:
    """List what came while a bot was down, too old to be answered.

    Of bots on XMPP, which find in the archive what they missed; `catch_up` says what is too old. The newest 1,000 of
    each account are kept.

    Example: chinwag missed
    """
    with Reader(found_path(store, None, config)) as reader:
        found = sorted(
            (
                _line(account, one)
                for account, kept in reader.kept(KEPT)
                for one in msgspec.json.decode(kept, type=list[Missed])
            ),
            key=lambda line: line.at,
        )
    if json:
        typer.echo(msgspec.json.encode(found).decode())
        return
    for line in found:
        who = line.user if line.user == line.room else f"{line.room}/{line.user}"
        typer.echo(f"{moment(line.at)}  {line.account}  {one_line(who)}  {one_line(line.text)}")
    if not found:
        typer.echo("nothing was missed")


def _line(account: str, one: Missed) -> Line:
    return Line(iso(one.at), account, one.room, one.user, one.text)
