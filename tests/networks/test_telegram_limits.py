"""Telegram's limits as declared, in virtual time: 30 a second in all, 1 a second a chat, 20 a minute a group."""

import asyncio

import pytest

from chinwag import Bot, Chat
from chinwag.core.values import Outgoing
from chinwag.networks.telegram.adapter import Telegram
from chinwag.ports import Receipt
from chinwag.testing import SimulatedNetwork, play

bot = Bot("talker")


@bot.on_text("talk")
async def talk(chat: Chat) -> None:
    """Say thirty things."""
    for number in range(30):
        await chat.say(f"{number}")


@bot.on_text("hi")
async def greet(chat: Chat) -> None:
    """Say one thing."""
    await chat.say("hello")


class Timed(SimulatedNetwork):
    """Notes when each message came, in seconds."""

    def __init__(self) -> None:
        super().__init__(limits=Telegram.limits)
        self.times: list[float] = []

    def deliver(self, message: Outgoing) -> Receipt:
        self.times.append(asyncio.get_running_loop().time())
        return super().deliver(message)


def most_within(times: list[float], seconds: float) -> int:
    """The most that came in any stretch of so long."""
    return max(sum(first <= time < first + seconds for time in times) for first in times)


@pytest.mark.parametrize(("room", "in_a_minute"), [("42", 58), ("-100123", 20), ("-100123:7", 20)])
def test_one_chat(room: str, in_a_minute: int) -> None:
    network = Timed()
    with play(bot, network=network) as world:
        world.user("anna", room=room).says("talk")
        world.user("anna", room=room).says("talk")
        world.passes(300)
    assert len(network.times) == 60
    assert most_within(network.times, 1) == 1
    assert most_within(network.times, 60) == in_a_minute


def test_the_topics_of_a_group_share_its_limits() -> None:
    network = Timed()
    with play(bot, network=network) as world:
        for topic in range(3):
            world.user("anna", room=f"-100123:{topic}").says("talk")
        world.passes(600)
    assert len(network.times) == 90
    assert (most_within(network.times, 1), most_within(network.times, 60)) == (1, 20)


def test_all_chats_together() -> None:
    network = Timed()
    with play(bot, network=network) as world:
        with world.together():
            for number in range(100):
                world.user(f"user {number}").says("hi")
        world.passes(30)
    assert len(network.times) == 100
    assert most_within(network.times, 1) == 30
