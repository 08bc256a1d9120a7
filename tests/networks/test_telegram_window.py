"""The offset moves behind the commits, in whatever order they come."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from chinwag.networks.telegram.window import Window


@given(st.data())
def test_below_the_offset_all_is_durable(data: st.DataObject) -> None:
    window = Window()
    numbers = data.draw(st.lists(st.integers(1, 50), unique=True, min_size=1).map(sorted))
    events = {number: data.draw(st.integers(0, 2)) for number in numbers}
    open_ = {number: count for number, count in events.items() if count}
    for number in numbers:
        assert window.enter(number, events[number])
    for number in data.draw(st.permutations([n for n, count in events.items() for _ in range(count)])):
        assert window.offset == min(open_)
        assert not window.enter(number, events[number]), "it is under way"
        window.settle(number)
        open_[number] -= 1
        if not open_[number]:
            del open_[number]
    assert window.offset == numbers[-1] + 1
    assert window.open == 0


def test_before_the_first_there_is_no_offset() -> None:
    assert Window().offset == 0


def test_who_pushes_again_waits_for_the_same_commit() -> None:
    window, told = Window(), []
    window.enter(7, 2, lambda: told.append("first"))
    window.enter(7, 2, lambda: told.append("again"))
    window.settle(7)
    assert told == []
    window.settle(7)
    assert told == ["first", "again"]


def test_what_brings_nothing_is_durable_at_once() -> None:
    window, told = Window(), []
    assert window.enter(7, 0, lambda: told.append("done"))
    assert (told, window.offset) == (["done"], 8)


async def test_waiting_for_the_commit() -> None:
    window = Window()
    assert await window.clear(0)
    window.enter(7, 1)
    assert not await window.clear(0)
    waiting = asyncio.create_task(window.clear(60))
    await asyncio.sleep(0)
    window.settle(7)
    assert await waiting
