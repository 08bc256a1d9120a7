"""Faked steps: what a function of the outside world answers in a test.

Owns the outcomes that a test has set, in order, and the record of calls. A step that runs again because the process
died, or because its commit failed, meets the same outcome as before: what it was given is used up only when it is
journaled.
"""

import asyncio
from collections.abc import Callable, Sequence
from inspect import isawaitable
from itertools import count
from typing import Any

from chinwag.core.effects import Step, name_of
from chinwag.ports import Batch
from chinwag.runtime.inputs import Stepped
from chinwag.runtime.steps import Steps

Key = tuple[int, str]


class Fake:
    """What one function answers.

    Args:
        outcomes: in order; the last stays. An exception is raised.
        does: is called instead, with the step's arguments.
        takes: how long a call takes, in seconds.
    """

    def __init__(self, outcomes: Sequence[Any], does: Callable[..., Any] | None, takes: float) -> None:
        self.outcomes = outcomes
        self.does = does
        self.takes = takes
        self.given = 0

    def next(self) -> "tuple[Fake, int]":
        """The next outcome's place."""
        self.given += 1
        return self, self.given - 1

    def answer(self, place: int, arguments: tuple[Any, ...]) -> Any:
        """The outcome at a place, or what the function in its stead answers."""
        if self.does is not None:
            return self.does(*arguments)
        outcome = self.outcomes[min(place, len(self.outcomes) - 1)]
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome


class Stage:
    """All faked steps of a world, and every call of a step, faked or not."""

    def __init__(self) -> None:
        self._fakes: dict[Any, Fake] = {}
        self._allotted: dict[Key, list[tuple[Fake, int]]] = {}
        self.calls: list[tuple[Any, tuple[Any, ...]]] = []

    def set(self, function: Any, fake: Fake) -> None:
        """Fake a function, given itself or by its ``__qualname__``."""
        self._fakes[function] = fake

    def find(self, function: Any) -> Fake | None:
        """The fake of a function."""
        return self._fakes.get(function) or self._fakes.get(name_of(function))

    def of(self, function: Any) -> list[tuple[Any, ...]]:
        """The arguments of every call of a function."""
        return [arguments for called, arguments in self.calls if function in (called, name_of(called))]

    def journaled(self, batch: Batch) -> None:
        """Steps whose outcome is durable: if they run again, it is another time."""
        for number, path in batch.stepped:
            self._allotted.pop((number, path), None)

    def staged(self, key: Key, step: Step) -> Step:
        """The step as it runs here: what is faked is answered, and every call is noted."""
        attempts = count()

        async def act(*arguments: Any) -> Any:
            fake, place = self._call(key, next(attempts), step)
            if fake.takes:
                await asyncio.sleep(fake.takes)
            result = step.function(*arguments) if fake is _REAL else fake.answer(place, arguments)
            return await result if isawaitable(result) else result

        act.__qualname__ = name_of(step.function)
        return Step(act, step.arguments, step.retries, step.timeout, once=step.once)

    def _call(self, key: Key, attempt: int, step: Step) -> tuple[Fake, int]:
        """What answers one attempt: the same as before if it ran before, and nobody knows."""
        fake = self.find(step.function) or _REAL
        allotted = self._allotted.setdefault(key, [])
        if attempt < len(allotted) and allotted[attempt][0] is fake:
            return allotted[attempt]
        del allotted[attempt:]
        self.calls.append((step.function, step.arguments))
        allotted.append(fake.next())
        return allotted[-1]


_REAL = Fake((), None, 0)


class StagedSteps(Steps):
    """The worker's steps, with those that are faked."""

    __slots__ = ("stage",)

    def __init__(self, stage: Stage, report: Callable[[Stepped], None], draw: Callable[[], float]) -> None:
        super().__init__(report, draw, None)
        self.stage = stage

    def launch(self, number: int, path: str, step: Step, network: Any = None, room: str = "") -> None:
        """Begin a step."""
        super().launch(number, path, self.stage.staged((number, path), step), network, room)
