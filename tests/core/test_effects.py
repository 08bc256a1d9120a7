"""Effects are values: each says what it is."""

import datetime as dt
import functools
from collections.abc import Coroutine
from typing import Any

import pytest

from chinwag.core.effects import (
    AGAIN,
    NO_DEFAULT,
    All,
    Ask,
    Choose,
    Delivered,
    Edit,
    Effect,
    First,
    Join,
    Listen,
    Say,
    Sleep,
    Start,
    Step,
    name_of,
)

SOON = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)


def fetch() -> None: ...


class Parser:
    def __call__(self, text: str) -> str:
        return text

    def method(self) -> None: ...


EFFECTS: list[tuple[Effect, str, str, str]] = [
    (Say("hi", (), (), "at_least_once"), "say", "", "hi"),
    (Edit(1, None), "edit", "", ""),
    (Ask("?", int, AGAIN, None, NO_DEFAULT, None), "ask", "int", "?"),
    (Choose("?", str, AGAIN, None, NO_DEFAULT, None, ("a",), (1,)), "choose", "", "?"),
    (Listen(None, NO_DEFAULT, None), "listen", "", ""),
    (Sleep(1_500_000, None), "sleep", "", "1.5 s"),
    (Sleep(0, SOON), "sleep", "", "until 2030-01-01T00:00:00+00:00"),
    (Step(fetch, (), 0, None, once=False), "step", "", "fetch"),
    (Delivered(1), "delivered", "", ""),
    (Start(fetch, (), "a/b/c"), "start", "fetch", ""),
    (First(()), "first", "", ""),
    (All(()), "all", "", ""),
]


@pytest.mark.parametrize(("effect", "kind", "label", "text"), EFFECTS)
def test_what_the_journal_has_of_it(effect: Effect, kind: str, label: str, text: str) -> None:
    assert (effect.kind, effect.label(), effect.text()) == (kind, label, text)
    assert repr(effect) == (f"chat.{kind}({label!r})" if label else f"chat.{kind}(...)")
    assert isinstance(effect, Coroutine)


def test_the_set_is_closed() -> None:
    def all_of(kind: type[Effect]) -> set[type[Effect]]:
        return {kind}.union(*map(all_of, kind.__subclasses__()))

    assert all_of(Effect) - {Effect, Join} == {type(effect) for effect, *_ in EFFECTS}


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (int, "int"),
        (functools.partial(functools.partial(int, base=2)), "int"),
        (fetch, "fetch"),
        (Parser(), "Parser"),
        (Parser().method, "Parser.method"),
        (str.upper, "str.upper"),
        (lambda _: None, "<lambda>"),
    ],
)
def test_a_function_is_known_by_its_name(function: Any, name: str) -> None:
    assert name_of(function) == name


def test_sentinels_are_told_by_name() -> None:
    assert (repr(AGAIN), repr(NO_DEFAULT)) == ("AGAIN", "NO_DEFAULT")
