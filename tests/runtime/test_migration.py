"""A room that gets another id: conversations, kept messages, schedules, data and what waits to be sent go along."""

from collections.abc import Callable

import pytest

from chinwag import Bot, Chat
from chinwag.core.errors import Unreachable
from chinwag.core.values import Arrival
from chinwag.testing import SimulatedNetwork, World, play
from chinwag.testing.disk import AFTER, BEFORE, REFUSED, Trouble

bot = Bot("groups")


@bot.on_text("go")
async def go(chat: Chat) -> None:
    """Ask twice."""
    chat.data["n"] = chat.data.get("n", 0) + 1
    first = await chat.ask("First?", timeout=3600)
    second = await chat.ask("Second?")
    await chat.say(f"{first} {second} {chat.data['n']} in {chat.room}")


@bot.on_text("share", per="room")
async def share(chat: Chat) -> None:
    """Ask the room."""
    chat.data["shared"] = chat.data.get("shared", 0) + 1
    await chat.say(f"{await chat.ask('Who?')} {chat.data['shared']}")


@bot.on_text("wait")
async def wait(chat: Chat) -> None:
    """Sleep, then ask."""
    await chat.sleep(60)
    await chat.say(f"{await chat.ask('Well?')} {await chat.ask('And?')}")


@bot.daily("20:00")
async def daily(chat: Chat) -> None:
    """Say good evening."""
    await chat.say("Good evening")


def move(world: World, old: str, new: str, ident: str = "x1") -> None:
    world.arrives(Arrival("sim:groups", old, "*", new, ident, event="move", direct=False))


def nothing(world: World) -> None:
    del world


@pytest.mark.parametrize("between", [nothing, World.crash, World.evict, World.restart])
def test_what_lives_in_a_room_goes_along(between: Callable[[World], None]) -> None:
    with play(bot) as world:
        anna, bob = world.user("anna", room="-7"), world.user("bob", room="-7/x")
        anna.says("go")
        bob.says("go")
        between(world)
        move(world, "-7", "-1007")
        between(world)
        moved = world.user("anna", room="-1007")
        moved.says("one")
        moved.says("two")
        assert moved.hears() == ["Second?", "one two 1 in -1007"]
        bob.says("eins")
        assert bob.hears() == ["First?", "Second?"]
        anna.says("late")
        assert anna.hears() == ["First?"]


def test_the_deadline_goes_along() -> None:
    with play(bot) as world:
        world.user("anna", room="-7").says("go")
        move(world, "-7", "-1007")
        world.crash()
        world.passes(3600)
        assert world.user("anna", room="-1007").hears() == ["Timeout"]


@pytest.mark.parametrize("evict", [False, True])
def test_what_a_room_shares_goes_along(evict: bool) -> None:  # noqa: FBT001 - a parameter
    with play(bot) as world:
        anna = world.user("anna", room="-7")
        anna.says("share")
        anna.says("me")
        anna.says("share")
        if evict:
            world.evict()
        move(world, "-7", "-1007")
        bob = world.user("bob", room="-1007")
        bob.says("bob")
        bob.says("share")
        bob.says("bob")
        assert bob.hears() == ["bob 2", "Who?", "bob 3"]


def test_kept_messages_and_their_sender_go_along() -> None:
    with play(bot) as world:
        anna = world.user("anna", room="-7")
        anna.says("wait")
        anna.says("early")
        anna.says("ja")
        move(world, "-7", "-1007")
        world.crash()
        world.passes(60)
        assert world.user("anna", room="-1007").hears() == ["Well?", "And?", "early ja"]


def test_what_waits_to_be_sent_goes_to_the_new_room() -> None:
    with play(bot) as world:
        world.network.fails(Unreachable("no route"))
        world.user("anna", room="-7").says("go")
        move(world, "-7", "-1007")
        world.crash()
        world.passes(5)
        assert world.user("anna", room="-1007").hears() == ["First?"]
        assert world.network.room("-7")[-1].speaker == "anna"


def test_schedules_go_along_until_the_settings_say_otherwise() -> None:
    with play(bot) as world:
        anna = world.user("anna", room="-7")
        world.recipient(anna)
        anna.says("go")
        move(world, "-7", "-1007")
        world.passes(9 * 3600)
        assert world.user("anna", room="-1007").hears()[-1] == "Good evening"


@pytest.mark.parametrize("trouble", [BEFORE, AFTER, REFUSED])
@pytest.mark.parametrize("commit", range(1, 7))
def test_trouble_at_any_commit_loses_nobody(commit: int, trouble: Trouble) -> None:
    with play(bot) as world:
        world.plan(lambda what, number: trouble if (what, number) == ("commit", commit) else None)
        with world.together():
            world.user("anna", room="-7").says("go")
            world.user("bob", room="-7").says("go")
            move(world, "-7", "-1007")
            for text in ("one", "two"):
                world.user("anna", room="-1007").says(text)
            world.user("cleo", room="-1007").says("go")
        seen = [line.text for room in ("-7", "-1007") for line in world.network.seen(room) if not line.speaker]
        assert "one two 1 in -1007" in seen
        assert {c.address for c in world.conversations() if c.status == "waiting"} == {
            "sim:groups/-1007/bob",
            "sim:groups/-1007/cleo",
        }


def test_a_move_that_comes_twice_moves_nobody_back() -> None:
    with play(bot) as world:
        world.user("anna", room="-7").says("go")
        move(world, "-7", "-1007")
        move(world, "-7", "-1007", "x2")
        world.user("anna", room="-1007").says("one")
        assert world.user("anna", room="-1007").hears() == ["Second?"]


@pytest.mark.parametrize("latency", [None, 0.2])
def test_what_waits_in_the_old_room_comes_before_what_is_said_in_the_new(latency: float | None) -> None:
    network = SimulatedNetwork(latency=latency)
    network.fails(Unreachable("no route"))
    with play(bot, network=network) as world:
        world.user("anna", room="-7").says("go")
        with world.together():
            move(world, "-7", "-1007")
            world.user("anna", room="-1007").says("one")
        world.passes(5)
        assert world.user("anna", room="-1007").hears() == ["First?", "Second?"]


def test_a_move_behind_what_was_said_in_the_new_room_loses_nothing() -> None:
    network = SimulatedNetwork(latency=0.2)
    with play(bot, network=network) as world:
        with world.together():
            world.user("anna", room="-7").says("go")
            world.user("bob", room="-1007").says("go")
        move(world, "-7", "-1007")
        world.user("anna", room="-1007").says("one")
        world.passes(5)
        said = [line.text for room in ("-7", "-1007") for line in network.room(room) if not line.speaker]
        assert sorted(str(text) for text in said) == ["First?", "First?", "Second?"]
