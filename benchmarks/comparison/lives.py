"""What a user meets over several lives of a system: after ``kill -9``, and after its code was changed.

Nothing is known here of any system: a life is a process, the user reads what it sends, and answers the question that he
read last with the truth. The verdict is drawn from what he read, and says in words what that was.
"""

import asyncio
import contextlib
import json
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.comparison import scripts
from benchmarks.comparison.measures import update
from benchmarks.comparison.shape import DIE
from benchmarks.report import expect
from benchmarks.traffic import CLOSING, FIRST_QUESTION, SECOND_QUESTION

USER = 42
PATIENCE = 30.0
"""Seconds after which a life that says nothing at all is given up."""
CLOSED = CLOSING.format(number=scripts.ANSWERS[FIRST_QUESTION], word=scripts.ANSWERS[SECOND_QUESTION])
STOPPED = "stopped"
LONGEST_TRACE = 150


@dataclass(slots=True)
class User:
    """The user: what he has read, and what went wrong by the system's own words."""

    read: list[str] = field(default_factory=list)
    said: int = 0
    trouble: str = ""

    @property
    def asked(self) -> str:
        """The question that he read last, if it still waits for his answer."""
        return self.read[-1] if self.read and self.read[-1] in scripts.ANSWERS else ""


class Life:
    """One process of a system.

    Args:
        process: it.
        user: who talks with it.
    """

    def __init__(self, process: Process, user: User) -> None:
        """Talk by its pipes."""
        self.process = process
        self._user = user

    async def say(self, text: str, *, again: bool = False) -> bool:
        """Say something; whether the process lived to the end of it.

        Args:
            text: what.
            again: hand over the last update once more, as Telegram does when it was not acknowledged.
        """
        self._user.said += not again
        data = update(USER, self._user.said, text)
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self._input.write(data + b"\n")
            await self._input.drain()
        return await self.hear()

    async def hear(self) -> bool:
        """Read until the process has done its part; whether it lived."""
        while True:
            line = await asyncio.wait_for(self._output.readline(), PATIENCE)
            if not line:
                await self.process.wait()
                return False
            told = json.loads(line)
            if "sent" in told:
                self._user.read.append(told["sent"][1])
            else:
                self._user.trouble = told["trouble"] or self._user.trouble
                return True

    async def answer(self) -> None:
        """Answer what is asked, question by question."""
        for _ in range(6):
            asked, before = self._user.asked, len(self._user.read)
            if not asked or not await self.say(scripts.ANSWERS[asked]) or len(self._user.read) == before:
                return

    @property
    def _input(self) -> asyncio.StreamWriter:
        assert self.process.stdin  # noqa: S101 - it was made with a pipe
        return self.process.stdin

    @property
    def _output(self) -> asyncio.StreamReader:
        assert self.process.stdout  # noqa: S101 - likewise
        return self.process.stdout


