"""Sleeps, steps, deliveries and starts: what is handed out, and what comes back."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from tests.core.stage import SECOND, START, Stage, waiting

from chinwag import Chat, State, Undeliverable
from chinwag.core.conversation import ENDED
from chinwag.core.errors import NotJournalable, StepFailed


def test_sleep_counts_from_the_turn_and_sleep_until_does_not_wait_for_what_has_passed() -> None:
    async def sleeps(chat: Chat) -> None:
        await chat.sleep(dt.timedelta(minutes=1))
        await chat.sleep_until(chat.now() + dt.timedelta(hours=1))
        await chat.sleep_until(dt.datetime(2000, 1, 1, tzinfo=dt.UTC))
        await chat.sleep(0)

    stage = Stage(sleeps).begin()
    texts = []
    for seconds in (60, 3600, 0, 0):
        (branch,) = stage.conversation.waits()
        assert branch.due == stage.at + seconds * SECOND
        texts.append(branch.effect.text() if branch.effect else "")
        stage.expire()
    assert (stage.status, texts[0], texts[3]) == (ENDED, "60 s", "0 s")
    assert texts[2] == "until 2000-01-01T00:00:00+00:00"
    assert [row.note for row in stage.decoded()] == [""] * 5, "nobody wrote anything"


def test_no_deadline_is_0_for_that_means_none() -> None:
    async def sleeps(chat: Chat) -> None:
        await chat.sleep(0)

    stage = Stage(sleeps)
    stage.at = 0
    assert stage.begin().conversation.earliest() == 1


async def fetch(city: str) -> list[str]:
    return [city]


def test_a_step_is_handed_out_once_and_its_outcome_journaled() -> None:
    async def steps(chat: Chat) -> None:
        await chat.say(str(await chat.step(fetch, "Ulm", retries=2, timeout=5, once=True)))
        try:
            await chat.step(fetch, "Bonn")
        except OSError as error:
            await chat.say(f"{error.errno}")

    stage = Stage(steps).begin()
    ((path, step),) = stage.now.more().steps
    assert (path, step.function, step.arguments, step.retries, step.timeout, step.once) == (
        *("0", fetch, ("Ulm",)),
        *(2, 5 * SECOND, True),
    )
    assert stage.outcome(["a"]).words == ["['a']"]
    stage.outcome(error=OSError(7, "gone"))
    assert (stage.status, stage.words, stage.decoded()[2].how) == (ENDED, ["7"], "error")


@dataclass(frozen=True)
class Weather:
    city: str


async def look(city: str) -> Weather:
    return Weather(city)


def test_a_step_may_return_a_class_that_it_names() -> None:
    async def steps(chat: Chat) -> None:
        await chat.ask(repr(await chat.step(look, "Ulm")))

    stage = Stage(steps).begin().outcome(Weather("Ulm"))
    assert stage.words == ["Weather(city='Ulm')"]
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)


@pytest.mark.parametrize(
    ("value", "words"),
    [(object(), "the step fetch: "), ("x" * (1 << 20), "is the limit of what is journaled: write it to a file")],
)
def test_a_step_that_returns_what_cannot_be_kept_is_told_at_the_line(value: Any, words: str) -> None:
    async def steps(chat: Chat) -> None:
        try:
            await chat.step(fetch, "Ulm")
        except NotJournalable as error:
            await chat.say(str(error))

    stage = Stage(steps).begin().outcome(value)
    assert words in stage.words[0]
    assert stage.status == ENDED


def test_a_step_that_raises_what_cannot_be_rebuilt_has_failed() -> None:
    class Local(Exception):
        pass

    seen: list[BaseException] = []

    async def steps(chat: Chat) -> None:
        try:
            await chat.step(fetch, "Ulm")
        except StepFailed as error:
            seen.append(error)
        await chat.sleep(1)

    error = Local("oh")
    stage = Stage(steps).begin().outcome(error=error)
    stage.woken()
    assert [str(e) for e in seen] == [str(seen[0])] * 2
    assert seen[0].__cause__ is error


def test_delivered_waits_for_the_network() -> None:
    async def says(chat: Chat) -> None:
        sent = await chat.say("one")
        await sent.delivered()
        try:
            await (await chat.say("two")).delivered()
        except Undeliverable as error:
            await sent.edit(f"not delivered: {error}")
        await sent.delete()

    stage = Stage(says).begin()
    assert stage.now.more().waited == [1]
    assert stage.settle(1).words == ["two"]
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)
    stage.settle(2, "blocked")
    assert (stage.status, stage.now.more().edits) == (ENDED, [(1, "not delivered: blocked", 0), (1, None, 0)])


def test_a_refused_prompt_rises_at_its_ask() -> None:
    async def asks(chat: Chat) -> None:
        try:
            await chat.ask("?")
        except Undeliverable as error:
            await chat.say(str(error))

    stage = Stage(asks).begin()
    assert stage.settle(1, "blocked").words == ["blocked"]


async def child(chat: Chat, city: str) -> None:
    await chat.say(city)


@dataclass(frozen=True)
class Opening(State):
    name: str

    async def run(self, chat: Chat) -> State | None:
        await chat.ask(self.name)
        return None


def test_start_bears_a_conversation_and_answers_with_its_id() -> None:
    async def parent(chat: Chat) -> None:
        number = await chat.start(child, "Ulm")
        other = await chat.start(child, "Bonn", to="test:bot/room/bob")
        await chat.ask(f"{number} {other}")

    stage = Stage(parent).begin()
    first, second = stage.now.more().births
    assert (first.number, first.address, first.arguments, first.born) == (
        *(101, "test:bot/room/ann"),
        *(("Ulm",), START),
    )
    assert (second.number, second.address, stage.words) == (102, "test:bot/room/bob", ["101 102"])
    assert len({first.seed, second.seed, stage.conversation.seed}) == 3
    assert [name.rpartition(":")[2] for _, name, _ in stage.decoded()[0].starts] == ["child", "child"]
    assert stage.engine.begin(first, START).says[0][0].text == "Ulm"
    twin = stage.woken()
    assert (waiting(twin.conversation), twin.numbers.conversation) == (waiting(stage.conversation), 102)


def test_the_arguments_of_a_start_are_copies_and_must_come_back() -> None:
    async def parent(chat: Chat) -> None:
        names = ["a"]
        await chat.start(child, names)
        names.append("b")
        try:
            await chat.start(child, Opening("x"))
        except NotJournalable as error:
            await chat.say(str(error))

    stage = Stage(parent).begin()
    (born,) = stage.now.more().births
    assert (born.arguments, stage.numbers.conversation) == ((["a"],), 101)
    assert "child" in stage.words[0]


def test_a_state_class_may_begin_a_conversation() -> None:
    assert Stage(Opening, ("Name?",)).begin().words == ["Name?"]
    stage = Stage(Opening, ("Name?",)).begin()
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)
    assert Stage(Opening("At once?")).begin().decoded()[0].cause == "state"
