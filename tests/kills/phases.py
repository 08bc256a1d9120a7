"""The ways in which a process comes to its end: SIGKILL, SIGTERM, a full disk, a database that cannot be written.

Each phase has a store and users of its own, ends when all have played to the end and the process has stopped in order,
and gives its verdict.
"""

# ruff: noqa: ASYNC110, ASYNC240 - nobody else uses these loops, and what is waited for is another process's work

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from tests.kills.crowd import Crowd
from tests.kills.harbor import STOP, Harbor, Stuck
from tests.kills.verdict import Verdict, judged

QUIET = 30.0
"""Seconds within which all must have come to rest once nobody begins anew."""
AT_ONCE = 2.0
"""Seconds within which a second signal must have ended the process; a busy machine needs some."""


class Skipped(Exception):
    """This machine does not allow it; the words say what is missing."""


class Phase:
    """What a phase works with.

    Args:
        harbor: the process.
        crowd: the users.
        draw: decides when.
    """

    def __init__(self, harbor: Harbor, crowd: Crowd, draw: Random) -> None:
        self.harbor, self.crowd, self.draw = harbor, crowd, draw
        self.began = time.monotonic()

    async def alive(self, seconds: float = 10.0) -> None:
        """Wait until answers are acknowledged again.

        Raises:
            Stuck: if they are not.
        """
        before = self.crowd.answers
        try:
            async with asyncio.timeout(seconds):
                while self.crowd.answers < before + 5:
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise Stuck(f"no answer was acknowledged for {seconds:g} s; the log: {self.harbor.words()}") from None

    async def stopped(self, *signals: float) -> int:
        """Ask the process to stop, and perhaps once more after so many seconds each; its exit code."""
        self.harbor.signal(signal.SIGTERM)
        for pause in signals:
            await asyncio.sleep(pause)
            self.harbor.signal(signal.SIGTERM)
        return await self.harbor.ended(AT_ONCE if signals else STOP)

    async def finish(self) -> Verdict:
        """Let all play to the end, stop the process, and judge."""
        crowd, harbor = self.crowd, self.harbor
        if harbor.running:
            await harbor.serving()
            await self._in_order()
        crowd.leaving = True
        await harbor.spawn(ticks=False)
        await harbor.serving()
        await self._rest()
        await self._in_order()
        return judged(harbor, crowd, time.monotonic() - self.began)

    async def _in_order(self) -> None:
        code = await self.stopped()
        if code:
            self.crowd.faults.append(f"SIGTERM ended the process with {code}, not 0")

    async def _rest(self) -> None:
        """Until nobody plays, and nothing comes any more."""
        try:
            async with asyncio.timeout(QUIET):
                still = 0
                before = -1
                while still < 8:
                    await asyncio.sleep(0.1)
                    now = self.crowd.seen.total() + self.crowd.refused
                    still = still + 1 if self.crowd.done and now == before else 0
                    before = now
        except TimeoutError:
            late = [user.name for user in self.crowd.users if not user.resting or user.unacknowledged]
            self.crowd.faults.append(
                f"{len(late)} users do not come to rest, such as {late[:3]}; {self.harbor.words()}"
            )


@asynccontextmanager
async def staged(
    users: int, draw: Random, source: Path, *, disk: Path | None = None, before: tuple[str, ...] = ()
) -> AsyncIterator[Phase]:
    """A folder, a server, and users who have begun.

    Args:
        users: how many.
        draw: decides what they do, and when.
        source: where ``chinwag`` is imported from.
        disk: where the store is; the folder, if left out.
        before: a command that starts the process.
    """
    with TemporaryDirectory(prefix="kills-") as name:
        folder = Path(name)
        async with Harbor(folder, (disk or folder) / "kills.db", source, before) as harbor:
            crowd = harbor.crowd = Crowd(users, Random(draw.random()), harbor.put)  # noqa: S311 - who does what, no secret
            crowd.begin()
            try:
                yield Phase(harbor, crowd, draw)
            finally:
                crowd.leaving = True


# -- SIGKILL -----------------------------------------------------------------------------------------------------------


async def kills(count: int, users: int, draw: Random, source: Path) -> Verdict:
    """SIGKILL at any time since the start, while busy, or right behind a line that came out."""
    async with staged(users, draw, source) as phase:
        for number in range(count):
            await phase.harbor.spawn()
            await _moment(phase)
            await phase.harbor.kill()
            if number % 10 == 9:
                say(f"{number + 1} kills, {phase.crowd.answers} answers, {len(phase.crowd.seen)} messages")
        await phase.harbor.spawn()
        return await phase.finish()


async def _moment(phase: Phase) -> None:
    """Wait for the moment of the next kill; behind a line, the signal has gone out when this returns."""
    draw, harbor = phase.draw, phase.harbor
    kind = draw.choice(("start", "busy", "ack", "ack", "say", "say", "say"))
    if kind == "start":
        await asyncio.sleep(draw.random() * 0.8)
        return
    if kind != "busy":
        left = int(draw.random() ** 2 * 150)
        passed = asyncio.Event()

        def count(line: str) -> None:
            nonlocal left
            left -= line == kind
            if left < 0:
                harbor.signal(signal.SIGKILL)
                passed.set()

        harbor.on_line = count
        with suppress(TimeoutError):
            async with asyncio.timeout(2.0):
                await passed.wait()
        harbor.on_line = None
        return
    await harbor.serving()
    await asyncio.sleep(draw.random() * 0.5)


# -- SIGTERM -----------------------------------------------------------------------------------------------------------


