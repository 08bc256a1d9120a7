"""The terminal network between real pipes and files, in this process; and as a process, in a shell's hands."""

import asyncio
import io
import os
import select
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

import pytest

from chinwag.core.errors import Unreachable
from chinwag.core.values import Arrival, Outgoing
from chinwag.networks.terminal import pipe
from chinwag.networks.terminal.adapter import Terminal
from chinwag.networks.terminal.wire import LONGEST_LINE
from chinwag.ports import Network, Receipt

PARROT = Path(__file__).with_name("parrot.py")
SOURCE = Path(__file__).parents[2] / "src"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(SOURCE), "TERM": "xterm"}
PATIENCE = 30.0


def message(text: str, number: int = 1, **fields: object) -> Outgoing:
    return Outgoing(number, "terminal:test", "local", "you", text=text, **fields)  # type: ignore[arg-type]


class Recorder:
    """An inbox that keeps what arrives, and says `done` when it is told to; with `prompt` at once."""

    def __init__(self, *, prompt: bool = True) -> None:
        self.arrivals: list[Arrival] = []
        self.dones: list[Callable[[], None]] = []
        self.most = 0
        self.prompt = prompt
        self._news = asyncio.Event()

    def receive(self, arrival: Arrival, done: Callable[[], None] | None = None) -> None:
        assert done is not None
        self.arrivals.append(arrival)
        self.dones.append(done)
        self.most = max(self.most, len(self.dones))
        if self.prompt:
            self.release(1)
        self._news.set()

    def release(self, count: int) -> None:
        for _ in range(count):
            self.dones.pop(0)()

    async def until(self, count: int) -> None:
        while len(self.arrivals) < count:
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), PATIENCE)

    @property
    def texts(self) -> list[str]:
        return [arrival.text for arrival in self.arrivals]


@pytest.fixture
def files() -> Iterator[ExitStack]:
    """What is opened here is closed at the end."""
    with ExitStack() as stack:
        yield stack


Pipes = tuple[TextIO, TextIO]


def a_pipe(files: ExitStack) -> Pipes:
    source, sink = os.pipe()
    return files.enter_context(os.fdopen(source)), files.enter_context(os.fdopen(sink, "w"))


def in_file(content: bytes, path: Path, files: ExitStack) -> TextIO:
    path.write_bytes(content)
    return files.enter_context(path.open())


def out_file(path: Path, files: ExitStack) -> TextIO:
    return files.enter_context(path.open("w"))


async def read_all(stdin: TextIO, tmp_path: Path, files: ExitStack) -> Recorder:
    recorder = Recorder()
    terminal = Terminal("terminal:test", stdin=stdin, stdout=out_file(tmp_path / "out", files))
    await terminal.start(recorder)
    await asyncio.wait_for(terminal.finished.wait(), PATIENCE)
    await terminal.stop()
    return recorder


# ---------------------------------------------------------------------------------------------------------------- in


async def test_it_is_a_network_of_one_user_in_one_room(tmp_path: Path, files: ExitStack) -> None:
    stdin = in_file(b"hello\n", tmp_path / "in", files)
    terminal = Terminal("terminal:test", user="ann", name="Ann", stdin=stdin, stdout=out_file(tmp_path / "out", files))
    network: Network = terminal
    assert (network.numbered, network.window, network.echoes) == (True, 0, True)
    assert not terminal.interactive
    recorder = Recorder()
    await terminal.start(recorder)
    await recorder.until(1)
    assert recorder.arrivals == [Arrival("terminal:test", "local", "ann", "hello", name="Ann")]
    await terminal.stop()


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (b"", []),
        (b"one\ntwo\r\n\nlast without an end", ["one", "two", "", "last without an end"]),
        ("a\u2028b\u2029c\x85d\x0be\x0cf\rg\n".encode(), ["a\u2028b\u2029c\ufffdd\ufffde\ufffdf\ufffdg"]),
        (b"caf\xc3\xa9 \xff\n\x00\n", ["café \ufffd", "\ufffd"]),
    ],
)
async def test_one_line_in_is_one_message(content: bytes, texts: list[str], tmp_path: Path, files: ExitStack) -> None:
    assert (await read_all(in_file(content, tmp_path / "in", files), tmp_path, files)).texts == texts


