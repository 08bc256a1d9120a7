"""Branches: what `first` and `all` wait for, who is cancelled, and what eviction leaves behind."""

import types
from collections.abc import Generator
from typing import Any

import pytest
from tests.core.stage import Stage, waiting

from chinwag import Cancelled, Chat, UsageError
from chinwag.core.conversation import CANCELLED, ENDED, FAILED, WAITING
from chinwag.core.drive import REFUSALS, evict
from chinwag.core.errors import Evicted


def paths(stage: Stage) -> list[str]:
    return [branch.path for branch in stage.conversation.waits()]


def same_after_waking(stage: Stage) -> None:
    twin = stage.woken()
    assert waiting(twin.conversation) == waiting(stage.conversation)
    twin.end()


# ------------------------------------------------------------------------------------------------------------- first


async def asks(chat: Chat, prompt: str = "?") -> str:
    return await chat.ask(prompt)


async def tidy(chat: Chat, prompt: str, last: str) -> str:
    try:
        return await chat.ask(prompt)
    finally:
        await chat.ask(last)


async def races(chat: Chat, *members: Any) -> None:
    index, value = await chat.first(*members)
    await chat.ask(f"{index} {value}")


def test_the_first_that_is_done_wins_and_the_others_are_cancelled() -> None:
    async def race(chat: Chat) -> None:
        await chat.say("go")
        await races(chat, chat.sleep(5), asks(chat, "one?"), chat.step(len, "abc"))
        index, value = await chat.first(chat.sleep(3), chat.listen())
        await chat.say(f"{index} {value}")

    stage = Stage(race).begin()
    assert paths(stage) == ["0.0.0", "0.1.0", "0.2.0"]
    assert stage.words == ["go", "one?"]
    same_after_waking(stage)
    stage.hear("me")
    assert (stage.words, stage.now.path, stage.now.more().stopped, paths(stage)) == (
        ["1 me"],
        "0.1.0",
        ["0.2.0"],
        ["1"],
    )
    same_after_waking(stage)
    stage.hear("x")
    same_after_waking(stage)
    assert stage.expire().words == ["0 None"]


def test_all_start_even_if_the_first_is_done_at_once() -> None:
    async def race(chat: Chat) -> None:
        await races(chat, chat.say("now"), asks(chat, "one?"), chat.sleep(3))

    stage = Stage(race).begin()
    assert stage.words == ["now", "one?", "0 Sent(number=1)"]
    assert [opened.path for opened in stage.decoded()[0].opened] == ["0.1.0", "0.2.0", "1"]
    same_after_waking(stage)


def test_a_loser_may_ask_in_finally_and_is_awaited() -> None:
    async def race(chat: Chat) -> None:
        await races(chat, chat.sleep(5), tidy(chat, "one?", "save?"))

    stage = Stage(race).begin().expire()
    assert (stage.words, paths(stage)) == (["save?"], ["0.1.1"])
    same_after_waking(stage)
    assert stage.hear("yes").words == ["0 None"]
    same_after_waking(stage)


def test_a_loser_that_raises_in_finally_raises_at_the_join() -> None:
    async def spiteful(chat: Chat) -> None:
        try:
            await chat.ask("?")
        finally:
            raise ValueError("spite")

    async def race(chat: Chat) -> None:
        try:
            await races(chat, chat.sleep(5), spiteful(chat), spiteful(chat))
        except ValueError as error:
            await chat.ask(str(error))

    stage = Stage(race).begin().expire()
    assert stage.words == ["spite"]
    same_after_waking(stage)


def test_a_loser_that_swallows_its_cancel_does_not_win() -> None:
    async def stubborn(chat: Chat) -> str:
        try:
            await chat.ask("one?")
        except BaseException:  # noqa: BLE001
            await chat.ask("really?")
        return "late"

    async def race(chat: Chat) -> None:
        await races(chat, chat.sleep(5), stubborn(chat))

    stage = Stage(race).begin().expire()
    assert stage.words == ["really?"]
    same_after_waking(stage)
    assert stage.hear("yes").words == ["0 None"]


def test_a_member_that_raises_ends_the_first() -> None:
    async def fails(chat: Chat) -> None:
        await chat.sleep(1)
        raise ValueError("first")

    async def race(chat: Chat) -> None:
        try:
            await races(chat, asks(chat), fails(chat))
        except ValueError as error:
            await chat.ask(str(error))

    stage = Stage(race).begin().expire()
    assert (stage.words, stage.now.opened[0].path) == (["first"], "1")


