"""Telegram for tests: an emulator, a proxy before it that checks every call, and bots as real processes.

The emulator and the proxy are processes too, so a test is plain synchronous code: it lets users speak over the
emulator's control side, and waits there for what they see.
"""

import base64
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tests.cli.shell import EXAMPLES, ROOT, command, environment
from tests.servers.telegram.telegram_proxy import RUN

PATIENCE = 60.0
"""Seconds that anything may take: each process imports for seconds what it stands on, longer on a busy machine."""
SHARED = Path(os.environ.get("CHINWAG_SHARED", ROOT.parent / "shared"))
PROXY = SHARED / "tools" / "telegram_spec_proxy.py"


class Process:
    """A process whose lines are read while it runs."""

    def __init__(self, arguments: list[str], folder: Path, more: Mapping[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            arguments,
            cwd=folder,
            env=environment(more),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        self.lines: list[str] = []
        self._fresh: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @classmethod
    def of_chinwag(
        cls, arguments: list[str], folder: Path, token: str, url: str, more: Mapping[str, str] | None = None
    ) -> "Process":
        """The command with these arguments, for a bot on Telegram."""
        settings = {"TELEGRAM_BOT_API_KEY": token, "TELEGRAM_API_URL": url, **(more or {})}
        return cls(command(*arguments), folder, settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def wait_line(self, words: str) -> str:
        """The next line that has these words."""
        while (line := self._fresh.get(timeout=PATIENCE)) is not None:
            if words in line:
                return line
        raise AssertionError(f"it ended without a line with {words!r}: {self.output}")

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def kill(self) -> None:
        """``kill -9``."""
        if self.process.poll() is None:
            self.process.kill()
        self._close()

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; its exit code."""
        self.process.send_signal(number)
        return self.code()

    def code(self) -> int:
        code = self.process.wait(PATIENCE)
        self._close()
        return code

    def _close(self) -> None:
        self.process.wait()
        self._thread.join()
        if self.process.stdout is not None:
            self.process.stdout.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            self._fresh.put(line.rstrip("\n"))
        self._fresh.put(None)


class Telegram:
    """The emulator, and the proxy before it.

    Attributes:
        url: the proxy's, for bots.
    """

    def __init__(self, folder: Path) -> None:
        inner, outer = free_port(), free_port()
        self.control, self.url = f"http://127.0.0.1:{inner}", f"http://127.0.0.1:{outer}"
        emulator = [sys.executable, str(ROOT / "tests/servers/telegram"), "--port", str(inner), "--backoff", "0.02"]
        program = f"import chinwag.networks.telegram.library{RUN}"  # then it starts in a third of the time
        checking = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program, str(PROXY), str(outer)]
        self._emulator = Process(emulator, folder)
        self._proxy = Process([*checking, self.control], folder)
        self._emulator.wait_line('"url"')
        self._proxy.wait_line("listening")
        self._bots = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._proxy.kill()
        self._emulator.kill()

    def __call__(self, operation: str, **arguments: Any) -> Any:
        """An operation of the control side."""
        if operation.startswith("wait"):
            arguments.setdefault("seconds", PATIENCE)
        request = urllib.request.Request(  # noqa: S310 - a URL of our own
            f"{self.control}/control/{operation}", json.dumps(arguments).encode(), method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE * 2) as answer:  # noqa: S310 - likewise
                return json.load(answer)["result"]
        except urllib.error.HTTPError as error:
            with error:
                raise AssertionError(json.load(error)["error"]) from None

    def violations(self) -> list[str]:
        """What the proxy had to complain about."""
        return [line for line in self._proxy.lines if "VIOLATION" in line]

    def new_bot(self) -> dict[str, Any]:
        self._bots += 1
        bot: dict[str, Any] = self("add_bot", username=f"bot_{self._bots}_bot")
        return bot


class Person:
    """A user who talks to one bot."""

    def __init__(self, telegram: Telegram, bot: int, name: str = "Ann", chat: int | None = None) -> None:
        self._telegram = telegram
        self._where: dict[str, Any] = {"bot": bot} if chat is None else {"chat": chat, "bot": bot}
        self.id: int = telegram("add_user", name=name)
        self.heard = 0

    def says(self, text: str, **more: Any) -> int:
        number: int = self._telegram("say", user=self.id, text=text, **self._where, **more)
        return number

    def presses(self, label: str) -> None:
        """Press a key of the keyboard below the text field."""
        self._telegram("press_key", user=self.id, label=label, **self._where)

    def edits(self, message: int, text: str) -> None:
        self._telegram("edit", user=self.id, message=message, text=text, **self._where)

    def sends(self, kind: str, content: bytes, **more: Any) -> int:
        """Send a photo, audio, voice, document and so on."""
        encoded = base64.b64encode(content).decode()
        number: int = self._telegram("send_file", user=self.id, kind=kind, content=encoded, **self._where, **more)
        return number

    def clicks(self, message: int, label: str, **more: Any) -> str:
        """Press a button at a message; what the bot answers to the press."""
        query = self._telegram("press", user=self.id, message=message, button=label, **self._where, **more)
        answer: str = self._telegram("wait_answer", query=query)["text"]
        return answer

    def sees(self, text: str) -> dict[str, Any]:
        """The newest message of the bot with this text, once there is one."""
        seen: dict[str, Any] = self._telegram("wait_text", user=self.id, text=text, **self._where)
        return seen

    def hears(self, *texts: str) -> None:
        """The next messages are these."""
        found = self.wait(self.heard + len(texts))
        assert [one["text"] for one in found[self.heard :]] == list(texts)
        self.heard = len(found)

    def wait(self, count: int) -> list[dict[str, Any]]:
        """All messages of the bot, of which there will be so many at least."""
        found: list[dict[str, Any]] = self._telegram("wait_messages", user=self.id, count=count, **self._where)
        return found

    @property
    def keyboard(self) -> list[list[str]] | None:
        keyboard: list[list[str]] | None = self.view["keyboard"]
        return keyboard

    @property
    def view(self) -> dict[str, Any]:
        view: dict[str, Any] = self._telegram("view", user=self.id, **self._where)
        return view


class Serving(Process):
    """``chinwag run EXAMPLE --on telegram``."""

    def __init__(
        self,
        telegram: Telegram,
        token: str,
        folder: Path,
        *options: str,
        example: str | Path = "weather.py",
        more: Mapping[str, str] | None = None,
    ) -> None:
        folder.mkdir(exist_ok=True)
        super().__init__(
            command("run", EXAMPLES / example, "--on", "telegram", *options),
            folder,
            {"TELEGRAM_BOT_API_KEY": token, "TELEGRAM_API_URL": telegram.url, **(more or {})},
        )


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def wait_open(port: int) -> None:
    """Wait until something listens; it takes a while to import what it stands on."""
    for _ in range(int(PATIENCE * 10)):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            threading.Event().wait(0.1)
        else:
            return
    raise AssertionError(f"nothing listens on port {port}")
