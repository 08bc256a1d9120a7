"""The handle that a conversation function gets: every effect as a method, and what needs no waiting as an attribute.

One handle serves all conversations; it always means the one that runs. Used anywhere else (in a step, in a thread) it
refuses.
"""

import datetime as dt
import enum
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Literal, TypeVar, TypeVarTuple, overload

from chinwag.core import arguments, asks, effects
from chinwag.core.ambient import Ambient
from chinwag.core.arguments import Media
from chinwag.core.durations import microseconds
from chinwag.core.effects import AGAIN, NO_DEFAULT
from chinwag.core.errors import UsageError
from chinwag.core.running import running
from chinwag.core.sent import Sent, made
from chinwag.core.values import Address, Message, Visibility

__all__ = ["CHAT", "Chat", "Sent"]

T = TypeVar("T")
D = TypeVar("D")
E = TypeVar("E", bound=enum.Enum)
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
Ts = TypeVarTuple("Ts")
Effect = Coroutine[Any, Any, T]
Seconds = float | dt.timedelta
Delivery = Literal["at_least_once", "at_most_once"]


class Chat(Ambient):
    """What a conversation function talks through."""

    __slots__ = ()

    def say(  # noqa: PLR0913 - a message has many sides
        self,
        text: str = "",
        *,
        image: Media | None = None,
        audio: Media | None = None,
        file: Media | None = None,
        description: str = "",
        buttons: Sequence[str] = (),
        delivery: Delivery = "at_least_once",
        visibility: Visibility | None = None,
        warning: str = "",
    ) -> Effect[Sent]:
        """Send a message; it goes out with the end of the turn, and this does not wait for it.

        Args:
            text: the words; may be empty if something is attached.
            image: a picture to send along: bytes, a path, or a URL.
            audio: a sound, likewise.
            file: a file, likewise.
            description: what is to be seen or heard in it, for those who cannot.
            buttons: labels that a network may offer as quick answers.
            delivery: what to do when the network cannot tell whether the message arrived.
            visibility: who may see a post, on a network that knows it; left out, what the account is set to.
            warning: what stands in front of a post that not everybody wants to see; on a network that folds nothing
                away, above the text.

        Raises:
            UsageError: for a text that is none or blank, a visibility that there is not, a warning of several lines, or
                a description of nothing.

        >>> from chinwag import Bot, Chat
        >>> bot = Bot("hello")
        >>> @bot.on_text("hi")
        ... async def hello(chat: Chat) -> None:
        ...     await chat.say("Hello!")
        """
        attachments = arguments.attachments(image, audio, file, description) if image or audio or file else ()
        words = text if attachments and not text else arguments.words(text, "chat.say")
        say = effects.Say(words, attachments, arguments.buttons(buttons) if buttons else (), delivery)
        if visibility or warning or (description and not attachments):
            arguments.post(visibility, warning, described=bool(description and not attachments))
            say.visibility, say.warning = visibility or "", warning
        return made(say)

    @overload
    def ask(
        self, prompt: str, *, retry: str | None = ..., timeout: Seconds | None = None, from_: str | None = None
    ) -> Effect[str]: ...
    @overload
    def ask(
        self, prompt: str, *, default: D, retry: str | None = ..., timeout: Seconds, from_: str | None = None
    ) -> Effect[str | D]: ...
    @overload
    def ask(
        self,
        prompt: str,
        parse: Callable[[str], T],
        *,
        retry: str | None = ...,
        timeout: Seconds | None = None,
        from_: str | None = None,
    ) -> Effect[T]: ...
    @overload
    def ask(
        self,
        prompt: str,
        parse: Callable[[str], T],
        *,
        default: D,
        retry: str | None = ...,
        timeout: Seconds,
        from_: str | None = None,
    ) -> Effect[T | D]: ...
    def ask(
        self,
        prompt: str,
        parse: Callable[[str], Any] = str,
        *,
        retry: str | None = AGAIN,
        timeout: Seconds | None = None,
        default: Any = NO_DEFAULT,
        from_: str | None = None,
    ) -> Effect[Any]:
        """Ask, and wait for an answer that ``parse`` accepts.

        Args:
            prompt: the question.
            parse: turns the answer's text into a value; raises ValueError for bad input.
            retry: after bad input: left out, the question again; a text, the text and the question; both restart the
                clock. None ignores bad input, and the clock runs on.
            timeout: how long to wait for an answer, in seconds or as a timedelta.
            default: the result when time is up.
            from_: the id of the only user who may answer.

        Raises:
            Timeout: if nobody answered in time and there is no default.
            Undeliverable: if the network refuses the question for good.
            UsageError: for an empty prompt, ``parse=bool``, or a default without a timeout.

        >>> from chinwag import Bot, Chat
        >>> bot = Bot("ages")
        >>> @bot.on_text("hi")
        ... async def age(chat: Chat) -> None:
        ...     years = await chat.ask("How old are you?", int, retry="A number, please.", timeout=60)
        """
        if parse is bool:
            msg = 'parse=bool is true for every answer, "no" too: use chat.confirm(...), or chat.ask(..., yes)'
            raise UsageError(msg)
        if not callable(parse):
            msg = f"parse= takes a function from text to a value, such as int, not {parse!r}"
            raise UsageError(msg)
        return made(
            effects.Ask(
                arguments.words(prompt, "chat.ask"), parse, retry, arguments.limit(timeout, default), default, from_
            )
        )

    @overload
    def choose(
        self,
        prompt: str,
        options: type[E],
        *,
        timeout: Seconds | None = None,
        from_: str | None = None,
        inline: bool = False,
    ) -> Effect[E]: ...
    @overload
    def choose(
        self,
        prompt: str,
        options: Mapping[str, T],
        *,
        timeout: Seconds | None = None,
        from_: str | None = None,
        inline: bool = False,
    ) -> Effect[T]: ...
    @overload
    def choose(
        self,
        prompt: str,
        options: Sequence[T],
        *,
        timeout: Seconds | None = None,
        from_: str | None = None,
        inline: bool = False,
    ) -> Effect[T]: ...
    @overload
    def choose(
        self,
        prompt: str,
        options: type[E],
        *,
        timeout: Seconds,
        default: D,
        from_: str | None = None,
        inline: bool = False,
    ) -> Effect[E | D]: ...
    @overload
    def choose(
        self,
        prompt: str,
        options: Mapping[str, T],
        *,
        timeout: Seconds,
        default: D,
        from_: str | None = None,
        inline: bool = False,
    ) -> Effect[T | D]: ...
    @overload
    def choose(
        self,
        prompt: str,
        options: Sequence[T],
        *,
        timeout: Seconds,
        default: D,
        from_: str | None = None,
        inline: bool = False,
    ) -> Effect[T | D]: ...
    def choose(
        self,
        prompt: str,
        options: Any,
        *,
        timeout: Seconds | None = None,
        default: Any = NO_DEFAULT,
        from_: str | None = None,
        inline: bool = False,
    ) -> Effect[Any]:
        """Let the user choose one of several options.

        Args:
            prompt: the question.
            options: a list, a mapping from label to value, or an Enum class, whose values are the labels.
            timeout: how long to wait, in seconds or as a timedelta.
            default: the result when time is up.
            from_: the id of the only user who may answer.
            inline: put buttons at the message itself, on networks that can, and show there what was chosen.

        Raises:
            Timeout: if nobody chose in time and there is no default.
            UsageError: for no options, or labels that are blank or alike.

        >>> from chinwag import Bot, Chat
        >>> bot = Bot("shop")
        >>> @bot.on_text("shop")
        ... async def shop(chat: Chat) -> None:
        ...     size = await chat.choose("What size?", {"small": 1, "large": 3})
        """
        labels, values = asks.options(options)
        return made(
            effects.Choose(
                arguments.words(prompt, "chat.choose"),
                str,
                AGAIN,
                arguments.limit(timeout, default),
                default,
                from_,
                labels,
                values,
                inline,
            )
        )

    @overload
    def confirm(self, prompt: str, *, timeout: Seconds | None = None, from_: str | None = None) -> Effect[bool]: ...
    @overload
    def confirm(self, prompt: str, *, timeout: Seconds, default: D, from_: str | None = None) -> Effect[bool | D]: ...
    def confirm(
        self,
        prompt: str,
        *,
        timeout: Seconds | None = None,
        default: Any = NO_DEFAULT,
        from_: str | None = None,
    ) -> Effect[Any]:
        """Ask for a yes or a no.

        Args:
            prompt: the question.
            timeout: how long to wait, in seconds or as a timedelta.
            default: the result when time is up.
            from_: the id of the only user who may answer.

        Raises:
            Timeout: if nobody answered in time and there is no default.
        """
        return made(
            effects.Ask(
                arguments.words(prompt, "chat.confirm"),
                asks.yes_or_no,
                AGAIN,
                arguments.limit(timeout, default),
                default,
                from_,
            )
        )

    @overload
    def listen(
        self, *, timeout: Seconds | None = None, from_: str | None = None, edits: bool = False
    ) -> Effect[Message]: ...
    @overload
    def listen(
        self, *, timeout: Seconds, default: D, from_: str | None = None, edits: bool = False
    ) -> Effect[Message | D]: ...
    def listen(
        self,
        *,
        timeout: Seconds | None = None,
        default: Any = NO_DEFAULT,
        from_: str | None = None,
        edits: bool = False,
    ) -> Effect[Any]:
        """Wait for the next message, whatever it holds.

        Args:
            timeout: how long to wait, in seconds or as a timedelta.
            default: the result when time is up.
            from_: the id of the only user who is heard.
            edits: whether to hear, too, when an earlier message is changed; ``message.edited`` tells them apart.

        Raises:
            Timeout: if nothing came in time and there is no default.
        """
        return made(effects.Listen(arguments.limit(timeout, default), default, from_, edits))

    def sleep(self, duration: Seconds) -> Effect[None]:
        """Wait, through restarts too.

        Args:
            duration: how long, in seconds or as a timedelta.
        """
        return made(effects.Sleep(microseconds(duration), None))

    def sleep_until(self, moment: dt.datetime) -> Effect[None]:
        """Wait until an instant; one that has passed does not wait.

        Args:
            moment: a datetime with a time zone.

        Raises:
            UsageError: if it has no time zone.
        """
        if moment.tzinfo is None:
            msg = "chat.sleep_until needs a datetime with a time zone, such as chat.now() + timedelta(hours=1)"
            raise UsageError(msg)
        return made(effects.Sleep(0, moment))

    @overload
    def step(
        self,
        function: Callable[[*Ts], Awaitable[T]],
        *args: *Ts,
        retries: int = 0,
        timeout: Seconds | None = None,
        once: bool = False,
    ) -> Effect[T]: ...
    @overload
    def step(
        self,
        function: Callable[[*Ts], T],
        *args: *Ts,
        retries: int = 0,
        timeout: Seconds | None = None,
        once: bool = False,
    ) -> Effect[T]: ...
    def step(  # type: ignore[misc]  # mypy does not see that *args: Any takes in *args: *Ts
        self,
        function: Callable[..., Any],
        *args: Any,
        retries: int = 0,
        timeout: Seconds | None = None,
        once: bool = False,
    ) -> Effect[Any]:
        """Call the outside world; the outcome is journaled, and never asked for again.

        Args:
            function: an async function, or a plain one, which runs in a thread.
            args: what it gets.
            retries: how often to try again after an exception, with growing pauses.
            timeout: how long one try may take, in seconds or as a timedelta.
            once: if the process dies while the step runs, raise OutcomeUnknown instead of running it again.

        Raises:
            StepTimeout: if the last try took too long.
            OutcomeUnknown: see ``once``.
            Exception: what the function raised.
        """
        if not callable(function) or isinstance(function, Coroutine):
            msg = "chat.step takes the function and its arguments: `await chat.step(fetch, city)`, not fetch(city)"
            raise UsageError(msg)
        if retries < 0:
            msg = f"retries= is 0 or more, not {retries}"
            raise UsageError(msg)
        limit = None if timeout is None else microseconds(timeout)
        return made(effects.Step(function, args, retries, limit, once))

    @overload
    def first(self, a: Awaitable[A], b: Awaitable[B], /) -> Effect[tuple[Literal[0], A] | tuple[Literal[1], B]]: ...
    @overload
    def first(
        self, a: Awaitable[A], b: Awaitable[B], c: Awaitable[C], /
    ) -> Effect[tuple[Literal[0], A] | tuple[Literal[1], B] | tuple[Literal[2], C]]: ...
    @overload
    def first(self, *members: Awaitable[A]) -> Effect[tuple[int, A]]: ...
    def first(self, *members: Awaitable[Any]) -> Effect[Any]:
        """Wait for several things at once, until the first is done; the others are cancelled.

        Args:
            members: effects, or coroutines that use this chat.

        Returns:
            The index of the first that was done, and its result.
        """
        return made(effects.First(arguments.members(members, "first")))

    @overload
    def all(self, a: Awaitable[A], b: Awaitable[B], /) -> Effect[tuple[A, B]]: ...
    @overload
    def all(self, a: Awaitable[A], b: Awaitable[B], c: Awaitable[C], /) -> Effect[tuple[A, B, C]]: ...
    @overload
    def all(self, *members: Awaitable[A]) -> Effect[tuple[A, ...]]: ...
    def all(self, *members: Awaitable[Any]) -> Effect[Any]:
        """Wait for several things at once, until all are done; the first exception cancels the rest.

        Args:
            members: effects, or coroutines that use this chat.

        Returns:
            A tuple of their results, in the order given.
        """
        return made(effects.All(arguments.members(members, "all")))

    def start(
        self, conversation: Callable[..., Coroutine[Any, Any, Any]] | type, *args: Any, to: Address | str | None = None
    ) -> Effect[int]:
        """Begin another conversation with a life of its own.

        Args:
            conversation: the function or State class; it must stand at the top of a module.
            args: what it gets after the chat; they must be journalable.
            to: where it lives; left out, here.

        Returns:
            Its id.

        Raises:
            UsageError: for something else than a function, or an address that is none.
            NotJournalable: for an argument that would not come back from the journal.
        """
        if not callable(conversation):
            msg = "chat.start takes a function or a State class: `await chat.start(other, city)`, not other(chat, city)"
            raise UsageError(msg)
        return made(effects.Start(conversation, args, running().address if to is None else arguments.place(to)))


CHAT = Chat()
