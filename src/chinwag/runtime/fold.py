"""The life of a process that serves the accounts of a file: start, take up changes, stop.

Owns what ``lifecycle`` owns for a process with fixed accounts, and what an operator may want of the accounts while it
runs. A file that cannot be read any more changes nothing: what runs, runs on. Knows no file and no network: it is
given a function that reads the accounts.

Rule: a stop waits for what is being sent, at most a second and a half; whatever is left undone is in the store.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct

from chinwag.core.errors import ChinwagError
from chinwag.core.values import Address
from chinwag.runtime.charge import Line, Plan
from chinwag.runtime.control import Control
from chinwag.runtime.lifecycle import Gate, Signals
from chinwag.runtime.memory import tune_collector
from chinwag.runtime.observe import Watchdog
from chinwag.runtime.shepherd import Hooks, Shepherd
from chinwag.runtime.worker import Worker

log = logging.getLogger("chinwag")

GRACE = 1.5
"""Seconds for commits and sends, when the process stops."""


class Flock(Struct, frozen=True):
    """What a file wants.

    Args:
        plans: the accounts.
        operator: who is told when one is given up; None for nobody but the log.
    """

    plans: Sequence[Plan]
    operator: Address | None = None


class Fold:
    """The accounts of a file, and a shepherd who looks after them.

    Args:
        worker: not started yet, and serves no account.
        read: reads the file.
        draw: gives a number in [0, 1), for the jitter of starts.
        hooks: where networks that push, push to.
    """

    def __init__(
        self, worker: Worker, read: Callable[[], Flock], draw: Callable[[], float], hooks: Hooks | None = None
    ) -> None:
        self._worker = worker
        self._read = read
        self._gate = Gate(worker)
        self.shepherd = Shepherd(worker, self._gate, draw, hooks)

    async def keep(self, signals: Signals, control: str | None = None) -> int:
        """Serve until a signal comes, or the worker fails.

        Args:
            signals: entered.
            control: where the control socket is to be; None for none.

        Returns:
            The exit code.

        Raises:
            StoreError: if the store cannot be opened.
            UsageError: if the file cannot be read.
        """
        flock = self._read()
        signals.attach()
        await self._worker.start()
        tune_collector()
        signals.reload = self._reload
        await self.shepherd.stops.recall()
        try:
            async with Watchdog(self._worker), Control(self._worker, control, self):
                self._tend(flock)
                await _until_over(self._worker, signals)
                self._gate.shut = True
        finally:
            signals.limit()
            signals.reload = None
            self.shepherd.close()
            await self._worker.stop(GRACE)
            await self.shepherd.stop_fronts()
        return 1 if _has_failed(self._worker) else signals.code

    def _tend(self, flock: Flock) -> str:
        self.shepherd.operator = flock.operator
        return self.shepherd.tend(flock.plans)

    def _reload(self) -> tuple[str, bool]:
        try:
            words = f"the file was read: {self._tend(self._read())}"
        except ChinwagError as error:
            words = f"the file is no good, and everything is left as it was: {error}"
            log.error("%s", words)  # noqa: TRY400 - the sentence is meant to be read
            return words, False
        log.info("%s", words)
        return words, True

    # -- what an operator may want ------------------------------------------------------------------------------------

    async def reload(self) -> tuple[str, bool]:
        """Take up what the file says now.

        Returns:
            A sentence, and whether it was done.
        """
        return self._reload()

    async def start(self, account: str) -> tuple[str, bool]:
        """Start an account, as the file has it now; likewise."""
        words, done = self._reload()
        return await self.shepherd.start(account) if done else (words, False)

    async def stop(self, account: str) -> tuple[str, bool]:
        """Stop an account; likewise."""
        return await self.shepherd.stop(account)

    async def report(self) -> list[Line]:
        """How all accounts fare."""
        return await self.shepherd.report()


async def _until_over(worker: Worker, signals: Signals) -> None:
    """Wait for a signal, or for the worker's own end."""
    assert worker.fatal is not None  # noqa: S101 - the worker was started
    came = asyncio.get_running_loop().create_task(signals.came.wait())
    waiting: list[asyncio.Future[Any]] = [came, worker.fatal]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    came.cancel()


def _has_failed(worker: Worker) -> bool:
    fatal = worker.fatal
    return fatal is not None and fatal.done() and not fatal.cancelled() and fatal.exception() is not None
