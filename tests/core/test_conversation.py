"""The engine's records: what they tell of themselves, and the line that a branch waits at."""

import pytest
from tests.core.stage import Stage

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


def test_a_conversation_that_is_over_waits_for_nothing() -> None:
    stage = Stage(both)
    assert (stage.conversation.waits(), stage.conversation.earliest(), stage.conversation.find("0")) == ([], 0, None)
    stage.begin().hear("x")
    assert (stage.conversation.waits(), stage.conversation.questions()) == ([], [])
    branch = stage.conversation.root
    assert branch is not None
    assert branch.line() == ""
