"""Schedules: which conversation is due for whom, and when next.

Every recipient of an account has a row for every schedule of its bot, with the next run. The row moves on in the
transaction that begins the conversation. What a downtime has missed runs once if it is within its grace, and is
skipped otherwise.
"""

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chinwag.bot import Scheduled as Declared
from chinwag.core.schedules import due_run, from_text, next_run, to_text
from chinwag.ports import Batch, Planned
from chinwag.runtime.account import Account
from chinwag.runtime.inputs import Scheduled
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

    __slots__ = ("_planned", "_ready", "number", "timers", "worker")

    def __init__(self, worker: "Worker") -> None:
        self.worker = worker
        self.number = 0
        self._planned: dict[int, Planned] = {}
        self._ready = False
        self.timers = Timers(worker.clock, self._source, self._come)

    async def take_up(self, accounts: Sequence[Account]) -> None:
        """Accounts come: give each recipient a row for every schedule, drop rows of what is no more."""
        for account in accounts:
            await self._reconcile(account)
        await self.timers.refresh()

    async def _reconcile(self, account: Account) -> None:
        rows = {(r.address, r.name, r.spec): r for r in await self.worker.store.schedules_of(account.name)}
        batch = Batch()
        now = self.worker.now
        done: set[tuple[str, str, str]] = set()
        for place, own_zone in account.recipients:
            for declared in account.bot.scheduled:
                zone = declared.zone or own_zone
                spec = to_text(declared.schedule)
                key = (place, declared.definition.name, spec)
                if key in done:  # a recipient named twice, or the same schedule twice, is one
                    continue
                done.add(key)
                row = rows.pop(key, None)
                if row is not None and row.zone == zone:
                    continue
                anchor = row.anchor if row is not None else now
                number = row.number if row is not None else self._new_number()
                due = next_run(declared.schedule, now, zone, anchor=anchor) or 0
                batch.schedules.append((number, declared.definition.name, place, zone, spec, due, anchor))
        for gone in rows.values():
            batch.unscheduled.append((gone.number,))
        if batch:
            await self.worker.store.commit(batch)

    def move(self, old: str, new: str) -> None:
        """Addresses that began with ``old`` begin with ``new`` from now on."""
        for row in self._planned.values():
            if row.address.startswith(old):
                row.address = new + row.address.removeprefix(old)

    def _new_number(self) -> int:
        self.number += 1
        return self.number

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
                del self._planned[number]
                self.worker.put(Scheduled(row))
        if len(due) == AT_ONCE:
            self._come()

    def stop(self) -> None:
        """Begin no more runs."""
        self.timers.stop()
        self._ready = False

    def begin(self, row: Planned) -> None:
        """A run is due: begin its conversation, and move its row on."""
        account = self.worker.table.account_of(row.address)
        declared = _declared(account, row) if account is not None else None
        if account is None or declared is None:
            return
        decider = self.worker.decider
        schedule = from_text(row.spec)
        decision = due_run(schedule, row.due, decider.now, row.zone, grace=declared.grace, anchor=row.anchor)
        if decision.skipped:
            log.warning("%s for %s: %d missed runs are skipped", row.name, row.address, decision.skipped)
        if decision.run and any(c.name == row.name for c in decider.here(row.address)):
            log.warning("%s for %s still runs: this run is skipped", row.name, row.address)
        elif decision.run:
            decider.begin(account, declared.definition, row.address, None, attended=False)
        self._move_on(row, decision.next_due or 0)

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
