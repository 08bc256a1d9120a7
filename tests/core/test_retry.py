"""Retry arithmetic: waits stay within bounds at any size, and the bucket keeps its pace whatever the clock does."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag.core.errors import UsageError
from chinwag.core.retry import Backoff

ALMOST_ONE = math.nextafter(1, 0)

backoffs = st.builds(
    lambda first, factor, more: Backoff(first, factor, first + more),
    st.integers(1, 10**12),
    st.floats(1, 1e300),
    st.integers(0, 10**12),
)
draws = st.floats(0, 1, exclude_max=True)


# Backoff


def test_waits_double_up_to_the_ceiling() -> None:
    backoff = Backoff(first=500_000, factor=2.0, ceiling=60_000_000)
    longest = [backoff.delay(attempt, ALMOST_ONE) + 1 for attempt in range(9)]
    assert longest == [500_000 * 2**n for n in range(7)] + [60_000_000] * 2


def test_half_is_fixed_and_half_is_drawn() -> None:
    backoff = Backoff(first=1_000)
    assert [backoff.delay(0, unit) for unit in (0.0, 0.25, 0.5, ALMOST_ONE)] == [500, 625, 750, 999]


@given(backoffs, st.integers(0, 10**400), draws)
def test_a_wait_is_within_half_of_the_full_wait_and_the_ceiling(backoff: Backoff, attempt: int, unit: float) -> None:
    delay = backoff.delay(attempt, unit)
    assert backoff.first // 2 <= delay <= backoff.ceiling
    assert isinstance(delay, int)


@given(backoffs, st.lists(st.integers(0, 5_000), min_size=2).map(sorted), draws)
def test_waits_never_shrink(backoff: Backoff, attempts: list[int], unit: float) -> None:
    waits = [backoff.delay(attempt, unit) for attempt in attempts]
    assert all(earlier <= later for earlier, later in pairwise(waits))


@given(backoffs, st.integers(0, 100), draws, draws)
def test_a_larger_draw_is_never_a_shorter_wait(backoff: Backoff, attempt: int, one: float, other: float) -> None:
    assert backoff.delay(attempt, min(one, other)) <= backoff.delay(attempt, max(one, other))


def test_a_factor_of_one_stays_where_it_is() -> None:
    assert Backoff(first=10, factor=1.0, ceiling=1_000).delay(10**500, 0.0) == 5


@pytest.mark.parametrize(
    ("first", "factor", "ceiling", "words"),
    [
        (0, 2.0, 10, "first=0.*would not wait"),
        (-5, 2.0, 10, "first=-5"),
        (1, 0.5, 10, "factor=0.5.*does not grow"),
        (1, math.nan, 10, "factor=nan"),
        (1, math.inf, 10, "factor=inf"),
        (11, 2.0, 10, "ceiling=10.*below first=11"),
    ],
)
def test_settings_that_make_no_sense_are_refused(first: int, factor: float, ceiling: int, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        Backoff(first, factor, ceiling)


def test_attempts_and_draws_are_checked() -> None:
    with pytest.raises(UsageError, match="attempts count from 0"):
        Backoff().delay(-1, 0.0)
    for unit in (-0.1, 1.0, math.nan):
        with pytest.raises(UsageError, match="is no draw"):
            Backoff().delay(0, unit)
