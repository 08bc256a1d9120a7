"""A conversation run again from its journal: the same waits, or a divergence that shows both sides."""

import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from tests.core.stage import Stage, waiting

from chinwag import Chat, State, UsageError
from chinwag.core import journal
from chinwag.core.chat import CHAT
from chinwag.core.errors import Diverged
from chinwag.core.running import RUNNING
from chinwag.core.values import Attachment

Code = Callable[[Chat], Awaitable[Any]]


def fetch(city: str) -> str:
    return city


async def child(chat: Chat) -> None: ...


async def other(chat: Chat) -> None: ...


async def order(chat: Chat) -> None:
    name = await chat.ask("Name?")
    age = await chat.ask("Age?", int)
    await chat.say(f"{name} {age}")
    weather = await chat.step(fetch, "Ulm")
    size = await chat.choose(f"{weather}: size?", ["small", "large"])
    roll = chat.random.random()
    await chat.start(child)
    await chat.ask(f"{size} {roll}: right?")
    await chat.sleep(9)


def ordered() -> Stage:
    stage = Stage(order).begin().hear("Ann").hear("7").outcome("wet").hear("large").hear("yes")
    assert [o.kind for row in stage.decoded() for o in row.opened] == ["ask", "ask", "step", "choose", "ask", "sleep"]
    return stage


def diverges(code: Code, stage: Stage | None = None) -> str:
    twin = (stage or ordered()).copy(code)
    with pytest.raises(Diverged) as diverged:
        twin.replay()
    twin.end()
    return str(diverged.value)


def parts(report: str) -> tuple[str, str, str]:
    """What the journal has, what the code does, and what matched last."""
    found = re.search(r"the journal has +(.*)\n +the code does +(.*)\n +the last to match +(.*)\n", report)
    assert found, report
    there, here, last = (re.sub(r" at test_\w+\.py:\d+", "", part) for part in found.groups())
    return there, here, last


def test_it_stands_where_it_stood_and_goes_on() -> None:
    stage = ordered()
    twin = stage.woken()
    assert waiting(twin.conversation) == waiting(stage.conversation)
    assert (twin.conversation.draws, twin.conversation.last) == (1, stage.conversation.last)
    assert twin.expire().rows == stage.expire().rows


def test_what_is_said_may_change_daily() -> None:
    async def chatty(chat: Chat) -> None:
        name = await chat.ask("Name?")
        await chat.say("Welcome!")
        await chat.say("It is Monday.")
        age = await chat.ask("Age?", int)
        await chat.step(fetch, "Ulm")
        await chat.choose("wet: size?", ["tiny", "large"])
        roll = chat.random.random()
        await (await chat.say(f"{name} {age}")).edit("edited")
        await chat.start(child)
        await chat.ask(f"large {roll}: right?")
        await chat.sleep(9)

    stage = ordered()
    twin = stage.woken(chatty)
    assert waiting(twin.conversation) == waiting(stage.conversation)


async def inserted(chat: Chat) -> None:
    await chat.ask("New?")
    await order(chat)


async def swapped(chat: Chat) -> None:
    await chat.ask("Age?", int)
    await chat.ask("Name?")


async def swapped_alike(chat: Chat) -> None:
    await chat.ask("Two?")
    await chat.ask("One?")
    await chat.ask("Three?")


async def alike(chat: Chat) -> None:
    await chat.ask("One?")
    await chat.ask("Two?")
    await chat.ask("Three?")


def beginning(of: int) -> Stage:
    """The order's first turns."""
    stage = ordered()
    stage.rows = stage.rows[:of]
    return stage


async def renamed_parse(chat: Chat) -> None:
    await chat.ask("Name?")
    await chat.ask("Age?", float)


async def other_step(chat: Chat) -> None:
    await chat.ask("Name?")
    await chat.ask("Age?", int)
    await chat.step(fetch, "Bonn")


async def removed_ask(chat: Chat) -> None:
    await chat.ask("Name?")
    await chat.step(fetch, "Ulm")


async def ends_early(chat: Chat) -> None:
    await chat.ask("Name?")


