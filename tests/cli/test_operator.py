"""What an operator does with a real store, beside a running process and without one."""

import json
import re
from pathlib import Path
from typing import Any

from tests.cli.shell import EXAMPLES, Talk, chinwag

from chinwag.runtime.control import beside

GUESS = EXAMPLES / "guess.py"
KINDLY = """
from chinwag import Bot, Chat
bot = Bot("kindly")

def shout(text: str) -> str:
    raise RuntimeError("no voice")

@bot.on_command("start")
async def start(chat: Chat) -> None:
    try:
        word = await chat.ask("A word?")
        await chat.step(shout, word)
        await chat.say("Done")
    finally:
        await chat.say("Bye")
"""
MENDED = KINDLY.replace('raise RuntimeError("no voice")', "return text.upper()")


def listed(folder: Path, *arguments: object) -> dict[str, Any]:
    done = chinwag(folder, "ps", "--json", *arguments)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_ps_and_show_beside_a_running_process(tmp_path: Path) -> None:
    with Talk(tmp_path, "chat", GUESS) as talk:
        talk.say("guess")
        talk.hear()
        talk.say("one")
        talk.hear_until("From what number?")
        found = listed(tmp_path)
        (line,) = found["conversations"]
        assert line["id"] == 1
        assert line["status"] == "asking"
        assert line["waits_for"] == ["ask 'From what number?'"]
        assert re.fullmatch(r"guess\.py:\d+", line["where"][0])
        assert line["since"] < line["deadline"]
        assert found["tallies"]["waiting"] == 1
        shown = json.loads(chinwag(tmp_path, "show", 1, "--json").stdout)
        told = [(event["what"], event.get("text")) for event in shown["timeline"]]
        assert told == [
            ("born", "by 'guess'"),
            ("asked", "'From what number?'"),
            ("refused", "'one'"),
            ("said", "'Please input an integer.'"),
            ("asked", "'From what number?'"),
        ]
        text = chinwag(tmp_path, "show", 1).stdout
        assert text.startswith("conversation 1 (guess) at terminal:guess/local/you: asking\n")
        assert text.endswith(f"waits for ask 'From what number?' (int) at {line['where'][0]}\n")
    assert chinwag(tmp_path, "show", 7).stderr == "chinwag: there is no conversation 7: `chinwag ps` lists them\n"


def test_a_store_among_several_has_to_be_named(tmp_path: Path) -> None:
    for example in ("guess", "hello"):
        chinwag(tmp_path, "chat", EXAMPLES / f"{example}.py", text="guess\n/start\n")
    done = chinwag(tmp_path, "ps")
    assert done.returncode == 2
    assert "there are 2 stores here: name one with --store, of sqlite:///.chinwag/guess.db" in done.stderr
    assert listed(tmp_path, EXAMPLES / "hello.py")["conversations"][0]["function"] == "hello"
    assert listed(tmp_path, "--store", "sqlite:///.chinwag/guess.db")["conversations"][0]["function"] == "guess"


def test_cancel_through_the_running_process(tmp_path: Path) -> None:
    (tmp_path / "kindly.py").write_text(KINDLY)
    with Talk(tmp_path, "chat", "kindly.py") as talk:
        talk.say("/start")
        talk.hear()
        assert beside(str(tmp_path / ".chinwag/kindly.db")).stat().st_mode & 0o777 == 0o600
        done = chinwag(tmp_path, "cancel", 1)
        assert (done.returncode, done.stdout) == (0, "conversation 1 (start) is cancelled\n")
        assert [talk.hear(), talk.hear()] == ["Bye", "Cancelled."]
        again = chinwag(tmp_path, "cancel", 1)
        assert (again.returncode, again.stdout) == (1, "")
        assert again.stderr == "chinwag: conversation 1 (start) is over: it is cancelled\n"
        talk.kill()
    assert beside(str(tmp_path / ".chinwag/kindly.db")).exists()  # it is stale, and nobody minds
    assert "is over" in chinwag(tmp_path, "cancel", 1, "kindly.py").stderr
    assert chinwag(tmp_path, "chat", "kindly.py").returncode == 0


