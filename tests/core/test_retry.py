"""Retry arithmetic: waits stay within bounds at any size, and the bucket keeps its pace whatever the clock does."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag.core.errors import UsageError
from chinwag.core.retry import Backoff, TokenBucket

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


# TokenBucket

rates = st.one_of(st.floats(1e-6, 1e6), st.integers(1, 10_000).map(float))


def test_a_burst_and_then_the_pace() -> None:
    bucket = TokenBucket(rate=30, burst=3)
    assert [bucket.take(0) for _ in range(4)] == [True, True, True, False]
    assert bucket.ready_at(0) == 33_334
    assert not bucket.take(33_333)
    assert bucket.take(33_334)


def test_the_pace_has_no_drift() -> None:
    bucket, now = TokenBucket(rate=0.1, burst=1), 0
    for _ in range(1_000):
        now = bucket.ready_at(now)
        assert bucket.take(now)
    assert now == 999 * 10_000_000


def test_it_holds_no_more_than_its_burst() -> None:
    bucket = TokenBucket(rate=1_000, burst=2)
    assert [bucket.take(10**18) for _ in range(3)] == [True, True, False]


@given(rates, st.integers(1, 5), st.lists(st.integers(-(10**12), 10**12), max_size=30))
def test_ready_at_is_the_first_instant_at_which_take_succeeds(rate: float, burst: int, instants: list[int]) -> None:
    bucket = TokenBucket(rate, burst)
    for now in instants:  # in any order: the clock jumps as it likes
        bucket.take(now)
        ready = bucket.ready_at(now)
        assert ready >= now
        if ready > now:
            assert not bucket.take(ready - 1)
        assert bucket.take(ready)


@given(rates, st.integers(1, 20), st.lists(st.integers(0, 10**7), max_size=60))
def test_never_more_than_the_burst_and_the_rate(rate: float, burst: int, steps: list[int]) -> None:
    bucket, now, taken = TokenBucket(rate, burst), 0, 0
    for step in steps:
        now += step
        taken += bucket.take(now)
    assert taken <= burst + now * rate / 1_000_000 * (1 + 1e-6)


def test_a_clock_that_goes_back_an_hour_costs_no_hour() -> None:
    bucket = TokenBucket(rate=1, burst=1)
    assert bucket.take(3_600_000_000)
    assert not bucket.take(0)
    assert bucket.ready_at(0) == 1_000_000
    assert bucket.take(1_000_000)


def test_a_clock_that_goes_back_gives_no_token_away() -> None:
    bucket = TokenBucket(rate=1, burst=5)
    taken = sum(bucket.take(now) for now in (5_000_000, 4_000_000, 3_000_000, 2_000_000, 1_000_000, 0, 0))
    assert taken == 5


@given(st.floats(1e-300, 1e300, exclude_min=True))
def test_any_finite_rate_can_be_kept(rate: float) -> None:
    bucket = TokenBucket(rate, 1)
    assert bucket.take(0)
    assert bucket.ready_at(0) > 0


def test_the_slowest_rate_is_one_in_a_thousand_million_seconds() -> None:
    bucket = TokenBucket(1e-300, 1)
    assert bucket.take(0)
    assert bucket.ready_at(0) == 10**9 * 1_000_000


@pytest.mark.parametrize("rate", [0, -1, math.nan, math.inf])
def test_a_rate_of_nothing_is_refused(rate: float) -> None:
    with pytest.raises(UsageError, match="cannot be kept; write a finite number above 0"):
        TokenBucket(rate, 1)


def test_a_burst_of_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="lets nothing through; write 1 or more"):
        TokenBucket(1, 0)
