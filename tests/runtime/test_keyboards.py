"""A keyboard of choices goes with the first message after the choice, and a message in a group names what it answers.

Both are decided with the turn and written with it, so a restart in between changes neither.
"""

from collections.abc import Callable

import pytest

from chinwag import Bot, Chat, Timeout
from chinwag.core.values import Arrival, Outgoing
from chinwag.ports import Receipt
from chinwag.testing import SimulatedNetwork, World, play


class Noted(SimulatedNetwork):
    """Keeps what it is told to send."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Outgoing] = []

    def deliver(self, message: Outgoing) -> Receipt:
        self.sent.append(message)
        return super().deliver(message)

    @property
    def clears(self) -> list[str]:
        return [message.text for message in self.sent if message.clears]

    @property
    def replies(self) -> list[tuple[str, str]]:
        return [(message.text, message.reply) for message in self.sent]


bot = Bot("keys", fallback="?")


@bot.on_command("go")
async def go(chat: Chat) -> None:
    """Choose, sleep, say."""
    await chat.choose("Which?", ["a", "b"], timeout=100)
    await chat.sleep(60)
    await chat.say("Chosen.")
    await chat.ask("And?")


@bot.on_text("twice")
async def twice(chat: Chat) -> None:
    """Choose twice."""
    await chat.choose("Which?", ["a", "b"])
    await chat.choose("Sure?", ["yes", "no"])
    await chat.say("Done.")


@bot.on_text("late")
async def late(chat: Chat) -> None:
    """Choose in time, or not."""
    try:
        await chat.choose("Which?", ["a", "b"], timeout=10)
    except Timeout:
        await chat.ask("Well?")


@bot.on_text("inline")
async def inline(chat: Chat) -> None:
    """Choose by a button at the message."""
    await chat.choose("Which?", ["a", "b"], inline=True)
    await chat.say("Done.")


def nothing(world: World) -> None:
    del world


BETWEEN = pytest.mark.parametrize("between", [nothing, World.crash, World.evict, World.restart])


@BETWEEN
def test_the_first_message_after_a_choice_clears_its_keyboard(between: Callable[[World], None]) -> None:
    network = Noted()
    with play(bot, network=network) as world:
        anna = world.user("anna")
        anna.says("/go")
        between(world)
        anna.says("c")
        assert network.clears == [], "it is asked once more"
        anna.says("/go")
        assert network.clears == [], "the choice is still open"
        between(world)
        anna.says("a")
        between(world)
        world.passes(60)
        assert network.clears == ["Chosen."]


@BETWEEN
def test_a_cancel_clears_it_too(between: Callable[[World], None]) -> None:
    network = Noted()
    with play(bot, network=network) as world:
        world.user("anna").says("/go")
        between(world)
        world.user("anna").says("/cancel")
        assert network.clears == ["Cancelled."]


def test_another_choice_brings_a_keyboard_of_its_own() -> None:
    network = Noted()
    with play(bot, network=network) as world:
        for text in ("twice", "a", "yes"):
            world.user("anna").says(text)
    assert network.clears == ["Done."]


def test_a_choice_that_timed_out_is_cleared() -> None:
    network = Noted()
    with play(bot, network=network) as world:
        world.user("anna").says("late")
        world.passes(11)
    assert network.clears == ["Well?"]


def test_buttons_at_a_message_are_no_keyboard() -> None:
    network = Noted()
    with play(bot, network=network) as world:
        for text in ("inline", "a"):
            world.user("anna").says(text)
    assert network.clears == []
    assert [(one.act, one.text) for one in network.sent] == [
        ("say", "Which?"),
        ("edit", "Which?\n→ a"),
        ("say", "Done."),
    ], "the buttons do not outlive the answer"


def group(world: World, text: str, ref: str, user: str = "anna") -> None:
    world.arrives(Arrival("sim:keys", "-7", user, text, direct=False, ref=ref))


@pytest.mark.parametrize("crash", [False, True])
def test_in_a_group_a_message_names_what_it_answers(crash: bool) -> None:  # noqa: FBT001 - a parameter
    network = Noted()
    with play(bot, network=network) as world:
        group(world, "/go", "11")
        group(world, "/go", "12")
        if crash:
            world.crash()
        group(world, "c", "13")
        group(world, "a", "14")
        world.passes(60)
        group(world, "/cancel", "15")
    assert network.replies == [
        ("Which?", "11"),
        ("Already running, call /cancel to exit", "12"),
        ("Which?", "13"),
        ("Chosen.", ""),
        ("And?", ""),
        ("Cancelled.", "15"),
    ]


def test_in_a_direct_chat_nothing_is_a_reply() -> None:
    network = Noted()
    with play(bot, network=network) as world:
        world.arrives(Arrival("sim:keys", "anna", "anna", "/go", ref="11"))
        world.arrives(Arrival("sim:keys", "anna", "anna", "a", ref="12"))
    assert {reply for _, reply in network.replies} == {""}