@dataclass(frozen=True)
class Next(State):
    async def run(self, chat: Chat) -> State | None:
        await chat.ask("in a state?")
        return None


async def moves_early(chat: Chat) -> State:
    await chat.ask("Name?")
    return Next()


async def raises(chat: Chat) -> None:
    await chat.ask("Name?")
    raise RuntimeError("broken")


async def more_waits(chat: Chat) -> None:
    await chat.ask("Name?")
    await chat.first(chat.ask("Age?", int), chat.sleep(3))


@pytest.mark.parametrize(
    ("code", "there", "here", "last"),
    [
        (renamed_parse, "ask 'Age?' (int)", "ask 'Age?' (float)", "ask 'Name?' (str)"),
        (other_step, "step 'fetch'", "step 'fetch', with other arguments", "ask 'Age?' (int)"),
        (removed_ask, "ask 'Age?' (int)", "step 'fetch'", "ask 'Name?' (str)"),
        (ends_early, "ask 'Age?' (int)", "the end", "ask 'Name?' (str)"),
        (moves_early, "ask 'Age?' (int)", "the next state Next()", "ask 'Name?' (str)"),
        (raises, "ask 'Age?' (int)", "raises RuntimeError: broken", "ask 'Name?' (str)"),
        (more_waits, "ask 'Age?' (int), as await 1", "ask 'Age?' (int), as await 1.0.0", "ask 'Name?' (str)"),
        (swapped, "ask 'Name?' (str)", "ask 'Age?' (int)", "nothing yet"),
    ],
)
def test_a_change_is_told_with_both_sides(code: Code, there: str, here: str, last: str) -> None:
    report = diverges(code)
    assert report.startswith("conversation 1 (order) no longer matches its journal:\n")
    assert parts(report) == (there, here, last)
    assert "Put the code back, or guard the changed stretch" in report


def test_a_question_inserted_first_diverges_as_soon_as_something_stands_behind_it() -> None:
    assert parts(diverges(inserted)) == ("ask 'Age?' (int)", "ask 'Name?' (str)", "ask 'Name?' (str)")


def test_a_question_inserted_before_the_only_one_is_asked_as_a_new_wording() -> None:
    """The journal cannot tell it from a reworded one: the answer that comes is to the question that its user sees."""
    stage = beginning(1)
    twin = stage.copy(inserted)
    (branch,) = twin.replay()
    assert twin.reword(branch).words == ["New?"]
    assert twin.hear("x").words == ["Name?"]


def test_two_questions_alike_but_for_their_words_cannot_be_swapped() -> None:
    stage = Stage(alike).begin().hear("1").hear("2")
    assert parts(diverges(swapped_alike, stage)) == ("ask 'One?' (str)", "ask 'Two?' (str)", "nothing yet")


def test_the_lines_of_both_sides_are_named() -> None:
    assert len(re.findall(r"at test_replay\.py:\d+", diverges(renamed_parse))) == 3


def test_what_came_before_an_error_is_told_together() -> None:
    async def asks_two(chat: Chat) -> None:
        await chat.all(chat.ask("One?"), chat.ask("Two?"))

    async def fails(_: Chat) -> None:
        raise RuntimeError("broken")

    report = diverges(fails, Stage(asks_two).begin())
    assert re.search(r"the journal has    ask 'One\?' \(str\) at \S+, ask 'Two\?' \(str\) at \S+\n", report)


@pytest.mark.parametrize(("cause", "how"), [("message", "refused"), ("reworded", "")])
def test_a_question_asked_again_that_the_code_does_not_wait_for(cause: str, how: str) -> None:
    stage = ordered()
    stage.rows[1] = journal.encode(journal.Row(stage.at, cause, "7", how))
    assert parts(diverges(order, stage))[0] == f"an answer to await 7 ({cause})"


def test_an_answer_to_what_the_code_no_longer_waits_for() -> None:
    stage = ordered()
    stage.rows[2] = journal.encode(journal.Row(stage.at, "message", "7", "value", "x"))
    assert parts(diverges(order, stage))[:2] == ("an answer to await 7 (message)", "chat.ask('int')")


