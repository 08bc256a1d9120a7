"""``chinwag run --config FILE``: the process that serves the accounts of a file."""

import asyncio
import random
from pathlib import Path

from chinwag.cli.configuration import FILE, Configuration, configuration
from chinwag.cli.doors import Doors
from chinwag.cli.flock import flock
from chinwag.cli.location import configured_path, store_path
from chinwag.cli.rehearsal import rehearse
from chinwag.cli.serving import PORT, Web
from chinwag.core.errors import UsageError
from chinwag.runtime.clock import RealClock
from chinwag.runtime.fold import Flock, Fold
from chinwag.runtime.lifecycle import Signals
from chinwag.runtime.worker import Worker
from chinwag.stores.sqlite import MEMORY, SqliteStore


def serve_flock(
    config: Path | None,
    store: str | None,
    port: int | None,
    *,
    dry_run: bool,
    prefix: str = "",
    proxied: bool = False,
) -> int:
    """Serve all accounts of a file until a signal comes.

    Args:
        config: the value of ``--config``.
        store: the value of ``--store``.
        port: the value of ``--port``.
        dry_run: print what would be said, and keep nothing.
        prefix: the value of ``--prefix``.
        proxied: whether ``--proxy-headers`` was given.

    Returns:
        The exit code.

    Raises:
        UsageError: if the file is no good.
        StoreError: if the store cannot be opened.
    """
    found = accounts_of(config)
    web = Web(port or found.port or PORT, prefix, proxied)
    path = store_path(store) if store is not None else configured_path(found)
    path = MEMORY if dry_run else path
    folds: list[Fold] = []

    def read() -> Flock:
        return flock(accounts_of(config), path, rehearse if dry_run else None)

    def restore() -> None:
        for fold in folds:
            fold.shepherd.restore()

    async def run() -> int:
        worker = Worker(SqliteStore(path), [], RealClock(asyncio.get_running_loop()))
        doors = Doors(web, lambda: bool(signals.number) or worker.troubled)
        fold = Fold(worker, read, random.Random().random, doors)  # noqa: S311 - jitter, no secret
        folds.append(fold)
        try:
            return await fold.keep(signals, None if path == MEMORY else path)
        finally:
            await doors.close()

    with Signals(restore) as signals:
        return asyncio.run(run())


def accounts_of(config: Path | None) -> Configuration:
    """The file, if it has accounts.

    Args:
        config: the value of ``--config``; None for ``chinwag.toml`` in the current folder.

    Raises:
        UsageError: if it has none.
    """
    found = configuration(config)
    if not found.many:
        where = found.path if config is not None or found.path.is_file() else f"{FILE} (which is not here)"
        raise UsageError(
            f"give a bot's FILE and --on NETWORK, or a file of accounts with --config: {where} has no [[accounts]]"
        )
    return found
