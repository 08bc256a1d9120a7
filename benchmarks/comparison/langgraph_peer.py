# pyright: reportMissingImports=false
"""LangGraph's functional API with its SQLite checkpointer: an entrypoint that interrupts with each question.

As its documentation shows: a thread for each user, ``Command(resume=...)`` with what he says, and the interrupt's value
is the next question, which the caller sends. ``durability="exit"`` is its fastest setting, and loses nothing here: an
interrupt is an exit. Its checkpointer serves one thread, so updates are handled one after the other.
"""

import os
import sqlite3
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, TypeAlias

from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.func import entrypoint, task
from langgraph.types import Command, interrupt

from benchmarks.comparison import scripts
from benchmarks.comparison.shape import Peer, Setting, Tasks, number, texts
from benchmarks.traffic import CLOSING, FIRST_QUESTION, SECOND_QUESTION

Workflow: TypeAlias = Callable[[int], str]

VERSION = f"{version('langgraph')}, checkpoint-sqlite {version('langgraph-checkpoint-sqlite')}"

# No reports to its makers' service.
os.environ["LANGSMITH_TRACING"] = "false"


def _look_up(topic: str) -> str:
    return scripts.look_up(topic)


look_up = task(name="look_up")(_look_up)


def two(_: int) -> str:
    """Ask two questions. It knows no timeouts of a question."""
    count = number(interrupt(FIRST_QUESTION))
    word = interrupt(SECOND_QUESTION)
    return CLOSING.format(number=count, word=word)


def loop(_: int) -> str:
    """Ask on and on."""
    while True:
        interrupt(scripts.MORE)


def plain(_: int) -> str:
    """The interview at first."""
    name = interrupt(scripts.NAME)
    city = interrupt(scripts.CITY)
    return scripts.plain(name, city)


def inserted(_: int) -> str:
    """With a question inserted before the others."""
    age = interrupt(scripts.AGE)
    name = interrupt(scripts.NAME)
    city = interrupt(scripts.CITY)
    return scripts.inserted(age, name, city)


def swapped(_: int) -> str:
    """With its two questions swapped."""
    city = interrupt(scripts.CITY)
    name = interrupt(scripts.NAME)
    return scripts.plain(name, city)


def stepped(_: int) -> str:
    """With a task."""
    name = interrupt(scripts.NAME)
    weather = look_up("weather").result()
    city = interrupt(scripts.CITY)
    return scripts.stepped(name, city, weather)


def other_step(_: int) -> str:
    """With the same task inserted with another argument."""
    name = interrupt(scripts.NAME)
    news = look_up("news").result()
    weather = look_up("weather").result()
    city = interrupt(scripts.CITY)
    return scripts.other_step(name, city, weather, news)


SCRIPTS: dict[str, Workflow] = {
    scripts.TWO: two,
    scripts.PATIENT: two,
    scripts.LOOP: loop,
    scripts.PLAIN: plain,
    scripts.INSERTED: inserted,
    scripts.SWAPPED: swapped,
    scripts.STEPPED: stepped,
    scripts.OTHER_STEP: other_step,
}


async def open_peer(setting: Setting) -> Peer:
    """Start LangGraph on a database in the folder."""
    database = sqlite3.connect(setting.folder / "langgraph.db", check_same_thread=False)
    conversation = SCRIPTS[setting.script]
    conversation.__name__ = "conversation"
    graph = entrypoint(checkpointer=SqliteSaver(database))(conversation)

    async def handle(data: bytes) -> None:
        user, text, _ = texts(data)
        thread: Any = {"configurable": {"thread_id": str(user)}}
        given = user if text == "/start" else Command(resume=text)
        result = graph.invoke(given, thread, durability="exit")
        asked = result["__interrupt__"][0].value if isinstance(result, dict) else result
        setting.sent(user, asked)

    async def end() -> None:
        database.close()

    return Tasks(handle, end)
