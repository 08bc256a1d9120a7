"""``chinwag run --config`` as a shell runs it: a rehearsal, a change of the file, a stop."""

import os
import shutil
import signal
import time
from pathlib import Path

import pytest
from tests.cli.shell import EXAMPLES, Talk, chinwag

HEAD = """
[defaults]
network = "telegram"
bot = "flock/sheep.py"
line_interval = 0.05
poem_interval = 0.05
[[accounts]]
name = "blake"
token = { env = "NOBODY_HAS_SET_THIS" }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLES / "flock", tmp_path / "flock", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "empty.txt").touch()
    (tmp_path / "chinwag.toml").write_text(HEAD + '[[accounts]]\nname = "mute"\npoem = "empty.txt"\n', encoding="utf-8")
    return tmp_path


def said(line: str, account: str) -> str:
    clock, name, words = line.split("  ", 2)
    assert len(clock) == len("12:00:00")
    assert name == account
    return words


def test_a_rehearsal_prints_the_poem_and_names_the_empty_one(folder: Path) -> None:
    poem = [line.strip() for line in (folder / "flock/poems/tyger.txt").read_text(encoding="utf-8").splitlines()]
    poem = [line for line in poem if line]
    with Talk(folder, "run", "--dry-run") as talk:
        heard = [said(talk.hear(), "telegram:blake") for _ in range(30)]
        talk.signal(signal.SIGTERM)
        asked = time.monotonic()
        assert talk.code() == 0
        assert time.monotonic() - asked < 5, "a busy machine; a second or two is what it takes"
    assert heard == (poem + poem)[:30]
    assert "error: telegram:mute does not start: the poem empty.txt has no lines" in talk.errors()
    assert not (folder / ".chinwag").exists(), "a rehearsal keeps nothing"


def test_a_hangup_has_the_file_read_anew_and_a_bad_file_changes_nothing(folder: Path) -> None:
    with Talk(folder, "run", "--dry-run") as talk:
        said(talk.hear(), "telegram:blake")
        (folder / "chinwag.toml").write_text(HEAD + "tempo = 3\n", encoding="utf-8")
        talk.signal(signal.SIGHUP)
        while "everything is left as it was" not in talk.errors():
            said(talk.hear(), "telegram:blake")
        (folder / "empty.txt").write_text("Howl\n", encoding="utf-8")
        (folder / "chinwag.toml").write_text(
            HEAD + '[[accounts]]\nname = "new"\npoem = "empty.txt"\n', encoding="utf-8"
        )
        os.kill(talk.process.pid, signal.SIGHUP)
        while "telegram:new  Howl" not in talk.hear():
            pass
        talk.signal(signal.SIGINT)
        assert talk.code() == 130
    assert "there is no setting 'tempo'" in talk.errors()


@pytest.mark.parametrize(("arguments", "words"), [
    (["run"], "or a file of accounts with --config: chinwag.toml (which is not here) has no [[accounts]]"),
    (["run", "x.py"], "chinwag run needs --on NETWORK"),
    (["run", "--on", "telegram"], "chinwag run needs FILE, the bot"),
    (["run", "x.py", "--on", "telegram", "--dry-run"], "--dry-run is for a file of accounts"),
    (["run", "--to", "42"], "in a file of accounts each has settings of its own"),
    (["run", "--config", "none.toml"], "none.toml cannot be read: No such file or directory"),
    (["stop", "blake"], "there is no store in .chinwag"),
    (["ps", "--accounts", "--store", "sqlite:///flock.db"], "nobody serves flock.db now: begin with chinwag run"),
    (["start", "blake", "--store", "sqlite:///flock.db"], "nobody serves flock.db now"),
    (["reload", "--store", "sqlite:///flock.db"], "nobody serves flock.db now"),
])  # fmt: skip
def test_what_cannot_be_is_told_in_a_sentence(tmp_path: Path, arguments: list[str], words: str) -> None:
    done = chinwag(tmp_path, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
