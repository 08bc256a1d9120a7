"""The worker: decide → commit → act.

Inputs queue up; a batch of them is decided in one go, each a turn; their rows are committed together while the next
batch is decided; then messages go out, steps begin and networks get their acknowledgement. What a commit holds is a
draft until then: if it fails, every conversation moved in it or behind it is evicted, and the inputs are decided
again, in order, by replay.
"""

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from chinwag.core.conversation import Numbers
from chinwag.core.engine import Engine
from chinwag.core.errors import StoreCorrupt, StoreError, StoreFull, StoreRefused
from chinwag.core.values import Arrival, address, writable
from chinwag.ports import Clock, Counters, Store
from chinwag.runtime.account import Account
from chinwag.runtime.aftermath import act, evict_idle, fate, undo
from chinwag.runtime.decider import Decider
from chinwag.runtime.delivery import Delivery
from chinwag.runtime.draft import MOST_BYTES, MOST_ROWS, Draft
from chinwag.runtime.entry import Entry
from chinwag.runtime.guard import Guard
from chinwag.runtime.inputs import Arrived, Fired, Input, Settled
from chinwag.runtime.outbox import Outbox
from chinwag.runtime.planner import Planner
from chinwag.runtime.roster import bring_back, enlist, take_up
from chinwag.runtime.seeds import Seeds
from chinwag.runtime.steps import MOST_THREADS, Steps
from chinwag.runtime.table import Table
from chinwag.runtime.timers import Timers

if TYPE_CHECKING:
    from chinwag.runtime.observe import Watchdog

log = logging.getLogger("chinwag")

AT_ONCE = 400
FIRED_AT_ONCE = 100
LIVE_BUDGET = 50_000
PAUSES = (0.1, 0.5, 1.0, 2.0, 5.0)


