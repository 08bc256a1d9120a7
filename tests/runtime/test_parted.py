"""A message that is several on its network: what has gone out of it outlives the process, and so does another id."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from chinwag import Bot, Chat
from chinwag.core.errors import Ambiguous, Refused, SendError
from chinwag.core.values import Outgoing
from chinwag.ports import Receipt
from chinwag.testing import SimulatedNetwork, play

PARTS = ("one", "two", "three")
bot = Bot("reader")


@bot.on_text("read")
async def read(chat: Chat) -> None:
    """Say something long."""
    await chat.say("long")


@bot.on_text("change")
async def change(chat: Chat) -> None:
    """Say something, and change it twice."""
    sent = await chat.say("draft")
    for text in ("better", "best"):
        await chat.listen()
        await sent.edit(text)


class Parted(SimulatedNetwork):
    """Every message is three calls, a second each; an edit makes a new message of the one that is meant."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[str] = []
        self.refs: list[str] = []
        self.faults: dict[str, SendError] = {}

    def paced_by(self, turn: Callable[[str], Awaitable[None]]) -> None:
        """There are no limits."""

    def tells(self, partly: Callable[[Outgoing, str], None]) -> None:
        self.partly = partly

    def send(self, message: Outgoing) -> Awaitable[Receipt]:
        return self._send(message)

    async def _send(self, message: Outgoing) -> Receipt:
        if message.act == "edit":
            self.refs.append(message.ref)
            return Receipt(became=f"{message.ref}+")
        made = message.made.split()
        for part in PARTS[len(made) :]:
            await asyncio.sleep(1)
            if part in self.faults:
                raise self.faults.pop(part)
            self.calls.append(part)
            made.append(part)
            if len(made) < len(PARTS):
                self.partly(message, " ".join(made))
        return Receipt(" ".join(made))


def test_what_has_gone_out_is_not_sent_again_after_a_kill() -> None:
    network = Parted()
    with play(bot, network=network) as world:
        world.user("anna").says("read")
        for _ in PARTS:
            world.passes(1.5)
            world.crash()
        world.passes(5)
        assert network.calls == list(PARTS), "a second for each, and a kill in the middle of the next"
        assert world.look("outgoing", [1])[0][1:3] == ("sent", "one two three")
        assert world.disk.doubled[1] == 2, "it was on its way at two of the kills"


@pytest.mark.parametrize(("error", "status", "made"), [(Ambiguous("?"), "sent", 3), (Refused("no"), "failed", 1)])
def test_what_has_gone_out_is_kept_when_the_rest_does_not(error: SendError, status: str, made: int) -> None:
    network = Parted()
    network.faults["two"] = error
    with play(bot, network=network) as world:
        world.user("anna").says("read")
        world.passes(30)
        assert network.calls == list(PARTS[:made])
        assert world.look("outgoing", [1])[0][1:3] == (status, " ".join(PARTS[:made]))


def test_an_edited_message_that_has_another_id_now_is_found_under_it() -> None:
    network = Parted()
    with play(bot, network=network) as world:
        anna = world.user("anna")
        anna.says("change")
        anna.says("go on")
        world.passes(10)
        world.crash()
        anna.says("go on")
        world.passes(10)
        assert network.refs == ["one two three", "one two three+"]
        assert world.look("outgoing", [1])[0][1:3] == ("sent", "one two three++")
