"""Durations: what people write comes out as whole microseconds, and nonsense is refused in words."""

import math
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag.core.durations import LONGEST, SECOND, days, hours, microseconds, minutes, seconds
from chinwag.core.errors import UsageError

UNITS = [(seconds, 1), (minutes, 60), (hours, 3_600), (days, 86_400)]


@pytest.mark.parametrize(("unit", "size"), UNITS)
def test_a_unit_is_so_many_seconds(unit: Callable[[float], timedelta], size: int) -> None:
    assert unit(3) == timedelta(seconds=3 * size)
    assert unit(0.5) == timedelta(seconds=size / 2)
    assert unit(0) == unit(0.0) == timedelta(0)


@pytest.mark.parametrize(("unit", "size"), UNITS)
@pytest.mark.parametrize("bad", [-1, -1e-9, math.nan, math.inf, -math.inf, True, "5", None, 10**400, 1e308])
def test_a_unit_refuses_what_is_no_duration(unit: Callable[[float], timedelta], size: int, bad: float) -> None:
    assert size
    with pytest.raises(UsageError, match="a duration"):
        unit(bad)


def test_seconds_and_timedeltas_are_durations() -> None:
    assert microseconds(30) == 30 * SECOND
    assert microseconds(0.000_001) == 1
    assert microseconds(minutes(20)) == 1_200 * SECOND
    assert microseconds(timedelta(days=1, microseconds=1)) == 86_400 * SECOND + 1


def test_nothing_and_a_hundred_years_are_the_ends() -> None:
    assert microseconds(0) == microseconds(0.0) == microseconds(-0.0) == microseconds(timedelta(0)) == 0
    assert microseconds(LONGEST // SECOND) == microseconds(days(36_525)) == LONGEST
    for beyond in (LONGEST // SECOND + 1, float(LONGEST // SECOND + 1), timedelta(days=36_525, microseconds=1)):
        with pytest.raises(UsageError, match="more than 100 years is too long; write something shorter"):
            microseconds(beyond)


@pytest.mark.parametrize("bad", [-1, -1e-9, -(10**400), timedelta(microseconds=-1), -1e308])
def test_a_negative_duration_is_refused(bad: float | timedelta) -> None:
    with pytest.raises(UsageError, match="cannot be negative; write 0 or more"):
        microseconds(bad)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_duration_is_finite(bad: float) -> None:
    with pytest.raises(UsageError, match=r"has to be finite, not -?(nan|inf)"):
        microseconds(bad)


@pytest.mark.parametrize(("bad", "kind"), [(True, "bool"), ("20:00", "str"), (None, "NoneType"), (1j, "complex")])
def test_a_duration_is_a_number(bad: float, kind: str) -> None:
    with pytest.raises(UsageError, match=f"not {kind}; write 30 or minutes"):
        microseconds(bad)


@given(st.integers(0, LONGEST))
def test_a_timedelta_loses_nothing(amount: int) -> None:
    assert microseconds(timedelta(microseconds=amount)) == amount


@given(st.floats(0, LONGEST / SECOND))
def test_a_float_is_rounded_to_the_nearest(amount: float) -> None:
    assert abs(microseconds(amount) - amount * SECOND) <= 0.5 + amount * SECOND * 1e-15


@given(st.one_of(st.floats(), st.integers(), st.timedeltas()))
def test_every_answer_is_within_bounds_or_an_error_in_words(duration: float | timedelta) -> None:
    try:
        assert 0 <= microseconds(duration) <= LONGEST
    except UsageError as error:
        assert "; write" in str(error)  # noqa: PT017 - either outcome is right
