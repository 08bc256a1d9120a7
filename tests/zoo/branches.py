"""Several things at once: ``first`` and ``all``, three deep, with losers that do not go quietly."""

import asyncio

from tests.zoo.cage import Zoo

from chinwag import Bot, Cancelled, Chat, Timeout, hours, minutes
from chinwag.testing import World

bot = Bot("branches", fallback="?")
cage = Zoo(bot)


async def fetch(what: str) -> str:
    await asyncio.sleep(90)
    return what.upper()


@bot.on_command("deep")
async def deep(chat: Chat) -> None:
    async def talk(name: str) -> str:
        a = await chat.ask(f"{name} A?")
        await chat.sleep(30)
        b = await chat.ask(f"{name} B?")
        return f"{name}={a}{b}"

    won = await chat.first(
        chat.all(
            talk("left"),
            chat.first(chat.sleep(hours(1)), chat.all(chat.step(fetch, "x"), chat.sleep(10))),
            chat.first(chat.step(fetch, "y"), chat.step(fetch, "z")),
        ),
        chat.sleep(hours(2)),
    )
    await chat.say(repr(won))


@cage
def three_deep(world: World) -> None:
    anna = world.user("anna")
    anna.says("/deep")
    world.passes(15)
    anna.says("1")
    world.passes(60)
    anna.says("2")
    assert anna.hears() == ["left A?", "left B?"]
    world.passes(200)  # a crash lets the steps begin again
    assert anna.hears() == ["(0, ('left=12', (1, ('X', None)), (0, 'Y')))"]


@cage
def three_deep_too_late(world: World) -> None:
    anna = world.user("anna")
    anna.says("/deep")
    world.passes(hours(3))
    anna.says("1")
    assert anna.hears() == ["left A?", "(1, None)", "?"]


@bot.on_command("both")
async def both(chat: Chat) -> None:
    name, age, _ = await chat.all(chat.ask("Name?"), chat.ask("Age?", int, retry=None), chat.sleep(20))
    await chat.say(f"{name!r} {age!r}")


@cage
def two_questions_at_once(world: World) -> None:
    anna = world.user("anna")
    anna.says("/both")
    anna.says("Anna")  # the younger question passes on what is no number
    anna.says("Anne")
    anna.says("33")
    assert anna.hears() == ["Name?", "Age?"]
    world.passes(20)
    anna.says("33")
    assert anna.hears() == ["'Anna' 33", "?", "?"]  # "Anne" was kept, and is routed afresh


@bot.on_command("instant")
async def instant(chat: Chat) -> None:
    async def at_once() -> str:
        return "now"

    await chat.say(repr(await chat.first(chat.ask("Never answered?"), at_once())))
    await chat.say(repr(await chat.all(at_once(), at_once())))
    await chat.say(repr(await chat.first(at_once(), at_once())))
    await chat.say(repr(await chat.all(*[chat.sleep(0) for _ in range(3)])))


@cage
def members_that_do_not_wait(world: World) -> None:
    anna = world.user("anna")
    anna.says("/instant")
    assert anna.hears() == ["Never answered?", "(1, 'now')", "('now', 'now')", "(0, 'now')", "(None, None, None)"]


@bot.on_command("loser")
async def loser(chat: Chat) -> None:
    async def sore() -> str:
        try:
            return await chat.ask("Anything?")
        except Cancelled:
            last = await chat.ask("Last words?")
            await chat.say(f"So be it: {last}")
            raise

    async def late() -> str:
        try:
            await chat.sleep(hours(1))
        finally:
            await chat.say("Late is cancelled.")
        return "late"

    won = await chat.first(sore(), late(), chat.sleep(10))
    await chat.say(f"winner {won}")


@cage
def losers_are_awaited(world: World) -> None:
    anna = world.user("anna")
    anna.says("/loser")
    world.passes(10)
    assert anna.hears() == ["Anything?", "Last words?", "Late is cancelled."]
    world.passes(10)
    anna.says("boo")
    assert anna.hears() == ["So be it: boo", "winner (2, None)"]


@bot.on_command("broken")
async def broken(chat: Chat) -> None:
    async def fails() -> None:
        await chat.sleep(5)
        msg = "by design"
        raise LookupError(msg)

    async def holds() -> str:
        try:
            return await chat.ask("Anybody?", timeout=minutes(1))
        except Timeout:
            return "timeout"
        finally:
            await chat.say("Let go.")

    try:
        await chat.all(holds(), fails(), chat.sleep(100))
    except LookupError as error:
        await chat.say(f"caught {error}")
    await chat.say(repr(await chat.all(holds(), chat.sleep(1))))


@cage
def an_error_cancels_the_rest(world: World) -> None:
    anna = world.user("anna")
    anna.says("/broken")
    world.passes(5)
    assert anna.hears() == ["Anybody?", "Let go.", "caught by design", "Anybody?"]
    world.passes(minutes(1))
    assert anna.hears() == ["Let go.", "('timeout', None)"]


@bot.on_command("same")
async def same(chat: Chat) -> None:
    async def wait(name: str, seconds: float) -> str:
        await chat.sleep(seconds)
        await chat.say(name)
        return name

    await chat.all(wait("a", 10), wait("b", 10), chat.ask("?", timeout=10, default=None), wait("c", 10))
    won = await chat.first(wait("d", 10), wait("e", 10), chat.listen(timeout=10, default=None))
    await chat.say(f"{won}")


@cage
def deadlines_at_one_instant(world: World) -> None:
    anna = world.user("anna")
    anna.says("/same")
    world.passes(10)
    assert anna.hears() == ["?", "a", "b", "c"]
    world.passes(10)
    assert anna.hears() == ["d", "(0, 'd')"]


@bot.on_command("race")
async def race(chat: Chat) -> None:
    rounds = 0
    while rounds < 4:
        index, answer = await chat.first(chat.ask(f"Round {rounds}?", timeout=10), chat.sleep(5))
        await chat.say(f"{index} {answer}")
        rounds += 1


@cage
def races_in_a_loop(world: World) -> None:
    anna = world.user("anna")
    anna.says("/race")
    anna.says("a")
    world.passes(4)
    anna.says("b")
    world.passes(5)
    world.passes(4.999999)
    anna.says("c")
    assert anna.hears() == [
        *("Round 0?", "0 a", "Round 1?", "0 b", "Round 2?", "1 None", "Round 3?", "0 c"),
    ]


cages = cage.cages
