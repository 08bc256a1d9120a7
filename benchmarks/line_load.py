"""Webhook pushes as LINE sends them, from a process of their own: ``python -m benchmarks.line_load PORT COUNT SECRET``.

So many connections are kept open; each sends its next push once the last is answered. All pushes are made and signed
before the first is sent. Prints the seconds that they took, and how long each waited for its answer, as JSON.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from typing import cast

from chinwag.networks.line.settings import PATH
from chinwag.networks.line.signature import HEADER, signature

CONNECTIONS = 64
USERS = 1_000
OK = b"HTTP/1.1 200"


def body(number: int) -> bytes:
    """A push with one text message, as LINE's schema has it."""
    message = {"type": "text", "id": f"{number:018d}", "text": f"word {number}", "quoteToken": f"q{number:08d}"}
    event = {
        "type": "message",
        "source": {"type": "user", "userId": f"U{number % USERS:032x}"},
        "timestamp": 1_800_000_000_000 + number,
        "mode": "active",
        "webhookEventId": f"01HZZ{number:021d}",
        "deliveryContext": {"isRedelivery": False},
        "replyToken": f"{number:032x}",
        "message": message,
    }
    return json.dumps({"destination": f"U{0:032x}", "events": [event]}).encode()


def request(number: int, secret: str) -> bytes:
    """The whole request, signed."""
    data = body(number)
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json; charset=utf-8\r\n"
        f"User-Agent: LineBotWebhook/2.0\r\n{HEADER}: {signature(secret, data)}\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


class Connection(asyncio.Protocol):
    """Sends one request after the other, and notes how long each took."""

    def __init__(self, requests: Iterator[bytes], took: list[float]) -> None:
        self._requests, self._took = requests, took
        self._began = 0.0
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """An answer is small, and comes in one piece."""
        self._took.append(time.perf_counter() - self._began)
        if not data.startswith(OK):
            self.over.set_exception(RuntimeError(data.decode(errors="replace")))
            return
        self.next()

    def next(self) -> None:
        """Send the next request, if there is one."""
        data = next(self._requests, None)
        if data is None:
            self._transport.close()
            self.over.set_result(None)
            return
        self._began = time.perf_counter()
        self._transport.write(data)


async def load(port: int, requests: list[bytes]) -> tuple[float, list[float]]:
    """Send them all: seconds that it took, and that each took."""
    took: list[float] = []
    waiting = iter(requests)
    loop = asyncio.get_running_loop()
    connections = [
        (await loop.create_connection(lambda: Connection(waiting, took), "127.0.0.1", port))[1]
        for _ in range(CONNECTIONS)
    ]
    began = time.perf_counter()
    for connection in connections:
        connection.next()
    await asyncio.gather(*(connection.over for connection in connections))
    return time.perf_counter() - began, took


def main(port: int, count: int, secret: str) -> None:
    """Make the requests, send them, and tell."""
    seconds, took = asyncio.run(load(port, [request(number, secret) for number in range(count)]))
    sys.stdout.write(json.dumps({"seconds": seconds, "took": sorted(took)}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
