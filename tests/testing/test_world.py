"""``play``: what a test can do with a world, and the words when it asks too much."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import ModuleType

import pytest

import chinwag.testing
from chinwag import Bot, Chat, minutes
from chinwag.core.errors import Ambiguous, Refused, Unreachable
from chinwag.testing import SimulatedNetwork, play

bot = Bot("kit", fallback="?")
ran: list[str] = []


async def fetch(what: str) -> str:
    ran.append(what)
    await asyncio.sleep(5)
    return what


@bot.on_command("talk")
async def talk(chat: Chat) -> None:
    """Talk."""
    number = 0
    while True:
        number += 1
        answer = await chat.choose(f"{number}?", ["more", "fetch", "fail"])
        if answer == "fetch":
            await chat.say(await chat.step(fetch, "real"))
        elif answer == "fail":
            raise RuntimeError(answer)


@bot.on_join()
async def greet(chat: Chat) -> None:
    sent = await chat.say(f"Welcome {chat.message.name}!", buttons=["help"], image=b"123")
    await chat.sleep(10)
    await sent.edit("Hello again")


@bot.daily("12:30")
async def lunch(chat: Chat) -> None:
    await chat.say("Lunch")


def test_users_hear_what_is_new_or_changed() -> None:
    with play(bot) as world:
        anna, bob = world.user("anna", room="park"), world.user("bob", room="park")
        assert world.user("anna", room="park") is anna
        anna.joins()
        assert anna.hears() == ["Welcome anna! [image 3]"]
        assert anna.hears() == []
        world.passes(10)
        assert anna.hears() == ["Hello again [image 3]"]
        assert bob.hears() == ["Hello again [image 3]"]
        bob.says("hi")
        assert anna.sees() == ["Hello again [image 3]", "bob: hi"]
        anna.presses("help")
        assert anna.sees()[-1] == "anna: help"
        assert repr(anna) == "<anna in park>"


def test_a_choice_that_is_not_offered_is_said_in_words() -> None:
    with play(bot) as world:
        anna = world.user("anna")
        with pytest.raises(AssertionError, match="anna cannot choose 'quit': nothing is offered"):
            anna.chooses("quit")
        anna.says("/talk")
        anna.chooses("more")
        with pytest.raises(AssertionError, match=r"what is offered is 'more', 'fetch', 'fail'\n  anna: /talk"):
            anna.chooses("quit")


def test_time() -> None:
    with play(bot, start=datetime(2026, 3, 1, tzinfo=UTC)) as world:
        world.passes(minutes(1))
        world.passes_until(datetime(2026, 3, 2, tzinfo=UTC))
        assert world.at == datetime(2026, 3, 2, tzinfo=UTC)
        with pytest.raises(ValueError, match="has passed"):
            world.passes_until(datetime(2026, 3, 1, tzinfo=UTC))
        world.crash(down=timedelta(days=1))
        assert world.at == datetime(2026, 3, 3, tzinfo=UTC)


def test_a_recipient_may_come_later() -> None:
    with play(bot) as world:
        anna, bob = world.user("anna"), world.user("bob")
        world.recipient(anna)
        world.passes(minutes(20))
        world.recipient(bob.address, zone="Europe/Berlin")
        world.passes(minutes(20))
        assert (anna.hears(), bob.hears()) == (["Lunch"], [])


def test_steps_run_really_unless_they_are_faked() -> None:
    ran.clear()
    with play(bot) as world:
        anna = world.user("anna")
        anna.says("/talk")
        anna.chooses("fetch")
        world.passes(5)
        world.steps("fetch", returns="faked", takes=minutes(1))
        anna.chooses("fetch")
        world.passes(minutes(1))

        async def other(what: str) -> str:
            return what[::-1]

        world.steps(fetch, does=other)
        anna.chooses("fetch")
        assert anna.hears() == ["1?", "real", "2?", "faked", "3?", "laer", "4?"]
        assert world.calls(fetch) == world.calls("fetch") == [("real",)] * 3
    assert ran == ["real"]


def test_a_failure_and_its_repair() -> None:
    with play(bot) as world:
        anna = world.user("anna")
        anna.says("/talk")
        anna.chooses("fail")
        (failed,) = world.conversations()
        assert (failed.name, failed.status, failed.address) == ("talk", "failed", "sim:kit/anna/anna")
        assert "RuntimeError: fail" in failed.error
        assert "there is no conversation 99" in world.orders(99, "cancel")
        assert "failed again" in world.orders(failed.number, "resume")


def test_what_happens_together_is_one_moment() -> None:
    with play(bot) as world:
        anna, bob = world.user("anna"), world.user("bob")
        with world.together():
            anna.says("/talk")
            bob.says("/talk")
            anna.says("more")
            assert anna.hears() == []
        assert (anna.hears(), bob.hears()) == (["1?", "2?"], ["1?"])
        assert world.disk.commits == 2  # one for all that was decided, one for all that was sent


def test_a_crash_loses_what_was_not_committed_and_nothing_else() -> None:
    with play(bot) as world:
        anna = world.user("anna")
        anna.says("/talk")
        with world.together():
            anna.says("more")
            world.crash()
        assert anna.hears() == ["1?", "2?"]  # the network delivers again what was not acknowledged
        world.evict()
        world.restart()
        world.crash()
        anna.chooses("more")
        assert anna.hears() == ["3?"]


def test_a_finally_of_a_dead_process_does_not_run() -> None:
    seen: list[str] = []
    odd = Bot("odd")

    @odd.on_command("go")
    async def go(chat: Chat) -> None:
        try:
            await chat.ask("Well?")
        finally:
            seen.append("finally")

    with play(odd) as world:
        world.user("anna").says("/go")
        world.crash()
        assert seen == []


def test_an_adapter_with_a_mistake() -> None:
    broken = SimulatedNetwork()
    broken.fails(ZeroDivisionError("the adapter's own mistake"), times=3)
    with play(bot, network=broken) as world:
        world.user("anna").says("hi")
        assert world.user("anna").hears() == []
        world.passes(minutes(1))  # it is taken for a send of which nobody knows, and sent again
        assert world.user("anna").hears() == ["?"]


def test_a_network_that_fails() -> None:
    network = SimulatedNetwork()
    with play(bot, network=network) as world:
        anna = world.user("anna")
        network.fails(Unreachable("no route"), times=2, after=1)
        anna.says("one")
        anna.says("two")
        assert anna.hears() == ["?"]
        world.passes(minutes(1))
        assert anna.hears() == ["?"]
        network.fails(Ambiguous("who knows"), delivered=True)
        anna.says("three")
        world.passes(minutes(1))
        assert anna.hears() == ["?"]
        assert anna.sees()[-2:] == ["?", "?"]
        assert sum(world.disk.doubled.values()) == 1
        network.fails(Refused("blocked"))
        anna.says("four")
        world.passes(minutes(1))
        assert anna.hears() == []
    with pytest.raises(ValueError, match="only Ambiguous"):
        network.fails(Refused("blocked"), delivered=True)


def test_public_names() -> None:
    for name in chinwag.testing.__all__:
        assert not isinstance(getattr(chinwag.testing, name), ModuleType)
    with pytest.raises(AttributeError, match="nothing_of_that_name"):
        _ = chinwag.testing.nothing_of_that_name
