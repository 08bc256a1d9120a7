"""Which systems are compared, and what is measured of each; nothing of a system is imported before it is asked for."""

from dataclasses import dataclass
from importlib import import_module
from typing import cast

from benchmarks.comparison.shape import Open


@dataclass(frozen=True, slots=True)
class System:
    """One system, or one way to set it up.

    Args:
        name: its own.
        module: the peer, and the function that opens it.
        users: how many are timed; fewer for the slow, so that all take seconds.
        under_way: how many messages at once.
        parked: how many conversations are weighed.
        durable: whether it claims to keep conversations; if not, what a change of the code does is no question.
        timed: whether its speed and its weight are measured; not where they are those of another setting.
        turns: whether one conversation of many turns is timed: of those that are a plain function.
        keeps: where a conversation is kept.
    """

    name: str
    module: str
    users: int
    under_way: int
    parked: int
    keeps: str
    function: str = "open_peer"
    durable: bool = True
    timed: bool = True
    turns: bool = True


SYSTEMS = (
    System("chinwag", "chinwag_peer", 10_000, 1_000, 10_000, "SQLite, synchronous=FULL"),
    System("DBOS", "dbos_peer", 200, 100, 200, "SQLite, WAL"),
    System("DBOS, fixed version", "dbos_peer", 200, 100, 200, "SQLite, WAL", "open_fixed", timed=False, turns=False),
    System("LangGraph", "langgraph_peer", 200, 100, 500, "SQLite, WAL"),
    System("grammY", "grammy_peer", 1_000, 100, 4_000, "a file for each chat"),
    System("aiogram, Redis", "aiogram_redis", 500, 100, 1_000, "Redis, append-only file", turns=False),
    System("aiogram, memory", "aiogram_fsm", 2_000, 1_000, 5_000, "RAM", durable=False, turns=False),
    System(
        "python-telegram-bot, pickle",
        "telegram_bot_handler",
        *(2_000, 1_000, 500),
        "a pickle file, every 60 s",
        "open_pickle",
        turns=False,
    ),
    System(
        "python-telegram-bot, memory", "telegram_bot_handler", 2_000, 1_000, 5_000, "RAM", durable=False, turns=False
    ),
    System("pyromod", "pyromod_peer", 500, 100, 1_000, "RAM", durable=False, turns=False),
)


def find(name: str) -> System:
    """The system of this name."""
    return next(system for system in SYSTEMS if system.name == name)


def opener(name: str) -> Open:
    """What opens the system of this name; imports it.

    Raises:
        ImportError: it is not installed.
        Missing: something else that it needs is not there.
    """
    system = find(name)
    return cast("Open", getattr(import_module(f"benchmarks.comparison.{system.module}"), system.function))
