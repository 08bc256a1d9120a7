"""The interview with its two questions swapped."""

from benchmarks.comparison import scripts
from chinwag import Chat


async def interview(chat: Chat) -> None:
    """Ask for what is to be known."""
    city = await chat.ask(scripts.CITY)
    name = await chat.ask(scripts.NAME)
    await chat.say(scripts.plain(name, city))
