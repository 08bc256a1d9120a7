"""Answers whoever mentions it with the next line of its poem; everybody has a place of their own in it."""

from dataclasses import dataclass
from pathlib import Path

from verses import lines, next_verse

from chinwag import Bot, Chat, File


@dataclass(frozen=True, slots=True)
class Answerer:
    """What it is given."""

    poem: File = str(Path(__file__).parent / "poems" / "hope.txt")

    def check(self) -> None:
        """Look whether there is a poem, before the account starts."""
        lines(self.poem)


bot = Bot("answerer", settings=Answerer)


@bot.on_message()
async def answer(chat: Chat) -> None:
    """Say the next line."""
    position, line = await chat.step(next_verse, chat.settings(Answerer).poem, chat.data.get("position", 0), retries=3)
    chat.data["position"] = position
    await chat.say(line)
