"""``Sent``: a message that was said, as a value that may stand in a state and be edited long after."""

from collections.abc import Coroutine
from typing import Any

from msgspec import Struct

from chinwag.core import effects
from chinwag.core.arguments import words
from chinwag.core.running import RUNNING, running


class Sent(Struct, frozen=True):
    """A message that was said. It may stand in a state, and be edited long after.

    Args:
        number: its number in the outbox.
    """

    number: int

    def edit(self, text: str) -> Coroutine[Any, Any, None]:
        """Replace the text, behind all that is said until the code waits again. Await it.

        Where a network lets nobody edit a message, as Telegram one that took a keyboard away, a new one takes its
        place.
        """
        return made(effects.Edit(self.number, words(text, "sent.edit")))

    def delete(self) -> Coroutine[Any, Any, None]:
        """Take the message back, where the network can. Await it."""
        return made(effects.Edit(self.number, None))

    def delivered(self) -> Coroutine[Any, Any, None]:
        """Wait until the network has taken the message.

        Raises:
            Undeliverable: if the network refuses it for good.
        """
        return made(effects.Delivered(self.number))


def made(effect: effects.Effect) -> Coroutine[Any, Any, Any]:
    """Note an effect until it is awaited, so that a forgotten ``await`` is found.

    Raises:
        UsageError: outside any conversation.
    """
    here = RUNNING.here
    if here.conversation is None:
        running()
    here.fresh.append(effect)
    return effect  # pyright: ignore[reportReturnType]  # registered as a coroutine, which pyright does not see
