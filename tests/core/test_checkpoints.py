"""States: each a checkpoint, in one turn or over many."""

from dataclasses import dataclass
from typing import Any

import pytest
from tests.core.stage import Stage, waiting

from chinwag import Chat, State
from chinwag.core.conversation import FAILED, WAITING
from chinwag.core.errors import TooManyStates


async def fetch(city: str) -> list[str]:
    return [city]


async def child(chat: Chat, city: str) -> None:
    await chat.say(city)


@dataclass(frozen=True)
class Count(State):
    left: int
    words: tuple[str, ...] = ()

    async def run(self, chat: Chat) -> State | None:
        if self.left:
            return Count(self.left - 1)
        await chat.ask("there?")
        return None


def test_999_states_may_follow_each_other_and_a_thousand_fail() -> None:
    stage = Stage(Count(999)).begin()
    assert (stage.status, stage.words, stage.conversation.entry, len(stage.rows)) == (WAITING, ["there?"], Count(0), 1)
    stage = Stage(Count(5000)).begin()
    assert (stage.status, type(stage.error)) == (FAILED, TooManyStates)
    assert "the last was Count(left=4000" in str(stage.error)


@dataclass(frozen=True)
class Again(State):
    async def run(self, chat: Chat) -> State | None:
        await chat.ask("more?")
        return self


def test_a_state_may_return_itself() -> None:
    stage = Stage(Again()).begin().hear("y").hear("y")
    (row,) = stage.decoded()
    assert (stage.status, row.cause, row.path, row.opened[0].path) == (WAITING, "state", "2", "2")
    assert (row.how, row.value, row.note) == ("", None, ""), "what was answered belongs to the state before"
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)


@dataclass(frozen=True)
class Fetching(State):
    city: str

    async def run(self, chat: Chat) -> State | None:
        index, value = await chat.first(chat.step(fetch, self.city), chat.ask("Another city?"))
        return Fetching(value) if index == 1 and isinstance(value, str) else None


def test_a_late_outcome_of_an_earlier_state_finds_nobody() -> None:
    stage = Stage(Fetching("Ulm")).begin()
    ((old, _),) = stage.now.more().steps
    stage.hear("Bonn")
    ((new, step),) = stage.now.more().steps
    assert (step.arguments, stage.now.more().stopped, old == new) == (("Bonn",), [old], False)
    assert stage.conversation.find(old) is None
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)


@dataclass(frozen=True)
class Loose(State):
    inner: object

    async def run(self, chat: Chat) -> State | None: ...


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (Loose(object()), "the field 'inner' of the state Loose"),
        (Count, "the class Count was returned, not a state: write `Count(...)`"),
    ],
)
def test_a_state_that_cannot_be_kept_fails(result: Any, words: str) -> None:
    async def moves(_: Chat) -> Any:
        return result

    stage = Stage(moves).begin()
    assert (stage.status, words in str(stage.error)) == (FAILED, True)


@dataclass(frozen=True)
class Second(State):
    sent: Any
    low: float

    async def run(self, chat: Chat) -> State | None:
        await chat.say("in the second")
        await chat.say(f"{chat.random.random() == self.low}")
        await chat.ask("Well?")
        return None


def test_a_checkpoint_in_mid_turn_counts_from_itself() -> None:
    async def first(chat: Chat) -> State:
        await chat.ask("Go?")
        sent = await chat.say("in the first")
        chat.random.random()
        await chat.start(child, "Ulm")
        assert chat.patched("a change")
        return Second(sent.number, chat.random.random())

    stage = Stage(first).begin().hear("go")
    assert stage.words == ["in the first", "in the second", "False", "Well?"]
    (row,) = stage.decoded()
    assert (row.cause, row.sent, row.draws, row.starts, row.patches) == ("state", (3, 3), 1, (), ())
    assert (stage.now.checkpoint.sent, stage.now.draws, len(stage.now.more().births)) == (2, 2, 1)
    twin = stage.woken()
    assert waiting(twin.conversation) == waiting(stage.conversation)
    assert twin.conversation.draws == stage.conversation.draws == 3
    assert [branch.prompt for branch in twin.conversation.waits()] == [5]
