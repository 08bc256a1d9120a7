"""A bot on Telegram in a thread of its own: what ``chinwag run`` puts together, without the cost of a process.

The emulator and the proxy are the processes of ``telegram_stage``; a test is synchronous code, as there. The limits of
Telegram are off unless a test asks for them: the emulator has none unless it is told.
"""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.networks.telegram_stage import PATIENCE, Person
from tests.networks.telegram_stage import Telegram as Emulated

from chinwag import Bot
from chinwag.cli.networks.telegram import menu
from chinwag.networks.telegram.adapter import Telegram
from chinwag.networks.telegram.settings import Settings
from chinwag.runtime.account import Account
from chinwag.runtime.clock import RealClock
from chinwag.runtime.lifecycle import Gate
from chinwag.runtime.worker import Worker
from chinwag.stores.sqlite import SqliteStore


class Living:
    """Serves a bot while it is entered.

    Attributes:
        network: the adapter; its loop is another thread's.
    """

    def __init__(
        self,
        telegram: Emulated,
        bot: Bot,
        token: str,
        folder: Path,
        *,
        paced: bool = False,
        recipients: Sequence[tuple[str, str]] = (),
    ) -> None:
        self._bot, self._folder, self._paced, self._recipients = bot, folder, paced, recipients
        self._settings = Settings(token, telegram.url)
        self.network: Telegram
        self._loop: asyncio.AbstractEventLoop
        self._over: asyncio.Event
        self._begun = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"telegram:{bot.name}")

    def __enter__(self) -> Self:
        self._thread.start()
        self._begun.wait(PATIENCE)
        if self._error is not None:
            raise self._error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        if self._error is not None and error is None:
            raise self._error

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except BaseException as error:  # noqa: BLE001 - told in the test's own thread
            self._error = error
        finally:
            self._begun.set()

    async def _live(self) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        name = f"telegram:{self._bot.name}"
        network = self.network = Telegram(name, self._settings, menu(self._bot))
        if not self._paced:
            network.limits = None
        store = SqliteStore(str(self._folder / f"{self._bot.name}.db"))
        worker = Worker(store, [Account(name, self._bot, network, self._recipients)], RealClock(self._loop))
        await worker.start()
        gate = Gate(worker)
        await network.start(gate)
        self._begun.set()
        await self._over.wait()
        gate.shut = True
        await worker.stop(1.0)
        await network.stop()


class Scene:
    """One bot of the emulator, and who talks to it."""

    def __init__(self, telegram: Emulated, folder: Path) -> None:
        self.telegram = telegram
        self.folder = folder
        self.account = telegram.new_bot()
        self.bot: int = self.account["id"]
        self.secret: str = self.account["token"].partition(":")[2]

    def living(self, bot: Bot, **more: Any) -> Living:
        """Serve; again after it was left, it goes on."""
        return Living(self.telegram, bot, self.account["token"], self.folder, **more)

    def person(self, name: str = "Ann", chat: int | None = None) -> Person:
        return Person(self.telegram, self.bot, name, chat)

    def group(self, *people: Person, kind: str = "supergroup", privacy: bool = False, **more: Any) -> int:
        """A group with these people and the bot."""
        chat: int = self.telegram(f"add_{kind}", title="Us", members=[one.id for one in people], with_bot=False, **more)
        self.telegram("add_bot_to", chat=chat, bot=self.bot)
        self.telegram("privacy", on=privacy, bot=self.bot)
        return chat

    def calls(self, method: str, **values: Any) -> list[dict[str, Any]]:
        """The calls of a method that have these values, in order."""
        wanted = {name: str(value) for name, value in values.items()}
        calls: list[dict[str, Any]] = self.telegram("calls", method=method)
        return [one for one in calls if wanted.items() <= {k: str(v) for k, v in one["values"].items()}.items()]


@contextmanager
def kept(module: Any, **values: Any) -> Iterator[None]:
    """Give a module other values for a while."""
    before = {name: getattr(module, name) for name in values}
    for name, value in values.items():
        setattr(module, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(module, name, value)
