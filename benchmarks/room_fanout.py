"""A room of the broadcast chat with three hundred people in it: what fifty of them say, all of them hear.

Told is how long a message takes from the send to each ear, and what was heard in a second. Every listener checks that
of each sender it hears every message, in order; one that misses a message fails the bench. Some of the listeners are
Chinwag's own, each with all that ``chinwag room listen`` does but the writing; the others are as plain as can be. They,
the senders and the broker share this machine.

The broker is ``AMQP_URL``, or the one on this machine; where there is none, nothing is measured.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any
from urllib.parse import urlsplit
from uuid import uuid4

import aio_pika

from benchmarks.plain_listener import PlainListener
from benchmarks.report import Figure, Report, load
from chinwag.core.errors import Unreachable
from chinwag.networks.amqp import wire
from chinwag.networks.amqp.delivery import Delivery
from chinwag.networks.amqp.link import Link
from chinwag.networks.amqp.settings import URL, Settings

BENCH = "room_fanout"
SENDERS = 50
PROCESSES = 2
LONGEST = 150
"""Seconds that a crowd may take to hear all."""


class Ear:
    """What one listener has heard.

    Args:
        crowd: is told of each message.
    """

    def __init__(self, crowd: "Crowd") -> None:
        """Nothing yet."""
        self._crowd = crowd
        self._next: dict[str, int] = {}

    def hear(self, name: str, text: str) -> None:
        """Note a message: its number among its sender's, and when it was sent."""
        number, _, sent = text.partition(" ")
        if int(number) != self._next.get(name, 0):
            self._crowd.out_of_order += 1
        self._next[name] = int(number) + 1
        self._crowd.heard(float(sent))

    def deliver(self, delivery: Delivery) -> None:
        """Take a message in as ``chinwag room listen`` does."""
        heard = wire.decode(delivery.key, delivery.body, delivery.headers, delivery.id)
        wire.line(heard)
        self.hear(heard.name, heard.text)
        delivery.done()


class Crowd:
    """The listeners of one process.

    Args:
        left: how many deliveries they are to hear in all.
    """

    def __init__(self, left: int) -> None:
        """Be ready to count."""
        self.left = left
        self.out_of_order = 0
        self.lags: list[float] = []
        self.last = 0.0
        self.over = asyncio.Event()

    def heard(self, sent: float) -> None:
        """Count a delivery."""
        self.last = time.time()
        self.lags.append(self.last - sent)
        self.left -= 1
        if not self.left:
            self.over.set()

    async def gather(self, settings: Settings, plain: int, own: int) -> "list[Link | PlainListener]":
        """Let them come into the room."""
        parts = urlsplit(settings.url)
        loop = asyncio.get_running_loop()
        found: list[Link | PlainListener] = []
        for _ in range(plain):
            ear = Ear(self)
            _, listener = await loop.create_connection(
                lambda ear=ear: PlainListener(settings.url, settings.exchange, ear.hear),  # type: ignore[misc]
                parts.hostname or "",
                parts.port or 5672,
            )
            await listener.ready
            found.append(listener)
        for _ in range(own):
            link = Link(settings, "exclusive", Ear(self).deliver)
            await link.open()
            found.append(link)
        return found


async def listen(exchange: str, plain: int, own: int, messages: int) -> None:
    """Be a crowd in a process of its own: say that all are there, and at the end what they heard."""
    settings = Settings(os.environ.get("AMQP_URL") or URL, exchange)
    crowd = Crowd((plain + own) * messages)
    listeners = await crowd.gather(settings, plain, own)
    sys.stdout.write("here\n")
    sys.stdout.flush()
    with suppress(TimeoutError):
        await asyncio.wait_for(crowd.over.wait(), LONGEST)
    told = {"missing": crowd.left, "out_of_order": crowd.out_of_order, "last": crowd.last, "lags": crowd.lags}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    for listener in listeners:
        if isinstance(listener, PlainListener):
            listener.close()
        else:
            await listener.close()


