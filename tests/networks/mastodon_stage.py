"""Mastodon for tests: mastodon-mock as a process of its own, people on it, and a relay that loses answers.

The mock is plain HTTP on the loopback. A test looks at what people see by the same API that a bot uses.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import httpx
from tests.networks.odd_server import body_of
from tests.networks.telegram_stage import Process, free_port, wait_open

from chinwag.core.values import Arrival

PATIENCE = 20.0


class Mastodon:
    """An instance.

    Attributes:
        url: where it is.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=PATIENCE)
        self._people = 0

    def join(self, name: str = "") -> "Person":
        """Somebody new."""
        self._people += 1
        asked = {"username": f"{name or 'person'}{os.getpid()}x{self._people}"}
        found = self.http.post("/api/v1/_mock/dev_user", json=asked).raise_for_status().json()
        return Person(self, found["username"], found["access_token"])

    def fault(
        self, kind: str, count: int = 1, method: str = "POST", path: str = "/api/v1/statuses", **more: Any
    ) -> None:
        """Something goes wrong with the next so many calls."""
        rule = {"match": {"methods": [method], "path": path}, "effect": {"type": kind, **more}, "count": count}
        self.http.post("/api/v1/_mock/faults", json=rule).raise_for_status()

    def mend(self) -> None:
        """Nothing goes wrong any more."""
        self.http.delete("/api/v1/_mock/faults").raise_for_status()


class Person:
    """Somebody on an instance."""

    def __init__(self, mastodon: Mastodon, name: str, token: str) -> None:
        self.mastodon, self.name, self.token = mastodon, name, token
        self._headers = {"Authorization": f"Bearer {token}"}

    def asks(self, path: str, **query: Any) -> Any:
        return self.mastodon.http.get(path, params=query, headers=self._headers).raise_for_status().json()

    def says(self, text: str, **fields: Any) -> str:
        """Post; the id."""
        answer = self.mastodon.http.post("/api/v1/statuses", json={"status": text, **fields}, headers=self._headers)
        id_: str = answer.raise_for_status().json()["id"]
        return id_

    def follows(self, other: "Person") -> None:
        id_ = other.asks("/api/v1/accounts/verify_credentials")["id"]
        self.mastodon.http.post(f"/api/v1/accounts/{id_}/follow", headers=self._headers).raise_for_status()

    def uploads(self, name: str, kind: str, data: bytes, description: str) -> str:
        files = {"file": (name, data, kind)}
        answer = self.mastodon.http.post(
            "/api/v2/media", files=files, data={"description": description}, headers=self._headers
        )
        id_: str = answer.raise_for_status().json()["id"]
        return id_

    @property
    def posts(self) -> list[dict[str, Any]]:
        """All that this one has posted, the oldest first."""
        id_ = self.asks("/api/v1/accounts/verify_credentials")["id"]
        found: list[dict[str, Any]] = []
        while page := self.asks(f"/api/v1/accounts/{id_}/statuses", **({"max_id": found[-1]["id"]} if found else {})):
            found += page
        return found[::-1]

    @property
    def lines(self) -> list[str]:
        return [text_of(post) for post in self.posts]

    @property
    def mentions(self) -> list[dict[str, Any]]:
        """The posts that mention this one, the oldest first."""
        found = self.asks("/api/v1/notifications", **{"types[]": "mention", "limit": 80})
        return [one["status"] for one in found][::-1]


def text_of(post: dict[str, Any]) -> str:
    return str(post["content"]).removeprefix("<p>").removesuffix("</p>")


@contextmanager
def served(folder: Path) -> Iterator[Mastodon]:
    """An instance for as long as it is entered; ``CHINWAG_MASTODON`` names one that runs."""
    running = os.environ.get("CHINWAG_MASTODON")
    if running:
        yield Mastodon(running)
        return
    port = free_port()
    program = str(Path(sys.executable).with_name("mastodon_mock"))
    options = ["--in-memory", "--host", "127.0.0.1", "--port", str(port), "--log-level", "warning"]
    with Process([program, "serve", *options], folder, {"TMPDIR": str(folder)}):
        wait_open(port)
        mastodon = Mastodon(f"http://127.0.0.1:{port}")
        try:
            yield mastodon
        finally:
            mastodon.http.close()


class Post:
    """An inbox that keeps what arrives; each is durable as soon as it is there, unless it is told otherwise."""

    def __init__(self) -> None:
        self.arrivals: list[Arrival] = []
        self.open: list[Callable[[], None]] = []
        self.durable = True
        self._came = asyncio.Event()

    def receive(self, arrival: Arrival, done: Callable[[], None] | None = None) -> None:
        self.arrivals.append(arrival)
        self._came.set()
        if done is not None and self.durable:
            done()
        elif done is not None:
            self.open.append(done)

    async def wait(self, count: int) -> list[Arrival]:
        async with asyncio.timeout(PATIENCE):
            while len(self.arrivals) < count:
                self._came.clear()
                await self._came.wait()
        return self.arrivals


class Notes:
    """A memory that outlives an adapter."""

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}
        self.changed = asyncio.Event()

    async def recall(self) -> dict[str, Any]:
        return dict(self.kept)

    async def keep(self, key: str, value: Any) -> None:
        self.kept[key] = value
        self.changed.set()

    async def until(self, key: str, value: Any) -> None:
        async with asyncio.timeout(PATIENCE):
            while self.kept.get(key) != value:
                self.changed.clear()
                await self.changed.wait()


class Relay:
    """Stands before a server, and loses the answers to the next ``lose`` calls, which do arrive."""

    def __init__(self, port: int, lose: int = 0) -> None:
        self._port, self.lose = port, lose
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

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            body = await body_of(head, reader)
            lines = [line for line in head.split(b"\r\n")[:-2] if not line.lower().startswith(b"connection")]
            there, out = await asyncio.open_connection("127.0.0.1", self._port)
            out.write(b"\r\n".join([*lines, b"Connection: close", b"", b""]) + body)
            answer = await there.read()
            out.close()
            if head.startswith(b"POST") and self.lose:
                self.lose -= 1
            else:
                writer.write(answer)
                await writer.drain()
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            pass  # it is over with this connection
        finally:
            writer.close()
            self._tasks.discard(task)
