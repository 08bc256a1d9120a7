# pyright: reportMissingImports=false
"""pyromod on Pyrogram: ``client.ask`` in a handler, in RAM.

Updates go in where the session hands them over (``handle_updates``), as the objects of Telegram's own protocol, and the
calls that come out are answered in ``invoke``: nothing is connected. A handler that waits for an answer holds one of
Pyrogram's workers, and a thread, so there are as many workers as there are users, where its default has a handful.
Pyrogram keeps the event loop of its import: this module is to be imported where that loop runs.
"""

import asyncio
import contextlib
import io
import itertools
import logging
from importlib.metadata import version
from typing import Any

from benchmarks.comparison import scripts
from benchmarks.comparison.shape import Peer, Sent, Setting, Tasks, number, texts
from benchmarks.traffic import CLOSING, FIRST_QUESTION, SECOND_QUESTION

with contextlib.redirect_stdout(io.StringIO()):  # it greets, and stdout is for results
    import pyromod  # noqa: F401 - it makes Pyrogram's client able to ask

from pyrogram import Client, filters, raw, types
from pyrogram.handlers import MessageHandler

VERSION = f"{version('pyromod')}, Pyrogram {version('Pyrogram')}"
DATE = 1_767_225_600
PATIENCE = 1.0
"""Seconds after which nothing more is expected."""
WAY = 0.001
"""Seconds until the user has a message: pyromod listens for an answer only after it has sent the question."""


async def two(client: Any, message: Any, wait: float = scripts.BRIEFLY) -> None:
    """Ask two questions, each with a timeout."""
    room = message.chat.id
    count = number((await client.ask(room, FIRST_QUESTION, timeout=wait)).text)
    word = (await client.ask(room, SECOND_QUESTION, timeout=wait)).text
    await client.send_message(room, CLOSING.format(number=count, word=word))


async def two_patient(client: Any, message: Any) -> None:
    """Ask two questions, and wait for weeks."""
    await two(client, message, scripts.WAIT)


async def loop(client: Any, message: Any) -> None:
    """Ask on and on."""
    while True:
        await client.ask(message.chat.id, scripts.MORE, timeout=scripts.WAIT)


def connected(setting: Setting) -> Any:
    """A client whose calls are answered here."""
    ids = itertools.count(1)
    sent: Sent = setting.sent

    async def invoke(query: Any, *_: object, **__: object) -> Any:
        if not isinstance(query, raw.functions.messages.SendMessage):
            raise NotImplementedError(type(query).__name__)
        client.loop.call_later(WAY, sent, query.peer.user_id, query.message)
        return raw.types.UpdateShortSentMessage(id=next(ids), pts=1, pts_count=1, date=DATE, out=True)

    client = Client("peers", api_id=1, api_hash="0", in_memory=True, workers=setting.users + 8)
    client.invoke = invoke
    client.is_connected = True
    client.me = types.User(id=42, is_self=True, is_bot=True, first_name="Bench", username="benchbot", client=client)
    return client


def arrival(data: bytes) -> Any:
    """The update as Telegram's protocol has it."""
    user, text, number = texts(data)
    entities = [raw.types.MessageEntityBotCommand(offset=0, length=len(text))] if text.startswith("/") else []
    message = raw.types.Message(
        id=number, peer_id=raw.types.PeerUser(user_id=user), date=DATE, message=text, entities=entities
    )
    sender = raw.types.User(id=user, first_name="Ann", username=f"u{user}", access_hash=user, restriction_reason=[])
    update = raw.types.UpdateNewMessage(message=message, pts=number, pts_count=1)
    return raw.types.Updates(updates=[update], users=[sender], chats=[], date=DATE, seq=0)


class PyromodPeer(Tasks):
    """The client. What a handler does is not told, so it is given time."""

    async def quiet(self) -> None:
        """Wait until everything is handed over, and the time that a handler may take."""
        await super().quiet()
        await asyncio.sleep(PATIENCE)


class Complaints(logging.Handler):
    """Hears what Pyrogram logs as errors."""

    def __init__(self, peer: Tasks) -> None:
        """Tell the peer."""
        super().__init__(logging.ERROR)
        self._peer = peer

    def emit(self, record: logging.LogRecord) -> None:
        """Hear one error."""
        if isinstance(record.msg, BaseException):
            self._peer.complain(record.msg)


async def open_peer(setting: Setting) -> Peer:
    """Start pyromod's client, without a connection."""
    client = connected(setting)
    known = {scripts.TWO: two, scripts.PATIENT: two_patient, scripts.LOOP: loop}
    client.add_handler(MessageHandler(known[setting.script], filters.command("start")))
    await client.storage.open()
    await client.dispatcher.start()

    async def handle(data: bytes) -> None:
        await client.handle_updates(arrival(data))

    async def end() -> None:
        for worker in client.dispatcher.handler_worker_tasks:
            worker.cancel()
        client.executor.shutdown(wait=False, cancel_futures=True)
        await client.storage.close()

    peer = PyromodPeer(handle, end)
    logging.getLogger("pyrogram").addHandler(Complaints(peer))
    return peer
