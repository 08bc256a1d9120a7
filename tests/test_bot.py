"""Declarations: what starts what, and what cannot be declared."""

import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from chinwag import Bot, Chat, State, Texts, UsageError
from chinwag.bot import GRACE


async def order(chat: Chat) -> None:
    """Order a pizza.

    In several steps.
    """


async def silent(chat: Chat) -> None: ...


@dataclass(frozen=True)
class Weather(State):
    """Tell the weather."""

    city: str = ""

    async def run(self, chat: Chat) -> State | None: ...


@dataclass(frozen=True)
class Bare(State):
    city: str = ""


def full() -> Bot:
    bot = Bot("shop")
    bot.on_command("/Order", busy="Wait.")(order)
    bot.on_text(" Pizza ", per="room")(order)
    bot.on_command("weather")(Weather)
    bot.on_message()(silent)
    bot.on_join()(silent)
    bot.always()(silent)
    bot.daily("20:00", zone="Europe/Berlin")(silent)
    bot.every(timedelta(minutes=5), grace=30)(silent)
    bot.cron("0 20 * * MON")(silent)
    return bot


def test_what_is_declared_is_there() -> None:
    bot = full()
    definition = bot.commands["order"]
    assert (definition.name, definition.function, definition.summary, definition.busy, definition.per) == (
        *("order", order, "Order a pizza."),
        *("Wait.", "user"),
    )
    assert bot.triggers["pizza"].per == "room"
    assert (bot.commands["weather"].function, bot.commands["weather"].summary) == (Weather, "Tell the weather.")
    assert bot.listener is not None
    assert bot.greeter is not None
    assert (bot.listener.name, bot.greeter.name, [d.name for d in bot.standing]) == ("silent", "silent", ["silent"])
    daily, every, cron = bot.scheduled
    assert (daily.zone, every.zone, every.grace, cron.grace) == (
        *("Europe/Berlin", None),
        *(30_000_000, GRACE // timedelta(microseconds=1)),
    )
    assert (bot.shares, Bot("x").shares, repr(bot), bot.texts) == (True, False, "Bot('shop')", Texts())


def test_declaring_leaves_the_function_as_it_is() -> None:
    assert full().on_command("other")(order) is order


def test_help_lists_all_that_a_user_can_type() -> None:
    bot = full()
    bot.on_text("quiet")(silent)
    bot.on_command("bare")(Bare)
    assert bot.help().splitlines() == [
        "/bare",
        "/order - Order a pizza.",
        "/weather - Tell the weather.",
        "pizza - Order a pizza.",
        "quiet",
        "/cancel - Stop what is going on.",
        "/help - Show this list.",
    ]
    own = Bot("own")
    own.on_command("help")(silent)
    assert own.help() == "/help\n/cancel - Stop what is going on."


def twice(declare: Callable[[Bot], Callable[[Any], Any]]) -> Callable[[], Any]:
    def again() -> None:
        bot = Bot("shop")
        declare(bot)(order)
        declare(bot)(silent)

    return again


async def _impostor(chat: Chat) -> None: ...


_impostor.__qualname__ = "order"


SUNNY: Any = Weather("Ulm")


# What no type checker would let pass, as whoever writes a first bot has none.
def plain(chat: Any) -> None: ...


async def alone() -> None: ...


async def greedy(chat: Any, city: str) -> None: ...


async def yielding(chat: Any) -> Any:
    yield chat


@dataclass(frozen=True)
class Needy(State):
    city: str

    async def run(self, chat: Chat) -> State | None: ...


def declared(function: Any) -> Callable[[], Any]:
    return lambda: Bot("x").on_command("a")(function)


def bare(name: str) -> Callable[[], Any]:
    return lambda: getattr(Bot("x"), name)(order)


@pytest.mark.parametrize(
    ("declare", "words"),
    [
        (lambda: Bot(""), "a bot's name has letters"),
        (lambda: Bot("a b"), "a bot's name has letters"),
        (lambda: Bot("x").on_command(""), "a command has letters"),
        (lambda: Bot("x").on_command("two words"), "a command has letters"),
        (lambda: Bot("x").on_text(" "), "on_text needs a text"),
        (twice(lambda bot: bot.on_command("a")), "the bot shop has the command /a already: order"),
        (twice(lambda bot: bot.on_text("a")), "the bot shop has the text 'a' already: order"),
        (twice(lambda bot: bot.on_message()), "the bot shop has on_message already: order"),
        (twice(lambda bot: bot.on_join()), "the bot shop has on_join already: order"),
        (lambda: Bot("x").daily("25:00"), "25:00"),
        (lambda: Bot("x").daily("20:00", zone="Nowhere/Land"), "Nowhere/Land"),
        (lambda: Bot("x").every(0), "0"),
        (lambda: Bot("x").cron("nonsense"), "has 1 fields"),
        (lambda: Bot("x").daily("20:00", grace=-1), "a duration cannot be negative"),
        (lambda: Bot("x").on_text("a")(SUNNY), r"an async function or a State class, not Weather\(city='Ulm'\)"),
        (declared(plain), r"plain is not an async function: write `async def plain\(chat: Chat\)`"),
        (declared(yielding), r"yielding has a `yield`, which is nothing in a conversation: write `await chat.say"),
        (declared(alone), r"alone gets the chat and nothing else: write `async def alone\(chat: Chat\)`"),
        (declared(greedy), "greedy gets the chat and nothing else"),
        (declared(Needy), "Needy begins a conversation, so each of its fields needs a default"),
        (
            bare("on_command"),
            r"@bot.on_command stands without its parentheses above order: write @bot.on_command\(...\)",
        ),
        (bare("on_join"), "@bot.on_join stands without its parentheses"),
        (bare("daily"), "@bot.daily stands without its parentheses"),
        (bare("always"), "@bot.always stands without its parentheses above order"),
    ],
)
def test_what_cannot_be_declared_is_told(declare: Callable[[], Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        declare()


def test_a_wrapper_around_an_async_function_can_be_declared() -> None:
    @functools.wraps(order)
    def wrapper(chat: Chat) -> Any:
        return order(chat)

    assert Bot("x").on_command("a")(wrapper) is wrapper


def test_a_conversation_within_a_function_is_told_where_to_stand() -> None:
    with pytest.raises(UsageError, match="inner stands within a function, where no restart can find it: move it to"):
        full().resolve("order.<locals>.inner")


def test_two_functions_of_one_name_are_refused() -> None:
    bot = full()
    with pytest.raises(UsageError, match="two different conversations called order: rename one"):
        bot.on_command("a")(_impostor)


def test_functions_inside_functions_may_share_a_name() -> None:
    def made() -> Callable[[Chat], Any]:
        async def inner(chat: Chat) -> None: ...

        return inner

    bot = Bot("x")
    bot.on_command("a")(made())
    bot.on_command("b")(made())
    assert bot.commands["a"].name == bot.commands["b"].name


# ----------------------------------------------------------------------------------------------------------- include


def test_a_bot_takes_over_what_another_can_do() -> None:
    bot = Bot("main", fallback="?")
    bot.include(full())
    assert (set(bot.commands), set(bot.triggers), bot.fallback) == ({"order", "weather"}, {"pizza"}, "?")
    assert (bot.listener is not None, bot.greeter is not None) == (True, True)
    assert (len(bot.standing), len(bot.scheduled)) == (1, 3)
    assert bot.resolve("Weather") is Weather


@pytest.mark.parametrize(
    ("declare", "words"),
    [
        (lambda bot: bot.on_command("order")(silent), "the command /order already"),
        (lambda bot: bot.on_text("pizza")(silent), "the text 'pizza' already"),
        (lambda bot: bot.on_message()(order), "on_message already"),
        (lambda bot: bot.on_join()(order), "on_join already"),
        (lambda bot: bot.on_command("x")(_impostor), "two different conversations called order"),
    ],
)
def test_what_both_have_is_refused_and_nothing_is_taken_over(declare: Callable[[Bot], Any], words: str) -> None:
    bot = Bot("main")
    declare(bot)
    before = (dict(bot.commands), dict(bot.triggers), bot.listener, bot.greeter)
    with pytest.raises(UsageError, match=words):
        bot.include(full())
    assert (bot.commands, bot.triggers, bot.listener, bot.greeter, bot.standing) == (*before, [])


# ----------------------------------------------------------------------------------------------------------- resolve


def test_a_name_of_a_journal_is_found_in_the_bots_modules() -> None:
    bot = full()
    assert bot.homes == {__name__}
    assert (bot.resolve("order"), bot.resolve("Weather"), bot.resolve("Bare")) == (order, Weather, Bare)
    assert bot.resolve("chinwag.core.state:State") is State
    assert bot.resolve("chinwag.core.state:State.run") is State.run


@pytest.mark.parametrize("name", ["gone", "no.such", "chinwag.core.state:Gone", "no_such_module:order", "order.gone"])
def test_a_name_that_the_code_has_no_more_is_told(name: str) -> None:
    modules = set(sys.modules)
    with pytest.raises(UsageError, match=f"the code has no '{name}' any more"):
        full().resolve(name)
    assert set(sys.modules) == modules


@pytest.mark.parametrize("name", ["builtins:input", "os:system", "builtins:int", "os:path", "sys:nothing"])
def test_only_conversations_are_found_by_name(name: str) -> None:
    with pytest.raises(UsageError, match="the code has no"):
        Bot("names").resolve(name)
