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

from chinwag import Bot
from chinwag.cli.serving import Options, serve
from chinwag.core.errors import UsageError

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


KEY = "123456:secret-words"


def test_a_usage_error_is_one_sentence(tmp_path: Path) -> None:
    done = chinwag(tmp_path, "run", WEATHER, "--on", "telegram", more={"TELEGRAM_BOT_API_KEY": ""})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "chinwag: Telegram needs the bot's token: set TELEGRAM_BOT_API_KEY=123456:ABC-DEF, as @BotFather gave it\n"
    )


@pytest.mark.parametrize(
    ("options", "key", "server", "words"),
    [
        (Options(port=1), KEY, "", "--port is where a webhook listens: give --webhook"),
        (Options(), "secret words", "", "TELEGRAM_BOT_API_KEY is no token"),
        (Options(flags={"webhook": "http://x.org/"}), KEY, "", "--webhook takes an https:// URL"),
        (Options(flags={"webhook": "x.org"}), KEY, "", "--webhook takes the public URL"),
        (Options(), KEY, "x.org", "TELEGRAM_API_URL is no URL"),
        (Options(to=("ann",)), KEY, "", "--to takes a user's id"),
        (Options(to=("1@Nowhere",)), KEY, "", "no time zone is called"),
    ],
)
def test_what_is_missing_is_said_in_a_sentence(
    options: Options, key: str, server: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TELEGRAM_BOT_API_KEY", key)
    monkeypatch.setenv("TELEGRAM_API_URL", server)
    with pytest.raises(UsageError) as caught:
        serve(Bot("weather"), "telegram", options)
    assert str(caught.value).startswith(words)
    assert "secret" not in str(caught.value)


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
            {"kind": "reset_after"},
        ]
        for number, fault in enumerate(faults, 1):
            telegram("plan", method="sendMessage", chat=ann.id, **fault)
            ann.says("word")
            telegram("wait_text", user=ann.id, bot=bot["id"], text=f"{number} so far")
        assert serving.end() == 0
    assert SECRET not in serving.output


@pytest.mark.parametrize("moment", ["at once", "imports", "serves"])
def test_a_signal_ends_it_in_time_also_while_it_imports(telegram: Telegram, tmp_path: Path, moment: str) -> None:
    bot = telegram.new_bot()
    (tmp_path / "tally.py").write_text(TALLY + "print('loaded', flush=True)\n")
    with Serving(telegram, bot["token"], tmp_path, example=tmp_path / "tally.py") as serving:
        if moment != "at once":
            serving.wait_line("loaded")
        if moment == "serves":
            telegram("wait_poll", bot=bot["id"])
        assert serving.end() in ({0} if moment == "serves" else {0, -15}), "-15: before Python could be told"
        assert "Traceback" not in serving.output


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


def test_a_kill_between_an_answer_and_its_reply(telegram: Telegram, tmp_path: Path) -> None:
    killed(telegram, tmp_path, 1)


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
