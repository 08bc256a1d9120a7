"""The worker, by the testing kit: what fails is parked, what diverges is set aside, what comes twice counts once."""

import logging
import sys
from types import FrameType
from typing import Any

import pytest

from chinwag import Bot, Chat, Texts, minutes
from chinwag.core import engine
from chinwag.core.conversation import Turn
from chinwag.core.errors import Refused
from chinwag.core.values import Arrival
from chinwag.runtime.decider import Decider
from chinwag.testing import SimulatedNetwork, play

SORRY = Texts().failed


def shop(*, question: str = "How many?", broken: bool = False, first: str = "") -> Bot:
    """A bot in several versions."""
    bot = Bot("shop", fallback="write buy")

    @bot.on_text("buy")
    async def buy(chat: Chat) -> None:
        if first:
            await chat.ask(first, int)
        number = await chat.ask(question, int)
        if broken:
            chat.data["orders"] = number
            await chat.say("never sent")
            _ = 1 // (number - number)
        word = await chat.ask("Of what?")
        await chat.say(f"{number} {word}")

    return bot


def test_an_answer_reaches_the_function_through_five_calls() -> None:
    between: list[list[str]] = []

    def note() -> None:
        frame: FrameType | None = sys._getframe(2)
        names: list[str] = []
        while frame is not None and frame.f_code.co_name != "_decide_all":
            names.append(frame.f_code.co_name)
            frame = frame.f_back
        between.append(names)

    bot = Bot("near")

    @bot.on_text("go")
    async def near(chat: Chat) -> None:
        note()
        await chat.ask("Well?")
        note()

    with play(bot) as world:
        ann = world.user("ann")
        ann.says("go")
        ann.says("well")

    assert between == [
        ["advance", "begin", "begin", "begin", "_arrived", "decide"],
        ["advance", "accept", "answer", "_arrived", "decide"],
    ]


def test_a_failed_conversation_is_rolled_back_and_goes_on_after_a_fix() -> None:
    with play(shop(broken=True)) as world:
        ann, bob = world.user("ann"), world.user("bob")
        ann.says("buy")
        bob.says("buy")
        ann.says("3")
        assert ann.hears() == ["How many?", SORRY]
        assert world.data(ann) == {}
        failed, other = world.conversations()
        assert (failed.status, other.status) == ("failed", "waiting")
        assert "ZeroDivisionError" in failed.error
        assert bob.hears() == ["How many?"]
        ann.says("hello")
        assert ann.hears() == ["write buy"], "a failed conversation releases its address"
        world.deploy(shop())
        assert world.orders(failed.number, "resume") == "conversation 1 (shop.<locals>.buy) goes on"
        assert ann.hears() == ["Of what?"], "the held answer was fed again"
        ann.says("pears")
        assert ann.hears() == ["3 pears"]


def test_a_failed_conversation_can_fail_again_or_be_ended() -> None:
    with play(shop(broken=True)) as world:
        ann = world.user("ann")
        ann.says("buy")
        ann.says("3")
        assert "has failed again" in world.orders(1, "resume")
        assert world.conversations()[0].status == "failed"
        assert world.orders(1, "cancel") == "conversation 1 (shop.<locals>.buy) is ended; its code did not run"
        assert "there is nothing to resume" in world.orders(1, "resume")
        assert "there is no conversation 7" in world.orders(7, "cancel")


def test_a_diverged_conversation_keeps_what_arrives_and_goes_on_when_the_code_is_mended() -> None:
    with play(shop()) as world:
        ann = world.user("ann")
        ann.says("buy")
        ann.says("3")
        ann.hears()
        world.deploy(shop(question="Which size?", first="How many?"))
        ann.says("pears")
        assert ann.hears() == [], "a diverged conversation says nothing"
        (aside,) = world.conversations()
        assert aside.status == "diverged"
        for words in ("conversation 1 (shop.<locals>.buy)", "the journal has", "the code does", "the last to match"):
            assert words in aside.error
        assert "still does not match" in world.orders(1, "resume"), "also while it is held in memory"
        world.deploy(shop())
        assert ann.hears() == ["3 pears"], "what was kept is the answer, once the code is mended"
        assert world.conversations()[0].status == "ended"


def test_a_diverged_conversation_is_cancelled_without_its_code() -> None:
    with play(shop()) as world:
        ann = world.user("ann")
        ann.says("buy")
        world.deploy(shop(first="Which size?", question="How many?"))
        ann.says("/cancel")
        assert "Cancelled." in ann.hears()
        ann.says("buy")
        assert ann.hears()[-1] == "Which size?"


def test_a_message_counts_once_in_a_batch_across_batches_and_across_a_restart() -> None:
    with play(shop()) as world:
        ann = world.user("ann")
        ann.says("buy", ident="m1")
        with world.together():
            ann.says("3", ident="m2")
            ann.says("3", ident="m2")
        ann.says("3", ident="m2")
        world.crash()
        ann.says("3", ident="m2")
        ann.says("pears", ident="m3")
        assert ann.hears() == ["How many?", "Of what?", "3 pears"]


def test_an_answer_after_the_deadline_answers_nothing() -> None:
    bot = Bot("late", fallback="nothing is open")

    @bot.on_text("go")
    async def go(chat: Chat) -> None:
        await chat.say(await chat.ask("Yes?", timeout=30))

    with play(bot) as world:
        ann = world.user("ann")
        ann.says("go")
        world.crash(down=minutes(1))
        ann.says("here I am")
        assert ann.hears() == ["Yes?", "Timeout", "nothing is open"]


