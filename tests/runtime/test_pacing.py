"""Limits of a network: kept over all and per room, nobody starves, nothing is lost, and nothing polls."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag import Bot, Chat
from chinwag.core.errors import RateLimited, UsageError
from chinwag.core.pace import Bucket, Limit, Limits
from chinwag.core.values import Outgoing
from chinwag.ports import Receipt, Timer
from chinwag.runtime.pacing import MANY_ROOMS, Pacer
from chinwag.testing import SimulatedNetwork, play
from chinwag.testing.disk import REFUSED

SECOND = 1_000_000


def limits(room: str) -> tuple[str, tuple[Limit, ...]]:
    chat = room.partition(":")[0]
    return chat, (Limit(1, SECOND), Limit(5, 20 * SECOND)) if chat.startswith("-") else (Limit(1, SECOND),)


class Timed(SimulatedNetwork):
    """Notes when each message came, in seconds."""

    def __init__(self, *overall: Limit, latency: float | None = None) -> None:
        super().__init__(limits=Limits(overall, limits), latency=latency)
        self.times: list[tuple[float, str]] = []

    def deliver(self, message: Outgoing) -> Receipt:
        self.times.append((asyncio.get_running_loop().time(), message.room))
        return super().deliver(message)

    def of(self, *rooms: str) -> list[float]:
        return [time for time, room in self.times if room in rooms]


bot = Bot("talker")


@bot.on_text("talk")
async def talk(chat: Chat) -> None:
    """Say ten things."""
    for number in range(10):
        await chat.say(f"{number}")


@bot.on_text("hi")
async def greet(chat: Chat) -> None:
    """Say one thing."""
    await chat.say("hello")


@pytest.mark.parametrize("latency", [None, 0.3])
def test_one_room_is_spoken_to_at_its_own_pace(latency: float | None) -> None:
    network = Timed(latency=latency)
    with play(bot, network=network) as world:
        anna = world.user("anna")
        anna.says("talk")
        world.passes(60)
        assert anna.hears() == [f"{number}" for number in range(10)]
    pauses = [later - sooner for sooner, later in pairwise(network.of("anna"))]
    assert pauses == pytest.approx([1.0 + (latency or 0.0)] * 9), "nobody knows when it came, until it is answered"


def test_a_room_that_waits_holds_up_no_other() -> None:
    network = Timed()
    with play(bot, network=network) as world:
        world.user("anna").says("talk")
        world.user("bob").says("hi")
        assert world.user("bob").hears() == ["hello"]


def test_topics_share_the_limits_of_their_group() -> None:
    network = Timed()
    with play(bot, network=network) as world:
        world.user("anna", room="-1:7").says("talk")
        world.user("bob", room="-1:8").says("hi")
        world.passes(120)
    times = network.of("-1:7", "-1:8")
    assert len(times) == 11
    assert all(later - sooner >= 1 for sooner, later in pairwise(times))
    assert all(times[n + 5] - times[n] >= 20 for n in range(6))


def test_the_account_has_a_pace_and_nobody_starves() -> None:
    network = Timed(Limit(2, SECOND))
    with play(bot, network=network) as world:
        with world.together():
            for number in range(8):
                world.user(f"u{number}").says("talk")
        world.user("late").says("hi")
        world.passes(6)
        assert world.user("late").hears() == ["hello"]  # behind one message of each of the others, not behind all
        world.passes(60)
        assert all(len(network.of(f"u{number}")) == 10 for number in range(8))
    times = [time for time, _ in network.times]
    assert all(times[n + 2] - times[n] >= 1 for n in range(len(times) - 2))
    assert times[-1] - times[0] == pytest.approx(40.0)


def test_what_waited_for_its_turn_survives_a_crash() -> None:
    network = Timed(Limit(2, SECOND))
    with play(bot, network=network) as world:
        for name in ("anna", "bob", "cleo"):
            world.user(name).says("talk")
        world.passes(2.5)
        world.crash(down=1)
        world.passes(60)
        for name in ("anna", "bob", "cleo"):
            assert world.user(name).hears() == [f"{number}" for number in range(10)]
        assert not network.repeats


def test_a_message_that_was_refused_for_now_waits_as_told_and_others_do_not() -> None:
    network = Timed(Limit(10, SECOND))
    network.fails(RateLimited("slow down", 7.0))
    with play(bot, network=network) as world:
        world.user("anna").says("hi")
        world.user("bob").says("hi")
        assert (world.user("anna").hears(), world.user("bob").hears()) == ([], ["hello"])
        world.passes(7)
        assert world.user("anna").hears() == ["hello"]


def test_a_store_that_refuses_loses_no_turn() -> None:
    network = Timed(Limit(1, SECOND))
    with play(bot, network=network) as world:
        world.plan(lambda what, number: REFUSED if what == "commit" and number % 3 == 2 else None)
        world.user("anna").says("talk")
        world.user("bob").says("talk")
        world.passes(120)
        for name in ("anna", "bob"):
            assert world.user(name).hears() == [f"{number}" for number in range(10)]


@given(st.lists(st.integers(0, 4 * SECOND), min_size=1, max_size=60), st.integers(1, 5))
def test_a_bucket_never_gives_more_than_its_tokens_in_a_period(steps: list[int], tokens: int) -> None:
    bucket, now, taken = Bucket(Limit(tokens, SECOND)), 0, []
    for step in steps:
        now = bucket.ready_at(now + step)
        bucket.take(now)
        taken.append(now)
    assert all(later - sooner >= SECOND for sooner, later in zip(taken, taken[tokens:], strict=False))


def test_a_clock_that_is_set_back_stops_nobody() -> None:
    bucket = Bucket(Limit(1, SECOND))
    bucket.take(10 * SECOND)
    assert (bucket.ready_at(10 * SECOND + 1), bucket.ready_at(0)) == (11 * SECOND, 0)


@pytest.mark.parametrize("limit", [(0, 1), (1, 0), (-1, 5)])
def test_a_limit_that_lets_nothing_through_is_refused(limit: tuple[int, int]) -> None:
    with pytest.raises(UsageError, match="lets nothing through"):
        Limit(*limit)


def test_buckets_of_rooms_that_are_quiet_are_dropped() -> None:
    clock = Still()
    pacer = Pacer(Limits((), limits), clock, lambda _: None)
    for number in range(3 * MANY_ROOMS):
        assert pacer.admits(str(number))
        clock.time += SECOND // 100
    assert len(pacer._rooms) < 2 * MANY_ROOMS


class Still:
    """A clock that stands."""

    time = 0

    def now(self) -> int:
        return self.time

    def call_at(self, due: int, callback: Callable[[], None]) -> Timer:
        raise AssertionError((due, callback))


class Parts(Timed):
    """Every message is three calls to this network."""

    def paced_by(self, turn: Callable[[str], Awaitable[None]]) -> None:
        self.turn = turn

    def tells(self, partly: Callable[[Outgoing, str], None]) -> None:
        """Nothing is told."""

    def send(self, message: Outgoing) -> Awaitable[Receipt]:
        return self._send(message)

    async def _send(self, message: Outgoing) -> Receipt:
        for _ in range(2):
            self.times.append((asyncio.get_running_loop().time(), message.room))
            await self.turn(message.room)
        return self.deliver(message)


def test_a_message_of_several_parts_keeps_the_limits_as_several() -> None:
    network = Parts(Limit(2, SECOND))
    with play(bot, network=network) as world:
        with world.together():
            for name in ("anna", "bob", "cleo", "dora"):
                world.user(name).says("hi")
        world.user("anna").says("hi")
        world.passes(60)
        assert world.user("anna").hears() == ["hello", "hello"]
    assert [len(network.of(name)) for name in ("anna", "bob", "cleo", "dora")] == [6, 3, 3, 3]
    times = [time for time, _ in network.times]
    assert all(times[n + 2] - times[n] >= 1 for n in range(len(times) - 2))
    assert all(later - sooner >= 1 for sooner, later in pairwise(network.of("anna")))
    assert times[-1] - times[0] == pytest.approx(8.0), "and no slower than they allow"
