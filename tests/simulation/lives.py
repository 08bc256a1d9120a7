"""The lives of conversations in the model: which there are, where each is, what it keeps.

Owns ``Life`` and ``Conversations``. Decides nothing; who does what is in ``turning``, ``routes``, ``model``.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from tests.simulation.chat import Raised
from tests.simulation.reference import WAITING, Branch, Tale

from chinwag.core.errors import ChinwagError
from chinwag.core.values import Arrival, Texts

UNBEGUN, DIVERGED, OVER = "unbegun", "diverged", "over"
TEXTS = Texts()
Held = tuple[str, Any]
"""An input that is kept: its kind and its value."""


class Life:
    """What the world knows of one conversation beside its tale."""

    __slots__ = (
        "address",
        "attended",
        "born",
        "died",
        "held",
        "home",
        "index",
        "mail",
        "number",
        "room",
        "stale",
        "status",
        "tale",
    )

    def __init__(self, tale: Tale, index: int, address: str, *, attended: bool) -> None:
        self.tale, self.index, self.address, self.attended = tale, index, address, attended
        self.number = tale.number
        self.room = address.split("/")[1]
        self.status = UNBEGUN
        self.mail: deque[Arrival] = deque()
        self.held: list[Held] = []
        self.stale = False

    def waits(self) -> list[Branch]:
        return self.tale.waits() if self.status == WAITING else []

    def earliest(self) -> int:
        return self.tale.earliest() if self.status == WAITING else 0


class Conversations:
    """All lives, by number and by where they are."""

    def __init__(self) -> None:
        self.all: dict[int, Life] = {}
        self.places: dict[str, list[Life]] = {}
        self.notes: dict[str, dict[str, Any]] = {}

    def data(self, address: str) -> dict[str, Any]:
        return self.notes.setdefault(user_of(address), {})

    def add(self, life: Life) -> None:
        self.all[life.number] = life
        self.settle(life)

    def settle(self, life: Life) -> None:
        """It lives at its address, among the others in the order of age."""
        here = self.places.setdefault(life.address, [])
        if life not in here:
            here.append(life)
            here.sort(key=lambda one: one.number)

    def leave(self, life: Life) -> None:
        self.places[life.address].remove(life)

    def here(self, address: str) -> list[Life]:
        return [life for life in self.places.get(address, ()) if life.status != UNBEGUN]


def user_of(address: str) -> str:
    account, _, user = address.split("/")
    return address if user == "*" else f"{account}/{user}"


def runs(index: int, here: list[Life]) -> bool:
    return any(life.index == index for life in here)


def questions(life: Life) -> list[Branch]:
    return life.tale.questions() if life.status == WAITING else []


def raised(error: BaseException) -> Raised:
    """A step's error by its name."""
    named = type(error).__name__
    return Raised(named, str(error) if not isinstance(error, ChinwagError) else "")
