"""``chinwag chat`` between pipes: what is said comes out, the end of input is an end, signals stop it."""

import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from tests.cli.shell import EXAMPLES, Talk, chinwag, command, environment

GUESS = EXAMPLES / "guess.py"


class Weather(BaseHTTPRequestHandler):
    """Both services, always with the same answer."""

    def do_GET(self) -> None:
        city = {"name": "Paris", "country": "France", "latitude": 48.85, "longitude": 2.35}
        searched = self.path.startswith("/v1/search")
        body = json.dumps({"results": [city]} if searched else {"current": {"temperature_2m": 12.5}}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - likewise
        del format, args


@pytest.fixture
def services() -> Iterator[dict[str, str]]:
    server = HTTPServer(("127.0.0.1", 0), Weather)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}"
    yield {"OPEN_METEO_GEOCODING_URL": url, "OPEN_METEO_FORECAST_URL": url}
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_weather_plays_to_its_end_through_a_pipe(tmp_path: Path, services: dict[str, str]) -> None:
    done = chinwag(tmp_path, "chat", EXAMPLES / "weather.py", text="/start\nParis\n1\n", more=services)
    assert done.stdout.splitlines() == [
        "Starting...",
        "Name a city: ",
        "Found Paris (France) at latitude 48.85 and longitude 2.35",
        "Current temperature is 12.5 °C",
        "What should we do next?",
        "0) continue",
        "1) quit",
        "Enter index: ",
        "Terminating",
    ]
    assert (done.returncode, done.stderr) == (0, "")


def test_the_open_question_is_shown_again_once_and_the_store_is_beside(tmp_path: Path) -> None:
    first = chinwag(tmp_path, "chat", GUESS, text="guess\n5\n")
    assert first.stdout.splitlines() == ["From what number?", "To what number?"]
    again = chinwag(tmp_path, "run", GUESS, "--on", "terminal", text="5\n5\n")
    assert again.stdout.splitlines() == [
        "To what number?",
        "Guess a number between 5 to 5",
        "You spent 1 times to guess the secret number.",
    ]
    over = chinwag(tmp_path, "chat", GUESS)
    assert (over.stdout, over.stderr, over.returncode) == ("", "", 0)
    assert sorted(path.name for path in (tmp_path / ".chinwag").iterdir()) == ["guess.db", "guess.db.lock"]


def test_several_open_questions_come_in_the_order_asked(tmp_path: Path) -> None:
    (tmp_path / "two.py").write_text(
        "from chinwag import Bot, Chat\n"
        "bot = Bot('two')\n"
        "@bot.on_command('one')\n"
        "async def one(chat: Chat) -> None:\n"
        "    await chat.ask('One?')\n"
        "@bot.on_command('two', per='room')\n"
        "async def two(chat: Chat) -> None:\n"
        "    await chat.ask('Two?')\n"
        "    await chat.ask('Three?')\n"
    )
    chinwag(tmp_path, "chat", "two.py", text="/two\n/one\n")
    again = chinwag(tmp_path, "chat", "two.py", text="x\nx\n")
    assert again.stdout.splitlines() == ["Two?", "One?", "Three?"]


def test_a_sleeping_conversation_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "sleepy.py").write_text(
        "from chinwag import Bot, Chat, days\n"
        "bot = Bot('sleepy')\n"
        "@bot.on_command('start')\n"
        "async def start(chat: Chat) -> None:\n"
        "    await chat.say('Good night')\n"
        "    await chat.sleep(days(1))\n"
    )
    done = chinwag(tmp_path, "chat", "sleepy.py", text="/start\n")
    assert (done.stdout, done.returncode) == ("Good night\n", 0)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130), (signal.SIGHUP, 0)])
def test_a_signal_stops_it_in_order(tmp_path: Path, number: signal.Signals, code: int) -> None:
    with Talk(tmp_path, "chat", GUESS) as talk:
        talk.say("guess")
        assert talk.hear() == "From what number?"
        talk.signal(number)
        assert (talk.code(), talk.errors()) == (code, "")
    assert "asking" in chinwag(tmp_path, "ps").stdout


HANG = """
from chinwag import Bot, Chat
import time
bot = Bot("hang")

@bot.on_command("loop")
async def loop(chat: Chat) -> None:
    await chat.ask("Ready?")
    while True:
        pass

@bot.on_command("thread")
async def thread(chat: Chat) -> None:
    await chat.say("Going")
    await chat.step(time.sleep, 1000)
"""


def test_a_second_signal_ends_at_once_what_never_awaits(tmp_path: Path) -> None:
    (tmp_path / "hang.py").write_text(HANG)
    with Talk(tmp_path, "chat", "hang.py") as talk:
        talk.say("/loop")
        assert talk.hear() == "Ready?"
        talk.say("yes")
        while "conversation 1 (loop) has not awaited" not in talk.errors():
            talk._threads[1].join(0.05)
        assert 'hang.py", line 10, in loop' in talk.errors() or 'hang.py", line 9, in loop' in talk.errors()
        # Two of one kind may arrive as one, and of two kinds either may come first.
        talk.signal(signal.SIGTERM)
        talk.signal(signal.SIGINT)
        assert talk.code() in {128 + signal.SIGTERM, 128 + signal.SIGINT}


def test_a_thread_that_hangs_holds_no_stop_up(tmp_path: Path) -> None:
    (tmp_path / "hang.py").write_text(HANG)
    with Talk(tmp_path, "chat", "hang.py") as talk:
        talk.say("/thread")
        assert talk.hear() == "Going"
        talk.signal(signal.SIGTERM)
        assert talk.code() == 0


def test_nobody_reads_the_output(tmp_path: Path) -> None:
    process = subprocess.Popen(
        command("chat", GUESS),
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdin.write(b"guess\n")
    process.stdin.flush()
    assert process.stdout.readline() == b"From what number?\n"
    process.stdout.close()
    process.stdin.write(b"1\n")
    process.stdin.flush()
    assert process.wait(20) == 0
    assert process.stderr.read() == b""
    process.stdin.close()
    process.stderr.close()
    again = chinwag(tmp_path, "chat", GUESS)
    assert again.stdout == "To what number?\n"


def test_a_second_process_is_refused_and_lookers_are_not(tmp_path: Path) -> None:
    with Talk(tmp_path, "chat", GUESS) as talk:
        talk.say("guess")
        talk.hear()
        second = chinwag(tmp_path, "chat", GUESS)
        assert second.returncode == 2
        assert f"is in use by another chinwag (process {talk.process.pid})" in second.stderr
        assert len(second.stderr.splitlines()) == 1
        for looker in (("ps",), ("show", 1), ("check", GUESS)):
            assert chinwag(tmp_path, *looker).returncode == 0
