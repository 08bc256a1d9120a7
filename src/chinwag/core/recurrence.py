"""Runs by the wall clock: which instants meet a pattern of dates and times of day in a zone.

Owns the search forward, the search backward and the counting, across changes of the clocks. It knows nothing of how a
pattern is written. Here an instant is whole seconds since 1970 in UTC, and a date is an ordinal.

Rules: time is worked through date by date. A plain date (``zones.midnight``) is one bisection and one addition; any
other is listed, run by run, once, and remembered. No search looks further than fifty years.
"""

from bisect import bisect_right
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import lru_cache

import msgspec

from chinwag.core.zones import DAY, EPOCH, date_at, exists, gap_end, midnight, offsets

# The longest pause of a date that ever comes: 29 February on a given weekday, around 2100, takes 40 years.
_PATIENCE = 50 * 366

_FIRST_DATE, _LAST_DATE = date(1900, 1, 1).toordinal(), date(9999, 1, 1).toordinal()

FIRST, LAST = (_FIRST_DATE - EPOCH) * DAY, (_LAST_DATE - EPOCH) * DAY
"""The edges between which runs are looked for: inside of those of ``datetime``, so that no zone falls off them."""


class Pattern(msgspec.Struct, frozen=True, eq=False):
    """Dates and times of day. Compared by identity, so that it is a cheap key: keep it, and use it again.

    Args:
        times: seconds of the day, sorted.
        dates: which dates it is for; ``None`` for all.
        by_the_clock: if true, a time that does not exist on a date is left out, and one that exists twice runs twice;
            otherwise each has one run: after the gap, and the first time.
    """

    times: tuple[int, ...]
    dates: Callable[[date], bool] | None = None
    by_the_clock: bool = False


def run_after(pattern: Pattern, after: int, zone_name: str) -> int | None:
    """The first run later than an instant, or ``None`` if fifty years have none.

    Args:
        pattern: when it runs.
        after: seconds since 1970, from ``FIRST`` to ``LAST``.
        zone_name: IANA name of the zone whose wall clock counts.

    >>> run_after(Pattern(times=(72_000,)), 0, "Europe/Berlin")  # 20:00 there, 19:00 in UTC
    68400
    """
    near = _around(zone_name, after)
    runs = [run for ordinal in near if (run := _first_on(pattern, zone_name, ordinal, after)) is not None]
    if runs:
        return min(runs)
    ordinal = _date_from(pattern, near.stop, 1)
    # Without the limit, a time that lies in the gap of every year, and is left out there, is looked for for ever.
    while ordinal is not None and ordinal < near.stop + _PATIENCE:
        run = _first_on(pattern, zone_name, ordinal, after)
        if run is not None:
            return run
        ordinal = _date_from(pattern, ordinal + 1, 1)
    return None


def run_until(pattern: Pattern, after: int, until: int, zone_name: str) -> int | None:
    """The last run later than ``after`` and not later than ``until``, searched backward, whatever lies between.

    Args:
        pattern: when it runs.
        after: seconds since 1970, from ``FIRST`` to ``LAST``.
        until: likewise.
        zone_name: IANA name of the zone whose wall clock counts.

    >>> run_until(Pattern(times=(0,)), 0, 365 * 86_400 + 7, "UTC")
    31536000
    """
    near = _around(zone_name, until)
    runs = [run for ordinal in near if (run := _last_on(pattern, zone_name, ordinal, until)) is not None]
    earliest = date_at(zone_name, after) - 1
    ordinal = None if runs else _date_from(pattern, near.start - 1, -1)
    while not runs and ordinal is not None and ordinal >= earliest:
        run = _last_on(pattern, zone_name, ordinal, until)
        runs = [] if run is None else [run]
        ordinal = _date_from(pattern, ordinal - 1, -1)
    return max((run for run in runs if run > after), default=None)


