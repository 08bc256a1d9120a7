"""What is awaited twice, never, by hand, or is no effect at all."""

import types
from collections.abc import Callable, Generator
from typing import Any

import pytest
from tests.core.stage import Stage

from chinwag import Chat, UsageError
from chinwag.core.conversation import ENDED, FAILED, WAITING
from chinwag.core.effects import Delivered
from chinwag.core.errors import ForeignAwait, ForgottenAwait
from chinwag.core.values import Message


async def greet(chat: Chat) -> None:
    name = await chat.ask("Name?", timeout=30)
    await chat.say(f"Hello {name}!")


@types.coroutine
def by_hand(thing: Any) -> Generator[Any, Any, Any]:
    return (yield thing)


def test_an_effect_yielded_by_hand_was_never_awaited() -> None:
    async def yields(chat: Chat) -> None:
        await by_hand(chat.say("by hand"))

    stage = Stage(yields).begin()
    assert (stage.status, type(stage.error)) == (FAILED, ForgottenAwait)


@pytest.mark.parametrize(("thing", "words"), [(None, "asyncio.sleep(0)"), (7, "`int`"), (Message("x"), "Message")])
def test_what_is_no_effect_is_answered_with_an_error_at_the_line(thing: Any, words: str) -> None:
    async def yields(chat: Chat) -> None:
        try:
            await by_hand(thing)
        except ForeignAwait as error:
            await chat.say(str(error))

    assert words in Stage(yields).begin().words[0]


def forget_say(chat: Chat) -> None:
    chat.say("lost")  # type: ignore[unused-coroutine]


def forget_join(chat: Chat) -> None:
    chat.first(chat.sleep(1), chat.sleep(2))  # type: ignore[unused-coroutine]


@pytest.mark.parametrize(("forget", "name"), [(forget_say, "chat.say(...)"), (forget_join, "chat.first(...)")])
def test_a_forgotten_await_is_named(forget: Callable[[Chat], None], name: str) -> None:
    async def forgets(chat: Chat) -> None:
        forget(chat)
        await chat.ask("?")

    stage = Stage(forgets).begin()
    assert (stage.status, type(stage.error)) == (FAILED, ForgottenAwait)
    assert str(stage.error).startswith(f"{name} was made and never awaited somewhere before test_misuse.py:")

    async def ends(chat: Chat) -> None:
        forget(chat)

    assert str(Stage(ends).begin().error) == f"{name} was made and never awaited: write `await` in front of it"


def test_of_several_effects_the_one_is_named_that_nobody_awaited() -> None:
    async def makes_two(chat: Chat) -> None:
        hello, pause = chat.say("Hello!"), chat.sleep(3)
        await hello
        del pause

    assert str(Stage(makes_two).begin().error).startswith("chat.sleep(...) was made and never awaited")


def test_what_one_conversation_forgot_is_not_blamed_on_the_next() -> None:
    async def fails(chat: Chat) -> None:
        forget_say(chat)
        raise ValueError

    assert isinstance(Stage(fails).begin().error, ValueError)
    assert Stage(greet).begin().status == WAITING


def test_an_effect_can_be_awaited_once() -> None:
    async def twice(chat: Chat) -> None:
        effect = chat.say("once")
        await effect
        try:
            await effect
        except UsageError as error:
            await chat.say(str(error))

    words = Stage(twice).begin().words
    assert words == [
        "once",
        "chat.say(...) was awaited a second time, or outside its conversation: make a new one for each `await`",
    ]


def test_effects_may_be_made_first_and_awaited_in_another_order() -> None:
    async def asks(chat: Chat) -> None:
        one, two, three = chat.say("1"), chat.say("2"), chat.say("3")
        await two
        await one
        await three

    stage = Stage(asks).begin()
    assert (stage.status, stage.words) == (ENDED, ["2", "1", "3"])


def test_an_effect_is_driven_by_the_engine_only() -> None:
    effect = Delivered(3)
    effect.close()
    drives: list[Callable[[], None]] = [lambda: effect.send(None), lambda: effect.throw(ValueError)]
    for drive in drives:
        with pytest.raises(TypeError, match=r"chat.delivered\(...\) can only be awaited inside a conversation"):
            drive()
