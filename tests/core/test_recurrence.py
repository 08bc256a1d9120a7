"""Runs by the wall clock, held against a scan of every minute, above all where clocks change."""

import zoneinfo
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag.core.recurrence import Pattern, count, run_after, run_until

DAY = 86_400
Y2000, Y2100 = 946_684_800, 4_102_444_800

# Whole hours, half an hour, at midnight and just after, a date left out, around Ramadan, and none at all.
ZONES = [
    *("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns", "UTC"),
    *("Africa/Casablanca", "America/Nuuk", "America/Sao_Paulo", "Asia/Beirut", "Africa/Cairo", "Antarctica/Troll"),
]
EVERYWHERE = sorted(zoneinfo.available_timezones() - {"localtime", "posixrules"})


@lru_cache(maxsize=1_000)
def changes(name: str) -> tuple[int, ...]:
    """All instants from 2000 to 2100 at which a zone's offset changes."""
    region = zoneinfo.ZoneInfo(name)

    def offset(second: int) -> timedelta | None:
        return datetime.fromtimestamp(second, region).utcoffset()

    def first_changed(low: int, high: int) -> int:
        middle = (low + high) // 2
        if middle == low:
            return high
        return first_changed(middle, high) if offset(middle) == offset(low) else first_changed(low, middle)

    weeks = pairwise(range(Y2000, Y2100, 7 * DAY))
    return tuple(first_changed(low, high) for low, high in weeks if offset(low) != offset(high))


def scanned(pattern: Pattern, name: str, low: int, high: int) -> list[int]:
    """The runs in ``(low, high]``, found by looking at the wall clock every minute."""
    region = zoneinfo.ZoneInfo(name)
    minutes = range(low - low % 60 - 3 * DAY, high + 3 * DAY, 60)
    walls = [datetime.fromtimestamp(minute, region).replace(tzinfo=None) for minute in minutes]
    dates = {wall.date() for wall in walls if pattern.dates is None or pattern.dates(wall.date())}
    wanted = {datetime(one.year, one.month, one.day) + timedelta(seconds=t) for one in dates for t in pattern.times}  # noqa: DTZ001 - wall time
    if pattern.by_the_clock:
        runs = {minute for minute, wall in zip(minutes, walls, strict=True) if wall in wanted}
    else:
        first: dict[datetime, int] = {}
        for minute, wall in zip(minutes, walls, strict=True):
            first.setdefault(wall, minute)
        runs = {first[wall] for wall in wanted if wall in first}
        for (before, after), minute in zip(pairwise(walls), minutes[1:], strict=True):
            # A date that was left out altogether is not among the dates, so nothing of it is wanted.
            if after - before > timedelta(minutes=1) and any(before < wall < after for wall in wanted):
                runs.add(minute)
    return sorted(run for run in runs if low < run <= high)


def walked(pattern: Pattern, name: str, low: int, high: int) -> list[int]:
    """The runs in ``(low, high]``, one after the other."""
    runs: list[int] = []
    run = run_after(pattern, low, name)
    while run is not None and run <= high:
        runs.append(run)
        run = run_after(pattern, run, name)
    return runs


def weekdays(*numbers: int) -> Pattern:
    return Pattern((0,), lambda day: day.weekday() in numbers)


patterns = st.builds(
    lambda minutes, days, clock: Pattern(
        tuple(60 * minute for minute in sorted(minutes)), days and (lambda day: day.weekday() in days), clock
    ),
    # Mostly the small hours and those around midnight, where clocks change.
    st.sets(st.one_of(st.integers(0, 240), st.integers(1_320, 1_439), st.integers(0, 1_439)), min_size=1, max_size=40),
    st.one_of(st.none(), st.sets(st.integers(0, 6), min_size=1)),
    st.booleans(),
)


@st.composite
def windows(draw: st.DrawFn, names: list[str]) -> tuple[str, int, int]:
    """A zone and a few days there, mostly around a change of its clocks."""
    name = draw(st.sampled_from(names))
    near = changes(name)
    middle = draw(st.one_of(st.sampled_from(near), st.integers(Y2000, Y2100)) if near else st.integers(Y2000, Y2100))
    low = middle - draw(st.integers(0, 2 * DAY))
    return name, low, middle + draw(st.integers(0, 2 * DAY))


@given(patterns, windows(ZONES))
def test_the_runs_are_those_that_a_look_at_the_clock_every_minute_finds(
    pattern: Pattern, window: tuple[str, int, int]
) -> None:
    name, low, high = window
    runs = scanned(pattern, name, low, high)
    assert walked(pattern, name, low, high) == runs
    assert count(pattern, low, high, name) == len(runs)
    assert run_until(pattern, low, high, name) == (runs[-1] if runs else None)


@given(patterns, windows(EVERYWHERE))
def test_so_they_are_in_every_zone_there_is(pattern: Pattern, window: tuple[str, int, int]) -> None:
    name, low, high = window
    runs = scanned(pattern, name, low, high)
    assert walked(pattern, name, low, high) == runs
    assert count(pattern, low, high, name) == len(runs)
    assert run_until(pattern, low, high, name) == (runs[-1] if runs else None)


