"""Conversations beside each other: what one does and leaves behind must not depend on who is in memory.

Each of these was found by the simulation (tests/simulation/seeds.txt has the seeds).
"""

from chinwag import Bot, Chat
from chinwag.core.conversation import Conversation, Numbers, UserData
from chinwag.core.engine import Engine
from chinwag.runtime.table import MANY_BEGUN, Table
from chinwag.testing import World, evict_everywhere, play


def test_what_somebody_wrote_and_left_is_seen_by_who_was_there_before() -> None:
    bot = Bot("notes")

    @bot.on_command("read")
    async def read(chat: Chat) -> None:
        await chat.ask("Ready?")
        await chat.say(f"{chat.data.get('word')} {sorted(chat.data)}")

    @bot.on_command("write")
    async def write(chat: Chat) -> None:
        chat.data["word"] = "written"

    with play(bot) as world:
        ann = world.user("ann")
        ann.says("/read")
        ann.says("/write")
        ann.says("yes")
        assert ann.hears() == ["Ready?", "written ['word']"]


def test_every_deadline_that_has_passed_comes_before_a_late_message() -> None:
    bot = Bot("late", fallback="nobody asked")

    @bot.on_command("one")
    async def one(chat: Chat) -> None:
        await chat.say(f"one {await chat.ask('One?', timeout=5, default='nothing')}")

    @bot.on_command("two")
    async def two(chat: Chat) -> None:
        await chat.say(f"two {await chat.ask('Two?', timeout=5, default='nothing')}")

    with play(bot) as world:
        ann = world.user("ann")
        with world.together():
            ann.says("/one")
            ann.says("/two")
            world.passes(6)
            ann.says("late")
        assert ann.hears() == ["One?", "Two?", "one nothing", "two nothing", "nobody asked"]


async def child(chat: Chat) -> None:
    await chat.say(f"the child heard {await chat.ask('Child?')}")


def test_the_order_at_an_address_is_that_of_age_whoever_was_woken_first() -> None:
    bot = Bot("order")

    @bot.on_command("send")
    async def send(chat: Chat) -> None:
        await chat.start(child, to=chat.message.arguments)

    @bot.on_command("other")
    async def other(chat: Chat) -> None:
        await chat.say(f"the other heard {await chat.ask('Other?')}")

    def script(world: World) -> None:
        ann, bob = world.user("ann"), world.user("bob")
        with world.together():
            bob.says(f"/send {ann.address}")
            ann.says("/other")
        ann.says("first")
        ann.says("second")

    evict_everywhere(script, bot=bot)


def test_whose_data_began_is_forgotten_once_nobody_of_theirs_is_live() -> None:
    table = Table(Engine(Numbers()), {})
    live = Conversation(1, "x", None, (), "sim:bot/hall/anna", b"")
    table.add(live)
    for number in range(2 * MANY_BEGUN):
        user = f"sim:bot/u{number}" if number else "sim:bot/anna"
        table.begin_data(user, UserData(user, {}))
    assert "sim:bot/anna" in table.begun
    assert len(table.begun) <= MANY_BEGUN + 1


async def fetch() -> str:
    return "fetched"


def parted(*, broken: bool) -> Bot:
    """A bot whose conversation waits in two branches, one of which may fail."""
    bot = Bot("parted")

    async def talk(chat: Chat) -> None:
        await chat.ask("Ready?")
        if broken:
            msg = "planned"
            raise RuntimeError(msg)

    @bot.on_command("go")
    async def go(chat: Chat) -> None:
        found, _ = await chat.all(chat.step(fetch), talk(chat))
        await chat.say(found)

    return bot


def test_what_comes_for_a_failed_conversation_is_kept_until_it_is_resumed() -> None:
    with play(parted(broken=True)) as world:
        world.steps(fetch, returns="fetched", takes=5)
        ann = world.user("ann")
        ann.says("/go")
        ann.says("yes")
        assert [c.status for c in world.conversations()] == ["failed"]
        world.passes(6)
        world.deploy(parted(broken=False))
        world.orders(1, "resume")
        assert ann.hears()[-1] == "fetched"
        assert len(world.calls(fetch)) == 1, "the step ran once, while the conversation was failed"
