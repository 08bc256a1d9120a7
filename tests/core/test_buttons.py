"""The data of a button comes back as it was, and what others wrote there is none of ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag.core.buttons import button, pressed


@given(st.integers(1, 10**18 - 1), st.integers(0, 1000))
def test_the_data_of_a_button_comes_back(number: int, index: int) -> None:
    assert pressed(button(number, index)) == (number, str(index))


@pytest.mark.parametrize(
    "data",
    ["", "x", "yes", "1", ":", "1:", ":1", "-1:2", "1:-1", "1:x", "x:1", "²:1", "1:²", "1" * 19 + ":1"],
)
def test_a_press_of_a_button_of_somebody_else_is_none_of_ours(data: str) -> None:
    assert pressed(data) == (0, "")
