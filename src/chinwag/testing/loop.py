"""An event loop in virtual time: nothing blocks, nothing sleeps, and no socket can be opened.

Owns the jump: when nothing is ready, its time moves to the next call that is due, at once. Owns the death of a
process: a frozen loop runs nothing any more, not even a ``finally``. Functions for threads run in place, so that
everything happens in one order. Refuses connections, with the word what to do instead.

Rule: time is a whole number of microseconds since the loop's origin; what asyncio counts in seconds is derived from
it.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context
from heapq import heappush
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")

NEVER = 1 << 62
_SECOND = 1_000_000
# Smaller than a microsecond, so that nothing runs early; larger than what a float loses of the seconds in a century.
_RESOLUTION = 5e-7


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop whose time passes only when it is told to.

    Args:
        elapsed: where its time stands, in microseconds.

    >>> loop = VirtualLoop()
    >>> loop.finish(asyncio.sleep(3600, "an hour later"))
    'an hour later'
    >>> loop.elapsed
    3600000000
    >>> loop.close()
    """

    # Of the base class, which documents neither; every event loop is built on them.
    _ready: deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]

    def __init__(self, elapsed: int = 0) -> None:
        super().__init__()
        self.elapsed = elapsed
        self.frozen = False
        self._limit = elapsed
        self._calls = 0
        self._held: list[asyncio.Handle] = []
        self._selector = _Nothing(self._idle)
        self._clock_resolution = _RESOLUTION

    def time(self) -> float:
        """Seconds since the origin."""
        return self.elapsed / _SECOND

    def settle(self) -> None:
        """Run everything that can run without time passing."""
        self.advance(self.elapsed)

    def advance(self, elapsed: int) -> None:
        """Run everything up to an instant, and move there.

        Args:
            elapsed: the instant, in microseconds since the origin.
        """
        self._limit = elapsed
        self.run_forever()

    def finish(self, work: Any) -> Any:
        """Run until one piece of work is done, however long it takes.

        Args:
            work: what could be awaited.

        Raises:
            RuntimeError: if it waits for what never comes.
        """
        future = asyncio.ensure_future(work, loop=self)
        future.add_done_callback(self._stop)
        self.advance(NEVER)
        if not future.done() and not self.frozen:
            msg = f"{future!r} waits for something that never comes"
            raise RuntimeError(msg)
        return future.result() if future.done() else None

    def _stop(self, _: object) -> None:
        self.stop()

    def freeze(self) -> None:
        """Stop for good, in the middle of whatever runs: the process is dead."""
        if self.frozen:
            return
        self.frozen = True
        self._held = list(self._ready)
        self._ready.clear()
        # The round under way still takes as many as were ready when it began.
        for _ in self._held:
            super().call_soon(_nothing)
        self.stop()

    def bury(self) -> None:
        """End what was left when it was frozen or is no longer wanted, and close."""
        self.set_exception_handler(_unheard)
        self._ready.extend(self._held)
        self._held.clear()
        self.frozen = False
        for task in asyncio.all_tasks(self):
            task.cancel()
        self.settle()
        self.close()

    def call_at(  # type: ignore[override]  # the type variables of the arguments have no public names
        self, when: float, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.TimerHandle:
        """Call at an instant; of several at the same one, in the order in which they were asked for."""
        self._calls += 1
        timer = _Timer(when, callback, args, self, context)
        timer.number = self._calls
        heappush(self._scheduled, timer)
        timer.count()
        return timer

    def _idle(self) -> None:
        """Nothing is ready: jump to what is due next, if that is within the limit."""
        due = _due(self._scheduled[0].when()) if self._scheduled else NEVER
        if due <= self._limit and due != NEVER:
            self.elapsed = max(self.elapsed, due)
        else:
            if self._limit != NEVER:
                self.elapsed = max(self.elapsed, self._limit)
            self.stop()

    def _process_events(self, event_list: Sequence[object]) -> None:
        """Nothing comes from outside."""

    def _write_to_self(self) -> None:
        """Nobody has to be woken."""

    def run_in_executor(  # type: ignore[override]  # the base class has no name for the tuple of arguments either
        self, executor: object, func: Callable[..., T], *args: Any
    ) -> "asyncio.Future[T]":
        """Run in place what is meant for a thread."""
        del executor
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - whoever awaits it gets it
            future.set_exception(error)
        return future

    async def create_connection(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse."""
        _refuse()

    async def create_datagram_endpoint(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse."""
        _refuse()

    async def create_server(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse."""
        _refuse()

    async def getaddrinfo(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse."""
        _refuse()

    async def subprocess_exec(self, *_: Any, **__: Any) -> NoReturn:
        """Refuse."""
        _refuse()


class _Timer(asyncio.TimerHandle):
    """A call at an instant, with its place among those of the same instant."""

    __slots__ = ("number",)

    number: int
    _scheduled: bool

    def count(self) -> None:
        """It stands in the heap: only then it tells the loop when it is cancelled."""
        self._scheduled = True

    def __lt__(self, other: object) -> bool:
        if isinstance(other, _Timer):
            return (self.when(), self.number) < (other.when(), other.number)
        return NotImplemented


class _Nothing:
    """In place of a selector: there is nothing to select from."""

    __slots__ = ("_idle",)

    def __init__(self, idle: Callable[[], None]) -> None:
        self._idle = idle

    def select(self, timeout: float | None) -> Sequence[object]:
        """Nothing is ready unless the timeout is 0."""
        if timeout is None or timeout > 0:
            self._idle()
        return ()


def _due(when: float) -> int:
    """The first microsecond that is not before an instant in seconds."""
    due = round(when * _SECOND)
    return due if due / _SECOND >= when else due + 1


def _unheard(_: object, __: dict[str, Any]) -> None:
    """Nobody hears what the dead complain of."""


def _nothing() -> None:
    """Stand in for a call that is held back."""


def _refuse() -> NoReturn:
    msg = (
        "there is no way out of a test that plays: fake the step that reaches for the network, such as "
        "`world.steps(fetch, returns=...)`"
    )
    raise OSError(msg)
