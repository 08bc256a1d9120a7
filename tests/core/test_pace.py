"""Never more than a limit's tokens in any stretch of its period, and no longer a wait than that takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag.core.errors import UsageError
from chinwag.core.pace import Bucket, Limit


@pytest.mark.parametrize(("tokens", "period"), [(0, 1), (1, 0), (-1, 5), (0, 0)])
def test_a_limit_that_lets_nothing_through_is_refused(tokens: int, period: int) -> None:
    with pytest.raises(UsageError, match="lets nothing through: write 1 or more of each"):
        Limit(tokens, period)


def test_the_tightest_limit_is_one_in_a_microsecond() -> None:
    bucket = Bucket(Limit(1, 1))
    bucket.take(7)
    assert (bucket.ready_at(7), bucket.ready_at(8)) == (8, 8)


def test_each_token_comes_back_a_period_after_it_was_taken() -> None:
    bucket = Bucket(Limit(2, 10))
    for now in (0, 4):
        assert bucket.ready_at(now) == now
        bucket.take(now)
    assert [bucket.ready_at(now) for now in (4, 9, 10, 13)] == [10, 10, 10, 13]
    bucket.take(10)
    assert [bucket.ready_at(now) for now in (10, 13, 14)] == [14, 14, 14]


def test_nobody_waits_for_a_clock_that_went_back() -> None:
    bucket = Bucket(Limit(1, 10))
    bucket.take(100)
    assert [bucket.ready_at(now) for now in (0, 99, 100, 109)] == [0, 99, 110, 110]


def test_it_is_idle_when_all_tokens_are_back() -> None:
    bucket = Bucket(Limit(3, 10))
    assert bucket.idle(0)
    for now in (0, 2, 5):
        bucket.take(now)
    assert [bucket.idle(now) for now in (5, 10, 14, 15, 4)] == [False, False, False, True, True]


@given(st.integers(1, 4), st.integers(1, 20), st.lists(st.integers(0, 15), max_size=30))
def test_no_stretch_of_a_period_has_more_than_the_tokens(tokens: int, period: int, pauses: list[int]) -> None:
    bucket, now, taken = Bucket(Limit(tokens, period)), 0, list[int]()
    for pause in pauses:
        now = bucket.ready_at(now + pause)
        bucket.take(now)
        taken.append(now)
    for earlier, later in zip(taken, taken[tokens:], strict=False):
        assert later - earlier >= period


def test_a_period_begins_when_it_is_told_that_something_was_answered() -> None:
    bucket = Bucket(Limit(2, 10))
    bucket.take(0)
    bucket.take(1)
    bucket.answered(5)
    assert bucket.ready_at(5) == 11, "the one that is still on its way may have come at once"
    bucket.answered(7)
    assert [bucket.ready_at(now) for now in (7, 14, 15)] == [15, 15, 15]
    assert [bucket.idle(now) for now in (16, 17)] == [False, True]


def test_what_is_never_answered_is_held_for_a_period() -> None:
    bucket = Bucket(Limit(1, 10))
    bucket.take(0)
    assert bucket.ready_at(9) == 10
    bucket.take(10)
    bucket.answered(12)
    assert bucket.ready_at(12) == 22


def test_an_answer_before_a_clock_went_back_is_of_no_weight() -> None:
    bucket = Bucket(Limit(1, 10))
    bucket.take(100)
    bucket.answered(101)
    bucket.take(0)
    bucket.answered(1)
    assert [bucket.ready_at(now) for now in (1, 11)] == [11, 11]
    assert bucket.idle(11)
