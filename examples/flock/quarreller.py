"""Quarrels with a rival, by mentions: one of the two opens, once a day, and they go on for some rounds.

Both run this file. Each takes its opinions, one a line, from a file of its own.
"""

from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta
from verses import lines, next_verse

from chinwag import Bot, Chat, File, State, days


@dataclass(frozen=True, slots=True)
class Quarreller:
    """What it is given. Left without a rival, it is silent."""

    opinions: File
    rival: str = ""
    opens: bool = False
    patience: Annotated[float, Meta(ge=0)] = 60.0
    rounds: Annotated[int, Meta(ge=1, le=100)] = 6

    def check(self) -> None:
        """Look whether there are opinions, before the account starts."""
        lines(self.opinions)


bot = Bot("quarreller", settings=Quarreller)


@bot.always()
@dataclass(frozen=True, slots=True)
class Open(State):
    """Opens a quarrel each day."""

    position: int = 0

    async def run(self, chat: Chat) -> State:
        """Say something that the rival will not leave standing."""
        given = chat.settings(Quarreller)
        position = self.position
        if given.rival and given.opens:
            await chat.sleep(given.patience)  # at the very first start the rival may not be listening yet
            position, opinion = await chat.step(next_verse, given.opinions, position, retries=3)
            await chat.say(f"@{given.rival} {opinion}")
        await chat.sleep(days(1))
        return Open(position)


@bot.on_message()
async def retort(chat: Chat) -> None:
    """Answer the rival, and nobody else, some times a day."""
    given = chat.settings(Quarreller)
    if given.rival.lower() not in {chat.user.lower(), chat.user.lower().partition("@")[0]}:
        return
    today = chat.now().date().isoformat()
    day, said = chat.data.get("said", [today, 0])
    said = said if day == today else 0
    if said >= given.rounds:
        return
    position, opinion = await chat.step(next_verse, given.opinions, chat.data.get("position", 1), retries=3)
    chat.data["position"], chat.data["said"] = position, [today, said + 1]
    await chat.say(opinion)
