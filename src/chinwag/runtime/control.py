"""The control socket: how another process tells the owner of a store to cancel, resume or retry a conversation.

One JSON line in, one JSON line out, then the connection ends. The socket lies beside the store; where that path is too
long for a socket, a small file of that name says where it is. Only the same user may speak: the file's mode says
so, and where the kernel tells who connects, it is asked. The owner holds the store's lock, so a socket that it finds
is stale.

A client that finds nobody listening gets ``None``: then nobody runs, and it may take the lock itself.
"""

import asyncio
import logging
import os
import shutil
import socket
import stat
import struct
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self

import msgspec
from msgspec import Struct

from chinwag.core.errors import ChinwagError
from chinwag.runtime.charge import Line
from chinwag.runtime.contacts import Request, Waiting, answer, waiting
from chinwag.runtime.inputs import Ordered
from chinwag.runtime.orders import CANCEL, CANCEL_FORCE, RERUN, RESUME, RETRY, Declined
from chinwag.runtime.worker import Worker

log = logging.getLogger("chinwag")

LONGEST_LINE = 4096
LONGEST_REPLY = 64 * 1024 * 1024
"""Bytes; a line about each of 100,000 accounts."""
LONGEST_PATH = 100
"""Bytes; 104 to 108 is the limit of the systems that Chinwag runs on."""
PATIENCE = 5.0
"""Seconds for a client to send its line."""
LONGEST_WAIT = 30.0
"""Seconds until an owner has carried out an order."""
ORDERS = {CANCEL, CANCEL_FORCE, RESUME, RERUN, RETRY}


class Order(Struct, frozen=True, forbid_unknown_fields=True):
    """What is wanted of which conversation."""

    number: int
    order: str


class Wish(Struct, frozen=True, forbid_unknown_fields=True):
    """What is wanted of the shepherd: to stop or start an account, to take up what the file says now, or to tell."""

    wish: Literal["accounts", "start", "stop", "reload"]
    account: str = ""


class Desk(Protocol):
    """Whoever carries out what is wanted of accounts, and answers with a sentence, and whether it was done."""

    async def start(self, account: str) -> tuple[str, bool]:
        """Start an account."""
        ...

    async def stop(self, account: str) -> tuple[str, bool]:
        """Stop an account."""
        ...

    async def reload(self) -> tuple[str, bool]:
        """Take up what the file says now."""
        ...

    async def report(self) -> list[Line]:
        """How all accounts fare."""
        ...


class Answer(Struct, frozen=True, omit_defaults=True):
    """One sentence, and whether it was done; or how all accounts fare, or who waits to be let in."""

    words: str
    done: bool
    accounts: list[Line] | None = None
    waiting: list[Waiting] | None = None


def beside(store: str) -> Path:
    """Where the control socket of a store is, or the file that says where.

    >>> beside("bots/guess.db")
    PosixPath('bots/guess.db.sock')
    """
    return Path(f"{store}.sock")


# -- the owner's side --------------------------------------------------------------------------------------------------


class Control:
    """Listens while it is entered.

    Args:
        worker: carries out the orders.
        store: the store's path; None to listen nowhere.
        desk: carries out what is wanted of accounts; None where there is no shepherd.
    """

    def __init__(self, worker: Worker, store: str | None, desk: Desk | None = None) -> None:
        self._worker = worker
        self._desk = desk
        self._path = beside(store) if store is not None else None
        self._folder: Path | None = None
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        if self._path is not None:
            try:
                listener = self._bound(self._path)
                self._server = await asyncio.start_unix_server(self._serve, sock=listener, limit=LONGEST_LINE)
            except OSError as error:
                # A file system without sockets, say: conversations can be served all the same.
                log.warning(
                    "no control socket at %s (%s): orders must wait until this one ends", self._path, error.strerror
                )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        if self._path is not None:
            self._path.unlink(missing_ok=True)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _bound(self, path: Path) -> socket.socket:
        path.unlink(missing_ok=True)
        bound = path
        if len(os.fsencode(path)) > LONGEST_PATH:
            self._folder = Path(tempfile.mkdtemp(prefix="chinwag-", dir=os.environ.get("XDG_RUNTIME_DIR") or None))
            bound = self._folder / "sock"
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)  # from the first instant on: 0600
        try:
            listener.bind(str(bound))
            if bound is not path:
                path.write_text(f"{bound}\n", encoding="utf-8")
        except OSError:
            listener.close()
            raise
        finally:
            os.umask(before)
        return listener

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if _is_ours(writer.get_extra_info("socket")):
                async with asyncio.timeout(PATIENCE):
                    line = await reader.readline()
                reply = await self._wished(line) or self._asked(line) or await self._answer(line)
                writer.write(msgspec.json.encode(reply) + b"\n")
                await writer.drain()
        except (OSError, ValueError, TimeoutError) as error:  # a line that is too long is a ValueError
            log.debug("the control socket: %s", error)
        finally:
            with suppress(OSError):
                writer.close()

    async def _wished(self, line: bytes) -> Answer | None:
        """What the shepherd says; None if it is not asked."""
        try:
            wish = msgspec.json.decode(line, type=Wish)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        if self._desk is None:
            return Answer("there is no shepherd here: it serves one bot, without a file of accounts", done=False)
        if wish.wish == "accounts":
            return Answer("", done=True, accounts=await self._desk.report())
        log.info("an operator orders: %s %s", wish.wish, wish.account)
        if wish.wish == "reload":
            return Answer(*await self._desk.reload())
        return Answer(*await (self._desk.start if wish.wish == "start" else self._desk.stop)(wish.account))

    def _asked(self, line: bytes) -> Answer | None:
        """About those who wait to be let in; None if it is about something else."""
        try:
            request = msgspec.json.decode(line, type=Request)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None
        if request.contacts == "list":
            return Answer("nobody waits", done=True, waiting=waiting(self._worker))
        log.info("an operator orders: contacts %s %s", request.contacts, request.address)
        return Answer(*answer(self._worker, request))

    async def _answer(self, line: bytes) -> Answer:
        try:
            order = msgspec.json.decode(line, type=Order)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Answer("the order could not be read", done=False)
        if order.order not in ORDERS:
            return Answer(f"there is no order {order.order!r:.40}", done=False)
        log.info("an operator orders: %s %d", order.order, order.number)
        return await carried_out(self._worker, order.number, order.order)


