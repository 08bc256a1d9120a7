"""What is no plain message: presses of buttons, edits, leaving, files that a network keeps, signs of being at work."""

import asyncio
from dataclasses import dataclass

import pytest

from chinwag import Attachment, Bot, Chat, State, bold
from chinwag.core.errors import FetchError
from chinwag.core.values import Arrival, Span
from chinwag.testing import SimulatedNetwork, play

bot = Bot("buttons", fallback="?")


class Buttons(SimulatedNetwork):
    """A network with files and a sign of being at work."""

    def __init__(self) -> None:
        super().__init__()
        self.typed: list[tuple[str, float]] = []
        self.files = {"net:1": b"12345"}

    def typing(self, room: str) -> None:
        self.typed.append((room, asyncio.get_running_loop().time()))

    async def fetch(self, attachment: Attachment) -> bytes:
        if attachment.link not in self.files:
            raise FetchError("it is gone")
        return self.files[attachment.link]


@bot.on_text("size")
async def size(chat: Chat) -> None:
    """Choose a size."""
    got = await chat.choose(bold("What") + " size?", {"small": 1, "large": 3}, inline=True, timeout=60)
    await chat.say(f"size {got}")


async def length(file: Attachment) -> int:
    return len(await file.read())


@bot.on_text("file")
async def file(chat: Chat) -> None:
    """Count the bytes of a file."""
    message = await chat.listen()
    try:
        await chat.say(f"{await chat.step(length, message.attachments[0])} bytes")
    except FetchError as error:
        await chat.say(f"no file: {error}")


@bot.on_text("follow")
async def follow(chat: Chat) -> None:
    """Hear of edits."""
    while (message := await chat.listen(edits=True)).text != "stop":
        await chat.say(f"{message.text} {message.edited}")


@bot.on_text("slow")
async def slow(chat: Chat) -> None:
    """Work for a while."""
    await chat.step(asyncio.sleep, 10.0)
    await chat.say("done")


left: list[str] = []


@bot.on_leave()
async def farewell(chat: Chat) -> None:
    """Note who leaves."""
    left.append(chat.user)
    await chat.sleep(0)


@pytest.mark.parametrize("crash", [False, True])
def test_a_press_answers_its_question_and_shows_what_was_chosen(crash: bool) -> None:  # noqa: FBT001 - a parameter
    with play(bot) as world:
        anna = world.user("anna")
        anna.says("size")
        assert (anna.hears(), anna.choices()) == (["What size?"], ("small", "large"))
        if crash:
            world.crash()
        anna.presses("large")
        assert anna.hears() == ["What size?\n→ large", "size 3"]
        anna.presses("small")
        assert anna.hears() == ["This is no longer open."]


def test_words_answer_an_inline_choice_too() -> None:
    with play(bot) as world:
        anna = world.user("anna")
        anna.says("size")
        anna.says("1")
        assert anna.hears() == ["What size?", "What size?"]
        anna.says("large")
        assert anna.hears() == ["What size?\n→ large", "size 3"]


def test_a_press_of_an_older_choice_answers_no_newer_one() -> None:
    with play(bot) as world:
        anna, network = world.user("anna"), world.network
        anna.says("size")
        anna.says("/cancel")
        anna.says("size")
        first = next(line for line in network.room("anna") if line.inline)
        world.arrives(Arrival("sim:buttons", "anna", "anna", "1", "p1", event="button", target=first.number))
        assert anna.hears()[-1] == "This is no longer open."
        anna.presses("small")
        assert anna.hears() == ["What size?\n→ small", "size 1"]


def test_a_press_at_a_question_that_timed_out_is_told() -> None:
    with play(bot) as world:
        anna = world.user("anna")
        anna.says("size")
        world.passes(61)
        anna.presses("large")
        assert anna.hears() == ["What size?", "Timeout", "This is no longer open."]


@pytest.mark.parametrize("text", ["7", "-1", "x", ""])
def test_a_press_of_no_button_of_ours_is_bad_input(text: str) -> None:
    with play(bot) as world:
        anna = world.user("anna")
        anna.says("size")
        number = world.network.seen("anna")[-1].number
        world.arrives(Arrival("sim:buttons", "anna", "anna", text, "p1", event="button", target=number))
        anna.says("small")
        assert anna.hears()[-1] == "size 1"


def test_a_press_that_comes_twice_is_consumed_once() -> None:
    with play(bot) as world:
        anna = world.user("anna")
        anna.says("size")
        number = world.network.seen("anna")[-1].number
        for _ in range(2):
            world.arrives(Arrival("sim:buttons", "anna", "anna", "1", "p1", event="button", target=number))
        assert anna.hears()[1:] == ["size 3"]


def test_styles_reach_the_network() -> None:
    with play(bot) as world:
        world.user("anna").says("size")
        assert world.network.seen("anna")[-1].spans == (Span(0, 4, "bold"),)
        world.user("anna").presses("small")
        (shown,) = (line for line in world.network.seen("anna") if line.inline)
        assert (shown.text, shown.spans) == ("What size?\n→ small", (Span(0, 4, "bold"),))


def test_an_edit_is_no_answer_unless_somebody_listens_for_edits() -> None:
    with play(bot) as world:
        anna = world.user("anna")
        anna.says("size")
        anna.edits("large")
        assert anna.hears() == ["What size?"]
        anna.says("small")
        anna.edits("large")
        assert anna.hears()[1:] == ["size 1"]
        anna.says("follow")
        anna.says("one")
        anna.edits("two")
        world.crash()
        anna.says("three")
        assert anna.hears() == ["one False", "two True", "three False"]


def test_a_file_is_fetched_in_a_step() -> None:
    with play(bot, network=Buttons()) as world:
        for link, answer in (("net:1", "5 bytes"), ("net:2", "no file: it is gone")):
            world.user("anna").says("file")
            world.arrives(Arrival("sim:buttons", "anna", "anna", "", attachments=(Attachment("image", link=link),)))
            assert world.user("anna").hears() == [answer]


def test_a_step_shows_that_the_bot_is_at_work() -> None:
    network = Buttons()
    with play(bot, network=network) as world:
        world.user("anna").says("slow")
        world.passes(20)
        assert world.user("anna").hears() == ["done"]
    assert network.typed == [("anna", 1.0), ("anna", 5.0), ("anna", 9.0)]


def test_who_leaves_is_noted() -> None:
    left.clear()
    with play(bot, network=Buttons()) as world:
        world.user("anna").leaves()
    assert left == ["anna"]


@dataclass(frozen=True)
class Reading(State):
    """Reads a file where it must not."""

    async def run(self, chat: Chat) -> None:
        """Fail."""
        message = await chat.listen()
        await message.attachments[0].read()


def test_a_file_that_is_read_outside_a_step_is_refused_in_words() -> None:
    reading = Bot("reading")
    reading.on_text("go")(Reading)
    with play(reading) as world:
        world.user("anna").says("go")
        world.arrives(Arrival("sim:reading", "anna", "anna", "", attachments=(Attachment("image", link="net:1"),)))
        assert "a file is read in a step" in world.conversations()[0].error
