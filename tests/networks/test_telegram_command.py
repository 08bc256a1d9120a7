"""`chinwag run … --on telegram` as a process: how it begins, how it ends, what it says, and what a kill costs."""

import json
import random
import urllib.error
import urllib.request
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from tests.cli.shell import EXAMPLES, chinwag
from tests.networks.telegram_stage import Person, Process, Serving, Telegram, free_port

SECRET = "AAF-emulated-token"  # noqa: S105 - what all tokens of the emulator have
WEATHER = EXAMPLES / "weather.py"
TALLY = '''
from chinwag import Bot, Chat
bot = Bot("tally")

@bot.on_command("start")
async def tally(chat: Chat) -> None:
    """Count."""
    count = 0
    while True:
        word = await chat.ask(f"{count} so far")
        count += 1
        await chat.say(f"{count}: {word}")
'''
pytestmark = pytest.mark.timeout(300)


def sentence(folder: Path, *options: str, **more: str) -> str:
    """The one sentence with which it ends, before anything has begun."""
    environment = {"TELEGRAM_BOT_API_KEY": "", "TELEGRAM_API_URL": "", **more}
    done = chinwag(folder, "run", WEATHER, "--on", "telegram", *options, more=environment)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    return done.stderr.strip()


def test_what_is_missing_is_said_in_a_sentence(tmp_path: Path) -> None:
    key = "123456:secret-words"
    assert sentence(tmp_path) == (
        "chinwag: Telegram needs the bot's token: set TELEGRAM_BOT_API_KEY=123456:ABC-DEF, as @BotFather gave it"
    )
    assert sentence(tmp_path, "--port", "1").startswith("chinwag: --port is where a webhook listens: give --webhook")
    for options, more, words in (
        ((), {"TELEGRAM_BOT_API_KEY": "secret words"}, "chinwag: TELEGRAM_BOT_API_KEY is no token"),
        (("--webhook", "http://x.org/"), {"TELEGRAM_BOT_API_KEY": key}, "chinwag: --webhook takes an https:// URL"),
        (("--webhook", "x.org"), {"TELEGRAM_BOT_API_KEY": key}, "chinwag: --webhook takes the public URL"),
        ((), {"TELEGRAM_BOT_API_KEY": key, "TELEGRAM_API_URL": "x.org"}, "chinwag: TELEGRAM_API_URL is no URL"),
        (("--to", "ann"), {"TELEGRAM_BOT_API_KEY": key}, "chinwag: --to takes a user's id"),
        (("--to", "1@Nowhere"), {"TELEGRAM_BOT_API_KEY": key}, "chinwag: no time zone is called"),
    ):
        said = sentence(tmp_path, *options, **more)
        assert said.startswith(words)
        assert "secret" not in said


def test_a_token_that_telegram_does_not_know(telegram: Telegram, tmp_path: Path) -> None:
    with Serving(telegram, f"7:{SECRET}-of-nobody", tmp_path) as serving:
        assert serving.code() == 2
        assert serving.lines == [
            "chinwag: Telegram does not know this token: check TELEGRAM_BOT_API_KEY, or ask @BotFather for a new one."
        ]


def test_a_second_process_is_told_of_and_hurts_nobody(telegram: Telegram, tmp_path: Path) -> None:
    bot = telegram.new_bot()
    ann = Person(telegram, bot["id"])
    with Serving(telegram, bot["token"], tmp_path / "one") as one:
        ann.says("hello")
        ann.wait(1)
        with Serving(telegram, bot["token"], tmp_path / "two") as two:
            one.wait_line("another process fetches this bot's updates with the same token (409)")
            assert two.end() == 0
        ann.says("hello")
        ann.wait(2)
        one.wait_line("Telegram answers again")
        assert one.end() == 0
        assert SECRET not in one.output + two.output


