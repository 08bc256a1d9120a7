"""One input, one turn: what a conversation says, waits for and journals, without loop, clock or store."""

import datetime as dt
import types
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import pytest
from tests.core.stage import SECOND, START, Stage, waiting

from chinwag import Chat, Reject, State, Timeout, Undeliverable, UsageError, at_least, yes
from chinwag.core import journal
from chinwag.core.conversation import CANCELLED, ENDED, FAILED, WAITING
from chinwag.core.effects import Delivered
from chinwag.core.engine import awaits_delivery, waits_for
from chinwag.core.errors import ForeignAwait, ForgottenAwait, NotJournalable, StepFailed, StepTimeout, TooManyStates
from chinwag.core.values import Attachment, Message


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


# ------------------------------------------------------------------------------------------------ ask: default, retry


def test_a_timeout_raises_or_gives_the_default() -> None:
    seen: list[Any] = []

    async def asks(chat: Chat) -> None:
        try:
            await chat.ask("one?", timeout=1)
        except Timeout as error:
            seen.append(str(error))
        seen.append(await chat.ask("two?", int, timeout=2, default=None))
        seen.append(await chat.ask("three?", int, timeout=2, default=(1, "a")))
        try:
            await chat.listen(timeout=3)
        except TimeoutError as error:
            seen.append(str(error))

    stage = Stage(asks).begin()
    for _ in range(3):
        stage.expire()
        live = list(seen)
        assert waiting(stage.woken().conversation) == waiting(stage.conversation)
        assert seen == live * 2
        seen[:] = live
    stage.expire()
    told = ["nobody answered 'one?' in time", None, (1, "a"), "nobody wrote in time"]
    assert (stage.status, seen) == (ENDED, told)
    assert [row.how for row in stage.decoded()] == ["", "timeout", "default", "default", "timeout"]
    assert stage.at == START + 8 * SECOND


def test_a_default_that_cannot_be_journaled_is_told_at_the_line() -> None:
    async def asks(chat: Chat) -> None:
        try:
            await chat.ask("?", timeout=1, default=object())
        except NotJournalable as error:
            await chat.say(str(error))

    stage = Stage(asks).begin().expire()
    assert stage.words[0].startswith("the default: ")
    assert stage.decoded()[1].how == "error"


@pytest.mark.parametrize(
    ("retry", "words", "restarts"),
    [({}, ["How old?"], True), ({"retry": "A number!"}, ["A number!", "How old?"], True), ({"retry": None}, [], False)],
)
def test_bad_input_asks_again_or_is_ignored(retry: dict[str, Any], words: list[str], restarts: bool) -> None:  # noqa: FBT001
    async def asks(chat: Chat) -> None:
        await chat.say(str(await chat.ask("How old?", int, timeout=10, **retry)))

    stage = Stage(asks).begin()
    before = stage.turn
    stage.hear("old", after=4)
    (branch,) = stage.conversation.waits()
    if restarts:
        assert stage.words == words
        assert (branch.due, branch.asked, branch.prompt) == (START + 14 * SECOND, START + 4 * SECOND, 1 + len(words))
        assert (stage.decoded()[1].how, stage.decoded()[1].note) == ("refused", "old")
    else:
        assert (stage.turn is before, branch.due) == (True, START + 10 * SECOND)
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)
    assert stage.hear("7").words == ["7"]


def test_a_reject_speaks_itself() -> None:
    async def asks(chat: Chat) -> None:
        await chat.ask("How many?", at_least(3), retry="never shown")

    assert Stage(asks).begin().hear("2").words == ["Please input a number that is at least 3.", "How many?"]

    def picky(text: str) -> str:
        raise Reject(text)

    async def silent(chat: Chat) -> None:
        await chat.ask("How many?", picky, retry=None, timeout=9)

    stage = Stage(silent).begin().hear("no!")
    assert (stage.words, stage.conversation.earliest()) == (["no!"], START + 9 * SECOND)
    assert stage.decoded()[1].opened == []
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)


