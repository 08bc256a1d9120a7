"""The reference's chat: what a program talks through when nothing of chinwag runs.

Owns the same methods as the real chat, each of which makes a ``Want``, and what needs no waiting: draws, time, data.
Refuses nothing that programs do; it imports nothing of chinwag (a test looks).

Rules: durations become whole microseconds; the numbers that ``random`` and ``uuid`` give are told by DESIGN.md's
counter over the conversation's seed.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Coroutine, Generator, Iterator, Mapping
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from tests.simulation.reference import Tale

AGAIN: Any = type("Again", (), {})()
NOTHING: Any = type("Nothing", (), {})()
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
SECOND = 1_000_000
UNEXPECTED_YES = "Please answer yes or no."


class Raised(Exception):
    """An error that an await of the reference raises, by the name of the real one."""

    def __init__(self, named: str, words: str = "") -> None:
        super().__init__(words)
        self.named = named


class ReferenceCancelled(BaseException):
    """A cancel."""

    named = "Cancelled"


class Book(Protocol):
    """What all conversations share."""

    def data(self, address: str) -> Mapping[str, Any]:
        """``chat.data`` of whoever lives at an address."""
        ...


class Want:
    """What an await asks for."""

    __slots__ = (
        "arguments", "default", "from_", "kind", "label", "members", "name", "once", "options", "retry", "target",
        "text", "timeout", "to", "until", "words",
    )  # fmt: skip

    def __init__(self, kind: str, text: str = "", label: str = "") -> None:
        self.kind, self.text, self.label = kind, text, label
        self.timeout: int | None = None
        self.default: Any = NOTHING
        self.retry: Any = AGAIN
        self.from_: str | None = None
        self.options: tuple[str, ...] = ()
        self.members: tuple[Coroutine[Any, Any, Any], ...] = ()
        self.target = self.until = 0
        self.words: str | None = None
        self.once = False
        self.name = ""
        self.arguments: tuple[Any, ...] = ()
        self.to: str | None = None

    def __await__(self) -> Generator[Want, Any, Any]:
        return (yield self)

    @property
    def takes_messages(self) -> bool:
        return self.kind in {"ask", "choose", "listen"}


class ReferenceSent:
    """A message that was said."""

    def __init__(self, number: int) -> None:
        self.number = number

    def edit(self, text: str) -> Want:
        want = Want("edit")
        want.target, want.words = self.number, text
        return want

    def delete(self) -> Want:
        want = Want("edit")
        want.target = self.number
        return want

    def delivered(self) -> Want:
        want = Want("delivered")
        want.target = self.number
        return want


class ReferenceChat:
    """The handle."""

    sent = ReferenceSent

    def __init__(self, tale: Tale) -> None:
        self.tale = tale
        self.random = Draws(tale)
        self.data = Notes(tale)
        self.log = Silent()

    @property
    def message(self) -> Any:
        return self.tale.message

    @property
    def user(self) -> str:
        return self.tale.user

    def now(self) -> dt.datetime:
        return EPOCH + dt.timedelta(microseconds=self.tale.here.at)

    def uuid(self) -> uuid.UUID:
        return uuid.UUID(int=self.random.bits(128), version=4)

    def patched(self, name: str) -> bool:
        return self.tale.patched(name)

    def say(self, text: str, *, delivery: str) -> Want:
        want = Want("say", text)
        want.once = delivery == "at_most_once"
        return want

    def ask(
        self,
        prompt: str,
        parse: Callable[[str], Any],
        *,
        retry: Any = AGAIN,
        timeout: float | None = None,
        default: Any = NOTHING,
        from_: str | None = None,
    ) -> Want:
        want = Want("ask", prompt, parse.__qualname__)
        want.retry, want.default, want.from_ = retry, default, from_
        want.timeout = micro(timeout)
        return want

    def choose(self, prompt: str, options: Mapping[str, int], *, timeout: float | None = None) -> Want:
        want = Want("choose", prompt)
        want.options, want.timeout = tuple(options), micro(timeout)
        return want

    def confirm(self, prompt: str, *, timeout: float | None = None) -> Want:
        want = Want("ask", prompt, "yes_or_no")
        want.timeout = micro(timeout)
        return want

    def listen(self, *, timeout: float | None = None) -> Want:
        want = Want("listen")
        want.timeout = micro(timeout)
        return want

    def sleep(self, seconds: float) -> Want:
        want = Want("sleep")
        want.timeout = micro(seconds)
        return want

    def sleep_until(self, moment: dt.datetime) -> Want:
        want = Want("sleep")
        want.until = (moment - EPOCH) // dt.timedelta(microseconds=1)
        return want

    def step(
        self, function: Callable[..., Any], *arguments: Any, retries: int, timeout: float | None, once: bool
    ) -> Want:
        want = Want("step", "", f"{function.__qualname__} {arguments}")
        want.once, want.timeout, want.arguments, want.target = once, micro(timeout), arguments, 0
        want.retry = retries
        return want

    def first(self, *members: Coroutine[Any, Any, Any]) -> Want:
        want = Want("first")
        want.members = members
        return want

    def all(self, *members: Coroutine[Any, Any, Any]) -> Want:
        want = Want("all")
        want.members = members
        return want

    def start(self, function: Callable[..., Any], *arguments: str, to: str | None = None) -> Want:
        want = Want("start")
        want.name, want.arguments, want.to = function.__qualname__, arguments, to or self.tale.address
        return want


class Draws:
    """Numbers from a counter over the seed."""

    def __init__(self, tale: Tale) -> None:
        self.tale = tale

    def bits(self, count: int) -> int:
        tale = self.tale
        number, tale.draws = tale.draws, tale.draws + 1
        size = count // 8 + 1
        digest = blake2b(number.to_bytes(8, "little"), digest_size=size, key=tale.seed).digest()
        return int.from_bytes(digest, "little") & ((1 << count) - 1)

    def random(self) -> float:
        return self.bits(53) * 2.0**-53


class Notes:
    """``chat.data``."""

    def __init__(self, tale: Tale) -> None:
        self.tale = tale

    def get(self, key: str) -> Any:
        value = self.tale.read(key)
        return None if value is GONE else value

    def pop(self, key: str, default: Any) -> Any:
        value = self.tale.read(key)
        if value is GONE:
            return default
        self.tale.here.writes[key] = GONE
        return value

    def __setitem__(self, key: str, value: Any) -> None:
        self.tale.here.writes[key] = value

    def __iter__(self) -> Iterator[str]:
        return iter(self.tale.keys())


class Silent:
    """``chat.log``."""

    def info(self, *_: object) -> None:
        """Say nothing."""


class Gone:
    """In place of a value of ``chat.data`` that is not there."""

    def __repr__(self) -> str:
        return "GONE"


GONE = Gone()


def micro(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * SECOND)


def parsed(want: Want, text: str, user: str) -> tuple[str, Any] | None:
    """What a question makes of a message: ``value``, ``refused`` with words and whether it is asked again, or None."""
    if want.kind == "listen":
        return "value", Heard(text, user)
    words, value = "", None
    if want.kind == "choose":
        folded = text.strip().casefold()
        if folded in want.options:
            return "value", want.options.index(folded)
    else:
        words, value = _number_or_text(want.label, text)
    if value is not None:
        return "value", value
    if words:
        return "refused", (words, want.retry is not None)
    return None if want.retry is None else ("refused", ("" if want.retry is AGAIN else want.retry, True))


def _number_or_text(label: str, text: str) -> tuple[str, Any]:
    if label == "str":
        return "", text
    if label == "yes_or_no":
        first = text.strip().casefold().partition(" ")[0]
        return (UNEXPECTED_YES, None) if first not in {"yes", "y", "no", "n"} else ("", first[0] == "y")
    if not text.isdigit():
        return "", None
    if label == "low" and int(text) < 10:
        return "At least 10, please.", None
    return "", int(text)


class Heard:
    """A message."""

    def __init__(self, text: str, user: str, arguments: str = "") -> None:
        self.text, self.user, self.arguments = text, user, arguments
