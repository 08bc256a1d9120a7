"""Lines from a file descriptor and to one: the terminal network when nobody types, or the terminal is too plain.

Owns the thread that reads and the bytes that wait to be written. Whatever stdin is (a pipe, a regular file, a device)
is read by a thread, as a loop cannot wait for a regular file. It reads ahead only so far: a file larger than the memory
is no danger. What is shown is written at once. Where the reader of a pipe is slow, the rest is written when there is
room, in order, and nothing else has to wait for it. Bytes go to the descriptor itself: a buffer would complain, at the
exit, about a pipe that was closed.
"""

import asyncio
import errno
import io
import logging
import os
import select
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from typing import TextIO

from chinwag.core.values import Outgoing
from chinwag.networks.terminal import wire

LINES_AHEAD = 1000
"""How many lines are handed over and not yet durable, at most."""
BYTES_AHEAD = 16 * 1024 * 1024
"""Likewise, unless a single line has more."""
BATCH = 200
"""Lines that one call of the loop takes in, so that timers and sends come in between."""
CHUNK = 64 * 1024
# Two bytes over the longest: a `\r` may come before the line end, and what is longer still has to look longer.
_KEPT = wire.LONGEST_LINE + 2

log = logging.getLogger("chinwag")

Take = Callable[[bytes, Callable[[], None] | None], None]
"""Takes a line, and what to call once it is durable."""


class Pipe:
    """Plain lines in and out.

    Args:
        stdin: where lines come from; None if there is no such thing.
        stdout: where lines go.
    """

    def __init__(self, stdin: TextIO | None, stdout: TextIO) -> None:
        stdout.flush()  # what was printed before comes before
        # A descriptor is closed with its stream, so the streams are kept.
        self._stdin, self._stdout = stdin, stdout
        self._reader: Reader | None = None
        self._writer = Writer(stdout.fileno())

    def start(self, take: Take, end: Callable[[], None]) -> None:
        """Begin to read.

        Args:
            take: called with every line.
            end: called once, after the last line.
        """
        if self._stdin is None:
            end()
        else:
            self._reader = Reader(self._stdin.fileno(), take, end)

    def show(self, message: Outgoing) -> asyncio.Future[None] | None:
        """Write a message.

        Returns:
            None if all of it is written; else what is done when it is.

        Raises:
            OSError: it cannot be written.
        """
        return self._writer.write("".join(f"{line}\n" for line in wire.encode(message)).encode())

    async def stop(self) -> None:
        """Read no more; give up what could not be written."""
        if self._reader is not None:
            self._reader.stop()
        self._writer.stop()

    def restore(self) -> None:
        """Nothing was changed."""


