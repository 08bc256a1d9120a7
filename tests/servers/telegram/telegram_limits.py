"""Telegram's limits for sending, enforced when they are switched on.

30 messages a second over all, 1 a second in a chat, 20 a minute in a group (Bots FAQ, "My bot is hitting limits").
Each is a window that slides. A call over a limit is refused with 429 and the whole seconds until it would pass; it does
not count.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

from tests.servers.telegram.telegram_refusals import too_many
from tests.servers.telegram.telegram_world import Room

Windows = list[tuple[int, float, deque[float]]]
"""How many, in how many seconds, and when the last ones were."""


@dataclass(slots=True, eq=False)
class Limits:
    """The windows of one bot."""

    clock: Callable[[], float]
    enforced: bool = False
    overall: int = 30
    per_chat: int = 1
    per_group: int = 20
    refused: int = 0
    """How many calls were over a limit."""
    _sent: dict[object, deque[float]] = field(default_factory=dict)

    def take(self, bot: int, room: Room, messages: int = 1) -> None:
        """Count messages that are about to be sent; refuses what is too much."""
        if not self.enforced:
            return
        now, windows = self.clock(), self.windows(bot, room)
        wait = max(self.wait(now, window, messages) for window in windows)
        if wait > 0:
            self.refused += 1
            raise too_many(max(1, ceil(wait)))
        for _, _, sent in windows:
            sent.extend([now] * messages)

    def windows(self, bot: int, room: Room) -> Windows:
        windows = [
            (self.overall, 1.0, self._sent.setdefault(bot, deque())),
            (self.per_chat, 1.0, self._sent.setdefault((bot, room.id), deque())),
        ]
        if room.kind in {"group", "supergroup"}:
            windows.append((self.per_group, 60.0, self._sent.setdefault((bot, room.id, "minute"), deque())))
        return windows

    @staticmethod
    def wait(now: float, window: tuple[int, float, deque[float]], messages: int) -> float:
        """Seconds until this window has room; an album passes a window that is empty."""
        most, seconds, sent = window
        while sent and sent[0] <= now - seconds:
            sent.popleft()
        over = len(sent) + min(messages, most) - most
        return sent[over - 1] + seconds - now if over > 0 else 0.0
