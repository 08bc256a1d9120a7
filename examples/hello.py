"""The smallest conversation: one question. Run it with ``chinwag chat examples/hello.py`` and write ``/start``."""

from chinwag import Bot, Chat

bot = Bot("hello", fallback="Write /start")


@bot.on_command("start")
async def hello(chat: Chat) -> None:
    """Say hello."""
    name = await chat.ask("What is your name?")
    await chat.say(f"Hello {name}!")
