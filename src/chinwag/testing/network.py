"""A simulated chat network: rooms with what stands in them, and sends that fail as real ones do.

Owns what users see: every message in its room, with edits and deletions applied, and every repeated delivery. It
stands for the far side, so it outlives a crash of the bot. Faults are told beforehand: refused, unreachable, not now,
or nobody knows.

Rule: a message is shown where it was delivered first; a repeat of it is kept apart and never hidden.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

from msgspec import Struct

from chinwag.core.errors import Ambiguous, Refused, SendError
from chinwag.core.pace import Limits
from chinwag.core.values import Arrival, Attachment, Outgoing, Span
from chinwag.ports import Receipt


class Line(Struct):
    """One message that stands in a room.

    Args:
        speaker: who wrote it; empty for the bot.
        text: the words as they are now; None if it was taken back.
        number: the bot's number of it, 0 for a user's.
        choices: labels to choose from.
        question: whether an answer is awaited.
        attachments: files that came along.
        inline: whether the choices are buttons at the message.
        spans: which of the words are styled how.
    """

    speaker: str
    text: str | None
    number: int = 0
    choices: tuple[str, ...] = ()
    question: bool = False
    attachments: tuple[Attachment, ...] = ()
    inline: bool = False
    spans: tuple[Span, ...] = ()

    @property
    def shown(self) -> str:
        """The words, with a mark for every file."""
        files = [f"[{file.kind} {file.name or file.link or len(file.data)}]" for file in self.attachments]
        return " ".join([*([self.text] if self.text else []), *files])


class Fault(Struct):
    """Sends that fail.

    Args:
        error: what is raised.
        times: how many still fail.
        after: how many go well before.
        delivered: whether the message arrives all the same.
    """

    error: Exception
    times: int
    after: int
    delivered: bool


class Later(Awaitable[Receipt]):
    """An answer that takes its time; unlike a coroutine, one that nobody lives to await is no cause for a warning.

    Args:
        work: makes the coroutine.
    """

    __slots__ = ("_work",)

    def __init__(self, work: Callable[[], Coroutine[Any, Any, Receipt]]) -> None:
        self._work = work

    def __await__(self) -> Generator[Any, Any, Receipt]:
        return self._work().__await__()


class SimulatedNetwork:
    """A network in memory, as ``chinwag.ports.Network`` wants it.

    Args:
        numbered: whether a choice is answered by its index.
        window: how long it knows a key, in microseconds; 0 if it takes none.
        latency: how long a send takes, in seconds; None if it is answered at once, without being awaited.
        limits: how fast it may be spoken to; None for as fast as one likes.

    >>> network = SimulatedNetwork()
    >>> network.send(Outgoing(1, "sim:bot", "hall", "anna", text="Hello!"))
    Receipt(ref='1')
    >>> [line.shown for line in network.room("hall")]
    ['Hello!']
    """

    echoes = False

    def __init__(
        self,
        *,
        numbered: bool = False,
        window: int = 0,
        latency: float | None = None,
        limits: Limits | None = None,
    ) -> None:
        self.numbered = numbered
        self.limits = limits
        self.window = window
        self.latency = latency
        self.rooms: dict[str, list[Line]] = {}
        self.repeats: dict[int, int] = {}
        self._faults: list[Fault] = []
        self._copies: dict[str, Line] = {}
        self._keys: dict[str, Receipt] = {}
        self._refused: dict[int, Refused] = {}

    def fails(self, error: Exception, *, times: int = 1, after: int = 0, delivered: bool = False) -> None:
        """Let a later send raise.

        Args:
            error: such as ``Unreachable("no route")``, ``RateLimited("slow down", 3.0)`` or ``Refused("blocked")``.
            times: how many sends fail.
            after: how many go well before that.
            delivered: whether the message arrives all the same; for ``Ambiguous``, which is when nobody can tell.

        Raises:
            ValueError: for a message that arrives although the network says that it did not.
        """
        if delivered and isinstance(error, SendError) and not isinstance(error, Ambiguous):
            msg = f"{type(error).__name__} says that the message did not arrive: only Ambiguous may have delivered it"
            raise ValueError(msg)
        self._faults.append(Fault(error, times, after, delivered))

    def send(self, message: Outgoing) -> Receipt | Awaitable[Receipt]:
        """Take a message, unless it was said to fail."""
        if self.latency is None:
            return self._take(message)
        latency = self.latency

        async def take() -> Receipt:
            await asyncio.sleep(latency)
            return self._take(message)

        return Later(take)

    def _take(self, message: Outgoing) -> Receipt:
        if message.id in self._refused:
            raise self._refused[message.id]
        fault = self._fault()
        if fault is None:
            return self.deliver(message)
        if isinstance(fault.error, Refused):
            self._refused[message.id] = fault.error  # that is its last word, also if it is asked again
        if fault.delivered:
            self.deliver(message)
        raise fault.error

    def _fault(self) -> Fault | None:
        for fault in self._faults:
            if fault.after:
                fault.after -= 1
                continue
            fault.times -= 1
            if not fault.times:
                self._faults.remove(fault)
            return fault
        return None

    def deliver(self, message: Outgoing) -> Receipt:
        """Show a message, or change one that is shown."""
        if message.key and message.key in self._keys:
            return self._keys[message.key]
        receipt = self._shown(message) if message.act == "say" else self._changed(message)
        if message.key:
            self._keys[message.key] = receipt
        return receipt

    def _shown(self, message: Outgoing) -> Receipt:
        room = self.room(message.room)
        line = Line(
            "",
            message.text,
            message.id,
            message.choices,
            message.question,
            message.attachments,
            message.inline,
            message.spans,
        )
        ref = str(len(self._copies) + 1)
        self._copies[ref] = line
        if any(other.number == message.id for other in room):
            self.repeats[message.id] = self.repeats.get(message.id, 0) + 1
        room.append(line)
        return Receipt(ref)

    def _changed(self, message: Outgoing) -> Receipt:
        line = self._copies.get(message.ref)
        if line is None:
            msg = "there is no such message to change"
            raise Refused(msg)
        line.text = message.text if message.act == "edit" else None
        line.spans = message.spans
        return Receipt(message.ref)

    def pressed(self, press: Arrival, words: str) -> None:
        """Tell who pressed a button; nothing is said to one that answered its question."""
        if words:
            room = self.room(press.room)
            room.append(Line("", words, -len(room)))  # none of the bot's messages has this number

    def room(self, name: str) -> list[Line]:
        """Everything that stands in a room, repeats too."""
        return self.rooms.setdefault(name, [])

    def seen(self, name: str) -> list[Line]:
        """What stands in a room, each message once: where it came first, as its last copy is now."""
        found: list[Line] = []
        places: dict[int, int] = {}
        for line in self.room(name):
            if line.number and line.number in places:
                found[places[line.number]] = line
            else:
                places[line.number] = len(found)
                found.append(line)
        return [line for line in found if line.text is not None]
