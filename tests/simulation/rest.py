"""The end of a scenario: all trouble ends, everything is let come to rest, and what is left is looked at.

Owns the checks that need the end: nothing waits for ever, nothing was lost or doubled without being counted, whoever is
woken stands where the model has it, memory holds no more than its budget, and nobody ever told a secret.
"""

from __future__ import annotations

import logging
import traceback
from typing import Any

from tests.simulation.told import Violation

from chinwag.runtime.inputs import Woken

SECOND = 1_000_000


class Ear(logging.Handler):
    """Hears all that chinwag logs."""

    def __init__(self, world: Any) -> None:
        super().__init__()
        self.world = world

    def emit(self, record: logging.LogRecord) -> None:
        words = record.getMessage()
        if record.levelno >= logging.CRITICAL:
            trace = "".join(traceback.format_exception(record.exc_info[1])) if record.exc_info else ""
            self.world.report(Violation(0, f"chinwag itself is at a loss: {words}\n{trace}"))
        if record.exc_info:
            words += str(record.exc_info[1])
        if self.world.secret in words:
            self.world.report(Violation(10, f"a log tells a secret: {words}"))


def come_to_rest(world: Any) -> None:
    """Let everything end, and look."""
    world.network.calm = True
    world.network.down_until = 0
    world._commit_fates.clear()
    world._send_fates.clear()
    if world.process is not None:
        world.process.loop.left = 0
    # Whatever was said goes out, however slow; a clock that was set back makes every pause longer by that.
    left = most = 12 + world.set_back // (70 * SECOND)
    while left > most - 2 or (left and not _is_quiet(world)):
        delivered = world.network.delivered
        world.up_at = min(world.up_at, world.elapsed)  # who was on the way to die still dies, and is not down for long
        world.pass_time(70 * SECOND)
        left = most - 2 if world.network.delivered > delivered and left <= most - 2 else left - 1
        if world.crowded:
            return
    for _ in range(100):  # what is durable and not yet told to the worker has not been acted on
        if world.process is None or world.process.worker.committing is None:
            break
        world.pass_time(SECOND // 10)
    _settled(world)
    _delivered(world)
    _asleep(world)
    if world.process is not None:
        world.process.die()
        world.died(0)
        world.pass_time(2 * SECOND)
    _awake(world)
    _secrets(world)


def _is_quiet(world: Any) -> bool:
    """Whether nothing is under way but what sleeps, waits for somebody, or runs in the outside world."""
    said = any(row[2] in {"pending", "sending"} for row in world.model.mirror.outbox.values())
    return not said and not world.network.unanswered


def _check(world: Any, holds: object, invariant: int, words: str) -> None:
    if not holds and world.violation is None:
        raise Violation(invariant, words)


def _settled(world: Any) -> None:
    left = list(world.network.unanswered)
    _check(world, not left, 1, f"messages are never acknowledged: {left[:5]}")
    now = world.clock_start + world.elapsed
    for number, row in world.model.mirror.outbox.items():
        _check(world, row[2] not in {"pending", "sending"}, 3, f"message {number} is never decided: {row}")
    for number, life in world.model.folk.all.items():
        due = life.earliest()
        _check(world, not due or due > now - 5 * SECOND, 5, f"conversation {number} has slept through {due}")
        _check(world, life.status != "unbegun", 1, f"conversation {number} never begins")
        if life.status == "waiting":
            kinds = [kind for kind, _ in life.held]
            _check(world, not kinds, 1, f"conversation {number} holds {kinds} for ever")
            for branch in life.waits():
                _waits_for_ever(world, number, branch)
    for number, row in world.model.mirror.schedule.items():
        _check(world, row[4] > now - 5 * SECOND, 5, f"schedule {number} has missed a run: {row}")


def _waits_for_ever(world: Any, number: int, branch: Any) -> None:
    kind = branch.want.kind
    if kind == "step":
        running = world.process.worker.steps.running if world.process is not None else {}
        _check(world, (number, branch.path) in running, 4, f"conversation {number} waits for a step that does not run")
    elif kind == "delivered":
        row = world.model.mirror.outbox.get(branch.want.target)
        _check(world, None, 3, f"conversation {number} waits for ever for the delivery of {row}")


def _delivered(world: Any) -> None:
    """Each message at least once, repeats counted, in order within its room."""
    copies = world.network.copies
    for number, row in world.model.mirror.outbox.items():
        came = len(copies.get(number, ()))
        _, _, status, _, _, doubled, _, once, _, _ = row
        _check(world, came or status != "sent", 3, f"message {number} counts as sent and never came: {row}")
        # A clock that was set back hides how long ago a key was used first.
        hidden = world.set_back and world.scenario.knobs.window
        _check(
            world,
            came - 1 <= doubled or hidden,
            3,
            f"message {number} came {came} times, and {doubled} repeats are counted",
        )
        if once and number not in world.retried and not hidden:
            _check(world, came <= 1, 3, f"message {number} is for at most once, and came {came} times")
        if status == "failed":
            _check(world, not came or doubled, 3, f"message {number} counts as refused, and came")
    for name, room in world.network.rooms.items():
        _in_order(world, name, room)


def _in_order(world: Any, name: str, room: Any) -> None:
    outbox = world.model.mirror.outbox
    seen: set[int] = set()
    last = 0
    for number in room.copies:
        row = outbox.get(number)
        if number in seen or row is None or row[7] or row[2] != "sent" or number in world.retried:
            continue
        seen.add(number)
        _check(world, number > last, 3, f"in {name}, message {number} came behind {last}")
        last = number


def _asleep(world: Any) -> None:
    """Memory holds no more than its budget once all is quiet."""
    process = world.process
    if process is None:
        return
    live, budget = 0, process.worker.budget
    for _ in range(6):  # a deadline may wake somebody just now; whoever moved is spared until that is committed
        process.worker.put(Woken(0))
        world.pass_time(SECOND // 10)
        live = len(process.worker.table.live)
        if live <= budget:
            break
    _check(world, live <= budget, 9, f"{live} conversations are in memory, with a budget of {budget}")


def _awake(world: Any) -> None:
    """Whoever is woken from the store stands where the model has it."""
    process = world.process
    if process is None or world.violation is not None:
        return
    process.worker.budget = 1_000_000
    for number, life in world.model.folk.all.items():
        if life.status == "waiting":
            process.worker.put(Woken(number))
    world.pass_time(SECOND)
    worker = process.worker
    live = worker.table.live
    moving = {*worker.draft.moved, *(worker.committing.moved if worker.committing is not None else ())}
    for number, life in world.model.folk.all.items():
        if life.status == "waiting" and world.violation is None and number not in moving:
            _check(world, number in live, 6, f"conversation {number} cannot be woken")
            mine = [(b.path, b.want.kind, b.due, b.prompt, b.asked) for b in life.waits()]
            there = [(b.path, b.effect.kind, b.due, b.prompt, b.asked) for b in live[number].waits()]
            _check(world, mine == there, 2, f"conversation {number} should wait for {mine}, and wakes with {there}")


def _secrets(world: Any) -> None:
    writer = world.store._writer
    if writer is None:
        return
    for table, columns in (
        ("conv", "error || birth"),
        ("journal", "row"),
        ("outbox", "body || error"),
        ("inbox", "body"),
    ):
        sql = f"SELECT count(*) FROM {table} WHERE instr({columns}, ?)"  # noqa: S608 - names of this file
        found = next(writer.execute(sql, (world.secret,)))[0]
        _check(world, not found, 10, f"the table {table} holds a secret")
