"""Which conversation runs is known by thread."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from tests.core.stage import Stage

from chinwag import Chat, UsageError
from chinwag.core.chat import CHAT
from chinwag.core.running import RUNNING, running


async def greet(chat: Chat) -> None:
    await chat.say(f"Hello {await chat.ask('Name?')}!")


def test_a_conversation_runs_in_any_thread() -> None:
    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(lambda: Stage(greet).begin().hear("Ann").words).result(9) == ["Hello Ann!"]


def test_between_turns_none_runs() -> None:
    stage = Stage(greet).begin()
    assert (RUNNING.here.conversation, stage.conversation.turn) == (None, None)
    stage.hear("Ann")
    assert (RUNNING.here.conversation, stage.conversation.turn) == (None, None)


def test_another_thread_runs_none() -> None:
    async def looks(chat: Chat) -> None:
        assert running() is RUNNING.here.conversation
        with ThreadPoolExecutor(1) as thread, pytest.raises(UsageError, match="only inside a conversation function"):
            thread.submit(chat.now).result(9)

    assert Stage(looks).begin().status == "ended"
    assert repr(CHAT) == "<Chat>"