def test_a_parse_function_that_raises_something_else_is_told_at_the_line() -> None:
    def odd(text: str) -> int:
        raise {"t": TypeError("no"), "s": SystemExit("bye")}[text]

    async def asks(chat: Chat) -> None:
        while True:
            try:
                await chat.ask("?", odd)
            except UsageError as error:
                await chat.say(str(error))

    stage = Stage(asks).begin()
    words = "odd raised TypeError: no for 't'; raise ValueError for bad input"
    assert stage.hear("t").words[0].endswith(words)
    assert "raised SystemExit: bye" in stage.hear("s").words[0]
    assert "raised KeyError: 'k'" in stage.hear("k").words[0]
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)


class Odd:
    """Comes back from no journal."""


class Failure(UsageError):
    """An error of the bot's own; its class is rebuilt without its ``__init__``."""

    def __init__(self, code: int) -> None:
        super().__init__(f"code {code}")
        self.code = code


def test_not_journalable_is_raised_at_the_line_and_can_be_caught() -> None:
    async def asks(chat: Chat) -> None:
        try:
            await chat.ask("?", lambda _: Odd())
        except NotJournalable as error:
            await chat.say(str(error))
        await chat.ask("again?", lambda _: Odd())

    stage = Stage(asks).begin().hear("x")
    assert stage.words[0].startswith("test_not_journalable_is_raised_at_the_line_and_can_be_caught.<locals>.")
    assert stage.hear("x").status == FAILED
    assert isinstance(stage.error, NotJournalable)


def test_an_error_is_the_same_live_and_replayed() -> None:
    seen: list[BaseException] = []

    def refuse(_: str) -> int:
        raise Failure(7)

    async def asks(chat: Chat) -> None:
        try:
            await chat.ask("?", refuse)
        except UsageError as error:
            seen.append(error)
        await chat.sleep(1)

    stage = Stage(asks).begin().hear("x")
    stage.woken()
    live, again = seen
    assert isinstance(live, Failure)
    assert (type(live), str(live), vars(live)) == (type(again), str(again), vars(again))


def test_a_huge_number_is_an_answer() -> None:
    async def asks(chat: Chat) -> None:
        number = await chat.ask("?", int)
        await chat.sleep(number % 7 + 1)

    stage = Stage(asks).begin().hear("99999999999999999999999")
    assert stage.decoded()[1].note == "99999999999999999999999"
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)


def test_text_that_is_no_unicode_is_told_at_the_line() -> None:
    async def asks(chat: Chat) -> None:
        for ask in (chat.ask, lambda _: chat.listen()):
            try:
                await ask("?")
            except NotJournalable:
                await chat.say("broken text")

    stage = Stage(asks).begin()
    assert stage.hear("\ud800").words[0] == "broken text"
    assert stage.hear("\ud800").words == ["broken text"]


def test_a_file_is_no_answer_but_listen_takes_it() -> None:
    picture = Attachment("image", b"\x89PNG", name="cat.png")

    async def asks(chat: Chat) -> None:
        await chat.ask("Text?")
        message = await chat.listen()
        await chat.say(f"{message.attachments[0].name} {message.user}")

    stage = Stage(asks).begin().see(picture)
    assert (stage.status, stage.words) == (WAITING, ["Text?"])
    stage.hear("text").see(picture)
    assert (stage.status, stage.words) == (ENDED, ["cat.png ann"])


def test_a_choice_is_journaled_by_label_and_index() -> None:
    async def chooses(chat: Chat) -> None:
        size = await chat.choose("Size?", {"small": 1, "large": 3}, timeout=9)
        await chat.ask(f"{size}?")

    stage = Stage(chooses).begin()
    assert stage.now.says[0][0].choices == ("small", "large")
    assert stage.hear("none of them").now.says[0][0].again
    stage.hear(" LARGE ")
    assert (stage.decoded()[2].value, stage.words) == (["large", 1], ["3?"])
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)


def test_only_yes_is_taken_and_all_else_passed_on() -> None:
    async def asks(chat: Chat) -> None:
        await chat.say(str(await chat.ask("Insulin?", yes, retry=None, timeout=9, default=False)))

    stage = Stage(asks).begin().hear("what?").hear("no")
    assert len(stage.rows) == 1
    assert stage.hear("Yes!").words == ["True"]
    assert Stage(asks).begin().expire().words == ["False"]


