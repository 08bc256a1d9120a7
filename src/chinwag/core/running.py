"""Which conversation runs in this thread right now, for what has no handle of its own.

``Sent.edit`` may be called on a value that came out of a state, and ``chat.random`` is one object for all
conversations.
"""

from threading import local
from typing import TYPE_CHECKING

from chinwag.core.errors import UsageError

if TYPE_CHECKING:
    from chinwag.core.conversation import Conversation


class Running:
    """The conversation that runs, and the effects it made and did not await yet."""

    __slots__ = ("conversation", "fresh")

    def __init__(self) -> None:
        self.conversation: Conversation | None = None
        self.fresh: list[object] = []


class _Threads(local):
    """Each thread has its own. It is looked up by thread once, and not for every field of it: that takes long."""

    def __init__(self) -> None:
        self.here = Running()


RUNNING = _Threads()


def running() -> "Conversation":
    """The conversation that runs now.

    Raises:
        UsageError: outside any conversation.
    """
    conversation = RUNNING.here.conversation
    if conversation is None:
        msg = "this works only inside a conversation function, while it runs"
        raise UsageError(msg)
    return conversation