def test_an_answer_to_none_of_several_waits() -> None:
    async def asks_two(chat: Chat) -> None:
        await chat.all(chat.ask("One?"), chat.ask("Two?", int))

    stage = Stage(asks_two).begin().hear("7")
    stage.rows[1] = journal.encode(journal.Row(stage.at, "message", "9", "value", "x"))
    assert parts(diverges(asks_two, stage))[1] == "chat.ask('str'), chat.ask('int')"


@dataclass(frozen=True)
class Round(State):
    async def run(self, chat: Chat) -> State | None:
        await chat.ask("More?")
        return self


@pytest.mark.parametrize("path", ["x", "0.1", "-1", "²", "٢", "1" * 11, "1" * 5_000])
def test_a_state_that_begins_at_no_number(path: str) -> None:
    stage = Stage(Round()).begin().hear("y")
    row = stage.decoded()[0]
    row.path = path
    stage.rows[0] = journal.encode(row)
    with pytest.raises(Diverged) as diverged:
        stage.copy().replay()
    assert parts(str(diverged.value)) == (f"a beginning at await {path:.80}", "a beginning", "nothing yet")


def test_a_default_where_the_code_has_none_is_taken_as_it_is() -> None:
    stage = ordered()
    stage.rows[3] = journal.encode(journal.Row(stage.at, "timer", "2", "default", "dry", stage.decoded()[3].opened))
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)


def test_a_refusal_where_nothing_was_asked() -> None:
    stage = ordered()
    stage.rows[3] = journal.encode(journal.Row(stage.at, "message", "2", "refused"))
    assert parts(diverges(order, stage))[:2] == (*("an answer to a question, 2, that was refused", "chat.step(...)"),)


@pytest.mark.parametrize("value", [None, [], 7, "huge", ["huge", 9], {}])
def test_a_choice_of_what_is_no_option(value: Any) -> None:
    stage = ordered()
    stage.rows[4] = journal.encode(journal.Row(stage.at, "message", "3", "value", value))
    there, here, _ = parts(diverges(order, stage))
    assert there.startswith("the choice of ")
    assert here == "a choice of 'small', 'large'"


def test_what_was_heard_is_heard_again() -> None:
    async def listens(chat: Chat) -> None:
        message = await chat.listen()
        await chat.ask(f"{message.text} {message.name} {message.attachments[0].name}?")

    stage = Stage(listens).begin().hear("Look!", name="Ann", attachments=(Attachment("image", b"", "", "cat.png"),))
    assert stage.words == ["Look! Ann cat.png?"]
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)


def test_after_a_replay_none_runs() -> None:
    twin = ordered().woken()
    assert (RUNNING.here.conversation, twin.conversation.turn) == (None, None)
    with pytest.raises(UsageError, match="only inside a conversation function"):
        CHAT.now()


async def fewer_draws(chat: Chat) -> None:
    await chat.ask(f"{chat.random.random() > 2}")


async def more_draws(chat: Chat) -> None:
    chat.uuid()
    chat.random.random()
    await chat.ask("False")


def test_a_differing_number_of_draws_diverges() -> None:
    stage = Stage(fewer_draws).begin()
    assert parts(diverges(more_draws, stage)) == ("1 random numbers drawn", "2 drawn", "ask 'False' (str)")


async def no_draw(chat: Chat) -> None:
    await chat.ask("False")


def test_no_draw_where_there_was_one_diverges() -> None:
    assert parts(diverges(no_draw, Stage(fewer_draws).begin()))[:2] == ("1 random numbers drawn", "0 drawn")


async def starts(chat: Chat) -> None:
    await chat.start(child)
    await chat.ask("?")


async def starts_other(chat: Chat) -> None:
    await chat.start(other)
    await chat.ask("?")


async def starts_nobody(chat: Chat) -> None:
    await chat.ask("?")
    await chat.start(child)


async def starts_twice(chat: Chat) -> None:
    await chat.start(child)
    await chat.start(child)
    await chat.ask("?")


