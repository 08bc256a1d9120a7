"""States with their checkpoints, messages that are changed long after, data that two conversations share."""

import datetime as dt
from contextvars import ContextVar
from dataclasses import dataclass, field
from decimal import Decimal, getcontext

from tests.zoo.cage import KEYED, SLOW, Zoo

from chinwag import Bot, Chat, Sent, State, Undeliverable, UsageError, hours
from chinwag.core.errors import Ambiguous, RateLimited, Refused, Unreachable
from chinwag.testing import SimulatedNetwork, World

bot = Bot("states", fallback="?")
cage = Zoo(bot)


@dataclass(frozen=True)
class Basket(State):
    items: tuple[str, ...] = ()
    prices: dict[str, Decimal] = field(default_factory=dict)
    shown: Sent | None = None
    since: dt.datetime | None = None

    async def run(self, chat: Chat) -> "Basket | Pay":
        since = self.since or chat.now()
        shown = self.shown or await chat.say("basket: empty")
        item = await chat.ask("Item?")
        if item == "pay":
            return Pay(self, shown, (chat.now() - since).total_seconds())
        price = Decimal(chat.random.randint(100, 999)) / 100
        items = (*self.items, item)
        await shown.edit(f"basket: {', '.join(items)}")
        return Basket(items, {**self.prices, item: price}, shown, since)


@dataclass(frozen=True)
class Pay(State):
    basket: Basket
    shown: Sent
    seconds: float

    async def run(self, chat: Chat) -> State | None:
        total = sum(self.basket.prices.values(), Decimal())
        await self.shown.edit("basket: sold")
        note = await chat.say(f"{len(self.basket.items)} for {total} after {self.seconds} s")
        if not await chat.confirm("Sure?"):
            await note.delete()
            return Basket(self.basket.items, self.basket.prices, self.shown)
        return Thanks()


@dataclass(frozen=True)
class Thanks(State):
    left: int = 3

    async def run(self, chat: Chat) -> "Thanks | None":
        """Several states in one turn."""
        await chat.say(f"Thanks {self.left} {chat.random.randint(0, 9)}")
        return Thanks(self.left - 1) if self.left else None


@bot.on_command("shop")
async def shop(chat: Chat) -> State:
    await chat.say(f"Welcome {chat.random.randint(0, 9)}")
    return Basket()


def shopping(world: World) -> None:
    anna = world.user("anna")
    anna.says("/shop")
    for text in ("eggs", "milk", "pay", "no", "flour"):
        anna.says(text)
        world.passes(1)
    seen = [line.text for line in world.network.seen("anna") if not line.speaker]
    assert seen[1] == "basket: eggs, milk, flour"
    assert not [text for text in seen if text is not None and " for " in text]
    anna.says("pay")
    anna.says("yes")
    assert [c.status for c in world.conversations()] == ["ended"]
    assert [text.split()[1] for text in anna.hears()[-4:]] == ["3", "2", "1", "0"]


@cage
def states(world: World) -> None:
    shopping(world)


@cage(network=SLOW)
def states_on_a_slow_network(world: World) -> None:
    shopping(world)


@cage(network=KEYED)
def states_on_a_network_with_keys(world: World) -> None:
    shopping(world)


@bot.on_command("edits")
async def edits(chat: Chat) -> None:
    one, two = await chat.say("one"), await chat.say("two")
    await one.edit("uno")
    await chat.sleep(10)
    await two.edit("due")
    await two.edit("dos")
    three = await chat.say("three")
    await three.delete()
    await two.delivered()
    await chat.say("done")


@cage(network=SLOW)
def edits_in_the_same_turn(world: World) -> None:
    anna = world.user("anna")
    anna.says("/edits")
    assert anna.hears() == ["uno", "two"]
    world.passes(10)
    assert anna.hears() == ["dos", "done"]


@bot.on_command("remember")
async def remember(chat: Chat) -> None:
    while True:
        word, _, value = (await chat.ask("Remember?")).partition(" ")
        match word:
            case "set":
                chat.data["x"] = value
                chat.data["list"] = [*chat.data.get("list", []), value]
            case "del":
                del chat.data["x"]
            case "bad":
                chat.data["list"].append("in place")
            case "end":
                return
        await chat.say(
            f"{chat.data.get('x')!r} {chat.data.get('list')!r} {sorted(chat.data)} {len(chat.data)} {'x' in chat.data}"
        )


