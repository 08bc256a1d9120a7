"""What is said when a step has ended is a reply to what the step was begun by, in a room of several."""

from chinwag import Bot, Chat, seconds
from chinwag.core.values import Arrival, Outgoing
from chinwag.ports import Receipt
from chinwag.testing import SimulatedNetwork, play

bot = Bot("librarian")


async def look_up(word: str) -> str:
    return f"{word} is on shelf 3"


@bot.on_message()
async def answer(chat: Chat) -> None:
    """Look up, then talk on."""
    await chat.say(await chat.step(look_up, chat.message.text))
    await chat.sleep(seconds(10))
    await chat.say("Found it?")


class Noting(SimulatedNetwork):
    def __init__(self) -> None:
        super().__init__()
        self.replies: list[tuple[str, str]] = []

    def deliver(self, message: Outgoing) -> Receipt:
        self.replies.append((message.text, message.reply))
        return super().deliver(message)


def heard(*, direct: bool, crash: bool = False) -> list[tuple[str, str]]:
    network = Noting()
    with play(bot, network=network) as world:
        world.steps(look_up, returns="on shelf 3", takes=2)
        world.arrives(Arrival(world.account, "hall", "ann", "poetry", "m1", direct=direct, ref="r1"))
        if crash:
            world.crash()
        world.passes(60)
    return network.replies


def test_a_step_lies_between_a_message_and_its_reply() -> None:
    assert heard(direct=False) == [("on shelf 3", "r1"), ("Found it?", "")]


def test_in_a_direct_chat_nothing_is_a_reply() -> None:
    assert heard(direct=True) == [("on shelf 3", ""), ("Found it?", "")]


def test_a_crash_costs_the_thread_and_nothing_else() -> None:
    assert heard(direct=False, crash=True) == [("on shelf 3", ""), ("Found it?", "")]
