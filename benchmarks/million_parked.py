"""Starting on a store that holds a million parked conversations, and working on it.

Each process is fresh, as after a restart; the file lies in the system's cache, as it does then. The first answer counts
from the start of the process, whose imports are told apart from what comes beyond them. New users run through the two
questions beside the parked ones; then a crowd of parked users answers, each of whom has to be woken from the disk. The
bare loop has as many old rows in its tables, and writes beside them.
"""

import time

BORN = time.monotonic_ns()

import asyncio  # noqa: E402 - the time of the imports is measured
import gc  # noqa: E402
import json  # noqa: E402
import random  # noqa: E402
import subprocess  # noqa: E402
import sys  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from pathlib import Path  # noqa: E402

from benchmarks import bare_loop, disk  # noqa: E402
from benchmarks.chinwag_system import InProcess, patient_bot, started  # noqa: E402
from benchmarks.parked_memory import memory  # noqa: E402
from benchmarks.parked_store import FIRST_NEW, Parked, parked_store  # noqa: E402
from benchmarks.parked_store import FULL as FULL_STORE  # noqa: E402
from benchmarks.parked_store import QUICK as QUICK_STORE  # noqa: E402
from benchmarks.report import Figure, Report, expect, load  # noqa: E402
from benchmarks.traffic import FULL, QUICK, SECOND_QUESTION, TURNS, ClosedLoop, Traffic, update_bytes  # noqa: E402

IMPORTED = time.monotonic_ns()
START_LIMIT_S = 0.5
SPEED_LIMIT = 20_000


async def answer_one(path: Path, user: int, text: str, update: int) -> None:
    """Start, let one user say one thing, print when he was answered, and what the process has in memory then."""
    answered = asyncio.get_running_loop().create_future()
    network = InProcess()
    network.on_send = lambda _user, text: answered.set_result((time.monotonic_ns(), text))
    worker = await started(path, network, patient_bot)
    ready = time.monotonic_ns()
    (body,) = Traffic(1, first_user=user, opening=text).bodies()[:1]
    network.feed(update_bytes(update, body))
    at, words = await answered
    seen = memory()
    await worker.stop()
    print(
        json.dumps(
            {"born": BORN, "imported": IMPORTED, "ready": ready, "answered": at, "words": words, "rss": seen.rss}
        )
    )


def _in_a_process_of_its_own(path: Path, user: int, text: str, update: int) -> dict[str, float]:
    """Seconds of a start, and bytes."""
    command = [sys.executable, "-m", "benchmarks.million_parked", str(path), str(user), text, str(update)]
    spawned = time.monotonic_ns()
    child = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)  # noqa: S603
    told = json.loads(child.stdout)
    expected = SECOND_QUESTION if text.isdigit() else "How many?"
    expect(told["words"] == expected, f"{user} read {told['words']!r}, not {expected!r}")
    return {
        "import": (told["imported"] - spawned) / 1e9,
        "ready": (told["ready"] - told["imported"]) / 1e9,
        "beyond": (told["answered"] - told["imported"]) / 1e9,
        "rss": told["rss"],
    }


async def new_users(path: Path, traffic: Traffic, under_way: int) -> float:
    """Messages a second of new users' two questions.

    Raises:
        AssertionError: somebody did not get the right answers.
    """
    network = InProcess()
    loop = ClosedLoop(traffic, under_way, network.feed)
    network.on_send = loop.on_send
    worker = await started(path, network, patient_bot)
    gc.collect()
    began = time.perf_counter()
    loop.start()
    await worker.quiet()
    seconds = time.perf_counter() - began
    await worker.stop()
    loop.check()
    return traffic.messages / seconds


async def woken_users(path: Path, people: list[int], under_way: int, update: int) -> float:
    """Messages a second of parked users who answer their open question, each once.

    Raises:
        AssertionError: somebody was not asked the second question.
    """
    waiting = iter(update_bytes(update + n, Traffic(1, first_user=user).bodies()[1]) for n, user in enumerate(people))
    heard: list[str] = []

    def on_send(_user: int, text: str) -> None:
        heard.append(text)
        following = next(waiting, None)
        if following is not None:
            network.feed(following)

    network = InProcess()
    network.on_send = on_send
    worker = await started(path, network, patient_bot)
    gc.collect()
    began = time.perf_counter()
    for _ in range(under_way):
        network.feed(next(waiting))
    await worker.quiet()
    seconds = time.perf_counter() - began
    await worker.stop()
    expect(heard == [SECOND_QUESTION] * len(people), f"{len(heard)} answers for {len(people)} parked users")
    return len(people) / seconds


