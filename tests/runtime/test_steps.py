"""What a step's function may do to the process that calls it, and to the step that comes after it: nothing."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from chinwag.core.effects import Step
from chinwag.core.retry import Backoff
from chinwag.runtime.inputs import Stepped
from chinwag.runtime.steps import Steps

PATH = "0"


class Desk:
    """Steps, with threads, and their outcomes in order."""

    def __init__(self) -> None:
        self.outcomes = asyncio.Queue[Stepped]()
        self.steps = Steps(self.outcomes.put_nowait, lambda: 0.0, ThreadPoolExecutor(2))
        self.steps.backoff = Backoff(first=1)

    def begins(self, function: Callable[[], Any], *, retries: int = 0) -> None:
        self.steps.launch(1, PATH, Step(function, (), retries, None, once=False))

    def stops(self) -> Callable[[], Awaitable[None]]:
        """Stop the step; what is given waits until its task has ended."""
        task = self.steps.running[1, PATH]
        self.steps.stop(1, PATH)

        async def ended() -> None:
            await asyncio.wait([task])

        return ended


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    yield desk
    await desk.steps.close()


class Own(BaseException):
    """Of a library that has no better idea."""


def leaves() -> None:
    sys.exit(3)


async def leaves_later() -> None:
    sys.exit(3)


def raises_own() -> None:
    raise Own


async def raises_own_later() -> None:
    raise Own


@pytest.mark.parametrize("function", [leaves, leaves_later, raises_own, raises_own_later])
async def test_whoever_leaves_the_process_leaves_the_step(desk: Desk, function: Callable[[], Any]) -> None:
    desk.begins(function)
    outcome = await desk.outcomes.get()
    assert type(outcome.error) in {SystemExit, Own}


def finds_nothing() -> int:
    return next(iter([]))


async def test_what_no_future_can_carry_is_told_as_what_it_was(desk: Desk) -> None:
    desk.begins(finds_nothing)
    outcome = await desk.outcomes.get()
    assert (type(outcome.error), str(outcome.error)) == (RuntimeError, "the step finds_nothing raised StopIteration")


class Stubborn:
    """A step that does not end when it is cancelled, but when it is let go."""

    def __init__(self) -> None:
        self.begun, self.let_go = asyncio.Event(), asyncio.Event()
        self.calls = 0

    async def __call__(self) -> str:
        self.calls += 1
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await self.let_go.wait()
        raise ConnectionError("gone")


async def test_a_step_that_was_stopped_is_not_tried_again(desk: Desk) -> None:
    stubborn = Stubborn()
    desk.begins(stubborn, retries=5)
    await stubborn.begun.wait()
    ended = desk.stops()
    stubborn.let_go.set()
    await ended()
    assert (stubborn.calls, desk.outcomes.empty()) == (1, True)


async def test_a_step_that_ends_long_after_it_was_stopped_leaves_the_next_one_alone(desk: Desk) -> None:
    stubborn, later = Stubborn(), asyncio.Event()

    async def another() -> str:
        await later.wait()
        return "another"

    desk.begins(stubborn)
    await stubborn.begun.wait()
    ended = desk.stops()
    desk.begins(another)
    stubborn.let_go.set()
    await ended()
    later.set()
    assert (await desk.outcomes.get()).value == "another"