def test_one_of_two_branches_that_wait_for_a_delivery_is_not_forgotten() -> None:
    bot = Bot("twice")

    @bot.on_text("go")
    async def go(chat: Chat) -> None:
        sent = await chat.say("hello")
        await chat.all(sent.delivered(), sent.delivered())
        await chat.say("both know")

    with play(bot, network=SimulatedNetwork(latency=1)) as world:
        ann = world.user("ann")
        ann.says("go")
        world.passes(minutes(1))
        assert ann.hears() == ["hello", "both know"]


def test_what_always_runs_does_not_begin_anew_while_it_has_failed() -> None:
    def flock(*, broken: bool) -> Bot:
        bot = Bot("flock")

        @bot.always()
        async def sheep(chat: Chat) -> None:
            chat.data["posts"] = chat.data.get("posts", 0) + 1
            await chat.sleep(60)
            _ = 1 // (0 if broken else 1)
            await chat.sleep(minutes(60))

        return bot

    with play(flock(broken=True)) as world:
        world.passes(minutes(2))
        assert [c.status for c in world.conversations()] == ["failed"]
        world.restart()
        assert [c.status for c in world.conversations()] == ["failed"]
        world.deploy(flock(broken=False))
        assert world.orders(1, "resume").endswith("goes on")
        assert [c.status for c in world.conversations()] == ["waiting"]


def test_a_user_who_blocked_the_bot_ends_only_his_own_conversation() -> None:
    network = SimulatedNetwork()
    with play(shop(), network=network) as world:
        ann, bob = world.user("ann"), world.user("bob")
        network.fails(Refused("blocked"))
        ann.says("buy")
        bob.says("buy")
        assert [c.status for c in world.conversations()] == ["failed", "waiting"]
        assert "Undeliverable: blocked" in world.conversations()[0].error
        assert bob.hears() == ["How many?"]


def test_a_fault_of_the_program_leaves_out_one_input_and_no_other(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    honest = Decider._who_lives

    def faulty(self: Decider, account: Any, item: Any) -> Any:
        if item.arrival.text == "poison":
            msg = "a fault"
            raise RuntimeError(msg)
        return honest(self, account, item)

    monkeypatch.setattr(Decider, "_who_lives", faulty)
    with play(shop()) as world, caplog.at_level(logging.CRITICAL):
        ann, bob = world.user("ann"), world.user("bob")
        with world.together():
            ann.says("buy")
            bob.says("poison")
            ann.says("3")
        ann.says("pears")
        assert ann.hears() == ["How many?", "Of what?", "3 pears"]
        assert bob.hears() == []
    assert "an input was left out" in caplog.text


def test_a_fault_in_the_midst_of_a_turn_leaves_the_conversation_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = engine._close

    def faulty(turn: Turn) -> Turn:
        if turn.value == "poison":
            msg = "a fault"
            raise RuntimeError(msg)
        return honest(turn)

    monkeypatch.setattr(engine, "_close", faulty)
    with play(shop()) as world:
        ann = world.user("ann")
        for text in ("buy", "3", "poison", "pears"):
            ann.says(text)
        assert ann.hears() == ["How many?", "Of what?", "3 pears"]


class Clumsy(SimulatedNetwork):
    """It fails at whatever it is told."""

    def pressed(self, press: Arrival, words: str) -> None:
        del press, words
        raise OSError("no line")


def test_a_network_that_cannot_be_told_keeps_no_other_from_hearing(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[str] = []

    def fails() -> None:
        raise OSError("no line")

    with play(shop(), network=Clumsy()) as world:
        receive = world._alive().worker.receive
        receive(Arrival(world.account, "ann", "ann", "buy", "1"), fails)
        receive(Arrival(world.account, "ann", "ann", "0", "2", event="button"), lambda: heard.append("ann"))
        receive(Arrival(world.account, "bob", "bob", "buy", "3"), lambda: heard.append("bob"))
        world.passes(1)
        assert heard == ["ann", "bob"]
        assert world.user("bob").hears() == ["How many?"]
        assert world.orders(1, "cancel").endswith("is cancelled")
    assert caplog.text.count("could not be told") == 2


def test_half_a_surrogate_pair_is_replaced_and_not_fatal() -> None:
    with play(shop()) as world:
        ann = world.user("ann")
        for text in ("buy", "3", "pe\ud800ars"):
            ann.says(text)
        assert ann.hears()[-1] == "3 pe?ars"


def test_a_long_journal_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    bot = Bot("long")

    @bot.on_text("go")
    async def go(chat: Chat) -> None:
        while True:
            await chat.ask("More?")

    with play(bot) as world, caplog.at_level(logging.WARNING, logger="chinwag"):
        ann = world.user("ann")
        ann.says("go")
        with world.together():
            for _ in range(1010):
                ann.says("yes")
    assert caplog.text.count("journal rows since its last checkpoint") == 1


def test_a_recipient_named_twice_is_reminded_once() -> None:
    bot = Bot("twice")

    @bot.daily("20:00")
    @bot.daily("20:00")
    async def remind(chat: Chat) -> None:
        await chat.say("It is eight.")

    with play(bot) as world:
        ann = world.user("ann")
        world.recipient(ann)
        world.recipient(ann)
        world.passes(minutes(24 * 60))
        assert ann.hears() == ["It is eight."]
