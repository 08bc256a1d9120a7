"""One life of the bot's process under the simulated scheduler: loop, clock, worker, its way to disk and network.

Owns what dies with a process, and the trouble on the way to the disk: commits that take their time, that are refused,
that fail half-way, and deaths before, in and behind each. Everything here is the product's own but the loop, the clock
and the two ways out.

Rules: a death may come at any callback of the loop. What a dead process still wants is nowhere.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import Context
from random import Random
from typing import Any, cast

from tests.simulation.told import Decided, Violation

from chinwag.bot import Bot
from chinwag.core.drive import evict
from chinwag.core.errors import StoreError, StoreFull
from chinwag.core.values import Outgoing
from chinwag.ports import Batch, Receipt, Store, Timer
from chinwag.runtime.account import Account
from chinwag.runtime.worker import Worker
from chinwag.stores.sqlite import SqliteStore
from chinwag.testing.loop import VirtualLoop

SECOND = 1_000_000
LONGEST_WAIT = 60.0
PAUSES = (0.1, 0.5, 1.0)


class Loop(VirtualLoop):
    """A virtual loop on which a death can be set for the n-th callback from now."""

    def __init__(self, elapsed: int) -> None:
        super().__init__(elapsed)
        self.left = 0
        self.doom: Callable[[], None] = self.freeze

    def call_soon(  # type: ignore[override]  # as in the base class
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        if self.left:
            self.left -= 1
            if not self.left:
                super().call_soon(self.doom)
        return super().call_soon(callback, *args, context=context)


class Clock:
    """The machine's clock: the loop's time, and what it was set forward or back."""

    def __init__(self, loop: Loop, start: int) -> None:
        self._loop = loop
        self.start = start
        self.highest = 0

    def now(self) -> int:
        now = self.start + self._loop.elapsed
        self.highest = max(now, self.highest)
        return now

    def call_at(self, due: int, callback: Callable[[], None]) -> Timer:
        wait = max(0.0, (due - self.now()) / SECOND)
        return self._loop.call_later(min(LONGEST_WAIT, wait), callback)


class Mount:
    """A process's way to the store."""

    def __init__(self, process: Process, store: SqliteStore) -> None:
        self.process, self.store = process, store
        self.reading = False
        self.dead = False

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.store, name)
        slow = self.process.knobs.slow_reads
        if not slow:
            return found

        async def read(*arguments: Any) -> Any:
            if self.process.draw.random() < slow:
                self.reading = True
                await asyncio.sleep(self.process.draw.choice((0, 0, 0.001, 0.02)))
                self.reading = False
            return await found(*arguments)

        return read

    async def open(self) -> Any:
        counters = await self.store.open()
        self.process.world.opened(self.store, counters.epoch)
        return counters

    async def close(self) -> None:
        """The store itself is let go by whoever ends the process."""

    def commit(self, batch: Batch) -> Awaitable[None]:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        if self.dead:
            return future
        process = self.process
        draft = process.worker.committing
        inputs = process.inputs_of(draft) if draft is not None and draft.batch is batch else []
        process.world.decided(draft if inputs else None)
        slow = process.draw.random() < process.knobs.slow_commits
        delay = process.draw.choice((0.0005, 0.002, 0.01, 0.05)) if slow else 0.0
        if delay:
            loop.call_later(delay, self._apply, batch, inputs, future)
        else:
            self._apply(batch, inputs, future)
        return future

    def _apply(self, batch: Batch, inputs: list[Any], future: asyncio.Future[None]) -> None:
        process, world = self.process, self.process.world
        if self.dead:
            return
        fate = world.fate_of_commit()
        if fate == "before":
            process.die()
        elif fate == "refused":
            world.able_since = max(world.able_since, process.clock.now() + 2 * SECOND)
            future.set_exception(StoreFull("no room, as planned"))
        elif fate == "torn":
            world.tears(self.store, inputs, batch)
            process.die()
        else:
            self._write(batch, inputs, future, fate)

    def _write(self, batch: Batch, inputs: list[Any], future: asyncio.Future[None], fate: str) -> None:
        process, world = self.process, self.process.world
        written = asyncio.ensure_future(self.store.commit(batch))
        error = written.exception()
        if error is not None:
            world.report(Violation(1, f"a commit is refused, and nothing was in its way: {error}"))
            return
        world.durable(inputs, batch)
        if fate == "after":
            process.die()
        elif process.draw.random() < process.knobs.slow_commits:
            asyncio.get_running_loop().call_later(0.001, self._resolve, future)
        else:
            self._resolve(future)

    def _resolve(self, future: asyncio.Future[None]) -> None:
        if not self.dead and not future.done():
            future.set_result(None)


class Secret(str):
    """A credential of the adapter; nobody but the network may ever see it."""

    __slots__ = ()


