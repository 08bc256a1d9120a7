"""A sheep: posts its poem, one line a post, for ever; as it grows older it may change.

Its position and how many posts it has made in its life are a state. The checkpoint behind each line is why no line
comes twice, and none is lost, whenever the process dies.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta
from verses import lines

from chinwag import Bot, Chat, File, State, Undeliverable

POEMS = Path(__file__).parent / "poems"
LONGEST_PAUSE = 3600.0
Seconds = Annotated[float, Meta(ge=0)]


@dataclass(frozen=True, slots=True)
class Sheep:
    """What a sheep is given."""

    poem: File = str(POEMS / "tyger.txt")
    line_interval: Seconds = 30.0
    poem_interval: Seconds = 5400.0
    personality: Literal["faithful", "shuffles", "forgets", "bored", "fixated"] = "faithful"

    def check(self) -> None:
        """Look whether there is a poem, before the account starts."""
        lines(self.poem)


bot = Bot("sheep", settings=Sheep)


# Personalities. Each is told where the sheep stands in its poem of so many lines, how often it went through (its age),
# and a draw from 0 to 1. It answers with the line to post now; past the end it breaks off, and before the beginning it
# keeps silent for this line.


def faithful(at: int, of: int, age: float, draw: float) -> int:
    """One line after the other."""
    del of, age, draw
    return at


def shuffles(at: int, of: int, age: float, draw: float) -> int:
    """The older, the more lines come from anywhere."""
    wild = age / (age + 3)
    return int(draw / wild * of) if draw < wild else at


def forgets(at: int, of: int, age: float, draw: float) -> int:
    """The older, the more lines are gone; at most every second one."""
    del of
    return -1 if draw < age / (age + 10) / 2 else at


def bored(at: int, of: int, age: float, draw: float) -> int:
    """The older, the sooner it breaks off; the first line is always posted."""
    return of if at and draw < age / (age + 20) else at


def fixated(at: int, of: int, age: float, draw: float) -> int:
    """The older, the more often it is one line, in the middle of its poem."""
    return of // 2 if draw < age / (age + 5) else at


PERSONALITIES: dict[str, Callable[[int, int, float, float], int]] = {
    one.__name__: one for one in (faithful, shuffles, forgets, bored, fixated)
}


def verse(sheep: Sheep, position: int, posts: int, draw: float) -> tuple[str, int]:
    """The line to post now, empty for none; and the next position, 0 at the end of the poem."""
    poem = lines(sheep.poem)
    at = position if position < len(poem) else 0
    chosen = PERSONALITIES[sheep.personality](at, len(poem), posts / len(poem), draw)
    if chosen >= len(poem):
        return "", 0
    return poem[chosen] if chosen >= 0 else "", (at + 1) % len(poem)


@bot.always()
@dataclass(frozen=True, slots=True)
class Recite(State):
    """Where a sheep stands in its poem, and in its life."""

    position: int = 0
    posts: int = 0
    tries: int = 0

    async def run(self, chat: Chat) -> State:
        """Post a line, wait, and go on with the next."""
        sheep = chat.settings(Sheep)
        line, position = await chat.step(verse, sheep, self.position, self.posts, chat.random.random(), retries=3)
        if line and not await posted(chat, line):
            await chat.sleep(min(60.0 * 2**self.tries, LONGEST_PAUSE))
            return replace(self, tries=min(self.tries + 1, 10))
        await chat.sleep(sheep.line_interval if position else sheep.poem_interval)
        return Recite(position, self.posts + bool(line))


async def posted(chat: Chat, line: str) -> bool:
    """Post, and wait until the network has taken it; whether it has."""
    sent = await chat.say(line)
    try:
        await sent.delivered()
    except Undeliverable as error:
        chat.log.warning("the line %r was refused, and is tried again: %s", line, error)
        return False
    return True
