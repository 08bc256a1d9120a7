"""Steps that return what is hard to keep, raise, take too long, fail a few times, or must not run twice."""

import asyncio
import datetime as dt
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from tests.zoo.cage import Zoo

from chinwag import Bot, Chat, NotJournalable, OutcomeUnknown, StepFailed, StepTimeout, hours, minutes
from chinwag.testing import World

bot = Bot("steps", fallback="?")
cage = Zoo(bot)


@dataclass(frozen=True)
class City:
    name: str
    area: Decimal
    founded: dt.date | None


class Pair(NamedTuple):
    left: int
    right: list[int]


@dataclass
class Order:
    items: list[str]
    paid: bool = False


class Weird(Exception):
    def __init__(self, code: int, *, hint: str) -> None:
        super().__init__(f"code {code}")
        self.code = code
        self.hint = hint


async def city(name: str) -> City:
    return City(name, Decimal("1.50"), dt.date(1237, 1, 1))


def pair(left: int) -> Pair:
    return Pair(left, [1, 2])


async def nothing() -> object:
    return None


def mixed() -> dict[str, object]:
    return {"a": (1, {2, 3}), "b": [None, True, 1.5, 1 << 70], "$": "dollar"}


async def cities() -> list[City]:
    return [await city("a"), await city("b")]


@bot.on_command("values")
async def values(chat: Chat) -> None:
    got = [
        await chat.step(city, "Berlin"),
        await chat.step(pair, 7),
        await chat.step(nothing),
        await chat.step(mixed),
        await chat.step(cities),
        *await chat.all(chat.step(pair, 1), chat.step(pair, 1), chat.step(pair, 2)),
    ]
    await chat.ask("Well?")
    await chat.say(" ".join(map(repr, got)))


@cage
def odd_values(world: World) -> None:
    anna = world.user("anna")
    anna.says("/values")
    anna.says("well")
    text = anna.hears()[-1]
    assert text.startswith(
        "City(name='Berlin', area=Decimal('1.50'), founded=datetime.date(1237, 1, 1)) Pair(left=7, right=[1, 2]) None"
    )
    assert "{'a': (1, {2, 3}), 'b': [None, True, 1.5, 1180591620717411303424], '$': 'dollar'}" in text
    assert text.endswith("Pair(left=1, right=[1, 2]) Pair(left=1, right=[1, 2]) Pair(left=2, right=[1, 2])")


def raises(what: str) -> str:
    match what:
        case "key":
            raise KeyError(what)
        case "weird":
            raise Weird(3, hint="look here")
        case "local":

            class Local(Exception):
                pass

            raise Local("hidden")
        case "object":
            return object()  # type: ignore[return-value]
        case "large":
            return "x" * (1 << 20)
    return what


@bot.on_command("errors")
async def errors(chat: Chat) -> None:
    for what in ("key", "weird", "local", "object", "large", "fine"):
        try:
            await chat.say(await chat.step(raises, what))
        except Weird as error:
            await chat.say(f"Weird {error} {error.code} {error.hint}")
        except (KeyError, StepFailed, NotJournalable) as error:
            await chat.say(f"{type(error).__name__} {str(error)[:30]}")
        await chat.sleep(1)


@cage
def odd_errors(world: World) -> None:
    anna = world.user("anna")
    anna.says("/errors")
    world.passes(10)
    heard = anna.hears()
    assert heard[:2] == ["KeyError 'key'", "Weird code 3 3 look here"]
    assert [text.split()[0] for text in heard[2:]] == ["StepFailed", "NotJournalable", "NotJournalable", "fine"]


async def flaky(name: str) -> str:
    await asyncio.sleep(1)
    return f"really {name}"


@bot.on_command("flaky")
async def patient(chat: Chat) -> None:
    try:
        await chat.say(await chat.step(flaky, "a", retries=3))
        await chat.say(await chat.step(flaky, "b", retries=1))
    except ConnectionError as error:
        await chat.say(f"gave up: {error}")


@cage
def retried(world: World) -> None:
    anna = world.user("anna")
    world.steps(
        flaky, outcomes=[ConnectionError("1"), ConnectionError("2"), "a!", ConnectionError("4"), ConnectionError("5")]
    )
    anna.says("/flaky")
    world.passes(minutes(10))
    assert anna.hears() == ["a!", "gave up: 5"]
    assert world.calls(flaky) == [("a",)] * 3 + [("b",)] * 2


@bot.on_command("slow")
async def slow(chat: Chat) -> None:
    try:
        await chat.say(await chat.step(flaky, "slow", timeout=0.5, retries=1))
    except StepTimeout as error:
        await chat.say(str(error))
    index, value = await chat.first(chat.step(flaky, "x"), chat.ask("Skip?"))
    await chat.say(f"{index} {value}")
    await chat.step(flaky, "y", timeout=0.5)


