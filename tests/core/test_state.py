"""A state names what it must have."""

from dataclasses import dataclass

import pytest
from tests.core.stage import Stage, waiting

from chinwag import Chat, State
from chinwag.core.conversation import FAILED


@dataclass(frozen=True)
class Ordering(State):
    pizzas: tuple[str, ...] = ()

    async def run(self, chat: Chat) -> State | None:
        name = await chat.ask(f"Which? You have {len(self.pizzas)}.")
        return None if name == "done" else Ordering((*self.pizzas, name))


def test_a_chain_of_states_keeps_one_row_each() -> None:
    stage = Stage(Ordering()).begin()
    for name in ("Margherita", "Funghi"):
        stage.hear(name)
        assert len(stage.rows) == 1
        assert waiting(stage.woken().conversation) == waiting(stage.conversation)
    assert stage.conversation.entry == Ordering(("Margherita", "Funghi"))
    assert stage.said[-1] == "Which? You have 2."
    assert stage.hear("done").status == "ended"


@dataclass(frozen=True)
class Idle(State):
    pass


def test_a_state_without_run_fails() -> None:
    stage = Stage(Idle()).begin()
    assert (stage.status, type(stage.error)) == (FAILED, NotImplementedError)


def test_the_base_holds_nothing() -> None:
    with pytest.raises(AttributeError):
        State().anything = 1  # type: ignore[attr-defined]
