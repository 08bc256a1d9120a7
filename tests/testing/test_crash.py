"""``crash_everywhere`` and its kin find what they are for, and say where."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from chinwag import Bot, Chat
from chinwag.core.errors import Ambiguous
from chinwag.core.values import Outgoing
from chinwag.ports import Receipt
from chinwag.testing import SimulatedNetwork, World, crash_everywhere, evict_everywhere, fail_everywhere, three_ways

bot = Bot("odd")
numbers: Iterator[int] = count()


@bot.on_command("sound")
async def sound(chat: Chat) -> None:
    first = await chat.ask("One?")
    second = await chat.ask("Two?")
    await chat.say(f"{first} {second}")


@bot.on_command("outside")
async def outside(chat: Chat) -> None:
    """Keeps a number outside of the journal, so it has another one after a replay."""
    number = next(numbers)
    await chat.ask("One?")
    await chat.say(f"number {number}")


def sound_script(world: World) -> None:
    anna = world.user("anna")
    anna.says("/sound")
    anna.says("1")
    anna.says("2")


def outside_script(world: World) -> None:
    global numbers  # noqa: PLW0603 - the mistake of that bot; each run begins anew with it
    numbers = count()
    anna = world.user("anna")
    anna.says("/outside")
    anna.says("1")


def test_the_number_of_runs() -> None:
    runs = three_ways(sound_script, bot=bot)
    assert (runs.commits, runs.sends) == (6, 3)
    assert runs.runs == 2 + (6 + 6 + 3 + 3 + 5) + (6 + 2)
    assert three_ways(sound_script, bot=bot, most=2).runs == 2 + (2 + 2 + 2 + 2 + 5) + (2 + 2)


def test_what_is_kept_outside_the_journal_is_found_by_eviction() -> None:
    with pytest.raises(AssertionError, match=r"evicted at every await, the users see something else\n") as caught:
        evict_everywhere(outside_script, bot=bot)
    assert "-> bot: number 0  | bot: number 1" in str(caught.value)
    shown = caught.traceback.filter(caught)
    assert {Path(entry.path).name for entry in shown} == {"test_crash.py"}, (
        "pytest shows the test, and none of our frames"
    )


def test_and_by_a_crash() -> None:
    with pytest.raises(AssertionError, match=r"with a crash before commit 1 of 4, the users see something else"):
        crash_everywhere(outside_script, bot=bot)


def test_and_by_a_refused_commit() -> None:
    with pytest.raises(AssertionError, match=r"with a refusal of commit 1 of 4, the users see something else"):
        fail_everywhere(outside_script, bot=bot)


def test_an_assertion_of_the_script_says_where() -> None:
    def script(world: World) -> None:
        outside_script(world)
        assert world.user("anna").hears()[-1] == "number 0", "the number"

    with pytest.raises(AssertionError, match=r"with a crash before commit 1 of 4: AssertionError: the number"):
        crash_everywhere(script, bot=bot)


def test_a_script_that_fails_undisturbed_fails_as_it_is() -> None:
    def script(world: World) -> None:
        assert world.user("anna").hears() == ["never"], "undisturbed"

    with pytest.raises(AssertionError, match=r"^undisturbed"):
        crash_everywhere(script, bot=bot)


class Stutter(SimulatedNetwork):
    """A network that shows what it was given twice, and says nothing of it."""

    def deliver(self, message: Outgoing) -> Receipt:
        super().deliver(message)
        return super().deliver(message)


def test_a_repeat_that_nobody_counted_is_found() -> None:
    with pytest.raises(AssertionError, match=r"message 1 stood there \d times, and \d repeats were counted"):
        crash_everywhere(sound_script, bot=bot, network=Stutter)


def test_repeats_are_counted_where_nobody_knows() -> None:
    def unsure() -> SimulatedNetwork:
        network = SimulatedNetwork(latency=0.0)
        network.fails(Ambiguous("lost"), delivered=True)
        return network

    def script(world: World) -> None:
        anna = world.user("anna")
        for text in ("/sound", "1", "2"):
            anna.says(text)
            world.passes(60)
        assert anna.hears() == ["One?", "Two?", "1 2"]

    crash_everywhere(script, bot=bot, network=unsure)
