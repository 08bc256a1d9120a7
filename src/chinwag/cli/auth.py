"""``chinwag auth``: the keymaker. It walks through a network's consent for each account, and writes the key."""

import asyncio
import os
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer
from msgspec import Struct

from chinwag.cli.configuration import Configuration, configuration
from chinwag.cli.flock import entries
from chinwag.cli.kind import secret
from chinwag.cli.networks import kind
from chinwag.core.errors import ChinwagError, UsageError

NETWORKS = ("mastodon", "x")
"""Each a module of ``chinwag.cli.keymaker``."""
PORT = 8976
KEYS = Path("keys")


class Wanted(Struct, frozen=True):
    """A key that is wanted.

    Args:
        network: of which network.
        name: of which account.
        path: where it is to be.
        given: what is known of the account.
    """

    network: str
    name: str
    path: Path
    given: dict[str, Any]

    def __repr__(self) -> str:
        return f"Wanted({self.name!r})"


class Wishes(Struct, frozen=True):
    """How keys are to be made.

    Args:
        port: where the browser comes back to.
        redo: whether there is to be a new one where there is one.
        pin: whether a code is typed.
        opens: whether links are opened in a browser.
    """

    port: int
    redo: bool
    pin: bool
    opens: bool


def auth(
    network: Annotated[str, typer.Argument(metavar="NETWORK", help="mastodon or x.", show_default=False)],
    account: Annotated[str | None, typer.Option(metavar="NAME", help="The account whose key is made.")] = None,
    config: Annotated[
        Path | None, typer.Option(metavar="PATH", help="The file of accounts; chinwag.toml, if it is there.")
    ] = None,
    url: Annotated[str | None, typer.Option(metavar="URL", help="The instance of Mastodon.")] = None,
    keys: Annotated[Path | None, typer.Option(metavar="FOLDER", help="Where keys are kept; keys, if left out.")] = None,
    port: Annotated[int, typer.Option(metavar="N", min=0, max=65_535, help="Where the browser comes back to.")] = PORT,
    *,
    all_of_them: Annotated[bool, typer.Option("--all", help="Walk through all accounts of the file.")] = False,
    redo: Annotated[bool, typer.Option("--redo", help="Make a new key where there is one.")] = False,
    pin: Annotated[bool, typer.Option("--pin", help="Type a code, instead of being sent back.")] = False,
    revoke: Annotated[bool, typer.Option("--revoke", help="Have the key forgotten by its network.")] = False,
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Show links, and open none.")] = False,
) -> None:
    """Make the key of an account, by a link to open.

    At a Mastodon instance the app is registered by itself. X wants the app's own keys, from its developer portal, in
    X_CLIENT_ID and X_CLIENT_SECRET, or in X_CONSUMER_KEY and X_CONSUMER_SECRET. `n` skips an account.

    Example: chinwag auth mastodon --url https://mastodon.example --account blake
    """
    if network not in NETWORKS:
        raise UsageError(f"{network} has no keys that are made so: chinwag auth takes {' or '.join(NETWORKS)}")
    kind(network)  # whether what it stands on is installed
    if find_spec("authlib") is None:
        raise UsageError(f"chinwag auth needs authlib: pip install 'chinwag[{network}]'")
    found = configuration(config)
    alone = {**found.tables.get(network, {}), **({"url": url} if url else {})}
    wanted = _wanted(network, found, keys, {"url": url} if url else {})
    chosen = _chosen(wanted, account, found, every=all_of_them)
    if not chosen:
        name = account or ""
        folder = found.path.parent / (keys or found.keys or KEYS)
        chosen = [Wanted(network, name, folder / f"{name}.json", _known(network, alone))]
    if revoke:
        asyncio.run(_revoke_all(chosen))
        return
    wishes = Wishes(port, redo, pin, not no_browser)
    if not asyncio.run(_make_all(chosen, wishes)):
        raise typer.Exit(1)


def _chosen(wanted: Sequence[Wanted], account: str | None, found: Configuration, *, every: bool) -> list[Wanted]:
    """Which keys are meant; none if it is of an account that no file has."""
    names = ", ".join(one.name for one in wanted)
    if every:
        if account is not None or not wanted:
            words = "--all and --account do not go together" if account else f"{found.path} has no such accounts"
            raise UsageError(f"{words}: choose one of --account NAME and --all")
        return list(wanted)
    if account is None:
        raise UsageError(f"whose key? Give --account NAME, or --all{f': there is {names}' if names else ''}")
    if "/" in account or not account.strip(".") or not account.isprintable():
        raise UsageError(f"{account!r} is no name of an account")
    chosen = [one for one in wanted if one.name == account]
    if not chosen and wanted and found.many:
        raise UsageError(f"{found.path} has no account {account!r}: there is {names}")
    return chosen


