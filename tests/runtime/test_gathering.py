"""Messages that go together: what one call holds, and what becomes of them when it fails, or the process does."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import apsw
import pytest

from chinwag import Bot, Chat
from chinwag.core.errors import Ambiguous, RateLimited, Refused, StoreFull, Undeliverable, Unreachable
from chinwag.core.retry import Backoff
from chinwag.core.values import Arrival, Outgoing
from chinwag.ports import Batch, Gathering, Receipt
from chinwag.runtime.account import Account
from chinwag.runtime.clock import RealClock
from chinwag.runtime.worker import Worker
from chinwag.stores.sqlite import SqliteStore

ACCOUNT = "fake:bot"
SECOND = 1_000_000
bot = Bot("bot")


@bot.on_message()
async def count(chat: Chat) -> None:
    assert chat.message is not None
    for number in range(int(chat.message.text)):
        await chat.say(f"{number}")


@bot.on_command("hear")
async def hear(chat: Chat) -> None:
    await chat.say("good")
    sent = await chat.say("bad")
    try:
        await sent.delivered()
    except Undeliverable as error:
        await chat.say(f"told: {error}")


class Fake:
    """A network that takes three messages a call, and tells when it was called."""

    numbered = False
    echoes = False
    window = 3600 * SECOND
    together = 3

    def __init__(self) -> None:
        self.calls: list[tuple[list[str], str, str, bool]] = []
        self.troubles: list[Exception | Callable[[Outgoing], Refused | None]] = []
        self.fresh = 60 * SECOND
        self.called = asyncio.Event()

    def known_until(self, message: Outgoing, begun: int) -> int:
        return begun + (self.fresh if message.reply else self.window)

    def send(self, message: Outgoing) -> Receipt:
        raise AssertionError(message)

    async def send_together(self, messages: Sequence[Outgoing], *, again: bool) -> list[Receipt | Refused]:
        first = messages[0]
        self.calls.append(([one.text for one in messages], first.reply, first.key, again))
        assert not any(one.reply for one in messages[1:])
        self.called.set()
        trouble = self.troubles.pop(0) if self.troubles else None
        if isinstance(trouble, Exception):
            raise trouble
        return [(trouble(one) if trouble else None) or Receipt("ref") for one in messages]


class Life:
    """One process after the other, on one store."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "store.db")
        self.network = Fake()
        self.numbers = 0

    async def begin(self) -> None:
        self.account = Account(ACCOUNT, bot, self.network)
        self.worker = Worker(SqliteStore(self.path), [self.account], RealClock(asyncio.get_running_loop()))
        self.worker.delivery.backoff = Backoff(first=1000)
        await self.worker.start()

    def hears(self, text: str, ref: str = "", room: str = "room", **more: Any) -> None:
        self.numbers += 1
        self.worker.receive(Arrival(ACCOUNT, room, "ann", text, f"id-{self.numbers}", ref=ref, **more))

    async def quiet(self) -> None:
        async with asyncio.timeout(20):
            await self.worker.quiet()

    async def calls(self, count: int) -> list[tuple[list[str], str, bool]]:
        """So many calls, and nothing behind them: texts, token, whether it is a second try."""
        async with asyncio.timeout(20):
            while len(self.network.calls) < count:
                self.network.called.clear()
                await self.network.called.wait()
            await self.worker.quiet()
        assert len(self.network.calls) == count
        return [(texts, reply, again) for texts, reply, _, again in self.network.calls]

    async def end(self) -> None:
        await self.worker.stop()


@pytest.fixture
async def life(tmp_path: Path) -> AsyncIterator[Life]:
    life = Life(tmp_path)
    await life.begin()
    yield life
    await life.end()


def test_the_fake_is_one() -> None:
    assert isinstance(Fake.__new__(Fake), Gathering)


async def test_what_is_said_at_one_moment_goes_in_one_call(life: Life) -> None:
    life.hears("2", ref="token")
    await life.quiet()
    ((texts, reply, key, again),) = life.network.calls
    assert (texts, reply, again) == (["0", "1"], "token", False)
    assert key


async def test_what_does_not_fit_is_another_call_without_the_token(life: Life) -> None:
    life.hears("7", ref="token")
    await life.quiet()
    assert [(texts, reply) for texts, reply, _, _ in life.network.calls] == [
        (["0", "1", "2"], "token"),
        (["3", "4", "5"], ""),
        (["6"], ""),
    ]
    assert len({key for _, _, key, _ in life.network.calls}) == 3


async def test_a_message_that_has_a_token_does_not_go_with_one_that_has_none(life: Life) -> None:
    life.hears("1")
    life.hears("1", ref="token")
    life.hears("1")
    await life.quiet()
    assert [(texts, reply) for texts, reply, _, _ in life.network.calls] == [(["0"], ""), (["0", "0"], "token")]


async def test_another_room_is_another_call(life: Life) -> None:
    life.hears("1", ref="one")
    life.hears("1", ref="two", room="other")
    await life.quiet()
    assert sorted(reply for _, reply, _, _ in life.network.calls) == ["one", "two"]


