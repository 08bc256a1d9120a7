"""The shepherd: many accounts in one process, each started, watched and restarted by itself.

Owns when an account starts (spread out, so that many do not come at once), what becomes of one that fails (it is
started again, later each time, and given up after several quick failures, with a word to an operator), and which ones
there are, as a file changes. Its networks' troubles are the outbox's: what cannot be reached or says "not now" is no
failure of an account.

Rules: whatever happens to one account, no other waits for it. An account that starts is admitted to the worker, and one
that goes is dismissed (``roster``): what it has stays in the store. Nothing polls: one alarm is set for the next start,
and each account's ``closed`` is awaited.
"""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from heapq import heappop, heappush
from typing import Any, Protocol

from chinwag.core.errors import ChinwagError
from chinwag.core.retry import Backoff
from chinwag.core.values import Address
from chinwag.ports import Clock, Inbox, Timer
from chinwag.runtime.charge import Charge, Line, Plan, lines
from chinwag.runtime.inputs import Spoken
from chinwag.runtime.roster import admit, dismiss
from chinwag.runtime.stops import Stops
from chinwag.runtime.worker import Worker

log = logging.getLogger("chinwag")

SECOND = 1_000_000
QUICK = 60 * SECOND
"""A failure that comes sooner than this after a start is a quick one."""
MOST_QUICK = 5
TOGETHER = SECOND // 4
"""Accounts whose starts lie so close are admitted together: the store is asked once for all of them."""
BACKOFF = Backoff(first=2 * SECOND, factor=3.0, ceiling=300 * SECOND)


class Hooks(Protocol):
    """Where networks that push, push to."""

    async def add(self, front: object) -> None:
        """Let it be pushed to, if it is a network that pushes."""
        ...

    def remove(self, front: object) -> None:
        """Let it be pushed to no more."""
        ...


class _NoHooks:
    async def add(self, front: object) -> None:
        del front

    def remove(self, front: object) -> None:
        del front