# --------------------------------------------------------------------------------------------------------------- all


async def gathers(chat: Chat, *members: Any) -> None:
    await chat.ask(f"{await chat.all(*members)}")


def test_all_answers_in_the_order_given() -> None:
    async def gather(chat: Chat) -> None:
        await gathers(chat, asks(chat, "one?"), chat.sleep(5), chat.ask("two?", int))

    stage = Stage(gather).begin()
    assert stage.hear("2").status == WAITING
    same_after_waking(stage)
    stage.expire()
    same_after_waking(stage)
    assert stage.hear("a").words == ["('a', None, 2)"]
    same_after_waking(stage)


def test_all_that_is_done_at_once_does_not_wait() -> None:
    async def gather(chat: Chat) -> None:
        sent, again = await chat.all(chat.say("a"), chat.say("b"))
        await chat.say(f"{sent.number}{again.number}")

    stage = Stage(gather).begin()
    assert (stage.status, stage.words) == (ENDED, ["a", "b", "12"])


def test_the_first_exception_cancels_the_rest_of_all() -> None:
    async def fails(chat: Chat, seconds: float) -> None:
        await chat.sleep(seconds)
        raise ValueError(seconds)

    async def gather(chat: Chat) -> None:
        try:
            await gathers(chat, fails(chat, 3), fails(chat, 1), tidy(chat, "one?", "save?"))
        except ValueError as error:
            await chat.ask(str(error))

    stage = Stage(gather).begin().expire()
    assert (stage.words, paths(stage)) == (["save?"], ["0.2.1"])
    same_after_waking(stage)
    assert stage.hear("y").words == ["1"]


def test_an_exception_at_the_start_still_starts_the_others() -> None:
    async def fails() -> None:
        raise ValueError("at once")

    async def gather(chat: Chat) -> None:
        try:
            await gathers(chat, fails(), asks(chat, "one?"))
        except ValueError as error:
            await chat.ask(str(error))

    stage = Stage(gather).begin()
    assert stage.words == ["one?", "at once"]
    same_after_waking(stage)


def test_joins_may_stand_in_joins() -> None:
    async def inner(chat: Chat) -> str:
        index, _ = await chat.first(chat.sleep(5), chat.all(asks(chat, "a?"), asks(chat, "b?")))
        return f"inner {index}"

    async def gather(chat: Chat) -> None:
        await gathers(chat, inner(chat), chat.first(chat.sleep(9), chat.sleep(8)))

    stage = Stage(gather).begin()
    assert paths(stage) == ["0.0.0.0.0", "0.0.0.1.0.0.0", "0.0.0.1.0.1.0", "0.1.0.0.0", "0.1.0.1.0"]
    assert all(branch.line().startswith("test_drive.py:") for branch in stage.conversation.waits())
    same_after_waking(stage)
    stage.hear("b").hear("a")
    assert paths(stage) == ["0.1.0.0.0", "0.1.0.1.0"]
    same_after_waking(stage)
    assert stage.expire().words == ["('inner 1', (1, None))"]


def test_a_member_that_is_awaited_twice_or_is_no_coroutine_is_refused() -> None:
    async def gather(chat: Chat) -> None:
        nap = chat.sleep(1)
        odd: list[tuple[Any, ...]] = [(), (nap, nap), (3,)]
        for members in odd:
            try:
                await chat.all(*members)
            except UsageError as error:
                await chat.say(str(error))
        await nap

    words = Stage(gather).begin().words
    assert words[0] == "chat.all needs at least one thing to wait for"
    assert words[1] == "chat.all got chat.sleep(...) twice, and it can be awaited once only: make a new one for each"
    assert words[2].startswith("chat.all takes effects such as chat.sleep(3), or coroutines")


# ------------------------------------------------------------------------------------------------------------ cancel


def test_a_cancel_reaches_members_before_their_parent() -> None:
    order: list[str] = []

    async def member(chat: Chat, name: str) -> None:
        try:
            await chat.sleep(9)
        finally:
            order.append(name)

    async def gather(chat: Chat) -> None:
        try:
            await chat.all(member(chat, "a"), chat.first(member(chat, "b"), chat.sleep(3)))
        finally:
            order.append("parent")

    stage = Stage(gather).begin().cancel()
    assert (stage.status, order) == (CANCELLED, ["a", "b", "parent"])