@pytest.mark.parametrize("trouble", [Unreachable("gone"), RateLimited("slower", 0.01)])
async def test_what_never_arrived_goes_together_once_more(life: Life, trouble: Exception) -> None:
    life.network.troubles.append(trouble)
    life.hears("2", ref="token")
    assert await life.calls(2) == [(["0", "1"], "token", False)] * 2


async def test_what_may_have_arrived_is_tried_again_under_the_same_key(life: Life) -> None:
    life.network.troubles.append(Ambiguous("no answer"))
    life.hears("2", ref="token")
    await life.calls(2)
    first, second = life.network.calls
    assert first[:3] == second[:3]
    assert (first[3], second[3]) == (False, True)


async def test_a_token_that_is_no_key_any_more_is_dropped_and_the_double_is_counted(life: Life) -> None:
    life.network.fresh = 50_000
    life.network.troubles.append(Ambiguous("no answer"))
    life.worker.delivery.backoff = Backoff(first=200_000)
    life.hears("2", ref="token")
    assert await life.calls(2) == [(["0", "1"], "token", False), (["0", "1"], "", False)]
    await life.worker.store.close()
    rows = apsw.Connection(life.path).execute("SELECT SUM(doubled) FROM outbox").fetchall()
    assert rows == [(2,)]


async def test_one_that_is_refused_costs_the_others_nothing(life: Life) -> None:
    life.network.troubles.append(lambda one: Refused("no bad words") if one.text == "bad" else None)
    life.hears("/hear", ref="token")
    await life.quiet()
    assert [texts for texts, _, _, _ in life.network.calls] == [["good", "bad"], ["told: no bad words"]]


async def test_a_crash_while_they_are_sent_sends_them_together_again(tmp_path: Path) -> None:
    life = Life(tmp_path)
    await life.begin()
    stuck = asyncio.Event()

    async def hang(messages: Sequence[Outgoing], *, again: bool) -> list[Receipt | Refused]:
        del messages, again
        stuck.set()
        await asyncio.Event().wait()
        raise AssertionError

    life.network.send_together = hang  # type: ignore[method-assign]
    life.hears("4", ref="token")
    async with asyncio.timeout(20):
        await stuck.wait()
    first = life.worker
    life.network = Fake()
    await first.store.close()  # what a kill leaves: the claims are durable, the outcome is not
    await life.begin()
    await life.quiet()
    assert [(texts, reply, again) for texts, reply, _, again in life.network.calls] == [
        (["0", "1", "2"], "token", True),
        (["3"], "", True),
    ]
    await life.end()
    for task in first.delivery.tasks:
        task.cancel()


@bot.on_text("slow")
async def slow(chat: Chat) -> None:
    await chat.step(str, "result")
    await chat.say("after the step")
    await chat.sleep(0.01)
    await chat.say("after the sleep")


@bot.on_command("all", per="room")
async def room(chat: Chat) -> None:
    await chat.ask("Who?")
    await chat.say("all of you")


async def test_a_token_waits_for_whatever_is_said_next_to_its_user(life: Life) -> None:
    life.hears("slow", ref="token", direct=True)
    assert await life.calls(2) == [(["after the step"], "token", False), (["after the sleep"], "", False)]


async def test_a_token_that_the_network_takes_no_more_is_not_used(life: Life) -> None:
    life.network.fresh = 0
    life.hears("1", ref="token")
    assert await life.calls(1) == [(["0"], "", False)]


async def test_a_whole_room_is_answered_under_the_newest_token(life: Life) -> None:
    life.hears("/all", ref="one", direct=False)
    await life.calls(1)
    life.hears("me", ref="two", direct=False)
    assert await life.calls(2) == [(["Who?"], "one", False), (["all of you"], "two", False)]


async def test_two_users_of_a_room_are_answered_each_under_a_token_of_his_own(life: Life) -> None:
    life.worker.receive(Arrival(ACCOUNT, "room", "bob", "1", "bobs", ref="bobs"))
    life.hears("2", ref="anns")
    assert await life.calls(2) == [(["0"], "bobs", False), (["0", "1"], "anns", False)]


async def test_somebody_elses_token_is_not_for_me(life: Life) -> None:
    life.worker.receive(Arrival(ACCOUNT, "room", "bob", "0", "bobs", ref="bobs"))
    life.hears("1")
    assert await life.calls(1) == [(["0"], "", False)]


async def test_a_commit_that_fails_costs_no_token(life: Life) -> None:
    commit, life.worker.pauses = life.worker.store.commit, (0.001,)
    failed = asyncio.get_running_loop().create_future()
    failed.set_exception(StoreFull("no room"))

    def once(batch: Batch) -> Awaitable[None]:
        life.worker.store.commit = commit  # type: ignore[method-assign]
        del batch
        return failed

    life.worker.store.commit = once  # type: ignore[method-assign]
    life.hears("2", ref="token")
    assert await life.calls(1) == [(["0", "1"], "token", False)]