# ---------------------------------------------------------------------------------------------- sleep, step, delivery


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
    ((path, step),) = stage.now.steps
    assert (path, step.function, step.arguments, step.retries, step.timeout, step.once) == (
        *("0", fetch, ("Ulm",)),
        *(2, 5 * SECOND, True),
    )
    assert stage.outcome(["a"]).words == ["['a']"]
    stage.outcome(error=OSError(7, "gone"))
    assert (stage.status, stage.words, stage.decoded()[2].how) == (ENDED, ["7"], "error")


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
    (branch,) = stage.conversation.waits()
    assert (stage.now.waited, awaits_delivery(branch)) == ([1], True)
    assert waits_for(stage.conversation, 2) is None
    assert stage.settle(1).words == ["two"]
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)
    stage.settle(2, "blocked")
    assert (stage.status, stage.now.edits) == (ENDED, [(1, "not delivered: blocked"), (1, None)])


def test_a_refused_prompt_rises_at_its_ask() -> None:
    async def asks(chat: Chat) -> None:
        try:
            await chat.ask("?")
        except Undeliverable as error:
            await chat.say(str(error))

    stage = Stage(asks).begin()
    assert not awaits_delivery(stage.conversation.waits()[0])
    assert stage.settle(1, "blocked").words == ["blocked"]


# ---------------------------------------------------------------------------------------------------------- start


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
    first, second = stage.now.births
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
    (born,) = stage.now.births
    assert (born.arguments, stage.numbers.conversation) == ((["a"],), 101)
    assert "child" in stage.words[0]


def test_a_state_class_may_begin_a_conversation() -> None:
    assert Stage(Opening, ("Name?",)).begin().words == ["Name?"]
    stage = Stage(Opening, ("Name?",)).begin()
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)
    assert Stage(Opening("At once?")).begin().decoded()[0].cause == "state"


# --------------------------------------------------------------------------------------------------------- foreign


@types.coroutine
def by_hand(thing: Any) -> Generator[Any, Any, Any]:
    return (yield thing)


def test_an_effect_yielded_by_hand_was_never_awaited() -> None:
    async def yields(chat: Chat) -> None:
        await by_hand(chat.say("by hand"))

    stage = Stage(yields).begin()
    assert (stage.status, type(stage.error)) == (FAILED, ForgottenAwait)


@pytest.mark.parametrize(("thing", "words"), [(None, "asyncio.sleep(0)"), (7, "`int`"), (Message("x"), "Message")])
def test_what_is_no_effect_is_answered_with_an_error_at_the_line(thing: Any, words: str) -> None:
    async def yields(chat: Chat) -> None:
        try:
            await by_hand(thing)
        except ForeignAwait as error:
            await chat.say(str(error))

    assert words in Stage(yields).begin().words[0]


def forget_say(chat: Chat) -> None:
    chat.say("lost")  # type: ignore[unused-coroutine]


def forget_join(chat: Chat) -> None:
    chat.first(chat.sleep(1), chat.sleep(2))  # type: ignore[unused-coroutine]


@pytest.mark.parametrize(("forget", "name"), [(forget_say, "chat.say(...)"), (forget_join, "chat.first(...)")])
def test_a_forgotten_await_is_named(forget: Callable[[Chat], None], name: str) -> None:
    async def forgets(chat: Chat) -> None:
        forget(chat)
        await chat.ask("?")

    stage = Stage(forgets).begin()
    assert (stage.status, type(stage.error)) == (FAILED, ForgottenAwait)
    assert str(stage.error).startswith(f"{name} was made and never awaited somewhere before test_engine.py:")

    async def ends(chat: Chat) -> None:
        forget(chat)

    assert str(Stage(ends).begin().error) == f"{name} was made and never awaited: write `await` in front of it"


def test_what_one_conversation_forgot_is_not_blamed_on_the_next() -> None:
    async def fails(chat: Chat) -> None:
        forget_say(chat)
        raise ValueError

    assert isinstance(Stage(fails).begin().error, ValueError)
    assert Stage(greet).begin().status == WAITING


def test_an_effect_can_be_awaited_once() -> None:
    async def twice(chat: Chat) -> None:
        effect = chat.say("once")
        await effect
        try:
            await effect
        except UsageError as error:
            await chat.say(str(error))

    words = Stage(twice).begin().words
    assert words == [
        "once",
        "chat.say(...) was awaited a second time, or outside its conversation: make a new one for each `await`",
    ]


