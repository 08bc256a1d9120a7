"""Putting a process together: a bot, its store, its network, and a worker between them."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from msgspec import Struct

from chinwag.bot import Bot
from chinwag.cli.location import default_path, store_path
from chinwag.cli.telegram import telegram
from chinwag.cli.zone import local_zone
from chinwag.core.errors import UsageError
from chinwag.core.values import Address
from chinwag.networks.terminal.adapter import Terminal
from chinwag.networks.terminal.wire import ROOM
from chinwag.runtime.account import Account
from chinwag.runtime.clock import RealClock
from chinwag.runtime.lifecycle import Front, Signals, live
from chinwag.runtime.worker import Worker
from chinwag.stores.sqlite import MEMORY, SqliteStore

YOU = "you"
PORT = 8080


class Options(Struct, frozen=True):
    """What ``chinwag run`` is told besides the bot and the network.

    Args:
        store: the value of ``--store``.
        webhook: the value of ``--webhook``, empty for none.
        port: the value of ``--port``.
        to: the values of ``--to``.
    """

    store: str | None = None
    webhook: str = ""
    port: int | None = None
    to: tuple[str, ...] = ()


def serve_terminal(bot: Bot, store: str | None) -> int:
    """Serve a bot in the terminal until the input ends or a signal comes.

    Args:
        bot: what it can do.
        store: the value of ``--store``.

    Returns:
        The exit code.
    """
    path = store_path(store) if store is not None else default_path(bot.name)
    name = f"terminal:{bot.name}"

    def account() -> tuple[Account, Front]:
        history = None if path == MEMORY else Path(f"{path}.history")
        terminal = Terminal(name, user=YOU, history=history)
        return Account(name, bot, terminal, [(str(Address(name, ROOM, YOU)), local_zone())]), terminal

    return _serve(account, path)


def serve_telegram(bot: Bot, options: Options) -> int:
    """Serve a bot on Telegram until a signal comes.

    Args:
        bot: what it can do.
        options: the command line's.

    Returns:
        The exit code.

    Raises:
        UsageError: if something is missing.
        ChinwagError: if Telegram does not want this bot.
    """
    if options.port is not None and not options.webhook:
        raise UsageError("--port is where a webhook listens: give --webhook too, the public URL that leads there")
    if options.webhook and find_spec("uvicorn") is None:
        raise UsageError("--webhook needs a web server: pip install 'chinwag[web]'")
    path = store_path(options.store) if options.store is not None else default_path(bot.name)
    port = PORT if options.port is None else options.port
    return _serve(lambda: telegram(bot, options.webhook, options.to), path, port if options.webhook else None)


def _serve_terminal(bot: Bot, options: Options) -> int:
    if options.webhook or options.port is not None or options.to:
        raise UsageError("--webhook, --port and --to are for networks, and the terminal is none: leave them out")
    return serve_terminal(bot, options.store)


def _serve(account: Callable[[], tuple[Account, Front]], path: str, port: int | None = None) -> int:
    """Build everything inside the loop that it belongs to, and let it live."""
    fronts: list[Front] = []

    def restore() -> None:
        for front in fronts:
            front.restore()

    async def run() -> int:
        served, front = account()
        fronts.append(front)
        worker = Worker(SqliteStore(path), [served], RealClock(asyncio.get_running_loop()))
        async with _webserver(front, port, signals):
            code = await live(worker, fronts, signals, None if path == MEMORY else path)
        failure = getattr(front, "failure", None)  # why a network cannot go on
        if failure is not None:
            raise failure
        return code

    with Signals(restore) as signals:
        return asyncio.run(run())


def _webserver(front: Any, port: int | None, signals: Signals) -> AbstractAsyncContextManager[Any]:
    """Where the network pushes to, if it does."""
    if port is None:
        return nullcontext()
    from chinwag.runtime.webserver import WebServer  # noqa: PLC0415 - an extra, and slow to import

    return WebServer(port, [front], lambda: bool(signals.number))


SERVE: dict[str, Callable[[Bot, Options], int]] = {"terminal": _serve_terminal, "telegram": serve_telegram}
"""The networks by name."""
