"""``world.deploy``: conversations under way meet another version of their code."""

from collections.abc import Callable, Coroutine
from typing import Any

from chinwag import Bot, Chat
from chinwag.testing import play

Talk = Callable[[Chat], Coroutine[Any, Any, None]]


def version(talk: Talk) -> Bot:
    """A bot with one conversation, which has the same name in every version."""
    bot = Bot("deployed", fallback="?")
    talk.__qualname__ = "talk"
    bot.on_command("talk")(talk)
    return bot


async def first(chat: Chat) -> None:
    name = await chat.ask("Name?")
    age = await chat.ask("Age?", int)
    await chat.say(f"{name} {age}")


async def reworded(chat: Chat) -> None:
    name = await chat.ask("Your name?")
    await chat.say("Thank you.")
    age = await chat.ask("How old are you?", int)
    await chat.say(f"{name} is {age}")


async def inserted(chat: Chat) -> None:
    town = await chat.ask("Town?")
    name = await chat.ask("Name?")
    age = await chat.ask("Age?", int)
    await chat.say(f"{name} {age} {town}")


async def guarded(chat: Chat) -> None:
    name = await chat.ask("Name?")
    town = await chat.ask("Town?") if chat.patched("town") else "somewhere"
    age = await chat.ask("Age?", int)
    await chat.say(f"{name} {age} {town}")


FIRST, REWORDED, INSERTED, GUARDED = (version(talk) for talk in (first, reworded, inserted, guarded))


def test_an_open_question_in_new_words_is_asked_again() -> None:
    with play(FIRST) as world:
        anna = world.user("anna")
        anna.says("/talk")
        anna.says("Anna")
        world.deploy(REWORDED)
        anna.says("33")  # the answer to the question that was seen; the new words come before it is taken
        anna.says("34")
        assert anna.hears() == ["Name?", "Age?", "How old are you?", "Anna is 34"]


def test_a_diverged_conversation_goes_on_when_the_code_is_mended() -> None:
    with play(FIRST) as world:
        anna = world.user("anna")
        anna.says("/talk")
        anna.says("Anna")
        world.deploy(INSERTED)
        anna.says("33")
        (talk,) = world.conversations()
        assert talk.status == "diverged"
        assert "the code does      ask 'Name?'" in talk.error  # which the journal has before
        assert anna.hears() == ["Name?", "Age?"]
        world.crash()
        world.deploy(FIRST)
        assert anna.hears() == ["Anna 33"]
        assert [talk.status for talk in world.conversations()] == ["ended"]


def test_a_guarded_change_leaves_those_under_way_alone() -> None:
    with play(FIRST) as world:
        anna, bob = world.user("anna"), world.user("bob")
        anna.says("/talk")
        anna.says("Anna")
        world.deploy(GUARDED)
        bob.says("/talk")
        bob.says("Bob")
        anna.says("33")
        bob.says("Rome")
        world.crash()
        bob.says("44")
        assert anna.hears()[-1] == "Anna 33 somewhere"
        assert bob.hears() == ["Name?", "Town?", "Age?", "Bob 44 Rome"]
