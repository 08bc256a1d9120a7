"""The examples on Telegram, unchanged from the terminal: users who see what users see."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.shell import EXAMPLES
from tests.networks.open_meteo import ANSWER, ASKED, OpenMeteo
from tests.networks.telegram_life import Scene, kept
from tests.networks.telegram_stage import PATIENCE, Person, Telegram

from chinwag.cli.loading import load
from chinwag.core.values import Address

IDLE = "Not started, call /start first"
BUSY = "Already running, call /cancel to exit"
CITY = "Name a city:"
"""Telegram shows no space at an end."""
FOUND = "Found Berlin (Germany) at latitude 52.52 and longitude 13.41"
DEGREES = "Current temperature is 7.0 °C"
NEXT = "What should we do next?"
pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def open_meteo() -> Iterator[OpenMeteo]:
    with OpenMeteo() as server:
        yield server


@pytest.fixture(scope="module")
def weather(
    telegram: Telegram, open_meteo: OpenMeteo, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Any]]:
    scene = Scene(telegram, tmp_path_factory.mktemp("weather"))
    bot = load(str(EXAMPLES / "weather.py"))
    services = kept(sys.modules["weather"], GEOCODING=open_meteo.url, FORECAST=open_meteo.url)
    with services, scene.living(bot):
        yield scene.account


@pytest.fixture
def ann(telegram: Telegram, weather: dict[str, Any]) -> Person:
    return Person(telegram, weather["id"])


def test_from_start_to_quit(ann: Person) -> None:
    ann.says("hello")
    ann.says("/cancel")
    ann.hears(IDLE, IDLE)
    ann.says("/start")
    ann.hears("Starting...", CITY)
    ann.says("/start")
    ann.hears(BUSY)
    ann.says("Atlantis")
    ann.hears("Found nothing", CITY)
    ann.says("Berlin")
    ann.hears(FOUND, DEGREES, NEXT)
    assert ann.keyboard == [["continue", "quit"]]
    ann.presses("continue")
    ann.hears(CITY)
    assert ann.keyboard is None
    ann.says("Berlin")
    ann.hears(FOUND, DEGREES, NEXT)
    ann.says("0")
    ann.hears(NEXT)
    ann.presses("quit")
    ann.hears("Terminating")
    assert ann.keyboard is None
    ann.says("hello")
    ann.hears(IDLE)


def test_a_command_during_a_choice_leaves_the_keyboard(ann: Person) -> None:
    ann.says("/start")
    ann.says("Berlin")
    ann.hears("Starting...", CITY, FOUND, DEGREES, NEXT)
    ann.says("/start@" + "nobody_bot")
    ann.says("/start")
    ann.hears(BUSY)
    assert ann.keyboard == [["continue", "quit"]]
    ann.says("/cancel")
    ann.hears("Terminating")
    assert ann.keyboard is None


def test_cancel_during_a_slow_download(ann: Person) -> None:
    ASKED.clear()
    ANSWER.clear()
    ann.says("/start")
    ann.says("Slow")
    assert ASKED.wait(PATIENCE)
    ann.says("/start")
    ann.says("/cancel")
    ann.hears("Starting...", CITY, BUSY, "Terminating")
    ANSWER.set()
    ann.says("Berlin")
    ann.hears(IDLE)


def test_a_message_sent_early_is_kept(ann: Person) -> None:
    ASKED.clear()
    ANSWER.clear()
    ann.says("/start")
    ann.says("Slow")
    assert ASKED.wait(PATIENCE)
    ann.says("quit")
    ANSWER.set()
    ann.hears("Starting...", CITY, FOUND, DEGREES, NEXT, "Terminating")


def test_names_from_outside_are_text(ann: Person) -> None:
    ann.says("/start")
    ann.says("Evil")
    ann.hears("Starting...", CITY, "Found *_`[<b>& at latitude 1.0 and longitude 2.0", DEGREES, NEXT)


def test_many_messages_at_once(ann: Person) -> None:
    ann.says("/start")
    for number in range(20):
        ann.says(f"Nowhere {number}")
    ann.says("Berlin")
    ann.hears("Starting...", CITY, *["Found nothing", CITY] * 20, FOUND, DEGREES, NEXT)


def test_in_a_group_each_user_is_answered_by_reply(telegram: Telegram, weather: dict[str, Any]) -> None:
    ann, ben = (Person(telegram, weather["id"], name) for name in ("Ann", "Ben"))
    group = telegram("add_supergroup", title="Us", members=[ann.id, ben.id], with_bot=False)
    telegram("add_bot_to", chat=group, bot=weather["id"])
    telegram("privacy", on=False, bot=weather["id"])
    first = telegram("say", user=ann.id, text=f"/start@{weather['username'].upper()}", chat=group)
    telegram("say", user=ben.id, text="hello", chat=group)
    found = telegram("wait_messages", user=ann.id, count=2, chat=group)
    assert [(one["text"], one["reply_to"]) for one in found] == [("Starting...", first), (CITY, first)]
    second = telegram("say", user=ben.id, text="/start", chat=group)
    telegram("say", user=ann.id, text="Berlin", chat=group)
    found = telegram("wait_messages", user=ann.id, count=7, chat=group)
    assert [one["text"] for one in found if one["reply_to"] == second] == ["Starting...", CITY]
    assert telegram("view", user=ann.id, chat=group)["keyboard"] == [["continue", "quit"]]
    assert telegram("view", user=ben.id, chat=group)["keyboard"] is None


def test_the_menu_of_commands(telegram: Telegram, weather: dict[str, Any]) -> None:
    (call,) = telegram("wait_calls", method="setMyCommands", bot=weather["id"])
    menu = json.loads(call["values"]["commands"])
    assert [(one["command"], one["description"]) for one in menu] == [
        ("start", "Find out how warm it is somewhere."),
        ("cancel", "Stop what is going on."),
        ("help", "Show this list."),
    ]


def test_guess_in_a_group_and_alone(telegram: Telegram, tmp_path: Path) -> None:
    scene = Scene(telegram, tmp_path)
    ann = scene.person()
    with scene.living(load(str(EXAMPLES / "guess.py"))):
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
        group = scene.group(ann, kind="group")
        for text in ("hello", "guess"):
            telegram("say", user=ann.id, text=text, chat=group)
        (asked,) = telegram("wait_messages", user=ann.id, chat=group)
        assert asked["text"] == "From what number?"


def test_medbot_asks_whom_it_is_told_to(telegram: Telegram, tmp_path: Path) -> None:
    scene = Scene(telegram, tmp_path)
    ann = scene.person()
    telegram("private_chat", user=ann.id, bot=scene.bot)
    program = (EXAMPLES / "medbot.py").read_text().replace("@bot.daily(TIME, zone=ZONE)", "@bot.every(1)")
    (tmp_path / "often.py").write_text(program)
    bot = load(str(tmp_path / "often.py"))
    home = str(Address(f"telegram:{bot.name}", str(ann.id), str(ann.id)))
    with scene.living(bot, recipients=[(home, "Europe/Berlin")]):
        ann.hears("Hey buddy, did you take your insulin?")
        ann.says("Yes!")
        ann.sees("That's great!")
