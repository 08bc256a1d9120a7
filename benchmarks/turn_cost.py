"""What a message costs at the 10th, the 100th, the 1,000th and the 10,000th turn of one conversation.

One user answers the same question over and over, fifty answers at a time, so that the commit, whose cost has nothing to
do with the turn, is shared by fifty turns. Counted is the processor's time of the whole process; the fastest of several
conversations tells the cost, the others tell the noise.
"""

import asyncio
import gc
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks import disk
from benchmarks.chinwag_system import InProcess, endless_bot, started
from benchmarks.report import Figure, Report, expect, load
from benchmarks.traffic import update_body, update_bytes
from chinwag.runtime.worker import Worker

BLOCK = 50
TURNS = (10, 100, 1_000, 10_000)
DATE = 1_767_225_600


class Talker:
    """One user, who answers fifty times and waits until all is done.

    Args:
        worker: runs the conversation.
        network: takes his bytes.
        user: his id.
        update: the id of his first update.
    """

    def __init__(self, worker: Worker, network: InProcess, user: int, update: int) -> None:
        self._worker = worker
        self._network = network
        self._user = user
        self._update = update

    async def say(self, text: str, times: int = 1) -> tuple[float, float]:
        """Say ``text`` so many times at once; microseconds of processor and of time that each took."""
        body = update_body(self._user, 1, text, DATE)
        updates = [update_bytes(self._update + index, body) for index in range(times)]
        self._update += times
        gc.collect()
        cpu, wall = time.process_time_ns(), time.perf_counter_ns()
        for update in updates:
            self._network.feed(update)
        await self._worker.quiet()
        scale = 1e3 * times
        return (time.process_time_ns() - cpu) / scale, (time.perf_counter_ns() - wall) / scale

    async def reach(self, turn: int, reached: int) -> None:
        """Go on from the turn ``reached`` to ``turn``."""
        while reached < turn:
            times = min(turn - reached, 500)
            await self.say("more", times)
            reached += times


async def measure(path: Path, turns: tuple[int, ...], people: int) -> dict[int, list[tuple[float, float]]]:
    """Microseconds of processor and of time a message, by turn, once for each of ``people`` after one to warm up.

    Raises:
        AssertionError: not every answer was asked on.
    """
    heard: dict[int, int] = {}

    def on_send(user: int, _text: str) -> None:
        heard[user] = heard.get(user, 0) + 1

    network = InProcess()
    network.on_send = on_send
    worker = await started(path, network, endless_bot)
    costs: dict[int, list[tuple[float, float]]] = {turn: [] for turn in turns}
    for person in range(people + 1):
        talker = Talker(worker, network, person + 1, person * 1_000_000 + 1)
        await talker.say("/start")
        reached = 1
        for turn in turns:
            await talker.reach(turn, reached)
            cost = await talker.say("more", BLOCK)
            reached = turn + BLOCK
            if person:
                costs[turn].append(cost)
        expect(heard[person + 1] == reached, f"{heard[person + 1]} questions for {reached} messages")
    await worker.stop()
    return costs


def run(report: Report, quick: bool) -> None:  # noqa: FBT001 - every bench is called as run(report, quick)
    """Measure Chinwag."""
    turns = TURNS[:3] if quick else TURNS
    with disk.scratch() as folder:
        costs = asyncio.run(measure(folder / "bench.db", turns, 3 if quick else 9))
    for figure in _figures(costs):
        report.write(figure)


def _figures(costs: dict[int, list[tuple[float, float]]]) -> Iterator[Figure]:
    for turn, both in costs.items():
        details = {"turn": turn, "block": BLOCK, "wall_us_least": round(min(wall for _, wall in both), 1), **load()}
        yield Figure("turn_cost", "chinwag", f"cpu_us_at_turn_{turn}", tuple(cpu for cpu, _ in both), "lower", details)
    first, last = min(costs), max(costs)
    least = {turn: min(cpu for cpu, _ in both) for turn, both in costs.items()}
    ratio = least[last] / least[first]
    compared = {"first": first, "last": last, **load()}
    yield Figure("turn_cost", "chinwag", f"turn_{last}_to_turn_{first}_of_least", (ratio,), "lower", compared)
