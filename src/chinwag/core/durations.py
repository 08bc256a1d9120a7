"""Durations as people write them, and as the machine counts them.

People write ``minutes(20)``, a ``timedelta`` or plain seconds; inside, a duration is a whole number of microseconds.
This module owns the way from one to the other, and refuses what no deadline can be made of: a duration that is
negative, not finite, not a number, or longer than a hundred years.

Rule: every duration that comes from a bot or from a command line passes through ``microseconds`` once.
"""

import math
from datetime import timedelta

from chinwag.core.errors import UsageError

SECOND = 1_000_000
"""One second, in microseconds."""

LONGEST = 36_525 * 86_400 * SECOND
"""The longest duration that is accepted, a hundred years, in microseconds."""

_MICROSECOND = timedelta(microseconds=1)
_SIMPLE = 1_000_000  # seconds below this need no check, and most timeouts are such


def seconds(n: float) -> timedelta:
    """A duration of ``n`` seconds.

    Args:
        n: how many seconds; fractions are welcome.

    Raises:
        UsageError: if ``n`` is not a number, is negative, or makes more than a hundred years.

    >>> seconds(1.5)
    datetime.timedelta(seconds=1, microseconds=500000)
    """
    return _times(n, timedelta(seconds=1))


def minutes(n: float) -> timedelta:
    """A duration of ``n`` minutes.

    Args:
        n: how many minutes; fractions are welcome.

    Raises:
        UsageError: if ``n`` is not a number, is negative, or makes more than a hundred years.

    >>> minutes(20)
    datetime.timedelta(seconds=1200)
    """
    return _times(n, timedelta(minutes=1))


def hours(n: float) -> timedelta:
    """A duration of ``n`` hours.

    Args:
        n: how many hours; fractions are welcome.

    Raises:
        UsageError: if ``n`` is not a number, is negative, or makes more than a hundred years.

    >>> hours(2)
    datetime.timedelta(seconds=7200)
    """
    return _times(n, timedelta(hours=1))


def days(n: float) -> timedelta:
    """A duration of ``n`` days of 24 hours each, whatever the clocks do.

    Args:
        n: how many days; fractions are welcome.

    Raises:
        UsageError: if ``n`` is not a number, is negative, or makes more than a hundred years.

    >>> days(3)
    datetime.timedelta(days=3)
    """
    return _times(n, timedelta(days=1))


def microseconds(duration: float | timedelta) -> int:
    """A duration as a whole number of microseconds, from 0 to a hundred years.

    Args:
        duration: seconds as a number, or a ``timedelta``.

    Returns:
        Microseconds, rounded to the nearest.

    Raises:
        UsageError: if it is not a number (``True`` is none), not finite, negative, or more than a hundred years.

    >>> microseconds(0.25), microseconds(minutes(5))
    (250000, 300000000)
    >>> microseconds(-1)
    Traceback (most recent call last):
    ...
    chinwag.core.errors.UsageError: a duration cannot be negative; write 0 or more, such as 30 or minutes(5)
    """
    kind = type(duration)
    if (kind is float or kind is int) and 0 <= duration < _SIMPLE:  # type: ignore[operator]  # it is no timedelta
        return round(duration * SECOND)  # type: ignore[arg-type]
    if isinstance(duration, timedelta):
        return _within(duration // _MICROSECOND)
    return _amount(duration, SECOND)


def _times(n: float, unit: timedelta) -> timedelta:
    return timedelta(microseconds=_amount(n, unit // _MICROSECOND))


def _amount(n: float, size: int) -> int:
    _check_number(n)
    if isinstance(n, int):
        return _within(n * size)
    if n < 0:  # before rounding, which would make 0 of a tiny one
        return _within(-1)
    # Bounded before it is multiplied: 1e308 seconds are a number, and 1e314 microseconds are not.
    return _within(round(min(n, 2.0 * LONGEST) * size))


def _check_number(n: object) -> None:
    if isinstance(n, bool) or not isinstance(n, int | float):
        raise UsageError(
            f"a duration is a number of seconds or a timedelta, not {type(n).__name__}; write 30 or minutes(5)"
        )
    if isinstance(n, float) and not math.isfinite(n):
        raise UsageError(f"a duration has to be finite, not {n}; write a number of seconds, such as 30 or minutes(5)")


def _within(amount: int) -> int:
    if amount < 0:
        raise UsageError("a duration cannot be negative; write 0 or more, such as 30 or minutes(5)")
    if amount > LONGEST:
        raise UsageError("a duration of more than 100 years is too long; write something shorter, such as days(365)")
    return amount
