"""The guard: while a conversation is driven, its thread has no event loop to await anything on.

Owns the stand-in for the running loop and the current task: every use of it raises ``ForeignAwait`` at the user's own
line, with the code to write instead. Owns the hooks that keep asynchronous generators of conversations from being
finalised by garbage collection. Refuses nothing itself: an await that needs no loop passes, and the engine sees what it
yields.

Rules: entered once a batch; what was there before is there again afterwards, whatever happened; it may be entered
within itself. One guard serves one thread.
"""

import asyncio
import sys
from asyncio import events, tasks
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from inspect import CORO_CREATED, getcoroutinestate
from pathlib import Path
from types import CoroutineType, FrameType, FunctionType, ModuleType, TracebackType
from typing import Any, NoReturn

from chinwag.core.errors import ForeignAwait
from chinwag.core.foreign import refusal

# The private names. asyncio has no public way to say "no loop here": `get_running_loop` must find something, else user
# code would start a loop of its own with `asyncio.run`. `_set_running_loop` is documented for authors of event loops.
_set_running_loop: Callable[[Any], None] = events._set_running_loop  # noqa: SLF001
_true_running_loop: Callable[[], Any] = events._get_running_loop  # noqa: SLF001

# Looked up once: entering is on the way of every message that comes alone.
_get_hooks, _set_hooks = sys.get_asyncgen_hooks, sys.set_asyncgen_hooks

_STDLIB = str(Path(asyncio.__file__).parent.parent)
_ASYNCIO = str(Path(asyncio.__file__).parent)
_INSTALLED = ("/site-packages/", "/dist-packages/")
_WRAPPERS = ("contextlib", "functools")  # they stand between a library and its caller, and tell nobody anything


class _Absent:
    """In place of the running loop and of the current task: whatever is wanted of it raises ``ForeignAwait``.

    It has no hash either: ``asyncio.current_task()`` looks its loop up in a dictionary, so it fails where it is called.
    """

    __slots__ = ()

    def __getattribute__(self, name: str) -> Any:
        if not name.startswith("__"):  # those are for isinstance, inspect, debuggers and test runners, not for asyncio
            _refuse(f"loop.{name}")
        return object.__getattribute__(self, name)

    def __setattr__(self, name: str, _: object) -> NoReturn:
        _refuse(f"loop.{name}")

    def __delattr__(self, name: str) -> NoReturn:
        _refuse(f"loop.{name}")

    def __hash__(self) -> int:  # noqa: PLE0309 - it never returns
        _refuse("asyncio.current_task")

    def __repr__(self) -> str:
        return "<no event loop inside a conversation>"


_ABSENT = _Absent()


def _running_loop() -> Any:
    """``events._get_running_loop`` while a guard is entered.

    ``asyncio.run`` asks through it whether a loop runs and would raise an error of its own; queues, events and locks
    would bind themselves to the stand-in for ever.
    """
    loop = _true_running_loop()
    if loop is _ABSENT:
        _refuse("asyncio.get_running_loop")
    return loop


class Guard:
    """Entered around the driving of conversations; costs less than a microsecond.

    >>> import asyncio
    >>> with Guard():
    ...     asyncio.get_running_loop().create_task
    Traceback (most recent call last):
    chinwag.core.errors.ForeignAwait: `loop.create_task` does not work inside a conversation: write ...
    """

    __slots__ = ("_ask", "_depth", "_first", "_last", "_loop", "_task")

    def __init__(self) -> None:
        self._depth = 0

    def __enter__(self) -> None:
        """Put the stand-ins in place; entering again within is harmless and changes nothing."""
        if self._depth:
            self._depth += 1
            return
        self._depth = 1
        self._loop = _true_running_loop()
        self._ask = events._get_running_loop  # noqa: SLF001 - see above
        self._first, self._last = _get_hooks()
        events._get_running_loop = _running_loop  # noqa: SLF001
        _set_hooks(None, _keep)
        _set_running_loop(_ABSENT)
        if _TASK_IS_APART:
            self._task = _swap_task(_ABSENT, _ABSENT)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Restore loop, task and hooks."""
        self._depth -= 1
        if self._depth:
            return
        if _TASK_IS_APART:
            _swap_task(_ABSENT, self._task)
        _set_running_loop(self._loop)
        _set_hooks(self._first, self._last)
        events._get_running_loop = self._ask  # noqa: SLF001


def _keep(_: AsyncGenerator[Any, Any]) -> None:
    """Finalise nothing: a ``finally`` of a conversation runs by the engine's will or not at all."""


def _is_task_apart() -> bool:
    """Whether the current task is kept by thread (Python 3.14) and not by loop, so that it has to be hidden too."""
    before = _true_running_loop()
    _set_running_loop(_ABSENT)
    try:
        tasks.current_task()
    except ForeignAwait:
        return False
    finally:
        _set_running_loop(before)
    return True


_swap_task: Callable[[Any, Any], Any] = getattr(tasks, "_swap_current_task", lambda _loop, _task: None)


def _refuse(what: str) -> NoReturn:
    """Raise the error, named after the function that the user called, if a library stands between."""
    frame: FrameType | None = sys._getframe(2)  # noqa: SLF001 - `inspect.stack` would read every source file
    call = what
    while frame is not None and _is_library(frame):
        package = frame.f_globals.get("__name__", "").partition(".")[0]
        if package not in _WRAPPERS:
            call = f"{package}.{_readable(frame.f_code.co_qualname)}"
        if frame.f_code.co_filename.startswith(_ASYNCIO):
            _close(frame.f_locals.values())
        frame = frame.f_back
    raise refusal(call if frame is not None else what)


def _is_library(frame: FrameType) -> bool:
    """Whether a frame is neither the user's nor ours; a bot may be installed among the libraries."""
    path = frame.f_code.co_filename
    if any(part in path for part in _INSTALLED):
        return not _knows_us(frame.f_globals)
    return path.startswith(_STDLIB)


def _knows_us(names: Mapping[str, object]) -> bool:
    for value in list(names.values()):
        if isinstance(value, type | FunctionType | ModuleType):
            origin = value.__name__ if isinstance(value, ModuleType) else value.__module__
            if str(origin).partition(".")[0] == "chinwag":
                return True
    return False


def _readable(qualname: str) -> str:
    """Without what is inside a function, and without a method that only the language calls."""
    parts = qualname.partition(".<locals>")[0].split(".")
    return ".".join(parts[:-1] if parts[-1].startswith("__") and len(parts) > 1 else parts)


def _close(values: Iterable[object]) -> None:
    """Close the coroutines that were handed to asyncio and will never start: they would warn when they are freed."""
    for value in list(values):
        if isinstance(value, CoroutineType):
            if getcoroutinestate(value) == CORO_CREATED:
                value.close()
        elif type(value) in {tuple, list, set}:
            _close(value)  # type: ignore[arg-type] # it is one of the three


_TASK_IS_APART = _is_task_apart()
