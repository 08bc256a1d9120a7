"""A yes or a no: who may answer, and what it is when nobody does."""

from chinwag import Bot, Chat, minutes
from chinwag.testing import World, crash_everywhere, play

bot = Bot("vote")


@bot.on_command("vote", per="room")
async def vote(chat: Chat) -> None:
    host = chat.message.user
    sure = await chat.confirm("Sure?", timeout=minutes(1), default=None, from_=host)
    really = await chat.confirm("Really?", timeout=minutes(1), default=False)
    await chat.say(f"{sure}, {really}")


def script(world: World) -> None:
    anna, ben = world.user("anna", room="hall"), world.user("ben", room="hall")
    anna.says("/vote")
    ben.says("no")
    anna.says("yes")
    ben.says("yes")
    ben.says("/vote")
    world.passes(minutes(2))


def test_only_who_is_asked_answers_and_silence_is_the_default() -> None:
    with play(bot) as world:
        script(world)
        heard = world.user("zoe", room="hall").hears()
    assert heard == ["Sure?", "Really?", "True, True", "Sure?", "Really?", "None, False"]
    crash_everywhere(script, bot=bot)
