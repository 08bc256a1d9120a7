"""Users who do not wait: messages at a fixed rate, answered or not, and how long each answer took.

A latency counts from the instant at which a message was *due*: a feeder that the system itself held up must not make
the system look better. How late the feeder was is told beside it. The clock is an argument.
"""

import array
import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.report import percentile
from benchmarks.traffic import TURNS, Feed, Heard, Traffic, update_bytes


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds from a message to its answer, and how late the feeder itself was."""

    p50: float
    p99: float
    worst: float
    feeder_p99: float


class OpenLoop:
    """Users who do not wait: message after message at a fixed rate, and how long each answer took.

    The n-th answer to a user answers his n-th message.

    Args:
        traffic: who speaks.
        rate: messages a second.
        feed: takes each update's bytes; must only queue them. Called on whichever thread calls ``feed_due``.
        clock: nanoseconds.

    Example:
        >>> now, queue = [0], []
        >>> loop = OpenLoop(Traffic(users=1, first_user=42), 1000.0, queue.append, clock=lambda: now[0])
        >>> loop.start()
        >>> loop.feed_due(), len(queue)  # the first is due at once, the next in 1,000,000 ns
        (1000000, 1)
        >>> now[0] = 400_000
        >>> loop.on_send(42, "How many?")
        >>> loop.latency().p50
        0.4
    """

    __slots__ = (
        "_began",
        "_bodies",
        "_clock",
        "_fed",
        "_feed",
        "_gap",
        "_heard",
        "_late",
        "_plan",
        "_positions",
        "_took",
        "_update",
    )

    def __init__(
        self, traffic: Traffic, rate: float, feed: Feed, clock: Callable[[], int] = time.perf_counter_ns
    ) -> None:
        """Prepare every message; the clock starts at ``start``."""
        plan = traffic.spaced()
        self._gap = 1e9 / rate
        self._feed = feed
        self._clock = clock
        self._began = 0
        self._heard = Heard(traffic)
        self._fed = 0
        self._update = traffic.first_update
        self._plan = list(_in_order(traffic, plan))
        self._positions = _positions(traffic, self._plan)
        self._bodies = traffic.bodies()
        self._took = array.array("q")
        self._late = array.array("q")

    @property
    def answered(self) -> int:
        """How many messages were answered."""
        return len(self._took)

    @property
    def done(self) -> bool:
        """Whether every message was answered."""
        return self.answered == len(self._plan)

    def start(self) -> None:
        """Start the clock: the first message is due now."""
        self._began = self._clock()

    def feed_due(self) -> int | None:
        """Hand over all messages that are due.

        Returns:
            Nanoseconds until the next one is due; None after the last.
        """
        while self._fed < len(self._plan):
            wait = self._due(self._fed) - self._clock()
            if wait > 0:
                return wait
            self._late.append(-wait)
            position = self._fed
            self._fed = position + 1
            self._feed(update_bytes(self._update + position, self._bodies[self._plan[position]]))
        return None

    def on_send(self, user: int, text: str) -> None:
        """Take ``text``, which the system handed over for Telegram's ``user``: one message was answered."""
        now = self._clock()
        index = self._heard(user, text)
        body = TURNS * index + self._heard.count[index] - 1
        self._took.append(now - self._due(self._positions[body]))

    def latency(self) -> Latency:
        """Sum up the latencies so far.

        Raises:
            ValueError: nothing was answered yet.
        """
        answers, feeder = ([nanoseconds / 1e6 for nanoseconds in took] for took in (self._took, self._late))
        return Latency(
            percentile(answers, 0.5), percentile(answers, 0.99), percentile(answers, 1.0), percentile(feeder, 0.99)
        )

    def check(self) -> None:
        """See that everybody got all his answers, the last of them right.

        Raises:
            AssertionError: somebody did not, so what was measured was not the work.
        """
        self._heard.check()

    def _due(self, position: int) -> int:
        return self._began + int(position * self._gap)


def _in_order(traffic: Traffic, plan: list[int]) -> Iterator[int]:
    """Give which of ``bodies`` comes at each position: a user's next one, each time that it is his turn."""
    said = bytearray(traffic.users)
    for index in plan:
        yield TURNS * index + said[index]
        said[index] += 1


def _positions(traffic: Traffic, bodies: list[int]) -> "array.array[int]":
    """Give the reverse: the position at which each of ``bodies`` comes."""
    positions = array.array("q", bytes(8 * traffic.messages))
    for position, body in enumerate(bodies):
        positions[body] = position
    return positions


async def pace_async(loop: OpenLoop) -> None:
    """Feed ``loop`` from its start to its last message, on the running event loop.

    There is no such thing for a thread: beside a busy interpreter a feeding thread gets its turn every 5 ms, and that
    would be measured instead of the system.
    """
    loop.start()
    while (wait := loop.feed_due()) is not None:  # noqa: ASYNC110 - waits for an instant, not for an event
        await asyncio.sleep(wait / 1e9)
