"""The data of a button comes back as it went; what others wrote there is none of ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag.core.buttons import LONGEST_NUMBER, button, pressed


@given(st.integers(1, 10**LONGEST_NUMBER - 1), st.integers(0, 99))
def test_a_button_comes_back(number: int, index: int) -> None:
    assert pressed(button(number, index)) == (number, str(index))


def test_a_number_may_be_as_long_as_a_store_counts() -> None:
    assert pressed(f"{10**LONGEST_NUMBER - 1}:0") == (10**LONGEST_NUMBER - 1, "0")


@pytest.mark.parametrize(
    "data", ["", "buy", ":", "1:", ":1", "1:x", "x:1", "1:2:3", "-1:0", "1:-1", "¹:0", "1:²", f"{'1' * 19}:0"]
)
def test_what_is_none_of_ours(data: str) -> None:
    assert pressed(data) == (0, "")
