"""Which conversation runs in this thread right now, for what has no handle of its own.

``Sent.edit`` may be called on a value that came out of a state, and ``chat.random`` is one object for all
conversations.
"""

from threading import local
from typing import TYPE_CHECKING

from chinwag.core.errors import UsageError

if TYPE_CHECKING:
    from chinwag.core.conversation import Conversation


class _Running(local):
    """One per thread: the conversation, and the effects it made and did not await yet."""

    conversation: "Conversation | None" = None

    def __init__(self) -> None:
        self.fresh: list[object] = []


RUNNING = _Running()


def running() -> "Conversation":
    """The conversation that runs now.

    Raises:
        UsageError: outside any conversation.
    """
    conversation = RUNNING.conversation
    if conversation is None:
        msg = "this works only inside a conversation function, while it runs"
        raise UsageError(msg)
    return conversation
