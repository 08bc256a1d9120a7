"""The engine's records: what they tell of themselves, and the line that a branch waits at."""

import inspect
from collections.abc import Coroutine, Generator
from typing import Any

import pytest
from tests.core.stage import SECOND, START, Stage

from chinwag import Chat
from chinwag.core import conversation as records


async def both(chat: Chat) -> None:
    await chat.first(chat.sleep(3), chat.ask("?"))


def test_records_name_themselves() -> None:
    stage = Stage(both).begin()
    sleeping, asking = stage.conversation.waits()
    assert repr(stage.conversation) == "<conversation 1 (both)>"
    assert (repr(sleeping), repr(asking)) == (
        "<branch 0.0.: chat.sleep(...)>",
        "<branch 0.1.: chat.ask('str')>",
    )
    assert repr(stage.conversation.root) == "<branch of the conversation: chat.first(...)>"
    assert repr(records.DELETED) == "DELETED"


def test_lines_are_found_though_no_more_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "MOST_LINES", 0)

    async def new(chat: Chat) -> None:
        await chat.ask("?")

    assert Stage(new).begin().decoded()[0].opened[0].line.startswith("test_conversation.py:")


def test_every_wait_is_found_at_its_innermost_line() -> None:
    async def name(chat: Chat) -> str:
        return await chat.ask("Name?")

    async def talks(chat: Chat) -> None:
        await name(chat)
        await chat.ask("Age?")
        await chat.ask("Size?")

    rows = Stage(talks).begin().hear("Ann").hear("7").decoded()
    inner, outer = inspect.getsourcelines(name)[1], inspect.getsourcelines(talks)[1]
    lines = [f"test_conversation.py:{line}" for line in (inner + 1, outer + 2, outer + 3)]
    assert [row.opened[0].line for row in rows] == lines


class Wrapped(Coroutine[Any, Any, None]):
    """What a compiled function gives: a coroutine, though none of Python's own type."""

    def __init__(self, inner: Coroutine[Any, Any, None]) -> None:
        self.inner = inner

    def send(self, value: Any) -> Any:
        return self.inner.send(value)

    def throw(self, *error: Any) -> Any:
        return self.inner.throw(*error)

    def close(self) -> None:
        self.inner.close()

    def __await__(self) -> Generator[Any, Any, None]:
        return self.inner.__await__()


def test_a_coroutine_of_another_type_is_one_too() -> None:
    async def asks(chat: Chat) -> None:
        await chat.say(await chat.ask("Name?"))

    assert Stage(lambda chat: Wrapped(asks(chat))).begin().hear("Ann").words == ["Ann"]


def test_a_deadline_ends_with_its_conversation() -> None:
    async def asks(chat: Chat) -> None:
        await chat.ask("?", timeout=9)

    stage = Stage(asks).begin()
    assert stage.conversation.earliest() == START + 9 * SECOND
    assert stage.hear("x").conversation.earliest() == 0
    assert Stage(asks).begin().cancel().conversation.earliest() == 0


def test_a_conversation_that_is_over_waits_for_nothing() -> None:
    stage = Stage(both)
    assert (stage.conversation.waits(), stage.conversation.earliest(), stage.conversation.find("0")) == ([], 0, None)
    stage.begin().hear("x")
    assert (stage.conversation.waits(), stage.conversation.questions(), stage.conversation.earliest()) == ([], [], 0)
    branch = stage.conversation.root
    assert branch is not None
    assert branch.line() == ""