def test_a_server_that_is_gone_is_waited_for_and_a_signal_still_ends_it(telegram: Telegram, tmp_path: Path) -> None:
    with Serving(telegram, f"7:{SECRET}", tmp_path, more={"TELEGRAM_API_URL": "http://127.0.0.1:1"}) as serving:
        said = serving.wait_line("telegram:weather: Telegram cannot be reached")
        assert serving.end() == 0
        assert said.endswith("Trying again, nothing is lost.")
        assert SECRET not in serving.output


def test_the_token_is_in_no_output_of_debugging_either(telegram: Telegram, tmp_path: Path) -> None:
    bot = telegram.new_bot()
    ann = Person(telegram, bot["id"])
    program = TALLY.replace('f"{count}: {word}"', 'f"{count}: {word}", file="no/such/file"')
    (tmp_path / "tally.py").write_text(program)
    arguments = ["--debug", "run", str(tmp_path / "tally.py"), "--on", "telegram"]
    serving = Process.of_chinwag(arguments, tmp_path, bot["token"], telegram.url)
    with serving:
        ann.says("/start")
        ann.hears("0 so far")
        faults: list[dict[str, Any]] = [
            {"kind": "error", "code": 500},
            {"kind": "too_many"},
            {"kind": "reset_before"},
            {"kind": "reset_after"},
        ]
        for number, fault in enumerate(faults, 1):
            telegram("plan", method="sendMessage", chat=ann.id, **fault)
            ann.says("word")
            telegram("wait_text", user=ann.id, bot=bot["id"], text=f"{number} so far")
        assert serving.end() == 0
    assert SECRET not in serving.output


def test_guess_in_a_group_and_alone(telegram: Telegram, tmp_path: Path) -> None:
    bot = telegram.new_bot()
    ann = Person(telegram, bot["id"])
    with Serving(telegram, bot["token"], tmp_path, example="guess.py") as serving:
        ann.says("hello")
        ann.hears("input 'guess' to play the game!")
        for said, heard in (
            ("guess", ["From what number?"]),
            ("3", ["To what number?"]),
            ("two", ["Please input an integer.", "To what number?"]),
            ("3", ["Guess a number between 3 to 3"]),
            ("2", ["Too small"]),
            ("3", ["You spent 2 times to guess the secret number."]),
        ):
            ann.says(said)
            ann.hears(*heard)
        group = telegram("add_group", title="Us", members=[ann.id], with_bot=False)
        telegram("add_bot_to", chat=group, bot=bot["id"])
        telegram("privacy", on=False, bot=bot["id"])
        telegram("say", user=ann.id, text="hello", chat=group)
        telegram("say", user=ann.id, text="guess", chat=group)
        (asked,) = telegram("wait_messages", user=ann.id, chat=group)
        assert asked["text"] == "From what number?"
        assert serving.end() == 0
        assert serving.output == ""


def test_medbot_asks_whom_it_is_told_to(telegram: Telegram, tmp_path: Path) -> None:
    bot = telegram.new_bot()
    ann = Person(telegram, bot["id"])
    telegram("private_chat", user=ann.id, bot=bot["id"])
    program = (EXAMPLES / "medbot.py").read_text().replace("@bot.daily(TIME, zone=ZONE)", "@bot.every(2)")
    (tmp_path / "medbot.py").write_text(program)
    with Serving(telegram, bot["token"], tmp_path, "--to", f"{ann.id}@Europe/Berlin", example=tmp_path / "medbot.py"):
        ann.hears("Hey buddy, did you take your insulin?")
        ann.says("Yes!")
        telegram("wait_text", user=ann.id, bot=bot["id"], text="That's great!")


# -- kill -9 -----------------------------------------------------------------------------------------------------------