async def terms(count: int, users: int, draw: Random, source: Path) -> Verdict:
    """SIGTERM at random moments, one, or several in a row; a second one ends the process at once."""
    async with staged(users, draw, source) as phase:
        for _ in range(count):
            await phase.harbor.spawn()
            early = draw.random() < 0.2
            if not early:
                await phase.harbor.serving()
            await asyncio.sleep(draw.random() * 0.4)
            more = draw.choice((0, 0, 1, 3))
            code = await phase.stopped(*(draw.random() ** 3 * 0.1 for _ in range(more)))
            # Before Python has a handler, the signal itself ends the process.
            allowed = (
                {0} | ({128 + signal.SIGTERM} if more else set()) | ({-signal.SIGTERM} if early or more else set())
            )
            if code not in allowed:
                phase.crowd.faults.append(f"{1 + more} SIGTERM ended the process with {code}")
        await phase.harbor.spawn()
        return await phase.finish()


# -- a full disk -------------------------------------------------------------------------------------------------------


async def full(rounds: int, users: int, draw: Random, source: Path) -> Verdict:
    """The disk runs full under the store: nothing is taken in, nothing is lost, and it goes on when there is room.

    Raises:
        Skipped: if no small file system can be mounted.
    """
    with TemporaryDirectory(prefix="kills-disk-") as name:
        disk = Path(name)
        command = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", name]
        mounted = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
        if mounted.returncode:
            raise Skipped("a small disk must be mounted: be root, or try `unshare --user --map-root-user --mount`")
        try:
            async with staged(users, draw, source, disk=disk) as phase:
                for number in range(rounds):
                    await _fill(phase, disk / "ballast", restart=bool(number % 2))
                return await phase.finish()
        finally:
            await asyncio.to_thread(subprocess.run, ["umount", "--lazy", name], check=True)


async def _fill(phase: Phase, ballast: Path, *, restart: bool) -> None:
    """Fill the disk, see that nothing is acknowledged, and make room; perhaps kill and start in between."""
    if not phase.harbor.running:
        await phase.harbor.spawn()
    await phase.harbor.serving()
    await phase.alive()
    await asyncio.to_thread(_filled, ballast, phase.draw.randint(0, 64 << 10))
    await _dry(phase)
    if restart:
        await phase.harbor.kill()
        await phase.harbor.spawn()
        try:
            await phase.harbor.serving()
            await _dry(phase)  # there was room enough to begin, and for no more
        except Stuck:
            await _refused(phase, "no room on the disk")
    ballast.unlink()
    if not phase.harbor.running:
        await phase.harbor.spawn()
    await phase.alive(20)
    say(f"the disk was full{' and the process restarted' if restart else ''}; {phase.crowd.answers} answers so far")


def _filled(ballast: Path, room: int) -> None:
    """Take all room of a disk but a little."""
    with ballast.open("wb", buffering=0) as file:
        with suppress(OSError):
            while True:
                file.write(bytes(1 << 16))
        file.truncate(max(file.tell() - room, 0))


async def _dry(phase: Phase) -> None:
    """Wait until answers are acknowledged no more, though there are some."""
    for _ in range(200):
        before = phase.crowd.answers
        await asyncio.sleep(0.7)
        if phase.crowd.answers == before:
            break
    else:
        raise Stuck("the disk is full, and answers are acknowledged for minutes")
    if not any(user.unacknowledged for user in phase.crowd.users):
        phase.crowd.faults.append("nothing was refused on the full disk")
    if "no room on the disk" not in phase.harbor.words(life=True):
        phase.crowd.faults.append(f"the full disk is not told: {phase.harbor.words(life=True)}")


async def _refused(phase: Phase, words: str) -> None:
    """The start must end with one clear sentence and a code that says so."""
    code = await phase.harbor.ended()
    said = phase.harbor.words(life=True)
    if code not in {1, 2} or words not in said or len(said.splitlines()) != 1:
        phase.crowd.faults.append(f"a start that cannot write ended with {code} and said {said!r}")


# -- read-only ---------------------------------------------------------------------------------------------------------


def unprivileged() -> tuple[str, ...]:
    """What takes root's right to write where the permissions forbid it; nothing for everybody else.

    Raises:
        Skipped: if it cannot be taken.
    """
    if os.geteuid() != 0:
        return ()
    command = ("setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override")
    if shutil.which("setpriv") is None or subprocess.run([*command, "true"], check=False).returncode:
        raise Skipped("root may write anything: be somebody else, or have `setpriv`")
    return command


async def read_only(rounds: int, users: int, draw: Random, source: Path) -> Verdict:
    """The database cannot be written for a while: what is open goes on, a start is refused in words.

    Raises:
        Skipped: if permissions mean nothing here.
    """
    before = unprivileged()
    with TemporaryDirectory(prefix="kills-disk-") as name:
        disk = Path(name)
        async with staged(users, draw, source, disk=disk, before=before) as phase:
            for number in range(rounds):
                await phase.harbor.spawn()
                await phase.harbor.serving()
                await phase.alive()
                await _forbid(phase, disk, folder=bool(number % 2))
            return await phase.finish()


async def _forbid(phase: Phase, disk: Path, *, folder: bool) -> None:
    """Forbid writing, see who goes on and who does not, and allow it again."""
    files = [path for path in disk.iterdir() if path.name.startswith("kills.db") and not path.is_socket()]
    modes = {path: path.stat().st_mode for path in [*files, *([disk] if folder else [])]}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    await phase.alive()
    await phase.harbor.kill()
    await phase.harbor.spawn()
    await _refused(phase, "cannot be written")
    for path, mode in modes.items():
        if path.exists():
            path.chmod(mode)
    say(f"the database{' and its folder were' if folder else ' was'} read-only; {phase.crowd.answers} answers so far")


def say(words: str) -> None:
    """Tell those who wait; stdout is for the result."""
    print(words, file=sys.stderr, flush=True)  # noqa: T201
