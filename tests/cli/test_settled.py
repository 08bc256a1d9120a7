"""Settings of a bot on the command line and of a mounted one."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from tests.cli.shell import chinwag

from chinwag import Bot, UsageError, asgi
from chinwag.cli.settled import pairs, settled

SHEEP = """
from dataclasses import dataclass
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from chinwag import Bot, Chat, File

@dataclass(frozen=True)
class Sheep:
    poem: File
    pause: float = 30.0

    def check(self) -> None:
        if not Path(self.poem).read_text():
            raise ValueError(f"the poem {self.poem} has no lines: write some")

bot = Bot("sheep", settings=Sheep)

@bot.on_text("poem")
async def poem(chat: Chat) -> None:
    settings = chat.settings(Sheep)
    await chat.say(f"{settings.poem} every {settings.pause + 1}")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sheep.py").write_text(SHEEP)
    (tmp_path / "tyger.txt").write_text("Tyger Tyger, burning bright,\n")
    (tmp_path / "empty.txt").write_text("")
    return tmp_path


@pytest.mark.parametrize("words", [("chat", "sheep.py"), ("run", "sheep.py", "--on", "terminal")])
def test_a_conversation_sees_what_was_set(folder: Path, words: tuple[str, ...]) -> None:
    done = chinwag(folder, *words, "--set", "poem=tyger.txt", "--set", "pause=1.5", text="poem\n")
    assert (done.stdout, done.stderr) == ("tyger.txt every 2.5\n", "")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ((), "object missing required field `poem`; settings are given as --set KEY=VALUE"),
        (("poem",), "--set takes KEY=VALUE, a setting of the bot, not 'poem'"),
        (("=x",), "--set takes KEY=VALUE, a setting of the bot, not '=x'"),
        (("poem=tyger.txt", "pose=1"), "there is no setting 'pose'; there is poem, pause"),
        (("poem=tyger.txt", "pause=long"), "the setting 'pause' cannot be used"),
        (("poem=nowhere.txt",), "nowhere.txt cannot be read: No such file or directory"),
        (("poem=empty.txt",), "the poem empty.txt has no lines: write some"),
    ],
)
def test_what_cannot_be_set_is_refused_before_anything_starts(folder: Path, said: tuple[str, ...], words: str) -> None:
    done = chinwag(folder, "chat", "sheep.py", *[part for one in said for part in ("--set", one)], text="poem\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert not (folder / ".chinwag").exists()


def test_a_bot_without_settings_has_nothing_to_set() -> None:
    with pytest.raises(UsageError, match="the bot plain has no settings, so there is nothing to --set"):
        settled(Bot("plain"), pairs(["a=1"]))
    assert settled(Bot("plain"), {}) is None


def test_a_file_of_accounts_has_the_settings_itself(folder: Path) -> None:
    done = chinwag(folder, "run", "--set", "a=1")
    assert (done.returncode, "settings of its own" in done.stderr) == (2, True)


@dataclass(frozen=True)
class Shop:
    currency: str


def test_a_mounted_bot_takes_its_settings_by_their_names(tmp_path: Path) -> None:
    bot = Bot("shop", settings=Shop)
    keys: dict[str, Any] = {"token": "t", "secret": "s" * 32, "store": f"sqlite:///{tmp_path}/shop.db"}
    assert asgi(bot, on="line", currency="EUR", **keys).paths == []
    with pytest.raises(UsageError, match=r"field `currency`; settings are given .* or to asgi by their names"):
        asgi(bot, on="line", **keys)
