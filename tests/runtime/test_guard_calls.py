"""Whatever a conversation wants of an event loop, it is told at its own line what to write instead."""

import asyncio
import gc
import inspect
import traceback
import warnings
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any

import anyio
import anyio.to_thread
import httpx
import pytest

from chinwag.core.errors import ForeignAwait
from chinwag.runtime.guard import Guard

QUEUE: asyncio.Queue[int] = asyncio.Queue()
EVENT = asyncio.Event()


async def work() -> int:
    return 1


async def sleep() -> None:
    await asyncio.sleep(1)


async def timeout() -> None:
    async with asyncio.timeout(1):
        await work()


async def timeout_none() -> None:
    async with asyncio.timeout(None):
        await work()


async def wait_for() -> None:
    await asyncio.wait_for(work(), 1)


async def gather() -> None:
    await asyncio.gather(work(), work())


async def create_task() -> None:
    _ = asyncio.create_task(work())  # noqa: RUF006 - no task comes of it


async def ensure_future() -> None:
    _ = asyncio.ensure_future(work())  # noqa: RUF006 - likewise


async def to_thread() -> None:
    await asyncio.to_thread(print)


async def run_in_executor() -> None:
    await asyncio.get_running_loop().run_in_executor(None, print)


async def queue_get() -> None:
    await QUEUE.get()


async def event_wait() -> None:
    await EVENT.wait()


async def task_group() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(work())


async def loop_time() -> None:
    asyncio.get_running_loop().time()


async def get_event_loop() -> None:
    asyncio.get_event_loop().call_soon(print)


async def set_on_loop() -> None:
    asyncio.get_running_loop().name = "mine"  # type: ignore[attr-defined] # what is tested


async def delete_from_loop() -> None:
    del asyncio.get_running_loop().name  # type: ignore[attr-defined] # what is tested


async def current_task() -> None:
    asyncio.current_task()


async def run() -> None:
    asyncio.run(work())


async def runner() -> None:
    with asyncio.Runner() as own:
        own.run(work())


async def own_loop() -> None:
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(work())
    finally:
        loop.close()


async def future() -> None:
    _: Any = asyncio.Future()


async def open_connection() -> None:
    await asyncio.open_connection("localhost", 1)


async def subprocess() -> None:
    await asyncio.create_subprocess_exec("true")


async def anyio_sleep() -> None:
    await anyio.sleep(1)


async def anyio_group() -> None:
    async with anyio.create_task_group() as group:
        group.start_soon(work)


async def anyio_limit() -> None:
    with anyio.fail_after(1):
        await work()


async def http() -> None:
    await httpx.AsyncClient().get("http://localhost:1/")


@asynccontextmanager
async def settled() -> AsyncIterator[None]:
    await asyncio.sleep(1)
    yield


async def own_context_manager() -> None:
    async with settled():
        pass


# What the user did, the name in the message, and the line to write.
CALLS: list[tuple[Callable[[], Coroutine[Any, Any, None]], str, str]] = [
    (sleep, "asyncio.sleep", "await chat.sleep(seconds)"),
    (timeout, "asyncio.timeout", "`timeout=seconds`"),
    (timeout_none, "asyncio.Timeout", "`timeout=seconds`"),
    (wait_for, "asyncio.wait_for", "`timeout=seconds`"),
    (gather, "asyncio.gather", "await chat.all(a, b)"),
    (create_task, "asyncio.create_task", "await chat.start(conversation)"),
    (ensure_future, "asyncio.ensure_future", "await chat.start(conversation)"),
    (to_thread, "asyncio.to_thread", "await chat.step(function, ...)"),
    (run_in_executor, "loop.run_in_executor", "await chat.step(function, ...)"),
    (queue_get, "asyncio.Queue.get", "await chat.listen()"),
    (event_wait, "asyncio.Event.wait", "await chat.listen()"),
    (task_group, "asyncio.TaskGroup", "await chat.all(a, b)"),
    (loop_time, "loop.time", "await chat.step(function, ...)"),
    (get_event_loop, "loop.call_soon", "await chat.step(function, ...)"),
    (set_on_loop, "loop.name", "await chat.step(function, ...)"),
    (delete_from_loop, "loop.name", "await chat.step(function, ...)"),
    (current_task, "asyncio.current_task", "await chat.step(function, ...)"),
    (run, "asyncio.run", "`await` before the coroutine"),
    (runner, "asyncio.Runner", "`await` before the coroutine"),
    (own_loop, "asyncio.BaseEventLoop.run_until_complete", "`await` before the coroutine"),
    (future, "loop.get_debug", "await chat.step(function, ...)"),
    (open_connection, "asyncio.open_connection", "await chat.step(function, ...)"),
    (subprocess, "asyncio.create_subprocess_exec", "await chat.step(function, ...)"),
    (anyio_sleep, "anyio.sleep", "await chat.sleep(seconds)"),
    (anyio_group, "anyio.TaskGroup", "await chat.all(a, b)"),
    (anyio_limit, "anyio.fail_after", "`timeout=seconds`"),
    (http, "httpx.AsyncClient.get", "await chat.step(function, ...)"),
    (own_context_manager, "asyncio.sleep", "await chat.sleep(seconds)"),
]


def drive(conversation: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """What the engine does, here for one ``send``."""
    coroutine = conversation()
    try:
        with Guard():
            coroutine.send(None)
    finally:
        coroutine.close()


def check(conversation: Callable[[], Coroutine[Any, Any, None]], call: str, instead: str) -> None:
    with pytest.raises(ForeignAwait) as refused:
        drive(conversation)
    message = str(refused.value)
    assert message.startswith(f"`{call}` does not work inside a conversation: write ")
    assert instead in message
    mine = [frame for frame in traceback.extract_tb(refused.value.__traceback__) if frame.filename == __file__]
    user: Any = inspect.unwrap(settled) if conversation is own_context_manager else conversation
    assert mine[-1].name == user.__name__  # the user's own function stands in the traceback, with its line
    assert user.__code__.co_firstlineno < (mine[-1].lineno or 0) <= user.__code__.co_firstlineno + 5


def apart(work: Callable[[], object]) -> None:
    """Run it in a thread of its own: the loop that `asyncio.run` takes away from a thread must not be pytest's."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()


@pytest.mark.parametrize(("conversation", "call", "instead"), CALLS, ids=[call.__name__ for call, *_ in CALLS])
def test_a_foreign_call_is_refused_where_no_loop_runs(
    conversation: Callable[[], Coroutine[Any, Any, None]], call: str, instead: str
) -> None:
    apart(lambda: check(conversation, call, instead))


@pytest.mark.parametrize(("conversation", "call", "instead"), CALLS, ids=[call.__name__ for call, *_ in CALLS])
def test_a_refused_call_leaves_no_coroutine_behind_that_would_warn(
    conversation: Callable[[], Coroutine[Any, Any, None]], call: str, instead: str
) -> None:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        apart(lambda: check(conversation, call, instead))
        gc.collect()
    assert [str(warning.message) for warning in said if warning.category is RuntimeWarning] == []


@pytest.mark.parametrize(("conversation", "call", "instead"), CALLS, ids=[call.__name__ for call, *_ in CALLS])
async def test_a_foreign_call_is_refused_inside_a_task_of_a_real_loop(
    conversation: Callable[[], Coroutine[Any, Any, None]], call: str, instead: str
) -> None:
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    check(conversation, call, instead)
    assert asyncio.get_running_loop() is loop
    assert asyncio.current_task() is task
    assert await asyncio.wait_for(asyncio.to_thread(lambda: 2), 1) == 2