def test_cancel_where_nobody_runs(tmp_path: Path) -> None:
    (tmp_path / "kindly.py").write_text(KINDLY)
    chinwag(tmp_path, "chat", "kindly.py", text="/start\n")
    refused = chinwag(tmp_path, "cancel", 1)
    assert refused.returncode == 2
    assert (
        "the bot's code is needed: chinwag cancel 1 FILE; or end it without running its code: --force" in refused.stderr
    )
    wrong = chinwag(tmp_path, "cancel", 1, GUESS, "--store", "sqlite:///.chinwag/kindly.db")
    assert wrong.stderr == "chinwag: conversation 1 belongs to the bot kindly, and this file has the bot guess\n"
    assert chinwag(tmp_path, "cancel", 1, "kindly.py").stdout == "conversation 1 (start) is cancelled\n"
    assert listed(tmp_path)["tallies"] == {
        **dict.fromkeys(("waiting", "failed", "diverged"), 0),
        **dict.fromkeys(("messages_failed", "messages_uncertain", "messages_doubled"), 0),
        "messages_pending": 2,
    }
    assert chinwag(tmp_path, "chat", "kindly.py").stdout == "Bye\nCancelled.\n"


def test_force_runs_no_code(tmp_path: Path) -> None:
    (tmp_path / "kindly.py").write_text(KINDLY)
    chinwag(tmp_path, "chat", "kindly.py", text="/start\n")
    done = chinwag(tmp_path, "cancel", 1, "--force")
    assert done.stdout == "conversation 1 (start) is ended; its code did not run\n"
    assert chinwag(tmp_path, "chat", "kindly.py", text="hi\n").stdout == ""


def test_resume_after_a_fix(tmp_path: Path) -> None:
    (tmp_path / "kindly.py").write_text(KINDLY)
    done = chinwag(tmp_path, "chat", "kindly.py", text="/start\nhey\n")
    assert done.stdout.splitlines()[-1] == "Sorry, something went wrong here. It has been noted; you can start again."
    failed = "conversation 1 (start) has failed; `chinwag resume --rerun 1` after a fix: RuntimeError: no voice"
    assert done.stderr.endswith(f"{failed} (kindly.py:6)\n"), "the line that raised, not the one that awaits"
    assert listed(tmp_path)["conversations"][0]["status"] == "failed"
    assert 'raise RuntimeError("no voice")' in chinwag(tmp_path, "show", 1).stdout
    again = chinwag(tmp_path, "resume", 1, "kindly.py")
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.endswith(
        "conversation 1 (start) has failed again: see `chinwag show 1`; `chinwag resume --rerun 1` runs its step anew\n"
    )
    (tmp_path / "kindly.py").write_text(MENDED)
    with Talk(tmp_path, "chat", "kindly.py") as talk:
        for _ in range(1):
            assert talk.hear().startswith("Sorry")  # of the resume in vain
        assert chinwag(tmp_path, "resume", 1, "--rerun").stdout == "conversation 1 (start) goes on\n"
        assert [talk.hear(), talk.hear()] == ["Done", "Bye"]
        talk.end_input()
        assert talk.code() == 0
    assert "nothing to resume" in chinwag(tmp_path, "resume", 1, "kindly.py").stderr
    assert "no message that failed or is uncertain" in chinwag(tmp_path, "retry", 1).stderr


def test_who_mends_the_file_of_a_bot_that_runs_is_told_to_start_it_anew(tmp_path: Path) -> None:
    (tmp_path / "kindly.py").write_text(KINDLY.replace("await chat.step(shout, word)", "shout(word)"))
    with Talk(tmp_path, "chat", "kindly.py") as talk:
        talk.say("/start")
        talk.hear()
        talk.say("hey")
        assert talk.hear().startswith("Sorry")
        (tmp_path / "kindly.py").write_text(MENDED)
        again = chinwag(tmp_path, "resume", 1, "kindly.py")
        assert again.returncode == 1
        assert again.stderr == (
            "chinwag: conversation 1 (start) has failed again: see `chinwag show 1`. "
            "The bot runs with the code it was started with: start it anew\n"
        )
        over = chinwag(tmp_path, "resume", 7)
        assert "start it anew" not in over.stderr


def test_an_id_that_is_none(tmp_path: Path) -> None:
    for word in ("guess", "0", "1.5"):
        done = chinwag(tmp_path, "show", word)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"{word!r} is no number of a conversation: `chinwag ps` lists them" in done.stderr


