"""The simulated users keep the rules that the figures rest on: order, window, and the clock of an open loop."""

import json
from collections import deque
from itertools import pairwise

import pytest
from benchmarks.open_loop import OpenLoop
from benchmarks.traffic import ClosedLoop, Traffic
from hypothesis import given
from hypothesis import strategies as st


def answer_to(text: str, number: str) -> str:
    """What a perfect bot says; ``number`` is what the user said before."""
    if text == "/start":
        return "How many?"
    return "Of what?" if text.isdigit() else f"{number} {text}, noted."


@given(users=st.integers(1, 30), under_way=st.integers(1, 40), seed=st.integers(0, 99), newest_first=st.booleans())
def test_nobody_speaks_before_he_was_answered(users: int, under_way: int, seed: int, newest_first: bool) -> None:  # noqa: FBT001
    queue: deque[bytes] = deque()
    loop = ClosedLoop(Traffic(users=users, seed=seed), under_way, queue.append)
    heard: dict[int, list[str]] = {}
    updates = []
    loop.start()
    while queue:
        assert len(queue) <= under_way
        waiting = [json.loads(raw)["message"]["chat"]["id"] for raw in queue]
        assert len(set(waiting)) == len(waiting), "two messages of one user are under way"
        update = json.loads(queue.pop() if newest_first else queue.popleft())
        updates.append(update["update_id"])
        said = heard.setdefault(update["message"]["from"]["id"], [])
        said.append(update["message"]["text"])
        loop.on_send(update["message"]["chat"]["id"], answer_to(said[-1], said[-2] if len(said) > 1 else ""))

    assert loop.done
    loop.check()
    assert sorted(updates) == list(range(1, 3 * users + 1))
    assert all(said[0] == "/start" and said[1].isdigit() and said[2].isalpha() for said in heard.values())


def test_the_window_is_full_while_there_is_enough_to_say() -> None:
    queue: deque[bytes] = deque()
    loop = ClosedLoop(Traffic(users=100), under_way=10, feed=queue.append)
    loop.start()
    for _ in range(150):
        assert len(queue) == 10
        loop.on_send(json.loads(queue.popleft())["message"]["chat"]["id"], "")


class Clock:
    """Nanoseconds that pass when told to."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


def test_an_open_loop_feeds_what_is_due_and_no_more() -> None:
    clock, queue = Clock(), deque[bytes]()
    loop = OpenLoop(Traffic(users=10), 1_000.0, queue.append, clock)
    clock.now = 77
    loop.start()

    assert (loop.feed_due(), len(queue)) == (1_000_000, 1)
    clock.now += 2_500_000
    assert (loop.feed_due(), len(queue)) == (500_000, 3)
    clock.now += 60_000_000
    assert (loop.feed_due(), len(queue)) == (None, 30)


def test_a_late_feeder_does_not_flatter_the_system() -> None:
    clock, queue = Clock(), deque[bytes]()
    loop = OpenLoop(Traffic(users=1, first_user=42), 1_000.0, queue.append, clock)
    loop.start()
    clock.now = 10_000_000
    loop.feed_due()
    for text in ("How many?", "Of what?", "1 apples, noted."):
        loop.on_send(42, text)

    loop.check()
    latency = loop.latency()
    assert (latency.p50, latency.worst, latency.feeder_p99) == (9.0, 10.0, 10.0)
    assert loop.done


def test_nothing_measured_is_no_latency() -> None:
    with pytest.raises(ValueError, match="nothing"):
        OpenLoop(Traffic(users=1), 1_000.0, lambda _: None).latency()


@given(users=st.integers(1, 40), seed=st.integers(0, 99))
def test_a_users_messages_lie_apart_in_an_open_loop(users: int, seed: int) -> None:
    plan = Traffic(users=users, seed=seed).spaced()

    places = {index: [place for place, who in enumerate(plan) if who == index] for index in range(users)}
    assert all(len(at) == 3 for at in places.values())
    apart = users - max(users // 5, 1)
    assert all(later - earlier > apart for at in places.values() for earlier, later in pairwise(at))
