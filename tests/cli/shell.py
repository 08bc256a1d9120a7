"""The command line as a shell runs it: real processes, with pipes on all sides."""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Self

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
PATIENCE = 20.0
"""Seconds that a line may take on a busy machine; nothing waits that long when all is well."""

Finished = subprocess.CompletedProcess[str]


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT / "src"), "NO_COLOR": "1", "COLUMNS": "200", **(more or {})}


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "chinwag", *map(str, arguments)]


def chinwag(
    folder: Path, *arguments: object, text: str | bytes = "", more: Mapping[str, str] | None = None
) -> Finished:
    """Run a command to its end."""
    done = subprocess.run(
        command(*arguments),
        cwd=folder,
        env=environment(more),
        input=text.encode() if isinstance(text, str) else text,
        capture_output=True,
        timeout=PATIENCE * 2,
        check=False,
    )
    return Finished(done.args, done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode())


def listens(path: Path) -> bool:
    """Whether a process that serves listens there; what a killed one has left does not."""
    with socket.socket(socket.AF_UNIX) as line:
        return line.connect_ex(str(path)) == 0


class Talk:
    """A process that serves a bot, with somebody at the other end of its pipes."""

    def __init__(self, folder: Path, *arguments: object, more: Mapping[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            command(*arguments),
            cwd=folder,
            env=environment(more),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            bufsize=1,
        )
        self.shown: list[str] = []
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._errors: list[str] = []
        self._complaints: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._hear, args=(self._stream(self.process.stdout),), daemon=True),
            threading.Thread(target=self._note, args=(self._stream(self.process.stderr),), daemon=True),
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.kill()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                try:
                    stream.close()
                except OSError:
                    continue

    def say(self, *lines: str) -> None:
        stdin = self._stream(self.process.stdin)
        for line in lines:
            stdin.write(f"{line}\n")
        stdin.flush()

    def hear(self) -> str:
        """The next line that is shown."""
        line = self._lines.get(timeout=PATIENCE)
        assert line is not None, f"the process ended: {self.errors()}"
        self.shown.append(line)
        return line

    def hear_until(self, wanted: str) -> list[str]:
        lines = [self.hear()]
        while lines[-1] != wanted:
            lines.append(self.hear())
        return lines

    def rest(self) -> list[str]:
        """All that is still shown until the end."""
        lines = []
        while (line := self._lines.get(timeout=PATIENCE)) is not None:
            lines.append(line)
        return lines

    def kill(self) -> None:
        """``kill -9``."""
        self.process.kill()
        self.process.wait()
        for thread in self._threads:
            thread.join()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end_input(self) -> None:
        self._stream(self.process.stdin).close()

    def code(self) -> int:
        code = self.process.wait(PATIENCE)
        for thread in self._threads:
            thread.join()
        return code

    def complaint(self, patience: float = PATIENCE) -> str:
        """The next line on stderr."""
        return self._complaints.get(timeout=patience)

    def errors(self) -> str:
        return "".join(self._errors)

    def _hear(self, stream: IO[str]) -> None:
        for line in stream:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)

    def _note(self, stream: IO[str]) -> None:
        for line in stream:
            self._errors.append(line)
            self._complaints.put(line.rstrip("\n"))

    @staticmethod
    def _stream(stream: IO[str] | None) -> IO[str]:
        assert stream is not None
        return stream
