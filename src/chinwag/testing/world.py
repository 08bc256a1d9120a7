"""``play``: a bot with simulated users, in virtual time.

Owns the world that a test plays in: users, their rooms, the bot's process and what outlives it. Everything is real
but the network, the clock and the process: the worker, the store, the journal and the replay are those that serve
people. Whatever a user does, the bot does at once all that it can do without time passing; time passes only by
``world.passes``.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from hashlib import blake2b
from types import TracebackType
from typing import Any, Self

from msgspec import Struct

from chinwag.bot import Bot
from chinwag.core.durations import microseconds
from chinwag.core.errors import StoreError
from chinwag.core.settings import kept
from chinwag.core.values import Arrival
from chinwag.ports import Batch, Parked, Store
from chinwag.runtime.account import user_of
from chinwag.runtime.inputs import Ordered
from chinwag.stores.sqlite import MEMORY, SqliteStore
from chinwag.testing.clock import START, instant, moment
from chinwag.testing.disk import Disk, Plan, no_trouble
from chinwag.testing.life import Life
from chinwag.testing.network import SimulatedNetwork
from chinwag.testing.stage import Fake, Stage
from chinwag.testing.user import User

NETWORK = "sim"
MOST_LIVES = 1_000


class Conversing(Struct, frozen=True):
    """A conversation as the store has it.

    Args:
        number: its id.
        name: the function that began it.
        address: where it lives.
        status: waiting, ended, cancelled, failed or diverged.
        error: what happened, if it failed or diverged.
    """

    number: int
    name: str
    address: str
    status: str
    error: str


class World:
    """A bot, its users, and time; made by ``play``."""

    def __init__(
        self,
        bot: Bot,
        *,
        network: SimulatedNetwork | None = None,
        start: datetime = START,
        store: Store | None = None,
        settings: Any = None,
    ) -> None:
        self.bot = bot
        self.settings = kept(settings) if settings is not None else None
        self.account = f"{NETWORK}:{bot.name}"
        self.network = network if network is not None else SimulatedNetwork()
        self.start = instant(start)
        self.version = 1
        self.stage = Stage()
        self.disk = Disk(
            store if store is not None else SqliteStore(MEMORY, inline=True), no_trouble, self._committed, self.forget
        )
        self.recipients: list[tuple[str, str]] = []
        self.evicting = False
        self.restarting = False
        self.messages = 0
        self.sends = 0
        self._elapsed = 0
        self._life: Life | None = None
        self._lives: list[Life] = []
        self._users: dict[tuple[str, str], User] = {}
        self._unanswered: list[Arrival] = []
        self._together = False
        self._births = 0
        self._seeds: list[str] = []

    # -- people -------------------------------------------------------------------------------------------------------

    def user(self, name: str, *, room: str = "", direct: bool | None = None) -> User:
        """Somebody who talks with the bot.

        Args:
            name: who.
            room: where; left out, a direct chat with the bot.
            direct: whether the two are alone there; left out, only in the direct chat.
        """
        alone = not room if direct is None else direct
        key = (name, room or name)
        if key not in self._users:
            self._users[key] = User(self, name, room or name, direct=alone)
        return self._users[key]

    def recipient(self, user: User | str, *, zone: str = "UTC") -> None:
        """Let somebody get what schedules start.

        Args:
            user: who, or an address.
            zone: the time zone, such as ``Europe/Berlin``.
        """
        self.recipients.append((user.address if isinstance(user, User) else user, zone))
        if self._life is not None:
            self.restart()

    # -- time ---------------------------------------------------------------------------------------------------------

    @property
    def at(self) -> datetime:
        """The time, in UTC."""
        return moment(self.instant)

    @property
    def instant(self) -> int:
        """The time, in microseconds since the epoch."""
        return self.start + self._elapsed

    def passes(self, duration: float | timedelta) -> None:
        """Let time pass; all that is due meanwhile happens at its instant.

        Args:
            duration: how long, in seconds or as a timedelta.
        """
        self._run(self._elapsed + microseconds(duration))
        self._again()

    def passes_until(self, when: datetime) -> None:
        """Let time pass until an instant.

        Args:
            when: a datetime with a time zone.

        Raises:
            ValueError: if it has passed, or has no time zone.
        """
        until = instant(when) - self.start
        if until < self._elapsed:
            msg = f"{when} has passed: it is {self.at}"
            raise ValueError(msg)
        self._run(until)

    @contextmanager
    def together(self) -> Generator[None]:
        """What is done within happens at one moment for the bot, which is busy meanwhile, also if time passes."""
        self._together = True
        try:
            yield
        finally:
            self._together = False
        self._run(self._elapsed)

    # -- the process --------------------------------------------------------------------------------------------------

    def restart(self) -> None:
        """Stop the bot's process in good order, and start it again."""
        if self._life is not None:
            self._life.end()
            self._elapsed = max(self._elapsed, self._life.loop.elapsed)
            self._retire()
        self._run(self._elapsed)

    def crash(self, *, down: float | timedelta = 0) -> None:
        """Kill the bot's process, as by ``kill -9``, and start it again.

        Args:
            down: how long it is down, in seconds or as a timedelta.
        """
        if self._life is not None:
            self._life.die()
            self._retire()
        self._elapsed += microseconds(down)
        self._run(self._elapsed)

    def deploy(self, bot: Bot) -> None:
        """Stop the bot's process in good order, and start another version of the bot.

        Args:
            bot: the changed one, of the same name.
        """
        self.bot = bot
        self.version += 1
        self.restart()

    def evict(self) -> None:
        """Let all conversations leave memory; the next message brings each back by replay."""
        self._alive().evict()

    def _alive(self) -> Life:
        """The process, started if there is none."""
        for _ in range(MOST_LIVES):
            if self._life is None:
                self._begin()
            life = self._life
            if life is not None and not life.dead:
                return life
            self._retire()
        msg = f"the bot died {MOST_LIVES:,} times without getting anywhere"
        raise RuntimeError(msg)

    def _begin(self) -> None:
        """Start a process; what it refuses to start by is planned trouble, and it is started again."""
        self._life = life = Life(self, self._elapsed)
        self.forget()
        self._lives.append(life)
        try:
            life.begin()
        except StoreError:
            if not self.disk.refused:
                raise
            life.die()
            return
        if not life.dead:
            for arrival in list(self._unanswered):
                self._hand_over(life, arrival)

    def _retire(self) -> None:
        life, self._life = self._life, None
        if life is not None:
            self._elapsed = max(self._elapsed, life.loop.elapsed)

    def _run(self, until: int) -> None:
        """Run until an instant, through as many lives as it takes."""
        if self._together:
            self._elapsed = until
            return
        while True:
            life = self._alive()
            life.run(until)
            if not life.dead:
                break
        self._elapsed = until

    def arrives(self, arrival: Arrival) -> None:
        """Hand over what a network brings; it is handed over again after a crash until the bot has acknowledged it.

        Args:
            arrival: what.
        """
        life = self._alive()
        self._unanswered.append(arrival)
        self._hand_over(life, arrival)
        self._run(self._elapsed)
        self._again()

    def _again(self) -> None:
        if self.restarting and not self._together:
            self.restart()

    def _hand_over(self, life: Life, arrival: Arrival) -> None:
        def done() -> None:
            if not life.dead and arrival in self._unanswered:
                self._unanswered.remove(arrival)

        life.worker.receive(arrival, done)

    # -- the outside world --------------------------------------------------------------------------------------------

    def steps(
        self,
        function: Any,
        *,
        returns: Any = None,
        raises: BaseException | None = None,
        outcomes: Sequence[Any] = (),
        does: Callable[..., Any] | None = None,
        takes: float | timedelta = 0,
    ) -> None:
        """Fake a function that conversations take as a step; those that are not faked run really.

        Args:
            function: the function, or its ``__qualname__``.
            returns: what every call returns.
            raises: what every call raises.
            outcomes: what one call after the other returns, or raises if it is an exception; the last stays.
            does: a function to call instead, plain or async.
            takes: how long a call takes, in seconds or as a timedelta.
        """
        answers = outcomes or [raises if raises is not None else returns]
        self.stage.set(function, Fake(answers, does, microseconds(takes) / 1_000_000))

    def calls(self, function: Any) -> list[tuple[Any, ...]]:
        """The arguments of every call of a step, in order; one that a crash repeated counts once.

        Args:
            function: the function, or its ``__qualname__``.
        """
        return self.stage.of(function)

    # -- looking ------------------------------------------------------------------------------------------------------

    def conversations(self) -> list[Conversing]:
        """Every conversation that there was, the oldest first."""
        parked: list[Parked] = self.look("parked", self.disk.born) if self.disk.born else []
        return [Conversing(p.number, p.name, p.address, p.status, p.error or "") for p in parked]

    def data(self, user: User) -> dict[str, Any]:
        """What ``chat.data`` holds for a user, as it stands in the store.

        Args:
            user: whose.
        """
        found: dict[str, dict[str, Any]] = self.look("data", [user_of(user.address)])
        return found.get(user_of(user.address), {})

    def orders(self, number: int, order: str) -> str:
        """Do what an operator does with ``chinwag cancel``, ``resume`` and ``retry``.

        Args:
            number: the conversation.
            order: ``cancel``, ``cancel --force``, ``resume``, ``resume --rerun`` or ``retry``.

        Returns:
            What the operator is told; nothing if the process died after it was done.
        """
        replies: list[str] = []
        while True:
            life, written = self._alive(), self.disk.written
            life.worker.put(Ordered(number, order, replies.append))
            life.run(self._elapsed)
            if not life.dead or self.disk.written > written:
                break
        self._run(self._elapsed)
        return replies[0] if replies else ""

    def look(self, what: str, *arguments: Any) -> Any:
        """Ask the store.

        Args:
            what: a reading method of ``chinwag.ports.Store``.
            arguments: what it gets.
        """
        return self._alive().loop.finish(getattr(self.disk.store, what)(*arguments))

    # -- what the process needs ---------------------------------------------------------------------------------------

    def seed(self) -> bytes:
        """Random bytes for a new conversation: the same for the n-th that is durable, whatever was lost before."""
        number = self._births + len(self._seeds)
        seed = blake2b(number.to_bytes(8, "little"), digest_size=16).digest()
        self._seeds.append(seed.hex())
        return seed

    def forget(self) -> None:
        """What was drawn for conversations that are not durable is drawn again."""
        self._seeds.clear()

    def _committed(self, batch: Batch) -> None:
        born = {birth[3] for birth in batch.births}
        self._births += sum(seed in born for seed in self._seeds)
        self.forget()
        self.stage.journaled(batch)
        life = self._life
        if self.evicting and life is not None:
            life.loop.call_soon(life.evict)

    def plan(self, plan: Plan) -> None:
        """Say what goes wrong at which commit or send.

        Args:
            plan: gets ``"commit"`` or ``"send"`` and a number from 1; answers what, or None.
        """
        self.disk.plan = plan

    def close(self) -> None:
        """End everything that is left, without a word."""
        for life in self._lives:
            life.bury()
        if self._life is not None:
            self._life = None
        self._lives.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def play(
    bot: Bot,
    *,
    network: SimulatedNetwork | None = None,
    start: datetime = START,
    store: Store | None = None,
    settings: Any = None,
) -> World:
    """Let simulated users talk with a bot, in a plain test.

    Args:
        bot: the bot.
        network: where they meet; left out, one that delivers everything and answers at once.
        start: the date on which it begins; left out, noon of Monday, 5 January 2026, in UTC.
        store: where everything durable is; left out, one in memory.
        settings: what the bot's account is given; left out, the defaults.

    >>> from chinwag import Bot, Chat
    >>> bot = Bot("hello", fallback="Write /start")
    >>> @bot.on_command("start")
    ... async def hello(chat: Chat) -> None:
    ...     name = await chat.ask("What is your name?")
    ...     await chat.say(f"Hello {name}!")
    >>> with play(bot) as world:
    ...     anna = world.user("anna")
    ...     anna.says("/start")
    ...     world.crash()
    ...     anna.says("Anna")
    ...     anna.hears()
    ['What is your name?', 'Hello Anna!']
    """
    return World(bot, network=network, start=start, store=store, settings=settings)
