"""Questions of every kind: values that are hard to keep, mailboxes, shared rooms, and answers at the wrong time."""

import datetime as dt
import enum
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from uuid import UUID

from tests.zoo.cage import KEYED, NUMBERED, SLOW, Zoo

from chinwag import Attachment, Bot, Chat, Reject, Timeout, UsageError, minutes
from chinwag.testing import World

bot = Bot("questions", fallback="?")
cage = Zoo(bot)


@bot.on_command("many")
async def many(chat: Chat) -> None:
    total = 0
    for number in range(200):
        total += await chat.ask(f"{number}?", int)
    await chat.say(f"Sum {total}")


@cage(most=20)
def two_hundred_asks(world: World) -> None:
    anna = world.user("anna")
    anna.says("/many")
    for number in range(200):
        anna.says(str(number))
    assert anna.hears()[-1] == "Sum 19900"


@dataclass(frozen=True)
class Size:
    width: int
    height: Decimal


def size(text: str) -> Size:
    width, height = text.split("x")
    return Size(int(width), Decimal(height))


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


class Colour(enum.Enum):
    RED = 1
    DARK_BLUE = (2, "b")


def colour(text: str) -> Colour:
    return Colour[text]


def numbers(text: str) -> tuple[set[int], dict[str, float], bytes]:
    value = int(text)
    return {value, 7}, {"half": value / 2}, text.encode()


def odd(text: str) -> int:
    if int(text) % 2 == 0:
        msg = f"{text} is even."
        raise Reject(msg)
    return int(text)


@bot.on_command("values")
async def values(chat: Chat) -> None:
    got = [
        await chat.ask("int?", int),
        await chat.ask("size?", size),
        await chat.ask("moment?", moment),
        await chat.ask("date?", dt.date.fromisoformat),
        await chat.ask("time?", dt.time.fromisoformat),
        await chat.ask("decimal?", Decimal),
        await chat.ask("uuid?", UUID),
        await chat.ask("float?", float),
        await chat.ask("colour?", colour),
        await chat.ask("numbers?", numbers),
        await chat.ask("hex?", partial(int, base=16)),
    ]
    await chat.say(" ".join(map(repr, got)))


@cage(network=SLOW)
def values_that_are_hard_to_keep(world: World) -> None:
    anna = world.user("anna")
    anna.says("/values")
    for text in (
        *("99999999999999999999999", "3x1.50", "2026-03-29T02:30:00+01:00", "2024-02-29", "23:59:59.5", "1.10"),
        *("12345678123456781234567812345678", "nan", "DARK_BLUE", "4", "ff"),
    ):
        anna.says(text)
    assert anna.hears()[-1] == (
        "99999999999999999999999 Size(width=3, height=Decimal('1.50')) "
        "datetime.datetime(2026, 3, 29, 2, 30, tzinfo=datetime.timezone(datetime.timedelta(seconds=3600))) "
        "datetime.date(2024, 2, 29) datetime.time(23, 59, 59, 500000) Decimal('1.10') "
        "UUID('12345678-1234-5678-1234-567812345678') nan <Colour.DARK_BLUE: (2, 'b')> "
        "({4, 7}, {'half': 2.0}, b'4') 255"
    )


def spoilt(text: str) -> int:
    if text == "bad":
        return len(text) // 0
    if text == "odd":
        return object()  # type: ignore[return-value]
    return int(text)


@bot.on_command("spoilt")
async def spoilt_parse(chat: Chat) -> None:
    for _ in range(2):
        try:
            await chat.ask("Number?", spoilt)
        except UsageError as error:
            await chat.say(f"{type(error).__name__}: {str(error)[:38]}")
    await chat.say(repr(await chat.ask("Odd?", odd, retry="An odd one!")))
    await chat.say(repr(await chat.ask("Odd?", odd, retry=None)))
    await chat.say(repr(await chat.confirm("Sure?")))


