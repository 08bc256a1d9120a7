"""The weather bot on a Bot API server that others wrote, telegram-test-api, behind the proxy that checks every call.

It knows nine methods, and answers HTTP 500 to the rest; a bot has to live with that.
"""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from tests.cli.shell import EXAMPLES, ROOT
from tests.networks.open_meteo import OpenMeteo
from tests.networks.telegram_stage import PATIENCE, PROXY, SHARED, Process, free_port, wait_open

SERVER = SHARED / "tools" / "telegram_test_api.js"
TOKEN = "123456:secret-words"  # noqa: S105 - of nobody
pytestmark = pytest.mark.timeout(300)


def modules() -> str | None:
    """Where Node finds the package; None if nowhere."""
    found = [Path(folder) for folder in os.environ.get("NODE_PATH", "").split(":") if folder]
    found.append(ROOT / "build" / "node_modules")
    rooted = subprocess.run(["npm", "root", "--global"], capture_output=True, text=True, check=False)
    found.append(Path(rooted.stdout.strip() or "/nowhere"))
    return next((str(path) for path in found if (path / "telegram-test-api").is_dir()), None)


@pytest.fixture
def server(require: Callable[[str], None], tmp_path: Path) -> Iterator[str]:
    """The server's URL."""
    require("node")
    require("npm")
    folder = modules()
    if folder is None or not SERVER.is_file():
        reason = "no telegram-test-api: npm install --prefix build telegram-test-api@4.2.1 busboy, with ../shared/tools"
        if os.environ.get("CHINWAG_REQUIRE_SERVICES") == "1":
            pytest.fail(f"{reason}, and CHINWAG_REQUIRE_SERVICES=1 asks for it", pytrace=False)
        pytest.skip(reason)
    port = free_port()
    with Process(["node", str(SERVER), str(port)], tmp_path, {"NODE_PATH": folder}) as process:
        process.wait_line("up ")
        yield f"http://127.0.0.1:{port}"


class Person:
    def __init__(self, server: str) -> None:
        self._server = server

    def says(self, text: str) -> None:
        name = {"first_name": "Anna"}
        message = {"from": {"id": 42, "is_bot": False, **name}, "chat": {"id": 42, "type": "private", **name}}
        self._post("/sendMessage", {**message, "botToken": TOKEN, "date": 1_700_000_000, "text": text})

    def hears(self, *texts: str) -> list[dict[str, Any]]:
        """All messages of the bot so far are these, once they are as many."""
        said: list[dict[str, Any]] = []
        for _ in range(int(PATIENCE * 20)):
            history = self._post("/getUpdatesHistory", {"token": TOKEN})["result"]
            said = [one["message"] for one in history if "chat_id" in one["message"]]
            if len(said) >= len(texts):
                break
            Event().wait(0.05)
        assert [message["text"].strip() for message in said] == list(texts)
        return said

    def _post(self, path: str, body: dict[str, Any]) -> Any:
        url, data = self._server + path, json.dumps(body).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310 - our own
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - likewise
            return json.load(answer)


def test_the_weather_bot(server: str, tmp_path: Path) -> None:
    port = free_port()
    heard = ["Starting...", "Name a city:", "Already running, call /cancel to exit"]
    heard += ["Found Berlin (Germany) at latitude 52.52 and longitude 13.41", "Current temperature is 7.0 °C"]
    with OpenMeteo() as meteo, Process([sys.executable, str(PROXY), str(port), server], tmp_path) as proxy:
        wait_open(port)
        arguments = ["run", str(EXAMPLES / "weather.py"), "--on", "telegram"]
        url = f"http://127.0.0.1:{port}"
        with Process.of_chinwag(arguments, tmp_path, TOKEN, url, meteo.environment) as serving:
            ann = Person(server)
            ann.says("/start")
            ann.hears(*heard[:2])
            ann.says("/start")
            ann.hears(*heard[:3])
            ann.says("Berlin")
            *_, choice = ann.hears(*heard, "What should we do next?")
            assert choice["reply_markup"]["keyboard"] == [[{"text": "continue"}, {"text": "quit"}]]
            ann.says("/cancel")
            *_, last = ann.hears(*heard, "What should we do next?", "Terminating")
            assert last["reply_markup"]["remove_keyboard"] is True
            assert serving.end() == 0
    (said,) = serving.lines
    assert said.endswith(
        "showing the menu of commands failed (Telegram has trouble: HTTP 500, without a word of the Bot API); "
        "the bot goes on without it."
    )
    assert "secret" not in serving.output
    violations = [line for line in proxy.lines if "VIOLATION" in line]
    assert [line.split()[:3] for line in violations] == [["VIOLATION", "response", "setmycommands"]], violations
