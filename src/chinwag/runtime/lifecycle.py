"""The life of a process that serves a bot: start, until the input ends or a signal comes, stop.

Owns the order of things. Start: store, worker, control socket, open questions once more, networks. Stop: nothing more
is taken in, commits end, what is being sent is delivered, the store is let go. The end of all input: what is due is
delivered first, steps under way included; who sleeps or asks waits in the store. Knows no network and no database.

Rules: a first signal asks to stop, and five seconds later the process ends whatever hangs; a second one ends it at
once. Where there is a file of accounts, SIGHUP has it read anew instead. The exit code is 0 after the end of input and
SIGTERM, 130 after SIGINT, 128 plus the signal if not in order.
"""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from types import FrameType, TracebackType
from typing import Any, Protocol, Self

from chinwag.core.conversation import Conversation
from chinwag.core.effects import Ask
from chinwag.core.errors import ChinwagError
from chinwag.core.perform import question
from chinwag.core.values import Arrival, Outgoing
from chinwag.ports import Inbox, Network
from chinwag.runtime.account import Account
from chinwag.runtime.control import Control
from chinwag.runtime.memory import tune_collector
from chinwag.runtime.observe import Watchdog
from chinwag.runtime.worker import Worker

log = logging.getLogger("chinwag")

LONGEST_STOP = 5.0
GRACE = 2.5
"""Seconds for commits and sends; steps get a part of the rest, and the store what is left."""
IN_ORDER = {signal.SIGTERM: 0, signal.SIGHUP: 0, signal.SIGINT: 128 + signal.SIGINT}


class Front(Network, Protocol):
    """A network that can be started and stopped.

    ``finished`` is set when no more input will come, ``closed`` when nobody is there to hear, or when it cannot go on;
    ``failure`` then says why. A network that has neither never sets them.
    """

    finished: asyncio.Event
    closed: asyncio.Event
    failure: ChinwagError | None

    async def start(self, inbox: Inbox) -> None:
        """Begin to take in."""
        ...

    async def stop(self) -> None:
        """Take in no more, and let go."""
        ...

    def restore(self) -> None:
        """Leave the terminal as it was, at once and without the loop."""
        ...


class Signals:
    """SIGINT, SIGTERM and SIGHUP while it is entered.

    Python's own handlers, not the loop's: a conversation that never awaits blocks the loop, and can still be stopped.

    Args:
        restore: called before the process ends at once.
        leave: ends the process at once with a code.
        longest: seconds from the first signal to the end, whatever hangs.

    Attributes:
        reload: what a SIGHUP asks for instead of an end, if the process can take up its file anew.
    """

    def __init__(
        self,
        restore: Callable[[], None],
        leave: Callable[[int], None] = os._exit,
        *,
        longest: float = LONGEST_STOP,
    ) -> None:
        self._restore, self._leave, self._longest = restore, leave, longest
        self._before: dict[int, Any] = {}
        self._timer: threading.Timer | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self.number = 0
        self.came = asyncio.Event()
        self.reload: Callable[[], object] | None = None

    def __enter__(self) -> Self:
        for number in IN_ORDER:
            if signal.getsignal(number) is not signal.SIG_IGN:  # `nohup` ignores SIGHUP, and means it
                self._before[number] = signal.signal(number, self._come)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for number, handler in self._before.items():
            signal.signal(number, handler)

    @property
    def code(self) -> int:
        """What the process should exit with, if it stops in order."""
        return IN_ORDER[signal.Signals(self.number)] if self.number else 0

    def attach(self) -> None:
        """From now on a signal wakes the running loop."""
        self._loop = asyncio.get_running_loop()
        if self.number:
            self.came.set()

    def limit(self) -> None:
        """The process stops: it must be over in time, whatever hangs."""
        if self._timer is None:
            code = 128 + self.number if self.number else 1
            self._timer = threading.Timer(self._longest, self._end, (code,))
            self._timer.daemon = True
            self._timer.start()

    def _come(self, number: int, _: FrameType | None) -> None:
        if number == signal.SIGHUP and self.reload is not None and self._loop is not None:
            self._loop.call_soon_threadsafe(self.reload)
            return
        if self.number:
            self._end(128 + number)
            return
        self.number = number
        self.limit()
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.came.set)

    def _end(self, code: int) -> None:
        self._restore()
        self._leave(code)