@bot.on_command("look")
async def look(chat: Chat) -> None:
    while True:
        await chat.listen(timeout=60)
        await chat.say(f"{dict(chat.data)}")


@cage
def data_of_two_conversations(world: World) -> None:
    anna, here = world.user("anna"), world.user("anna", room="park")
    anna.says("/remember")
    here.says("/look")
    here.says("1")
    anna.says("set a")
    here.says("2")
    anna.says("set b")
    here.says("3")
    anna.says("del x")
    here.says("4")
    world.passes(61)
    anna.says("set c")
    assert here.hears() == [
        "{}",
        "{'list': ['a'], 'x': 'a'}",
        "{'list': ['a', 'b'], 'x': 'b'}",
        "{'list': ['a', 'b']}",
        "Timeout",
    ]
    assert anna.hears()[-2] == "'c' ['a', 'b', 'c'] ['list', 'x'] 2 True"
    anna.says("end")
    assert world.data(anna) == {"x": "c", "list": ["a", "b", "c"]}


@cage
def data_changed_in_place(world: World) -> None:
    anna = world.user("anna")
    anna.says("/remember")
    anna.says("set a")
    anna.says("bad")
    assert anna.hears()[-1].startswith("Sorry, something went wrong")
    anna.says("/remember")
    anna.says("get")
    assert anna.hears()[-2] == "'a' ['a'] ['list', 'x'] 2 True"


@bot.on_command("dice")
async def dice(chat: Chat) -> None:
    texts = []
    for _ in range(3):
        numbers = (
            chat.random.sample(range(100), 5),
            round(chat.random.gauss(0, 1), 6),
            chat.random.getrandbits(600) % 1000,
        )
        texts.append(f"{numbers} {chat.uuid()} {chat.now().isoformat()} {chat.random.choice('abc')}")
        chat.log.info("drew %s", numbers)
        await chat.all(chat.ask("Again?"), chat.sleep(3))
        if chat.patched("more"):
            texts.append("patched")
    await chat.say("\n".join(texts))


@cage
def dice_fall_the_same(world: World) -> None:
    anna = world.user("anna")
    anna.says("/dice")
    for _ in range(3):
        anna.says("yes")
        world.passes(3)
    assert anna.hears()[-1].count("\n") == 5


async def guest(chat: Chat, name: str, number: int) -> str:
    """Started by another."""
    await chat.say(f"guest {name} {number} {chat.random.randint(0, 99)}")
    answer = await chat.ask("Who are you?")
    chat.data["guest"] = answer
    await chat.say(f"{answer} {chat.user} {chat.room}")
    return "unheard"


@bot.on_command("invite")
async def invite(chat: Chat) -> None:
    first = await chat.start(guest, "bob", 1, to="sim:states/bob/bob")
    second = await chat.start(guest, "here", 2)
    await chat.say(f"{type(first).__name__} {first < second}")
    await chat.start(Thanks, to="sim:states/bob/bob") if await chat.confirm("More?") else None


@cage
def children(world: World) -> None:
    anna, bob = world.user("anna"), world.user("bob")
    anna.says("/invite")
    assert bob.hears()[-1] == "Who are you?"
    bob.says("Bob")
    anna.says("Anna")
    anna.says("no")
    assert bob.hears() == ["Bob bob bob"]
    assert anna.hears()[0] == "int True"
    assert world.data(anna) == {"guest": "Anna"}
    assert [c.status for c in world.conversations()] == ["ended"] * 3


@bot.on_command("reach")
async def reach(chat: Chat) -> None:
    sent = await chat.say("knock")
    try:
        await chat.all(sent.delivered(), chat.sleep(5))
        await chat.say("delivered")
        await sent.delivered()
        await chat.say("still delivered")
    except Undeliverable as error:
        await chat.say(f"undeliverable: {error}")
    try:
        await chat.ask("There?")
    except Undeliverable as error:
        await chat.say(f"nobody there: {error}")