@lru_cache(maxsize=1024)
def count(pattern: Pattern, after: int, until: int, zone_name: str) -> int:
    """How many runs are later than ``after`` and not later than ``until``: at most a step a date, never one a run.

    Args:
        pattern: when it runs.
        after: seconds since 1970, from ``FIRST`` to ``LAST``.
        until: likewise.
        zone_name: IANA name of the zone whose wall clock counts.

    >>> count(Pattern(times=(0, 43_200)), 0, 365 * 86_400, "UTC")
    730
    """
    if pattern.dates is None and len(pattern.times) == 1 and not pattern.by_the_clock:
        return _count_daily(pattern, after, until, zone_name)
    total, odd = 0, set[int]()
    last = date_at(zone_name, until) + 1
    ordinal = _date_from(pattern, date_at(zone_name, after) - 1, 1)
    while ordinal is not None and ordinal <= last:
        base, marks = _runs_on(pattern, zone_name, ordinal)
        begin, end = bisect_right(marks, after - base), bisect_right(marks, until - base)
        if base:
            total += max(0, end - begin)
        else:  # two dates beside a gap may share the run after it
            odd.update(marks[begin:end])
        ordinal = _date_from(pattern, ordinal + 1, 1)
    return total + len(odd)


def _count_daily(pattern: Pattern, after: int, until: int, zone_name: str) -> int:
    """Of one run a date, the days between the first and the last tell the number; no zone is ever half a day astray."""
    last = run_until(pattern, after, until, zone_name)
    first = run_after(pattern, after, zone_name)
    return 0 if last is None or first is None else 1 + round((last - first) / DAY)


def _date_from(pattern: Pattern, ordinal: int, step: int) -> int | None:
    """The first date of the pattern from a date on, forward (``step`` 1) or backward (-1)."""
    return ordinal if pattern.dates is None else _search_date(pattern, ordinal, step)


@lru_cache(maxsize=4096)
def _search_date(pattern: Pattern, ordinal: int, step: int) -> int | None:
    stop = min(max(ordinal + step * _PATIENCE, _FIRST_DATE), _LAST_DATE)
    met = (one for one in range(ordinal, stop, step) if pattern.dates is None or pattern.dates(date.fromordinal(one)))
    return next(met, None)


@lru_cache(maxsize=512)
def _odd_runs(pattern: Pattern, zone_name: str, ordinal: int) -> tuple[int, ...]:
    """All runs that belong to a date on which the clocks change."""
    makes_up = not pattern.by_the_clock and exists(zone_name, ordinal)
    runs = set()
    for second in pattern.times:
        before, after = offsets(zone_name, datetime.fromordinal(ordinal) + timedelta(seconds=second))
        naive = (ordinal - EPOCH) * DAY + second
        if before >= after:
            runs.add(naive - before)
        elif makes_up:
            runs.add(gap_end(zone_name, naive, before, after))
        if before > after and pattern.by_the_clock:
            runs.add(naive - after)
    return tuple(sorted(runs))


def _runs_on(pattern: Pattern, zone_name: str, ordinal: int) -> tuple[int, tuple[int, ...]]:
    """The runs that belong to a date: an instant, and sorted seconds to add to it."""
    if _date_from(pattern, ordinal, 1) != ordinal:
        return 0, ()
    start = midnight(zone_name, ordinal)
    if start is None:
        return 0, _odd_runs(pattern, zone_name, ordinal)
    return start, pattern.times


def _around(zone_name: str, second: int) -> range:
    """The dates whose runs may lie next to an instant: its own, or three where the clocks change."""
    today = date_at(zone_name, second)
    reach = midnight(zone_name, today) is None
    return range(today - reach, today + 1 + reach)


def _first_on(pattern: Pattern, zone_name: str, ordinal: int, after: int) -> int | None:
    base, marks = _runs_on(pattern, zone_name, ordinal)
    index = bisect_right(marks, after - base)
    return base + marks[index] if index < len(marks) else None


def _last_on(pattern: Pattern, zone_name: str, ordinal: int, until: int) -> int | None:
    base, marks = _runs_on(pattern, zone_name, ordinal)
    index = bisect_right(marks, until - base)
    return base + marks[index - 1] if index else None
