"""The public surface as a user types it: both type checkers accept every line, and agree on every type."""

import enum
import functools
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import assert_type
from uuid import UUID

from chinwag import Bot, Chat, State, at_least, minutes, yes

bot = Bot("guess", fallback="input 'guess' to play the game!")


@bot.on_text("guess")
async def guess(chat: Chat) -> None:
    low = await chat.ask("From what number?", int, retry="Please input an integer.", timeout=30)
    high = await chat.ask("To what number?", at_least(low), retry="Please input an integer.", timeout=30)
    assert_type(high, int)
    secret = chat.random.randint(low, high)
    hint, count = f"Guess a number between {low} to {high}", 0
    while True:
        answer = await chat.ask(hint, int, retry="Please input an integer.", timeout=30)
        count += 1
        if answer == secret:
            break
        hint = "Too large" if answer > secret else "Too small"
    await chat.say(f"You spent {count} times to guess the secret number.")


@bot.daily("20:00")
async def insulin(chat: Chat) -> None:
    for question in ("Hey buddy, did you take your insulin?", "How about now?", "How about now?"):
        if await chat.ask(question, yes, retry=None, timeout=minutes(20), default=False):
            await chat.say("That's great!")
            return
    await chat.say("I'm giving up!")


class Size(enum.Enum):
    SMALL = 1


async def kitchen(dish: str, size: int) -> dict[str, int]:
    return {dish: size}


async def oven(dish: str, size: int = 3) -> int:
    return len(dish) * size


def scales(dish: str) -> float:
    return float(len(dish))


async def bell() -> None: ...


class Client:
    async def get(self, url: str, *, timeout: float = 3) -> bytes:  # noqa: ASYNC109 - as HTTP clients have it
        return f"{url} {timeout}".encode()


async def number(chat: Chat) -> int:
    return await chat.ask("?", int)


@bot.on_command("ask")
async def asks(chat: Chat) -> None:
    assert_type(await chat.ask("x"), str)
    assert_type(await chat.ask("x", timeout=3), str)
    assert_type(await chat.ask("x", timeout=3, default=None), str | None)
    assert_type(await chat.ask("x", int), int)
    assert_type(await chat.ask("x", int, timeout=3, default=None), int | None)
    assert_type(await chat.ask("x", int, timeout=3, default=0), int)
    assert_type(await chat.ask("x", Decimal), Decimal)
    assert_type(await chat.ask("x", date.fromisoformat), date)
    assert_type(await chat.ask("x", lambda text: text.split()), list[str])
    assert_type(await chat.ask("x", float), float)
    assert_type(await chat.choose("x", Size), Size)
    assert_type(await chat.choose("x", {"small": 1, "large": 3}), int)
    assert_type(await chat.choose("x", ["a", "b"]), str)
    assert_type(await chat.confirm("x"), bool)
    assert_type(await chat.confirm("x", timeout=1, default=False), bool)
    assert_type(await chat.confirm("x", timeout=1, default=None, from_="anna"), bool | None)
    assert_type((await chat.listen()).text, str)


@bot.on_command("step")
async def steps(chat: Chat) -> None:
    assert_type(await chat.step(kitchen, "a", 1), dict[str, int])
    assert_type(await chat.step(kitchen, "a", 1, retries=3, timeout=2.0, once=True), dict[str, int])
    assert_type(await chat.step(oven, "a"), int)
    assert_type(await chat.step(oven, "a", 2), int)
    assert_type(await chat.step(scales, "a"), float)
    assert_type(await chat.step(bell), None)
    assert_type(await chat.step(Client().get, "u"), bytes)
    assert_type(await chat.step(functools.partial(Client().get, timeout=3), "u"), bytes)
    assert_type(await chat.step(lambda: 3), int)
    assert_type(chat.now(), datetime)
    assert_type(chat.uuid(), UUID)


@bot.on_command("all")
async def branches(chat: Chat) -> "Pay | None":
    winner = await chat.first(chat.ask("x", int), chat.sleep(3))
    if winner[0] == 0:
        assert_type(winner[1], int)
    match await chat.first(number(chat), chat.sleep(3), chat.ask("y")):
        case (0, count):
            assert_type(count, int)
        case (1, _):
            pass
        case (2, text):
            assert_type(text, str)
    a, b = await chat.all(number(chat), chat.ask("y"))
    assert_type(a, int)
    assert_type(b, str)
    return Pay(3)


@bot.on_command("state")
@dataclass(frozen=True)
class Pay(State):
    amount: int

    async def run(self, chat: Chat) -> "Pay | None":
        await chat.say(f"That is {self.amount}.")
        return None
