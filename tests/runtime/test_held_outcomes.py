"""An outcome that a conversation failed by is kept, and comes back as what the step returned."""

from dataclasses import dataclass

import pytest

from chinwag import Bot, Chat
from chinwag.runtime.inputs import Ordered, Settled
from chinwag.testing import SimulatedNetwork, play


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


@bot.on_command("told")
async def told(chat: Chat) -> None:
    sent = await chat.say("On its way.")
    await chat.all(sent.delivered(), _search(chat))


async def _search(chat: Chat) -> None:
    city = await chat.step(find)
    if not Code.mended:
        raise RuntimeError(city)


def test_what_comes_at_the_moment_of_a_resume_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    with play(bot, network=SimulatedNetwork(latency=10)) as world:
        world.user("anna").says("/told")
        assert [found.status for found in world.conversations()] == ["failed"]
        monkeypatch.setattr(Code, "mended", True)
        replies: list[str] = []
        worker = world._alive().worker
        worker.put(Settled(1, 1, ""))
        worker.put(Ordered(1, "resume", replies.append))
        world.passes(1)
        assert [found.status for found in world.conversations()] == ["ended"], replies
