"""The users: they answer, are silent, answer twice, and get tired; and what reached each, life by life.

Owns what was sent and acknowledged, and what was seen, with the first faults that show at once: another text under the
same number or key, a room out of order. They draw from one seeded generator; moments are those of the machine.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from random import Random
from typing import Any

from tests.kills.ideal import Wrong, read

HIGH = 64


class User:
    """Somebody who plays.

    Args:
        name: also the id of the room.
        account: where.
    """

    def __init__(self, name: str, account: str) -> None:
        self.name, self.account = name, account
        self.serial = self.secret = 0
        self.resting = True
        self.unacknowledged: dict[str, str] = {}
        self.acknowledged: list[str] = []
        self.last = self.last_in_life = 0


class Crowd:
    """All users of both accounts.

    Args:
        count: how many.
        draw: decides what they do.
        put: sends a row to an account, if it is connected.
    """

    def __init__(self, count: int, draw: Random, put: Callable[..., None]) -> None:
        self.draw, self.put = draw, put
        self.users = [User(f"u{n}", f"sock:{('plain', 'keyed')[n % 2]}") for n in range(count)]
        self.rooms = {(user.account, user.name): user for user in self.users}
        self.said: dict[int, str] = {}
        self.seen: Counter[int] = Counter()
        self.keys: dict[str, int] = {}
        self.refused = self.again = self.answers = self.lives = self.under_way = 0
        self.faults: list[str] = []
        self.leaving = False

    def names(self, account: str) -> str:
        """The users of an account."""
        return " ".join(user.name for user in self.users if user.account == account)

    def begin(self) -> None:
        """Everybody wants to play."""
        self.leaving = False
        for user in self.users:
            if user.resting:
                self._soon(0.5, self._play, user)

    @property
    def done(self) -> bool:
        """Whether nobody plays, and nothing that was sent is unacknowledged."""
        return not self.under_way and all(user.resting and not user.unacknowledged for user in self.users)

    # -- what the bot's process does ----------------------------------------------------------------------------------

    def connected(self, account: str) -> None:
        """A new process is there: what was not acknowledged is delivered again, in order."""
        for user in self.users:
            if user.account == account:
                user.last_in_life = 0
                for name, text in user.unacknowledged.items():
                    self.again += 1
                    self.put(account, "arrival", name, user.name, text)

    def acknowledge(self, name: str) -> None:
        """An arrival is durable."""
        user = self.users[int(name[1:].split("-", maxsplit=1)[0])]
        text = user.unacknowledged.pop(name, None)
        if text is not None:
            self.answers += 1
            user.acknowledged.append(text.removeprefix("/play "))

    def take(self, account: str, number: int, room: str, text: str, key: str) -> None:
        """A message has come; the receipt follows after a moment."""
        user = self.rooms[account, room]
        self._soon(0.004 if self.draw.random() < 0.95 else 0.05, self._confirm, self.lives, account, number)
        known = key in self.keys
        if key and self.keys.setdefault(key, number) != number:
            self.faults.append(f"key {key} is that of message {self.keys[key]} and of {number}")
        if self.said.setdefault(number, text) != text:
            self.faults.append(f"message {number} is {self.said[number]} and {text}")
        if number <= user.last_in_life:
            self.faults.append(f"{room} got message {number} after {user.last_in_life}, in one life")
        user.last_in_life = number
        if known:
            self.refused += 1
            return
        self.seen[number] += 1
        if self.seen[number] == 1 and number < user.last:
            self.faults.append(f"{room} got message {number} for the first time after {user.last}")
        user.last = max(user.last, number)
        self._react(user, text, first=self.seen[number] == 1)

    def _confirm(self, life: int, account: str, number: int) -> None:
        if life == self.lives:  # a receipt dies with the connection that it was meant for
            self.put(account, "receipt", number)

    # -- what users do ------------------------------------------------------------------------------------------------

    def _react(self, user: User, text: str, *, first: bool) -> None:
        try:
            facts = read(text)
        except Wrong as wrong:
            self.faults.append(f"{user.name}: {wrong}")
            return
        kind = facts.get("k")
        if kind == "start":
            user.secret = facts["secret"]
        elif kind == "ask" and (first or self.draw.random() < 0.5):
            mood = self.draw.random()
            for _ in range(1 if mood < 0.87 else 0 if mood < 0.93 else 2):
                self._soon(0.1, self._guess, user)
        elif kind == "end" and first:
            user.resting = True
            if not self.leaving:
                self._soon(0.2, self._play, user)

    def _play(self, user: User) -> None:
        if user.resting and not self.leaving:
            user.resting = False
            user.serial += 1
            self._send(user, f"/play s{user.serial}")

    def _guess(self, user: User) -> None:
        user.serial += 1
        guess = user.secret if self.draw.random() < 0.2 else self.draw.randint(1, HIGH)
        self._send(user, f"s{user.serial} {guess}")

    def _send(self, user: User, text: str) -> None:
        name = f"{user.name}-{user.serial}"
        user.unacknowledged[name] = text
        self.put(user.account, "arrival", name, user.name, text)
        if self.draw.random() < 0.03:
            self._soon(1.0, self.put, user.account, "arrival", name, user.name, text)

    def _soon(self, seconds: float, work: Callable[..., Any], *arguments: Any) -> None:
        self.under_way += 1

        def run() -> None:
            self.under_way -= 1
            work(*arguments)

        asyncio.get_running_loop().call_later(self.draw.random() * seconds, run)
