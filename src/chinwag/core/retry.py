"""The arithmetic of trying again: how long to wait after a failure.

Owns the backoff with jitter, as numbers. It draws no random number: the draw is an argument, so the same arguments give
the same answer in a test and in production. Refuses settings that make no sense (a factor below 1) when they are
written down, not at 3 a.m. Delays are whole microseconds.
"""

import math

import msgspec

from chinwag.core.errors import UsageError

# Beyond this exponent every factor that grows at all has long since passed any ceiling; it keeps `**` in floats.
_MOST_ATTEMPTS = 10**9


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
