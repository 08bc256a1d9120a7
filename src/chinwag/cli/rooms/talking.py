"""Somebody who has a name and says things: what ``chinwag room send`` and ``join`` have in common.

Owns the question for the name, the life of the face, and the end: what was typed still goes out. What a line means is
left to each of the two.
"""

import asyncio
from collections.abc import Callable

from chinwag.cli.rooms.face import Face, at_terminal, face
from chinwag.cli.rooms.speaking import Mouth
from chinwag.cli.speech import tell
from chinwag.networks.amqp import wire
from chinwag.networks.amqp.link import Link
from chinwag.networks.amqp.settings import Settings


class Talker:
    """Asks for a name, unless there is one, and takes a line after the other.

    Args:
        settings: of the room.
        link: opened before it runs.
        erase: whether a typed line goes from the screen, as the room shows it again.
    """

    def __init__(self, settings: Settings, link: Link, *, erase: bool = False) -> None:
        self.link = link
        self._mouth = Mouth(link, settings, tell)
        self._face: Face = face(self._prompt, erase=erase)
        self._name = settings.name.strip()
        self._typed = at_terminal()
        self._over, self._left = asyncio.Event(), False

    async def run(self) -> int:
        """Take lines until the end; 1 if something was not said, or perhaps not."""
        if self._name:
            self._welcome()
        self._face.start(self._take, self._end)
        await self._over.wait()
        unsaid = await self._mouth.finish()
        await self._finish()
        await self._face.stop()
        self._face.write(f"{wire.GOODBYE}\n")
        return 1 if unsaid else 0

    async def stop(self) -> None:
        """Give the terminal back."""
        await self._face.stop()

    def restore(self) -> None:
        """Give the terminal back at once."""
        self._face.restore()

    # -- what each of the two does in its own way ---------------------------------------------------------------------

    def _prompt(self) -> str:
        return f"{self._name} > " if self._name else wire.ENTER_NAME

    def _welcome(self) -> None:
        self._face.write(f"\n{wire.WELCOME}\n")

    def _means(self, text: str) -> bool:
        """Whether a line is meant for us, and not to be said."""
        return text.strip() in wire.LEAVE

    def _obey(self, text: str) -> None:
        """Do what a line asks for."""
        del text
        self._leave()

    async def _finish(self) -> None:
        """All is said: what is still to be waited for."""

    def _end(self) -> None:
        """The input is over."""
        self._over.set()

    # -- what is typed ------------------------------------------------------------------------------------------------

    def _take(self, line: bytes, done: Callable[[], None] | None) -> None:
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if self._name and text.strip() and not self._means(text):
            self._mouth.say(self._name, self._said(text), done)
            return
        if done is not None:
            done()
        if not self._name:
            self._introduce(text)
        elif text.strip():
            self._obey(text.strip())

    def _said(self, text: str) -> str:
        """What is said by a line."""
        return text

    def _introduce(self, text: str) -> None:
        try:
            self._name = wire.nickname(text)
        except ValueError as error:
            self._face.write(f"{error}\n")
        else:
            self._welcome()

    def _leave(self) -> None:
        self._left = True
        self._face.finish()
        self._over.set()
