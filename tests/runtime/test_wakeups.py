"""Deadlines that come again and again: one wake-up each, however long it goes on, and nobody waits for their end."""

from collections.abc import Callable

from chinwag import Bot, Chat, minutes
from chinwag.ports import Timer
from chinwag.runtime.timers import Timers
from chinwag.runtime.wakeups import MOST_AT_ONCE
from chinwag.testing import play


def test_a_conversation_that_sleeps_for_ever_has_one_deadline_in_memory() -> None:
    bot = Bot("sheep")

    @bot.on_text("go")
    async def graze(chat: Chat) -> None:
        while True:
            await chat.sleep(minutes(1))

    with play(bot) as world:
        world.user("ann").says("go")
        world.passes(minutes(50.5))
        assert world._life is not None
        worker = world._life.worker
        assert len(worker.timers._heap) == 1
        assert worker.turns == 1 + 50


def test_who_sleeps_for_no_time_at_all_lets_others_have_their_turn() -> None:
    bot = Bot("hasty")
    naps = 10 * MOST_AT_ONCE

    @bot.on_text("go")
    async def doze(chat: Chat) -> None:
        for _ in range(naps):
            await chat.sleep(0)
        await chat.say("rested")

    with play(bot) as world:
        ann = world.user("ann")
        ann.says("go")
        assert ann.hears() == ["rested"]
        assert world.disk.written >= naps / MOST_AT_ONCE


class Stopped:
    """A clock that stands still and calls nobody."""

    def now(self) -> int:
        return 0

    def call_at(self, due: int, callback: Callable[[], None]) -> Timer:
        del due, callback
        return self

    def cancel(self) -> None: ...


async def test_what_was_added_twice_comes_once() -> None:
    async def nothing(after: tuple[int, int], limit: int) -> list[tuple[int, int]]:
        del after, limit
        return []

    timers = Timers(Stopped(), nothing, lambda: None)
    await timers.load()
    for number in (2, 1, 2, 1, 2):
        timers.add(7, number)
    timers.add(8, 2)
    assert await timers.due(8, 10) == [(7, 1), (7, 2), (8, 2)]
