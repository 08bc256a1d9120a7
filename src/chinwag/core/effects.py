"""The closed set of effects: what an ``await`` inside a conversation can ask for.

An effect is a value. Awaiting it yields it to the engine, which answers. ``Say``, ``Edit``, ``Start`` and ``Join`` are
answered within the turn; all others make their branch wait.
"""

from collections.abc import Awaitable, Callable, Coroutine, Generator
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, NoReturn

from msgspec import Struct

from chinwag.core.errors import UsageError
from chinwag.core.running import RUNNING
from chinwag.core.values import Attachment

AGAIN: Any = type("Again", (), {"__repr__": lambda _: "AGAIN"})()
NO_DEFAULT: Any = type("NoDefault", (), {"__repr__": lambda _: "NO_DEFAULT"})()


class Effect(Struct, eq=False):
    """What every effect shares: it can be awaited once, inside a conversation, and nowhere else."""

    kind: ClassVar[str] = ""

    def __await__(self) -> Generator["Effect", Any, Any]:
        fresh = RUNNING.here.fresh
        if fresh and fresh[-1] is self:
            fresh.pop()
        elif self in fresh:
            fresh.remove(self)
        else:
            msg = f"{self!r} was awaited a second time, or outside its conversation: make a new one for each `await`"
            raise UsageError(msg)
        return (yield self)

    def send(self, value: object) -> NoReturn:
        """Refuse: only the engine drives an effect."""
        del value
        msg = f"{self!r} can only be awaited inside a conversation, with `await`"
        raise TypeError(msg)

    def throw(self, *error: object) -> NoReturn:
        """Refuse: only the engine drives an effect."""
        self.send(error)

    def close(self) -> None:
        """Do nothing: an effect holds nothing that wants closing."""

    def __repr__(self) -> str:
        return f"chat.{self.kind}({self.label()!r})" if self.label() else f"chat.{self.kind}(...)"

    def label(self) -> str:
        """What the journal compares besides the kind."""
        return ""

    def text(self) -> str:
        """What a reader of the journal wants to see of it."""
        return ""


# It has the methods; an abstract base class would make every isinstance() of the engine slow.
Coroutine.register(Effect)  # pyright: ignore[reportAttributeAccessIssue]  # as every abstract base class can


class Say(Effect, eq=False):
    """Send a message."""

    words: str
    attachments: tuple[Attachment, ...] = ()
    buttons: tuple[str, ...] = ()
    delivery: str = "at_least_once"
    visibility: str = ""
    warning: str = ""
    kind: ClassVar[str] = "say"

    def text(self) -> str:
        """The words, without their styles."""
        return str(self.words)


class Edit(Effect, eq=False):
    """Change or delete a message that was said."""

    sent: int
    words: str | None
    kind: ClassVar[str] = "edit"


class Ask(Effect, eq=False):
    """Ask and wait for an answer that the parse function accepts; ``timeout`` in microseconds."""

    prompt: str
    parse: Callable[[str], Any]
    retry: Any
    timeout: int | None
    default: Any
    from_: str | None
    kind: ClassVar[str] = "ask"

    def label(self) -> str:
        """The parse function's name."""
        return name_of(self.parse)

    def text(self) -> str:
        """The prompt, without its styles."""
        return self.prompt if type(self.prompt) is str else str(self.prompt)


class Choose(Ask, eq=False):
    """Ask for one of several options."""

    labels: tuple[str, ...] = ()
    values: tuple[Any, ...] = ()
    inline: bool = False
    kind: ClassVar[str] = "choose"

    def label(self) -> str:
        """Nothing: what is chosen is matched by its label."""
        return ""


class Listen(Effect, eq=False):
    """Wait for the next message, whatever it is; ``timeout`` in microseconds."""

    timeout: int | None
    default: Any
    from_: str | None
    edits: bool = False
    kind: ClassVar[str] = "listen"


class Sleep(Effect, eq=False):
    """Wait for a time: ``duration`` microseconds from now, or until an instant."""

    duration: int
    until: datetime | None
    kind: ClassVar[str] = "sleep"

    def text(self) -> str:
        """How long."""
        return f"until {self.until.isoformat()}" if self.until else f"{self.duration / 1_000_000:g} s"


class Step(Effect, eq=False):
    """Call the outside world; ``timeout`` in microseconds."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    retries: int
    timeout: int | None
    once: bool
    kind: ClassVar[str] = "step"

    def text(self) -> str:
        """The function's name."""
        return name_of(self.function)


class Delivered(Effect, eq=False):
    """Wait until the network has taken a message, or refused it."""

    sent: int
    kind: ClassVar[str] = "delivered"


class Start(Effect, eq=False):
    """Begin another conversation with a life of its own."""

    function: Any
    arguments: tuple[Any, ...]
    address: str
    kind: ClassVar[str] = "start"

    def label(self) -> str:
        """The function's name."""
        return name_of(self.function)


class Join(Effect, eq=False):
    """Several effects at once: until the first is done, or until all are."""

    members: tuple[Awaitable[Any], ...]


class First(Join, eq=False):
    """Until the first is done; the others are cancelled."""

    kind: ClassVar[str] = "first"


class All(Join, eq=False):
    """Until all are done."""

    kind: ClassVar[str] = "all"


def name_of(function: Any) -> str:
    """The name by which the journal knows a function: its ``__qualname__``, without the module.

    >>> import functools
    >>> name_of(functools.partial(int, base=2))
    'int'
    """
    name: str | None = getattr(function, "__qualname__", None)
    if name:
        return name
    while isinstance(function, partial):
        function = function.func
    return getattr(function, "__qualname__", None) or type(function).__qualname__
