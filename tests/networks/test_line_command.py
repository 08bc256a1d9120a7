"""`chinwag run … --on line` as a process: the game word for word, what is refused, how it begins and ends."""

import asyncio
from pathlib import Path

import aiohttp
import pytest
from tests.cli.shell import EXAMPLES, chinwag
from tests.networks.line_stage import Person, Serving
from tests.servers.line.line_emulator import SECRET, LineEmulator
from tests.servers.line.line_events import group_id, redelivered, says, user_id

pytestmark = pytest.mark.timeout(300)
ANN, GROUP = user_id(1), group_id(1)
HINT = "input 'guess' to play the game!"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"LINE_TOKEN": "", "LINE_SECRET": "s"}, "LINE needs the channel access token: set LINE_TOKEN"),
        ({"LINE_TOKEN": "hush", "LINE_SECRET": ""}, "LINE needs the channel secret: set LINE_SECRET"),
        ({"LINE_TOKEN": "hu sh", "LINE_SECRET": "s"}, "LINE_TOKEN is not the channel access token"),
        ({"LINE_TOKEN": "hush", "LINE_SECRET": "s", "LINE_API_URL": "x.org"}, "LINE_API_URL is no URL"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(more: dict[str, str], words: str, tmp_path: Path) -> None:
    done = chinwag(tmp_path, "run", EXAMPLES / "guess.py", "--on", "line", more=more)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"chinwag: {words}")
    assert done.stderr.count("\n") == 1
    assert "hu" not in done.stderr


async def test_the_game_word_for_word(prism: str, tmp_path: Path) -> None:
    async with LineEmulator(prism) as line:
        serving = Serving(line, tmp_path)
        await serving.begin()
        ann = Person(serving, ANN)
        for says_, *hears in (
            ("hello", HINT),
            ("guess", "From what number?"),
            ("guess", "Please input an integer.", "From what number?"),
            ("nine", "Please input an integer.", "From what number?"),
            ("9", "To what number?"),
            ("1", "Please input a number that is at least 9.", "To what number?"),
            ("9", "Guess a number between 9 to 9"),
            ("10", "Too large"),
            ("8", "Too small"),
            ("x", "Please input an integer.", "Too small"),
            ("9", "You spent 3 times to guess the secret number."),
            ("9", HINT),
        ):
            await ann.says(says_)
            await ann.hears(*hears)
        assert await serving.end() == 0
        assert serving.output == ""
        assert line.violations == []
        assert line.called("/push") == [], "everything answered something"


async def test_who_may_push_and_what_is_served(tmp_path: Path) -> None:
    async with LineEmulator() as line, aiohttp.ClientSession() as http:
        serving = Serving(line, tmp_path)
        await serving.begin()
        for path, status in (("/healthz", 200), ("/readyz", 200), ("/webhooks/line", 405), ("/elsewhere", 404)):
            async with http.get(serving.base + path) as answer:
                assert answer.status == status
        assert await line.deliver(serving.url, says(ANN, "guess"), secret=SECRET[::-1]) == 401
        async with http.post(serving.url, data=b"{") as answer:
            assert answer.status == 401
        assert await line.deliver(serving.url, {"type": "of tomorrow", "source": {"type": "moon"}}) == 200
        assert line.chats == {}
        assert await serving.end() == 0


async def test_a_token_that_line_does_not_know(tmp_path: Path) -> None:
    async with LineEmulator() as line:
        serving = Serving(line, tmp_path)
        await serving.start({"LINE_TOKEN": "of-somebody-else"})
        assert await serving.code() == 2
        assert serving.output == (
            "chinwag: LINE does not know this token: check LINE_TOKEN, or issue one in the LINE Developers Console.\n"
        )


async def test_a_game_outlives_a_kill_and_a_redelivery_is_consumed_once(tmp_path: Path) -> None:
    async with LineEmulator() as line:
        serving = Serving(line, tmp_path)
        await serving.begin()
        ann = Person(serving, ANN, GROUP)
        await ann.says("guess")
        event = await ann.says("7")
        await ann.hears("From what number?", "To what number?")
        await serving.kill()
        lost = says(ANN, "7", GROUP)
        assert await line.deliver(serving.url, lost) == 0
        await serving.begin()
        assert await line.deliver(serving.url, redelivered(event)) == 200, "it was consumed before"
        assert await line.deliver(serving.url, redelivered(lost), redelivered(lost)) == 200
        await ann.hears("Guess a number between 7 to 7")
        await asyncio.gather(*(line.deliver(serving.url, redelivered(lost)) for _ in range(5)))
        await ann.says("7")
        await ann.hears("You spent 1 times to guess the secret number.")
        assert await serving.end() == 0
