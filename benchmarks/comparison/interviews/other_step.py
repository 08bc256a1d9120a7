"""The interview with the same step inserted with another argument."""

from benchmarks.comparison import scripts
from benchmarks.comparison.interviews.world import look_up
from chinwag import Chat


async def interview(chat: Chat) -> None:
    """Ask for what is to be known."""
    name = await chat.ask(scripts.NAME)
    news = await chat.step(look_up, "news")
    weather = await chat.step(look_up, "weather")
    city = await chat.ask(scripts.CITY)
    await chat.say(scripts.other_step(name, city, weather, news))
