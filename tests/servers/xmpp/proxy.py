"""A TCP proxy that loses bytes when it is told to: a line that is cut without a word, as no FIN and no RST comes."""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Self


class Proxy:
    """Passes on what comes, to one server.

    Args:
        port: the server's, on loopback.

    Attributes:
        port: its own.
        connections: how many there have been.
        rate: how many bytes a second it passes on to the server; 0 for as many as come.
    """

    def __init__(self, port: int) -> None:
        self._target = port
        self.port = 0
        self.connections = 0
        self.rate = 0
        self._swallows: set[int] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        for writer in self._writers:
            writer.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def swallow(self) -> None:
        """From now on nothing passes on the connections that there are, in either direction; new ones are sound."""
        self._swallows.update(range(1, self.connections + 1))

    def cut(self) -> None:
        """Reset all connections."""
        for writer in self._writers:
            transport: asyncio.WriteTransport = writer.transport
            transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        there, out = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers += [writer, out]
        for source, sink in ((reader, out), (there, writer)):
            task = asyncio.get_running_loop().create_task(self._pass_on(number, source, sink, up=sink is out))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pass_on(
        self, number: int, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, up: bool
    ) -> None:
        with suppress(OSError):
            while data := await source.read(4096):
                if up and self.rate:
                    await asyncio.sleep(len(data) / self.rate)
                if number not in self._swallows:
                    sink.write(data)
                    await sink.drain()
            if number not in self._swallows:
                sink.close()
