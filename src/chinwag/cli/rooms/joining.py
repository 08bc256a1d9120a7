"""``chinwag room join``: listening and talking in one window.

Owns the commands of the window. One's own message is shown when it comes back from the room, so it is seen once, and
where all others see it. What begins with "/" and is no command of the window is said, as bots have commands, too; with
"//" before it, a command of the window is said as well.
"""

import asyncio
import time
from collections.abc import Coroutine
from typing import Any

from chinwag.cli.rooms.running import serve
from chinwag.cli.rooms.talking import Talker
from chinwag.cli.speech import tell
from chinwag.core.errors import SendError, UsageError
from chinwag.core.lines import one_line
from chinwag.core.recent import Recent
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


class Joiner(Talker):
    """One window.

    Args:
        settings: of the room.
    """

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, Link(settings, "exclusive", self._hear, tell, presence=True), erase=True)
        self._presence = Presence(self.link, settings.exchange, lambda: self._name, time.monotonic)
        self._here: set[str] | None = None
        self._heard = Recent[str, float](MOST_HEARD)
        self._errands: set[asyncio.Task[None]] = set()

    async def stop(self) -> None:
        """Give the terminal back."""
        for errand in self._errands:
            errand.cancel()
        await super().stop()

    async def _finish(self) -> None:
        """At the end of the input somebody may still wait for what he asked; whoever leaves does not."""
        if self._errands and not self._left:
            await asyncio.wait(self._errands, timeout=ANSWERS_WITHIN * 2)

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
        self._heard[name] = time.monotonic()

    # -- what is typed ------------------------------------------------------------------------------------------------

    def _prompt(self) -> str:
        return super()._prompt() if self._typed or not self._name else ""

    def _means(self, text: str) -> bool:
        return is_command(text)

    def _said(self, text: str) -> str:
        return text[1:] if text.startswith("//") else text

    def _obey(self, text: str) -> None:
        command, _, rest = text.partition(" ")
        match command:
            case "/quit" | "/exit" | "quit" | "exit":
                self._leave()
            case "/who":
                self._run(self._who())
            case "/nick":
                self._rename(rest)
            case "/help":
                self._say(f"{HELP} {MORE_HELP}")

    def _welcome(self) -> None:
        super()._welcome()
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


def is_command(text: str) -> bool:
    """Whether a line is for the window; "exit" and "quit" are so only alone.

    >>> [is_command(text) for text in ("/who", "/nick anna", "quit", "quit it", "/start", "//who")]
    [True, True, True, False, False, False]
    """
    word, _, rest = text.strip().partition(" ")
    return word in COMMANDS and not (rest and word in wire.LEAVE)