@contextlib.asynccontextmanager
async def life(system: str, script: str, folder: Path, user: User, die: str = "") -> AsyncIterator[Life]:
    """Start a process; it ends in good order with the block."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "benchmarks.comparison.life", system, script, str(folder)),
        stdin=PIPE,
        stdout=PIPE,
        env={**os.environ, DIE: die},
    )
    led = Life(process, user)
    try:
        expect(await led.hear(), f"{system} did not start")
        yield led
        if process.stdin:
            process.stdin.close()
        await asyncio.wait_for(process.wait(), PATIENCE)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def killed(system: str, folder: Path, instant: str, *, again: bool) -> str:
    """Kill the system while it handles the answer to the first question; tell what the user meets after its restart.

    Args:
        system: its name.
        folder: where it keeps its files.
        instant: ``answer``: the code has just got the answer; ``send``: the next question has just reached the user.
        again: the update is handed over again, as Telegram does with what was not acknowledged. After that the user
            answers whatever he is asked.
    """
    user = User()
    async with life(system, scripts.TWO, folder, user, die=instant) as first:
        await first.say("/start")
        expect(user.asked == FIRST_QUESTION, f"{system} began with {user.read}")
        lived = await first.say(scripts.ANSWERS[FIRST_QUESTION])
        expect(not lived and first.process.returncode == -9, f"{system} was not killed, and sent {user.read}")
    before = len(user.read)
    async with life(system, scripts.TWO, folder, user) as second:
        if again:
            await second.say(scripts.ANSWERS[FIRST_QUESTION], again=True)
        await second.answer()
    return verdict_of_kill(user.read[:before], user.read[before:], user.trouble)


def verdict_of_kill(before: list[str], after: list[str], trouble: str) -> str:
    """Say what survived a kill.

    Example:
        >>> verdict_of_kill(["How many?"], ["Of what?", "3 pears, noted."], "")
        'all: the conversation goes on'
        >>> verdict_of_kill(["How many?", "Of what?"], ["Of what?", "3 pears, noted."], "")
        'all; a question came twice: “Of what?”'
        >>> verdict_of_kill(["How many?"], [], "")
        'nothing: the user gets no answer'
    """
    if after and after[-1] == CLOSED:
        twice = [text for text in dict.fromkeys(after) if (before + after).count(text) > 1]
        return f"all; a question came twice: {_quoted(twice)}" if twice else "all: the conversation goes on"
    said = f" ({shortened(trouble)})" if trouble else ""
    if not after:
        return f"nothing: the user gets no answer{said}"
    if after[-1] in scripts.ANSWERS:
        return f"stuck at {_quoted(after[-1:])}: the answer gets no answer{said}"
    return f"a wrong result, without a word: {_quoted(after[-1:])}{said}"


async def changed(system: str, folder: Path, change: str) -> str:
    """Park a conversation at its second question, restart with changed code, and tell what the user meets."""
    old, new = scripts.CHANGES[change]
    user = User()
    async with life(system, old, folder, user) as first:
        await first.say("/start")
        await first.say(scripts.ANSWERS[scripts.NAME])
        expect(user.read == [scripts.NAME, scripts.CITY], f"{system} asked {user.read}")
    before = len(user.read)
    async with life(system, new, folder, user) as second:
        await second.answer()
    verdict = verdict_of_change(user.read[before:], scripts.TRUTHS[new], user.trouble)
    if not verdict.startswith(STOPPED):
        return verdict
    return f"{verdict}; with the old code back: {await _back(system, folder, old, user)}"


async def _back(system: str, folder: Path, old: str, user: User) -> str:
    """Start the old code again; tell whether the conversation that was stopped goes on."""
    async with life(system, old, folder, user) as third:
        if user.read[-1] != scripts.TRUTHS[old]:
            await third.say(scripts.ANSWERS[scripts.CITY])
    return "it goes on rightly" if user.read[-1] == scripts.TRUTHS[old] else "it is lost"


def verdict_of_change(after: list[str], truth: str, trouble: str) -> str:
    """Say what a change has done.

    Example:
        >>> verdict_of_change(["Your name?", "name Ann, city Rome"], "name Ann, city Rome", "")
        'goes on rightly; asked again: “Your name?”'
        >>> verdict_of_change(["name Rome, city Ann"], "name Ann, city Rome", "")
        'silently wrong: “name Rome, city Ann”'
        >>> verdict_of_change([], "name Ann, city Rome", "diverged: the code asks for something else")
        'stopped: diverged: the code asks for something else'
        >>> verdict_of_change([], "name Ann, city Rome", "")
        'no answer, no word: the conversation is gone'
    """
    last = after[-1] if after else ""
    asked = [text for text in after if text in scripts.ANSWERS]
    if last == truth:
        return "goes on rightly" + (f"; asked again: {_quoted(asked)}" if asked else "")
    if trouble:
        return f"{STOPPED}: {shortened(trouble)}"
    if last and last not in scripts.ANSWERS:
        return f"silently wrong: {_quoted([last])}"
    if last:
        return f"stuck at {_quoted([last])}"
    return "no answer, no word: the conversation is gone"


def shortened(text: str) -> str:
    """One line of it, not too long."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TRACE else f"{line[: LONGEST_TRACE - 1]}…"


def _quoted(said: list[str]) -> str:
    return ", ".join(f"“{text}”" for text in said)
