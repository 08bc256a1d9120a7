r"""Texts that no store can write, such as a file's name with a byte that is no UTF-8, are one conversation's matter.

Python has such a byte as half of a surrogate pair, ``"\udcff"``; JSON cannot carry it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import apsw
import pytest

from chinwag import Bot, Chat, Reject
from chinwag.core.errors import Refused, StoreError, StoreRefused
from chinwag.ports import Batch
from chinwag.stores.sqlite import MEMORY, SqliteStore
from chinwag.stores.trouble import in_words
from chinwag.testing import play

ODD = "report\udcff.txt"
Does = Callable[[Chat], Awaitable[object]]


async def raises(chat: Chat) -> None:
    raise ValueError(f"{chat.user} has no {ODD}")


async def raises_several(chat: Chat) -> None:
    raise ExceptionGroup(chat.user, [ValueError(ODD)])


async def writes_data(chat: Chat) -> None:
    chat.data[ODD] = 1


async def reads_data(chat: Chat) -> None:
    chat.data.get(ODD)


async def takes_a_change(chat: Chat) -> None:
    chat.patched(ODD)
    await chat.ask("Go on?")


async def lets_choose(chat: Chat) -> None:
    await chat.choose("Which file?", [ODD, "another"])


async def offers_buttons(chat: Chat) -> None:
    await chat.say("Which file?", buttons=["another", ODD])


async def sends_a_file(chat: Chat) -> None:
    await chat.say("Here it is.", file=Path(ODD))


async def describes_a_file(chat: Chat) -> None:
    await chat.say("Here it is.", image=b"...", description=ODD)


async def starts_elsewhere(chat: Chat) -> None:
    await chat.start(raises, to=f"{chat.address.account}/{ODD}/anna")


@pytest.mark.parametrize(
    "does",
    [
        raises,
        raises_several,
        writes_data,
        reads_data,
        takes_a_change,
        lets_choose,
        offers_buttons,
        sends_a_file,
        describes_a_file,
        starts_elsewhere,
    ],
)
def test_whoever_uses_such_a_text_fails_alone(does: Does) -> None:
    bot = Bot("odd")

    @bot.on_text("odd")
    async def odd(chat: Chat) -> None:
        await does(chat)

    @bot.on_text("hi")
    async def greet(chat: Chat) -> None:
        await chat.say("hello")

    with play(bot) as world:
        anna, bob = world.user("anna"), world.user("bob")
        anna.says("odd")
        bob.says("hi")
        assert (anna.hears(), bob.hears()) == ([bot.texts.failed], ["hello"])
        assert "\\udcff" in next(c.error for c in world.conversations() if c.status == "failed")


@pytest.mark.parametrize("retry", [ODD, "left out"])
def test_what_is_said_of_bad_input_is_written_out(retry: str) -> None:
    bot = Bot("odd")

    def pick(text: str) -> str:
        if retry == ODD:
            raise ValueError(text)
        raise Reject(ODD)

    @bot.on_text("odd")
    async def odd(chat: Chat) -> None:
        await chat.ask("Which file?", pick, retry=retry)

    with play(bot) as world:
        anna = world.user("anna")
        anna.says("odd")
        anna.says("none")
        assert anna.hears() == ["Which file?", "report\\udcff.txt", "Which file?"]


def test_a_network_may_refuse_in_such_words() -> None:
    bot = Bot("odd")

    @bot.on_text("hi")
    async def greet(chat: Chat) -> None:
        await chat.say("hello")

    with play(bot) as world:
        world.network.fails(Refused(f"no {ODD}"))
        anna, bob = world.user("anna"), world.user("bob")
        anna.says("hi")
        bob.says("hi")
        assert (anna.hears(), bob.hears()) == ([], ["hello"])


class Picky(SqliteStore):
    """It can never write a certain word."""

    def commit(self, batch: Batch) -> Awaitable[None]:
        if not any(b"poison" in bytes(row[-1]) for row in batch.outbox):
            return super().commit(batch)
        refused: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        refused.set_exception(StoreRefused("something in it cannot be written"))
        return refused


def test_a_commit_that_can_never_be_written_is_the_matter_of_one_input(caplog: pytest.LogCaptureFixture) -> None:
    bot = Bot("odd")

    @bot.on_text("hi")
    async def greet(chat: Chat) -> None:
        await chat.say(f"Hello {await chat.ask('Your name?')}!")

    with play(bot, store=Picky(MEMORY, inline=True)) as world:
        anna, bob = world.user("anna"), world.user("bob")
        with world.together():
            anna.says("hi")
            bob.says("hi")
            anna.says("poison")
            bob.says("Bob")
        assert (anna.hears(), bob.hears()) == (["Your name?"], ["Your name?", "Hello Bob!"])
        assert "an input was left out" in caplog.text
        anna.says("Anna")
        assert anna.hears() == ["Hello Anna!"]


def test_what_a_store_cannot_write_is_told_apart_from_what_it_cannot_write_now() -> None:
    for error in (apsw.ConstraintError(), apsw.TooBigError(), UnicodeEncodeError("utf-8", ODD, 6, 7, "no")):
        assert type(in_words(error, "bot.db")) is StoreRefused
    assert type(in_words(apsw.BusyError(), "bot.db")) is StoreError
