"""`chinwag run … --on mastodon` as a process: what it says, that it talks, and what a kill costs."""

import random
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.cli.shell import EXAMPLES, chinwag, command, listens
from tests.networks.mastodon_stage import Mastodon, Person, text_of
from tests.networks.telegram_stage import Process

from chinwag import Bot
from chinwag.cli.networks.mastodon import recipient
from chinwag.cli.serving import Options, serve
from chinwag.core.errors import UsageError

POEM = '''
from chinwag import Bot, Chat
bot = Bot("poem")

@bot.always()
async def poem(chat: Chat) -> None:
    """Post."""
    for number in range(LINES):
        sent = await chat.say(f"line {number} " + "and so on " * (60 if number % 7 == 3 else 0))
        await sent.delivered()
    await chat.sleep(1_000_000)
'''
URL = "https://mastodon.example"
pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize(
    ("variables", "options", "words"),
    [
        ({}, Options(), "Mastodon needs the URL of the instance: set MASTODON_URL"),
        ({"URL": URL}, Options(), "Mastodon needs the account's token"),
        ({"URL": "mastodon.example", "TOKEN": "secret"}, Options(), "the URL of the instance is none"),
        ({"URL": "https://me:secret@a.example", "TOKEN": "x"}, Options(), "the URL of the instance is none"),
        ({"URL": "http://a.example", "TOKEN": "secret"}, Options(), "a.example would be spoken to without encryption"),
        ({"URL": URL, "TOKEN": "secret words"}, Options(), "the token of Mastodon is no token"),
        ({"URL": URL, "TOKEN": "secret", "VISIBILITY": "friends"}, Options(), "visibility is one of public, unlisted"),
        ({"URL": URL, "TOKEN": "secret"}, Options(to=("ann",)), "--to takes name@host"),
        ({"URL": URL, "TOKEN": "secret"}, Options(to=("-",), flags={"webhook": "https://x"}), "--webhook is not for"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(
    variables: dict[str, str], options: Options, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("URL", "TOKEN", "ALLOW_HTTP", "VISIBILITY"):
        monkeypatch.setenv(f"MASTODON_{name}", variables.get(name, ""))
    with pytest.raises(UsageError) as caught:
        serve(Bot("poem"), "mastodon", options)
    assert str(caught.value).startswith(words)
    assert "secret" not in str(caught.value)


def test_who_gets_what_a_schedule_starts() -> None:
    assert recipient("mastodon:a", "@Ann@b.example@UTC") == ("mastodon:a/@ann@b.example/ann@b.example", "UTC")
    assert recipient("mastodon:a", "-@UTC") == ("mastodon:a/-/-", "UTC")
    with pytest.raises(UsageError, match="no time zone"):
        recipient("mastodon:a", "ann@b.example@Nowhere")


def settings(person: Person, url: str = "") -> dict[str, str]:
    return {
        "MASTODON_URL": url or person.mastodon.url,
        "MASTODON_TOKEN": person.token,
        "MASTODON_ALLOW_HTTP": "true",
    }


def wait(found: Callable[[], Any]) -> Any:
    """Wait until something is there."""
    for _ in range(300):
        if value := found():
            return value
        threading.Event().wait(0.05)
    raise AssertionError("it never came")


def test_a_token_that_the_instance_does_not_know(mastodon: Mastodon, tmp_path: Path) -> None:
    wrong = settings(Person(mastodon, "nobody", "wrong"))
    done = chinwag(tmp_path, "run", EXAMPLES / "guess.py", "--on", "mastodon", more=wrong)
    assert done.returncode == 2
    assert done.stderr.startswith(f"chinwag: {mastodon.url} does not let this account in: ")
    assert "Traceback" not in done.stderr


def test_the_game_is_played_in_direct_messages_through_a_kill(mastodon: Mastodon, tmp_path: Path) -> None:
    bot, ann = mastodon.join("bot"), mastodon.join("ann")

    def says(text: str) -> None:
        ann.says(f"@{bot.name} {text}", visibility="direct")

    def hears(text: str) -> None:
        wait(lambda: [text_of(one) for one in ann.mentions][-1:] == [f"@{ann.name} {text}"])

    def greeted() -> list[Any]:
        says("hello")
        return ann.mentions

    start = command("run", EXAMPLES / "guess.py", "--on", "mastodon")
    with Process(start, tmp_path, settings(bot)):
        wait(lambda: mastodon.http.get("/api/v1/streaming/health"))
        # What is written before the very first start has found its place is not answered, so this is said until it is.
        wait(greeted)
        hears("input 'guess' to play the game!")
        says("guess")
        hears("From what number?")
        says("1")
        hears("To what number?")
    says("1")
    with Process(start, tmp_path, settings(bot)):
        hears("Guess a number between 1 to 1")
        says("1")
        hears("You spent 1 times to guess the secret number.")
    assert {one["visibility"] for one in ann.mentions} == {"direct"}


def kill_and_count(mastodon: Mastodon, folder: Path, lines: int, kills: int) -> None:
    """Post so many lines, with faults, and kill the process again and again: each line is there once, in order."""
    bot, draw = mastodon.join("poet"), random.Random(7)  # noqa: S311 - when to kill
    path = folder / "poem.py"
    path.write_text(POEM.replace("LINES", str(lines)))
    start = command("run", path, "--on", "mastodon")
    for kill in range(1, kills + 1):
        with Process(start, folder, settings(bot)):
            # An answer that comes late is when a kill leaves it unknown whether the post is there.
            mastodon.fault("latency", count=3, delay_ms=draw.randrange(20, 120))
            mastodon.fault("malformed", count=1)
            mastodon.fault("status", count=1, status=503)
            target = lines * kill // (kills + 1)
            wait(lambda target=target: len(bot.posts) >= target)  # type: ignore[misc]
            threading.Event().wait(draw.random() / 20)
        mastodon.mend()
    with Process(start, folder, settings(bot)) as serving:
        # The last line may stand there from before the kill, and then the process has hardly begun.
        wait(lambda: listens(folder / ".chinwag" / "poem.db.sock"))
        wait(lambda: f"line {lines - 1}" in bot.lines)
        assert serving.end() == 0
    told = [int(line.split()[1]) for line in bot.lines if line.startswith("line")]
    assert told == list(range(lines))
    assert all(post["in_reply_to_id"] for post in bot.posts if not text_of(post).startswith("line"))


def test_a_kill_costs_no_line_and_no_double(mastodon: Mastodon, tmp_path: Path) -> None:
    kill_and_count(mastodon, tmp_path, lines=24, kills=2)


@pytest.mark.soak
def test_many_kills_cost_no_line_and_no_double(mastodon: Mastodon, tmp_path: Path) -> None:
    kill_and_count(mastodon, tmp_path, lines=50, kills=20)