@given(patterns, st.sampled_from(EVERYWHERE), st.integers(Y2000, Y2100), st.integers(0, 400 * DAY))
def test_forward_backward_and_counting_agree(pattern: Pattern, name: str, low: int, length: int) -> None:
    high = low + length
    total, last = count(pattern, low, high, name), run_until(pattern, low, high, name)
    first = run_after(pattern, low, name)
    assert first is not None
    assert (total == 0) == (last is None) == (first > high)
    if last is not None:
        assert low < first <= last <= high
        assert count(pattern, low, last - 1, name) == total - 1
        assert run_until(pattern, low, last, name) == last
        following = run_after(pattern, last, name)
        assert following is not None
        assert following > high


def test_all_that_a_gap_swallowed_runs_once_after_it() -> None:
    """23:00, 23:30 and midnight of the night when the clocks of Nuuk go from 23:00 to 0:00."""
    pattern = Pattern((0, 23 * 3_600, 23 * 3_600 + 1_800))
    change = 1_774_746_000  # 2026-03-29 00:00 there
    runs = walked(pattern, "America/Nuuk", change - 23 * 3_600 - 1, change + 23 * 3_600)
    assert [run - change for run in runs] == [-23 * 3_600, 0, 23 * 3_600]
    assert count(pattern, change - 23 * 3_600 - 1, change + 23 * 3_600, "America/Nuuk") == 3


def test_two_dates_may_take_turns() -> None:
    """The clocks of St. John's went back from 0:01 on Sunday to 23:01 on Saturday: midnight was before half past 23."""
    pattern = Pattern((0, 23 * 3_600 + 1_800), by_the_clock=True)
    midnight = 1_289_097_000  # 2010-11-07 00:00 there, the first time
    half_past = midnight + 1_800
    low, high = midnight - 60, midnight + 3_600
    assert walked(pattern, "America/St_Johns", low, high) == [midnight, half_past, midnight + 3_600]
    assert run_until(pattern, low, half_past - 1, "America/St_Johns") == midnight
    assert run_until(pattern, low, half_past, "America/St_Johns") == half_past
    assert count(pattern, low, half_past - 1, "America/St_Johns") == 1
    assert count(pattern, midnight, high, "America/St_Johns") == 2
    saturdays = Pattern(pattern.times, lambda day: day.weekday() == 5, by_the_clock=True)
    assert run_until(saturdays, midnight, midnight + 2 * DAY, "America/St_Johns") == half_past


def last_sunday_of_march(day: date) -> bool:
    return day.month == 3 and day.day > 24 and day.weekday() == 6


def test_a_time_that_lies_in_the_gap_of_every_year_never_comes_by_the_clock() -> None:
    in_the_gap = Pattern((2 * 3_600 + 1_800,), last_sunday_of_march, by_the_clock=True)
    assert run_after(in_the_gap, Y2000, "Europe/Berlin") is None
    assert run_until(in_the_gap, Y2000, Y2100, "Europe/Berlin") is None
    made_up = Pattern(in_the_gap.times, last_sunday_of_march)
    assert count(made_up, Y2000, Y2100, "Europe/Berlin") == 100


def test_no_search_goes_far_for_what_never_comes() -> None:
    asked: list[date] = []

    def asking(day: date) -> bool:
        asked.append(day)
        return last_sunday_of_march(day)

    in_the_gap = Pattern((2 * 3_600 + 1_800,), asking, by_the_clock=True)
    assert run_until(in_the_gap, Y2000, Y2000 + 400 * DAY, "Europe/Berlin") is None
    assert min(asked).year == 1999
    assert run_after(in_the_gap, Y2000, "Europe/Berlin") is None
    assert max(asked).year <= 2051


def test_no_search_leaves_the_calendar() -> None:
    assert run_after(Pattern((0,), lambda _: False), 253_300_000_000, "UTC") is None
    assert run_until(Pattern((0,), lambda _: False), -2_000_000_000, -1_900_000_000, "UTC") is None


def test_a_date_without_a_run_hides_none_after_it() -> None:
    in_march = {date(2026, 3, 29), date(2026, 3, 30)}
    half_past_two = Pattern((9_000,), lambda day: day in in_march, by_the_clock=True)  # not on the 29th in Berlin
    assert run_after(half_past_two, 1_767_225_600, "Europe/Berlin") == 1_774_830_600


def test_the_last_run_of_what_has_ended_is_found() -> None:
    in_2000 = Pattern((0,), lambda day: day.year == 2000)
    assert run_until(in_2000, Y2000, Y2000 + 3_650 * DAY, "UTC") == Y2000 + 365 * DAY


def test_a_date_that_was_left_out_hides_none_before_it() -> None:
    noon_of_29_or_30 = Pattern((43_200,), lambda day: day in {date(2011, 12, 29), date(2011, 12, 30)})
    low, high = 1_325_000_000, 1_325_500_000  # 27 December to 2 January
    assert run_until(noon_of_29_or_30, low, high, "Pacific/Apia") == 1_325_196_000


@pytest.mark.parametrize("name", ZONES)
def test_patterns_are_told_apart_by_identity(name: str) -> None:
    one, other = weekdays(0), weekdays(1)
    assert run_after(one, Y2000, name) != run_after(other, Y2000, name)
