"""The arithmetic of trying again: how long to wait after a failure, and how fast to go.

Owns the backoff with jitter and the token bucket, as numbers. It reads no clock and draws no random number: ``now`` and
the draw are arguments, so the same arguments give the same answer in a test and in production.
Refuses settings that make no sense (a factor below 1, a rate of nothing) when they are written down, not at 3 a.m.

Rule: instants and delays are whole microseconds; the bucket counts in whole numbers too, so ``ready_at`` and ``take``
never disagree by a rounding error.
"""

import math
from fractions import Fraction

import msgspec

from chinwag.core.durations import SECOND
from chinwag.core.errors import UsageError

# Beyond this exponent every factor that grows at all has long since passed any ceiling; it keeps `**` in floats.
_MOST_ATTEMPTS = 10**9

# 0.1 a second is meant as one tenth, not as the binary fraction beside it; and it keeps the bucket's numbers small.
_FINEST_RATE = 10**9


class Backoff(msgspec.Struct, frozen=True):
    """Waits that grow from ``first`` by ``factor`` up to ``ceiling``, with equal jitter.

    Equal jitter: half of the wait is fixed and half is drawn, so that many who failed together do not come back
    together, and nobody comes back at once.

    Args:
        first: the full wait after the first failure, in microseconds.
        factor: how much longer each further wait is; at least 1.
        ceiling: the longest full wait, in microseconds.

    Raises:
        UsageError: if ``first`` is not positive, ``factor`` not finite or below 1, or ``ceiling`` below ``first``.

    >>> backoff = Backoff()
    >>> [backoff.delay(attempt, unit=0.5) for attempt in range(4)]
    [375000, 750000, 1500000, 3000000]
    """

    first: int = 500_000
    factor: float = 2.0
    ceiling: int = 60_000_000

    def __post_init__(self) -> None:
        if self.first <= 0:
            raise UsageError(f"Backoff(first={self.first}) would not wait; write microseconds above 0, such as 500_000")
        if not 1 <= self.factor < math.inf:
            raise UsageError(f"Backoff(factor={self.factor}) does not grow; write a finite number from 1, such as 2.0")
        if self.ceiling < self.first:
            raise UsageError(f"Backoff(ceiling={self.ceiling}) is below first={self.first}; write a ceiling above it")

    def delay(self, attempt: int, unit: float) -> int:
        """How long to wait before trying again.

        Args:
            attempt: how many waits there were already: 0 after the first failure. However large, it never overflows.
            unit: a random draw from 0 (the shortest wait) up to but not including 1 (the longest).

        Returns:
            Microseconds: from half of the full wait to the full wait.

        Raises:
            UsageError: if ``attempt`` is negative or ``unit`` is outside 0 to 1.

        >>> Backoff(first=100, factor=3.0, ceiling=1_000).delay(10**100, unit=0.0)
        500
        """
        if attempt < 0:
            raise UsageError(f"attempt={attempt} cannot be; attempts count from 0")
        if not 0 <= unit < 1:
            raise UsageError(f"unit={unit} is no draw; pass a number from 0 up to but not including 1")
        full = self._full(attempt)
        half = full // 2
        return half + int((full - half) * unit)

    def _full(self, attempt: int) -> int:
        try:
            grown = self.first * self.factor ** min(attempt, _MOST_ATTEMPTS)
        except OverflowError:
            return self.ceiling
        return int(min(grown, self.ceiling))


class TokenBucket:
    """A pace: ``burst`` at once, then ``rate`` a second. Begins full.

    A clock that jumps back costs at most the tokens of that moment: the bucket keeps what it holds and fills from the
    new time on, and never waits for the clock to catch up.

    Args:
        rate: tokens per second.
        burst: how many tokens it holds.

    Raises:
        UsageError: if ``rate`` is not positive and finite, or ``burst`` is below 1.

    >>> bucket = TokenBucket(rate=2, burst=1)
    >>> bucket.take(now=0), bucket.take(now=0)
    (True, False)
    >>> bucket.ready_at(now=0), bucket.take(now=500_000)
    (500000, True)
    """

    __slots__ = ("_cost", "_flow", "_full", "_level", "_stamp")

    def __init__(self, rate: float, burst: int) -> None:
        if not 0 < rate < math.inf:
            raise UsageError(f"a rate of {rate} per second cannot be kept; write a finite number above 0")
        if burst < 1:
            raise UsageError(f"a burst of {burst} lets nothing through; write 1 or more")
        # With a rate of p/q a second, a token is q million drops and p drops fall in a microsecond: all whole numbers.
        exact = max(Fraction(rate).limit_denominator(_FINEST_RATE), Fraction(1, _FINEST_RATE))
        self._flow = exact.numerator
        self._cost = exact.denominator * SECOND
        self._full = burst * self._cost
        self._level = self._full
        self._stamp = 0

    def take(self, now: int) -> bool:
        """Take a token if there is one.

        Args:
            now: the instant, in microseconds.

        >>> TokenBucket(rate=1, burst=1).take(now=0)
        True
        """
        self._fill(now)
        if self._level < self._cost:
            return False
        self._level -= self._cost
        return True

    def ready_at(self, now: int) -> int:
        """The first instant, not before ``now``, at which ``take`` succeeds if nobody takes before.

        Args:
            now: the instant, in microseconds.

        >>> TokenBucket(rate=1, burst=1).ready_at(now=7)
        7
        """
        self._fill(now)
        missing = max(0, self._cost - self._level)
        return now - (-missing // self._flow)

    def _fill(self, now: int) -> None:
        passed = max(0, now - self._stamp)
        self._level = min(self._full, self._level + passed * self._flow)
        self._stamp = now