def test_effects_may_be_made_first_and_awaited_in_another_order() -> None:
    async def asks(chat: Chat) -> None:
        one, two, three = chat.say("1"), chat.say("2"), chat.say("3")
        await two
        await one
        await three

    stage = Stage(asks).begin()
    assert (stage.status, stage.words) == (ENDED, ["2", "1", "3"])


def test_an_effect_is_driven_by_the_engine_only() -> None:
    effect = Delivered(3)
    effect.close()
    drives: list[Callable[[], None]] = [lambda: effect.send(None), lambda: effect.throw(ValueError)]
    for drive in drives:
        with pytest.raises(TypeError, match=r"chat.delivered\(...\) can only be awaited inside a conversation"):
            drive()


# ---------------------------------------------------------------------------------------------------------- cancel


def test_cancel_throws_at_the_await_and_finally_says() -> None:
    async def asks(chat: Chat) -> None:
        try:
            await chat.ask("?")
        finally:
            await chat.say("bye")

    stage = Stage(asks).begin().cancel()
    assert (stage.status, stage.words, stage.decoded()[1].cause) == (CANCELLED, ["bye"], "cancel")


def test_a_cancelled_step_is_stopped() -> None:
    async def steps(chat: Chat) -> None:
        await chat.step(fetch, "Ulm")

    stage = Stage(steps).begin().cancel()
    assert (stage.status, stage.now.stopped) == (CANCELLED, ["0"])


def test_a_swallowed_cancel_lets_the_conversation_go_on() -> None:
    async def stubborn(chat: Chat) -> None:
        try:
            await chat.ask("one?")
        except BaseException:  # noqa: BLE001
            await chat.say("no")
        await chat.ask("two?")

    stage = Stage(stubborn).begin().cancel()
    assert (stage.status, stage.words) == (WAITING, ["no", "two?"])
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)
    assert stage.cancel().status == CANCELLED


def test_finally_may_ask_and_a_second_cancel_is_thrown_there() -> None:
    async def asks(chat: Chat) -> None:
        try:
            await chat.ask("?")
        finally:
            try:
                await chat.ask("Save?")
            finally:
                await chat.say("gone")

    stage = Stage(asks).begin().cancel()
    assert (stage.status, stage.words) == (WAITING, ["Save?"])
    twin = stage.woken()
    assert waiting(twin.conversation) == waiting(stage.conversation)
    assert (stage.hear("yes").status, stage.words) == (CANCELLED, ["gone"])
    assert (twin.cancel().status, twin.words) == (CANCELLED, ["gone"])


def test_an_error_in_finally_under_cancel_fails() -> None:
    async def asks(chat: Chat) -> None:
        try:
            await chat.ask("?")
        finally:
            raise ValueError("in finally")

    stage = Stage(asks).begin().cancel()
    assert (stage.status, str(stage.error)) == (FAILED, "in finally")


# ------------------------------------------------------------------------------------------------------------ states


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
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)


@dataclass(frozen=True)
class Fetching(State):
    city: str

    async def run(self, chat: Chat) -> State | None:
        index, value = await chat.first(chat.step(fetch, self.city), chat.ask("Another city?"))
        return Fetching(value) if index == 1 and isinstance(value, str) else None


def test_a_late_outcome_of_an_earlier_state_finds_nobody() -> None:
    stage = Stage(Fetching("Ulm")).begin()
    ((old, _),) = stage.now.steps
    stage.hear("Bonn")
    ((new, step),) = stage.now.steps
    assert (step.arguments, stage.now.stopped, old == new) == (("Bonn",), [old], False)
    assert stage.conversation.find(old) is None
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)


@dataclass(frozen=True)
class Loose(State):
    inner: object

    async def run(self, chat: Chat) -> State | None: ...


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (Loose(Odd()), "the field 'inner' of the state Loose"),
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
    assert (row.cause, row.sent, row.draws, row.starts, row.patches) == ("state", (3, 3), 1, [], [])
    assert (stage.now.checkpoint.sent, stage.now.draws, len(stage.now.births)) == (2, 2, 1)
    twin = stage.woken()
    assert waiting(twin.conversation) == waiting(stage.conversation)
    assert twin.conversation.draws == stage.conversation.draws == 3
    assert [branch.prompt for branch in twin.conversation.waits()] == [5]


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
