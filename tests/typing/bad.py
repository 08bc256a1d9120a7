"""The public surface as nobody should type it: both type checkers refuse each line marked `# refused`, and no other."""

from chinwag import Bot, Chat, State

bot = Bot("wrong")


async def kitchen(dish: str, size: int) -> int:
    return len(dish) * size


@bot.on_command("wrong")
async def wrong(chat: Chat) -> None:
    chat.say("forgotten await")  # refused
    text: str = await chat.ask("x", int)  # refused
    await chat.step(kitchen, 1, "a")  # refused
    await chat.step(kitchen, "a")  # refused
    await chat.ask("x", int, default=3)  # refused
    await chat.say(f"{text}", volume=11)  # refused


@bot.on_command("plain")  # refused
def plain(chat: Chat) -> None:
    del chat


class Lost(State):
    async def run(self, chat: Chat) -> int:  # refused
        return 3
