"""Conversations that are cancelled at odd moments, and those that will not have it."""

import asyncio
from dataclasses import dataclass

from tests.zoo.cage import Zoo

from chinwag import Bot, Cancelled, Chat, State, minutes
from chinwag.testing import World

bot = Bot("cancels", fallback="?")
cage = Zoo(bot)


@bot.on_command("why")
async def why(chat: Chat) -> None:
    try:
        await chat.ask("What?")
    finally:
        reason = await chat.ask("Why do you leave?", timeout=minutes(5), default="of nothing")
        await chat.say(f"Because {reason}.")


@cage
def asks_in_finally(world: World) -> None:
    anna = world.user("anna")
    anna.says("/why")
    anna.says("/cancel")
    assert anna.hears() == ["What?", "Why do you leave?"]
    anna.says("I must")
    assert anna.hears() == ["Because I must.", "Cancelled."]
    anna.says("still there?")
    assert anna.hears() == ["?"]


@cage
def finally_times_out(world: World) -> None:
    anna = world.user("anna")
    anna.says("/why")
    anna.says("/cancel")
    world.passes(minutes(10))
    assert anna.hears() == ["What?", "Why do you leave?", "Because of nothing.", "Cancelled."]


@bot.on_command("twice")
async def twice(chat: Chat) -> None:
    try:
        await chat.ask("What?")
    finally:
        try:
            await chat.ask("Really?")
        except Cancelled:
            await chat.say("As you like.")
            raise
        finally:
            await chat.sleep(1)
            await chat.say("Done.")


@cage
def second_cancel(world: World) -> None:
    anna = world.user("anna")
    anna.says("/twice")
    anna.says("/cancel")
    anna.says("/cancel")
    assert anna.hears() == ["What?", "Really?", "As you like."]
    world.passes(1)
    assert anna.hears() == ["Done.", "Cancelled."]


@cage
def third_cancel(world: World) -> None:
    anna = world.user("anna")
    anna.says("/twice")
    for _ in range(3):
        anna.says("/cancel")
    assert anna.hears() == ["What?", "Really?", "As you like.", "Cancelled."]
    anna.says("/cancel")
    assert anna.hears() == ["There is nothing to cancel."]


@bot.on_command("stubborn")
async def stubborn(chat: Chat) -> None:
    for number in range(3):
        try:
            await chat.ask(f"Question {number}?")
        except Cancelled:
            await chat.say("No.")
    await chat.say("Bye.")


@cage
def swallows_cancelled(world: World) -> None:
    anna = world.user("anna")
    anna.says("/stubborn")
    anna.says("/cancel")
    anna.says("yes")
    anna.says("/cancel")
    assert anna.hears() == ["Question 0?", "No.", "Question 1?", "Question 2?", "No.", "Bye."]
    assert [c.status for c in world.conversations()] == ["ended"]


@cage
def forced_by_an_operator(world: World) -> None:
    anna = world.user("anna")
    anna.says("/stubborn")
    number = world.conversations()[0].number
    world.orders(number, "cancel")
    world.orders(number, "cancel --force")
    assert anna.hears() == ["Question 0?", "No.", "Question 1?"]
    anna.says("hello?")
    assert anna.hears() == ["?"]


async def download() -> str:
    await asyncio.sleep(600)
    return "file"


@bot.on_command("slow")
async def slow(chat: Chat) -> None:
    try:
        await chat.say(await chat.step(download))
    finally:
        await chat.say("The download is over.")


@cage
def cancelled_in_a_step(world: World) -> None:
    anna = world.user("anna")
    anna.says("/slow")
    world.passes(60)
    anna.says("/cancel")
    world.passes(1200)
    assert anna.hears() == ["The download is over.", "Cancelled."]


@bot.on_command("deep")
async def deep(chat: Chat) -> None:
    async def inner(name: str) -> str:
        try:
            return await chat.ask(f"{name}?")
        finally:
            await chat.say(f"{name} is over.")

    try:
        await chat.first(chat.all(inner("one"), inner("two")), chat.step(download), chat.sleep(3600))
    finally:
        await chat.say("All is over.")


@cage
def cancelled_in_branches(world: World) -> None:
    anna = world.user("anna")
    anna.says("/deep")
    anna.says("yes")
    assert anna.hears() == ["one?", "two?", "two is over."]
    anna.says("/cancel")
    assert anna.hears() == ["one is over.", "All is over.", "Cancelled."]
    world.passes(7200)
    assert anna.hears() == []


@dataclass(frozen=True)
class Halt(State):
    number: int

    async def run(self, chat: Chat) -> "Halt | None":
        try:
            await chat.ask(f"Halt {self.number}?")
        except Cancelled:
            if self.number < 2:
                await chat.say("Not yet.")
                return Halt(self.number + 1)
            raise
        return None


@bot.on_command("halt")
async def halt(chat: Chat) -> State:
    await chat.say("Off we go.")
    return Halt(0)


@cage
def cancel_moves_to_a_state(world: World) -> None:
    anna = world.user("anna")
    anna.says("/halt")
    for _ in range(3):
        anna.says("/cancel")
    assert anna.hears() == ["Off we go.", "Halt 0?", "Not yet.", "Halt 1?", "Not yet.", "Halt 2?", "Cancelled."]


@bot.on_command("quiet")
async def quiet(chat: Chat) -> None:
    try:
        await chat.sleep(minutes(60))
    except Cancelled:
        return
    await chat.say("An hour.")


@cage
def cancel_that_returns(world: World) -> None:
    anna, bob = world.user("anna"), world.user("bob")
    anna.says("/quiet")
    bob.says("/quiet")
    anna.says("/cancel")
    world.passes(minutes(60))
    assert anna.hears() == []
    assert bob.hears() == ["An hour."]
    assert [c.status for c in world.conversations()] == ["ended", "ended"]


cages = cage.cages
