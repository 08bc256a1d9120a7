"""How the frameworks of today are measured: the same users, the same bytes, the same two questions.

Each stands in a module of its own (``aiogram_peer``, ``telegram_bot_peer``), so that one's imports do not weigh on the
other, and is used as its documentation shows: handlers as a state machine, the state in RAM; neither keeps anything
over a restart here. Each parses the updates with its own parser, handles them one after the other (the fastest way to
feed either, and the only one its state machine allows), and sends into a stand-in for its HTTP session that answers at
once as Telegram would: no socket, and nothing of the framework's own work left out.
"""

import asyncio
import gc
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from benchmarks.report import Figure, Report, load
from benchmarks.traffic import FULL, QUICK, ClosedLoop, Traffic

Sent: TypeAlias = Callable[[int, str], None]
Handle: TypeAlias = Callable[[bytes], Awaitable[object]]
Open: TypeAlias = Callable[[Sent], Awaitable[Handle]]

TOKEN = "42:TEST"  # noqa: S105 - opens nothing


async def per_second(open_peer: Open, traffic: Traffic, under_way: int) -> float:
    """Messages a second of one framework.

    Args:
        open_peer: given what to call with each message sent (user, text), starts the framework; gives what handles one
            update's bytes.
        traffic: who speaks.
        under_way: messages handed over and not yet answered, at most.

    Raises:
        AssertionError: somebody did not get his answers.
    """
    queue: deque[bytes] = deque()
    loop = ClosedLoop(traffic, under_way, queue.append)
    handle = await open_peer(loop.on_send)
    gc.collect()
    began = time.perf_counter()
    loop.start()
    while queue:
        await handle(queue.popleft())
    seconds = time.perf_counter() - began
    loop.check()
    return traffic.messages / seconds


def measure(report: Report, system: str, open_peer: Open, *, quick: bool, **details: str) -> None:
    """Measure one framework, and report it with ``details``."""
    scale = QUICK if quick else FULL
    traffic = Traffic(scale.users)
    raw = (asyncio.run(per_second(open_peer, traffic, scale.few_under_way)),)
    circumstances = traffic.circumstances(scale.few_under_way)
    figure = Figure("two_questions", system, "messages_per_second", raw, details={**circumstances, **details, **load()})
    report.write(figure)
