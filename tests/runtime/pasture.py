"""A pasture for the tests of the shepherd: a virtual loop, a store, a worker, networks that fail when told."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from chinwag import Bot, Chat, ChinwagError, State, seconds
from chinwag.core.drive import evict
from chinwag.core.values import Address, Arrival, Outgoing
from chinwag.ports import Budget, Inbox, Receipt
from chinwag.runtime.account import Account
from chinwag.runtime.charge import Line, Plan
from chinwag.runtime.shepherd import Shepherd
from chinwag.runtime.worker import Worker
from chinwag.stores.sqlite import SqliteStore
from chinwag.testing.clock import START, VirtualClock, instant
from chinwag.testing.loop import VirtualLoop

SECOND = 1_000_000


class Meadow:
    """A network of posts, as the shepherd wants it."""

    numbered = False
    window = 0
    echoes = False
    posts = True
    budget = Budget(299, 300, 0)

    def __init__(self, pasture: "Pasture", name: str) -> None:
        self.finished, self.closed = asyncio.Event(), asyncio.Event()
        self.failure: ChinwagError | None = None
        self.pasture, self.name = pasture, name
        self.inbox: Inbox | None = None
        self.trouble: Exception | None = None
        self.slow: asyncio.Event | None = None
        self.stopped = False

    async def start(self, inbox: Inbox) -> None:
        self.pasture.starts.append((self.pasture.seconds, self.name))
        trouble = self.pasture.bad.get(self.name)
        if trouble is not None:
            raise trouble
        if self.name in self.pasture.hanging:
            await asyncio.Event().wait()
        self.inbox = inbox

    def fails(self, words: str) -> None:
        self.failure = ChinwagError(words)
        self.closed.set()

    def says(self, text: str, done: Callable[[], None] | None = None, *, ident: str = "") -> None:
        assert self.inbox is not None
        self.inbox.receive(Arrival(self.name, "ann", "ann", text, ident), done)

    def send(self, message: Outgoing) -> Receipt | Awaitable[Receipt]:
        if self.trouble is not None:
            raise self.trouble
        if self.slow is not None:
            return self._late(message, self.slow)
        return self.pasture.hears(message)

    async def _late(self, message: Outgoing, slow: asyncio.Event) -> Receipt:
        await slow.wait()
        return self.pasture.hears(message)

    async def stop(self) -> None:
        self.stopped = True

    def restore(self) -> None: ...


class Pasture:
    """A process with a shepherd, in virtual time."""

    def __init__(self, path: Path, *, draw: float = 0.5, elapsed: int = 0) -> None:
        self.loop = VirtualLoop(elapsed)
        self.errors: list[Any] = []
        self.loop.set_exception_handler(lambda _, context: self.errors.append(context))
        self.path = path
        self.starts: list[tuple[float, str]] = []
        self.said: list[tuple[float, str, str, str]] = []
        self.bad: dict[str, Exception] = {}
        self.hanging: set[str] = set()
        self.dead = False
        self.networks: dict[str, Meadow] = {}
        clock = VirtualClock(self.loop, instant(START))
        self.worker = Worker(SqliteStore(path, inline=True), [], clock, seed=lambda: bytes(16), inline=True)
        self.shepherd = Shepherd(self.worker, self.worker, lambda: draw)
        self.loop.finish(self.worker.start())
        self.loop.finish(self.shepherd.stops.recall())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
        assert kind is not None or self.errors == []

    @property
    def seconds(self) -> float:
        return self.loop.elapsed / SECOND

    def hears(self, message: Outgoing) -> Receipt:
        if not self.dead:
            self.said.append((self.seconds, message.account, message.room, message.text))
        return Receipt(str(message.id))

    def plan(self, name: str, bot: Bot, **more: Any) -> Plan:
        account = f"meadow:{name}"

        def build() -> Account:
            network = self.networks[name] = Meadow(self, account)
            return Account(account, bot, network)

        return Plan(account, build, **more)

    def tend(self, *plans: Plan) -> str:
        return str(self.loop.finish(self._tend(plans)))

    async def _tend(self, plans: tuple[Plan, ...]) -> str:
        return self.shepherd.tend(plans)

    def passes(self, duration: float) -> None:
        self.loop.advance(self.loop.elapsed + round(duration * SECOND))
        fatal = self.worker.fatal
        if fatal is not None and fatal.done():
            fatal.result()

    def orders(self, what: str, name: str) -> tuple[str, bool]:
        answer: tuple[str, bool] = self.loop.finish(getattr(self.shepherd, what)(name))
        return answer

    def lines(self) -> dict[str, Line]:
        found: list[Line] = self.loop.finish(self.shepherd.report())
        return {line.account.partition(":")[2]: line for line in found}

    def fates(self) -> dict[str, str]:
        return {name: line.state for name, line in self.lines().items()}

    def words(self, name: str) -> list[str]:
        return [text for _, account, _, text in self.said if account == f"meadow:{name}"]

    def operator(self, name: str) -> None:
        self.shepherd.operator = Address(f"meadow:{name}", "ops", "ops")

    def end(self) -> None:
        if not self.loop.is_closed():
            self.shepherd.close()
            self.loop.finish(self.worker.stop(1.0))
            self.loop.finish(self.shepherd.stop_fronts())
            self.loop.bury()

    def dies(self) -> None:
        """As by ``kill -9``: nothing that was under way reaches store or network, and the next one takes the store."""
        self.dead = True
        self.loop.freeze()
        store: Any = self.worker.store
        for connection in {store._reader, store._writer}:
            connection.close()
        store._reader = store._writer = None
        store._lock.release()  # the kernel's work, at a real death
        for conversation in list(self.worker.table.live.values()):
            evict(conversation)
        self.loop.bury()


POEM = tuple(f"line {number}" for number in range(7))


@dataclass(frozen=True)
class Recite(State):
    position: int = 0
    posts: int = 0

    async def run(self, chat: Chat) -> State:
        sent = await chat.say(POEM[self.position])
        await sent.delivered()
        await chat.sleep(seconds(30))
        return Recite((self.position + 1) % len(POEM), self.posts + 1)


def poet(name: str = "poet") -> Bot:
    bot = Bot(name)
    bot.always()(Recite)

    @bot.on_text("hello")
    async def greet(chat: Chat) -> None:
        await chat.say(f"Who are you? {await chat.ask('Your name?')}")

    return bot
