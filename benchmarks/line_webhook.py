"""Webhook pushes of LINE a second: signature, decode, consume, commit, 200.

Sixty-four connections push messages of a thousand users, who are not answered, so that nothing but the way in is
measured. Chinwag answers a push once it is on the disk. Beside it a bare starlette app reads the body, checks the
signature and answers, on the same web server. What pushes is a process of its own. The processor's time is told beside
the rate: on a machine that has other things to do it is the steadier figure.
"""

import asyncio
import json
import sys
import time
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from benchmarks import disk
from benchmarks.line_load import CONNECTIONS
from benchmarks.report import Figure, Report, load
from benchmarks.telegram_ingest import bot

BENCH = "line_webhook"
ACCOUNT = "line:bench"
SECRET = "of-the-bench"  # noqa: S105 - nobody's
COUNT, FEW = 20_000, 1_000


class Taken:
    """What a load has told.

    Args:
        seconds: that all took.
        took: that each took, sorted.
        processor: seconds of the processor that this process spent meanwhile.
    """

    def __init__(self, seconds: float, took: list[float], processor: float) -> None:
        self.processor = processor / len(took)
        self.rate = len(took) / seconds
        self.p50, self.p99 = took[len(took) // 2], took[len(took) * 99 // 100]


async def pushed(port: int, count: int) -> Taken:
    """Let the other process push."""
    arguments = (sys.executable, "-m", "benchmarks.line_load", str(port), str(count), SECRET)
    began = time.process_time()
    child = await asyncio.create_subprocess_exec(*arguments, stdout=asyncio.subprocess.PIPE)
    told, _ = await child.communicate()
    return Taken(**json.loads(told), processor=time.process_time() - began)


async def chinwag(folder: Path, count: int) -> Taken:
    """Worker, store, web server and adapter as they are; nothing is sent, so LINE is nowhere."""
    from chinwag.networks.line.adapter import Line  # noqa: PLC0415 - each system in a process of its own
    from chinwag.networks.line.settings import Settings  # noqa: PLC0415 - likewise
    from chinwag.runtime.account import Account  # noqa: PLC0415 - likewise
    from chinwag.runtime.clock import RealClock  # noqa: PLC0415 - likewise
    from chinwag.runtime.memory import tune_collector  # noqa: PLC0415 - likewise
    from chinwag.runtime.webserver import WebServer  # noqa: PLC0415 - likewise
    from chinwag.runtime.worker import Worker  # noqa: PLC0415 - likewise
    from chinwag.stores.sqlite import SqliteStore  # noqa: PLC0415 - likewise

    network = Line(ACCOUNT, Settings("token", SECRET, "http://127.0.0.1:1", names=False))
    clock = RealClock(asyncio.get_running_loop())
    worker = Worker(SqliteStore(str(folder / "webhook.db")), [Account(ACCOUNT, bot, network)], clock)
    await worker.start()
    tune_collector()
    async with WebServer(0, [network]) as server:
        await network.start(worker)
        taken = await pushed(server.port, count)
    await network.stop()
    await worker.stop()
    return taken


async def bare(_: Path, count: int) -> Taken:
    """The least that a webhook can be: body, signature, answer."""
    from starlette.applications import Starlette  # noqa: PLC0415 - each system in a process of its own
    from starlette.requests import Request  # noqa: PLC0415 - likewise
    from starlette.responses import Response  # noqa: PLC0415 - likewise
    from starlette.routing import Route  # noqa: PLC0415 - likewise

    from chinwag.networks.line.settings import PATH  # noqa: PLC0415 - likewise
    from chinwag.networks.line.signature import HEADER, is_signed  # noqa: PLC0415 - likewise
    from chinwag.runtime.webserver import Listening  # noqa: PLC0415 - likewise

    async def webhook(request: Request) -> Response:
        data = await request.body()
        return Response(status_code=200 if is_signed(SECRET, data, request.headers.get(HEADER, "")) else 401)

    serving: AbstractAsyncContextManager[Any] = Listening(Starlette(routes=[Route(PATH, webhook, methods=["POST"])]), 0)
    async with serving as server:
        return await pushed(server.port, count)


def measure(report: Report, system: str, take: Any, *, quick: bool) -> None:
    """Measure one system: pushes a second, and how long one waits."""
    count = FEW if quick else COUNT
    with disk.scratch() as folder:
        taken = asyncio.run(take(folder, count))
    details = {"connections": CONNECTIONS, "pushes": count, **load()}
    report.write(Figure(BENCH, system, "pushes_per_second", (taken.rate,), details=details))
    report.write(Figure(BENCH, system, "processor_us", (taken.processor * 1e6,), "lower", details))
    report.write(Figure(BENCH, system, "p50_ms", (taken.p50 * 1000,), "lower", details))
    report.write(Figure(BENCH, system, "p99_ms", (taken.p99 * 1000,), "lower", details))


def run(report: Report, quick: bool) -> None:  # noqa: FBT001 - every bench is called as run(report, quick)
    """Measure Chinwag."""
    measure(report, "chinwag", chinwag, quick=quick)


def run_bare(report: Report, quick: bool) -> None:  # noqa: FBT001 - likewise
    """Measure the bare app."""
    measure(report, "starlette", bare, quick=quick)
