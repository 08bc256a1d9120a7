"""One input, one turn: what a conversation says, waits for and journals, without loop, clock or store."""

import datetime as dt

from tests.core.stage import SECOND, START, Stage

from chinwag import Chat, UsageError
from chinwag.core import journal
from chinwag.core.conversation import ENDED, FAILED, WAITING
from chinwag.core.errors import NotJournalable, StepTimeout


async def greet(chat: Chat) -> None:
    name = await chat.ask("Name?", timeout=30)
    await chat.say(f"Hello {name}!")


# --------------------------------------------------------------------------------------------------- begin and answer


def test_a_turn_says_waits_and_writes_one_row() -> None:
    stage = Stage(greet).begin()
    assert (stage.status, stage.words) == (WAITING, ["Name?"])
    (question, delivery) = stage.now.says[0]
    assert (question.id, question.question, question.room, question.user, delivery) == (
        *(1, True, "room", "ann"),
        "at_least_once",
    )
    (row,) = stage.decoded()
    assert (row.at, row.cause, row.sent) == (START, "start", (1, 1))
    (opened,) = row.opened
    assert (opened.path, opened.kind, opened.label, opened.text) == ("0", "ask", "str", "Name?")
    assert (opened.due, opened.prompt) == (START + 30 * SECOND, 1)
    assert opened.line.startswith("test_engine.py:")
    stage.hear("Bob")
    assert (stage.status, stage.words) == (ENDED, ["Hello Bob!"])
    row = stage.decoded()[1]
    assert (row.cause, row.path, row.how, row.value, row.note, row.sent) == (
        *("message", "0", "value", "Bob"),
        *("", (2, 1)),
    )
    assert stage.conversation.waits() == []


def test_a_function_that_says_nothing_and_waits_for_nothing_ends_at_once() -> None:
    async def empty(chat: Chat) -> None: ...

    assert Stage(empty).begin().status == ENDED


def test_arguments_come_after_the_chat_and_wrong_ones_fail() -> None:
    async def hello(chat: Chat, name: str) -> None:
        await chat.say(name)

    assert Stage(hello, ("Ann",)).begin().words == ["Ann"]
    stage = Stage(hello).begin()
    assert stage.status == FAILED
    assert isinstance(stage.error, TypeError)


def test_what_is_no_async_function_is_told() -> None:
    def plain(chat: Chat) -> None: ...

    stage = Stage(plain).begin()
    assert stage.status == FAILED
    assert "plain is not an async function: write `async def`" in str(stage.error)


def test_an_exception_fails_the_turn_and_a_system_exit_too() -> None:
    async def broken(chat: Chat) -> None:
        await chat.say("before")
        raise (await chat.ask("?", {"v": ValueError("oh"), "x": SystemExit(3)}.get)) or OSError

    for text, kind in (("v", UsageError), ("x", UsageError), ("?", OSError)):
        # An exception is no answer that the journal can carry; None is.
        stage = Stage(broken).begin().hear(text)
        assert (stage.status, type(stage.error)) in {(FAILED, kind), (FAILED, NotJournalable)}

    async def leaves(_: Chat) -> None:
        raise SystemExit(3)

    stage = Stage(leaves).begin()
    assert (stage.status, type(stage.error)) == (FAILED, SystemExit)


def test_an_unhandled_timeout_ends_the_conversation_in_words() -> None:
    stage = Stage(greet).begin().expire()
    assert (stage.status, stage.words) == (ENDED, ["Timeout"])
    row = stage.decoded()[1]
    assert (row.cause, row.how, row.value) == ("timer", "timeout", None)


def test_a_step_timeout_fails() -> None:
    async def steps(chat: Chat) -> None:
        await chat.step(len, "a")

    stage = Stage(steps).begin().outcome(error=StepTimeout("too long"))
    assert (stage.status, type(stage.error), stage.decoded()[0].opened[0].kind) == (FAILED, StepTimeout, "step")


# ------------------------------------------------------------------------------------------------------------- time


def test_now_is_the_turns_time_and_never_goes_back() -> None:
    seen: list[dt.datetime] = []

    async def looks(chat: Chat) -> None:
        while True:
            seen.extend((chat.now(), chat.now()))
            await chat.ask("?")

    stage = Stage(looks).begin().hear("a", after=5)
    stage.hear("b", after=-60)
    assert seen[0] == dt.datetime(2023, 11, 14, 22, 13, 20, tzinfo=dt.UTC)
    assert [(t - seen[0]).seconds for t in seen] == [0, 0, 5, 5, 5, 5]
    live = list(seen)
    seen.clear()
    stage.woken()
    assert seen == live


def test_rows_survive_encoding() -> None:
    stage = Stage(greet).begin().hear("Bob")
    assert [journal.encode(row) for row in stage.decoded()] == stage.rows