async def test_a_line_arrives_before_the_input_ends_and_in_pieces(tmp_path: Path, files: ExitStack) -> None:
    stdin, feed = a_pipe(files)
    recorder = Recorder()
    terminal = Terminal("terminal:test", stdin=stdin, stdout=out_file(tmp_path / "out", files))
    await terminal.start(recorder)
    os.write(feed.fileno(), b"on")
    os.write(feed.fileno(), b"e\ntw")
    await recorder.until(1)
    os.write(feed.fileno(), b"o\nthree")
    await recorder.until(2)
    assert not terminal.finished.is_set()
    feed.close()
    await asyncio.wait_for(terminal.finished.wait(), PATIENCE)
    assert recorder.texts == ["one", "two", "three"]
    await terminal.stop()


async def test_a_message_of_a_megabyte(tmp_path: Path, files: ExitStack) -> None:
    recorder = await read_all(in_file(b"x" * 1_000_000 + b"\nnext\n", tmp_path / "in", files), tmp_path, files)
    assert [len(text) for text in recorder.texts] == [1_000_000, 4]


@pytest.mark.parametrize("length", [LONGEST_LINE + 1, LONGEST_LINE + 2, LONGEST_LINE + 3, 3 * LONGEST_LINE])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
async def test_too_long_a_line_is_told_and_left_out(
    length: int, end: bytes, tmp_path: Path, files: ExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    stdin = in_file(b"one\n" + b"x" * length + end + b"three\n", tmp_path / "in", files)
    assert (await read_all(stdin, tmp_path, files)).texts == ["one", "three"]
    assert caplog.messages == [
        "Line 2 of the input is longer than 4,194,304 bytes and was left out; send it as several lines."
    ]


async def test_a_carriage_return_at_the_limit_is_not_taken_for_a_line_end(
    tmp_path: Path, files: ExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    tail = b"y" * (pipe.CHUNK - 1)  # so that the line end is the first byte of what is read next
    content = b"x" * LONGEST_LINE + b"\r" + tail + b"\n" + b"x" * LONGEST_LINE + b"\r\n"
    recorder = await read_all(in_file(content, tmp_path / "in", files), tmp_path, files)
    assert [len(text) for text in recorder.texts] == [LONGEST_LINE]
    assert len(caplog.messages) == 1


async def test_lines_that_are_left_out_make_room_for_others(
    tmp_path: Path, files: ExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    count = pipe.BYTES_AHEAD // LONGEST_LINE + 2
    content = (b"x" * (LONGEST_LINE + 1) + b"\n") * count + b"last\n"
    assert (await read_all(in_file(content, tmp_path / "in", files), tmp_path, files)).texts == ["last"]
    assert len(caplog.messages) == count


@pytest.mark.parametrize(("size", "count", "most"), [(5, 5000, pipe.LINES_AHEAD), (1_000_000, 40, 17)])
async def test_it_reads_ahead_only_so_far(size: int, count: int, most: int, tmp_path: Path, files: ExitStack) -> None:
    recorder = Recorder(prompt=False)
    stdin = in_file((b"x" * size + b"\n") * count, tmp_path / "in", files)
    terminal = Terminal("terminal:test", stdin=stdin, stdout=out_file(tmp_path / "out", files))
    await terminal.start(recorder)
    await recorder.until(most)
    while len(recorder.arrivals) < count:
        recorder.release(len(recorder.dones))
        await recorder.until(len(recorder.arrivals) + 1)
    await asyncio.wait_for(terminal.finished.wait(), PATIENCE)
    assert recorder.most == most
    await terminal.stop()


async def test_stop_ends_the_thread_wherever_it_waits(tmp_path: Path, files: ExitStack) -> None:
    silent, _feed = a_pipe(files)
    full = in_file(b"x\n" * 5000, tmp_path / "in", files)
    for stdin, lines in ((silent, 0), (full, pipe.LINES_AHEAD)):
        recorder = Recorder(prompt=False)
        terminal = Terminal("terminal:test", stdin=stdin, stdout=out_file(tmp_path / "out", files))
        await terminal.start(recorder)
        await recorder.until(lines)
        await terminal.stop()
        await terminal.stop()
        assert "terminal input" not in {thread.name for thread in threading.enumerate()}
        assert not terminal.finished.is_set()
        assert len(recorder.arrivals) == lines


async def test_input_that_cannot_be_read_is_told_and_is_an_end(
    tmp_path: Path, files: ExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    files.callback(os.close, folder)
    unread = files.enter_context((tmp_path / "in").open("w"))

    class Folder(io.StringIO):
        def fileno(self) -> int:
            return folder

    assert (await read_all(Folder(), tmp_path, files)).texts == []
    assert (await read_all(unread, tmp_path, files)).texts == []
    assert caplog.messages == [
        "The input cannot be read any further: Is a directory.",
        "The input cannot be read any further: Bad file descriptor.",
    ]


async def test_somebody_else_may_take_what_was_ready(
    tmp_path: Path, files: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdin = in_file(b"hello\n", tmp_path / "in", files)
    chances = [BlockingIOError()]
    read = os.read

    def taken(fd: int, size: int) -> bytes:
        if fd == stdin.fileno() and chances:
            raise chances.pop()
        return read(fd, size)

    monkeypatch.setattr(os, "read", taken)
    assert (await read_all(stdin, tmp_path, files)).texts == ["hello"]
    assert chances == []


# --------------------------------------------------------------------------------------------------------------- out


async def test_what_is_said_is_written_when_send_returns(tmp_path: Path, files: ExitStack) -> None:
    stdout = out_file(tmp_path / "out", files)
    stdout.write("before\n")
    terminal = Terminal("terminal:test", stdin=io.StringIO(), stdout=stdout)
    assert terminal.send(message("Schön\x1b[2J [bold]")) == Receipt()
    assert terminal.send(message("What next?", choices=("continue", "quit"), question=True)) == Receipt()
    assert terminal.send(message("\ud800")) == Receipt()
    assert (tmp_path / "out").read_text() == (
        "before\nSchön\ufffd[2J [bold]\nWhat next?\n0) continue\n1) quit\nEnter index: \n\ufffd\n"
    )


async def drain(source: TextIO, size: int) -> bytes:
    """Read so many bytes while the loop runs."""
    taken = bytearray()
    while len(taken) < size:
        taken += await asyncio.wait_for(asyncio.to_thread(os.read, source.fileno(), 1 << 20), PATIENCE)
    return bytes(taken)


async def test_a_slow_reader_holds_up_nothing_and_gets_everything_in_order(files: ExitStack) -> None:
    source, stdout = a_pipe(files)
    terminal = Terminal("terminal:test", stdin=io.StringIO(), stdout=stdout)
    texts = ["a" * 1_000_000, "b", "c" * 200_000]
    answers = [terminal.send(message(texts[0]))]
    begun = os.read(source.fileno(), 10_000)  # now there is room for the next, whose turn it is not
    answers += [terminal.send(message(text)) for text in texts[1:]]
    assert all(isinstance(answer, Awaitable) for answer in answers)
    expected = "".join(f"{text}\n" for text in texts).encode()
    reading = asyncio.create_task(drain(source, len(expected) - len(begun)))
    assert [await answer for answer in answers if isinstance(answer, Awaitable)] == [Receipt()] * 3
    assert begun + await reading == expected
    assert terminal.send(message("d")) == Receipt()
    assert not terminal.closed.is_set()


async def test_a_reader_that_has_left_closes_the_network(files: ExitStack) -> None:
    source, stdout = a_pipe(files)
    terminal = Terminal("terminal:test", stdin=io.StringIO(), stdout=stdout)
    source.close()
    for _ in range(2):
        with pytest.raises(Unreachable, match=r"^Nobody reads the output any more; .*\.$"):
            terminal.send(message("hello"))
        assert terminal.closed.is_set()
    await terminal.stop()


async def test_a_reader_that_leaves_in_the_middle_closes_the_network(files: ExitStack) -> None:
    source, stdout = a_pipe(files)
    terminal = Terminal("terminal:test", stdin=io.StringIO(), stdout=stdout)
    answers = [terminal.send(message("x" * 1_000_000)) for _ in range(2)]
    source.close()
    for answer in answers:
        assert isinstance(answer, Awaitable)
        with pytest.raises(Unreachable):
            await asyncio.wait_for(answer, PATIENCE)
    assert terminal.closed.is_set()


async def test_a_message_is_written_whole_if_nobody_waits_for_it(
    files: ExitStack, caplog: pytest.LogCaptureFixture
) -> None:
    source, stdout = a_pipe(files)
    terminal = Terminal("terminal:test", stdin=io.StringIO(), stdout=stdout)
    waiting = asyncio.ensure_future(answer(terminal, "x" * 1_000_000))
    await asyncio.wait([waiting], timeout=0)
    waiting.cancel()
    last = asyncio.ensure_future(answer(terminal, "last"))
    assert await drain(source, 1_000_006) == b"x" * 1_000_000 + b"\nlast\n"
    assert await last == Receipt()
    assert waiting.cancelled()
    assert caplog.messages == []


async def test_what_waits_at_a_stop_is_given_up_and_a_cancelled_wait_is_none(files: ExitStack) -> None:
    _source, stdout = a_pipe(files)
    terminal = Terminal("terminal:test", stdin=io.StringIO(), stdout=stdout)
    answers = [asyncio.ensure_future(answer(terminal, "x" * 1_000_000)) for _ in range(2)]
    await asyncio.wait(answers, timeout=0)
    answers[1].cancel()
    await asyncio.wait([answers[1]])
    await terminal.stop()
    with pytest.raises(Unreachable, match="was stopped"):
        await answers[0]
    assert answers[1].cancelled()
    assert not terminal.closed.is_set()


async def answer(terminal: Terminal, text: str) -> object:
    sent = terminal.send(message(text))
    return await sent if isinstance(sent, Awaitable) else sent


async def test_a_full_disk_is_told_and_may_pass(files: ExitStack) -> None:
    terminal = Terminal("terminal:test", stdin=io.StringIO(), stdout=out_file(Path("/dev/full"), files))
    with pytest.raises(Unreachable, match=r"^The output cannot be written: No space left on device\.$"):
        terminal.send(message("hello"))
    assert not terminal.closed.is_set()


async def test_without_an_output_it_ends_as_it_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    terminal = Terminal("terminal:test")
    await terminal.start(Recorder())
    assert terminal.closed.is_set()
    assert terminal.finished.is_set()
    with pytest.raises(Unreachable):
        terminal.send(message("hello"))
    terminal.restore()
    await terminal.stop()


# ---------------------------------------------------------------------------------------------------------- processes


def shell(script: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run a shell's line in which `$parrot` is the parrot."""
    return subprocess.run(
        ["bash", "-c", f'set -o pipefail; parrot="{sys.executable} {PARROT}"; {script}'],
        env={**ENVIRONMENT, **environment},
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("printf 'one\\ntwo' | $parrot", "you said 'one'\nyou said 'two'\nbye\n"),
        ("printf 'choose\\n' | $parrot", "What next?\n0) continue\n1) quit\nEnter index: \nbye\n"),
        ("$parrot < /dev/null", "bye\n"),
        ("$parrot <&-", "bye\n"),
        ("$parrot <<< 'from a file'", "you said 'from a file'\nbye\n"),
        ("$parrot < /dev/null >&-", ""),
        ("$parrot <&- >&-", ""),
        ("seq 100000 | $parrot | wc -l", "100001\n"),
    ],
)
def test_a_process_between_pipes_says_plain_lines_and_ends_with_its_input(script: str, said: str) -> None:
    ended = shell(script)
    assert (ended.stdout.decode(), ended.stderr, ended.returncode) == (said, b"", 0)


def test_a_process_whose_reader_leaves_ends_quietly() -> None:
    ended = shell("set +o pipefail; yes | { $parrot; echo parrot: $? >&3; } 3>&2 | head -1")
    assert (ended.stdout, ended.stderr) == (b"you said 'y'\n", b"parrot: 0\n")


def test_a_line_without_an_end_is_no_danger_to_the_memory(tmp_path: Path) -> None:
    with (tmp_path / "in").open("wb") as endless:
        endless.truncate(1_000_000_000)
    ended = shell(f"ulimit -v 500000; $parrot < {tmp_path}/in")
    assert (ended.stdout, ended.returncode) == (b"bye\n", 0)
    assert ended.stderr.decode().startswith("Line 1 of the input is longer than 4,194,304 bytes")


def test_a_process_says_a_question_at_once() -> None:
    with subprocess.Popen(
        [sys.executable, PARROT], env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"choose\n")
        process.stdin.flush()
        said = b""
        while not said.endswith(b"Enter index: \n"):
            assert select.select([process.stdout], [], [], PATIENCE)[0]
            said += os.read(process.stdout.fileno(), 1000)
        process.stdin.close()
        assert process.stdout.read() == b"bye\n"
    assert process.returncode == 0