def killed(telegram: Telegram, folder: Path, kills: int) -> tuple[int, int]:
    """Kill between an answer and the reply; how many replies were seen doubled, and how many `ps` counts."""
    bot = telegram.new_bot()
    ann = Person(telegram, bot["id"])
    (folder / "tally.py").write_text(TALLY)
    chance = random.Random(random.random())  # noqa: S311 - moments, no secrets
    ann.says("/start")
    for number in range(1, kills + 1):
        with Serving(telegram, bot["token"], folder, example=folder / "tally.py") as serving:
            telegram("wait_text", user=ann.id, bot=bot["id"], text=f"{number - 1} so far")
            ann.says(f"word {number}")
            Event().wait(chance.uniform(0, 0.05))
            serving.kill()
    with Serving(telegram, bot["token"], folder, example=folder / "tally.py") as serving:
        ann.says(f"word {kills + 1}")  # what was killed may have sent its reply: this tells that the last one runs
        telegram("wait_text", user=ann.id, bot=bot["id"], text=f"{kills + 1} so far")
        assert serving.end() == 0
        assert SECRET not in serving.output
    heard = [one["text"] for one in ann.wait(1)]
    wanted = [text for n in range(1, kills + 2) for text in (f"{n}: word {n}", f"{n} so far")]
    assert list(dict.fromkeys(heard)) == ["0 so far", *wanted], "each reply arrives, in order"
    tallies = json.loads(chinwag(folder, "ps", "--json").stdout)["tallies"]
    doubles = len(heard) - len(set(heard))
    assert doubles <= tallies["messages_doubled"]
    return doubles, tallies["messages_doubled"]


def test_a_few_kills_between_an_answer_and_its_reply(telegram: Telegram, tmp_path: Path) -> None:
    killed(telegram, tmp_path, 3)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_hundred_kills_between_an_answer_and_its_reply(telegram: Telegram, tmp_path: Path) -> None:
    doubles, counted = killed(telegram, tmp_path, 100)
    print(f"100 kills: {doubles} replies seen twice, {counted} counted as perhaps doubled")  # noqa: T201


# -- pushed ------------------------------------------------------------------------------------------------------------


def asked(url: str, body: bytes | None = None, **headers: str) -> tuple[int, str]:
    request = urllib.request.Request(url, body, headers)  # noqa: S310 - a URL of our own
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - likewise
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_updates_that_are_pushed(telegram: Telegram, tmp_path: Path) -> None:
    bot = telegram.new_bot()
    ann = Person(telegram, bot["id"])
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    ann.says("hello")
    hook = ("--webhook", f"{base}/telegram/weather", "--port", str(port))
    with Serving(telegram, bot["token"], tmp_path, *hook) as serving:
        ann.hears("Not started, call /start first")
        assert asked(f"{base}/healthz") == (200, "alive\n")
        assert asked(f"{base}/readyz") == (200, "ready\n")
        assert asked(f"{base}/telegram/weather", b"{}")[0] == 401
        assert asked(f"{base}/telegram/weather", b"{", **{"X-Telegram-Bot-Api-Secret-Token": "x" * 43})[0] == 401
        assert asked(f"{base}/telegram/weather")[0] == 405
        assert asked(f"{base}/elsewhere", b"{}")[0] == 404
        telegram("duplicate", times=1, bot=bot["id"])
        ann.says("/start")
        ann.hears("Starting...", "Name a city:")
        assert serving.end() == 0
        assert serving.output == ""
    with Serving(telegram, bot["token"], tmp_path) as serving:
        serving.wait_line("a webhook was set for this bot; it is removed, as updates are fetched now")
        ann.says("/cancel")
        ann.hears("Terminating")
        assert serving.end() == 0


def test_a_port_that_is_taken(telegram: Telegram, tmp_path: Path) -> None:
    bot = telegram.new_bot()
    port = int(telegram.control.rpartition(":")[2])
    hook = ("--webhook", "http://127.0.0.1/x", "--port", str(port))
    with Serving(telegram, bot["token"], tmp_path, *hook) as serving:
        assert serving.code() == 2
        assert serving.lines == [
            f"chinwag: port {port} cannot be used (Address already in use): choose another with --port"
        ]
