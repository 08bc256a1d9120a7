"""The time, and calls at a later time."""

from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A call that is due later."""

    def cancel(self) -> None:
        """Do not call."""
        ...


class Clock(Protocol):
    """The time, and a call at a later time."""

    def now(self) -> int:
        """Microseconds since the epoch, in UTC."""
        ...

    def call_at(self, due: int, callback: Callable[[], None]) -> Timer:
        """Call once the time ``due`` has come; a wait of over a minute may end early, so look at the clock."""
        ...