def test_the_log_says_where_in_the_bots_code_an_error_was(tmp_path: Path) -> None:
    (tmp_path / "odd.py").write_text(
        "from chinwag import Bot, Chat\nbot = Bot('odd')\n"
        "@bot.on_text('a')\nasync def a(chat: Chat) -> None:\n"
        "    try:\n        int('x')\n    except ValueError:\n        raise RuntimeError('handled badly')\n"
        "@bot.on_text('b')\nasync def b(chat: Chat) -> None:\n    await chat.say('')\n"
    )
    first, second = chinwag(tmp_path, "chat", "odd.py", text="a\nb\n").stderr.splitlines()
    assert first.endswith("RuntimeError: handled badly (odd.py:8)")
    assert second.endswith(
        "UsageError: chat.say got an empty text, which no network can show: write some words (odd.py:11)"
    )
    assert "chinwag.core" not in second


def test_check_catches_a_changed_conversation_and_the_mended_one_goes_on(tmp_path: Path) -> None:
    code = GUESS.read_text()
    (tmp_path / "guess.py").write_text(code)
    chinwag(tmp_path, "chat", "guess.py", text="guess\n5\n")
    assert chinwag(tmp_path, "check", "guess.py").stdout == "1 conversation under way: all go on with this code\n"
    (tmp_path / "guess.py").write_text(code.replace('"To what number?"', '"Up to what number?"'))
    reworded = chinwag(tmp_path, "check", "guess.py")
    assert reworded.returncode == 0
    assert "would be asked anew: 'Up to what number?'" in reworded.stdout
    broken = code.replace("    low = await", "    await chat.sleep(1)\n    import time; time.time()\n    low = await")
    (tmp_path / "guess.py").write_text(broken)
    done = chinwag(tmp_path, "check", "guess.py")
    assert done.returncode == 1
    assert "the journal has    ask 'From what number?' (int) at guess.py:11" in done.stdout
    assert "the code does      sleep '1 s' at guess.py:11" in done.stdout
    assert "warning: guess.py:12: time.time in a conversation" in done.stdout
    assert done.stdout.endswith("1 conversation under way: 1 would diverge\n")
    found = json.loads(chinwag(tmp_path, "check", "guess.py", "--json").stdout)
    assert (found["diverging"], found["diverge"][0]["id"], found["warnings"][0]["where"]) == (1, 1, "guess.py:12")
    chinwag(tmp_path, "chat", "guess.py", text="7\n")
    assert listed(tmp_path)["conversations"][0]["status"] == "diverged"
    (tmp_path / "guess.py").write_text(code)
    assert chinwag(tmp_path, "check", "guess.py").returncode == 0
    again = chinwag(tmp_path, "chat", "guess.py").stdout.splitlines()
    assert again[-1] == "Guess a number between 5 to 7"


def test_those_in_trouble_are_listed_beside_the_newest(tmp_path: Path) -> None:
    (tmp_path / "kindly.py").write_text(KINDLY)
    for text in ("/start\na\n", "/start\n/cancel\n/start\nb\n", "/start\n"):
        chinwag(tmp_path, "chat", "kindly.py", text=text)
    assert [line["id"] for line in listed(tmp_path, "--limit", "1")["conversations"]] == [4, 3]
    assert [line["id"] for line in listed(tmp_path, "--all")["conversations"]] == [1, 3, 4]
    found = chinwag(tmp_path, "ps")
    assert [line.split()[0] for line in found.stdout.splitlines()] == ["ID", "4", "3", "1", "1"]
    assert found.stdout.endswith("1 waiting, 2 failed\n")


def test_check_without_a_store(tmp_path: Path) -> None:
    done = chinwag(tmp_path, "check", GUESS)
    assert (done.returncode, done.stdout) == (0, "no conversation is under way\n")
    assert chinwag(tmp_path, "check", GUESS, "--store", "sqlite:///none.db").returncode == 2


def test_a_socket_whose_path_is_too_long_lies_elsewhere(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 25)
    folder.mkdir()
    (folder / "guess.py").write_text(GUESS.read_text())
    with Talk(folder, "chat", "guess.py", "--store", f"sqlite:///{folder}/guess.db") as talk:
        talk.say("guess")
        talk.hear()
        pointer = beside(f"{folder}/guess.db")
        assert pointer.is_file()
        target = Path(pointer.read_text().strip())
        assert target.is_socket()
        done = chinwag(folder, "cancel", 1, "--store", f"sqlite:///{folder}/guess.db")
        assert done.stdout == "conversation 1 (guess) is cancelled\n"
        talk.end_input()
        assert talk.code() == 0
    assert not target.parent.exists()
    assert not pointer.exists()