class Reader:
    """A thread that reads lines, and hands them to the running loop.

    Args:
        fd: the file descriptor, of any kind.
        take: called with every line.
        end: called once, after the last line.
    """

    def __init__(self, fd: int, take: Take, end: Callable[[], None]) -> None:
        self._fd = fd
        self._take, self._end = take, end
        self._room = threading.Condition(threading.Lock())
        self._lines = 0
        self._bytes = 0
        self._stopped = False
        self._loop = asyncio.get_running_loop()
        self._woken, self._waker = os.pipe()
        # A daemon: a process that ends without `stop` does not wait for a line that may never come.
        self._thread = threading.Thread(target=self._read, name="terminal input", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Hand over no more lines, and end the thread."""
        if self._stopped:
            return
        with self._room:
            self._stopped = True
            self._room.notify_all()
        os.write(self._waker, b"\0")
        self._thread.join()
        os.close(self._woken)
        os.close(self._waker)

    def _read(self) -> None:
        for lines in self._batches():
            if not self._offer(lines):
                return
        self._call(self._ended)

    def _batches(self) -> Iterator[list[bytes]]:
        """The lines of the input with their ends, as many at once as came at once. The last may have no end."""
        rest = bytearray()
        while chunk := self._chunk():
            whole, newline, tail = chunk.rpartition(b"\n")
            if newline:
                # Only at a line feed: `splitlines` would also part at a carriage return.
                yield io.BytesIO(bytes(rest) + whole + newline).readlines()
                rest = bytearray(tail)
            else:
                rest += chunk
                del rest[_KEPT:]
        if rest:
            yield [bytes(rest)]

    def _chunk(self) -> bytes:
        """The next bytes; none at the end of the input, or when told to stop."""
        try:
            while True:
                ready, _, _ = select.select([self._fd, self._woken], [], [])
                if self._woken in ready:
                    return b""
                with suppress(BlockingIOError):  # somebody shares the descriptor, and made it non-blocking
                    return os.read(self._fd, CHUNK)
        except OSError as error:
            if error.errno != errno.EIO:  # the terminal hung up: an end like any other
                log.warning("The input cannot be read any further: %s.", error.strerror)
            return b""

    def _offer(self, lines: list[bytes]) -> bool:
        """Hand over lines as far as there is room, and wait for room; whether to go on."""
        start = 0
        while start < len(lines):
            with self._room:
                while self._full() and not self._stopped:
                    self._room.wait()
                if self._stopped:
                    return False
                end = start
                while end < len(lines) and end - start < BATCH and not self._full():
                    self._lines += 1
                    self._bytes += len(lines[end])
                    end += 1
            self._call(self._given, lines[start:end])
            start = end
        return True

    def _full(self) -> bool:
        return self._lines >= LINES_AHEAD or self._bytes >= BYTES_AHEAD

    def _call(self, callback: Callable[..., None], *arguments: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: the process is about to end, and nobody would listen
            self._loop.call_soon_threadsafe(callback, *arguments)

    def _given(self, lines: list[bytes]) -> None:
        for line in lines:
            if self._stopped:
                return
            self._take(line, partial(self._done, len(line)))

    def _ended(self) -> None:
        if not self._stopped:
            self._end()

    def _done(self, size: int) -> None:
        """A line is durable: there is room for another. The thread is woken when half is free, not for every line."""
        with self._room:
            self._lines -= 1
            self._bytes -= size
            if self._lines <= LINES_AHEAD // 2 and self._bytes <= BYTES_AHEAD // 2:
                self._room.notify()


class Writer:
    """Bytes to a file descriptor, at once where that is possible, in order always.

    Args:
        fd: the file descriptor, of any kind.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._waiting: deque[tuple[memoryview, asyncio.Future[None]]] = deque()

    def write(self, data: bytes) -> asyncio.Future[None] | None:
        """Write.

        Returns:
            None if all is written; else what is done when it is.

        Raises:
            OSError: it cannot be written.
        """
        rest = memoryview(data)
        if not self._waiting:
            rest = self._push(rest)
            if not rest:
                return None
            asyncio.get_running_loop().add_writer(self._fd, self._go_on)
        written = asyncio.get_running_loop().create_future()
        self._waiting.append((rest, written))
        return written

    def stop(self) -> None:
        """Give up what waits."""
        if self._waiting:
            self._give_up(OSError(errno.ECANCELED, "the terminal network was stopped"))

    def _push(self, rest: memoryview) -> memoryview:
        """Write as much as is possible without waiting, and return the rest."""
        # A pipe that is ready takes this many bytes at least, so the write cannot block.
        while rest and select.select([], [self._fd], [], 0)[1]:
            try:
                rest = rest[os.write(self._fd, rest[: select.PIPE_BUF]) :]
            except BlockingIOError:
                break
        return rest

    def _go_on(self) -> None:
        try:
            while self._waiting:
                rest, written = self._waiting[0]
                rest = self._push(rest)
                if rest:
                    self._waiting[0] = rest, written
                    return
                self._waiting.popleft()
                if not written.done():
                    written.set_result(None)
        except OSError as error:
            self._give_up(error)
        else:
            asyncio.get_running_loop().remove_writer(self._fd)

    def _give_up(self, error: OSError) -> None:
        asyncio.get_running_loop().remove_writer(self._fd)
        while self._waiting:
            _, written = self._waiting.popleft()
            if not written.done():
                written.set_exception(error)
