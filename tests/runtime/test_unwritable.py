r"""Texts that no store can write, such as a file's name with a byte that is no UTF-8, are one conversation's matter.

Python has such a byte as half of a surrogate pair, ``"\udcff"``; JSON cannot carry it.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from chinwag import Bot, Chat, Reject
from chinwag.core.errors import Refused
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
