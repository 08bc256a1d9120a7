"""The measures in one process: messages a second, what a parked conversation weighs, what a message costs at a turn.

They know no system: a peer is opened, fed, and listened to. Every user gets one message for each of his, and whoever
did not get the right ones makes the measure fail.
"""

import asyncio
import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.comparison import scripts
from benchmarks.comparison.shape import Open, Peer, Sent, Setting
from benchmarks.report import expect
from benchmarks.traffic import ClosedLoop, Traffic, update_body, update_bytes

DATE = 1_767_225_600
LONGEST = 30.0
"""Seconds after which a measure is given up."""
BLOCK = 12
"""Messages of which the median is taken."""


class Listener:
    """Hears what is sent; counts it, and wakes who waits for a number of messages."""

    def __init__(self, then: Sent | None = None) -> None:
        """Hand everything on to ``then``, if it is given."""
        self.count = 0
        self.peer: Peer | None = None
        self._then = then
        self._loop = asyncio.get_running_loop()
        self._wanted = 0
        self._reached = asyncio.Event()

    def __call__(self, user: int, text: str) -> None:
        """Hear one message; in any thread."""
        self.count += 1
        if self._then:
            self._then(user, text)
        if self._wanted and self.count >= self._wanted:
            self._loop.call_soon_threadsafe(self._reached.set)

    async def until(self, count: int) -> None:
        """Wait until so many messages were sent altogether.

        Raises:
            AssertionError: they were not, in the longest time that is waited.
        """
        self._reached.clear()
        self._wanted = count
        if self.count >= count:
            return
        try:
            await asyncio.wait_for(self._reached.wait(), LONGEST)
        except TimeoutError:
            trouble = await self.peer.trouble() if self.peer else ""
            message = f"{self.count} messages were sent within {LONGEST:.0f} s, not {count}: {trouble}"
            raise AssertionError(message) from None


async def speed(open_peer: Open, folder: Path, traffic: Traffic, under_way: int) -> float:
    """Messages a second of the two-question conversation, of shuffled users who wait for their answers."""
    spoken: list[Callable[[bytes], object]] = []
    loop = ClosedLoop(traffic, under_way, lambda data: spoken[0](data))  # noqa: PLW0108 - it comes later
    listener = Listener(loop.on_send)
    peer = await open_peer(Setting(folder, scripts.TWO, listener, traffic.users))
    listener.peer = peer
    spoken.append(peer.feed)
    gc.collect()
    began = time.perf_counter()
    loop.start()
    await listener.until(traffic.messages)
    seconds = time.perf_counter() - began
    loop.check()
    trouble = await peer.trouble()
    await peer.close()
    expect(not trouble, trouble)
    return traffic.messages / seconds


@dataclass(frozen=True, slots=True)
class Parked:
    """Bytes of one parked conversation."""

    memory: float
    disk: float


async def parked(open_peer: Open, folder: Path, count: int) -> Parked:
    """What a conversation at its second question weighs, counted over ``count`` of them after a tenth to warm up."""
    for name in ("empty", "full"):
        (folder / name).mkdir()
    empty = await _kept(open_peer, folder / "empty", 1)
    listener = Listener()
    peer = await open_peer(Setting(folder / "full", scripts.PATIENT, listener, 2 * count))
    listener.peer = peer
    warm = max(count // 10, 1)
    await _park(peer, listener, range(warm))
    await peer.collect()
    before = await peer.used()
    await _park(peer, listener, range(warm, warm + count))
    await peer.collect()
    after = await peer.used()
    await peer.close()
    disk = (bytes_in(folder / "full") - empty) / (warm + count - 1)
    return Parked((after.rss - before.rss) / count, max(disk, 0.0))


async def _kept(open_peer: Open, folder: Path, count: int) -> int:
    listener = Listener()
    peer = await open_peer(Setting(folder, scripts.PATIENT, listener, 2))
    listener.peer = peer
    await _park(peer, listener, range(count))
    await peer.close()
    return bytes_in(folder)


async def _park(peer: Peer, listener: Listener, people: range, at_once: int = 200) -> None:
    for begin in range(people.start, people.stop, at_once):
        crowd = range(begin, min(begin + at_once, people.stop))
        for turn, text in enumerate(("/start", "3")):
            wanted = listener.count + len(crowd)
            for person in crowd:
                peer.feed(update(person + 1, 2 * person + turn + 1, text))
            await listener.until(wanted)


def bytes_in(folder: Path) -> int:
    """What the files of a folder occupy on the disk."""
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def update(user: int, number: int, text: str) -> bytes:
    """One update of a user, as Telegram sends it."""
    return update_bytes(number, update_body(user, 1, text, DATE))


@dataclass(frozen=True, slots=True)
class Cost:
    """Microseconds of processor and of time for one message."""

    cpu: float
    wall: float


async def turn_costs(
    open_peer: Open, folder: Path, turns: tuple[int, ...], before: Callable[[Peer], object] | None = None
) -> dict[int, Cost]:
    """What one message costs at each of these turns of one conversation that asks on and on.

    Args:
        open_peer: starts the system.
        folder: where it keeps its files.
        turns: rising.
        before: done before each message that is measured, outside its time.
    """
    listener = Listener()
    peer = await open_peer(Setting(folder, scripts.LOOP, listener))
    listener.peer = peer
    talk = Talk(peer, listener)
    costs: dict[int, Cost] = {}
    for turn in turns:
        while talk.said < turn:
            await talk.say()
        costs[turn] = await _cost(talk, before)
    trouble = await peer.trouble()
    await peer.close()
    expect(not trouble, trouble)
    return costs


class Talk:
    """One user who says one thing after the other, each after its answer."""

    def __init__(self, peer: Peer, listener: Listener) -> None:
        """He has said nothing."""
        self.peer = peer
        self.said = 0
        self._listener = listener

    async def say(self) -> float:
        """Say the next thing; the microseconds until its answer."""
        data = update(1, self.said + 1, "more" if self.said else "/start")
        self.said += 1
        began = time.perf_counter()
        self.peer.feed(data)
        await self._listener.until(self.said)
        return (time.perf_counter() - began) * 1e6


async def _cost(talk: Talk, before: Callable[[Peer], object] | None) -> Cost:
    walls, cpus = [], []
    gc.collect()
    for _ in range(BLOCK):
        if before:
            await talk.peer.quiet()
            before(talk.peer)
        start = (await talk.peer.used()).cpu
        walls.append(await talk.say())
        cpus.append(((await talk.peer.used()).cpu - start) * 1e6)
    return Cost(statistics.mean(cpus), statistics.median(walls))
