"""A simulated user: says, hears, chooses.

Owns what one person has heard already. Whatever a user does, the bot does at once all that it can do without time
passing.
"""

from collections.abc import Sequence
from typing import Protocol

from msgspec import structs

from chinwag.core.values import Arrival, Attachment, address
from chinwag.testing.network import Line, SimulatedNetwork


class Place(Protocol):
    """What a user needs of the world."""

    account: str
    network: SimulatedNetwork
    messages: int

    @property
    def instant(self) -> int:
        """The time, in microseconds since the epoch."""
        ...

    def arrives(self, arrival: Arrival) -> None:
        """Hand over what a network brings."""
        ...


class User:
    """Somebody who talks with the bot; made by ``world.user``."""

    def __init__(self, world: Place, name: str, room: str, *, direct: bool) -> None:
        self.world = world
        self.name = name
        self.room = room
        self.direct = direct
        self._heard: dict[int, str] = {}

    @property
    def address(self) -> str:
        """Where this user's conversations live."""
        return address(self.world.account, self.room, self.name)

    def says(self, text: str, *, files: Sequence[Attachment] = (), ident: str = "") -> None:
        """Send a message, and let the bot do what it can do at once.

        Args:
            text: the words.
            files: what comes along.
            ident: the network's own id of it; give the same one twice for a redelivery.
        """
        self.world.network.room(self.room).append(Line(self.name, text, attachments=tuple(files)))
        self.world.arrives(self._arrival(text, files, ident))

    def joins(self) -> None:
        """Come into the room, or begin the direct chat."""
        self.world.arrives(structs.replace(self._arrival("", (), ""), event="join"))

    def leaves(self) -> None:
        """Leave the room, or block the bot."""
        self.world.arrives(structs.replace(self._arrival("", (), ""), event="leave"))

    def edits(self, text: str) -> None:
        """Change the last message.

        Args:
            text: what it says now.
        """
        self.world.arrives(structs.replace(self._arrival(text, (), ""), event="edit"))

    def hears(self) -> list[str]:
        """What the bot said, or changed, in this room since the last time that this user listened.

        A message that was delivered twice is heard once; ``sees`` has both.
        """
        news: list[str] = []
        for line in self.world.network.seen(self.room):
            if not line.speaker and self._heard.get(line.number) != line.shown:
                self._heard[line.number] = line.shown
                news.append(line.shown)
        return news

    def sees(self) -> list[str]:
        """All that stands in the room, what was delivered twice too; what users said is marked with their names."""
        return [_written(line) for line in self.world.network.room(self.room) if line.text is not None]

    def choices(self) -> tuple[str, ...]:
        """The labels that the last message with any offers."""
        for line in reversed(self.world.network.seen(self.room)):
            if line.choices and not line.speaker:
                return line.choices
        return ()

    def chooses(self, label: str) -> None:
        """Choose one of the options that are shown.

        Args:
            label: the option.

        Raises:
            AssertionError: if it is not among them.
        """
        __tracebackhide__ = True  # what matters is the line of the test
        labels = self.choices()
        if label not in labels:
            offered = f"what is offered is {', '.join(map(repr, labels))}" if labels else "nothing is offered"
            msg = f"{self.name} cannot choose {label!r}: {offered}\n" + "\n".join(
                f"  {line}" for line in self.sees()[-10:]
            )
            raise AssertionError(msg)
        self.says(str(labels.index(label)) if self.world.network.numbered else label)

    def presses(self, label: str) -> None:
        """Press a button that is shown, one of an inline choice if there was any.

        What the bot says to a press that answers nothing is heard like a message.

        Args:
            label: what stands on it.

        Raises:
            AssertionError: if there is none.
        """
        __tracebackhide__ = True
        for line in reversed(self.world.network.room(self.room)):
            if line.inline and not line.speaker and label in line.choices:
                press = self._arrival(str(line.choices.index(label)), (), "")
                self.world.arrives(structs.replace(press, event="button", target=line.number))
                return
        self.chooses(label)

    def _arrival(self, text: str, files: Sequence[Attachment], ident: str) -> Arrival:
        self.world.messages += 1
        unique = ident or f"m{self.world.messages}"
        world = self.world
        return Arrival(
            world.account,
            self.room,
            self.name,
            text,
            unique,
            self.name,
            self.direct,
            "message",
            tuple(files),
            world.instant,
        )

    def __repr__(self) -> str:
        return f"<{self.name} in {self.room}>"


def _written(line: Line) -> str:
    return f"{line.speaker}: {line.shown}" if line.speaker else line.shown
