"""The interview with a step."""

from benchmarks.comparison import scripts
from benchmarks.comparison.interviews.world import look_up
from chinwag import Chat


async def interview(chat: Chat) -> None:
    """Ask for what is to be known."""
    name = await chat.ask(scripts.NAME)
    weather = await chat.step(look_up, "weather")
    city = await chat.ask(scripts.CITY)
    await chat.say(scripts.stepped(name, city, weather))