class Gate:
    """Lets arrivals through until it is shut; what comes later was never taken in.

    Args:
        worker: takes them.
    """

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self.shut = False

    def receive(self, arrival: Arrival, done: Callable[[], None] | None = None) -> None:
        """Hand an arrival on."""
        if not self.shut:
            self._worker.receive(arrival, done)


async def live(worker: Worker, fronts: Sequence[Front], signals: Signals, control: str | None = None) -> int:
    """Serve until the input ends, nobody listens, a signal comes, or the worker fails.

    Args:
        worker: not started yet; its accounts' networks are the fronts.
        fronts: the networks.
        signals: entered.
        control: where the control socket is to be; None for none.

    Returns:
        The exit code.

    Raises:
        StoreError: if the store cannot be opened.
    """
    signals.attach()
    tune_collector()
    async with living(worker, fronts, control, signals.limit):
        await _until_over(worker, fronts, signals)
    return 1 if _has_failed(worker) else signals.code


@asynccontextmanager
async def living(
    worker: Worker, fronts: Sequence[Front], control: str | None = None, ending: Callable[[], None] = lambda: None
) -> AsyncIterator[None]:
    """Serve while it is entered.

    Args:
        worker: not started yet; its accounts' networks are the fronts.
        fronts: the networks.
        control: where the control socket is to be; None for none.
        ending: called when it begins to stop.

    Raises:
        StoreError: if the store cannot be opened.
    """
    counters = await worker.start()
    gate = Gate(worker)
    try:
        async with Watchdog(worker), Control(worker, control):
            for account in worker.accounts.values():
                _show_again(worker, account, counters.outbox)
            for front in fronts:
                await front.start(gate)
            yield
            gate.shut = True
    finally:
        gate.shut = True
        ending()
        await worker.stop(GRACE)
        for front in fronts:
            await front.stop()


async def _until_over(worker: Worker, fronts: Sequence[Front], signals: Signals) -> None:
    """Wait for the first thing that ends the process; after the end of all input, for what is due."""
    loop = asyncio.get_running_loop()
    ends: list[asyncio.Task[Any]] = [loop.create_task(_input_ends(worker, fronts))]
    ends += [loop.create_task(event.wait()) for event in (signals.came, *(front.closed for front in fronts))]
    assert worker.fatal is not None  # noqa: S101 - the worker was started
    waiting: list[asyncio.Future[Any]] = [*ends, worker.fatal]
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    for end in ends:
        end.cancel()
    await asyncio.gather(*ends, return_exceptions=True)


async def _input_ends(worker: Worker, fronts: Sequence[Front]) -> None:
    for front in fronts:
        await front.finished.wait()
    await worker.quiet()


def _has_failed(worker: Worker) -> bool:
    """Whether the worker ended by an error of its own; it was logged."""
    fatal = worker.fatal
    return fatal is not None and fatal.done() and not fatal.cancelled() and fatal.exception() is not None


# -- open questions, once more -----------------------------------------------------------------------------------------


def _show_again(worker: Worker, account: Account, last: int) -> None:
    """Show the questions that are open since before this start, but those that are sent again anyway.

    Whatever waits in the outbox was said later than these, so they come first.
    """
    if account.network.echoes:
        for message in open_questions(worker, account, last):
            worker.delivery.show(message, account.network)


def open_questions(worker: Worker, account: Account, last: int) -> list[Outgoing]:
    """The questions that were asked before a start and are open, in the order asked.

    Args:
        worker: has just been started, and has sent nothing.
        account: whose.
        last: the number of the last message said before the start.
    """
    found = []
    for place in account.homes:
        for conversation in worker.table.here(place):
            found += _open(worker, conversation, last)
    return [message for _, _, message in sorted(found, key=lambda entry: entry[:2])]


def _open(worker: Worker, conversation: Conversation, last: int) -> list[tuple[int, int, Outgoing]]:
    return [
        (branch.asked, branch.prompt, question(conversation, branch.effect, branch.prompt))
        for branch in conversation.questions()
        if isinstance(branch.effect, Ask)
        and 0 < branch.prompt <= last
        and not 0 < branch.due <= worker.now
        and worker.outbox.find(branch.prompt) is None
    ]
