"""Bot: what a bot can do and what starts each of its conversations. Declarations only; nothing here runs anything."""

import inspect
import sys
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, Literal, TypeVar

from msgspec import Struct

from chinwag.core import schedules
from chinwag.core.chat import Chat
from chinwag.core.declared import check, parenthesised
from chinwag.core.durations import microseconds
from chinwag.core.effects import name_of
from chinwag.core.errors import UsageError
from chinwag.core.schedules import Schedule
from chinwag.core.settings import check_class
from chinwag.core.state import State
from chinwag.core.values import Texts

F = TypeVar("F", bound=Callable[[Chat], Coroutine[Any, Any, State | None]] | type[State])
Per = Literal["user", "room"]
GRACE = timedelta(hours=1)


class Definition(Struct, frozen=True):
    """One conversation of a bot.

    Args:
        name: its name in journals.
        function: the function, or the State class it begins with.
        summary: the first line of its docstring, for ``/help``.
        busy: what a command answers when the conversation already runs here; None takes the bot's own text.
        per: whether each user of a room has one, or the room shares one.
    """

    name: str
    function: Any
    summary: str
    busy: str | None = None
    per: Per = "user"


class Scheduled(Struct, frozen=True):
    """A conversation that a clock starts, for every recipient.

    Args:
        definition: what starts.
        schedule: when.
        grace: how late a run may still start after a downtime, in microseconds.
        zone: the time zone, if it is not the recipient's own.
    """

    definition: Definition
    schedule: Schedule
    grace: int
    zone: str | None = None


