"""One input, one turn: what a conversation says, waits for and journals, without loop, clock or store."""

import datetime as dt

import pytest
from tests.core.stage import SECOND, START, Stage

from chinwag import Chat, UsageError
from chinwag.core import journal
from chinwag.core.conversation import ENDED, FAILED, WAITING, Manner
from chinwag.core.engine import LARGEST_STEP_RESULT
from chinwag.core.errors import NotJournalable, StepTimeout
from chinwag.core.markup import bold
from chinwag.core.values import Outgoing, Span


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
    assert [delivery for _, delivery in stage.now.says] == ["at_least_once"]
    row = stage.decoded()[1]
    assert (row.cause, row.how, row.value) == ("timer", "timeout", None)


def test_what_goes_out_says_from_whom_where_and_to_whom() -> None:
    async def talks(chat: Chat) -> None:
        await chat.say("Hello!", buttons=["nice"])
        await chat.ask("Name?")

    (said, surely), (asked, as_surely) = Stage(talks).begin().now.says
    assert surely == as_surely == "at_least_once"
    assert said == Outgoing(1, "test:bot", "room", "ann", "say", "Hello!", ("nice",))
    assert asked == Outgoing(2, "test:bot", "room", "ann", "say", "Name?", question=True)


def test_styles_go_out_beside_the_words() -> None:
    async def talks(chat: Chat) -> None:
        await chat.say("Hello " + bold("Ann"))
        await chat.ask(bold("Name?"))
        await chat.choose(bold("Size?"), ["small"], inline=True)

    stage = Stage(talks).begin()
    out = [outgoing for outgoing, _ in stage.now.says] + [stage.hear("Ann").now.says[0][0]]
    where, name = ("test:bot", "room", "ann"), (Span(0, 5, "bold"),)
    assert out == [
        Outgoing(1, *where, "say", "Hello Ann", spans=(Span(6, 3, "bold"),)),
        Outgoing(2, *where, "say", "Name?", question=True, spans=name),
        Outgoing(3, *where, "say", "Size?", ("small",), question=True, spans=name, inline=True),
    ]
    assert {type(outgoing.text) for outgoing in out} == {str}


@pytest.mark.parametrize(("inline", "shown"), [(True, [(1, "Size?\n→ large", 2)]), (False, [])])
def test_what_was_pressed_is_shown_at_the_message_that_has_buttons(
    inline: bool,  # noqa: FBT001
    shown: list[tuple[int, str, int]],
) -> None:
    async def chooses(chat: Chat) -> None:
        await chat.choose("Size?", ["small", "large"], inline=inline)

    assert Stage(chooses, manner=Manner(inline=True)).begin().hear("large").now.more().edits == shown
    assert Stage(chooses).begin().hear("large").now.more().edits == []


def test_a_question_asked_again_is_a_new_message_with_a_new_clock() -> None:
    async def asks(chat: Chat) -> None:
        await chat.ask("Age?", int)

    stage = Stage(asks).begin().hear("x")
    assert [outgoing for outgoing, _ in stage.now.says] == [
        Outgoing(2, "test:bot", "room", "ann", "say", "Age?", again=True, question=True)
    ]
    (branch,) = stage.conversation.waits()
    assert (branch.prompt, branch.due, stage.now.opened[0].due) == (2, 0, 0)


async def waits(chat: Chat) -> None:
    await chat.first(
        chat.ask("Age?", int, timeout=1),
        chat.choose("Size?", ["small", "large"]),
        chat.listen(timeout=2),
        chat.sleep(3),
        chat.step(len, "a"),
        (await chat.say("Hello!")).delivered(),
    )


def test_a_row_tells_each_wait_by_kind_label_words_and_deadline() -> None:
    stage = Stage(waits).begin()
    assert [(o.path, o.kind, o.label.partition("#")[0], o.text, o.due, o.prompt) for o in stage.now.opened] == [
        ("0.0.0", "ask", "int", "Age?", START + SECOND, 2),
        ("0.1.0", "choose", "", "Size?", 0, 3),
        ("0.2.0", "listen", "", "", START + 2 * SECOND, 0),
        ("0.3.0", "sleep", "", "3 s", START + 3 * SECOND, 0),
        ("0.4.0", "step", "len", "len", 0, 0),
        ("0.5.0", "delivered", "", "", 0, 1),
    ]


def test_bad_input_is_answered_as_surely_as_it_was_asked() -> None:
    async def asks(chat: Chat) -> None:
        await chat.ask("Age?", int, retry="A number!")

    stage = Stage(asks).begin().hear("x")
    assert (stage.words, [delivery for _, delivery in stage.now.says]) == (["A number!", "Age?"], ["at_least_once"] * 2)


def test_a_step_may_return_a_megabyte_and_no_more() -> None:
    async def steps(chat: Chat) -> None:
        try:
            await chat.ask(str(len(await chat.step(str))))
        except NotJournalable as error:
            await chat.say(str(error))

    most = LARGEST_STEP_RESULT - len('""')
    assert Stage(steps).begin().outcome("a" * most).words == [str(most)]
    assert Stage(steps).begin().outcome("a" * (most + 1)).words[0].startswith("the step str returned 1,048,577 bytes")


def test_a_step_is_tried_once_without_limit_and_again_after_a_crash_unless_told() -> None:
    async def steps(chat: Chat) -> None:
        await chat.step(len, "a")

    ((_, step),) = Stage(steps).begin().now.more().steps
    assert (step.retries, step.timeout, step.once) == (0, None, False)


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