async def carried_out(worker: Worker, number: int, order: str) -> Answer:
    """Have a worker carry out an order, and wait until that is durable.

    Args:
        worker: it was started.
        number: the conversation.
        order: one of ``ORDERS``.
    """
    replied: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def reply(words: str) -> None:
        if not replied.done():
            replied.set_result(words)

    worker.put(Ordered(number, order, reply))
    words = await replied
    return Answer(str(words), done=not isinstance(words, Declined))


def _is_ours(peer: socket.socket) -> bool:
    """Whether the same user has connected, where the kernel tells; elsewhere the file's mode has seen to it."""
    kind = getattr(socket, "SO_PEERCRED", None)
    if kind is None:
        return True
    _, user, _ = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, kind, struct.calcsize("3i")))
    return user in {os.getuid(), 0}


# -- the other side ----------------------------------------------------------------------------------------------------


def ask(store: str, wish: Order | Wish | Request, patience: float = LONGEST_WAIT) -> Answer | None:
    """Give the process that owns a store an order for a conversation, for its accounts, or for who waits to be let in.

    Args:
        store: the store's path.
        wish: what is wanted.
        patience: how long to wait for the answer, in seconds.

    Returns:
        Its answer; None if nobody listens there.

    Raises:
        ChinwagError: the owner does not answer, or the socket is not to be trusted.
    """
    where = _where(beside(store))
    if where is None:
        return None
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(patience)
        try:
            line.connect(str(where))
        except (FileNotFoundError, ConnectionRefusedError):
            return None  # left behind by an owner that was killed
        except OSError as error:
            msg = f"the control socket {where} cannot be used: {error.strerror}"
            raise ChinwagError(msg) from error
        return _spoken(line, wish, store, patience)


def ask_accounts(store: str, patience: float = LONGEST_WAIT) -> list[Line] | None:
    """Ask the process that owns a store how its accounts fare.

    Args:
        store: the store's path.
        patience: how long to wait for the answer, in seconds.

    Returns:
        A line an account, by name; None if nobody listens there.

    Raises:
        ChinwagError: there is no shepherd, the owner does not answer, or the socket is not to be trusted.
    """
    answer = ask(store, Wish("accounts"), patience)
    if answer is not None and answer.accounts is None:
        raise ChinwagError(answer.words)
    return answer.accounts if answer is not None else None


def _spoken(line: socket.socket, wish: Order | Wish | Request, store: str, patience: float) -> Answer:
    try:
        line.sendall(msgspec.json.encode(wish) + b"\n")
        with line.makefile("rb") as answers:
            said = answers.readline(LONGEST_REPLY)
        return msgspec.json.decode(said, type=Answer)
    except TimeoutError:
        msg = (
            f"the process that owns {store} has not answered for {patience:g} s; it is busy, or its disk is full: "
            "the order may still be carried out, `chinwag show` tells"
        )
        raise ChinwagError(msg) from None
    except (OSError, ValueError):  # what is no JSON, or not even UTF-8, is a ValueError
        msg = f"the process that owns {store} ended before it answered: try again"
        raise ChinwagError(msg) from None


def _where(path: Path) -> Path | None:
    """The socket itself, or what the small file in its place says."""
    try:
        found = path.lstat()
    except OSError:
        return None
    if found.st_uid not in {os.getuid(), 0}:
        msg = f"{path} belongs to another user: run this as the user who serves the bot"
        raise ChinwagError(msg)
    if stat.S_ISSOCK(found.st_mode):
        return path
    if not stat.S_ISREG(found.st_mode):
        return None
    target = Path(path.read_bytes()[:LONGEST_LINE].decode("utf-8", "replace").strip())
    with suppress(OSError):
        folder = target.parent.stat()
        if target.is_absolute() and folder.st_uid == found.st_uid and not folder.st_mode & 0o077:
            return target
    return None
