"""One conversation for every effect, and for every kind of value that a journal may hold.

Golden journals are played with it: what it says after it was brought back shows what it remembers. A released version
keeps a frozen copy, so this file may grow. Capitals at the top are changed by a scene, as a deploy would.
"""

import asyncio
import enum
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from chinwag import Bot, Cancelled, Chat, OutcomeUnknown, Reject, Sent, State, Timeout, Undeliverable, at_least, seconds

COLOUR_QUESTION = "Which colour?"
ROUND_QUESTION = "Another round?"
DETOUR = False
MENDED = False
REBUILT = False
LONG = "0123456789abcdef" * 1_100
"""Over 16 KB, so a blob of its own."""

bot = Bot("gallery", fallback="Write /help")


class Colour(enum.Enum):
    RED = "red"
    DEEP_BLUE = "deep blue"


class Rights(enum.Flag):
    READ = 1
    WRITE = 2
    RUN = 4


@dataclass(frozen=True)
class Point:
    x: int
    y: float = 0.5


class Parcel(msgspec.Struct):
    place: Point
    weights: tuple[Decimal, ...]


class Pair(NamedTuple):
    left: str
    right: Colour


Record = Point | Parcel | Pair | Colour | Rights


class OutOfStockError(Exception):
    def __init__(self, item: str, left: int) -> None:
        super().__init__(f"{left} of {item} are left")
        self.item = item
        self.left = left


# -- values ------------------------------------------------------------------------------------------------------------

WINTER = datetime(2026, 1, 5, 12, 30, 15, 250)  # noqa: DTZ001 - a value without a zone is a kind of its own
PLAIN: dict[str, Any] = {
    "nothing": None,
    "yes": True,
    "small": -7,
    "largest": 2**63 - 1,
    "huge": 2**100,
    "hugely negative": -(2**63) - 1,
    "float": 0.1,
    "odd floats": [float("nan"), float("inf"), float("-inf"), -0.0],
    "text": 'Zürich "☃" \U0001f600\n\t\x00',
    "list": [1, [2.5, ["three"]], {}],
    "mapping": {"a": {"b": [None]}, "": 0},
    "marked": {"$": "not a tag"},
    "keys": {1: "one", (2, 3): "two and three", None: date(1999, 12, 31)},
    "bytes": bytes(range(256)),
    "date": date(2024, 2, 29),
    "naive": WINTER,
    "utc": WINTER.replace(tzinfo=UTC),
    "offset": WINTER.replace(tzinfo=timezone(timedelta(hours=5, minutes=45))),
    "named": WINTER.replace(tzinfo=timezone(timedelta(hours=-3), "here")),
    "fine": WINTER.replace(tzinfo=timezone(timedelta(microseconds=1))),
    "zone": WINTER.replace(tzinfo=ZoneInfo("Europe/Berlin")),
    "second of two": datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"), fold=1),
    "time": time(23, 59, 59, 999_999),
    "time with offset": time(1, 2, tzinfo=timezone(timedelta(hours=2))),
    "timedelta": timedelta(days=-1, seconds=1, microseconds=2),
    "decimals": [Decimal("1.50"), Decimal("-0"), Decimal("1E+3"), Decimal("NaN")],
    "uuid": UUID(int=0x1234_5678_9ABC_DEF0_1234_5678_9ABC_DEF0),
    "tuple": (1, (2, ()), "three"),
    "set": {3, 1, 2},
    "frozenset": frozenset({(1, 2)}),
    "long": LONG,
}
RECORDS: dict[str, Record] = {
    "dataclass": Point(3),
    "struct": Parcel(Point(1, -2.0), (Decimal("0.10"), Decimal(7))),
    "named tuple": Pair("left", Colour.DEEP_BLUE),
    "enum": Colour.RED,
    "flags": Rights.READ | Rights.RUN,
}


def plain(name: str) -> Any:
    """A value that says itself what it is."""
    return PLAIN[name]


async def record(name: str) -> Record:
    """A value whose class stands in the annotation."""
    return RECORDS[name]


