"""Runs of a schedule that are skipped: what the log says of them, and how often."""

import logging

import pytest

from chinwag import Bot, Chat, hours, minutes
from chinwag.testing import play

bot = Bot("nurse")


@bot.every(minutes(1))
async def look(chat: Chat) -> None:
    await chat.ask("How do you feel?")


def words(log: pytest.LogCaptureFixture) -> list[str]:
    found = [record.getMessage() for record in log.records if record.levelno >= logging.WARNING]
    log.clear()
    return found


def test_a_run_that_waits_long_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    still = "look for sim:nurse/anna/anna still runs: its runs are skipped until it ends"
    with play(bot) as world:
        anna = world.user("anna")
        world.recipient(anna)
        world.passes(hours(1))
        assert anna.hears() == ["How do you feel?"]
        assert words(caplog) == [still]
        anna.says("well")
        world.passes(minutes(1))
        assert anna.hears() == ["How do you feel?"]
        assert words(caplog) == [], "a run that begins is nothing to tell"
        world.passes(minutes(5))
        assert words(caplog) == [still], "of the next conversation it is told again"


def test_runs_that_were_missed_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    plants = Bot("plants")
    plants.daily("08:00")(look)
    with play(plants) as world:  # at noon
        world.recipient(world.user("anna"))
        world.passes(hours(1))
        world.crash(down=hours(48))
        assert words(caplog) == ["look for sim:plants/anna/anna: runs that were missed and are skipped: 2"]
