"""The closed set of effects: what an ``await`` inside a conversation can ask for.

An effect is a value. Awaiting it yields it to the engine, which answers. ``Say``, ``Edit``, ``Start`` and ``Join`` are
answered within the turn; all others make their branch wait.
"""

from collections.abc import Awaitable, Callable, Coroutine, Generator
from datetime import datetime
from functools import partial
from typing import Any, NoReturn

from chinwag.core.running import RUNNING
from chinwag.core.values import Attachment

AGAIN: Any = type("Again", (), {"__repr__": lambda _: "AGAIN"})()
NO_DEFAULT: Any = type("NoDefault", (), {"__repr__": lambda _: "NO_DEFAULT"})()


class Effect(Coroutine[Any, Any, Any]):
    """What every effect shares: it can be awaited once, inside a conversation, and nowhere else."""

    __slots__ = ()
    kind = ""

    def __await__(self) -> Generator["Effect", Any, Any]:
        fresh = RUNNING.fresh
        if fresh and fresh[-1] is self:
            fresh.pop()
        elif self in fresh:
            fresh.remove(self)
        return (yield self)

    def send(self, value: object) -> NoReturn:
        """Refuse: only the engine drives an effect."""
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


class Say(Effect):
    """Send a message."""

    __slots__ = ("attachments", "buttons", "delivery", "words")
    kind = "say"

    def __init__(self, words: str, attachments: tuple[Attachment, ...], buttons: tuple[str, ...], delivery: str) -> None:
        self.words = words
        self.attachments = attachments
        self.buttons = buttons
        self.delivery = delivery

    def text(self) -> str:
        return self.words


class Edit(Effect):
    """Change or delete a message that was said."""

    __slots__ = ("sent", "words")
    kind = "edit"

    def __init__(self, sent: int, words: str | None) -> None:
        self.sent = sent
        self.words = words


class Ask(Effect):
    """Ask and wait for an answer that the parse function accepts."""

    __slots__ = ("default", "from_", "parse", "prompt", "retry", "timeout")
    kind = "ask"

    def __init__(  # noqa: PLR0913, PLR0917 - the façade in chat.py names them; here they are one row
        self, prompt: str, parse: Callable[[str], Any], retry: Any, timeout: int | None, default: Any, from_: str | None
    ) -> None:
        self.prompt = prompt
        self.parse = parse
        self.retry = retry
        self.timeout = timeout
        self.default = default
        self.from_ = from_

    def label(self) -> str:
        return name_of(self.parse)

    def text(self) -> str:
        return self.prompt


class Choose(Ask):
    """Ask for one of several options."""

    __slots__ = ("labels", "values")
    kind = "choose"

    def __init__(  # noqa: PLR0913, PLR0917 - as above
        self,
        prompt: str,
        labels: tuple[str, ...],
        values: tuple[Any, ...],
        timeout: int | None,
        default: Any,
        from_: str | None,
    ) -> None:
        super().__init__(prompt, str, AGAIN, timeout, default, from_)
        self.labels = labels
        self.values = values

    def label(self) -> str:
        return ""


class Listen(Effect):
    """Wait for the next message, whatever it is."""

    __slots__ = ("default", "from_", "timeout")
    kind = "listen"

    def __init__(self, timeout: int | None, default: Any, from_: str | None) -> None:
        self.timeout = timeout
        self.default = default
        self.from_ = from_


class Sleep(Effect):
    """Wait for a time: ``duration`` microseconds from now, or until an instant."""

    __slots__ = ("duration", "until")
    kind = "sleep"

    def __init__(self, duration: int, until: datetime | None) -> None:
        self.duration = duration
        self.until = until

    def text(self) -> str:
        return f"until {self.until.isoformat()}" if self.until else f"{self.duration / 1_000_000:g} s"


class Step(Effect):
    """Call the outside world."""

    __slots__ = ("arguments", "function", "once", "retries", "timeout")
    kind = "step"

    def __init__(  # noqa: PLR0913, PLR0917 - as above
        self, function: Callable[..., Any], arguments: tuple[Any, ...], retries: int, timeout: int | None, *, once: bool
    ) -> None:
        self.function = function
        self.arguments = arguments
        self.retries = retries
        self.timeout = timeout
        self.once = once

    def text(self) -> str:
        return name_of(self.function)


class Delivered(Effect):
    """Wait until the network has taken a message, or refused it."""

    __slots__ = ("sent",)
    kind = "delivered"

    def __init__(self, sent: int) -> None:
        self.sent = sent


class Start(Effect):
    """Begin another conversation with a life of its own."""

    __slots__ = ("address", "arguments", "function")
    kind = "start"

    def __init__(self, function: Any, arguments: tuple[Any, ...], address: str) -> None:
        self.function = function
        self.arguments = arguments
        self.address = address

    def label(self) -> str:
        return name_of(self.function)


class Join(Effect):
    """Several effects at once: until the first is done, or until all are."""

    __slots__ = ("members",)

    def __init__(self, members: tuple[Awaitable[Any], ...]) -> None:
        self.members = members


class First(Join):
    """Until the first is done; the others are cancelled."""

    __slots__ = ()
    kind = "first"


class All(Join):
    """Until all are done."""

    __slots__ = ()
    kind = "all"


def name_of(function: Any) -> str:
    """The name by which the journal knows a function: its ``__qualname__``, without the module.

    >>> import functools
    >>> name_of(functools.partial(int, base=2))
    'int'
    """
    while isinstance(function, partial):
        function = function.func
    return getattr(function, "__qualname__", None) or type(function).__qualname__