@bot.on_command("values")
async def values(chat: Chat) -> None:
    """Remember one value of each kind."""
    kept = {name: await chat.step(plain, name) for name in PLAIN}
    rebuilt = {name: await chat.step(record, name) for name in RECORDS}
    await chat.ask("Shall I tell?")
    for name, value in (kept | rebuilt).items():
        await chat.say(f"{name}: {value!r:.200}")


# -- questions ---------------------------------------------------------------------------------------------------------


def even(text: str) -> int:
    """An even number."""
    if int(text) % 2:
        raise Reject("An even number, please.")
    return int(text)


def point(text: str) -> Point:
    """Two numbers with a comma between."""
    x, y = text.split(",")
    return Point(int(x), float(y))


@bot.on_command("questions")
async def questions(chat: Chat) -> None:
    """Ask in all ways."""
    heard: list[Any] = [chat.message.arguments]
    heard.append(await chat.ask("Your name?"))
    heard.append(await chat.ask("How many?", at_least(3), retry="A number, please.", timeout=60))
    heard.append(await chat.ask("Even?", even, retry=None))
    heard.append(await chat.ask("Where?", point))
    heard.append(await chat.ask("Still there?", timeout=30, default="nobody"))
    try:
        heard.append(await chat.ask("And now?", timeout=30))
    except Timeout as error:
        heard.append(str(error))
    heard.append(await chat.choose("Size?", {"small": 1, "large": Decimal("3.5")}))
    heard.append(await chat.choose("Colour?", Colour, timeout=60, default=Colour.RED))
    heard.append(await chat.confirm("Sure?"))
    picture = await chat.listen(timeout=600)
    heard.append((picture.text, [(file.kind, file.name, file.data) for file in picture.attachments]))
    late = await chat.listen(timeout=5, default=None)
    heard.append(late.text if late is not None else None)
    await chat.ask("Shall I tell?", from_=chat.user)
    for value in heard:
        await chat.say(repr(value))


@bot.on_command("colour")
async def colour(chat: Chat) -> None:
    """A question whose words are changed while it is open."""
    await chat.say(f"{await chat.ask(COLOUR_QUESTION)}, I see.")
    await chat.say(f"{await chat.ask('And why?')}: understood.")


@bot.on_command("rounds")
async def rounds(chat: Chat) -> None:
    """A question that comes again, in other words once the code has changed."""
    while await chat.ask(ROUND_QUESTION) != "enough":
        await chat.sleep(seconds(10))
    await chat.say("Enough.")


# -- several at once ---------------------------------------------------------------------------------------------------


async def look_up(word: str) -> str:
    """A step that a scene lets take its time."""
    return word[::-1]


async def two_questions(chat: Chat, topic: str) -> tuple[str, str]:
    """A member with awaits of its own."""
    return await chat.ask(f"First of {topic}?"), await chat.ask(f"Second of {topic}?")


@bot.on_command("branches")
async def branches(chat: Chat) -> None:
    """Several things at once; who loses is cancelled."""
    told: list[Any] = [await chat.first(chat.ask("Quick?"), chat.sleep(60), chat.step(look_up, "slow"))]
    told.append(await chat.first(two_questions(chat, "nothing"), chat.sleep(5)))
    told.append(await chat.first(chat.first(chat.listen(), chat.sleep(3)), chat.ask("Nested?")))
    told.append(await chat.all(chat.step(look_up, "both"), two_questions(chat, "all"), chat.sleep(seconds(1))))
    for value in told:
        await chat.say(repr(value))


# -- steps -------------------------------------------------------------------------------------------------------------


async def fail(how: str) -> None:
    """Raise one of many kinds."""

    class HiddenError(Exception):
        """Nobody finds it again by its name."""

    known = {
        "value": ValueError("no such thing", 404),
        "fields": OutOfStockError("tea", 2),
        "os": FileNotFoundError(2, "No such file", "tea.txt"),
        "unicode": UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
        "hidden": HiddenError("gone"),
    }
    raise known[how]


async def hang() -> None:
    """Never answer."""
    await asyncio.sleep(3_600)


async def lost_cause() -> None:
    """Fail however often it is tried."""
    raise ConnectionResetError(104, "reset")


def strange() -> object:
    """What has no place in a journal."""
    return object()


