"""The simulated network: brings what users write, takes what the bot says, and fails in every way that networks do.

Owns what is on the wire, which outlives any process: messages that were not acknowledged, copies that arrive twice or
late, what stands in each room. Checks at the moment itself what no later look can tell: that nothing goes out that is
not committed and claimed, and that nothing is acknowledged that is not durable.

Rules: what a send's answer says is true. Only "nobody knows" may hide a delivery, and only it may be delivered late.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from random import Random
from typing import Any

from tests.simulation.told import Said, Violation

from chinwag.core.errors import Ambiguous, RateLimited, Refused, Unreachable
from chinwag.core.values import Arrival, Outgoing
from chinwag.ports import Receipt

SECOND = 1_000_000
TRANSIT = 40 * SECOND
"""An adapter declares a window that is shorter than its network's by what a request may take."""


class Answer(Awaitable[Receipt]):
    """An answer that takes its time, and that nobody need live to hear."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, Receipt]]) -> None:
        self._work = work

    def __await__(self) -> Generator[Any, Any, Receipt]:
        return self._work().__await__()


class Room:
    """What stands in a room, in the order in which it came."""

    def __init__(self) -> None:
        self.copies: list[int] = []
        self.question = ""


class Network:
    """One network with one account.

    Args:
        world: time, and what is committed.
        draw: the randomness of what goes wrong.
    """

    def __init__(self, world: Any, draw: Random) -> None:
        self.world, self.draw = world, draw
        self.knobs = world.scenario.knobs
        self.rooms: dict[str, Room] = {}
        self.copies: dict[int, list[int]] = {}
        self.refs: dict[str, int] = {}
        self.refused: set[int] = set()
        self.tried: set[int] = set()
        self.keys: dict[str, int] = {}
        self.unanswered: dict[str, Arrival] = {}
        self.acknowledged: set[str] = set()
        self.texts: dict[str, str] = {}
        self.down_until = 0
        self.breaking = False
        self.calm = False
        self.sends = 0
        self.delivered = 0
        self.faults = 0
        self.late_keys: set[int] = set()

    def room(self, name: str) -> Room:
        found = self.rooms.get(name)
        if found is None:
            found = self.rooms[name] = Room()
        return found

    # -- in -----------------------------------------------------------------------------------------------------------

    def bring(self, process: Any, arrival: Arrival) -> None:
        """Hand a message over; it stays ours until it is acknowledged."""

        def done() -> None:
            if not process.dead:
                self._acknowledged(arrival)

        process.worker.receive(arrival, done)

    def _acknowledged(self, arrival: Arrival) -> None:
        if (arrival.account, arrival.id) not in self.world.model.mirror.seen:
            self.world.report(Violation(1, f"the message {arrival.id} is acknowledged before it is durable"))
        self.acknowledged.add(arrival.id)
        self.texts[arrival.id] = arrival.text
        self.unanswered.pop(arrival.id, None)

    # -- out ----------------------------------------------------------------------------------------------------------

    def send(self, process: Any, message: Outgoing) -> Receipt | Awaitable[Receipt]:
        """Take a message, or fail."""
        world = self.world
        self.sends += 1
        fate = world.fate_of_send()
        if fate == "before":
            process.die()
            return Receipt()
        self._permitted(message)
        error, arrives = self._trouble(message)
        ref = f"r{self.sends}"
        slow = self.draw.random() < self.knobs.slow_sends
        latency = self.draw.choice((1000, 20_000, 300_000, 3 * SECOND)) if slow else 0
        if arrives is not None:
            if latency or arrives:
                world.later(world.elapsed_now() + max(0, latency + arrives - 1), "lands", (message, ref))
            else:
                self.land(message, ref)
        if fate == "after":
            process.die()
            return Receipt(ref)
        if latency:
            return Answer(lambda: _answered(latency, ref, error))
        if error is not None:
            raise error
        return Receipt(ref)

    def _permitted(self, message: Outgoing) -> None:
        row = self.world.model.mirror.outbox.get(message.id)
        if row is None:
            self.world.report(Violation(3, f"message {message.id} {message.text!r} goes out and is not committed"))
        elif row[2] != "sending" or row[3] != self.world.epoch:
            self.world.report(Violation(3, f"message {message.id} goes out as {row[2]} of epoch {row[3]}, unclaimed"))

    def _trouble(self, message: Outgoing) -> tuple[Exception | None, int | None]:
        """What goes wrong, and how long after the answer the message arrives; None if never."""
        if self.world.elapsed_now() < self.down_until:
            self.faults += 1
            if self.breaking and not message.target and message.id not in self.refused:
                # The line breaks under this very message: it came through, its answer did not.
                self.breaking = False
                self.tried.add(message.id)
                return Ambiguous("the line broke"), 0
            return Unreachable("no route"), None
        if message.id in self.refused:
            return Refused("blocked"), None  # it is its last word, also if it is asked again
        if message.target and not self._fits(message):
            return self._refusal(message), None
        known = message.id in self.tried
        self.tried.add(message.id)
        if self.calm or self.draw.random() >= self.knobs.bad_sends:
            return None, 0
        self.faults += 1
        return self._fault(message, known=known)

    def _fits(self, message: Outgoing) -> bool:
        """Whether a change names the message that it is meant for."""
        target = self.world.model.mirror.outbox.get(message.target)
        there = self.refs.get(message.ref) if message.ref else None
        if (message.ref and there != message.target) or (
            not message.ref and target is not None and target[2] == "sent"
        ):
            self.world.report(Violation(3, f"{message} names {message.ref!r}, which is message {there}"))
        return there == message.target

    def _fault(self, message: Outgoing, *, known: bool) -> tuple[Exception, int | None]:
        kind = self.draw.choice(self.knobs.send_faults)
        if kind == "refused" and not known:
            return self._refusal(message), None
        if kind == "limited":
            return RateLimited("slow down", self.draw.choice((0.5, 3, 40))), None
        if kind in {"unreachable", "refused"}:
            return Unreachable("no route"), None
        error: Exception = Ambiguous("no answer") if self.draw.random() < 0.8 else ConnectionResetError("reset")
        late = self.draw.choice((None, 0, 0, 2 * SECOND, 30 * SECOND))
        return error, late

    def _refusal(self, message: Outgoing) -> Exception:
        self.refused.add(message.id)
        return Refused("blocked")

    def land(self, message: Outgoing, ref: str) -> None:
        """It arrives in its room."""
        world = self.world
        if message.key:
            known = self.keys.get(message.key)
            if known is not None and world.elapsed_now() - known < self.knobs.window * SECOND + TRANSIT:
                self.refs[ref] = message.id
                return
            self.keys[message.key] = world.elapsed_now()
        said: Said | None = world.said.get(message.id)
        words = (said.text, said.act, said.room) if said is not None else None
        if words != (message.text, message.act, message.room):
            world.report(Violation(3, f"{message} arrived, and what is committed is {said}"))
        self.delivered += 1
        self.refs[ref] = message.id
        room = self.room(message.room)
        room.copies.append(message.id)
        self.copies.setdefault(message.id, []).append(world.elapsed_now())
        world.note("lands", message.id, message.text)
        if message.question:
            room.question = message.text
        world.users_read(message)


async def _answered(latency: int, ref: str, error: Exception | None) -> Receipt:
    await asyncio.sleep(latency / SECOND)
    if error is not None:
        raise error
    return Receipt(ref)
