"""The guard leaves everything as it found it, and hides the loop from nobody but the conversation."""

import asyncio
import sys
import types
from asyncio import events
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import Any

import anyio
import anyio.to_thread
import pytest

from chinwag.core.errors import ForeignAwait
from chinwag.runtime import guard
from chinwag.runtime.guard import Guard


async def work() -> int:
    return 1


@types.coroutine
def effect() -> Generator[str, None, None]:
    """What stands for an effect of the chat here."""
    yield "effect"


async def sleep() -> None:
    await asyncio.sleep(1)


def drive(conversation: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """What the engine does, here for one ``send``."""
    coroutine = conversation()
    try:
        with Guard():
            coroutine.send(None)
    finally:
        coroutine.close()


def apart(work: Callable[[], object]) -> None:
    """Run it in a thread of its own: the loop that `asyncio.run` takes away from a thread must not be pytest's."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()


async def test_without_the_guard_the_same_code_reaches_the_loop() -> None:
    """So that the tests above say something: it is the guard that refuses."""
    coroutine = sleep()
    assert isinstance(coroutine.send(None), asyncio.Future)
    coroutine.close()
    assert await asyncio.to_thread(lambda: 1) == 1
    assert await asyncio.create_task(work()) == 1


async def test_what_the_guard_cannot_see_is_yielded() -> None:
    loop = asyncio.get_running_loop()
    with Guard():
        for pausing in (asyncio.sleep(0), anyio.to_thread.run_sync(print)):
            assert pausing.send(None) is None
            pausing.close()
        waiting = loop.create_future().__await__()
        assert isinstance(next(waiting), asyncio.Future)


async def test_queues_and_events_are_not_bound_to_the_stand_in() -> None:
    queue, event = asyncio.Queue[int](), asyncio.Event()

    async def both() -> None:
        for wait in (queue.get, event.wait):
            with pytest.raises(ForeignAwait):
                await wait()

    coroutine = both()
    with Guard(), pytest.raises(StopIteration):
        coroutine.send(None)
    getting = asyncio.create_task(queue.get())
    await asyncio.sleep(0)
    queue.put_nowait(7)
    assert await getting == 7


def state() -> tuple[object, ...]:
    return events._get_running_loop, guard._true_running_loop(), sys.get_asyncgen_hooks()


@pytest.mark.parametrize("error", [LookupError, KeyboardInterrupt, None])
async def test_everything_is_restored_after_errors_too(error: type[BaseException] | None) -> None:
    before = state()
    task = asyncio.current_task()
    with pytest.raises(error) if error else nullcontext(), Guard():
        assert state() != before
        if error:
            raise error
    assert state() == before
    assert asyncio.current_task() is task


def test_no_loop_before_means_no_loop_after() -> None:
    def enter_and_leave() -> None:
        before = state()
        with Guard():
            pass
        assert state() == before
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()
        assert asyncio.run(work()) == 1

    apart(enter_and_leave)


async def test_entering_within_is_harmless() -> None:
    before, one, other = state(), Guard(), Guard()
    with one:
        inside = state()
        for again in (one, other):
            with again, pytest.raises(ForeignAwait):
                asyncio.current_task()
            assert state() == inside
    assert state() == before
    with one, pytest.raises(ForeignAwait):
        asyncio.current_task()
    assert state() == before


def test_other_threads_keep_their_loops() -> None:
    said: list[int] = []
    with Guard():
        apart(lambda: said.append(asyncio.run(work())))
    assert said == [1]


def test_generators_of_a_conversation_are_never_finalised() -> None:
    said = []

    async def talk() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            said.append("finally")

    async def listen() -> None:
        async for _ in talk():
            await effect()

    with Guard():
        coroutine = listen()
        assert coroutine.send(None) == "effect"
        coroutine.close()
        del coroutine
    assert said == []


async def test_generators_of_the_real_loop_still_are() -> None:
    said = []

    async def talk() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            said.append("finally")

    with Guard():
        pass
    talking = talk()
    assert await anext(talking) == 1
    del talking
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert said == ["finally"]


def test_a_current_task_that_is_kept_by_thread_is_hidden_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """As from Python 3.14 on; here with a stand-in for the function that older versions do not have so."""
    swapped: list[tuple[object, object, object]] = []

    def swap(loop: object, task: object) -> str:
        swapped.append((loop, task, guard._true_running_loop()))
        return "the task before"

    monkeypatch.setattr(guard, "_TASK_IS_APART", True)
    monkeypatch.setattr(guard, "_swap_task", swap)
    absent = guard._ABSENT
    with Guard(), Guard():
        pass
    assert [all(a is b for a, b in zip(call, (absent, absent, absent), strict=True)) for call in swapped[:2]] == [
        True
    ] * 2
    assert [call[1] for call in swapped[2:]] == ["the task before"] * 2
    monkeypatch.setattr(asyncio.tasks, "current_task", lambda: None)
    assert guard._is_task_apart()


def test_a_coroutine_that_has_begun_is_left_alone() -> None:
    async def waiting() -> int:
        await effect()
        return 1

    begun: Any = waiting()
    begun.send(None)

    async def hand_over() -> None:
        _ = asyncio.ensure_future(begun)  # noqa: RUF006 - likewise

    with pytest.raises(ForeignAwait):
        drive(hand_over)
    with pytest.raises(StopIteration):
        begun.send(None)


def test_the_stand_in_can_be_looked_at() -> None:
    with Guard():
        loop: Any = asyncio.get_running_loop()
        assert repr(loop) == "<no event loop inside a conversation>"
        assert not isinstance(loop, asyncio.AbstractEventLoop)


def run_from(path: str, source: str, **names: object) -> Awaitable[None]:
    """A conversation whose code lies in another place."""
    space: dict[str, Any] = {"__name__": "installed.bots", "asyncio": asyncio, **names}
    exec(compile(source, path, "exec"), space)  # noqa: S102 - the source stands in the test
    made: Awaitable[None] = space["talk"]()
    return made


SOURCE = "async def nap():\n    await asyncio.sleep(1)\nasync def talk():\n    await nap()"


@pytest.mark.parametrize(
    ("names", "call"),
    [
        ({}, "installed.talk"),
        ({"Guard": Guard}, "asyncio.sleep"),
        ({"guard": guard}, "asyncio.sleep"),
        ({"state": state, "sys": sys}, "installed.talk"),
    ],
)
def test_a_bot_that_is_installed_is_told_from_a_library(names: dict[str, object], call: str) -> None:
    talk: Any = run_from("/opt/lib/site-packages/installed/bots.py", SOURCE, **names)
    with Guard(), pytest.raises(ForeignAwait, match=f"^`{call}` does not work"):
        talk.send(None)
