"""A choice may bring a keyboard up; the first message that comes behind it takes the keyboard away, once."""

import pytest
from tests.core.stage import Stage

from chinwag import Chat
from chinwag.core.conversation import Manner

INLINE = Manner(inline=True)


def clears(stage: Stage) -> list[str]:
    """What of the last turn takes a keyboard away."""
    return [message.text for message, _ in stage.now.says if message.clears]


async def says(chat: Chat) -> None:
    await chat.choose("Which?", ["a", "b"])
    await chat.say("Chosen.")
    await chat.say("Really.")
    await chat.ask("And?")


async def asks(chat: Chat) -> None:
    await chat.choose("Which?", ["a", "b"])
    await chat.ask("And?")
    await chat.ask("And then?")


async def chooses_twice(chat: Chat) -> None:
    await chat.choose("Which?", ["a", "b"])
    await chat.choose("Sure?", ["a", "b"])
    await chat.ask("And?")


async def talks(chat: Chat) -> None:
    await chat.ask("Ready?")
    await chat.say("Go.")
    await chat.ask("And?")


async def chooses_at_the_message(chat: Chat) -> None:
    await chat.choose("Which?", ["a", "b"], inline=True)
    await chat.say("Chosen.")
    await chat.ask("And?")


async def talks_beside(chat: Chat) -> None:
    async def chatter() -> None:
        await chat.sleep(5)
        await chat.say("Still there?")
        await chat.ask("Well?")

    await chat.all(chat.choose("Which?", ["a", "b"]), chatter())
    await chat.say("Chosen.")
    await chat.ask("And?")


@pytest.mark.parametrize("wake", [False, True])
@pytest.mark.parametrize(("code", "first"), [(says, ["Chosen."]), (asks, ["And?"]), (chooses_twice, []), (talks, [])])
def test_the_first_message_behind_a_choice_takes_its_keyboard_away(code: object, first: list[str], wake: bool) -> None:  # noqa: FBT001 - a parameter of a test
    stage = Stage(code).begin()
    assert clears(stage) == []
    stage = (stage.woken() if wake else stage).hear("a")
    assert clears(stage) == first
    stage = (stage.woken() if wake else stage).hear("a")
    assert clears(stage) == (["And?"] if code is chooses_twice else [])


@pytest.mark.parametrize(("manner", "first"), [(INLINE, []), (Manner(), ["Chosen."])])
def test_buttons_at_the_message_are_no_keyboard(manner: Manner, first: list[str]) -> None:
    stage = Stage(chooses_at_the_message, manner=manner).begin()
    assert [message.inline for message, _ in stage.now.says] == [True]
    assert clears(stage.hear("a")) == first


@pytest.mark.parametrize("wake", [False, True])
def test_while_a_choice_is_open_its_keyboard_stays(wake: bool) -> None:  # noqa: FBT001 - a parameter of a test
    stage = Stage(talks_beside).begin().expire()
    assert (stage.words, clears(stage)) == (["Still there?", "Well?"], [])
    stage = (stage.woken() if wake else stage).hear("fine")
    assert clears(stage) == []
    stage = (stage.woken() if wake else stage).hear("a")
    assert (stage.words, clears(stage)) == (["Chosen.", "And?"], ["Chosen."])


async def both(chat: Chat) -> None:
    await chat.choose("Which?", ["a", "b"])
    await chat.first(chat.choose("Where?", ["c", "d"], inline=True), chatter(chat))


async def chatter(chat: Chat) -> None:
    await chat.say("Chosen.")
    await chat.sleep(5)


@pytest.mark.parametrize(("manner", "first"), [(INLINE, ["Chosen."]), (Manner(), [])])
def test_open_buttons_at_a_message_keep_no_keyboard(manner: Manner, first: list[str]) -> None:
    assert clears(Stage(both, manner=manner).begin().hear("a")) == first
