"""Scenes: what users do, as data, so that a golden file says by itself how its conversation goes on.

Owns the acts, a closed set, and the network that keeps what it was given to send. A scene is played in virtual time
on a real store in a file; it is parked as by ``kill -9`` and goes on in a new process, on a copy of the store.
"""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
from tests.golden import frozen

from chinwag.cli.check import replay_all
from chinwag.core.codec import error_from_plain, from_plain, hint_of
from chinwag.core.errors import Refused, Unreachable
from chinwag.core.values import Attachment, Outgoing
from chinwag.ports import Receipt
from chinwag.stores.reader import Reader
from chinwag.stores.sqlite import SqliteStore
from chinwag.testing import SimulatedNetwork, World
from chinwag.testing.clock import START, instant, moment

Act = list[Any]
SPEAKERS = 1_000
"""So far apart are the ids of messages before and after the store was parked."""


class Transcript(SimulatedNetwork):
    """A network that takes everything, and keeps it as the wire would get it."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[dict[str, Any]] = []
        self.clock: Callable[[], int] = lambda: 0

    def deliver(self, message: Outgoing) -> Receipt:
        """Take a message; its reference says which it was."""
        self.lines.append({"at": self.clock(), **msgspec.to_builtins(message)})
        return Receipt(f"ref-{message.id}")


class Scene(msgspec.Struct):
    """What is played, until it is parked and from there on.

    Args:
        name: of the golden file.
        code: the module that it is played with.
        before: acts until it is parked.
        after: acts to its end.
        start: when it begins, in microseconds.
        delayed: what was under way when it was parked begins anew, and so comes later than it would have.
        repeats: whether it goes on as if nothing had happened; a step that must not run twice does not.
        settings: the name of the class of the bot's settings, and the fields that the account is given.
    """

    name: str
    code: str
    before: list[Act]
    after: list[Act]
    start: int = instant(START)
    delayed: bool = False
    repeats: bool = True
    settings: tuple[str, dict[str, Any]] | None = None


class Parked(msgspec.Struct):
    """A scene at the moment at which it was parked, in microseconds; ``said`` is what was sent until then."""

    at: int
    said: list[dict[str, Any]]


class Player:
    """One process with its users, on a store in a file.

    Args:
        module: the code.
        scene: says what the account is given.
        store: the file.
        start: the time at which it begins, in microseconds.
        spoken: so many messages there were before.
    """

    def __init__(self, module: ModuleType, scene: Scene, store: Path, start: int, spoken: int = 0) -> None:
        self.module = module
        kind, fields = scene.settings or ("", {})
        settings = getattr(module, kind)(**fields) if kind else None
        self.network = Transcript()
        self._store = SqliteStore(store, inline=True)
        self.world = World(
            frozen.bot_of(module), network=self.network, start=moment(start), store=self._store, settings=settings
        )
        self.world.messages = spoken
        self.network.clock = lambda: self.world.instant

    def play(self, acts: Sequence[Act]) -> None:
        """Do one act after the other."""
        for name, *arguments in acts:
            ACTS[name](self, *arguments)

    def close(self) -> None:
        """End without a word, as a process that is killed."""
        self.world.close()
        asyncio.run(self._store.close())


def _says(player: Player, user: str, text: str, room: str = "", files: Sequence[dict[str, Any]] = ()) -> None:
    sent = [msgspec.convert(file, Attachment) for file in files]
    player.world.user(user, room=room).says(text, files=sent)


def _passes(player: Player, duration: float) -> None:
    player.world.passes(duration)


def _joins(player: Player, user: str, room: str = "") -> None:
    player.world.user(user, room=room).joins()


def _recipient(player: Player, user: str, zone: str) -> None:
    player.world.recipient(player.world.user(user), zone=zone)


def _step(
    player: Player, name: str, returns: Sequence[Any] = (), raises: dict[str, Any] | None = None, takes: float = 0
) -> None:
    hint = hint_of(getattr(player.module, name))
    outcomes = [from_plain(plain, hint) for plain in returns]
    error = error_from_plain(raises) if raises is not None else None
    player.world.steps(name, outcomes=outcomes, raises=error, takes=takes)


def _set(player: Player, name: str, value: Any) -> None:
    """A deploy: the code is changed, and the process begins anew."""
    setattr(player.module, name, value)
    player.world.deploy(player.world.bot)


def _fails(player: Player, how: str, times: int, after: int = 0) -> None:
    error = {"unreachable": Unreachable("no route"), "refused": Refused("blocked")}[how]
    player.network.fails(error, times=times, after=after)


def _orders(player: Player, number: int, order: str) -> None:
    player.world.orders(number, order)


def _again(player: Player, how: str) -> None:
    {"crash": player.world.crash, "restart": player.world.restart, "evict": player.world.evict}[how]()


ACTS: dict[str, Callable[..., None]] = {
    "says": _says,
    "passes": _passes,
    "joins": _joins,
    "recipient": _recipient,
    "step": _step,
    "set": _set,
    "fails": _fails,
    "orders": _orders,
    "again": _again,
}
STANDING = {"recipient", "step"}
"""Acts that change the process's surroundings: they hold for the one after, too."""


def park(scene: Scene, module: ModuleType, store: Path) -> Parked:
    """Play a scene until it is parked, on a new store; what is left is the store of a process that was killed."""
    player = Player(module, scene, store, scene.start)
    try:
        player.play(scene.before)
        return Parked(player.world.instant, player.network.lines)
    finally:
        player.close()


def undisturbed(scene: Scene, module: ModuleType, store: Path) -> list[dict[str, Any]]:
    """What is sent after the moment of parking if the scene is not parked at all."""
    player = Player(module, scene, store, scene.start)
    try:
        player.play(scene.before)
        said = len(player.network.lines)
        player.world.messages = SPEAKERS
        player.play(scene.after)
        return player.network.lines[said:]
    finally:
        player.close()


def checked(scene: Scene, module: ModuleType, store: Path) -> dict[str, Any]:
    """What ``chinwag check`` says of a parked store, after the owner's migrations."""
    _deployed(scene, module)
    owner = SqliteStore(store, inline=True)
    asyncio.run(_opened(owner))
    with Reader(str(store)) as reader:
        result = replay_all(reader, frozen.bot_of(module))
    return {"in flight": result.in_flight, "diverging": result.diverging, "rewording": result.rewording}


async def _opened(store: SqliteStore) -> None:
    await store.open()
    await store.close()


def _deployed(scene: Scene, module: ModuleType) -> None:
    """The code as it was when the scene was parked."""
    for name, *arguments in scene.before:
        if name == "set":
            setattr(module, *arguments)


def go_on(scene: Scene, module: ModuleType, store: Path, at: int) -> list[dict[str, Any]]:
    """What is sent when a new process takes up a parked store, and the scene goes on to its end."""
    _deployed(scene, module)
    player = Player(module, scene, store, at, SPEAKERS)
    player.world.version += sum(act[0] == "set" for act in scene.before)
    try:
        player.play([act for act in scene.before if act[0] in STANDING])
        player.world.passes(0)
        player.play(scene.after)
        return player.network.lines
    finally:
        player.close()