class Bot:
    """A set of conversations, with what starts each.

    Args:
        name: its name, used for its default store and its account.
        fallback: the answer to a message in a direct chat that nothing else takes.
        texts: what the bot says of its own accord.
        settings: a frozen dataclass of what each account of it may be given; ``chat.settings`` reads it.
        subscribers: whether people may write themselves into the list of those who get what its schedules start:
            ``/subscribe``, ``/unsubscribe``, and ``/timezone Europe/Berlin``. The list is durable.

    >>> from chinwag import Bot, Chat
    >>> bot = Bot("hello")
    >>> @bot.on_command("start")
    ... async def greet(chat: Chat) -> None:
    ...     \"\"\"Say hello.\"\"\"
    ...     name = await chat.ask("What is your name?")
    ...     await chat.say(f"Hello {name}!")
    """

    def __init__(
        self,
        name: str,
        *,
        fallback: str | None = None,
        texts: Texts | None = None,
        settings: type | None = None,
        subscribers: bool = False,
    ) -> None:
        if not name or not all(c.isalnum() or c in "-_" for c in name):
            msg = f"a bot's name has letters, digits, - and _ only, not {name!r}"
            raise UsageError(msg)
        self.name = name
        self.fallback = fallback
        self.subscribers = subscribers
        self.texts = texts or Texts()
        if settings is not None:
            check_class(settings)
        self.settings = settings
        self.commands: dict[str, Definition] = {}
        self.triggers: dict[str, Definition] = {}
        self.listener: Definition | None = None
        self.greeter: Definition | None = None
        self.farewell: Definition | None = None
        self.standing: list[Definition] = []
        self.scheduled: list[Scheduled] = []
        self._known: dict[str, Any] = {}

    @parenthesised
    def on_command(self, name: str, *, busy: str | None = None, per: Per = "user") -> Callable[[F], F]:
        """Start the conversation when a user sends ``/name``.

        Args:
            name: the command, without its slash.
            busy: the answer when it already runs here.
            per: whether each user of a room has one conversation, or the room shares one.
        """
        command = name.removeprefix("/").lower()
        if not command or not all(c.isalnum() or c == "_" for c in command):
            msg = f"a command has letters, digits and _ only, such as start, not {name!r}"
            raise UsageError(msg)

        def declare(function: F) -> F:
            self._new(self.commands, command, f"the command /{command}")
            self.commands[command] = self._definition(function, busy, per)
            return function

        return declare

    @parenthesised
    def on_text(self, text: str, *, per: Per = "user") -> Callable[[F], F]:
        """Start the conversation when a user sends exactly this text, in any case.

        Args:
            text: the text.
            per: as for ``on_command``.
        """
        trigger = text.strip().casefold()
        if not trigger:
            msg = "on_text needs a text; on_message takes every message"
            raise UsageError(msg)

        def declare(function: F) -> F:
            self._new(self.triggers, trigger, f"the text {text!r}")
            self.triggers[trigger] = self._definition(function, None, per)
            return function

        return declare

    @parenthesised
    def on_message(self, *, per: Per = "user") -> Callable[[F], F]:
        """Start the conversation for every message that nothing else takes; it stands in ``chat.message``.

        Args:
            per: as for ``on_command``.
        """

        def declare(function: F) -> F:
            if self.listener is not None:
                msg = f"the bot {self.name} has on_message already: {self.listener.name}"
                raise UsageError(msg)
            self.listener = self._definition(function, None, per)
            return function

        return declare

    @parenthesised
    def on_join(self) -> Callable[[F], F]:
        """Start the conversation when somebody joins a room, or begins a direct chat."""

        def declare(function: F) -> F:
            if self.greeter is not None:
                msg = f"the bot {self.name} has on_join already: {self.greeter.name}"
                raise UsageError(msg)
            self.greeter = self._definition(function)
            return function

        return declare

    @parenthesised
    def on_leave(self) -> Callable[[F], F]:
        """Start the conversation when somebody leaves a room, or blocks the bot; it may not be able to say anything."""

        def declare(function: F) -> F:
            if self.farewell is not None:
                msg = f"the bot {self.name} has on_leave already: {self.farewell.name}"
                raise UsageError(msg)
            self.farewell = self._definition(function)
            return function

        return declare

    @parenthesised
    def always(self) -> Callable[[F], F]:
        """Let the conversation run once for every account, from its start."""

        def declare(function: F) -> F:
            self.standing.append(self._definition(function))
            return function

        return declare

    @parenthesised
    def daily(self, at: str, *, zone: str | None = None, grace: float | timedelta = GRACE) -> Callable[[F], F]:
        """Start the conversation every day, for every recipient in the recipient's own time zone.

        Args:
            at: the time on the wall, as HH:MM or HH:MM:SS.
            zone: a time zone such as Europe/Berlin for all recipients, instead of each one's own.
            grace: how late it may still start after a downtime, in seconds or as a timedelta; an hour, if left out.
        """
        return self._on(schedules.daily(at), grace, zone)

    @parenthesised
    def every(self, period: float | timedelta, *, grace: float | timedelta = GRACE) -> Callable[[F], F]:
        """Start the conversation again and again, for every recipient.

        Args:
            period: the time between two starts, in seconds or as a timedelta.
            grace: as for ``daily``.
        """
        return self._on(schedules.every(period), grace)

    @parenthesised
    def cron(self, expression: str, *, zone: str | None = None, grace: float | timedelta = GRACE) -> Callable[[F], F]:
        """Start the conversation by a cron expression, for every recipient in the recipient's own time zone.

        Args:
            expression: five fields: minute, hour, day, month, weekday.
            zone: as for ``daily``.
            grace: as for ``daily``.
        """
        return self._on(schedules.cron(expression), grace, zone)

    def _on(self, schedule: Schedule, grace: float | timedelta, zone: str | None = None) -> Callable[[F], F]:
        limit = microseconds(grace)
        if zone is not None:
            schedules.zone(zone)

        def declare(function: F) -> F:
            self.scheduled.append(Scheduled(self._definition(function), schedule, limit, zone))
            return function

        return declare

    def include(self, other: "Bot") -> None:
        """Take over all that another bot can do.

        Args:
            other: the bot; its own texts and fallback are left.

        Raises:
            UsageError: if both have the same command or text, an ``on_message``, an ``on_join`` or an ``on_leave``, two
                functions of one name, or settings of two classes; nothing is taken over then.
        """
        self._refuse(other)
        self.commands |= other.commands
        self.triggers |= other.triggers
        self.listener = self.listener or other.listener
        self.greeter = self.greeter or other.greeter
        self.farewell = self.farewell or other.farewell
        self.settings = self.settings or other.settings
        self.standing += other.standing
        self.scheduled += other.scheduled
        self.subscribers = self.subscribers or other.subscribers
        self._known.update(other._known)  # noqa: SLF001 - of the same class

    def _refuse(self, other: "Bot") -> None:
        """Two bots that cannot be one."""
        for command in other.commands:
            self._new(self.commands, command, f"the command /{command}")
        for trigger in other.triggers:
            self._new(self.triggers, trigger, f"the text {trigger!r}")
        for what, mine, new in (
            ("on_message", self.listener, other.listener),
            ("on_join", self.greeter, other.greeter),
            ("on_leave", self.farewell, other.farewell),
        ):
            if mine is not None and new is not None:
                msg = f"the bot {self.name} has {what} already: {mine.name}"
                raise UsageError(msg)
        if self.settings is not None and other.settings not in {None, self.settings}:
            msg = f"the bots {self.name} and {other.name} have settings of two classes: give both the same"
            raise UsageError(msg)
        for name, function in other._known.items():  # noqa: SLF001 - of the same class
            self._sole(name, function)

    @property
    def shares(self) -> bool:
        """Whether any conversation is shared by a whole room."""
        definitions = [*self.commands.values(), *self.triggers.values(), self.listener, self.greeter, self.farewell]
        return any(d is not None and d.per == "room" for d in definitions)

    @property
    def homes(self) -> frozenset[str]:
        """The modules that the bot's own functions come from."""
        return frozenset(function.__module__ for function in self._known.values())

    def resolve(self, name: str) -> Any:
        """Find a conversation function or State class by its name in a journal.

        Args:
            name: a ``__qualname__``, with ``module:`` in front if it is not one of the bot's own modules.

        Raises:
            UsageError: if the code has it no more.
        """
        known = self._known.get(name)
        if known is not None:
            return known
        module, _, path = name.rpartition(":")
        for home in (module,) if module else sorted(self.homes):
            found: Any = sys.modules.get(home)
            for part in path.split("."):
                found = getattr(found, part, None)
            if inspect.iscoroutinefunction(found) or (isinstance(found, type) and issubclass(found, State)):
                return found
        if "<locals>" in path:
            msg = f"{name} stands within a function, where no restart can find it: move it to the top of its module"
            raise UsageError(msg)
        msg = f"the code has no {name!r} any more, and conversations of it are under way: put it back, or cancel them"
        raise UsageError(msg)

    def help(self) -> str:
        """The text of ``/help``: every command with its summary."""
        lines = [f"/{name} - {d.summary}" if d.summary else f"/{name}" for name, d in sorted(self.commands.items())]
        lines += [f"{trigger} - {d.summary}" if d.summary else trigger for trigger, d in sorted(self.triggers.items())]
        built_in = _BUILT_IN | (_FOR_SUBSCRIBERS if self.subscribers else {})
        lines += [f"/{name} - {text}" for name, text in built_in.items() if name not in self.commands]
        return "\n".join(lines)

    def _definition(self, function: Any, busy: str | None = None, per: Per = "user") -> Definition:
        if not callable(function):
            msg = f"a conversation is an async function or a State class, not {function!r:.80}"
            raise UsageError(msg)
        name = name_of(function)
        check(function)
        self._sole(name, function)
        self._known[name] = function
        summary = (function.__doc__ or "").strip().partition("\n")[0].strip()
        return Definition(name, function, "" if summary.startswith(f"{name}(") else summary, busy, per)

    def _sole(self, name: str, function: Any) -> None:
        if "<locals>" not in name and self._known.get(name, function) is not function:
            msg = f"the bot {self.name} has two different conversations called {name}: rename one"
            raise UsageError(msg)

    def _new(self, table: dict[str, Definition], key: str, what: str) -> None:
        if key in table:
            msg = f"the bot {self.name} has {what} already: {table[key].name}"
            raise UsageError(msg)

    def __repr__(self) -> str:
        return f"Bot({self.name!r})"


_FOR_SUBSCRIBERS = {
    "subscribe": "Get what I send by the clock.",
    "unsubscribe": "Get it no longer.",
    "timezone": "Tell your time zone, as in /timezone Europe/Berlin.",
}
_BUILT_IN = {"cancel": "Stop what is going on.", "help": "Show this list."}
