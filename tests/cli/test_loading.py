"""FILE on the command line: which module is imported, which bot is meant, and what is said if none is."""

import sys
from pathlib import Path

import pytest

from chinwag.bot import Bot
from chinwag.cli.loading import load
from chinwag.core.errors import UsageError

ONE = "from chinwag import Bot\nbot = Bot('one')\n"
TWO = "from chinwag import Bot\nalso = a = Bot('a')\nb = Bot('b')\nnumber = 7\n"


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "path", sys.path.copy())
    monkeypatch.chdir(tmp_path)


def write(folder: Path, name: str, text: str) -> str:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return name


def test_a_path(tmp_path: Path) -> None:
    name = write(tmp_path, "folder/loaded_one.py", ONE)
    bot = load(name)
    assert (type(bot), bot.name) == (Bot, "one")
    assert sys.modules["loaded_one"].__file__ == str((tmp_path / name).resolve())
    assert load(name) is bot
    assert load(f"{name}:bot") is bot


def test_a_path_finds_its_neighbours(tmp_path: Path) -> None:
    write(tmp_path, "folder/loaded_neighbour.py", "NAME = 'next'\n")
    text = "from chinwag import Bot\nfrom loaded_neighbour import NAME\nbot = Bot(NAME)\n"
    assert load(write(tmp_path, "folder/loaded_asks.py", text)).name == "next"


def test_a_module_of_the_current_folder(tmp_path: Path) -> None:
    write(tmp_path, "loaded_package/__init__.py", "")
    write(tmp_path, "loaded_package/inner.py", ONE)
    assert load("loaded_package.inner:bot").name == "one"
    assert load("loaded_package.inner").name == "one"


def test_one_of_two(tmp_path: Path) -> None:
    name = write(tmp_path, "loaded_two.py", TWO)
    assert load(f"{name}:b").name == "b"
    with pytest.raises(UsageError, match=r"has 2 bots \(also, b\): name one, such as loaded_two.py:also"):
        load(name)
    with pytest.raises(UsageError, match=r"'number' in loaded_two.py is no Bot, but int; there is loaded_two.py:also,"):
        load(f"{name}:number")
    with pytest.raises(UsageError, match=r"loaded_two.py has no 'c'; there is"):
        load(f"{name}:c")


REFUSED = [
    ("none.py", "there is no file none.py: write path.py, path.py:bot or package.module:bot"),
    ("folder", "folder is no Python file"),
    ("notes.txt", "notes.txt is no Python file"),
    ("random.py", "random.py has the name of a module that is needed itself, random: call it random_bot.py, say"),
    ("nowhere:bot", "there is neither a file nor a module nowhere"),
    ("nowhere.at.all", "there is no module nowhere"),
    ("notes.txt:", "'notes.txt:' names no bot"),
    ("..", ".. is no Python file"),
    ("...x", "there is neither a file nor a module ...x"),
    ("loaded_bad.deep", "loaded_bad.deep cannot be imported: line 1"),
]


@pytest.mark.parametrize(("file", "words"), REFUSED)
def test_what_is_refused(tmp_path: Path, file: str, words: str) -> None:
    for name in ("folder/x", "notes.txt", "random.py"):
        write(tmp_path, name, ONE)
    write(tmp_path, "loaded_bad/__init__.py", "1 / 0")
    with pytest.raises(UsageError) as caught:
        load(file)
    assert str(caught.value).startswith(words)


def test_code_that_failed_is_run_again(tmp_path: Path) -> None:
    name = write(tmp_path, "loaded_again.py", "from chinwag import Bot\n\nraise ValueError\n")
    with pytest.raises(UsageError, match=r"loaded_again.py cannot be imported: line 3: ValueError") as caught:
        load(name)
    assert isinstance(caught.value.__cause__, ValueError)
    write(tmp_path, "loaded_again.py", ONE)
    assert load(name).name == "one"


def test_the_line_is_the_users_own(tmp_path: Path) -> None:
    name = write(tmp_path, "loaded_own.py", "import json\n\njson.loads('{')\n")
    with pytest.raises(UsageError, match="cannot be imported: line 3: JSONDecodeError"):
        load(name)
