"""What the model is told of the outside: what the bot declares, which steps ran, which runs of schedules were due.

Owns the executions of steps, counted where no crash reaches them, the schedules' own arithmetic, and how late a
deadline came. It is the model's window: what it says is compared with what was committed.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from msgspec import Struct
from tests.simulation.chat import Want
from tests.simulation.reference import WAITING, Branch
from tests.simulation.scenario import Declared, Scheduled
from tests.simulation.talk import Code, Flop, converse
from tests.simulation.told import Said, Violation

from chinwag.core.values import Arrival
from chinwag.ports import Planned

if TYPE_CHECKING:
    from tests.simulation.lives import Life
    from tests.simulation.model import Model

SECOND = 1_000_000
SLACK = 3 * SECOND
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Execution(Struct):
    """One attempt of a step."""

    epoch: int
    number: int
    state: str = "runs"


class Setting:
    """The window.

    Args:
        world: time, epochs, the network.
        declared: what starts what.
    """

    def __init__(self, world: Any, declared: Declared) -> None:
        self.world = world
        self.commands, self.triggers = declared.commands, declared.triggers
        self.listener, self.greeter, self.fallback = declared.listener, declared.greeter, declared.fallback
        self.per_room, self.busy = set(declared.per_room), declared.busy
        messages = [*declared.commands.values(), *declared.triggers.values(), declared.listener, declared.greeter]
        self.shares = any(index in self.per_room for index in messages if index is not None)
        self.declared = declared
        self.help = ""
        self.runs: dict[str, list[Execution]] = {}
        self.known: dict[str, str] = {}
        """Keys of steps: launched, stopped or journaled, as committed."""
        self.known_since: dict[str, int] = {}
        self.forgiven: dict[str, int] = {}
        self.tried_with: dict[int, int] = {}
        self.due: dict[int, int] = {}
        self.latest: int = 0

    # -- conversations ------------------------------------------------------------------------------------------------

    def begins(self, index: int, arguments: tuple[str, ...]) -> Callable[[Any], Any]:
        return lambda chat: converse(chat, index, arguments)

    def begun(self, life: Life, at: int) -> None:
        if at > self.world.clock_highest():
            raise Violation(5, f"conversation {life.number} begins at {at}, which has not come")

    def consumed(self, arrival: Arrival) -> None:
        self.world.consumed(arrival)

    def said(self, said: Said) -> None:
        self.world.said[said.number] = said

    def other_code(self, life: Life) -> bool:
        return self.tried_with.get(life.number, 0) != Code.version

    def tried(self, life: Life) -> None:
        self.tried_with[life.number] = Code.version

    def fired(self, life: Life, due: int) -> None:
        """A deadline is decided: not before it came, nor long after."""
        now = self.world.clock_highest()
        if due > max(now, self.world.latest_stamp):
            raise Violation(5, f"conversation {life.number} has a turn for {due} at {now}")
        late = self.world.up_since(due)
        if late > SLACK:
            raise Violation(5, f"conversation {life.number} has a turn for {due} only {late / SECOND} s after it could")

    # -- the outbox ---------------------------------------------------------------------------------------------------

    def settled(self, number: int, error: str) -> None:
        status = self.world.status_of(number)
        if (status == "sent") == bool(error) and number not in self.world.retried:
            raise Violation(3, f"message {number} is {status}, and whoever waits hears {error!r}")

    # -- steps --------------------------------------------------------------------------------------------------------

    async def work(self, key: str, takes: float, fails: int) -> str:
        """The outside world: what a step calls."""
        if self.world.closed:
            return ""  # the dead are buried, and what they do then is done nowhere
        epoch = self.world.epoch
        runs = self.runs.setdefault(key, [])
        self._permitted(key, runs, epoch)
        run = Execution(epoch, len(runs) + 1)
        runs.append(run)
        self.world.note("runs", run.number, key)
        if takes:
            try:
                await asyncio.sleep(takes)
            except asyncio.CancelledError:
                run.state = "cancelled"
                raise
        run.state = "failed" if fails < 0 or run.number <= fails else "done"
        if run.state == "failed":
            raise Flop(f"{key}#{run.number}")
        return f"{key}#{run.number}"

    def _permitted(self, key: str, runs: list[Execution], epoch: int) -> None:
        state, want = self.known.get(key, ""), self.world.wants.get(key)
        # What was stopped a moment ago may have begun by then: a stop is an act, too, and comes behind its commit.
        if want is None or (state != "launched" and (state, self.known_since.get(key)) != ("stopped", epoch)):
            self.world.report(Violation(4, f"the step {key} runs and is {state or 'not committed'}"))
            return
        runs = runs[self.forgiven.get(key, 0) :]
        mine = [run for run in runs if run.epoch == epoch]
        if len(mine) > want.retry or any(run.state in {"runs", "done"} for run in mine):
            self.world.report(Violation(4, f"the step {key} runs again in one process, after {mine}"))
        if want.once and len(mine) < len(runs):
            self.world.report(Violation(4, f"the step {key} must run once, and runs again after {runs}"))

    def launched(self, life: Life, branch: Branch, want: Want) -> None:
        del life, branch
        self.known[want.arguments[0]] = "launched"
        self.world.wants[want.arguments[0]] = want

    def resumed(self, life: Life, branch: Branch) -> None:
        assert branch.want is not None
        self.launched(life, branch, branch.want)

    def rerun(self, life: Life) -> None:
        """An operator wants the steps that it waits for to run anew."""
        for branch in life.waits():
            if branch.want is not None and branch.want.kind == "step":
                key = branch.want.arguments[0]
                self.forgiven[key] = len(self.runs.get(key, ()))

    def stopped(self, want: Want) -> None:
        self.known[want.arguments[0]] = "stopped"
        self.known_since[want.arguments[0]] = self.world.epoch

    def journaled(self, want: Want, *, failed: bool) -> None:
        if not failed:
            self.known[want.arguments[0]] = "journaled"

    def outcome(self, life: Life, branch: Branch, value: Any, error: BaseException | None) -> None:
        """What is journaled of a step must have happened."""
        want = branch.want
        assert want is not None
        key = want.arguments[0]
        runs = self.runs.get(key, [])
        if error is None or type(error).__name__ == "Flop":
            told = value if error is None else str(error)
            state = "done" if error is None else "failed"
            if not any(f"{key}#{run.number}" == told and run.state == state for run in runs):
                raise Violation(4, f"conversation {life.number} hears {told!r} of a step that ran as {runs}")
        elif type(error).__name__ == "OutcomeUnknown":
            claimed = self.world.model.mirror.step.get((life.number, branch.path), [0])[0]
            process = self.world.process
            stopping = process is not None and process.stopping  # a stop cancels what runs
            if not want.once or not 0 < claimed < self.world.epoch + stopping:
                raise Violation(4, f"conversation {life.number} hears that the outcome of {key} is unknown: {claimed}")
        elif type(error).__name__ != "StepTimeout" or not any(run.state == "cancelled" for run in runs):
            raise Violation(4, f"conversation {life.number} hears {error!r} of {key}, which ran as {runs}")

    # -- schedules ----------------------------------------------------------------------------------------------------

    def planned(self, rows: Any) -> None:
        """Rows that a start writes: the next run of each must lie ahead, and be one."""
        for number, name, _, zone, spec, due, anchor in rows:
            declared = self._declared(name, spec)
            expected = following(declared, self.world.decided_at, zone, anchor)
            if due != expected:
                raise Violation(5, f"schedule {number} ({spec}, {zone}) is planned for {due}, not {expected}")

    def scheduled(self, model: Model, planned: Planned) -> None:
        """A run is due: it begins within its grace unless it still runs, and its row moves on."""
        stored = model.mirror.schedule.get(planned.number)
        moved = model.batch.moved(planned.number)
        declared = self._declared(planned.name, planned.spec)
        if stored is None or stored[4] != planned.due or moved is None:
            raise Violation(5, f"{planned} is due, and the store has {stored}, the commit {moved}")
        zone, anchor, now = planned.zone, planned.anchor, model.now
        if planned.due > self.world.clock_highest():
            raise Violation(5, f"{planned} begins at {now}")
        following_one = following(declared, now, zone, anchor)
        if moved[5] != following_one:
            raise Violation(5, f"{planned} moves on to {moved[5]}, not {following_one}")
        latest = planned.due
        while (after := following(declared, latest, zone, anchor)) <= now:
            latest = after
        if now - latest > declared.grace * SECOND:
            return  # nobody is woken for a run that is skipped
        # One that diverged waits for its code to be mended: that stops no later run.
        if not any(life.index == declared.index and life.status == WAITING for life in model.here(planned.address)):
            model.begin(declared.index, None, planned.address, own=True)

    def _declared(self, name: str, spec: str) -> Scheduled:
        for one in self.declared.schedules:
            if f"talk{one.index}" == name and _written(one) == spec:
                return one
        raise Violation(5, f"a run of {name} by {spec}, which is not declared")


def _written(one: Scheduled) -> str:
    return f"every {int(one.spec) * SECOND}" if one.kind == "every" else f"{one.kind} {one.spec}"


def following(one: Scheduled, after: int, zone: str, anchor: int) -> int:
    """The first run after an instant, by a walk over the days; told without chinwag's arithmetic."""
    if one.kind == "every":
        period = int(one.spec) * SECOND
        return anchor + ((after - anchor) // period + 1) * period
    region = ZoneInfo(zone)
    today = (EPOCH + dt.timedelta(microseconds=after)).astimezone(region).date()
    found = []
    for day in range(-1, 10):
        date = today + dt.timedelta(days=day)
        run = _run_on(one, date, region)
        if run is not None and run > after:
            found.append(run)
    return min(found)


def _run_on(one: Scheduled, date: dt.date, region: ZoneInfo) -> int | None:
    if one.kind == "daily":
        hour, minute = map(int, one.spec.split(":"))
    else:
        fields = one.spec.split()
        minute, hour, days = int(fields[0]), int(fields[1]), fields[4]
        weekday = date.isoweekday()
        if (days == "SUN" and weekday != 7) or (days == "1-5" and weekday > 5):
            return None
    wall = dt.datetime(date.year, date.month, date.day, hour, minute, tzinfo=region)
    instant = wall.astimezone(dt.UTC)
    if instant.astimezone(region).replace(tzinfo=None) != wall.replace(tzinfo=None):
        # In the gap: the first instant after it.
        low = instant - dt.timedelta(hours=3)
        offset = low.astimezone(region).utcoffset()
        while low.astimezone(region).utcoffset() == offset:
            low += dt.timedelta(minutes=1)
        instant = low
    return (instant - EPOCH) // dt.timedelta(microseconds=1)
