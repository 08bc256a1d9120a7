"""Two bots that answer each other, found by their haste.

Owns the rule: somebody who speaks, is answered, and speaks again, twenty times within a second, is no person; he is not
heard until he has been silent for a while. Bots that say that they are bots are not heard in the first place; this is
for those that do not. Told the time, and never waits.
"""

from collections import deque
from collections.abc import Callable

MOST_EXCHANGES = 20
WITHIN = 1.0
SILENCE = 10.0
"""Seconds."""
MOST_SPEAKERS = 10_000


class Loops:
    """Who speaks too fast to be a person.

    Args:
        now: a clock, in seconds.

    >>> loops = Loops(lambda: 0.0)
    >>> def exchange() -> str:
    ...     loops.said()
    ...     return loops.heard("echo")
    >>> [exchange() for _ in range(21)].index("begun")
    20
    """

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._said = 0
        self._answered: dict[str, int] = {}
        self._exchanges: dict[str, deque[float]] = {}
        self._silenced: dict[str, float] = {}

    def said(self) -> None:
        """The bot has said something."""
        self._said += 1

    def heard(self, name: str) -> str:
        """Somebody speaks.

        Args:
            name: who.

        Returns:
            Empty if he is to be heard; ``begun`` if a loop is broken with this; ``goes on`` if it was broken before.
        """
        now = self._now()
        if name in self._silenced:
            if now - self._silenced.pop(name) < SILENCE:
                self._silenced[name] = now
                return "goes on"
            self._exchanges.pop(name, None)
        if not self._is_loop(name, now):
            return ""
        self._silenced[name] = now
        return "begun"

    def _is_loop(self, name: str, now: float) -> bool:
        answered = self._answered.pop(name, self._said) != self._said
        for table in (self._answered, self._exchanges, self._silenced):
            if len(table) >= MOST_SPEAKERS:
                del table[next(iter(table))]
        self._answered[name] = self._said
        if not answered:
            return False
        times = self._exchanges.setdefault(name, deque(maxlen=MOST_EXCHANGES))
        times.append(now)
        return len(times) == MOST_EXCHANGES and now - times[0] < WITHIN
