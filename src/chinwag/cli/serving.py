"""Putting a process together: a bot, its store, its network, and a worker between them."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from chinwag.bot import Bot
from chinwag.cli.location import default_path, store_path
from chinwag.cli.zone import local_zone
from chinwag.core.values import Address
from chinwag.networks.terminal.adapter import Terminal
from chinwag.networks.terminal.wire import ROOM
from chinwag.runtime.account import Account
from chinwag.runtime.clock import RealClock
from chinwag.runtime.lifecycle import Front, Signals, live
from chinwag.runtime.worker import Worker
from chinwag.stores.sqlite import MEMORY, SqliteStore

YOU = "you"


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


def _serve(account: Callable[[], tuple[Account, Front]], path: str) -> int:
    """Build everything inside the loop that it belongs to, and let it live."""
    fronts: list[Front] = []

    def restore() -> None:
        for front in fronts:
            front.restore()

    async def run() -> int:
        served, front = account()
        fronts.append(front)
        worker = Worker(SqliteStore(path), [served], RealClock(asyncio.get_running_loop()))
        return await live(worker, fronts, signals, None if path == MEMORY else path)

    with Signals(restore) as signals:
        return asyncio.run(run())


SERVE: dict[str, Callable[[Bot, str | None], int]] = {"terminal": serve_terminal}
"""The networks by name."""
