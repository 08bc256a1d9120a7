"""A message of the outbox that cannot be read stops nobody else's."""

from chinwag import Bot, Chat
from chinwag.core.errors import Unreachable
from chinwag.stores.sqlite import MEMORY, SqliteStore
from chinwag.testing import play

bot = Bot("damaged")


@bot.on_text("hi")
async def greet(chat: Chat) -> None:
    """Say something."""
    await chat.say("hello")


def test_one_damaged_message_is_left_out_at_the_start() -> None:
    store = SqliteStore(MEMORY, inline=True)
    with play(bot, store=store) as world:
        world.network.fails(Unreachable("no route"), times=2)
        world.user("anna").says("hi")
        world.user("bob").says("hi")
        assert store._writer is not None
        store._writer.execute("UPDATE outbox SET body = '{\"id\": ' WHERE room = 'anna'")
        world.crash()
        world.passes(5)
        assert (world.user("anna").hears(), world.user("bob").hears()) == ([], ["hello"])
