"""Sockets for aio-pika: what it would stumble over is mended on the way in.

Owns no protocol: ``frames`` says what is mended, the library does the rest. Certificates are checked by the library, by
what the URL names or the system trusts.
"""

import asyncio
from typing import Any, cast

from aio_pika import Connection
from aio_pika.abc import ConnectionParameter
from aiormq.connection import TCPTransportFactory, TLSTransportFactory, TransportFactory
from pamqp import frame as pamqp_frame
from yarl import URL

from chinwag.networks.amqp.frames import HEADER, LONGEST, OPENING, bare_header, is_easy, mended_delivery

_GREETING = b"AMQP"


class Mending:
    """Reads whole frames, and hands them on in the pieces that are asked for.

    Args:
        reader: from where.
    """

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._rest = b""

    def at_eof(self) -> bool:
        """Whether there is nothing left."""
        return not self._rest and self._reader.at_eof()

    async def read(self, size: int = -1) -> bytes:
        """What is left, as it is."""
        rest, self._rest = self._rest, b""
        return rest + await self._reader.read(size)

    async def readexactly(self, size: int) -> bytes:
        """So many bytes.

        Raises:
            asyncio.IncompleteReadError: the connection ended before.
        """
        if not self._rest:
            self._rest = await self._frame()
        taken, self._rest = self._rest[:size], self._rest[size:]
        return taken

    async def _frame(self) -> bytes:
        opening = await self._reader.readexactly(OPENING.size)
        if opening.startswith(_GREETING):  # a broker of another version tells its own, which is no frame
            return opening
        kind, _, size = OPENING.unpack(opening)
        if size > LONGEST:
            raise ConnectionResetError(f"a frame of {size:,} bytes, more than any broker sends")
        frame = opening + await self._reader.readexactly(size + 1)
        return _readable(frame) if kind == HEADER else mended_delivery(frame)


def _readable(frame: bytes) -> bytes:
    if is_easy(frame):
        return frame
    try:
        pamqp_frame.unmarshal(frame)
    except Exception:  # noqa: BLE001 - whatever it is, the library would end the connection by it
        return bare_header(frame)
    return frame


class _Plain(TCPTransportFactory):
    async def create(self, url: URL, **given: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await super().create(url, **given)
        return cast("asyncio.StreamReader", Mending(reader)), writer


class _Secure(TLSTransportFactory):
    async def create(self, url: URL, **given: Any) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await super().create(url, **given)
        return cast("asyncio.StreamReader", Mending(reader)), writer


def _same(value: Any) -> Any:
    return value


class _Connection(Connection):
    PARAMETERS = (
        *Connection.PARAMETERS,
        ConnectionParameter(name="transport_factory", parser=_same, is_kwarg=True),
    )


async def connect(url: URL, within: float) -> Connection:
    """Connect to a broker, once.

    Args:
        url: the broker's.
        within: seconds that it may take.

    Raises:
        Exception: whatever the library raises; ``troubles`` has words for it.
    """
    factory: TransportFactory = _Secure() if url.scheme == "amqps" else _Plain()
    connection = _Connection(url, transport_factory=factory)
    await connection.connect(timeout=within)
    return connection
