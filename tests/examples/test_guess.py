"""Guess the number, as people play it."""

from examples.guess import bot

from chinwag import minutes
from chinwag.testing import play


def test_a_game() -> None:
    with play(bot) as world:
        anna = world.user("anna")
        anna.says("hi")
        assert anna.hears() == ["input 'guess' to play the game!"]
        anna.says("guess")
        assert anna.hears() == ["From what number?"]
        anna.says("5")
        anna.says("5")
        world.crash()
        world.restart()
        world.evict()
        anna.says("7")
        anna.says("6")
        anna.says("5")
        assert anna.hears() == [
            "To what number?",
            "Guess a number between 5 to 5",
            "Too large",
            "Too large",
            "You spent 3 times to guess the secret number.",
        ]
        anna.says("guess")
        world.passes(minutes(1))
        assert anna.hears() == ["From what number?", "Timeout"]
