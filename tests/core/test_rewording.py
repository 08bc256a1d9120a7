"""A question in other words is asked again; a guarded change is for those who had not passed it."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from tests.core.stage import SECOND, Stage, waiting

from chinwag import Chat, State
from chinwag.core.errors import Diverged

Code = Callable[[Chat], Awaitable[Any]]


def diverges(code: Code, stage: Stage) -> str:
    twin = stage.copy(code)
    with pytest.raises(Diverged) as diverged:
        twin.replay()
    twin.end()
    return str(diverged.value)


def asking(prompt: str) -> Code:
    async def asks(chat: Chat) -> None:
        await chat.ask("First?")
        await chat.ask(prompt, timeout=60)
        await chat.ask("Last?")

    return asks


def reworded(stage: Stage, prompt: str) -> Stage:
    """Woken with the question in other words, and asked again."""
    twin = stage.copy(asking(prompt))
    (branch,) = twin.replay()
    assert twin.reword(branch).words == [prompt]
    assert twin.decoded()[-1].cause == "reworded"
    return twin


def test_a_deadline_that_runs_stays_as_it_was_asked() -> None:
    async def hurried(chat: Chat) -> None:
        await chat.say("Now in a hurry.")
        await chat.ask("First?")
        await chat.say("Faster!")
        await chat.ask("Old?", timeout=1)

    stage = Stage(asking("Old?")).begin().hear("a")
    twin = stage.woken(hurried)
    assert waiting(twin.conversation) == waiting(stage.conversation)
    assert stage.conversation.earliest() == stage.at + 60 * SECOND


def test_an_answered_question_may_be_reworded() -> None:
    stage = Stage(asking("Old?")).begin().hear("a").hear("b")
    twin = stage.copy(asking("New?"))
    assert twin.replay() == []
    assert waiting(twin.conversation) == waiting(stage.conversation)


def test_several_questions_may_be_reworded_at_once() -> None:
    async def both(chat: Chat) -> None:
        await chat.ask("First of all?")
        await chat.ask("Then?", timeout=60)
        await chat.ask("Last?")

    stage = Stage(asking("Old?")).begin().hear("a").hear("b")
    assert stage.copy(both).replay() == []


def test_an_open_question_that_is_reworded_is_asked_again() -> None:
    stage = Stage(asking("Old?")).begin().hear("a")
    twin = reworded(stage, "New?")
    (branch,) = twin.conversation.waits()
    assert (branch.due, branch.prompt, branch.asked) == (twin.at + 60 * SECOND, 3, twin.at)
    assert [outgoing.again for outgoing, _ in twin.now.says] == [False]  # it was not answered badly
    again = twin.copy()
    assert again.replay() == []
    assert waiting(again.conversation) == waiting(twin.conversation)
    assert again.hear("b").rows == twin.hear("b").rows


def test_a_question_may_be_put_back_to_its_first_words() -> None:
    twin = reworded(reworded(Stage(asking("Old?")).begin().hear("a"), "New?"), "Old?")
    again = twin.copy()
    assert again.replay() == []
    assert waiting(again.conversation) == waiting(twin.conversation)


def test_a_question_may_be_reworded_twice_and_then_answered() -> None:
    twin = reworded(reworded(Stage(asking("Old?")).begin().hear("a"), "New?"), "Newest?")
    assert twin.copy().replay() == []
    twin.hear("b")
    assert waiting(twin.woken().conversation) == waiting(twin.conversation)
    assert waiting(twin.woken(asking("Even newer?")).conversation) == waiting(twin.conversation)


def test_bad_input_repeats_the_words_that_are_seen() -> None:
    def picky(prompt: str) -> Code:
        async def asks(chat: Chat) -> None:
            await chat.ask(prompt, int)

        return asks

    twin = Stage(picky("Old?")).begin().copy(picky("New?"))
    (branch,) = twin.replay()
    twin.reword(branch)
    assert twin.hear("x").words == ["New?"]
    assert twin.copy(picky("New?")).replay() == []
    assert len(twin.copy(picky("Old?")).replay()) == 1


def test_a_question_cannot_take_the_words_of_another() -> None:
    stage = Stage(asking("Old?")).begin().hear("a")
    report = diverges(asking("First?"), stage)
    assert re.search(r"the journal has +ask 'Old\?' .*\n +the code does +ask 'First\?' ", report)


def test_the_reworded_question_of_a_branch_is_found() -> None:
    def both(prompt: str) -> Code:
        async def asks(chat: Chat) -> None:
            await chat.first(chat.ask(prompt), chat.sleep(5))

        return asks

    stage = Stage(both("Old?")).begin()
    (branch,) = stage.copy(both("New?")).replay()
    assert branch.path == "0.0.0"


# ------------------------------------------------------------------------------------------------ words that come again


def looping(prompt: str, *, first: str = "") -> Code:
    async def loops(chat: Chat) -> None:
        if first:
            await chat.ask(first)
        while True:
            await chat.ask(prompt)
            await chat.sleep(1)

    return loops


def marked(stage: Stage, code: Code) -> Stage:
    """Woken by other code, which is noted if nothing is asked again."""
    twin = stage.copy(code)
    replayed = twin.engine.replay(twin.conversation, twin.decoded())
    assert replayed.reworded == []
    return twin.mark() if replayed.unmarked else twin


def test_a_question_of_a_loop_may_be_reworded_and_come_again() -> None:
    stage = Stage(looping("More?")).begin().hear("a").expire().hear("b").expire()
    twin = stage.copy(looping("Another?"))
    (branch,) = twin.replay()
    twin.reword(branch).hear("c").expire()
    assert waiting(twin.woken().conversation) == waiting(twin.conversation)
    assert waiting(twin.woken(looping("And then?")).conversation) != []
    assert len(twin.copy(looping("More?")).replay()) == 1


def test_it_may_also_where_it_was_answered_and_not_open() -> None:
    stage = Stage(looping("More?")).begin().hear("a").expire().hear("b")
    twin = marked(stage, looping("Another?"))
    assert [(row.cause, row.path, row.opened) for row in twin.decoded()[-1:]] == [("reworded", "", [])]
    assert waiting(twin.conversation) == waiting(stage.conversation)
    twin.expire().hear("c")
    again = twin.copy()
    assert again.engine.replay(again.conversation, again.decoded()) == ([], False)
    assert waiting(again.conversation) == waiting(twin.conversation)


def test_nothing_is_noted_of_the_same_words() -> None:
    stage = Stage(looping("More?")).begin().hear("a").expire()
    twin = stage.copy()
    assert twin.engine.replay(twin.conversation, twin.decoded()) == ([], False)


def test_what_is_no_question_has_no_words_to_take() -> None:
    stage = Stage(looping("More?")).begin().hear("a")
    assert stage.decoded()[1].opened[0].text == "1 s"
    assert waiting(marked(stage, looping("1 s")).conversation) == waiting(stage.conversation)


def test_words_are_noted_once() -> None:
    twin = marked(Stage(looping("More?")).begin().hear("a"), looping("Another?"))
    assert len(marked(twin, looping("Another?")).rows) == len(twin.rows)


def test_nothing_is_noted_where_the_first_words_are_back() -> None:
    twin = marked(Stage(looping("More?")).begin().hear("a"), looping("Another?"))
    back = twin.copy(looping("More?"))
    assert back.engine.replay(back.conversation, back.decoded()) == ([], False)


def test_two_open_questions_may_be_reworded_alike() -> None:
    def both(prompt: str) -> Code:
        async def asks(chat: Chat) -> None:
            await chat.all(chat.ask(prompt), chat.ask(prompt, int))

        return asks

    twin = Stage(both("Old?")).begin().copy(both("New?"))
    for branch in twin.replay():
        twin.reword(branch)
    assert waiting(twin.woken().conversation) == waiting(twin.conversation)


def test_a_question_that_was_taken_away_before_a_loop_is_missed() -> None:
    stage = Stage(looping("Item?", first="Name?")).begin().hear("Ann").hear("a").expire().hear("b")
    assert "ask 'Name?'" in diverges(looping("Item?"), stage)


def test_questions_of_different_codes_cannot_be_swapped() -> None:
    def asks(one: str, two: str, three: str) -> Code:
        async def asks(chat: Chat) -> None:
            for prompt in (one, two, three):
                await chat.ask(prompt)

        return asks

    stage = Stage(asks("One?", "Two?", "Three?")).begin().hear("1")
    twin = stage.copy(asks("One?", "Second?", "Three?"))
    (branch,) = twin.replay()
    twin.reword(branch).hear("2")
    assert waiting(twin.woken().conversation) == waiting(twin.conversation)
    for swapped in (("Three?", "Second?", "One?"), ("Three?", "Second?", "New?"), ("New?", "Second?", "One?")):
        assert "no longer matches" in diverges(asks(*swapped), twin)
    assert twin.copy(asks("First?", "Second?", "Three?")).replay() == []


def test_behind_new_words_a_question_cannot_take_the_words_of_another() -> None:
    def asks(*prompts: str) -> Code:
        async def asks(chat: Chat) -> None:
            for prompt in prompts:
                await chat.ask(prompt)

        return asks

    twin = (
        Stage(asks("One?", "Two?", "Three?", "Four?"))
        .begin()
        .hear("1")
        .copy(asks("One?", "Second?", "Three?", "Four?"))
    )
    (branch,) = twin.replay()
    twin.reword(branch).hear("2").hear("3")
    report = diverges(asks("One?", "Second?", "Four?", "Four?"), twin)
    assert re.search(r"the journal has +ask 'Three\?' .*\n +the code does +ask 'Four\?' ", report)


def test_answers_to_questions_that_were_reworded_cannot_be_swapped() -> None:
    def asks(one: str, two: str) -> Code:
        async def asks(chat: Chat) -> None:
            await chat.all(chat.ask(one), chat.ask(two))
            await chat.ask("Last?")

        return asks

    twin = Stage(asks("One?", "Two?")).begin().copy(asks("First?", "Second?"))
    for branch in twin.replay():
        twin.reword(branch)
    twin.hear("2").hear("1")
    assert waiting(twin.woken().conversation) == waiting(twin.conversation)

    async def swapped(chat: Chat) -> None:
        await chat.all(chat.ask("Second?"), chat.ask("First?"))
        await chat.ask("Last?")

    report = diverges(swapped, twin)
    assert re.search(r"the journal has +ask '(First|Second)\?' .*\n +the code does +ask '(First|Second)\?' ", report)
    there, here, *_ = re.findall(r"test_rewording\.py:(\d+)", report)
    assert there != here


# ----------------------------------------------------------------------------------------------------------- patched


async def unpatched(chat: Chat) -> None:
    while await chat.ask("?") != "end":
        pass


async def patched(chat: Chat) -> None:
    while True:
        if await chat.ask("?") == "end":
            return
        await chat.say("new" if chat.patched("greeting") and chat.patched("greeting") else "old")


def test_a_patch_is_for_conversations_that_had_not_passed_it() -> None:
    old = Stage(unpatched).begin().hear("a").woken(patched)
    assert old.hear("b").words == ["old", "?"]
    assert old.woken().hear("c").words == ["old", "?"]
    young = Stage(unpatched).begin().woken(patched)
    assert young.hear("a").words == ["new", "?"]
    assert young.decoded()[1].patches == ("greeting",)
    twin = young.woken()
    assert twin.hear("b").words == ["new", "?"]
    assert twin.decoded()[2].patches == ()


def test_several_patches_may_be_seen_in_one_turn() -> None:
    async def patched_twice(chat: Chat) -> None:
        await chat.ask(f"{chat.patched('one')} {chat.patched('two')} {chat.patched('one')}")

    stage = Stage(patched_twice).begin()
    assert (stage.words, stage.decoded()[0].patches) == (["True True True"], ("one", "two"))
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)


@dataclass(frozen=True)
class Round(State):
    async def run(self, chat: Chat) -> State | None:
        await chat.ask("new" if chat.patched("words") else "old")
        return Round()


@dataclass(frozen=True)
class OldRound(State):
    async def run(self, chat: Chat) -> State | None:
        await chat.ask("old")
        return Round()


def test_the_first_answer_holds_until_the_checkpoint() -> None:
    stage = Stage(OldRound()).begin()
    twin = stage.woken(Round())
    assert [b.effect.text() for b in twin.conversation.waits() if b.effect] == ["old"]
    assert twin.hear("x").words == ["new"]
    assert twin.decoded()[0].patches == ("words",)
