"""Messages that are several calls, each of which makes something: a second try goes on with the one that failed."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from chinwag.core.errors import Refused, SendError
from chinwag.core.recent import Recent

MOST = 1_000
T = TypeVar("T")


class Threads:
    """What there is of messages that are not yet sent to their end."""

    __slots__ = ("_made",)

    def __init__(self) -> None:
        self._made: Recent[int, list[str]] = Recent(MOST)

    async def made(self, message: int, calls: Sequence[T], make: Callable[[T, list[str]], Awaitable[str]]) -> list[str]:
        """Make the calls of a message that are not made yet.

        Args:
            message: its number in the outbox.
            calls: all of its calls, in order.
            make: makes one; gets what was made before, and gives what it made.

        Returns:
            What each of them made.

        Raises:
            Refused, RateLimited, Unreachable, Ambiguous: as ``make`` does; what is refused is not tried again.
        """
        made = self._made.pop(message, [])
        try:
            for call in calls[len(made) :]:
                made.append(await make(call, made))
        except Refused:
            raise
        except SendError:
            self._made[message] = made
            raise
        return made