@cage
def too_slow(world: World) -> None:
    anna = world.user("anna")
    anna.says("/slow")
    world.passes(minutes(1))
    assert anna.hears() == [
        *("the step flaky took longer than 0.5 s", "Skip?", "0 really x"),
        "Sorry, something went wrong here. It has been noted; you can start again.",
    ]
    number = world.conversations()[0].number
    world.steps("flaky", returns="in time")
    world.orders(number, "resume --rerun")
    world.passes(minutes(1))
    assert [c.status for c in world.conversations()] == ["ended"]


paid: Counter[str] = Counter()


def pay(who: str) -> str:
    paid[who] += 1
    return "paid"


@bot.on_command("pay")
async def paying(chat: Chat) -> None:
    try:
        await chat.step(pay, chat.user, once=True)
    except OutcomeUnknown:
        chat.log.info("nobody knows")
    await chat.say("thank you")


@cage
def not_twice(world: World) -> None:
    paid.clear()
    anna = world.user("anna")
    anna.says("/pay")
    assert anna.hears() == ["thank you"]
    assert paid["anna"] <= 1


@bot.on_command("wait")
async def wait(chat: Chat) -> None:
    await chat.sleep(0)
    await chat.sleep_until(chat.now() - dt.timedelta(days=1))
    await chat.sleep_until(dt.datetime(2026, 1, 5, 13, tzinfo=dt.UTC))
    for _ in range(3):
        await chat.sleep(0)
    await chat.say(f"{chat.now():%H:%M:%S.%f}")
    await chat.sleep(hours(24 * 30))
    await chat.say(f"{chat.now():%d.%m. %H:%M}")
    await chat.sleep(0.000001)
    await chat.say(f"{chat.now():%M:%S.%f}")


@cage
def sleeps_of_all_lengths(world: World) -> None:
    anna = world.user("anna")
    anna.says("/wait")
    world.passes(hours(24 * 31))
    assert anna.hears() == ["13:00:00.000000", "04.02. 13:00", "00:00.000001"]


scheduled = Bot("scheduled", fallback="?")
in_time = Zoo(scheduled)


@scheduled.daily("08:00")
async def morning(chat: Chat) -> None:
    try:
        if await chat.ask(f"Awake? {chat.now():%d. %H:%M}", timeout=hours(1), default=None):
            await chat.say("Good.")
    finally:
        chat.data["mornings"] = chat.data.get("mornings", 0) + 1


@scheduled.every(hours(5))
async def often(chat: Chat) -> None:
    await chat.say(f"tick {chat.now():%H:%M}")


@scheduled.cron("30 9 * * TUE", zone="Europe/Berlin")
async def weekly(chat: Chat) -> None:
    await chat.say(f"Tuesday {chat.now():%H:%M}")


@scheduled.always()
async def sheep(chat: Chat) -> None:
    while True:
        await chat.sleep(hours(7))
        await chat.start(hello, to="sim:scheduled/anna/anna")


async def hello(chat: Chat) -> None:
    await chat.say(f"baa {chat.now():%H:%M}")


@in_time
def schedules(world: World) -> None:
    anna, bob = world.user("anna"), world.user("bob")
    world.recipient(anna, zone="Europe/Berlin")
    world.recipient(bob, zone="America/New_York")
    world.passes(hours(19.5))
    anna.says("yes")
    anna.says("yes?")
    world.passes(hours(8.5))
    assert anna.hears() == [
        *("tick 17:00", "baa 19:00", "tick 22:00", "baa 02:00", "tick 03:00", "Awake? 06. 07:00"),
        *("Good.", "?", "tick 08:00", "Tuesday 08:30", "baa 09:00", "tick 13:00", "baa 16:00"),
    ]
    assert bob.hears() == [
        *("Awake? 05. 13:00", "tick 17:00", "tick 22:00", "tick 03:00", "tick 08:00", "Tuesday 08:30"),
        *("Awake? 06. 13:00", "tick 13:00"),
    ]
    assert (world.data(anna), world.data(bob)) == ({"mornings": 1}, {"mornings": 2})


async def book(order: Order, log: list[dict[str, Order]], extra: tuple[set[int], object]) -> int:
    order.items.append("fee")
    order.paid = True
    log[0].clear()
    log.append({})
    extra[0].add(7)
    return len(order.items)


@bot.on_command("book")
async def books(chat: Chat) -> None:
    """What a step does to its arguments, the conversation does not see: run again, it would not."""
    order = Order(["tea"])
    log, extra = [{"order": order}], ({1}, book)
    count = await chat.step(book, order, log, extra)
    await chat.ask("Sure?")
    await chat.say(f"{count} {order.items} {order.paid} {len(log)} {len(log[0])} {len(extra[0])}")


@cage
def arguments(world: World) -> None:
    anna = world.user("anna")
    anna.says("/book")
    anna.says("yes")
    assert anna.hears() == ["Sure?", "2 ['tea'] False 1 1 1"]


cages = [*cage.cages, *in_time.cages]
