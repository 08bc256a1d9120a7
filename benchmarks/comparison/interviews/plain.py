"""The interview at first."""

from benchmarks.comparison import scripts
from chinwag import Chat


async def interview(chat: Chat) -> None:
    """Ask for what is to be known."""
    name = await chat.ask(scripts.NAME)
    city = await chat.ask(scripts.CITY)
    await chat.say(scripts.plain(name, city))