@cage
def parse_functions_that_fail(world: World) -> None:
    anna = world.user("anna")
    anna.says("/spoilt")
    for text in ("bad", "x", "odd", "2", "x", "3", "4", "x", "5", "perhaps", "No."):
        anna.says(text)
    assert anna.hears() == [
        *("Number?", "UsageError: the parse function spoilt raised ZeroD", "Number?", "Number?"),
        *(
            "NotJournalable: spoilt: a `object` has no place in the",
            "Odd?",
            "2 is even.",
            "Odd?",
            "An odd one!",
            "Odd?",
        ),
        *("3", "Odd?", "4 is even.", "5", "Sure?", "Please answer yes or no.", "Sure?"),  # "x" was kept for this one
        *("Please answer yes or no.", "Sure?", "False"),
    ]


class Fruit(enum.Enum):
    APPLE = "apple"
    PEAR = "pear"


@bot.on_command("shop")
async def shop(chat: Chat) -> None:
    fruit = await chat.choose("Fruit?", Fruit)
    shade = await chat.choose("Colour?", Colour)
    size = await chat.choose("Size?", {"small": object, "large": 3})
    number = await chat.choose("Number?", [10, 20, 30], timeout=60, default=None)
    await chat.say(f"{fruit} {shade} {size is object or size} {number!r}")


@cage
def choices_of_all_kinds(world: World) -> None:
    anna = world.user("anna")
    anna.says("/shop")
    anna.says("0")
    anna.chooses("pear")
    anna.says(" DARK blue ")
    anna.chooses("small")
    anna.says("40")
    anna.chooses("20")
    assert anna.hears() == [
        "Fruit?",
        "Fruit?",
        "Colour?",
        "Size?",
        "Number?",
        "Number?",
        "Fruit.PEAR Colour.DARK_BLUE True 20",
    ]
    anna.says("/shop")
    for text in ("apple", "red", "large"):
        anna.says(text)
    world.passes(60)
    assert anna.hears()[-1] == "Fruit.APPLE Colour.RED 3 None"


@cage(network=NUMBERED)
def choices_by_index(world: World) -> None:
    anna = world.user("anna")
    anna.says("/shop")
    for text in ("-1", "2", "pear", "1", "0", "1", "02"):
        anna.says(text)
    assert anna.hears()[-1] == "Fruit.PEAR Colour.RED 3 30"


@bot.on_command("hear")
async def hear(chat: Chat) -> None:
    while True:
        message = await chat.listen(timeout=60, default=None)
        if message is None:
            break
        files = [(f.kind, f.name, f.data) for f in message.attachments]
        await chat.say(f"{message.text!r} of {message.user} with {files}")
    try:
        await chat.listen(timeout=1)
    except Timeout:
        await chat.say("Bye")


@cage
def listens_to_files(world: World) -> None:
    anna = world.user("anna")
    anna.says("/hear")
    anna.says("", files=[Attachment("image", b"\x00\xff", name="a.png")])
    anna.says("both", files=[Attachment("file", link="http://x/y", name="y"), Attachment("audio", b"m" * 20_000)])
    anna.says("guess /cancel")
    world.passes(120)
    heard = anna.hears()
    assert heard[0] == "'' of anna with [('image', 'a.png', b'\\x00\\xff')]"
    assert heard[1].startswith("'both' of anna with [('file', 'y', b''), ('audio', '', b'mmmm")
    assert heard[2:] == ["'guess /cancel' of anna with []", "Bye"]


@bot.on_command("early")
async def early(chat: Chat) -> None:
    await chat.sleep(10)
    a = await chat.ask("A?", int)
    await chat.sleep(10)
    b, c = await chat.ask("B?", int), await chat.ask("C?")
    await chat.say(f"{a} {b} {c}")


@cage
def early_messages_are_kept(world: World) -> None:
    anna = world.user("anna")
    anna.says("/early")
    for text in ("1", "deux", "2", "three", "four", "/early", "/nonsense"):
        anna.says(text)
    assert anna.hears() == ["Already running, call /cancel to exit"]
    world.passes(10)
    assert anna.hears() == ["A?"]
    world.passes(10)
    assert anna.hears() == ["B?", "B?", "C?", "1 2 three", "?", "?"]


