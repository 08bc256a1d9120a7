"""``chinwag init``: the beginning of a bot: its file, its test, a Makefile. It overwrites nothing."""

import re
from pathlib import Path
from typing import Annotated

import typer

from chinwag.core.errors import UsageError

BOT = '''\
"""What the bot $NAME says. Talk with it: ``chinwag chat bot.py``, and write ``/start``."""

from chinwag import Bot, Chat

bot = Bot("$NAME", fallback="Write /start")


@bot.on_command("start")
async def start(chat: Chat) -> None:
    """Get acquainted."""
    name = await chat.ask("What is your name?")
    age = await chat.ask(f"How old are you, {name}?", int, retry="A whole number, please.")
    await chat.say(f"In ten years you will be {age + 10}.")
'''

TEST = '''\
"""The bot as somebody meets it, and the same with a crash at every commit and every send."""

from bot import bot

from chinwag.testing import World, crash_everywhere, play


def acquaintance(world: World) -> None:
    anna = world.user("anna")
    anna.says("/start")
    anna.says("Anna")
    anna.says("many")
    anna.says("30")


def test_acquaintance() -> None:
    with play(bot) as world:
        acquaintance(world)
        assert world.user("anna").hears() == [
            "What is your name?",
            "How old are you, Anna?",
            "A whole number, please.",
            "How old are you, Anna?",
            "In ten years you will be 40.",
        ]


def test_it_survives_crashes() -> None:
    crash_everywhere(acquaintance, bot=bot)
'''

MAKEFILE = """\
.PHONY: chat test check

chat: ## talk with the bot in the terminal
	chinwag chat bot.py

test: ## needs pytest
	python -m pytest -q

check: ## before a deploy: would every conversation under way go on?
	chinwag check bot.py
"""

IGNORED = """\
.chinwag/
__pycache__/
.pytest_cache/
"""

FILES = {"bot.py": BOT, "test_bot.py": TEST, "Makefile": MAKEFILE, ".gitignore": IGNORED}


def init(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The bot's name: letters, digits, - and _.")],
) -> None:
    """Begin a new bot: a file, its test, a Makefile.

    They go into a new folder of that name. The test passes at once.

    Example: chinwag init mybot
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", name):
        raise UsageError(f"a bot's name has letters, digits, - and _ only, such as mybot, not {name!r}")
    folder = Path(name)
    there = [str(folder / file) for file in FILES if (folder / file).exists()]
    if there or (folder.exists() and not folder.is_dir()):
        raise UsageError(f"{there[0] if there else name} is there already: choose another name, or move it away")
    folder.mkdir(exist_ok=True)
    for file, text in FILES.items():
        (folder / file).write_text(text.replace("$NAME", name), encoding="utf-8")
    typer.echo(f"{name}/ has a bot, its test and a Makefile. Go on with:\n  cd {name}\n  chinwag chat bot.py")