@bot.on_command("failures")
async def failures(chat: Chat) -> None:
    """Remember what went wrong."""
    caught: list[Exception] = []
    for how in ("value", "fields", "os", "unicode", "hidden"):
        try:
            await chat.step(fail, how)
        except Exception as error:  # noqa: BLE001 - what it is, is told below
            caught.append(error)
    for function, timeout, retries in ((hang, 2, 0), (lost_cause, 60, 2), (strange, None, 0)):
        try:
            await chat.step(function, timeout=timeout, retries=retries)
        except Exception as error:  # noqa: BLE001 - likewise
            caught.append(error)
    await chat.ask("Shall I tell?")
    for found in caught:
        await chat.say(f"{type(found).__name__}: {found} {found.args!r:.80} {getattr(found, 'item', '')}")


@bot.on_command("once")
async def once(chat: Chat) -> None:
    """A step that must not run twice."""
    try:
        await chat.say(await chat.step(look_up, "once", once=True))
    except OutcomeUnknown as error:
        await chat.say(f"{error}")
    await chat.say(f"{await chat.ask('Again?')}: {await chat.step(look_up, 'again', once=True)}")


# -- memory ------------------------------------------------------------------------------------------------------------


@bot.on_command("data")
async def data(chat: Chat) -> None:
    """Read, write and delete what outlives the conversation."""
    visits = chat.data.get("visits", 0)
    chat.data["visits"] = visits + 1
    chat.data["last"] = {"at": chat.now(), "by": (chat.user,)}
    before = sorted(chat.data)
    what = await chat.ask("What shall I forget?")
    forgotten = chat.data.pop(what, "nothing")
    await chat.say(f"{forgotten!r:.80} of {before} is forgotten; left: {sorted(chat.data)}")
    await chat.ask("Shall I tell?")
    await chat.say(f"{visits} {dict(chat.data)!r} {'gone' not in chat.data}")


@bot.on_command("draws")
async def draws(chat: Chat) -> None:
    """Throw dice."""
    thrown = [chat.random.randint(1, 6) for _ in range(5)]
    token = chat.uuid()
    await chat.ask("Shuffle?")
    cards = list("abcdef")
    chat.random.shuffle(cards)
    await chat.ask("Shall I tell?")
    await chat.say(f"{thrown} {token} {''.join(cards)} {chat.random.random()!r} {chat.random.gauss()!r}")


@bot.on_command("patched")
async def patched(chat: Chat) -> None:
    """A stretch of code that is changed under way."""
    name = await chat.ask("Name?")
    if chat.patched("greeting"):
        await chat.say(f"Good day, {name}.")
    if REBUILT and chat.patched("later"):
        await chat.ask("Nobody asks this of those who were past it.")
    await chat.ask("Go on?")
    await chat.say(f"{chat.patched('greeting')} {REBUILT and chat.patched('later')}")


# -- other conversations, states, messages -----------------------------------------------------------------------------


async def child(chat: Chat, wanted: str, amount: Decimal) -> None:
    """Begun by another conversation."""
    answer = await chat.ask(f"{amount} of {wanted}?")
    await chat.say(f"{wanted}: {answer} at {chat.now():%H:%M:%S}")


@bot.on_command("parent")
async def parent(chat: Chat) -> None:
    """Begin others."""
    first = await chat.start(child, "tea", Decimal("0.250"))
    await chat.ask("One more?")
    second = await chat.start(child, "milk", Decimal(1), to=f"{chat.address.account}/elsewhere/{chat.user}")
    await chat.ask("Shall I tell?")
    await chat.say(f"{second - first} later")


@dataclass(frozen=True)
class Basket(State):
    items: tuple[str, ...] = ()
    prices: dict[str, Decimal] = field(default_factory=dict)
    shown: Sent | None = None
    colour: Colour = Colour.RED
    places: list[Point] = field(default_factory=list)
    note: str = ""

    async def run(self, chat: Chat) -> "Basket | Paid":
        shown = self.shown or await chat.say("basket: empty")
        item = await chat.ask("Item?")
        if item == "pay":
            return Paid(self, shown)
        items = (*self.items, item)
        await shown.edit(f"basket: {', '.join(items)}")
        price = Decimal(chat.random.randint(100, 999)) / 100
        note = LONG if item == "book" else self.note
        places = [*self.places, Point(len(items))]
        return Basket(items, {**self.prices, item: price}, shown, Colour.DEEP_BLUE, places, note)


