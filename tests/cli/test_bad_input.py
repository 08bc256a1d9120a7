"""Bad input at the command line: each gets one sentence that says what to do, and no traceback unless ``--debug``."""

import sqlite3
from pathlib import Path

import pytest
from tests.cli.shell import EXAMPLES, chinwag

from chinwag.cli.networks import names

GUESS = EXAMPLES / "guess.py"


def write(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text)


def sentence(folder: Path, *arguments: object) -> str:
    """What is said on stderr; it is one line, with exit code 2."""
    done = chinwag(folder, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("chinwag: ")
    assert done.stderr.count("\n") == 1
    return done.stderr.removeprefix("chinwag: ").rstrip("\n")


FILES = [
    ("def f(:\n", "odd.py cannot be imported: line 1 of {folder}/odd.py: "),
    ("\nraise ValueError('no')\n", "odd.py cannot be imported: line 2: ValueError: no"),
    ("import nowhere_at_all\n", "odd.py needs the module nowhere_at_all, which is not installed (line 1)"),
    ("import sys\nsys.exit(3)\n", "odd.py ends the process when it is imported (line 2): take that out"),
    ("x = 1\n", 'odd.py has no bot: write `bot = Bot("name")` at its top level'),
    (
        "from chinwag import Bot\na = Bot('a')\nb = Bot('b')\n",
        "odd.py has 2 bots (a, b): name one, such as odd.py:a",
    ),
]


@pytest.mark.parametrize(("text", "words"), FILES, ids=[words for _, words in FILES])
def test_a_file(tmp_path: Path, text: str, words: str) -> None:
    write(tmp_path, "odd.py", text)
    assert sentence(tmp_path, "chat", "odd.py").startswith(words.format(folder=tmp_path.resolve()))


STORES = [
    ("postgresql://anna:secret@db/bots", "a store in PostgreSQL is not there yet"),
    ("mysql://anna:secret@db/bots", "--store cannot open 'mysql://…@db/bots'"),
    ("guess.db", "--store takes a URL, not 'guess.db'"),
    ("sqlite:///notes.txt", "notes.txt is not a database: choose another file with --store"),
    ("sqlite:///notes.txt/guess.db", "the store notes.txt/guess.db cannot be written"),
    ("sqlite:///other.db", "other.db is a database, but not one of Chinwag's"),
    ("sqlite:///newer.db", "the store newer.db was written by a newer Chinwag"),
]


@pytest.mark.parametrize(("url", "words"), STORES, ids=[url for url, _ in STORES])
def test_a_store(tmp_path: Path, url: str, words: str) -> None:
    write(tmp_path, "notes.txt", "nothing but notes\n" * 100)
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("CREATE TABLE recipes (name TEXT)")
    other.close()
    with sqlite3.connect(tmp_path / "newer.db") as newer:
        newer.executescript(
            "CREATE TABLE meta (key, value); CREATE TABLE conv (x); CREATE TABLE journal (x);"
            "INSERT INTO meta VALUES ('schema', 999)"
        )
    newer.close()
    said = sentence(tmp_path, "chat", GUESS, "--store", url)
    assert said.startswith(words)
    assert "secret" not in said


def test_other_arguments(tmp_path: Path) -> None:
    assert (
        sentence(tmp_path, "run", GUESS, "--on", "pigeon")
        == f"there is no network 'pigeon', there is {', '.join(names())}"
    )
    assert sentence(tmp_path, "ps") == (
        "there is no store in .chinwag: talk to a bot first (`chinwag chat FILE`), or give --store"
    )
    assert sentence(tmp_path, "init", "a b").startswith("a bot's name has letters, digits, - and _ only")
    assert sentence(tmp_path, "graph", GUESS, "--svg", "no/such/folder.svg")


def test_debug_shows_where(tmp_path: Path) -> None:
    write(tmp_path, "odd.py", "raise ValueError('no')\n")
    done = chinwag(tmp_path, "--debug", "chat", "odd.py")
    assert done.returncode == 2
    assert "Traceback (most recent call last)" in done.stderr
    assert 'odd.py", line 1' in done.stderr


def test_lines_that_are_no_answers(tmp_path: Path) -> None:
    lines = b"guess\n" + b"a" * 1_200_000 + b"\n\xff\xfe\n\n1\n" + b"9" * 23 + b"\n"
    done = chinwag(tmp_path, "chat", GUESS, text=lines)
    assert done.returncode == 0
    assert done.stderr == ""
    refused = ["Please input an integer.", "From what number?"]
    assert done.stdout.splitlines() == [
        "From what number?",
        *refused * 3,
        "To what number?",
        f"Guess a number between 1 to {'9' * 23}",
    ]


PROMPTS = [("''", "an empty text"), ("'x' * 200_000", "200,000 characters"), ("7", "takes a text, not int")]


@pytest.mark.parametrize(("prompt", "words"), PROMPTS)
def test_a_prompt_that_cannot_be_shown(tmp_path: Path, prompt: str, words: str) -> None:
    write(
        tmp_path,
        "odd.py",
        "from chinwag import Bot, Chat\nbot = Bot('odd')\n@bot.on_command('start')\n"
        f"async def start(chat: Chat) -> None:\n    await chat.ask({prompt})\n",
    )
    done = chinwag(tmp_path, "chat", "odd.py", text="/start\n")
    assert done.stdout == "Sorry, something went wrong here. It has been noted; you can start again.\n"
    assert done.stderr.count("\n") == 1
    assert words in done.stderr
    assert "`chinwag resume 1` after a fix" in done.stderr
    assert "Traceback" in chinwag(tmp_path, "show", 1).stdout


def test_parse_and_step_that_misbehave(tmp_path: Path) -> None:
    write(
        tmp_path,
        "odd.py",
        "from chinwag import Bot, Chat\nbot = Bot('odd')\n"
        "def parse(text: str) -> int:\n    raise KeyError(text)\n"
        "def step() -> object:\n    return object()\n"
        "@bot.on_command('parse')\nasync def one(chat: Chat) -> None:\n    await chat.ask('?', parse)\n"
        "@bot.on_command('step')\nasync def two(chat: Chat) -> None:\n    await chat.step(step)\n",
    )
    done = chinwag(tmp_path, "chat", "odd.py", text="/parse\nx\n/step\n")
    assert done.returncode == 0
    first, second = done.stderr.splitlines()
    assert "conversation 1 (one) has failed" in first
    assert "KeyError" in first
    assert "conversation 2 (two) has failed" in second
    assert "object" in second


def test_a_damaged_journal_row(tmp_path: Path) -> None:
    chinwag(tmp_path, "chat", GUESS, text="guess\n1\n")
    path = tmp_path / ".chinwag" / "guess.db"
    with sqlite3.connect(path) as database:
        database.execute("UPDATE journal SET row = '[1,\"sta' WHERE seq = 0")
    database.close()
    done = chinwag(tmp_path, "chat", GUESS)
    assert done.returncode == 0
    assert "a journal row is damaged" in done.stderr
    assert "cancel --force" in done.stderr
    assert "Traceback" not in done.stderr
    assert "diverged" in chinwag(tmp_path, "ps").stdout
    assert chinwag(tmp_path, "show", 1).returncode == 0
    assert chinwag(tmp_path, "cancel", 1, "--force").returncode == 0
