"""One life of a simulated process: a virtual loop with the real worker on it, from its start to its end or its death.

Owns what dies with a process: the loop, the worker, the way to the disk and the line to the network. Refuses to live
on after ``die``: nothing that was under way runs any further, not even a ``finally``, and nothing of it reaches disk
or network.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, Protocol, cast

from chinwag.bot import Bot
from chinwag.core.conversation import Conversation
from chinwag.core.drive import evict
from chinwag.core.settings import Given
from chinwag.core.values import Outgoing
from chinwag.ports import Receipt, Store
from chinwag.runtime.account import Account
from chinwag.runtime.worker import Worker
from chinwag.testing.clock import VirtualClock
from chinwag.testing.disk import AFTER, BEFORE, Disk, Mount
from chinwag.testing.loop import VirtualLoop
from chinwag.testing.network import Later, SimulatedNetwork
from chinwag.testing.stage import Stage, StagedSteps

PAUSES = (0.0, 0.0, 0.0, 0.0, 1.0)
"""A refused commit is tried again at once, but not for ever: a store that refuses them all must not hang a test."""


class Surroundings(Protocol):
    """What outlives a process."""

    account: str
    bot: Bot
    version: int
    disk: Disk
    network: SimulatedNetwork
    stage: Stage
    start: int
    sends: int
    evicting: bool
    recipients: list[tuple[str, str]]
    settings: Given | None

    def seed(self) -> bytes:
        """Random bytes for a new conversation."""
        ...


class Line:
    """A process's line to the network.

    Args:
        world: counts the sends, and has the network.
        die: ends the process.
    """

    def __init__(self, world: Surroundings, die: Callable[[], None]) -> None:
        self._world = world
        self._die = die
        self.dead = False
        self.numbered = world.network.numbered
        self.window = world.network.window
        self.limits = world.network.limits
        for name in ("pressed", "typing", "fetch", "paced_by", "tells"):  # what only some networks can
            if hasattr(world.network, name):
                setattr(self, name, getattr(world.network, name))
        self.echoes = False

    def send(self, message: Outgoing) -> Receipt | Awaitable[Receipt]:
        """Send, unless the process is dead, or dies by it."""
        world = self._world
        if self.dead:
            return Receipt()
        world.sends += 1
        trouble = world.disk.plan("send", world.sends)
        if trouble == BEFORE:
            self._die()
            return Receipt()
        answer = world.network.send(message)
        if trouble != AFTER:
            return answer
        if isinstance(answer, Receipt):
            self._die()
            return answer

        async def last() -> Receipt:
            receipt = await answer
            self._die()
            return receipt

        return Later(last)


class Life:
    """A process.

    Args:
        world: what outlives it.
        elapsed: where time stands, in microseconds since the world's start.
    """

    def __init__(self, world: Surroundings, elapsed: int) -> None:
        self.world = world
        self.loop = VirtualLoop(elapsed)
        self.troubles: list[BaseException] = []
        self.loop.set_exception_handler(self._troubled)
        self.mount = Mount(world.disk, self.die)
        self.line = Line(world, self.die)
        account = Account(world.account, world.bot, self.line, world.recipients)
        account.fingerprint += f".{world.version}"
        if world.settings is not None:
            account.equip(world.settings)
        clock = VirtualClock(self.loop, world.start)
        self.worker = Worker(cast("Store", self.mount), [account], clock, seed=world.seed, inline=True)
        self.worker.pauses = PAUSES
        if world.evicting:
            self.worker.budget = 0
        self.worker.steps = StagedSteps(world.stage, self.worker.put, _middle)

    def _troubled(self, _: object, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self.troubles.append(error if error is not None else RuntimeError(str(context.get("message"))))

    @property
    def dead(self) -> bool:
        """Whether it died."""
        return self.loop.frozen

    def die(self) -> None:
        """End at this instruction, as by ``kill -9``."""
        self.mount.dead = self.line.dead = True
        self.loop.freeze()

    def run(self, until: int) -> None:
        """Run everything up to an instant.

        Args:
            until: microseconds since the world's start.

        Raises:
            BaseException: what ended the worker, or left a callback.
        """
        self.loop.advance(until)
        self._check()

    def begin(self) -> None:
        """Start the worker."""
        starting = self.loop.create_task(self.worker.start())
        self.run(self.loop.elapsed)
        if starting.done():
            starting.result()

    def end(self) -> None:
        """Stop the worker in good order, however long that takes."""
        self.loop.finish(self.worker.stop())
        self._check()

    def _check(self) -> None:
        if self.dead:
            return
        fatal = self.worker.fatal
        if fatal is not None and fatal.done() and not fatal.cancelled():
            error = fatal.exception()
            if error is not None:
                raise error
        if self.troubles:
            raise self.troubles.pop()

    def idle(self) -> Sequence[Conversation]:
        """The live conversations that nothing uncommitted stands in the way of evicting."""
        worker = self.worker
        busy = {*worker.draft.moved, *(worker.committing.moved if worker.committing is not None else ())}
        table = worker.table
        return [c for c in table.live.values() if not any(o.number in busy for o in table.here(c.address))]

    def evict(self) -> None:
        """Let every idle conversation leave memory."""
        for conversation in self.idle():
            if conversation.number in self.worker.table.live:
                self.worker.table.evict(conversation)

    def bury(self) -> None:
        """Close what is left: only now do the ``finally`` blocks of a dead process run, and nobody hears them."""
        self.mount.dead = self.line.dead = True
        left: Iterable[Conversation] = list(self.worker.table.live.values())
        for conversation in left:
            evict(conversation)
        self.loop.bury()


def _middle() -> float:
    return 0.5
