"""What is left of what a network lets an account do."""

from chinwag.ports import Budget
from chinwag.transport.allowance import Allowance


def test_nothing_is_asked_for_while_nothing_is_left() -> None:
    none = Allowance(0, 300, 1060.0)
    assert none.wait(1000.0, 3600) == 60
    assert none.wait(1000.0, 20) == 20, "nothing lasts longer than the longest"
    assert none.wait(1060.0, 3600) == none.wait(2000.0, 3600) == 0
    assert Allowance(1, 300, 1060.0).wait(1000.0, 3600) == 0


def test_an_operator_sees_it_in_microseconds() -> None:
    assert Allowance(7, 300, 1060.5).budget == Budget(7, 300, 1_060_500_000)
