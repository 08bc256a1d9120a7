"""``chinwag room send``: who you are, then a line a message, until "exit", "quit" or the end of the input."""

import asyncio
from collections.abc import Callable

from chinwag.cli.rooms.face import Face, face
from chinwag.cli.rooms.running import serve
from chinwag.cli.rooms.speaking import Mouth
from chinwag.cli.speech import tell
from chinwag.networks.amqp import wire
from chinwag.networks.amqp.link import Link
from chinwag.networks.amqp.settings import Settings


def send(settings: Settings) -> int:
    """Say what is typed.

    Args:
        settings: of the room.

    Returns:
        The exit code: 1 if something could not be said.
    """
    return serve(lambda: Sender(settings))


class Sender:
    """Asks for a name, unless there is one, and says a line after the other.

    Args:
        settings: of the room.
    """

    def __init__(self, settings: Settings) -> None:
        self.link = Link(settings, "none", tell=tell)
        self._mouth = Mouth(self.link, settings, tell)
        self._face: Face = face(self._prompt)
        self._name = settings.name.strip()
        self._over = asyncio.Event()
        self._asked = False

    async def run(self) -> int:
        """Take lines until the end."""
        if self._name:
            self._welcome()
        self._face.start(self._take, self._end)
        await self._over.wait()
        left = await self._mouth.finish()
        await self._face.stop()
        self._face.write(f"{wire.GOODBYE}\n")
        return 1 if left else 0

    async def stop(self) -> None:
        """Give the terminal back."""
        await self._face.stop()

    def restore(self) -> None:
        """Give the terminal back at once."""
        self._face.restore()

    def _prompt(self) -> str:
        return f"{self._name} > " if self._name else wire.ENTER_NAME

    def _welcome(self) -> None:
        self._face.write(f"\n{wire.WELCOME}\n")

    def _take(self, line: bytes, done: Callable[[], None] | None) -> None:
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if self._name and text.strip() and text.strip() not in wire.LEAVE:
            self._mouth.say(self._name, text, done)
            return
        if done is not None:
            done()
        if not self._name:
            self._introduce(text)
        elif text.strip():
            self._leave()

    def _introduce(self, text: str) -> None:
        try:
            self._name = wire.nickname(text)
        except ValueError as error:
            self._face.write(f"{error}\n")
        else:
            self._welcome()

    def _leave(self) -> None:
        self._face.finish()
        self._over.set()

    def _end(self) -> None:
        """The input is over in the middle of a line: its prompt stays behind."""
        if not self._over.is_set():
            self._face.write("\n")
            self._over.set()
