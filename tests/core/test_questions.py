"""What a question takes, refuses, ignores and gives when time is up."""

import enum
from typing import Any

import pytest
from tests.core.stage import SECOND, START, Stage, waiting

from chinwag import Chat, Reject, Timeout, UsageError, at_least, yes
from chinwag.core.conversation import ENDED, FAILED, WAITING
from chinwag.core.effects import Ask, Choose, Listen
from chinwag.core.errors import NotJournalable
from chinwag.core.markup import bold
from chinwag.core.values import Attachment


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


class Size(enum.Enum):
    SMALL = "small"


def test_a_default_may_be_of_a_class_of_the_bot_s_own() -> None:
    async def asks(chat: Chat) -> None:
        await chat.ask(repr(await chat.ask("?", timeout=1, default=Size.SMALL)))

    stage = Stage(asks).begin().expire()
    assert stage.words == [repr(Size.SMALL)]
    assert waiting(stage.woken().conversation) == waiting(stage.conversation)


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


def test_what_a_parse_function_raised_is_the_cause() -> None:
    boom = TypeError("no")
    seen: list[BaseException | None] = []

    def odd(_: str) -> int:
        raise boom

    async def asks(chat: Chat) -> None:
        try:
            await chat.ask("?", odd)
        except UsageError as error:
            seen.append(error.__cause__)

    assert Stage(asks).begin().hear("x").status == ENDED
    assert seen == [boom]


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
            except NotJournalable as error:
                await chat.say(str(error).partition(": ")[0])

    stage = Stage(asks).begin()
    assert stage.hear("\ud800").words[0] == "str"
    assert stage.hear("\ud800").words == ["the message"]


def test_the_words_beside_a_file_are_an_answer() -> None:
    async def asks(chat: Chat) -> None:
        await chat.say(str(await chat.ask("How many?", int)))

    stage = Stage(asks).begin().hear("7", attachments=(Attachment("image", b"\x89PNG"),))
    assert stage.words == ["7"]


def test_an_empty_text_without_a_file_is_an_answer() -> None:
    async def asks(chat: Chat) -> None:
        await chat.say(repr(await chat.ask("Anything?")))

    assert Stage(asks).begin().hear("").words == ["''"]


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


def test_a_choice_has_a_default_and_one_who_chooses() -> None:
    async def chooses(chat: Chat) -> None:
        await chat.say(str(await chat.choose("Size?", ["small", "large"], timeout=9, default="any", from_="bob")))

    stage = Stage(chooses).begin()
    (branch,) = stage.conversation.questions()
    assert isinstance(branch.effect, Ask)
    assert branch.effect.from_ == "bob"
    assert stage.expire().words == ["any"]


def test_what_hears_of_presses_and_edits_says_so() -> None:
    async def waits(chat: Chat) -> None:
        await chat.all(
            chat.choose("One?", ["a"]), chat.choose("Two?", ["a"], inline=True), chat.listen(), chat.listen(edits=True)
        )

    stage = Stage(waits).begin()
    one, two, hears, hears_edits = (branch.effect for branch in stage.conversation.waits())
    assert isinstance(one, Choose)
    assert isinstance(two, Choose)
    assert isinstance(hears, Listen)
    assert isinstance(hears_edits, Listen)
    assert (one.inline, two.inline, hears.edits, hears_edits.edits) == (False, True, False, True)


def test_the_words_of_a_styled_question_are_journaled_alone() -> None:
    async def asks(chat: Chat) -> None:
        await chat.ask("Hello " + bold("Ann") + "?")

    stage = Stage(asks).begin()
    (branch,) = stage.conversation.waits()
    assert branch.effect is not None
    assert (branch.effect.text(), type(branch.effect.text())) == ("Hello Ann?", str)


def test_only_yes_is_taken_and_all_else_passed_on() -> None:
    async def asks(chat: Chat) -> None:
        await chat.say(str(await chat.ask("Insulin?", yes, retry=None, timeout=9, default=False)))

    stage = Stage(asks).begin().hear("what?").hear("no")
    assert len(stage.rows) == 1
    assert stage.hear("Yes!").words == ["True"]
    assert Stage(asks).begin().expire().words == ["False"]
