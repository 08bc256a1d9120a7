"""Steps: the outside world, called on the real event loop, or in threads for plain functions.

A step begins after its turn is durable. Its outcome comes back as an input. What fails is tried again with growing
pauses, as often as the bot said. While a step takes its time, the user sees that the bot is at work, where the network
can show it.
"""

import asyncio
import inspect
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

from chinwag.core.effects import Step, name_of
from chinwag.core.errors import OutcomeUnknown, StepTimeout
from chinwag.core.fetching import FETCH
from chinwag.core.retry import Backoff
from chinwag.ports import Fetching, Typing
from chinwag.runtime.inputs import Stepped

MOST_THREADS = 32
PATIENCE, AGAIN = 1.0, 4.0
"""Seconds after which a step is shown to be under way, and shown once more: networks forget it after five."""
LONGEST_CLOSE = 1.0
"""Seconds for cancelled steps to clean up."""


class Steps:
    """The steps under way.

    Args:
        report: hears every outcome.
        draw: gives a number in [0, 1) for the pauses between tries.
        threads: where plain functions run; None runs them in place, for tests.
    """

    __slots__ = ("_draw", "_report", "_threads", "backoff", "closed", "running")

    def __init__(
        self, report: Callable[[Stepped], None], draw: Callable[[], float], threads: ThreadPoolExecutor | None
    ) -> None:
        self._report = report
        self._draw = draw
        self._threads = threads
        self.backoff = Backoff()
        self.closed = False
        self.running: dict[tuple[int, str], asyncio.Task[None]] = {}

    def launch(self, number: int, path: str, step: Step, network: Any = None, room: str = "") -> None:
        """Begin a step; after ``close`` it is left to the next start.

        Args:
            number: the conversation.
            path: where it waits.
            step: what to call.
            network: where the conversation is, for files and for showing that the bot is at work.
            room: the room.
        """
        if (number, path) in self.running or self.closed:
            return
        loop, context = asyncio.get_running_loop(), copy_context()
        if isinstance(network, Fetching):
            context.run(FETCH.set, network.fetch)
        task = loop.create_task(self._run(number, path, step), name=f"step {name_of(step.function)}", context=context)
        self.running[number, path] = task
        if isinstance(network, Typing):
            _show(loop, task, network, room, PATIENCE)

    def unknown(self, number: int, path: str) -> None:
        """Report a step that must not run twice, and may have run."""
        msg = "this step was running when the process died; it is marked once=True, so it was not run again"
        self._report(Stepped(number, path, None, OutcomeUnknown(msg)))

    def stop(self, number: int, path: str) -> None:
        """Cancel a step; nobody waits for its outcome any more."""
        task = self.running.pop((number, path), None)
        if task is not None:
            task.cancel()

    async def close(self) -> None:
        """Cancel all; they begin again at the next start."""
        self.closed = True
        tasks = list(self.running.values())
        self.running.clear()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=LONGEST_CLOSE)
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

    async def _run(self, number: int, path: str, step: Step) -> None:
        value, error = None, None
        for attempt in range(step.retries + 1):
            value, error = await self._try(step)
            if error is None or not self._is_wanted(number, path):
                break
            if attempt < step.retries:
                await asyncio.sleep(self.backoff.delay(attempt, self._draw()) / 1_000_000)
        if self._is_wanted(number, path):
            del self.running[number, path]
            self._report(Stepped(number, path, value, error))

    def _is_wanted(self, number: int, path: str) -> bool:
        """Whether the step of this task was not stopped; one that swallowed that may have another in its place."""
        return self.running.get((number, path)) is asyncio.current_task()

    async def _try(self, step: Step) -> tuple[Any, BaseException | None]:
        limit = None if step.timeout is None else step.timeout / 1_000_000
        deadline = asyncio.timeout(limit)
        try:
            async with deadline:
                return await self._call(step), None
        except TimeoutError as error:
            if deadline.expired():
                return None, StepTimeout(f"the step {name_of(step.function)} took longer than {limit:g} s")
            return None, error
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            return None, StepTimeout(f"the step {name_of(step.function)} cancelled itself")
        except KeyboardInterrupt:  # of somebody at the keyboard
            raise
        except BaseException as error:  # noqa: BLE001 - told to the conversation; by `sys.exit` it means itself alone
            return None, error

    async def _call(self, step: Step) -> Any:
        if _is_async(step.function):
            return await step.function(*step.arguments)
        if self._threads is None:
            result = _called(step)
        else:
            result = await asyncio.get_running_loop().run_in_executor(self._threads, _called, step)
        return await result if inspect.isawaitable(result) else result


def _called(step: Step) -> Any:
    """What a plain function returns."""
    try:
        return step.function(*step.arguments)
    except StopIteration as error:  # no future can carry it, and whoever waited for it would wait for ever
        msg = f"the step {name_of(step.function)} raised StopIteration"
        raise RuntimeError(msg) from error


def _show(
    loop: asyncio.AbstractEventLoop, task: "asyncio.Task[None]", network: Typing, room: str, after: float
) -> None:
    """Show that the bot is at work, after some seconds and then again and again, until the step has ended."""

    def again() -> None:
        if not task.done():
            network.typing(room)
            _show(loop, task, network, room, AGAIN)

    timer = loop.call_later(after, again)
    task.add_done_callback(lambda _: timer.cancel())


def _is_async(function: Any) -> bool:
    while hasattr(function, "func"):
        function = function.func
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004
