"""grammY with conversations, in node: a process that is led by lines (``grammy/bot.mjs``).

What it needs is installed by npm into ``build/grammy`` once, in the versions of ``grammy/package.json``. The messages
cross a pipe each way, which costs node some microseconds each; its memory and processor time are those of node alone.
"""

import asyncio
import json
import os
import shutil
import subprocess
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any

from benchmarks.comparison.shape import Missing, Peer, Sent, Setting, Used

HERE = Path(__file__).parent / "grammy"
HOUSE = Path("build/grammy")
VERSIONS = json.loads((HERE / "package.json").read_text(encoding="utf-8"))["dependencies"]
VERSION = f"{VERSIONS['grammy']}, conversations {VERSIONS['@grammyjs/conversations']}"


def install() -> Path:
    """Where the bot's program lies with all that it needs, installed if it is not yet.

    Raises:
        Missing: node or npm is not there, or npm could not install.
    """
    if not shutil.which("node") or not shutil.which("npm"):
        raise Missing("there is no node, or no npm, on the path")
    HOUSE.mkdir(parents=True, exist_ok=True)
    wanted, installed = HERE / "package.json", HOUSE / "package.json"
    if not installed.exists() or installed.read_bytes() != wanted.read_bytes():
        _npm(wanted, installed)
    program = HOUSE / "bot.mjs"
    if not program.exists() or program.read_bytes() != (HERE / "bot.mjs").read_bytes():
        shutil.copy(HERE / "bot.mjs", program)
    return program


def _npm(wanted: Path, installed: Path) -> None:
    shutil.copy(wanted, installed)
    command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
    done = subprocess.run(command, cwd=HOUSE, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        installed.unlink()
        raise Missing(f"npm could not install grammY: {done.stderr.strip() or done.stdout.strip()}")


class GrammyPeer:
    """The process, and what it says.

    Args:
        process: node.
        sent: hears each message.
    """

    def __init__(self, process: Process, sent: Sent) -> None:
        """Read what it says from now on."""
        assert process.stdin  # noqa: S101 - it was made with pipes
        self._process = process
        self._input = process.stdin
        self._sent = sent
        self._open = 0
        self._trouble = ""
        self._idle = asyncio.Event()
        self._idle.set()
        self._used: asyncio.Queue[Used] = asyncio.Queue()
        self._reading = asyncio.create_task(self._read())

    def feed(self, data: bytes) -> None:
        """Write one update."""
        self._open += 1
        self._idle.clear()
        self._input.write(data + b"\n")

    async def quiet(self) -> None:
        """Wait until all are handled."""
        await self._idle.wait()

    async def trouble(self) -> str:
        """What handling threw."""
        return self._trouble

    async def used(self) -> Used:
        """What node has used."""
        self._input.write(b"used\n")
        return await self._used.get()

    async def collect(self) -> None:
        """Let node collect its garbage."""
        self._input.write(b"collect\n")
        await self.used()

    async def close(self) -> None:
        """Let node end."""
        await self.quiet()
        self._input.write(b"end\n")
        await self._process.wait()
        await self._reading

    async def _read(self) -> None:
        assert self._process.stdout  # noqa: S101 - it was made with pipes
        async for line in self._process.stdout:
            self._take(json.loads(line))
        if await self._process.wait() == -9:
            os.kill(os.getpid(), 9)  # so that the life ends as its system did

    def _take(self, told: dict[str, Any]) -> None:
        if "sent" in told:
            self._sent(*told["sent"])
        elif "done" in told:
            self._open -= 1
            self._trouble = told["trouble"] or self._trouble
            if not self._open:
                self._idle.set()
        elif "cpu" in told:
            self._used.put_nowait(Used(told["cpu"], told["rss"]))


async def open_peer(setting: Setting) -> Peer:
    """Start node.

    Raises:
        Missing: node or npm is not there, or npm could not install.
    """
    program = await asyncio.to_thread(install)
    folder = setting.folder.resolve() / "sessions"
    command = ("node", "--expose-gc", str(program.resolve()), setting.script, str(folder))
    process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    assert process.stdout  # noqa: S101 - it was made with pipes
    await process.stdout.readline()
    return GrammyPeer(process, setting.sent)
