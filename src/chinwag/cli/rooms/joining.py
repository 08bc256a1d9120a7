"""``chinwag room join``: listening and talking in one window.

Owns the commands of the window. One's own message is shown when it comes back from the room, so it is seen once, and
where all others see it. What begins with "/" and is no command of the window is said, as bots have commands, too; with
"//" before it, a command of the window is said as well.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

from chinwag.cli.rooms.face import Face, at_terminal, face
from chinwag.cli.rooms.running import serve
from chinwag.cli.rooms.speaking import Mouth
from chinwag.cli.speech import tell
from chinwag.core.errors import SendError, UsageError
from chinwag.core.lines import one_line
from chinwag.networks.amqp import wire
from chinwag.networks.amqp.delivery import Delivery
from chinwag.networks.amqp.link import Link
from chinwag.networks.amqp.presence import Presence
from chinwag.networks.amqp.settings import Settings

ANSWERS_WITHIN = 1.0
"""Seconds in which those who are there have answered."""
LATELY = 600
"""Seconds after which somebody who said something is no longer mentioned."""
MOST_HEARD = 1_000
COMMANDS = frozenset({"/who", "/nick", "/help", "/quit", "/exit", *wire.LEAVE})
HELP = "/who shows who is here, /nick NAME gives you another name, /quit ends it."
MORE_HELP = "Other commands are said, for bots to hear; //help says /help."


def join(settings: Settings) -> int:
    """Listen and talk.

    Args:
        settings: of the room.

    Returns:
        The exit code: 1 if something could not be said.

    Raises:
        UsageError: if the settings name a work queue.
    """
    if settings.queue:
        raise UsageError(
            "join is for a room, where all hear all: leave queue and AMQP_QUEUE out, or use listen and send"
        )
    return serve(lambda: Joiner(settings))


class Joiner:
    """One window.

    Args:
        settings: of the room.
    """

    def __init__(self, settings: Settings) -> None:
        self.link = Link(settings, "exclusive", self._hear, tell, presence=True)
        self._presence = Presence(self.link, settings.exchange, lambda: self._name, time.monotonic)
        self._mouth = Mouth(self.link, settings, tell)
        self._typed = at_terminal()
        self._face: Face = face(self._prompt, erase=True)
        self._name = settings.name.strip()
        self._over, self._left = asyncio.Event(), False
        self._here: set[str] | None = None
        self._heard: dict[str, float] = {}
        self._errands: set[asyncio.Task[None]] = set()

    async def run(self) -> int:
        """Take lines until the end."""
        if self._name:
            self._welcome()
        self._face.start(self._take, self._end)
        await self._over.wait()
        left = await self._mouth.finish()
        if self._errands and not self._left:  # the input is over, and somebody may still wait for what he asked
            await asyncio.wait(self._errands, timeout=ANSWERS_WITHIN * 2)
        await self._face.stop()
        self._face.write(f"{wire.GOODBYE}\n")
        return 1 if left else 0

    async def stop(self) -> None:
        """Give the terminal back."""
        for errand in self._errands:
            errand.cancel()
        await self._face.stop()

    def restore(self) -> None:
        """Give the terminal back at once."""
        self._face.restore()

    # -- what is heard ------------------------------------------------------------------------------------------------

    def _hear(self, delivery: Delivery) -> None:
        heard = wire.decode(delivery.key, delivery.body, delivery.headers, delivery.id)
        if self._presence.is_about(delivery):
            self._note(heard, delivery)
            delivery.done()
            return
        self._remember(heard.name)
        written = self._face.write(f"{wire.line(heard)}\n")
        if written is None:
            delivery.done()
        else:
            written.add_done_callback(lambda _: delivery.done())

    def _note(self, heard: wire.Heard, delivery: Delivery) -> None:
        """Somebody asks who is there, or answers."""
        if delivery.headers.get(wire.PRESENCE) == wire.HERE:
            if self._here is not None and len(self._here) < MOST_HEARD:
                self._here.add(f"{one_line(heard.name)}{' (a bot)' if heard.bot else ''}")
            return
        self._run(self._presence.answer(delivery))

    def _remember(self, name: str) -> None:
        self._heard.pop(name, None)
        if len(self._heard) >= MOST_HEARD:
            del self._heard[next(iter(self._heard))]
        self._heard[name] = time.monotonic()

    # -- what is typed ------------------------------------------------------------------------------------------------

    def _prompt(self) -> str:
        if not self._name:
            return wire.ENTER_NAME
        return f"{self._name} > " if self._typed else ""

    def _take(self, line: bytes, done: Callable[[], None] | None) -> None:
        text = line.decode("utf-8", "replace").rstrip("\r\n")
        if self._name and text.strip() and not _is_command(text):
            self._mouth.say(self._name, text[1:] if text[:2] == "//" else text, done)
            return
        if done is not None:
            done()
        if not self._name:
            self._introduce(text)
        elif text.strip():
            self._obey(text.strip())

    def _obey(self, text: str) -> None:
        command, _, rest = text.partition(" ")
        match command:
            case "/quit" | "/exit" | "quit" | "exit":
                self._face.finish()
                self._left = True
                self._over.set()
            case "/who":
                self._run(self._who())
            case "/nick":
                self._rename(rest)
            case "/help":
                self._say(f"{HELP} {MORE_HELP}")

    def _introduce(self, text: str) -> None:
        try:
            self._name = wire.nickname(text)
        except ValueError as error:
            self._say(str(error))
        else:
            self._welcome()

    def _welcome(self) -> None:
        self._face.write(f"\n{wire.WELCOME}\n")
        if self._typed:
            self._say(HELP)
        self._run(self._warn(self._name))

    def _rename(self, text: str) -> None:
        try:
            self._name = wire.nickname(text)
        except ValueError as error:
            self._say(f"{error} Write /nick NAME.")
        else:
            self._say(f"You are {self._name} now.")
            self._run(self._warn(self._name))

    # -- who is here --------------------------------------------------------------------------------------------------

    async def _who(self) -> None:
        here = await self._ask()
        if here is None:
            self._say("Nobody can be asked: there is no connection to RabbitMQ.")
            return
        self._say(f"Here: {', '.join([f'{self._name} (you)', *sorted(here)])}")
        since = time.monotonic() - LATELY
        names = {one_line(name) for name, at in self._heard.items() if at > since and name != self._name}
        lately = sorted(name for name in names if name not in here and f"{name} (a bot)" not in here)
        if lately:
            self._say(f"Spoke lately, and did not answer: {', '.join(lately)}")

    async def _warn(self, name: str) -> None:
        if one_line(name) in (await self._ask() or ()):
            self._say(f"Somebody else here is called {name}, too; /nick NAME gives you another name.")

    async def _ask(self) -> set[str] | None:
        """Who else is there; None if nobody can be asked."""
        here: set[str] = set()
        self._here = here
        try:
            await self._presence.ask()
        except SendError:
            return None
        await asyncio.sleep(ANSWERS_WITHIN)
        return here

    # -- both ---------------------------------------------------------------------------------------------------------

    def _say(self, words: str) -> None:
        self._face.write(f"{words}\n")

    def _run(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    def _end(self) -> None:
        """The input is over."""
        self._over.set()


def _is_command(text: str) -> bool:
    """Whether a line is for the window; "exit" and "quit" are so only alone.

    >>> [_is_command(text) for text in ("/who", "/nick anna", "quit", "quit it", "/start", "//who")]
    [True, True, True, False, False, False]
    """
    word, _, rest = text.strip().partition(" ")
    return word in COMMANDS and not (rest and word in wire.LEAVE)