def test_a_member_that_asks_in_finally_is_cancelled_again() -> None:
    async def gather(chat: Chat) -> None:
        await chat.all(tidy(chat, "a?", "save a?"), tidy(chat, "b?", "save b?"))

    stage = Stage(gather).begin().cancel()
    assert (stage.status, stage.words) == (WAITING, ["save a?", "save b?"])
    same_after_waking(stage)
    stage.hear("b")
    same_after_waking(stage)
    assert stage.cancel().status == CANCELLED


def test_a_member_that_swallows_the_cancel_does_not_save_its_parent() -> None:
    async def stubborn(chat: Chat) -> str:
        try:
            await chat.ask("?")
        except Cancelled:
            return "swallowed"
        return "answered"

    async def gather(chat: Chat) -> None:
        try:
            await chat.all(stubborn(chat), chat.sleep(3))
        except Cancelled:
            await chat.ask("go on?")

    stage = Stage(gather).begin().cancel()
    assert stage.words == ["go on?"]
    same_after_waking(stage)


def test_what_a_member_raises_under_cancel_is_not_lost() -> None:
    async def spiteful(chat: Chat) -> None:
        try:
            await chat.ask("?")
        finally:
            raise ValueError("spite")

    async def gather(chat: Chat) -> None:
        await chat.all(chat.sleep(3), spiteful(chat), spiteful(chat))

    stage = Stage(gather).begin().cancel()
    assert (stage.status, str(stage.error)) == (FAILED, "spite")


def test_a_cancel_after_the_race_is_won_takes_the_prize() -> None:
    async def race(chat: Chat) -> None:
        await races(chat, chat.sleep(1), tidy(chat, "a?", "save?"))

    stage = Stage(race).begin().expire()
    assert stage.cancel().status == CANCELLED


# ------------------------------------------------------------------------------------------------------------- evict


def test_eviction_ends_every_coroutine_and_refuses_all_it_asks_for() -> None:
    order: list[str] = []

    async def member(chat: Chat, name: str) -> None:
        try:
            await chat.sleep(9)
        finally:
            order.append(name)
            for use in (chat.now, chat.uuid, lambda: chat.data["a"], lambda: chat.patched("x"), lambda: len(chat.data)):
                try:
                    use()
                except Evicted:
                    order.append("refused")
            chat.log.info("muted")
            try:
                await chat.say("never")
            except Evicted:
                order.append("not said")
            await chat.ask("never?")
            order.append("never")

    async def gather(chat: Chat) -> None:
        try:
            await chat.all(member(chat, "a"), chat.sleep(3))
        finally:
            order.append(f"parent {chat.user}")

    stage = Stage(gather).begin()
    conversation = stage.conversation
    assert evict(conversation) == []
    assert order == ["a", *["refused"] * 5, "not said", "parent ann"]
    assert (conversation.root, stage.said, conversation.draws) == (None, [], 0)
    assert evict(conversation) == []


def test_whatever_a_finally_awaits_at_eviction_is_refused() -> None:
    async def joins(chat: Chat) -> None:
        try:
            await chat.ask("?")
        finally:
            try:
                await chat.first(asks(chat), chat.all(asks(chat), chat.sleep(1)))
            finally:
                await pause()

    Stage(joins).begin().end()


@types.coroutine
def pause() -> Generator[None, None, None]:
    yield


def test_a_coroutine_that_refuses_50_times_is_kept() -> None:
    count = 0

    async def stubborn(chat: Chat) -> None:
        nonlocal count
        while count < REFUSALS + 7:
            try:
                await chat.sleep(9)
            except Evicted:
                count += 1

    stage = Stage(stubborn).begin()
    (kept,) = evict(stage.conversation)
    assert count == REFUSALS
    count += 100
    with pytest.raises(StopIteration):
        kept.send(None)


def test_an_evicted_conversation_comes_back() -> None:
    async def with_finally(chat: Chat) -> None:
        try:
            await chat.ask("?")
        finally:
            await chat.say("bye")

    stage = Stage(with_finally).begin()
    stage.end()
    assert stage.said == ["?"]
    assert stage.woken().hear("x").words == ["bye"]