def test_the_start_of_another_function_diverges() -> None:
    stage = Stage(starts).begin()
    assert parts(diverges(starts_other, stage))[:2] == (
        f"started {__name__}:child",
        f"started {__name__}:other",
    )
    assert parts(diverges(starts_twice, stage))[:2] == ("ask '?' (str), as await 1", "ask '?' (str), as await 2")
    assert parts(diverges(starts_nobody, stage))[:2] == ("ask '?' (str), as await 1", "ask '?' (str), as await 0")


async def chooses(chat: Chat) -> None:
    await chat.choose("Size?", ["small", "large"])
    await chat.ask("Sure?")


async def chooses_less(chat: Chat) -> None:
    await chat.choose("Size?", ["small", "huge"])
    await chat.ask("Sure?")


async def chooses_otherwise(chat: Chat) -> None:
    size = await chat.choose("Size?", {"large": 7, "tiny": 1, "small": 3})
    await chat.ask("Sure?" if size == 7 else "wrong")


def test_a_choice_is_found_by_its_label() -> None:
    stage = Stage(chooses).begin().hear("large")
    assert parts(diverges(chooses_less, stage))[:2] == ("the choice of 'large'", "a choice of 'small', 'huge'")
    assert waiting(stage.woken(chooses_otherwise).conversation) == waiting(stage.conversation)


class Colour:
    """No class that the journal knows."""


async def asks_number(chat: Chat) -> None:
    await chat.ask("?", convert)
    await chat.sleep(1)


def convert(text: str) -> Attachment:
    return Attachment("file", text.encode())


def test_an_answer_that_no_longer_fits_its_type_diverges() -> None:
    stage = Stage(asks_number).begin().hear("x")
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)
    before = convert.__annotations__["return"]

    def changed(text: str) -> Colour:
        raise ValueError(text)

    changed.__qualname__ = "convert"

    async def asks_colour(chat: Chat) -> None:
        await chat.ask("?", changed)
        await chat.sleep(1)

    there, here, _ = parts(diverges(asks_colour, stage))
    assert (there.startswith("the answer {"), here.startswith("a type that it does not fit: ")) == (True, True)
    assert before is Attachment


async def reads(chat: Chat) -> None:
    await chat.ask("?")
    await chat.sleep(1)


async def reads_key(chat: Chat) -> None:
    await chat.ask("?")
    assert chat.data.get("orders") is None
    await chat.sleep(1)


async def reads_keys(chat: Chat) -> None:
    await chat.ask("?")
    len(chat.data)
    await chat.sleep(1)


async def reads_and_hides_it(chat: Chat) -> None:
    await chat.ask("?")
    with suppress(Exception):
        len(chat.data)
    await chat.sleep(1)


async def changes_in_place(chat: Chat) -> None:
    await chat.ask("?")
    orders = chat.data["orders"] = []
    orders.append(1)
    await chat.sleep(1)


@pytest.mark.parametrize(
    ("code", "there", "here"),
    [
        (reads_key, "chat.data['orders'] was not read in this turn", "it is read"),
        (reads_keys, "the list of chat.data's keys was not read in this turn", "it is read"),
        (reads_and_hides_it, "the list of chat.data's keys was not read in this turn", "it is read"),
        (changes_in_place, "sleep '1 s'", "chat.data['orders'] was changed in place, which is not kept"),
    ],
)
def test_data_read_or_changed_as_it_was_not_before_diverges(code: Code, there: str, here: str) -> None:
    found = parts(diverges(code, Stage(reads).begin().hear("x")))
    assert (found[0], found[1].startswith(here)) == (there, True)


# -------------------------------------------------------------------------------------------------------------- speed


async def endless(chat: Chat) -> None:
    count = 0
    while True:
        await chat.ask(f"{count}?", int, timeout=30)
        count += 1


def test_a_long_journal_is_replayed_to_its_end() -> None:
    stage = Stage(endless).begin()
    for _ in range(200):
        stage.hear("7")
    twin = stage.woken()
    assert waiting(twin.conversation) == waiting(stage.conversation)
    assert twin.hear("8").rows == stage.hear("8").rows