def run(report: Report, quick: bool) -> None:  # noqa: FBT001 - every bench is called as run(report, quick)
    """Measure Chinwag."""
    parked = QUICK_STORE if quick else FULL_STORE
    chance = random.Random(1)
    people = [
        parked.user(index)
        for index in chance.sample(range(parked.count), parked.count // 45)
        if not parked.is_soon(index)
    ]
    report.say(f"making a store with {parked.count:,} parked conversations ...")
    with parked_store(parked) as path:
        updates = FIRST_NEW + time.time_ns() // 1_000_000_000 * 1_000  # a store may be used by several runs
        for figure in _starts(path, parked, people, updates, repeats=1 if quick else 5):
            report.write(figure)
        for figure in _speeds(path, parked, people[10:], updates + 100, quick=quick):
            report.write(figure)


def _starts(path: Path, parked: Parked, people: list[int], update: int, *, repeats: int) -> Iterator[Figure]:
    new = [_in_a_process_of_its_own(path, FIRST_NEW + update + n, "/start", update + n) for n in range(repeats)]
    old = [_in_a_process_of_its_own(path, people[n], "7", update + 50 + n) for n in range(repeats)]
    details = {"parked": parked.count, **load()}
    limit = {"limit": START_LIMIT_S}

    def of(runs: list[dict[str, float]], name: str) -> tuple[float, ...]:
        return tuple(run[name] for run in runs)

    yield Figure("million_parked", "chinwag", "import_s", of(new + old, "import"), "lower", details)
    yield Figure("million_parked", "chinwag", "ready_s_beyond_import", of(new + old, "ready"), "lower", details)
    for runs, whose in ((new, "new"), (old, "parked")):
        metric = f"first_answer_to_{whose}_user_s_beyond_import"
        yield Figure("million_parked", "chinwag", metric, of(runs, "beyond"), "lower", {**details, **limit})
    megabytes = tuple(rss / 2**20 for rss in of(new + old, "rss"))
    yield Figure("million_parked", "chinwag", "rss_mb_at_first_answer", megabytes, "lower", details)


def _speeds(path: Path, parked: Parked, people: list[int], update: int, *, quick: bool) -> Iterator[Figure]:
    scale = QUICK if quick else FULL
    for under_way in (scale.few_under_way, scale.many_under_way):
        runs = [
            Traffic(scale.users, first_user=first, first_update=first)
            for first in range(update, update + (1 if quick else 2) * TURNS * scale.users, TURNS * scale.users)
        ]
        update += len(runs) * TURNS * scale.users
        raw = [asyncio.run(new_users(path, traffic, under_way)) for traffic in runs]
        details = {**runs[0].circumstances(under_way), "parked": parked.count, "limit": SPEED_LIMIT, **load()}
        yield Figure("million_parked", "chinwag", "messages_per_second", tuple(raw), details=details)
    speed = asyncio.run(woken_users(path, people, scale.few_under_way, update))
    details = {"messages": len(people), "under_way": scale.few_under_way, "parked": parked.count, **load()}
    yield Figure("million_parked", "chinwag", "woken_per_second", (speed,), details=details)


def run_bare(report: Report, quick: bool) -> None:  # noqa: FBT001 - every bench is called as run(report, quick)
    """Measure the bare loop."""
    parked, scale = (QUICK_STORE, QUICK) if quick else (FULL_STORE, FULL)
    traffic = Traffic(scale.users, first_update=FIRST_NEW)
    for under_way in (scale.few_under_way, scale.many_under_way):
        raw = []
        for _ in range(1 if quick else 2):
            with disk.scratch() as folder:
                raw.append(bare_loop.measure(folder, traffic, under_way, old_rows=parked.count).per_second)
        details = {**traffic.circumstances(under_way), "old_rows": parked.count, **load()}
        report.write(Figure("million_parked", "bare_loop", "messages_per_second", tuple(raw), details=details))


if __name__ == "__main__":
    asyncio.run(answer_one(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
