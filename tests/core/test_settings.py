"""A bot's settings: checked where they are declared and given, and the same on replay, whatever the file says now."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta, Struct
from tests.core.stage import Stage

from chinwag import Bot, Chat, File, State, UsageError
from chinwag.core.conversation import Manner
from chinwag.core.errors import Diverged
from chinwag.core.settings import KEY, given


@dataclass(frozen=True)
class Sheep:
    poem: File
    line_interval: Annotated[float, Meta(gt=0)] = 30.0
    personality: Literal["faithful", "bored"] = "faithful"

    def __post_init__(self) -> None:
        if self.line_interval == 13:
            raise UsageError("thirteen brings bad luck")


@dataclass
class Soft:
    poem: str = ""


class SoftStruct(Struct):
    poem: str = ""


@dataclass(frozen=True)
class Plain:
    greeting: str = "Hello"


@dataclass(frozen=True)
class Unjournalable:
    weird: Any = field(default_factory=lambda: 1j)


def manner(kind: type, **values: Any) -> Manner:
    return Manner(settings_of=kind, settings=given(kind, values))


# -- declared, and given


@pytest.mark.parametrize(("kind", "words"), [
    (Soft, "can be changed: write `@dataclass(frozen=True)` above it"),
    (SoftStruct, "can be changed"),
    (dict, "settings= takes a frozen dataclass"),
    (Plain(), "settings= takes a frozen dataclass"),
])  # fmt: skip
def test_only_a_frozen_record_can_be_settings(kind: Any, words: str) -> None:
    with pytest.raises(UsageError, match=words.replace("(", r"\(").replace(")", r"\)")):
        Bot("sheep", settings=kind)


@pytest.mark.parametrize(("values", "words"), [
    ({}, "the settings cannot be used: object missing required field `poem`"),
    ({"poem": 3}, "the setting 'poem' cannot be used: expected `str`"),
    ({"poem": "x", "line_interval": 0}, "the setting 'line_interval' cannot be used: expected `float` > 0"),
    ({"poem": "x", "line_interval": 13}, "thirteen brings bad luck"),
    ({"poem": "x", "personality": "mad"}, "the setting 'personality' cannot be used: invalid enum value 'mad'"),
    ({"poem": "x", "pace": 1}, "there is no setting 'pace'; there is poem, line_interval, personality"),
])  # fmt: skip
def test_a_value_that_does_not_fit_is_told(values: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        given(Sheep, values)
    assert str(caught.value).startswith(words)


def test_settings_that_no_journal_can_have_are_refused() -> None:
    with pytest.raises(UsageError, match="cannot be journaled"):
        given(Unjournalable, {})


def test_a_path_counts_from_the_file_that_it_stands_in() -> None:
    assert given(Sheep, {"poem": "poems/tyger.txt"}, "/srv/flock").value.poem == "/srv/flock/poems/tyger.txt"
    assert given(Sheep, {"poem": "/tmp/tyger.txt"}, "/srv/flock").value.poem == "/tmp/tyger.txt"  # noqa: S108 - no file


def test_two_bots_with_settings_of_two_classes_cannot_be_one() -> None:
    bot = Bot("one", settings=Sheep)
    with pytest.raises(UsageError, match="settings of two classes"):
        bot.include(Bot("two", settings=Plain))
    other = Bot("three")
    other.include(bot)
    assert other.settings is Sheep


def test_a_setting_may_be_a_word_for_what_it_is() -> None:
    assert given(Sheep, {"poem": "tyger.txt", "line_interval": "20"}).value == Sheep("tyger.txt", 20.0)


# -- read


async def greet(chat: Chat) -> None:
    first = chat.settings(Plain).greeting
    name = await chat.ask("Name?")
    await chat.ask(f"{first} or {chat.settings(Plain).greeting}, {name}?")


def test_the_defaults_serve_where_nothing_is_given() -> None:
    stage = Stage(greet, manner=Manner(settings_of=Plain)).begin().hear("Ann")
    assert stage.said[-1] == "Hello or Hello, Ann?"


def test_a_bot_reads_only_what_it_declares() -> None:
    async def other(chat: Chat) -> None:
        chat.settings(Plain)

    stage = Stage(other, manner=Manner(settings_of=Sheep)).begin()
    assert stage.turn is not None
    assert "the bot declares Bot(settings=Sheep)" in str(stage.turn.error)
    stage = Stage(other).begin()
    assert stage.turn is not None
    assert "the bot declares no settings" in str(stage.turn.error)


def test_a_replay_sees_what_was_seen_and_the_next_turn_what_is_so_now() -> None:
    stage = Stage(greet, manner=manner(Plain, greeting="Hello")).begin()
    stage.manner = manner(Plain, greeting="Good evening")
    stage = stage.woken().hear("Ann")
    assert stage.said[-1] == "Hello or Good evening, Ann?"
    stage.manner = manner(Plain, greeting="Bye")
    stage = stage.woken()
    (question,) = stage.conversation.questions()
    assert question.effect is not None
    assert question.effect.text() == "Hello or Good evening, Ann?"


def noted(stage: Stage) -> list[Any]:
    """Of each turn, what it has noted of the settings."""
    return [row.read.get(KEY) for row in stage.decoded()]


async def greets(chat: Chat) -> None:
    while True:
        await chat.ask(f"{chat.settings(Plain).greeting}, {chat.settings(Plain).greeting}?")


def test_they_are_noted_where_they_are_new() -> None:
    stage = Stage(greets, manner=manner(Plain)).begin().hear("a").hear("b")
    assert noted(stage) == [[{"greeting": "Hello"}], None, None]
    stage = stage.woken().hear("c").hear("d")
    assert noted(stage)[3:] == [None, None]
    stage.conversation.manner = manner(Plain)  # the file was read again, and says the same
    assert noted(stage.hear("e"))[5:] == [None]
    stage.conversation.manner = manner(Plain, greeting="Bye")
    assert noted(stage.hear("f").hear("g"))[6:] == [[{"greeting": "Bye"}], None]
    assert stage.said[-1] == "Bye, Bye?"


@dataclass(frozen=True)
class Count(State):
    number: int

    async def run(self, chat: Chat) -> State:
        await chat.ask(f"{chat.settings(Plain).greeting} {self.number}")
        return Count(self.number + 1)


def test_behind_a_checkpoint_they_are_seen_anew() -> None:
    stage = Stage(Count(1), manner=manner(Plain, greeting="a")).begin()
    stage.manner = manner(Plain, greeting="b")
    stage = stage.woken().hear("x")
    assert stage.said[-1] == "b 2"
    assert len(stage.rows) == 1
    stage.manner = manner(Plain, greeting="c")
    stage = stage.woken().hear("x")
    assert stage.said[-1] == "c 3"


@dataclass(frozen=True)
class Wider:
    greeting: str
    farewell: str = "Bye"


@dataclass(frozen=True)
class Narrower:
    farewell: str = "Bye"


@dataclass(frozen=True)
class Stricter:
    tone: str


def reading(kind: type) -> Any:
    async def reads(chat: Chat) -> None:
        chat.settings(kind)
        await chat.ask("?")

    reads.__qualname__ = "reads"
    return reads


@pytest.mark.parametrize("later", [Wider, Narrower])
def test_a_class_may_gain_and_lose_fields(later: type) -> None:
    stage = Stage(reading(Plain), manner=manner(Plain)).begin()
    stage.manner = Manner(settings_of=later)
    assert stage.woken(reading(later)).conversation.questions()


def test_what_no_longer_fits_is_a_divergence() -> None:
    stage = Stage(reading(Plain), manner=manner(Plain)).begin()
    stage.manner = manner(Stricter, tone="loud")
    with pytest.raises(Diverged) as diverged:
        stage.woken(reading(Stricter))
    assert "the journal has    settings {}\n" in str(diverged.value)
    assert "the code does      a class that they do not fit: " in str(diverged.value)


def test_settings_that_were_not_read_then_are_a_divergence() -> None:
    async def reads(chat: Chat) -> None:
        await chat.ask("?")

    stage = Stage(reads, manner=Manner(settings_of=Plain)).begin()
    with pytest.raises(Diverged) as diverged:
        stage.woken(reading(Plain))
    assert "the journal has    the settings were not read in this turn\n" in str(diverged.value)
    assert "the code does      they are read\n" in str(diverged.value)
