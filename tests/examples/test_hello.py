"""The smallest conversation, as the README shows it."""

from examples.hello import bot

from chinwag.testing import World, play, three_ways


def test_hello() -> None:
    with play(bot) as world:
        anna = world.user("anna")
        anna.says("hi")
        anna.says("/start")
        anna.says("Anna")
        assert anna.hears() == ["Write /start", "What is your name?", "Hello Anna!"]
        anna.says("/help")
        assert "/start - Say hello." in anna.hears()[0].splitlines()


def hello(world: World) -> None:
    anna = world.user("anna")
    anna.says("/start")
    anna.says("Anna")
    assert anna.hears() == ["What is your name?", "Hello Anna!"]


def test_through_a_crash_everywhere() -> None:
    three_ways(hello, bot=bot)
