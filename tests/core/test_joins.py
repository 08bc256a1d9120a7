"""What is easily wrong where several branches run: who won, whose error it is, which path, line and deadline."""

import inspect
import types
from collections.abc import Generator

import pytest
from tests.core.stage import SECOND, START, Stage

from chinwag import Chat
from chinwag.core.conversation import FAILED
from chinwag.core.drive import DEEPEST, REFUSALS, evict
from chinwag.core.errors import Evicted


async def gives(chat: Chat, value: int) -> int:
    del chat
    return value


async def fails(chat: Chat, words: str) -> int:
    del chat
    raise LookupError(words)


async def asks(chat: Chat) -> str:
    return await chat.ask("Deep?")


def test_of_several_that_are_done_at_once_the_first_wins() -> None:
    async def races(chat: Chat) -> None:
        await chat.say(str(await chat.first(gives(chat, 7), gives(chat, 8), gives(chat, 9))))

    assert Stage(races).begin().words == ["(0, 7)"]


def test_of_several_errors_at_once_the_first_counts() -> None:
    async def gathers(chat: Chat) -> None:
        await chat.all(fails(chat, "first"), fails(chat, "second"))

    stage = Stage(gathers).begin()
    assert (stage.status, str(stage.error)) == (FAILED, "first")


def test_paths_count_on_behind_each_join() -> None:
    async def races_twice(chat: Chat) -> None:
        for _ in range(2):
            await chat.first(gives(chat, 7), chat.sleep(1))
        await chat.all(chat.sleep(2), chat.sleep(3))
        await chat.ask("?")

    stage = Stage(races_twice).begin()
    assert [branch.path for branch in stage.conversation.waits()] == ["2.0.0", "2.1.0"]
    assert [branch.path for branch in stage.expire().expire().conversation.waits()] == ["3"]


def test_a_member_waits_at_its_own_line() -> None:
    async def gathers(chat: Chat) -> None:
        await chat.all(asks(chat), chat.sleep(1))

    deep, plain = (opened.line for opened in Stage(gathers).begin().now.opened)
    assert deep == f"test_joins.py:{inspect.getsourcelines(asks)[1] + 1}"
    assert plain == f"test_joins.py:{inspect.getsourcelines(gathers)[1] + 1}"


def test_the_earliest_deadline_is_that_of_any_member() -> None:
    async def gathers(chat: Chat) -> None:
        await chat.all(chat.ask("?"), chat.sleep(5), chat.sleep(3), chat.ask("?", timeout=4, default=""))

    stage = Stage(gathers).begin()
    assert stage.conversation.earliest() == START + 3 * SECOND
    assert stage.expire().conversation.earliest() == START + 4 * SECOND


def test_one_conversation_may_be_evicted_while_another_runs() -> None:
    idle = Stage(asks).begin()

    async def runs(chat: Chat) -> None:
        assert evict(idle.conversation) == []
        await chat.say(f"Hello {chat.user}!")

    assert Stage(runs).begin().words == ["Hello ann!"]


def test_a_member_that_will_not_go_is_kept_too() -> None:
    refused = 0

    async def stubborn(chat: Chat) -> None:
        nonlocal refused
        while refused < REFUSALS:
            try:
                await chat.sleep(9)
            except Evicted:
                refused += 1
        await pause()

    async def gathers(chat: Chat) -> None:
        await chat.all(chat.sleep(1), stubborn(chat))

    (kept,) = evict(Stage(gathers).begin().conversation)
    with pytest.raises(StopIteration):
        kept.send(None)


@types.coroutine
def pause() -> Generator[None, None, None]:
    yield


def test_joins_within_joins_have_a_limit() -> None:
    async def deep(chat: Chat, left: int) -> None:
        if left:
            await chat.first(deep(chat, left - 1), chat.sleep(60))
        await chat.ask("Deep?")

    assert Stage(lambda chat: deep(chat, DEEPEST)).begin().hear("yes").status == "waiting"
    failed = Stage(lambda chat: deep(chat, DEEPEST + 1)).begin()
    assert str(failed.error) == "chat.first within 100 others: write a loop, or return a State"