@dataclass(frozen=True)
class Paid(State):
    basket: Basket
    shown: Sent

    async def run(self, chat: Chat) -> None:
        await self.shown.delete()
        await chat.say(f"{self.basket!r:.300} {len(self.basket.note)} {chat.uuid()}")


bot.on_command("basket")(Basket)


@bot.on_command("message")
async def long_message(chat: Chat) -> None:
    """Begun by a long message, and saying a long one."""
    await chat.say(LONG)
    await chat.ask("Shall I tell?")
    await chat.say(f"{len(chat.message.text)} {chat.message.name}")


@bot.on_command("delivery")
async def delivery(chat: Chat) -> None:
    """Wait until messages have arrived."""
    sent = await chat.say("Does this arrive?", buttons=("yes", "no"), delivery="at_most_once")
    await sent.delivered()
    await sent.edit("It did.")
    refused = await chat.say("And this?", file=b"abc")
    try:
        await refused.delivered()
    except Undeliverable as error:
        await chat.ask(f"It did not: {error}. Go on?")
        await chat.say(f"{type(error).__name__} {error}")


@bot.on_command("sleep")
async def asleep(chat: Chat) -> None:
    """Sleep twice."""
    await chat.sleep(3_600)
    await chat.say(f"{chat.now():%H:%M:%S}")
    await chat.sleep_until(datetime(2026, 1, 6, 8, tzinfo=UTC))
    await chat.say(f"{chat.now():%d. %H:%M:%S}")


@bot.on_command("cancelled")
async def cancelled(chat: Chat) -> None:
    """Ask once more while it is cancelled."""
    try:
        await chat.ask("Anything?")
    except Cancelled:
        why = await chat.ask("Why do you cancel?")
        await chat.say(f"{why}: a pity")
        raise


@bot.on_command("broken")
async def broken(chat: Chat) -> None:
    """Fail until the code is mended."""
    number = await chat.ask("Number?", int)
    if not MENDED:
        raise RuntimeError("a bug")
    await chat.say(f"{number} is fine")


def hold_up(chat: Chat, here: str) -> None:
    """Fail at the place that the command has named."""
    if not MENDED and chat.message.arguments == here:
        raise RuntimeError(here)


@bot.on_command("fragile")
async def fragile(chat: Chat) -> None:
    """Fail by an input of any kind, which is kept."""
    hold_up(chat, "start")
    sent = await chat.say("Sent.")
    await sent.delivered()
    hold_up(chat, "delivery")
    try:
        found = await chat.step(look_up, "found")
        hold_up(chat, "step")
        await chat.ask("Well?")
    except Cancelled:
        hold_up(chat, "cancel")
        raise
    await chat.say(f"{chat.message.arguments}: {found}")


@bot.on_command("detour")
async def detour(chat: Chat) -> None:
    """A question is inserted under way, and taken out again."""
    if DETOUR:
        await chat.ask("How many are new?", int)
    await chat.say(f"{await chat.ask('What?')} it is.")


@bot.on_command("shared", per="room")
async def shared(chat: Chat) -> None:
    """A conversation that a whole room shares."""
    votes = [await chat.listen() for _ in range(3)]
    await chat.say(", ".join(f"{vote.user}: {vote.text}" for vote in votes))


@bot.on_join()
async def welcome(chat: Chat) -> None:
    """Say hello to who comes."""
    await chat.say(f"Welcome, {await chat.ask('Who are you?')}.")


# -- schedules ---------------------------------------------------------------------------------------------------------


@bot.every(timedelta(hours=5))
async def every_five_hours(chat: Chat) -> None:
    """By elapsed time."""
    await chat.say(f"five hours: {chat.now():%d. %H:%M}")


@bot.cron("30 18 * * MON-FRI", zone="America/New_York")
async def after_work(chat: Chat) -> None:
    """By the wall clock of one zone."""
    await chat.say(f"after work: {await chat.ask('Done?', timeout=3_600, default='no answer')}")


@bot.daily("07:15")
async def morning(chat: Chat) -> None:
    """By the wall clock of each."""
    await chat.say(f"Good morning: {chat.now():%d. %H:%M}")
