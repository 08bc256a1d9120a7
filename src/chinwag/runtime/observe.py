"""The watchdog: names a conversation that never awaits, with its stack, while everybody else waits for it.

A thread of its own sleeps while the worker is idle. The worker wakes it with a batch, at the price of one comparison;
then it looks once a second, until the worker has been idle for a second. What it says goes to the log, after one
second, ten and sixty; it ends nothing.
"""

import logging
import sys
import threading
import traceback
from pathlib import Path
from types import TracebackType
from typing import Self

from chinwag.core.values import address
from chinwag.runtime.inputs import Arrived, Input, Kept, Scheduled, Spoken, Standing
from chinwag.runtime.worker import Worker

log = logging.getLogger("chinwag")

LOOK_EVERY = 1.0
"""Seconds."""
TELL_AFTER = (1, 10, 60)
"""Looks at the same input."""
DEEPEST = 30
OURS = str(Path(__file__).parent.parent)


class Watchdog:
    """Watches while it is entered.

    Args:
        worker: decides in the thread that enters.
        every: how often to look, in seconds.

    Attributes:
        asleep: it looks at nothing until ``wake``.
    """

    def __init__(self, worker: Worker, every: float = LOOK_EVERY) -> None:
        self._worker = worker
        self._every = every
        self._event = threading.Event()
        self._ended = False
        self._thread = threading.Thread(target=self._watch, name="chinwag-watchdog", daemon=True)
        self._watched = threading.get_ident()
        self.asleep = True

    async def __aenter__(self) -> Self:
        self._watched = threading.get_ident()
        self._thread.start()
        self._worker.watchdog = self
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.watchdog = None
        self._ended = True
        self._event.set()
        self._thread.join()

    def wake(self) -> None:
        """A batch begins."""
        self.asleep = False
        self._event.set()

    def _watch(self) -> None:
        while not self._ended:
            self._event.wait()
            self._event.clear()
            self._look_until_idle()

    def _look_until_idle(self) -> None:
        worker = self._worker
        seen, looks, turns = None, 0, -1
        while not self._ended:
            self._event.wait(self._every)
            if not worker.busy and worker.turns == turns:
                self.asleep = True
                if not worker.busy:  # a batch that began just now either saw that it sleeps, or is seen here
                    return
                self.asleep = False
            turns = worker.turns
            current = worker.decider.current if worker.busy else None
            looks = looks + 1 if current is not None and current is seen else 0
            seen = current
            if current is not None and looks in TELL_AFTER:
                self._tell(current, looks)

    def _tell(self, item: Input, looks: int) -> None:
        frame = sys._current_frames().get(self._watched)  # noqa: SLF001 - the one way to see another thread's stack
        stack = "".join(traceback.format_list(_theirs(traceback.extract_stack(frame))))
        log.error(
            "%s has not awaited anything for %g s, and nobody else gets an answer: let it `await chat.step(...)` for "
            "what takes long, or end its loop. It is here:\n%s",
            _named(self._worker, item),
            looks * self._every,
            stack.rstrip(),
        )


def _theirs(stack: traceback.StackSummary) -> list[traceback.FrameSummary]:
    """The user's own part of a stack: what the last of our frames has called; all of it, if that is nothing."""
    ours = [index for index, frame in enumerate(stack) if frame.filename.startswith(OURS)]
    theirs = stack[ours[-1] + 1 :] if ours else []
    return list(theirs or stack)[-DEEPEST:]


def _named(worker: Worker, item: Input) -> str:
    """The conversation that has a turn under way for this input; else where the input belongs."""
    place = _place(worker, item)
    for conversation in list(worker.table.here(place)):
        if conversation.turn is not None:
            return str(conversation)
    return f"what lives at {place}" if place else "a conversation"


def _place(worker: Worker, item: Input) -> str:
    if isinstance(item, Arrived):
        return address(item.arrival.account, item.arrival.room, item.arrival.user)
    if isinstance(item, Scheduled):
        return item.planned.address
    if isinstance(item, Spoken):
        return str(item.where)
    if isinstance(item, Standing):
        return address(item.account, "-", "-")
    if isinstance(item, Kept):
        return ""
    live = worker.table.live.get(item.number)
    return live.address if live is not None else ""
