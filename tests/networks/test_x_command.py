"""`chinwag run … --on x` as a process: what it says, and that a kill neither loses nor doubles a line."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest
from tests.cli.shell import EXAMPLES, command, environment, listens
from tests.networks.test_mastodon_command import POEM
from tests.networks.x_stage import KEYS, Emulator

from chinwag import Bot
from chinwag.cli.networks.x import recipient
from chinwag.cli.serving import Options, serve
from chinwag.core.errors import UsageError

pytestmark = pytest.mark.timeout(300)


def variables(x: Emulator, **more: str) -> dict[str, str]:
    keys = {f"X_{name.upper()}": value for name, value in KEYS.items()}
    return {**keys, "X_API_URL": x.url, "X_ALLOW_HTTP": "true", **more}


@pytest.mark.parametrize(
    ("given", "options", "words"),
    [
        ({}, Options(), "X needs keys: set X_CONSUMER_KEY"),
        ({"X_TOKEN": "s3cret"}, Options(), "X needs all four keys of OAuth 1.0a, and consumer_key"),
        ({"X_KEY_FILE": "none.json"}, Options(), "the key none.json cannot be read"),
        ({"X_KEY_FILE": "none.json"}, Options(to=("ann",)), "--to takes a user's id"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(
    given: dict[str, str], options: Options, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(UsageError) as caught:
        serve(Bot("poem"), "x", options)
    assert str(caught.value).startswith(words)
    assert "s3cret" not in str(caught.value)


def test_who_gets_what_a_schedule_starts() -> None:
    assert recipient("x:a", "@42@UTC") == ("x:a/@42/42", "UTC")
    assert recipient("x:a", "-@UTC") == ("x:a/-/-", "UTC")


class Running:
    """A process, from within the loop that serves it."""

    def __init__(self, x: Emulator, folder: Path, file: Path, **more: str) -> None:
        self._arguments = command("run", file, "--on", "x")
        self._folder, self._environment = folder, environment(variables(x, **more))

    async def __aenter__(self) -> asyncio.subprocess.Process:
        self._process = await asyncio.create_subprocess_exec(
            *self._arguments,
            cwd=self._folder,
            env=self._environment,
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        return self._process

    async def __aexit__(self, *_: object) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.communicate()


async def until(found: Any) -> None:
    async with asyncio.timeout(60):
        while not found():  # noqa: ASYNC110 - another process is waited for, by what it has done
            await asyncio.sleep(0.02)


async def test_keys_that_x_does_not_know(tmp_path: Path) -> None:
    path = tmp_path / "poem.py"
    path.write_text(POEM.replace("LINES", "1"))
    async with Emulator() as x, Running(x, tmp_path, path, X_TOKEN_SECRET="wrong") as process:  # noqa: S106
        _, said = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 2
    assert said.startswith(b"chinwag: X does not let this account in any more: Unauthorized")


async def test_the_game_is_played_in_mentions(tmp_path: Path) -> None:
    more = {"X_READS_PER_MONTH": "1000"}
    async with Emulator() as x:
        x.clock = 10**10  # an id of later than the first look, whatever the clock here says
        first = x.mention("@blake guess")
        async with Running(x, tmp_path, EXAMPLES / "guess.py", **more):
            await until(lambda: x.posts)
    assert [(text, reply) for _, text, reply in x.posts] == [("From what number?", first)]


async def kill_and_count(folder: Path, lines: int, kills: int) -> None:
    """Post so many lines, losing answers, and kill again and again: each line is there once, in order."""
    draw = random.Random(7)  # noqa: S311 - when to kill
    path = folder / "poem.py"
    path.write_text(POEM.replace("LINES", str(lines)))
    async with Emulator() as x:
        for kill in range(1, kills + 1):
            async with Running(x, folder, path):
                x.slow, x.lose = draw.random() / 20, 1
                x.fault("POST /2/tweets", 503)
                target = len(x.posts) + max(1, (lines - len(x.posts)) // (kills + 2 - kill))
                await until(lambda target=target: len(x.posts) >= target)
                await asyncio.sleep(draw.random() / 20)
            x.faults.clear()
        x.slow = x.lose = 0
        async with Running(x, folder, path) as process:
            # The last line may stand there from before the kill, and then the process has hardly begun.
            await until(lambda: listens(folder / ".chinwag" / "poem.db.sock"))
            await until(lambda: any(text.split()[:2] == ["line", str(lines - 1)] for text in x.texts))
            process.terminate()
            assert await asyncio.wait_for(process.wait(), 20) == 0
    told = [int(text.split()[1]) for text in x.texts if text.startswith("line")]
    assert told == list(range(lines))


async def test_a_kill_neither_loses_nor_doubles_a_line(tmp_path: Path) -> None:
    await kill_and_count(tmp_path, lines=20, kills=2)


@pytest.mark.soak
async def test_many_kills_neither_lose_nor_double_a_line(tmp_path: Path) -> None:
    await kill_and_count(tmp_path, lines=60, kills=20)
