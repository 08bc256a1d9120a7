"""The interview with a question inserted before the others."""

from benchmarks.comparison import scripts
from chinwag import Chat


async def interview(chat: Chat) -> None:
    """Ask for what is to be known."""
    age = await chat.ask(scripts.AGE)
    name = await chat.ask(scripts.NAME)
    city = await chat.ask(scripts.CITY)
    await chat.say(scripts.inserted(age, name, city))
