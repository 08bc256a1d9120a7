"""How fast a network may be spoken to: limits, and when the next message fits them.

A limit is so many in so long: a bucket of tokens, each of which comes back one period after it was taken, or after what
it was taken for was answered, if that is told. So there never are more than its tokens in any stretch of one period,
which a bucket that fills steadily does not promise, nor one that does not see what is late on its way.
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

    A clock that jumps back gives tokens back: nobody waits for it to catch up.

    Args:
        limit: how many, and in how long each comes back.

    >>> bucket = Bucket(Limit(tokens=2, period=1_000_000))
    >>> bucket.take(0), bucket.ready_at(10)
    (None, 10)
    >>> bucket.take(10), bucket.ready_at(10)
    (None, 1000000)
    """

    __slots__ = ("_answered", "_flying", "_limit")

    def __init__(self, limit: Limit) -> None:
        self._limit = limit
        self._flying: deque[int] = deque()
        self._answered: deque[int] = deque()

    def ready_at(self, now: int) -> int:
        """The first instant, not before ``now``, at which there is a token.

        Args:
            now: in microseconds.
        """
        held = self._held(now)
        excess = len(held) - self._limit.tokens
        return now if excess < 0 else sorted(held)[excess] + self._limit.period

    def take(self, now: int) -> None:
        """Take a token; only when ``ready_at`` says that there is one.

        Args:
            now: in microseconds.
        """
        while self._flying and self._flying[-1] > now:
            self._flying.pop()
        self._flying.append(now)

    def answered(self, now: int) -> None:
        """What a token was taken for has reached the network, nobody knows when until now: its period begins now.

        Args:
            now: in microseconds.
        """
        if self._flying:
            self._flying.popleft()
        while self._answered and self._answered[-1] > now:
            self._answered.pop()
        self._answered.append(now)

    def idle(self, now: int) -> bool:
        """Whether all of its tokens are back, so that a new bucket would do as well.

        Args:
            now: in microseconds.
        """
        return not self._held(now)

    def _held(self, now: int) -> list[int]:
        """When the tokens were taken, or answered for, that are not back; none of the future, of a clock set back."""
        for taken in (self._flying, self._answered):
            while taken and taken[0] + self._limit.period <= now:
                taken.popleft()
        return [at for at in (*self._flying, *self._answered) if at <= now]