class Worker:
    """Runs the conversations of some accounts on one store.

    Args:
        store: where everything durable is.
        accounts: the accounts that it serves.
        clock: the time.
        budget: how many conversations may be live in memory; idle ones beyond that are evicted.
        seed: makes the 16 random bytes of a new conversation.
        inline: run plain steps in the caller's thread; for tests.
    """

    def __init__(
        self,
        store: Store,
        accounts: Iterable[Account],
        clock: Clock,
        *,
        budget: int = LIVE_BUDGET,
        seed: Callable[[], bytes] | None = None,
        inline: bool = False,
    ) -> None:
        self.store = store
        self.clock = clock
        self.budget = budget
        self.accounts = {account.name: account for account in accounts}
        self.numbers = Numbers()
        self.engine = Engine(self.numbers)
        self.resting: set[str] = set()
        self.table = Table(self.engine, self.accounts)
        self.draft = Draft()
        self.committing: Draft | None = None
        self.inputs: deque[Input] = deque()
        self.deciding: deque[Input] = deque()
        self.epoch = 0
        self.identity = ""
        self.inbox_number = 0
        self.seed = seed or Seeds()
        self.busy: str = ""
        self.pauses: Sequence[float] = PAUSES
        self.turns = 0
        draw = random.Random(int.from_bytes(self.seed(), "little")).random  # noqa: S311 - jitter, no secret
        threads = None if inline else ThreadPoolExecutor(MOST_THREADS, thread_name_prefix="chinwag-step")
        self.delivery = Delivery(self, draw)
        self.outbox = Outbox(self, self.delivery)
        self.steps = Steps(self.put, draw, threads)
        self.timers = Timers(clock, store.due, self._timers_ready)
        self.planner = Planner(self)
        self.decider = Decider(self)
        self.guard = Guard()
        self.awake = False
        self._wake = asyncio.Event()
        self._room = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._generation = 0
        self._failures = 0
        self._at_once = AT_ONCE
        self._fire = False
        self._stopping = False
        self._paused = False
        self._mending = False
        self._suspect: Input | None = None
        self._watchers: list[asyncio.Future[None]] = []
        self.fatal: asyncio.Future[None] | None = None
        self.watchdog: Watchdog | None = None
        for account in self.accounts.values():
            enlist(self, account)

    @property
    def now(self) -> int:
        """The time, in microseconds."""
        return self.clock.now()

    @property
    def troubled(self) -> bool:
        """Whether the last commit failed, for instance because the disk is full: nothing is acknowledged for now."""
        return self._failures > 0

    # -- life ---------------------------------------------------------------------------------------------------------

    async def start(self) -> Counters:
        """Open the store, take up what was under way, and begin to decide.

        Raises:
            StoreError: if the store cannot be opened.
        """
        counters = await self._open()
        await take_up(self, list(self.accounts.values()))
        for account in self.accounts.values():
            if account.network.echoes:
                await bring_back(self, account.homes)
        self._task = asyncio.get_running_loop().create_task(self._run(), name="chinwag-worker")
        return counters

    async def take_orders(self) -> None:
        """Open the store for orders alone: nothing is sent, no step begins, no deadline is looked at.

        What an order brings about beyond its own turn waits for the next start.

        Raises:
            StoreError: if the store cannot be opened.
        """
        await self._open()
        self._stopping = self.outbox.stopping = self.steps.closed = True
        self._task = asyncio.get_running_loop().create_task(self._run(), name="chinwag-worker")

    async def _open(self) -> Counters:
        counters = await self.store.open()
        self.epoch = counters.epoch
        self.identity = counters.identity
        self.numbers.conversation = counters.conversation
        self.numbers.outbox = counters.outbox
        self.inbox_number = counters.inbox
        self.planner.number = counters.schedule
        self.fatal = asyncio.get_running_loop().create_future()
        return counters

    async def stop(self, grace: float = 4.0) -> None:
        """Stop taking in, finish commits, deliver what is being sent, let go.

        Args:
            grace: how long sends and commits may still take, in seconds.
        """
        self._stopping = True
        self.timers.stop()
        self.planner.stop()
        self.outbox.stop()
        await self.steps.close()
        try:
            async with asyncio.timeout(grace):
                await self.quiet(steps=False)
        except TimeoutError:
            log.warning("some messages were still being sent after %g s; the next start looks after them", grace)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        for conversation in list(self.table.live.values()):
            self.table.evict(conversation)
        await self.store.close()

    async def quiet(self, *, steps: bool = True) -> None:
        """Wait until nothing is under way: no input, no commit, no step, no send that can go out."""
        while self._under_way(steps=steps) and not (self.fatal is not None and self.fatal.done()):
            self._idle = asyncio.get_running_loop().create_future()
            await self._idle

    _idle: asyncio.Future[None] | None = None

    def _under_way(self, *, steps: bool) -> bool:
        busy = (
            bool(self.inputs) or self.committing is not None or not self.draft.empty or self._fire or self.planner.ready
        )
        if self._stopping:
            return busy or bool(self.delivery.tasks)
        return busy or not self.outbox.idle or (steps and bool(self.steps.running))

    def _quieten(self) -> None:
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)

    # -- taking in ----------------------------------------------------------------------------------------------------

    def receive(self, arrival: Arrival, done: Callable[[], None] | None = None) -> None:
        """Take in what a network hands over; ``done`` is called once it is durable.

        Args:
            arrival: what arrived.
            done: acknowledges it to the network.
        """
        if not (arrival.room and arrival.user):
            log.error(
                "%s brought a message from nowhere, or from nobody; it is left out: %.200r", arrival.account, arrival
            )
            if done is not None:
                done()
            return
        if self.resting and arrival.account in self.resting:
            return  # it was not taken in, so its network keeps it
        if not arrival.text.isascii():
            arrival = writable(arrival)
        place = address(arrival.account, arrival.room, arrival.user)
        self.inputs.append(Arrived(arrival, arrival.at or self.clock.now(), place, done))
        if not self.awake:
            self.hurry()

    def put(self, item: Input) -> None:
        """Queue an input."""
        self.inputs.append(item)
        self.hurry()

    def hurry(self) -> None:
        """There is something to decide, or to commit."""
        self.awake = True
        self._wake.set()

    def settled(self, entry: Entry, error: str) -> None:
        """A message was taken that somebody waits for, or was refused."""
        self.put(Settled(entry.conversation, entry.message.id, error))

    async def fate(self, number: int) -> tuple[str, str, str]:
        """What became of an earlier message: status, the network's own id, error."""
        return await fate(self, number)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until something is so; it is looked at whenever something was decided, committed, or sent.

        Args:
            condition: looks at what the worker holds.
        """
        while not condition():
            watcher = asyncio.get_running_loop().create_future()
            self._watchers.append(watcher)
            await watcher

    def _tell_watchers(self) -> None:
        watchers, self._watchers = self._watchers, []
        for watcher in watchers:
            if not watcher.done():
                watcher.set_result(None)

    def _timers_ready(self) -> None:
        self._fire = True
        self.hurry()

    # -- deciding -----------------------------------------------------------------------------------------------------

    async def _run(self) -> None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                self.awake = False
                await self._find_room()
                await self._fire_due()
                if self.inputs:
                    await self._decide()
                self._commit()
                if self._watchers:
                    self._tell_watchers()
                if self.inputs or self._fire or self.planner.ready:
                    self.hurry()
                    await asyncio.sleep(0)
                else:
                    self._quieten()
        except asyncio.CancelledError:
            raise
        except BaseException as error:
            log.critical("the worker ended by an error of its own: %s", error, exc_info=error)
            if self.fatal is not None and not self.fatal.done():
                self.fatal.set_exception(error)
            self._quieten()

    async def _find_room(self) -> None:
        """Wait until something may be decided."""
        while self._paused or self.draft.full() or (self._mending and self.committing is not None):
            self._room.clear()
            await self._room.wait()
        self._mending = False

    async def _fire_due(self) -> None:
        if self._stopping:
            self._fire = False
            return
        await self.planner.fire(self.now)
        if not self._fire:
            return
        self._fire = False
        # Few at a time, fewer behind a queue: what is late already may wait, who speaks now shall not.
        most = max(FIRED_AT_ONCE - len(self.inputs), FIRED_AT_ONCE // 5)
        due = await self.timers.due(self.now, most)
        for _, number in due:
            self.inputs.append(Fired(number))
        if len(due) == most:
            self._fire = True

    async def _decide(self) -> None:
        """Decide a batch of inputs, as one moment."""
        taken = [self.inputs.popleft() for _ in range(min(len(self.inputs), self._at_once))]
        generation = self._generation
        self.decider.reading.open()
        try:
            await self._decide_these(taken, generation)
        finally:
            self.decider.reading.close()

    async def _decide_these(self, taken: list[Input], generation: int) -> None:
        try:
            await self.decider.reading.read(taken)
        except StoreError as error:
            self._unprepared(taken, error)
            return
        if generation != self._generation:
            self.inputs.extendleft(reversed(taken))
            self.hurry()
            return
        self.busy = "routing"
        if self.watchdog is not None and self.watchdog.asleep:
            self.watchdog.wake()
        self.decider.now = self.draft.at = self.now
        with self.guard:
            self._decide_all(deque(taken))
        self.busy = ""
        evict_idle(self)

    def _decide_all(self, waiting: deque[Input]) -> None:
        """Decide until the draft is full; what is left goes back to the queue."""
        draft, decide = self.draft, self.decider.decide
        inputs = draft.inputs
        self.deciding = waiting
        self.turns += len(waiting)
        while waiting and draft.rows < MOST_ROWS and draft.bytes < MOST_BYTES and not self._mending:
            item = waiting.popleft()
            inputs.append(item)
            try:
                decide(item)
            except Exception as error:  # noqa: BLE001 - one input's fault is no other's
                self.inputs.extendleft(reversed(waiting))
                waiting.clear()
                self._stumbled(item, error)
                return
        self.inputs.extendleft(reversed(waiting))
        waiting.clear()

    def settle_first(self) -> None:
        """Decide nothing further until what is decided is committed."""
        self._mending = True

    def _unprepared(self, taken: list[Input], error: StoreError) -> None:
        """What an input needs could not be read: try again, unless it is that one's row that is damaged."""
        if isinstance(error, StoreCorrupt) and len(taken) == 1:
            log.critical("an input was left out: %s", error)
            return
        self.inputs.extendleft(reversed(taken))
        self._trouble(error)

    # -- committing ---------------------------------------------------------------------------------------------------

    def _commit(self) -> None:
        """Hand the draft to the store, unless the last one is still being written."""
        if self.committing is not None or self._paused:
            return
        draft = self.draft
        if draft.empty:
            if draft.inputs:
                self.draft = Draft(self.timers.horizon)
            return
        self.draft = Draft(self.timers.horizon)
        self.committing = draft
        asyncio.ensure_future(self.store.commit(draft.closed())).add_done_callback(self._committed)

    def _committed(self, waiting: "asyncio.Future[None]") -> None:
        draft = self.committing
        assert draft is not None  # noqa: S101 - only a commit under way ends
        self.committing = None
        error = waiting.exception()
        if error is not None:
            self._failed(draft, error)
            return
        if self._failures:
            self._recovered()
        self._commit()
        act(self, draft)
        if self.draft.full() or not self._room.is_set():
            self._room.set()
        if self.inputs or not self.draft.empty or self._idle is not None or self._watchers:
            self.hurry()

    def _failed(self, draft: Draft, error: BaseException) -> None:
        """A commit failed: nothing in it happened, and nothing decided behind it."""
        self._generation += 1
        behind, self.draft = self.draft, Draft(self.timers.horizon)
        undo(self, draft, behind)
        if isinstance(error, StoreRefused) and len(draft.inputs) == 1:
            self._suspects(draft.inputs[0], error)
        self._trouble(error)

    def _stumbled(self, item: Input, error: Exception) -> None:
        """Deciding an input met an error of the program's own: the others go on without it."""
        behind, self.draft = self.draft, Draft(self.timers.horizon)
        undo(self, behind)
        self._mending = self.committing is not None
        self._suspects(item, error)
        self.decider.reset()

    def _suspects(self, item: Input, error: Exception) -> None:
        """An input that is queued again, and alone, met an error that it will meet again.

        It is tried once more, in case it stood in the way of something else; then it is left, and its network, which
        gets no acknowledgement, keeps it.
        """
        if item is self._suspect:
            self.inputs.remove(item)
            log.critical("an input was left out, this is a fault of chinwag's own: %r", item, exc_info=error)
        self._suspect = item

    def _trouble(self, error: BaseException) -> None:
        """Say what is wrong, wait, and try again; smaller batches find out what does not go."""
        pause = self.pauses[min(self._failures, len(self.pauses) - 1)]
        self._failures += 1
        self._at_once = 1
        if self._failures in {1, 10, 100} or not isinstance(error, StoreFull):
            log.error("%s (nothing is lost; trying again)", error)
        if not isinstance(error, StoreError):
            log.critical("a commit failed by an error of the program's own", exc_info=error)
        self._paused = True
        asyncio.get_running_loop().call_later(pause, self._resume)

    def _resume(self) -> None:
        self._paused = False
        self.outbox.go()
        self._room.set()
        self.hurry()

    def _recovered(self) -> None:
        log.info("the store takes commits again")
        self._failures = 0
        self._at_once = AT_ONCE