class Shepherd:
    """Looks after accounts.

    Args:
        worker: started, and serves none of them.
        inbox: where their networks put what arrives.
        draw: gives a number in [0, 1), for the jitter of starts and pauses.
        hooks: where networks that push, push to.
        most: after so many quick failures in a row an account is given up.
    """

    def __init__(
        self,
        worker: Worker,
        inbox: Inbox,
        draw: Callable[[], float],
        hooks: Hooks | None = None,
        most: int = MOST_QUICK,
    ) -> None:
        self._worker = worker
        self._inbox = inbox
        self._draw = draw
        self._hooks = hooks or _NoHooks()
        self._most = most
        self._charges: dict[str, Charge] = {}
        self._due: list[tuple[int, str]] = []
        self._alarm: Timer | None = None
        self._alarm_at = 0
        self._watched: dict[int, tuple[asyncio.Task[None], set[str]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False
        self.stops = Stops(worker)
        self.operator: Address | None = None

    @property
    def _clock(self) -> Clock:
        return self._worker.clock

    # -- which there are ----------------------------------------------------------------------------------------------

    def tend(self, plans: Sequence[Plan]) -> str:
        """Look after these accounts from now on, and after no others.

        One that is new starts, one that has gone goes, one that has changed starts anew, and one that was given up or
        refused is tried once more; one that an operator has stopped stays so, also over a restart.

        Args:
            plans: with a name of its own each.

        Returns:
            What changes, in a sentence.
        """
        wanted = {plan.name: plan for plan in plans}
        gone = [charge for name, charge in self._charges.items() if name not in wanted]
        for charge in gone:
            del self._charges[charge.plan.name]
            self._do([charge], self._leave(charge))
        new = [plan for name, plan in wanted.items() if name not in self._charges]
        changed = [charge for name, charge in self._charges.items() if wanted[name].digest != charge.plan.digest]
        again = [c for c in self._charges.values() if c.fate in {"given up", "refused"} and c not in changed]
        for charge in changed:
            charge.plan = wanted[charge.plan.name]
            if charge.plan.name not in self.stops:
                self._do([charge], self._renew(charge))
        for charge in again:
            charge.plan = wanted[charge.plan.name]
            self._begin_anew(charge)
        for plan in new:
            charge = self._charges[plan.name] = Charge(plan)
            self._worker.resting.add(plan.name)
            charge.fate = "stopped"
            if plan.name not in self.stops:
                self._schedule(charge, int(plan.jitter * self._draw()))
        return f"{len(new)} new, {len(changed)} changed, {len(gone)} gone, {len(again)} tried again"

    async def _renew(self, charge: Charge) -> None:
        await self._take_away(charge)
        self._begin_anew(charge)

    def _begin_anew(self, charge: Charge) -> None:
        charge.failures, charge.error = 0, ""
        self._schedule(charge, 0)

    # -- starts -------------------------------------------------------------------------------------------------------

    def _schedule(self, charge: Charge, delay: int, fate: str = "waiting") -> None:
        charge.fate = "restarting" if fate == "restarting" else "waiting"
        charge.due = self._clock.now() + max(delay, 0)
        heappush(self._due, (charge.due, charge.plan.name))
        self._set_alarm()

    def _set_alarm(self) -> None:
        if not self._due or self._closing:
            return
        due = self._due[0][0]
        if self._alarm is not None:
            if self._alarm_at <= due:
                return
            self._alarm.cancel()
        self._alarm_at = due
        self._alarm = self._clock.call_at(due, self._ring)

    def _ring(self) -> None:
        """Start whoever is due, or is so soon."""
        self._alarm = None
        horizon = self._clock.now()
        if self._due and self._due[0][0] <= horizon:
            horizon += TOGETHER
        ready: dict[str, Charge] = {}
        while self._due and self._due[0][0] <= horizon:
            due, name = heappop(self._due)
            charge = self._charges.get(name)
            if charge is not None and charge.due == due:  # else it was stopped, or has another time by now
                ready[name] = charge
        self._set_alarm()
        if ready:
            for charge in ready.values():
                charge.fate, charge.due = "starting", 0
            self._do(list(ready.values()), self._start(list(ready.values())))

    async def _start(self, charges: list[Charge]) -> None:
        built = [charge for charge in charges if charge.fate == "starting" and self._build(charge)]
        try:
            await admit(self._worker, [charge.account for charge in built if charge.account is not None])
        except ChinwagError as error:
            for charge in built:
                self._fall(charge, str(error))
            return
        for charge in built:  # each by itself: one whose network takes its time holds up nobody
            self._do([charge], self._open(charge))

    def _build(self, charge: Charge) -> bool:
        """Make the account; whether that went well."""
        try:
            charge.account = charge.plan.made()
        except Exception as error:
            charge.fate, charge.error = "refused", str(error) or type(error).__name__
            log.error("%s does not start: %s", charge.plan.name, charge.error, exc_info=_own(error))  # noqa: TRY400 - a sentence, unless it is a mistake in the code
            return False
        return True

    async def _open(self, charge: Charge) -> None:
        """Let its network begin."""
        front = charge.front
        try:
            await self._hooks.add(front)
            await front.start(self._inbox)
        except Exception as error:
            log.debug("%s", charge.plan.name, exc_info=True)
            await self._fallen(charge, str(error) or type(error).__name__)
            return
        charge.fate, charge.since = "running", self._clock.now()
        self._watch(charge)

    # -- ends ---------------------------------------------------------------------------------------------------------

    def _watch(self, charge: Charge) -> None:
        """Hear when its network cannot go on; networks of one connection may share the event."""
        closed = charge.front.closed
        task, names = self._watched.get(id(closed), (None, set()))
        names.add(charge.plan.name)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._closed(closed))
            self._watched[id(closed)] = (task, names)

    def _unwatch(self, charge: Charge) -> None:
        closed = charge.front.closed
        task, names = self._watched.get(id(closed), (None, set()))
        names.discard(charge.plan.name)
        if task is not None and not names:
            del self._watched[id(closed)]
            task.cancel()

    async def _closed(self, closed: asyncio.Event) -> None:
        await closed.wait()
        _, names = self._watched.pop(id(closed))
        for name in names:
            charge = self._charges.get(name)
            if charge is not None and charge.account is not None and charge.front.closed is closed:
                reason = charge.front.failure
                self._do([charge], self._fallen(charge, str(reason) if reason is not None else "it has ended"))

    async def _fallen(self, charge: Charge, reason: str) -> None:
        """It cannot go on: take it away, and start it again later."""
        if self._closing or charge.fate not in {"running", "starting"}:
            return
        await self._take_away(charge)
        self._fall(charge, reason)

    def _fall(self, charge: Charge, reason: str) -> None:
        now = self._clock.now()
        quick = not charge.since or now - charge.since < QUICK
        charge.failures = charge.failures + 1 if quick else 1
        charge.account, charge.since, charge.error = None, 0, reason
        name = charge.plan.name
        if charge.failures >= self._most:
            charge.fate = "given up"
            self.notify(
                f"{name} is given up after {charge.failures} quick failures, the last: {reason.rstrip('.')}. "
                f"`chinwag start {name}` tries again."
            )
            return
        pause = BACKOFF.delay(charge.failures - 1, self._draw())
        log.warning("%s has failed: %s It is started again in %.1f s.", name, _ended(reason), pause / SECOND)
        self._schedule(charge, pause, "restarting")

    async def _take_away(self, charge: Charge) -> None:
        """Serve it no longer, and let its network go."""
        account, charge.due = charge.account, 0
        self._worker.resting.add(charge.plan.name)
        if account is None:
            return
        front = charge.front
        self._unwatch(charge)
        self._hooks.remove(front)
        await dismiss(self._worker, account.name)
        charge.account = None
        try:
            await front.stop()
        except Exception:
            log.exception("%s: its network did not stop in order", charge.plan.name)

    async def _leave(self, charge: Charge) -> None:
        await self._take_away(charge)
        charge.fate = "stopped"

    def notify(self, words: str) -> None:
        """Tell an operator: in the log, and at the operator's address, if it is on an account that is served."""
        log.error("%s", words)
        operator = self.operator
        if operator is not None and operator.account in self._worker.accounts:
            self._worker.put(Spoken(operator, words))

    # -- what an operator may want ------------------------------------------------------------------------------------

    def find(self, name: str) -> Charge | None:
        """An account by its name, with or without its network in front."""
        charge = self._charges.get(name)
        if charge is None:
            alike = [c for full, c in self._charges.items() if full.partition(":")[2] == name]
            charge = alike[0] if len(alike) == 1 else None
        return charge

    async def stop(self, name: str) -> tuple[str, bool]:
        """Stop an account until it is started again, over restarts, too; what it has to say and waits for is kept.

        Returns:
            A sentence, and whether it was done.
        """
        charge = self.find(name)
        if charge is None:
            return self._unknown(name), False
        if charge.fate == "stopped":
            return f"{charge.plan.name} is stopped already", False
        self._do([charge], self._leave(charge))
        assert charge.task is not None  # noqa: S101 - it has just been made
        await charge.task
        await self.stops.add(charge.plan.name)
        return f"{charge.plan.name} is stopped", True

    async def start(self, name: str) -> tuple[str, bool]:
        """Start an account that is stopped, given up, refused, or waits."""
        charge = self.find(name)
        if charge is None:
            return self._unknown(name), False
        if charge.account is not None:
            return f"{charge.plan.name} runs already", False
        await self.stops.discard(charge.plan.name)
        self._begin_anew(charge)
        return f"{charge.plan.name} starts", True

    async def report(self) -> list[Line]:
        """How all accounts fare, in the order of their names."""
        failed = {
            parked.address: f"conversation {parked.number} ({parked.name}) has failed"
            for parked in await self._worker.store.troubled("failed")
        }
        return lines(self._worker, [charge for _, charge in sorted(self._charges.items())], failed)

    def _unknown(self, name: str) -> str:
        alike = sorted(full for full in self._charges if full.partition(":")[2] == name)
        if alike:
            return f"there are several accounts {name}: {', '.join(alike)}"
        return f"there is no account {name!r}: `chinwag ps --accounts` lists them"

    # -- the end ------------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Start nothing more, and restart nothing."""
        self._closing = True
        if self._alarm is not None:
            self._alarm.cancel()
        for task, _ in self._watched.values():
            task.cancel()
        for task in self._tasks:
            task.cancel()

    async def stop_fronts(self) -> None:
        """Let all networks go; what they leave undone is logged."""
        fronts = [charge.front for charge in self._charges.values() if charge.account is not None]
        for ended in await asyncio.gather(*(front.stop() for front in fronts), return_exceptions=True):
            if isinstance(ended, Exception):
                log.error("a network did not stop in order", exc_info=ended)

    def restore(self) -> None:
        """Leave everything as it was, at once and without the loop."""
        for charge in self._charges.values():
            if charge.account is not None:
                charge.front.restore()

    def _do(self, charges: list[Charge], work: Coroutine[Any, Any, None]) -> None:
        """Do something with accounts, behind what is being done with them."""
        before = {charge.task for charge in charges if charge.task is not None and not charge.task.done()}

        async def behind() -> None:
            if before:
                await asyncio.wait(before)
            await work

        task = asyncio.get_running_loop().create_task(behind())
        self._tasks.add(task)
        for charge in charges:
            charge.task = task
        task.add_done_callback(lambda _: self._done(task, charges, work))

    def _done(self, task: "asyncio.Task[None]", charges: list[Charge], work: Coroutine[Any, Any, None]) -> None:
        self._tasks.discard(task)
        work.close()  # one that was cancelled before it began
        for charge in charges:
            if charge.task is task:
                charge.task = None
        error = None if task.cancelled() else task.exception()
        if error is not None:
            log.error("the shepherd met an error of its own", exc_info=error)


def _ended(words: str) -> str:
    return words if words.endswith((".", "!", "?")) else f"{words}."


def _own(error: Exception) -> Exception | None:
    """The error, if it is no sentence that was meant to be read."""
    return None if isinstance(error, ChinwagError | OSError) else error
