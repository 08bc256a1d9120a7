"""How fast a network may be spoken to: limits, and when the next message fits them.

A limit is so many in so long: a bucket of tokens, each of which comes back one period after it was taken. So there
never are more than its tokens in any stretch of one period, which a bucket that fills steadily does not promise.
Nothing here reads a clock: ``now`` is an argument, in microseconds.
"""

from collections import deque
from collections.abc import Callable

from msgspec import Struct

from chinwag.core.errors import UsageError


class Limit(Struct, frozen=True):
    """At most so many in so long.

    Args:
        tokens: how many; 1 or more.
        period: in how long, in microseconds; above 0.

    Raises:
        UsageError: for a limit that lets nothing through, or is none.

    >>> Limit(20, 60_000_000)
    Limit(tokens=20, period=60000000)
    """

    tokens: int
    period: int

    def __post_init__(self) -> None:
        if self.tokens < 1 or self.period < 1:
            raise UsageError(f"{self!r} lets nothing through: write 1 or more of each, the period in microseconds")


class Limits(Struct, frozen=True):
    """What a network allows one account.

    Args:
        overall: for all messages together.
        room: given a room, the name under which it is limited (topics of a group may share one), and its limits.
    """

    overall: tuple[Limit, ...]
    room: Callable[[str], tuple[str, tuple[Limit, ...]]]


class Bucket:
    """The tokens of one limit.

    A clock that jumps back by more than a period gives all tokens back: nobody waits for it to catch up.

    Args:
        limit: how many, and in how long each comes back.

    >>> bucket = Bucket(Limit(tokens=2, period=1_000_000))
    >>> bucket.take(0), bucket.ready_at(10)
    (None, 10)
    >>> bucket.take(10), bucket.ready_at(10)
    (None, 1000000)
    """

    __slots__ = ("_limit", "_taken")

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._taken: deque[int] = deque(maxlen=limit.tokens)

    def ready_at(self, now: int) -> int:
        """The first instant, not before ``now``, at which there is a token.

        Args:
            now: in microseconds.
        """
        taken, period = self._taken, self._limit.period
        if len(taken) < self._limit.tokens:
            return now
        back = taken[0] + period
        return back if now < back <= now + period else now

    def take(self, now: int) -> None:
        """Take a token; only when ``ready_at`` says that there is one.

        Args:
            now: in microseconds.
        """
        self._taken.append(now)

    def idle(self, now: int) -> bool:
        """Whether all of its tokens are back, so that a new bucket would do as well.

        Args:
            now: in microseconds.
        """
        return not self._taken or not now - self._limit.period < self._taken[-1] <= now
