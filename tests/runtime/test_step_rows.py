"""Steps of states that follow each other have the same path: the rows of one must not take the other's along."""

from dataclasses import dataclass

from chinwag import Bot, Chat, State
from chinwag.testing import World, play, three_ways

bot = Bot("steps")


async def one() -> str:
    return "one"


async def two() -> str:
    return "two"


@bot.on_command("chain")
@dataclass(frozen=True)
class First(State):
    async def run(self, chat: Chat) -> "Second":
        return Second(await chat.step(one))


@dataclass(frozen=True)
class Second(State):
    before: str

    async def run(self, chat: Chat) -> None:
        await chat.say(f"{self.before}, {await chat.step(two)}")


def script(world: World) -> None:
    world.user("anna").says("/chain")


def test_a_step_behind_a_step() -> None:
    three_ways(script, bot=bot)
    with play(bot) as world:
        script(world)
        assert world.user("anna").hears() == ["one, two"]


def test_a_step_that_is_cancelled_in_the_same_moment_never_begins() -> None:
    with play(bot) as world:
        anna = world.user("anna")
        with world.together():
            anna.says("/chain")
            anna.says("/cancel")
        assert anna.hears() == ["Cancelled."]
        assert world.calls(one) == []