@cage
def delivered(world: World) -> None:
    anna = world.user("anna")
    anna.says("/reach")
    world.passes(5)
    assert anna.hears() == ["knock", "delivered", "still delivered", "There?"]


@bot.on_command("sure")
async def sure(chat: Chat) -> None:
    sent = await chat.say("knock")
    for number in range(3):
        await sent.delivered()
        await chat.say(f"delivered {number}")


@cage
def delivered_asked_again_and_again(world: World) -> None:
    anna = world.user("anna")
    anna.says("/sure")
    assert anna.hears() == ["knock", "delivered 0", "delivered 1", "delivered 2"]


def refusing() -> SimulatedNetwork:
    network = SimulatedNetwork()
    network.fails(Refused("blocked"))
    return network


@cage(network=refusing)
def refused(world: World) -> None:
    anna = world.user("anna")
    anna.says("/reach")
    world.passes(5)
    assert anna.hears() == ["undeliverable: blocked", "There?"]


def failing() -> SimulatedNetwork:
    network = SimulatedNetwork(latency=0.0)
    network.fails(Unreachable("no route"), times=3)
    network.fails(RateLimited("slow down", 7.5), after=1)
    network.fails(Ambiguous("lost"), delivered=True)
    network.fails(Ambiguous("lost"))
    return network


@cage(network=failing)
def a_network_that_fails(world: World) -> None:
    anna = world.user("anna")
    anna.says("/reach")
    world.passes(hours(1))
    assert anna.hears() == ["knock", "delivered", "still delivered", "There?"]


@bot.on_command("wrong")
async def wrong(chat: Chat) -> None:
    await chat.say("rolled back")
    number = await chat.ask("Divide by?", int)
    try:
        chat.data["wrong"] = number
        await chat.say(f"{6 // number}")
    finally:
        await chat.say("rolled back as well")


@cage
def a_failure_is_rolled_back(world: World) -> None:
    anna = world.user("anna")
    anna.says("/wrong")
    anna.says("0")
    anna.says("hm")
    assert anna.hears()[2:] == ["Sorry, something went wrong here. It has been noted; you can start again.", "?"]
    assert world.data(anna) == {}
    number = world.conversations()[0].number
    world.orders(number, "resume")
    anna.says("/wrong")
    anna.says("3")
    assert anna.hears()[-2:] == ["2", "rolled back as well"]
    world.orders(number, "cancel")


PRECISION: ContextVar[str] = ContextVar("precision", default="as ever")


@bot.on_command("count")
@dataclass(frozen=True)
class Careful(State):
    """What a context holds belongs to one state, as all that it does not hand on."""

    async def run(self, chat: Chat) -> "Careless":
        getcontext().prec = 50
        PRECISION.set("exact")
        await chat.ask(f"{PRECISION.get()}: {len(str(Decimal(1) / 3))}?")
        return Careless()


@dataclass(frozen=True)
class Careless(State):
    async def run(self, chat: Chat) -> None:
        for _ in range(2):
            await chat.ask(f"{PRECISION.get()}: {len(str(Decimal(1) / 3))}?")


@cage
def contexts(world: World) -> None:
    anna = world.user("anna")
    for words in ("/count", "yes", "yes", "yes"):
        anna.says(words)
    assert anna.hears() == ["exact: 52?", "as ever: 30?", "as ever: 30?"]


@bot.on_command("usage")
async def usage(chat: Chat) -> None:
    """What is refused is refused the same way again."""
    for mistake in (
        lambda: chat.ask("  "),
        lambda: chat.ask("?", bool),
        lambda: chat.choose("?", []),
        lambda: chat.sleep(-1),
        lambda: chat.sleep_until(dt.datetime(2026, 1, 1)),  # noqa: DTZ001 - that is the mistake
        lambda: chat.start(guest, to="nowhere"),
    ):
        try:
            await mistake()
        except UsageError as error:
            await chat.say(str(error)[:20])
    await chat.ask("Well?")


@cage
def mistakes(world: World) -> None:
    anna = world.user("anna")
    anna.says("/usage")
    anna.says("well")
    assert len(anna.hears()) == 7


cages = cage.cages
