"""Putting a process together: bots, their store, their networks, and a worker between them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from msgspec import Struct

from chinwag.bot import Bot
from chinwag.cli.configuration import Configuration, configuration
from chinwag.cli.kind import Setup, gather
from chinwag.cli.location import default_path, store_path
from chinwag.cli.networks import kind
from chinwag.cli.settled import settled
from chinwag.core.errors import UsageError
from chinwag.runtime.account import Account
from chinwag.runtime.clock import RealClock
from chinwag.runtime.lifecycle import Front, Signals, live
from chinwag.runtime.worker import Worker
from chinwag.stores.sqlite import MEMORY, SqliteStore

PORT = 8080
SPECIAL = set("{}?#% ")
"""What a path may not have: some of it means something to whoever routes."""


class Web(Struct, frozen=True):
    """Where networks push to.

    Args:
        port: where the web server listens.
        prefix: what stands before every path there; empty, or ``/some/thing``.
        proxied: whether a proxy on this machine tells who really asks.

    Raises:
        UsageError: if the prefix is none.

    >>> Web(prefix="bots/")
    Traceback (most recent call last):
    ...
    chinwag.core.errors.UsageError: --prefix takes the beginning of a path, such as /bots; this is 'bots/'
    """

    port: int = PORT
    prefix: str = ""
    proxied: bool = False

    def __post_init__(self) -> None:
        if self.prefix and (not self.prefix.startswith("/") or self.prefix.endswith("/") or set(self.prefix) & SPECIAL):
            raise UsageError(f"--prefix takes the beginning of a path, such as /bots; this is {self.prefix!r}")


DEFAULT = Web()


class Options(Struct, frozen=True):
    """What ``chinwag run`` is told besides the bot and the network.

    Args:
        store: the value of ``--store``.
        config: the value of ``--config``.
        port: the value of ``--port``.
        to: the values of ``--to``.
        prefix: the value of ``--prefix``.
        proxied: whether ``--proxy-headers`` was given.
        flags: the network's own settings, by their fields' names.
        own: the bot's, likewise.
    """

    store: str | None = None
    config: Path | None = None
    port: int | None = None
    to: tuple[str, ...] = ()
    prefix: str = ""
    proxied: bool = False
    flags: Mapping[str, Any] = {}
    own: Mapping[str, Any] = {}


class Served(Struct, frozen=True):
    """An account that is served.

    Args:
        account: its network is a ``Front``.
        pushed: whether that pushes to a port of ours; then it is a ``Webhook`` too.
    """

    account: Account
    pushed: bool = False

    @property
    def front(self) -> Front:
        """Its network."""
        return cast("Front", self.account.network)


def serve(bot: Bot, network: str, options: Options) -> int:
    """Serve a bot on a network until its input ends or a signal comes.

    Args:
        bot: what it can do.
        network: the network's name.
        options: the command line's.

    Returns:
        The exit code.

    Raises:
        UsageError: if a setting is missing, or is none.
        ChinwagError: if the network does not want this bot.
    """
    build, path = plan(bot, network, options)
    web = Web(PORT if options.port is None else options.port, options.prefix, options.proxied)
    return keep_serving(lambda: [build()], path, web)


def plan(bot: Bot, network: str, options: Options) -> tuple[Callable[[], Served], str]:
    """How a bot is served on a network.

    Args:
        bot: what it can do.
        network: the network's name.
        options: the command line's.

    Returns:
        What builds its account, inside a loop, and the path of the store.

    Raises:
        UsageError: if a setting is missing, or is none.
    """
    sort = kind(network)
    found = configuration(options.config)
    table = dict(found.tables.get(network, {}))
    recipients = _recipients(options.to or table.pop("to", ()), found.path)
    settings = gather(sort, table, options.flags, where=f"{found.path}, [{network}]")
    pushed = sort.pushes(settings)
    _check_port(settings, options.port, pushed=pushed)

    path = _path(options.store, found, bot)
    own = settled(bot, options.own)
    setup = Setup(name=f"{network}:{bot.name}", bot=bot, settings=settings, recipients=recipients, store=path)

    def build() -> Served:
        account = sort.account(setup)
        if own is not None:
            account.equip(own)
        return Served(account, pushed)

    return build, path


def serve_terminal(bot: Bot, store: str | None, own: Mapping[str, Any]) -> int:
    """Serve a bot in the terminal until the input ends or a signal comes.

    Args:
        bot: what it can do.
        store: the value of ``--store``.
        own: the bot's settings, by their names.

    Returns:
        The exit code.
    """
    return serve(bot, "terminal", Options(store=store, own=own))


def keep_serving(accounts: Callable[[], Sequence[Served]], path: str, web: Web = DEFAULT) -> int:
    """Build everything inside the loop that it belongs to, and let it live.

    Args:
        accounts: makes them.
        path: the store's.
        web: where whoever pushes, pushes to.

    Returns:
        The exit code.
    """
    fronts: list[Front] = []

    def restore() -> None:
        for front in fronts:
            front.restore()

    async def run() -> int:
        served = accounts()
        fronts.extend(one.front for one in served)
        worker = Worker(SqliteStore(path), [one.account for one in served], RealClock(asyncio.get_running_loop()))
        pushing = [one.front for one in served if one.pushed]
        async with _webserver(pushing, web, lambda: bool(signals.number) or worker.troubled):
            code = await live(worker, fronts, signals, None if path == MEMORY else path)
        for front in fronts:
            if front.failure is not None:
                raise front.failure
        return code

    with Signals(restore) as signals:
        return asyncio.run(run())


def _path(store: str | None, found: Configuration, bot: Bot) -> str:
    """Where the store is: as the command line says, or the file (from the file's folder), or under the bot's name."""
    if store is not None or found.store is None:
        return default_path(bot.name) if store is None else store_path(store)
    path = store_path(found.store)
    return path if path == MEMORY else str(found.path.parent / path)


def _recipients(given: Any, path: Path) -> tuple[str, ...]:
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        raise UsageError(f'{path}: to takes a list of recipients, such as to = ["anna"]')
    return tuple(given)


def need_webserver() -> None:
    """Look whether there can be a web server.

    Raises:
        UsageError: if it is not installed.
    """
    if find_spec("uvicorn") is None:
        raise UsageError("a webhook needs a web server: pip install 'chinwag[web]'")


def _check_port(settings: Struct, port: int | None, *, pushed: bool) -> None:
    """Whether there can be a web server, if there is to be one."""
    if pushed:
        need_webserver()
    if port is not None and not pushed:
        choosable = "webhook" in settings.__struct_fields__
        advice = "give --webhook too, the public URL that leads there" if choosable else "leave it out"
        raise UsageError(f"--port is where a webhook listens: {advice}")


def _webserver(fronts: Sequence[Any], web: Web, busy: Callable[[], bool]) -> AbstractAsyncContextManager[Any]:
    """Where networks push to, if any does."""
    if not fronts:
        return nullcontext()
    from chinwag.runtime.webserver import WebServer  # noqa: PLC0415 - an extra, and slow to import

    return WebServer(web.port, fronts, busy, prefix=web.prefix, proxied=web.proxied)
