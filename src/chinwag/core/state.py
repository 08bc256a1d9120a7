"""States: a conversation cut into named parts, each a checkpoint.

A state is a frozen dataclass; its fields are all that it needs. Returning the next state stores it and drops the
journal.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chinwag.core.chat import Chat


class State:
    """The base of a bot's states; each subclass is a frozen dataclass with ``run``.

    >>> from dataclasses import dataclass
    >>> from chinwag import Chat, State
    >>> @dataclass(frozen=True)
    ... class Greet(State):
    ...     name: str
    ...
    ...     async def run(self, chat: Chat) -> State | None:
    ...         await chat.say(f"Hello {self.name}!")
    ...         return None
    """

    __slots__ = ()

    async def run(self, chat: "Chat") -> "State | None":
        """Talk, and return the next state, or None at the end."""
        raise NotImplementedError
