"""A listener of the broadcast chat that does nothing but listen: it finds name and text of each message, and no more.

Most in a crowd are of this kind, so that a figure is the room's and not that of three hundred programs on one machine.
It speaks AMQP 0-9-1 itself: the frames of the opening are pamqp's, those of the messages are only measured out.
"""

import asyncio
import struct
from collections.abc import Callable
from typing import cast
from urllib.parse import unquote, urlsplit

from pamqp import commands, frame
from pamqp.base import Frame
from pamqp.header import ProtocolHeader

OPENING = struct.Struct(">BHI")
METHOD, BODY = 1, 3
DELIVER = b"\x00\x3c\x00\x3c"

Hear = Callable[[str, str], None]


class PlainListener(asyncio.Protocol):
    """One connection with one exclusive queue.

    Args:
        url: the broker's.
        exchange: the room.
        hear: gets name and text of each message.
    """

    def __init__(self, url: str, exchange: str, hear: Hear) -> None:
        """Be ready to connect."""
        parts = urlsplit(url)
        self._login = f"\0{unquote(parts.username or '')}\0{unquote(parts.password or '')}"
        self._vhost = unquote(parts.path[1:]) or "/"
        self._exchange, self._hear = exchange, hear
        self._rest = b""
        self._name = self._queue = ""
        self._listens = False
        self.ready = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(ProtocolHeader().marshal())

    def data_received(self, data: bytes) -> None:
        """Take all frames that are whole."""
        data = self._rest + data
        place = 0
        while len(data) - place >= OPENING.size:
            kind, _, size = OPENING.unpack_from(data, place)
            end = place + OPENING.size + size + 1
            if end > len(data):
                break
            if self._listens:
                self._message(kind, data, place + OPENING.size, end - 1)
            else:
                self._open(frame.unmarshal(data[place:end])[2])
            place = end
        self._rest = data[place:]

    def close(self) -> None:
        """Hang up."""
        self._transport.abort()

    def _message(self, kind: int, data: bytes, start: int, end: int) -> None:
        if kind == BODY:
            self._hear(self._name, data[start:end].decode())
        elif kind == METHOD and data[start : start + 4] == DELIVER:
            place = start + 4
            place += 1 + data[place] + 9
            place += 1 + data[place]
            self._name = data[place + 1 : place + 1 + data[place]].decode()

    def _open(self, answer: object) -> None:
        if isinstance(answer, commands.Queue.DeclareOk):
            self._queue = answer.queue or ""
        if isinstance(answer, commands.Basic.ConsumeOk):
            self._listens = True
            self.ready.set_result(None)
            return
        requests = self._requests().get(type(answer))
        if requests is None:
            self.ready.set_exception(ConnectionError(f"the broker answers with {answer!r}"))
            return
        for channel, request in requests:
            self._transport.write(frame.marshal(request, channel))

    def _requests(self) -> dict[type, list[tuple[int, Frame]]]:
        """What is asked for next, by the answer that has come, each with its channel."""
        exchange, queue = self._exchange, self._queue
        return {
            commands.Connection.Start: [
                (0, commands.Connection.StartOk(mechanism="PLAIN", response=self._login, locale="en_US"))
            ],
            commands.Connection.Tune: [
                (0, commands.Connection.TuneOk(channel_max=1, frame_max=131_072, heartbeat=0)),
                (0, commands.Connection.Open(virtual_host=self._vhost)),
            ],
            commands.Connection.OpenOk: [(1, commands.Channel.Open())],
            commands.Channel.OpenOk: [(1, commands.Exchange.Declare(exchange=exchange, exchange_type="fanout"))],
            commands.Exchange.DeclareOk: [(1, commands.Queue.Declare(exclusive=True))],
            commands.Queue.DeclareOk: [(1, commands.Queue.Bind(queue=queue, exchange=exchange))],
            commands.Queue.BindOk: [(1, commands.Basic.Consume(queue=queue, no_ack=True))],
        }
