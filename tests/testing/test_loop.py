"""The virtual loop: hours pass in no time, in order, and nothing gets out."""

import asyncio
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from chinwag.testing import VirtualClock, VirtualLoop
from chinwag.testing.clock import START, instant, moment

CENTURY = 100 * 365 * 86_400


@pytest.fixture
def loop() -> Iterator[VirtualLoop]:
    loop = VirtualLoop()
    yield loop
    if not loop.is_closed():
        loop.bury()


def test_time_passes_only_when_it_is_told_to(loop: VirtualLoop) -> None:
    seen: list[int] = []

    async def clock() -> None:
        for _ in range(3):
            await asyncio.sleep(10)
            seen.append(loop.elapsed)

    task = loop.create_task(clock())
    loop.settle()
    assert seen == []
    loop.advance(9_999_999)
    assert (seen, loop.elapsed) == ([], 9_999_999)
    loop.advance(25_000_000)
    assert (seen, loop.elapsed) == ([10_000_000, 20_000_000], 25_000_000)
    assert not task.done()


def test_finish_lets_as_much_time_pass_as_it_takes(loop: VirtualLoop) -> None:
    assert loop.finish(asyncio.wait_for(asyncio.sleep(CENTURY, "old"), CENTURY + 1)) == "old"
    assert loop.elapsed == CENTURY * 1_000_000


def test_what_never_comes_is_an_error_and_no_hang(loop: VirtualLoop) -> None:
    with pytest.raises(RuntimeError, match="never comes"):
        loop.finish(loop.create_future())


@pytest.mark.parametrize("start", [0, CENTURY * 1_000_000])
def test_calls_of_one_instant_keep_their_order_and_are_never_early(start: int) -> None:
    loop = VirtualLoop(start)
    clock = VirtualClock(loop, 0)
    calls: list[tuple[int, int]] = []
    dues = [start + offset for offset in (7, 3, 3, 1, 7, 3, 2)]

    def note(number: int, due: int) -> None:
        assert clock.now() == due
        calls.append((due, number))

    for number, due in enumerate(dues):
        clock.call_at(due, lambda number=number, due=due: note(number, due))  # type: ignore[misc]
    loop.advance(start + 10)
    assert calls == sorted((due, number) for number, due in enumerate(dues))
    loop.close()


def test_a_cancelled_call_does_not_come(loop: VirtualLoop) -> None:
    calls: list[str] = []
    loop.call_later(1, calls.append, "one").cancel()
    loop.call_later(2, calls.append, "two")
    loop.advance(3_000_000)
    assert calls == ["two"]


def test_functions_for_threads_run_in_place(loop: VirtualLoop) -> None:
    assert loop.finish(asyncio.to_thread(sum, [1, 2])) == 3
    with pytest.raises(ZeroDivisionError):
        loop.finish(asyncio.to_thread(lambda: 1 // 0))


@pytest.mark.parametrize(
    "reach",
    [
        lambda: asyncio.open_connection("localhost", 1),
        lambda: asyncio.start_server(print, port=1),
        lambda: asyncio.create_subprocess_exec("true"),
        lambda: asyncio.get_running_loop().getaddrinfo("localhost", 1),
        lambda: asyncio.get_running_loop().create_datagram_endpoint(asyncio.DatagramProtocol),
    ],
)
def test_there_is_no_way_out(loop: VirtualLoop, reach: object) -> None:
    async def try_it() -> None:
        await reach()  # type: ignore[operator]

    with pytest.raises(OSError, match="fake the step"):
        loop.finish(try_it())


def test_a_frozen_loop_runs_nothing_any_more(loop: VirtualLoop) -> None:
    seen: list[str] = []
    numbers = itertools.count()

    async def work() -> None:
        try:
            while True:
                await asyncio.sleep(1)
                if next(numbers) == 2:
                    loop.call_soon(seen.append, "after")
                    loop.freeze()
                seen.append("tick")
        finally:
            seen.append("finally")

    task = loop.create_task(work())
    loop.create_task(asyncio.sleep(3)).add_done_callback(lambda _: seen.append("another"))
    loop.advance(60_000_000)
    assert seen == ["tick", "tick", "tick"]
    assert not task.done()
    loop.bury()
    assert "finally" in seen


def test_the_clock_is_exact() -> None:
    loop = VirtualLoop()
    clock = VirtualClock(loop, instant(START))
    loop.advance(1)
    assert moment(clock.now()) == datetime(2026, 1, 5, 12, 0, 0, 1, tzinfo=UTC)
    assert instant(moment(1_767_614_400_000_001)) == 1_767_614_400_000_001
    loop.close()
    with pytest.raises(ValueError, match="no time zone"):
        instant(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the mistake