class Line:
    """A process's adapter to the network."""

    echoes = False

    def __init__(self, process: Process, secret: str) -> None:
        self._process = process
        self.token = Secret(secret)
        self.numbered = False
        self.window = process.knobs.window * SECOND
        self.dead = False

    def __repr__(self) -> str:
        return f"<adapter with {self.token}>"

    def send(self, message: Outgoing) -> Receipt | Awaitable[Receipt]:
        if self.dead:
            return Receipt()
        answer: Receipt | Awaitable[Receipt] = self._process.world.network.send(self._process, message)
        return answer


class Process:
    """A process.

    Args:
        world: what outlives it.
        elapsed: where time stands.
        bot: the code.
        draw: the randomness of what takes how long.
    """

    def __init__(self, world: Any, elapsed: int, bot: Bot, store: SqliteStore, draw: Random) -> None:
        self.world, self.draw = world, draw
        self.knobs = world.scenario.knobs
        self.loop = Loop(elapsed)
        self.loop.doom = self.die
        self.loop.set_exception_handler(self._troubled)
        self.clock = Clock(self.loop, world.clock_start)
        self.mount = Mount(self, store)
        self.line = Line(self, world.secret)
        account = Account(world.account, bot, self.line, world.recipients)
        account.fingerprint = f"code {world.version}"
        self.worker = Worker(
            cast("Store", self.mount), [account], self.clock, budget=self.knobs.budget, seed=world.seed, inline=True
        )
        self.worker.pauses = PAUSES
        self._decide = self.worker.decider.decide
        self._noted: dict[int, tuple[Any, list[Decided]]] = {}
        setattr(self.worker.decider, "decide", self._note)  # noqa: B010 - each input's share of its commit is noted
        self.ready = self.stopping = self.buried = False

    def _note(self, item: Any) -> None:
        """Decide an input, and note what it has added to the draft."""
        draft = self.worker.draft
        before = dict(draft.batch.statuses)
        self._decide(item)
        batch = draft.batch
        failed = {n for n, row in batch.statuses.items() if row[1] == "failed" and before.get(n) is not row}
        decided = Decided(item, self.worker.decider.now, len(batch.journal), failed)
        self._noted.setdefault(id(draft), (draft, []))[1].append(decided)

    def inputs_of(self, draft: Any) -> list[Decided]:
        """What was decided in a draft that is committed now; what was noted of others that are undone is forgotten."""
        _, decided = self._noted.pop(id(draft), (None, []))
        here = self.worker.draft
        self._noted = {key: noted for key, noted in self._noted.items() if noted[0] is here}
        if [one.item for one in decided] != draft.inputs:
            self.world.report(Violation(0, "the inputs of a draft are not those that were decided in it"))
        return decided

    def _troubled(self, _: object, context: dict[str, Any]) -> None:
        if self.dead:
            return  # the dead complain of what they could not finish
        error = context.get("exception")
        self.world.trouble(error if error is not None else RuntimeError(str(context.get("message"))))
        self.die()

    @property
    def dead(self) -> bool:
        return self.loop.frozen or self.buried

    def die(self) -> None:
        """End at this instruction."""
        self.mount.dead = self.line.dead = True
        if not self.buried:
            self.loop.freeze()

    def run(self, until: int) -> None:
        """Run everything up to an instant."""
        self.loop.advance(until)
        fatal = self.worker.fatal
        if not self.dead and fatal is not None and fatal.done() and fatal.exception() is not None:
            self.world.trouble(fatal.exception())
            self.die()

    def begin(self) -> None:
        """Start the worker; what the network has waits until it has started."""
        starting = self.loop.create_task(self.worker.start())
        starting.add_done_callback(self._begun)

    def _begun(self, starting: asyncio.Task[Any]) -> None:
        if self.dead:
            return
        error = starting.exception()
        if error is not None:
            if not isinstance(error, StoreError):
                self.world.trouble(error)
            self.die()
            return
        self.ready = True
        self.world.started(self)

    def stop(self) -> None:
        """End in good order; what the network has from now on waits for the next start."""
        self.ready, self.stopping = False, True
        self.loop.create_task(self.worker.stop()).add_done_callback(self._stopped)

    def _stopped(self, stopping: asyncio.Task[None]) -> None:
        if self.dead:
            return
        error = stopping.exception()
        if error is not None:
            self.world.trouble(error)
        self.die()

    def evict(self) -> None:
        """Let every conversation leave memory that nothing uncommitted stands in the way of evicting."""
        if self.mount.reading:
            return  # a batch is being prepared; the worker evicts nobody meanwhile
        worker = self.worker
        busy = {*worker.draft.moved, *(worker.committing.moved if worker.committing is not None else ())}
        for one in list(worker.table.live.values()):
            beside = worker.table.here(one.address)
            if one.number in worker.table.live and not any(other.number in busy for other in beside):
                worker.table.evict(one)

    def bury(self) -> None:
        """Close what is left: only now do the ``finally`` blocks of a dead process run, and nobody hears them."""
        self.buried = True
        self.mount.dead = self.line.dead = True
        for one in list(self.worker.table.live.values()):
            evict(one)
        self.loop.left = 0
        setattr(self.loop, "_stopping", False)  # noqa: B010 - of asyncio's base class; a death between two runs has left the wish to stop
        self.loop.bury()
