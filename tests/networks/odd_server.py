"""An HTTP server that answers as it is told, in order: what a Bot API server, or something before it, may do."""

import asyncio
import json
from collections import deque
from typing import Any, Self

DROP = b""
"""Read the request, and close."""
HANG = None
"""Read the request, and never answer."""


class Cut(bytes):
    """Write this, and close."""


def answer(status: int, body: bytes | str) -> bytes:
    data = body.encode() if isinstance(body, str) else body
    return b"HTTP/1.1 %d Words\r\nContent-Length: %d\r\n\r\n%b" % (status, len(data), data)


def result(value: Any) -> bytes:
    return answer(200, json.dumps({"ok": True, "result": value}))


def refusal(code: int, words: str, **parameters: Any) -> bytes:
    body = {"ok": False, "error_code": code, "description": words}
    return answer(code, json.dumps({**body, "parameters": parameters} if parameters else body))


class OddServer:
    """Serves while it is entered. What nothing was planned for gets the last answer once more.

    Attributes:
        asked: each request's method of the Bot API and its body.
    """

    def __init__(self, *answers: bytes | None) -> None:
        self.answers: deque[bytes | None] = deque(answers)
        self.asked: list[tuple[str, bytes]] = []
        self.came = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.url = ""

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def until(self, count: int) -> None:
        """Wait for so many requests in all."""
        async with asyncio.timeout(20):
            while len(self.asked) < count:
                self.came.clear()
                await self.came.wait()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass  # it is over with this connection
        finally:
            writer.close()
            self._tasks.discard(task)

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        self.asked.append((head.split()[1].decode().rpartition("/")[2], await body_of(head, reader)))
        self.came.set()
        planned = self.answers.popleft() if len(self.answers) > 1 else self.answers[0]
        if planned is HANG:
            await asyncio.Event().wait()
        if not planned:
            return False
        writer.write(planned)
        await writer.drain()
        return not isinstance(planned, Cut)


async def body_of(head: bytes, reader: asyncio.StreamReader) -> bytes:
    headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
    if b"content-length" in headers:
        return await reader.readexactly(int(headers[b"content-length"]))
    body = b""
    while b"chunked" in headers.get(b"transfer-encoding", b""):
        size = int(await reader.readuntil(b"\r\n"), 16)
        body += (await reader.readexactly(size + 2))[:-2]
        if not size:
            break
    return body
