"""The pytest plugin: its fixture, and that it costs nothing to those who do not use it."""

import subprocess
import sys
from collections.abc import Callable

from chinwag import Bot, Chat
from chinwag.testing import SimulatedNetwork, World
from chinwag.testing.plugin import play as play  # noqa: PLC0414 - a fixture is found by its name; installed, it is there

bot = Bot("plugged")


@bot.on_message()
async def choose(chat: Chat) -> None:
    await chat.say(str(await chat.choose("Well?", ["yes", "no"])))


def test_the_fixture_closes_its_worlds(play: Callable[..., World]) -> None:
    world = play(bot, network=SimulatedNetwork(numbered=True))
    anna = world.user("anna")
    anna.says("hi")
    anna.chooses("no")
    assert anna.sees() == ["anna: hi", "Well?", "anna: 1", "no"]


def test_it_imports_nothing_heavy() -> None:
    code = (
        "import sys, chinwag.testing.plugin; sys.exit(any(m in sys.modules for m in ('apsw', 'asyncio.base_events')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