@contextmanager
def crowds(exchange: str, people: int, own: int, messages: int) -> Iterator[list[IO[str]]]:
    """Two processes full of listeners; what each tells."""
    children = []
    for number in range(PROCESSES):
        ours = own // PROCESSES
        plain = (people * (number + 1) // PROCESSES) - (people * number // PROCESSES) - ours
        arguments = map(str, (exchange, plain, ours, messages))
        command = [sys.executable, "-m", "benchmarks.room_fanout", *arguments]
        children.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))  # noqa: S603
    try:
        yield [child.stdout for child in children if child.stdout is not None]
    finally:
        for child in children:
            child.kill()
            child.wait()
            if child.stdout is not None:
                child.stdout.close()


async def say(settings: Settings, messages: int, rate: float) -> None:
    """Let fifty people say so many messages, so many a second over all, each waiting for the broker's word."""
    links = [Link(settings, "none") for _ in range(SENDERS)]
    for link in links:
        await link.open()
    began = time.time()

    async def speak(number: int, link: Link) -> None:
        for count in range(messages // SENDERS):
            due = began + (count * SENDERS + number) / rate
            await asyncio.sleep(max(0.0, due - time.time()))
            await link.publish(f"person{number}", f"{count} {time.time()}".encode(), {}, uuid4().hex)

    await asyncio.gather(*(speak(number, link) for number, link in enumerate(links)))
    for link in links:
        await link.close()


async def answers(settings: Settings) -> bool:
    """Whether there is a broker."""
    link = Link(settings, "none")
    try:
        await link.open()
    except Unreachable:
        return False
    await link.close()
    return True


async def clear(settings: Settings) -> None:
    """Take the room away: its exchange would stay as long as the broker."""
    connection = await aio_pika.connect(settings.url)
    async with connection, connection.channel() as channel:
        await channel.exchange_delete(settings.exchange)


def measure(people: int, own: int, messages: int, rate: float) -> dict[str, Any] | None:
    """Fill a room, let them speak, and hear from every crowd; None if there is no broker."""
    exchange = f"chinwag-bench-{uuid4().hex[:8]}"
    settings = Settings(os.environ.get("AMQP_URL") or URL, exchange)
    if not asyncio.run(answers(settings)):
        return None
    with crowds(exchange, people, own, messages) as streams:
        for stream in streams:
            stream.readline()
        began = time.time()
        asyncio.run(say(settings, messages, rate))
        said = time.time() - began
        told = [json.loads(stream.readline()) for stream in streams]
    asyncio.run(clear(settings))
    lags = sorted(lag for one in told for lag in one["lags"])
    return {
        "said_per_second": messages / said,
        "heard_per_second": len(lags) / (max(one["last"] for one in told) - began),
        "lags": lags,
        "missing": sum(one["missing"] for one in told),
        "out_of_order": sum(one["out_of_order"] for one in told),
    }


def run(report: Report, quick: bool) -> None:  # noqa: FBT001 - every bench is called as run(report, quick)
    """Measure a room of three hundred, to which a hundred messages are said in a second."""
    people, own, messages, rate = (30, 6, 100, 100.0) if quick else (300, 20, 1_000, 100.0)
    found = measure(people, own, messages, rate)
    if found is None:
        report.say("there is no RabbitMQ: the room is not measured")
        return
    if found["missing"] or found["out_of_order"]:
        message = f"{found['missing']} deliveries are missing, and {found['out_of_order']} came out of order"
        raise RuntimeError(message)
    lags = found["lags"]
    details = {"users": people, "messages": messages, "own": own, "missing": 0, "out_of_order": 0, **load()}
    for metric, value, better in (
        ("said_per_second", found["said_per_second"], "higher"),
        ("heard_per_second", found["heard_per_second"], "higher"),
        ("p50_ms", lags[len(lags) // 2] * 1e3, "lower"),
        ("p99_ms", lags[len(lags) * 99 // 100] * 1e3, "lower"),
    ):
        report.write(Figure(BENCH, "chinwag", metric, (value,), better, details))  # type: ignore[arg-type]


if __name__ == "__main__":
    asyncio.run(listen(sys.argv[1], *map(int, sys.argv[2:])))
