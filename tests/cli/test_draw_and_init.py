"""``graph``, ``init`` and ``--help``: what they print, and that what ``init`` writes works."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.shell import EXAMPLES, chinwag, environment

from chinwag.cli.loading import load
from chinwag.cli.main import COMMANDS, command
from chinwag.cli.transitions import mermaid, transitions

WEATHER = """\
stateDiagram-v2
    [*] --> start : /start
    start --> FindCity
    FindCity --> FindCity
    FindCity --> FetchWeather
    FetchWeather --> ContinueOrQuit
    ContinueOrQuit --> FindCity
    ContinueOrQuit --> [*]
"""


def test_the_weather(tmp_path: Path) -> None:
    assert chinwag(tmp_path, "graph", EXAMPLES / "weather.py").stdout == WEATHER


def test_a_picture(tmp_path: Path) -> None:
    (tmp_path / "mermaidx.py").write_text(
        "class Drawing:\n"
        "    def __init__(self, text):\n        self.text = text\n"
        "    def svg(self):\n        return f'<svg>{self.text}</svg>'\n"
        "def render(text):\n    return Drawing(text)\n"
    )
    path = os.pathsep.join([str(tmp_path), environment()["PYTHONPATH"]])
    done = chinwag(tmp_path, "graph", EXAMPLES / "weather.py", "--svg", "x.svg", more={"PYTHONPATH": path})
    assert done.stdout == "x.svg is drawn\n"
    assert (tmp_path / "x.svg").read_text() == f"<svg>{WEATHER.rstrip()}</svg>"


def test_without_the_library(tmp_path: Path) -> None:
    (tmp_path / "mermaidx.py").write_text("raise ImportError\n")
    path = os.pathsep.join([str(tmp_path), environment()["PYTHONPATH"]])
    done = chinwag(tmp_path, "graph", EXAMPLES / "weather.py", "--svg", "x.svg", more={"PYTHONPATH": path})
    assert done.stderr == "chinwag: --svg needs the library mermaidx: pip install 'chinwag[graph]'\n"


def drawn(tmp_path: Path, name: str, text: str) -> list[str]:
    (tmp_path / f"{name}.py").write_text(text)
    return [line.strip() for line in mermaid(transitions(load(str(tmp_path / f"{name}.py")))).splitlines()[1:]]


def test_states_without_annotations_are_found_in_the_source(tmp_path: Path) -> None:
    text = """
from dataclasses import dataclass
from chinwag import Bot, Chat, State
bot = Bot("drawn")

@bot.on_text("go")
@dataclass(frozen=True)
class First(State):
    async def run(self, chat):
        def inner():
            return Third()
        if await chat.confirm("?"):
            return Second(1)
        return

@dataclass(frozen=True)
class Second(State):
    number: int
    async def run(self, chat: Chat) -> "Nowhere":
        return First() if self.number else Third()

@dataclass(frozen=True)
class Third(State):
    async def run(self, chat: Chat) -> State | None:
        await chat.say("Bye")
"""
    assert drawn(tmp_path, "drawn_states", text) == [
        "[*] --> First : 'go'",
        "First --> Second",
        "Second --> First",
        "Second --> Third",
        "First --> [*]",
        "Third --> [*]",
    ]


def test_every_kind_of_beginning(tmp_path: Path) -> None:
    text = """
from chinwag import Bot, Chat
bot = Bot("drawn")

@bot.on_text('say "x"; <y>')
@bot.every(300)
@bot.daily("20:00", zone="Europe/Berlin")
@bot.on_message()
@bot.on_join()
@bot.always()
async def end(chat: Chat) -> None:
    await chat.say("x")
"""
    assert drawn(tmp_path, "drawn_beginnings", text) == [
        'state "end" as end_',
        "[*] --> end_ : 'say #34;x#34;#59; #60;y#62;'",
        "[*] --> end_ : daily 20:00 Europe/Berlin",
        "[*] --> end_ : every 0:05:00",
        "[*] --> end_ : always",
        "[*] --> end_ : any message",
        "[*] --> end_ : somebody joins",
        "end_ --> [*]",
    ]


def test_a_new_bot_passes_its_test_at_once(tmp_path: Path) -> None:
    done = chinwag(tmp_path, "init", "mybot")
    assert done.returncode == 0
    folder = tmp_path / "mybot"
    assert sorted(path.name for path in folder.iterdir()) == [".gitignore", "Makefile", "bot.py", "test_bot.py"]
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore"],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=55,
        check=False,
    )
    assert tests.returncode == 0, tests.stdout + tests.stderr
    assert "2 passed" in tests.stdout
    talk = chinwag(folder, "chat", "bot.py", text="/start\nAnna\n30\n")
    assert talk.stdout.splitlines()[-1] == "In ten years you will be 40."
    again = chinwag(tmp_path, "init", "mybot")
    assert (again.returncode, again.stderr) == (
        2,
        "chinwag: mybot/bot.py is there already: choose another name, or move it away\n",
    )


@pytest.mark.parametrize("name", COMMANDS)
def test_help_begins_with_the_line_of_the_list_and_has_an_example(name: str) -> None:
    text: str = command(name).help
    assert text.partition("\n")[0].replace("`", "") == COMMANDS[name]
    assert f"Example: chinwag {name}" in text


def test_help_is_wrapped_to_a_narrow_window_and_keeps_brackets(tmp_path: Path) -> None:
    text = chinwag(tmp_path, "graph", "--help", more={"COLUMNS": "50"}).stdout
    assert "chinwag[graph]" in text
    assert max(map(len, text.splitlines())) <= 50
    assert "package.module:bot" in text


def test_the_list_of_commands(tmp_path: Path) -> None:
    done = chinwag(tmp_path, "--help", more={"COLUMNS": "80"})
    assert done.returncode == 0
    assert all(name in done.stdout for name in COMMANDS)
    assert "Usage: chinwag" in done.stdout
    assert "..." not in done.stdout.partition("Commands:")[2], "each line stands whole on 80 columns"
    assert chinwag(tmp_path, "--version").stdout.startswith("chinwag ")
    unknown = chinwag(tmp_path, "chatt")
    assert unknown.returncode == 2
    assert "Did you mean 'chat'" in unknown.stderr
