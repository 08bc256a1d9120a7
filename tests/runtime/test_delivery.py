"""A client that cancels what waits as its line breaks, and a clock that is set back: no room waits for either."""

import asyncio
from typing import Any

import pytest

from chinwag import Bot, Chat
from chinwag.core.errors import RateLimited, Unreachable
from chinwag.testing import SimulatedNetwork, play
from chinwag.testing.clock import VirtualClock
from chinwag.testing.network import Fault

HOUR = 3_600_000_000

bot = Bot("talk")


@bot.on_text("hi")
async def greet(chat: Chat) -> None:
    """Say two things."""
    await chat.say("hello")
    await chat.say("again")


@pytest.mark.parametrize("window", [0, HOUR])
def test_a_client_that_cancels_what_waits_leaves_open_what_came_of_it(window: int) -> None:
    network = SimulatedNetwork(latency=0.1, window=window)
    cancelled: Any = asyncio.CancelledError()
    network._faults.append(Fault(cancelled, 1, 0, delivered=True))
    with play(bot, network=network) as world:
        ann = world.user("ann")
        ann.says("hi")
        world.passes(5)
        assert ann.hears() == ["hello", "again"]
        assert world.network.repeats.get(1, 0) == (0 if window else 1)


@pytest.mark.parametrize("trouble", [Unreachable("no route"), RateLimited("slow down", 3)])
def test_a_clock_that_is_set_back_keeps_no_message_waiting(trouble: Exception) -> None:
    with play(bot) as world:
        world.network.fails(trouble)
        ann = world.user("ann")
        ann.says("hi")
        assert world._life is not None
        clock = world._life.worker.clock
        assert isinstance(clock, VirtualClock)
        clock._start -= HOUR
        world.passes(7)
        assert ann.hears() == ["hello", "again"]
