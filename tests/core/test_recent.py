"""What was set last is remembered, and never more than there is room for."""

from hypothesis import given
from hypothesis import strategies as st

from chinwag.core.recent import Recent


@given(st.lists(st.tuples(st.integers(0, 9), st.integers())), st.integers(1, 5))
def test_it_has_what_was_set_last(given_: list[tuple[int, int]], most: int) -> None:
    recent = Recent[int, int](most)
    for key, value in given_:
        recent[key] = value
    last = list(dict.fromkeys(key for key, _ in reversed(given_)))[:most]
    assert list(recent) == last[::-1]
    assert all(recent[key] == dict(given_)[key] for key in last)
