"""Schedules: which conversation is due for whom, and when next.

Every recipient of an account has a row for every schedule of its bot, with the next run. The row moves on in the
transaction that begins the conversation. What a downtime has missed runs once if it is within its grace, and is
skipped otherwise.
"""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chinwag.bot import Scheduled as Declared
from chinwag.core.schedules import Decision, Every, due_run, to_text
from chinwag.ports import Planned
from chinwag.runtime.account import Account
from chinwag.runtime.inputs import Scheduled
from chinwag.runtime.recipients import Recipients
from chinwag.runtime.timers import Timers

if TYPE_CHECKING:
    from chinwag.runtime.worker import Worker

log = logging.getLogger("chinwag")

AT_ONCE = 1000


class Planner:
    """The schedules of all accounts.

    Args:
        worker: owns the store, the clock and the draft.
    """

    __slots__ = ("_latest", "_planned", "_queued", "_ready", "_told", "number", "recipients", "timers", "worker")

    def __init__(self, worker: "Worker") -> None:
        self.worker = worker
        self.number = 0
        self._planned: dict[int, Planned] = {}
        self._queued: dict[int, Planned] = {}
        self.recipients = Recipients(self)
        self._latest: tuple[tuple[object, ...], Decision] | None = None
        self._ready = False
        self._told: dict[int, int] = {}  # by row, the conversation that was told to run still
        self.timers = Timers(worker.clock, self._source, self._come)

    async def take_up(self, accounts: Sequence[Account]) -> None:
        """Accounts come: see to the rows of their recipients, and to what is due next."""
        for account in accounts:
            await self.recipients.reconcile(account)
        await self.timers.refresh()

    def move(self, old: str, new: str) -> None:
        """Addresses that began with ``old`` begin with ``new`` from now on."""
        for row in (*self._planned.values(), *self._queued.values()):
            if row.address.startswith(old):
                row.address = new + row.address.removeprefix(old)

    def new_number(self) -> int:
        """An id for a row that is new."""
        self.number += 1
        return self.number

    def adopt(self, rows: Sequence[Planned]) -> None:
        """Rows have changed, and that is durable; one whose ``due`` is 0 runs no more."""
        for row in rows:
            queued = self._queued.get(row.number)
            if queued is not None:  # its run waits to be decided, by what it was
                queued.zone, queued.due = row.zone, row.due
            elif row.due and (row.due, row.number) <= self.timers.horizon:
                self._planned[row.number] = row
                self.timers.add(row.due, row.number)
            else:
                self._planned.pop(row.number, None)

    async def _source(self, after: tuple[int, int], limit: int) -> list[tuple[int, int]]:
        found = await self.worker.store.planned(after, limit)
        for row in found:
            self._planned[row.number] = row
        return [(row.due, row.number) for row in found]

    def _come(self) -> None:
        self._ready = True
        self.worker.hurry()

    @property
    def ready(self) -> bool:
        """Whether a run is due."""
        return self._ready

    async def fire(self, now: int) -> None:
        """Queue the runs that are due."""
        if not self._ready:
            return
        self._ready = False
        due = await self.timers.due(now, AT_ONCE)
        for instant, number in due:
            row = self._planned.get(number)
            if row is not None and row.due == instant:
                # A run that is decided again, as its commit failed, has put its successor into the heap twice.
                self._queued[number] = self._planned.pop(number)
                self.worker.put(Scheduled(row))
        if len(due) == AT_ONCE:
            self._come()

    def stop(self) -> None:
        """Begin no more runs."""
        self.timers.stop()
        self._ready = False

    def begin(self, row: Planned) -> None:
        """A run is due: begin its conversation, and move its row on."""
        self._queued.pop(row.number, None)
        if not row.due:  # it went while it waited to be decided
            return
        account = self.worker.table.account_of(row.address)
        declared = _declared(account, row) if account is not None else None
        if account is None or declared is None:
            return
        decider = self.worker.decider
        decision = self._decision(declared, row, decider.now)
        if decision.skipped:
            log.warning("%s for %s: runs that were missed and are skipped: %d", row.name, row.address, decision.skipped)
        # One that diverged waits for its code to be mended, perhaps for days: that stops no later run.
        here = decider.here(row.address) if decision.run else ()
        running = next((c.number for c in here if c.name == row.name and c.root is not None), 0)
        if running:
            if self._told.get(row.number) != running:  # once, however often the clock strikes meanwhile
                log.warning("%s for %s still runs: its runs are skipped until it ends", row.name, row.address)
            self._told[row.number] = running
        elif decision.run:
            self._told.pop(row.number, None)
            decider.begin(account, declared.definition, row.address, None, attended=False, zone=row.zone)
        self._move_on(row, decision.next_due or 0)

    def _decision(self, declared: Declared, row: Planned, now: int) -> Decision:
        """What to do about a run; of all that are due at one instant in one zone it is the same."""
        anchor = row.anchor if isinstance(declared.schedule, Every) else 0
        key = (declared.definition.name, row.spec, declared.grace, row.due, row.zone, anchor, now)
        if self._latest is None or self._latest[0] != key:
            decision = due_run(declared.schedule, row.due, now, row.zone, grace=declared.grace, anchor=anchor)
            self._latest = (key, decision)
        return self._latest[1]

    def _move_on(self, row: Planned, due: int) -> None:
        draft = self.worker.draft
        moved = Planned(row.number, row.name, row.address, row.zone, row.spec, due, row.anchor)
        draft.batch.schedules.append((row.number, row.name, row.address, row.zone, row.spec, due, row.anchor))
        draft.rows += 1
        if due and (due, row.number) <= self.timers.horizon:
            self._planned[row.number] = moved
            self.timers.add(due, row.number)
        else:
            self._planned.pop(row.number, None)


def _declared(account: Account, row: Planned) -> Declared | None:
    for declared in account.bot.scheduled:
        if declared.definition.name == row.name and to_text(declared.schedule) == row.spec:
            return declared
    return None