@cage
def early_messages_at_a_cancel(world: World) -> None:
    anna = world.user("anna")
    anna.says("/early")
    anna.says("1")
    anna.says("/hear")
    anna.says("/cancel")
    anna.says("/cancel")
    assert anna.hears() == ["Cancelled.", "Cancelled.", "?"]  # the first cancels /hear, the last sees "1" routed afresh
    assert [c.status for c in world.conversations()] == ["cancelled", "cancelled"]


@bot.on_command("poll", per="room")
async def poll(chat: Chat) -> None:
    first = await chat.ask("Anna, what do you say?", from_="anna", timeout=minutes(1), default="nothing")
    second, third = await chat.all(chat.ask("Bob?", from_="bob"), chat.listen(from_="carl"))
    await chat.say(f"{chat.user} {first} {second} {third.text}")


@cage
def a_room_shares_one(world: World) -> None:
    anna, bob, carl = (world.user(name, room="park") for name in ("anna", "bob", "carl"))
    bob.says("/poll")
    bob.says("me first")
    carl.says("/poll")
    anna.says("well")
    carl.says("c")
    anna.says("d")
    bob.says("b")
    assert anna.hears() == ["Anna, what do you say?", "Already running, call /cancel to exit", "Bob?", "* well b c"]
    anna.says("over")
    assert bob.hears()[4:] == []


@bot.on_text("one")
async def one(chat: Chat) -> None:
    await chat.say(f"one {await chat.ask('One?', int, retry=None)}")


@bot.on_text("two")
async def two(chat: Chat) -> None:
    await chat.say(f"two {await chat.ask('Two?')}")


@cage
def several_at_one_address(world: World) -> None:
    anna = world.user("anna")
    anna.says("one")
    anna.says("TWO ")
    anna.says("2")
    anna.says("x")
    anna.says("1")
    assert anna.hears() == ["One?", "Two?", "two 2", "one 1", "?"]
    anna.says("one")
    anna.says("/many")
    anna.says("two")
    anna.says("/cancel")
    anna.says("5")
    anna.says("y")
    assert anna.hears() == ["One?", "0?", "0?", "Cancelled.", "one 5", "?"]


@bot.on_command("brief")
async def brief(chat: Chat) -> None:
    """Answer quickly."""
    try:
        await chat.say(await chat.ask("Quick?", timeout=30))
    except Timeout:
        await chat.say("Too late")
    await chat.ask("Again?", int, retry=None, timeout=30)


@cage
def late_and_repeated_answers(world: World) -> None:
    anna, bob = world.user("anna"), world.user("bob")
    anna.says("/brief", ident="1")
    anna.says("/brief", ident="1")
    world.passes(29.999999)
    anna.says("now", ident="2")
    anna.says("now", ident="2")
    bob.says("/brief")
    world.passes(30)
    bob.says("no number")
    anna.says("late")
    world.passes(10)
    bob.says("ignored")
    world.passes(20)
    bob.says("late")
    assert anna.hears() == ["Quick?", "now", "Again?", "Timeout", "?"]
    assert bob.hears() == [
        "Quick?",
        "Too late",
        "Again?",
        "Timeout",
        "?",
        "?",
        "?",
    ]  # what was passed on is routed afresh
    anna.says("/help")
    assert anna.hears()[0].startswith("/brief - Answer quickly.\n")


@cage(network=KEYED)
def at_one_moment(world: World) -> None:
    users = [world.user(f"u{number}") for number in range(5)]
    with world.together():
        for user in users:
            user.says("/brief")
            user.says("a")
            user.says("1")
        users[0].says("/brief")
        users[0].says("/cancel")
    assert users[1].hears() == ["Quick?", "a", "Again?"]
    assert users[0].hears() == ["Quick?", "a", "Again?", "Quick?", "Cancelled."]


cages = cage.cages
