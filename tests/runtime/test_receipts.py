"""What a network notes when it takes a message: it is kept beside it, and is no error."""

from chinwag import Bot, Chat, seconds
from chinwag.core.values import Outgoing
from chinwag.ports import Receipt
from chinwag.testing import SimulatedNetwork, play

NOTE = "skipped: the network has this text already"


class Forgetful(SimulatedNetwork):
    """Has every text already."""

    def deliver(self, message: Outgoing) -> Receipt:
        super().deliver(message)
        return Receipt("", NOTE)


bot = Bot("poet")


@bot.on_text("go")
async def poem(chat: Chat) -> None:
    """Say a line, and wait until it was taken."""
    sent = await chat.say("Tyger Tyger, burning bright,")
    await sent.delivered()
    await chat.sleep(seconds(1))
    await chat.say("taken")


def test_a_note_is_kept_and_is_no_error() -> None:
    with play(bot, network=Forgetful()) as world:
        anna = world.user("anna")
        anna.says("go")
        world.passes(2)
        assert anna.hears() == ["Tyger Tyger, burning bright,", "taken"]
        rows = world.look("outgoing", [1, 2])
        assert [(status, note) for _, status, _, note, _ in rows] == [("sent", NOTE), ("sent", NOTE)]
