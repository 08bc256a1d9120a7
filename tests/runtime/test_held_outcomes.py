"""An outcome that a conversation failed by is kept, and comes back as what the step returned."""

from dataclasses import dataclass

import pytest

from chinwag import Bot, Chat
from chinwag.testing import play


@dataclass(frozen=True)
class City:
    name: str


class Code:
    mended = False


async def find() -> City:
    return City("Berlin")


bot = Bot("cities")


@bot.on_command("start")
async def start(chat: Chat) -> None:
    city = await chat.step(find)
    if not Code.mended:
        raise RuntimeError(city)
    await chat.say(city.name)


def test_a_record_that_a_conversation_failed_by_is_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    with play(bot) as world:
        anna = world.user("anna")
        anna.says("/start")
        anna.hears()
        monkeypatch.setattr(Code, "mended", True)
        world.orders(1, "resume")
        assert anna.hears() == ["Berlin"]