def _wanted(network: str, found: Configuration, keys: Path | None, more: dict[str, Any]) -> list[Wanted]:
    """The keys that a file of accounts asks for."""
    if not found.many:
        return []
    folder = found.path.parent / (keys or found.keys or KEYS)
    wanted = []
    for entry in entries(found):
        if entry.network == network:
            given = {**entry.shared, **entry.kept, **entry.given, **more}
            wanted.append(
                Wanted(network, entry.name, entry.key or folder / f"{entry.name}.json", _known(network, given))
            )
    return wanted


def _known(network: str, given: dict[str, Any]) -> dict[str, Any]:
    """What is known of an account: what it is given, and what the environment says."""
    sort = kind(network)
    known = {name: value for name, value in given.items() if name in sort.settings.__struct_fields__}
    apps = {"client_id": f"{network.upper()}_CLIENT_ID", "client_secret": f"{network.upper()}_CLIENT_SECRET"}
    for field, variable in {**sort.environment, **apps}.items():
        if os.environ.get(variable, "").strip() and field not in {"token", "token_secret"}:
            known.setdefault(field, os.environ[variable].strip())
    for name, value in known.items():
        if isinstance(value, dict) and name not in {"token", "token_secret"}:
            known[name] = secret(value, os.environ, "the file")
    if "allow_http" in known:
        known["allow_http"] = str(known["allow_http"]).lower() in {"true", "1"}
    return known


async def _make_all(wanted: Sequence[Wanted], wishes: Wishes) -> bool:
    """Make keys one by one; what goes wrong with one is told, and the others are made. Whether all went well."""
    from chinwag.cli.keymaker.walk import Skipped, Window  # noqa: PLC0415 - what it stands on is slow to import
    from chinwag.cli.keymaker.window import Lines  # noqa: PLC0415 - likewise

    window = Window(Lines(), typer.echo, wishes.opens)
    apps: dict[str, dict[str, str]] = {}
    well = True
    try:
        for one in wanted:
            try:
                await _make(window, one, wishes, apps)
            except Skipped as skipped:
                typer.echo(f"{one.name}: {skipped}.")
            except ChinwagError as error:
                if len(wanted) == 1:
                    raise
                well = False
                typer.echo(f"{one.name}: {error}", err=True)
    finally:
        window.lines.close()
    return well


async def _make(window: Any, one: Wanted, wishes: Wishes, apps: dict[str, dict[str, str]]) -> None:
    from chinwag.transport.keys import read_key, write_key  # noqa: PLC0415 - likewise

    maker = import_module(f"chinwag.cli.keymaker.{one.network}")
    there = read_key(one.path) if one.path.exists() else {}
    if not wishes.redo and any(there.get(name) for name in maker.SECRETS if name.endswith("token")):
        window.say(f"{one.name}: there is a key, {one.path}; --redo makes a new one.")
        return
    await window.ask(f"{one.name}: Enter makes its key for {one.network}, n skips:")
    key, who = await maker.make(window, {**one.given, **_app(there, one.given)}, wishes.port, apps, pin=wishes.pin)
    kept = {name: value for name, value in there.items() if name not in maker.SECRETS}
    extra = {name: one.given[name] for name in ("allow_http", "server") if one.given.get(name)}
    write_key(one.path, {"network": one.network, "name": one.name, **extra, **kept, **key})
    window.say(f"{one.name}: the key of {who} is in {one.path}.")


def _app(there: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """The app's own keys, if only the key has them."""
    names = ("consumer_key", "consumer_secret", "client_id", "client_secret", "url", "server")
    return {name: there[name] for name in names if there.get(name) and not given.get(name)}


async def _revoke_all(wanted: Sequence[Wanted]) -> None:
    """Have keys forgotten by their network, and forget them."""
    from chinwag.transport.keys import read_key, write_key  # noqa: PLC0415 - likewise

    for one in wanted:
        maker = import_module(f"chinwag.cli.keymaker.{one.network}")
        key = read_key(one.path)
        if not any(key.get(name) for name in maker.SECRETS):
            typer.echo(f"{one.name}: there is no key in {one.path}.")
            continue
        await maker.revoke({**one.given, **key})
        write_key(one.path, {name: value for name, value in key.items() if name not in maker.SECRETS})
        typer.echo(f"{one.name}: the key is revoked, and gone from {one.path}.")
