"""How far what a network brought is durable."""

from hypothesis import given
from hypothesis import strategies as st

from chinwag.transport.progress import Progress, order


@given(st.lists(st.integers(8, 40), unique=True, max_size=12).flatmap(st.permutations))
def test_the_place_never_passes_what_is_not_durable(ended: list[int]) -> None:
    progress = Progress("7")
    for number in sorted(ended):
        assert progress.begin(str(number))
    left = set(ended)
    for number in ended:
        before = int(progress.place)
        moved = progress.end(str(number))
        left.discard(number)
        assert int(progress.place) < min(left, default=100)
        assert moved == (int(progress.place) > before)
    assert progress.place == str(max(ended, default=7))


def test_what_is_under_way_does_not_begin_twice_and_what_is_over_may() -> None:
    progress = Progress()
    assert (progress.begin("8"), progress.begin("8")) == (True, False)
    progress.end("8")
    assert progress.begin("8")
    assert not progress.end("8")


def test_ids_of_any_length_are_in_order() -> None:
    assert order("9") < order("10") < order("11")
