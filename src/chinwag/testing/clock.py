"""The virtual clock: a date for the virtual loop's time.

Every world begins at the same instant, so a test that passes today passes on the day when the clocks change.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from chinwag.ports import Timer
from chinwag.testing.loop import VirtualLoop

START = datetime(2026, 1, 5, 12, tzinfo=UTC)
"""A Monday, at noon."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class VirtualClock:
    """The time of a virtual loop, as ``chinwag.ports.Clock`` wants it.

    Args:
        loop: whose time it is.
        start: the date of the loop's origin, in microseconds since the epoch.

    >>> loop = VirtualLoop()
    >>> clock = VirtualClock(loop, instant(START))
    >>> loop.advance(60_000_000)
    >>> str(moment(clock.now()))
    '2026-01-05 12:01:00+00:00'
    >>> loop.close()
    """

    __slots__ = ("_loop", "_start")

    def __init__(self, loop: VirtualLoop, start: int) -> None:
        self._loop = loop
        self._start = start

    def now(self) -> int:
        """Microseconds since the epoch."""
        return self._start + self._loop.elapsed

    def call_at(self, due: int, callback: Callable[[], None]) -> Timer:
        """Call once ``due`` has come."""
        return self._loop.call_at((due - self._start) / 1_000_000, callback)


def instant(moment: datetime) -> int:
    """A date as microseconds since the epoch.

    Raises:
        ValueError: if it has no time zone.

    >>> instant(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    if moment.tzinfo is None:
        msg = f"{moment!r} has no time zone: write datetime(..., tzinfo=UTC)"
        raise ValueError(msg)
    return (moment - _EPOCH) // _MICROSECOND


def moment(instant: int) -> datetime:
    """Microseconds since the epoch as a date, in UTC."""
    return _EPOCH + instant * _MICROSECOND
