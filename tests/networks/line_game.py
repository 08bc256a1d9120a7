"""People who play guess the number on LINE, each by a plan of their own, and check every word that they hear.

A player pushes as LINE does: signed, and once more, as a redelivery, until the push is answered with 200.
"""

import asyncio
import random
from collections.abc import Iterable
from typing import Any

from tests.servers.line.line_emulator import LineEmulator
from tests.servers.line.line_events import redelivered, says

HINT = "input 'guess' to play the game!"
NO_NUMBER = "Please input an integer."
PAUSE = 0.05
"""Seconds before a push that nobody answered comes again."""


class Player:
    """One user with one game.

    Args:
        line: LINE.
        url: the webhook.
        user: who.
        room: the group; empty for a direct chat.
        seed: makes the plan.
    """

    def __init__(self, line: LineEmulator, url: str, user: str, room: str, seed: int) -> None:
        self.line, self.url, self.user, self.room = line, url, user, room
        self._chance = random.Random(seed)  # noqa: S311 - a plan, no secret
        self.expected: list[str] = []
        self.pushes = self.redeliveries = 0
        self.over = False

    async def play(self) -> None:
        """Play to the end."""
        low = self._chance.randint(-50, 50)
        high = low + self._chance.choice((0, 1, 10, 100))
        if not self.room:
            await self.says("hello", HINT)
        await self.says("guess", "From what number?")
        if self._chance.random() < 0.3:
            await self.says("guess", NO_NUMBER, "From what number?")
        await self.says(str(low), "To what number?")
        if self._chance.random() < 0.3:
            await self.says(str(low - 1), f"Please input a number that is at least {low}.", "To what number?")
        await self.says(str(high), f"Guess a number between {low} to {high}")
        await self._search(low, high)
        self.over = True

    async def _search(self, low: int, high: int) -> None:
        """Halve until it is found; every hint must be one that a secret number within the bounds can give."""
        hint = f"Guess a number between {low} to {high}"
        for count in range(1, 200):
            if self._chance.random() < 0.1:
                await self.says("what?", NO_NUMBER, hint)
            guess = (low + high) // 2
            (heard,) = await self.says(str(guess))
            if heard == f"You spent {count} times to guess the secret number.":
                return
            assert heard in {"Too large", "Too small"}, f"{self.user} in {self.room} heard {heard!r}"
            low, high = (guess + 1, high) if heard == "Too small" else (low, guess - 1)
            assert low <= high, f"{self.user} was told of a number that is none"
            hint = heard
        raise AssertionError("nobody needs so many")

    async def says(self, text: str, *wanted: str) -> list[str]:
        """Write; what was heard is what was wanted, where that is known."""
        event = says(self.user, text, self.room)
        await self._push(event)
        heard = await self._hears(event, len(wanted) or 1)
        assert not wanted or heard == list(wanted), f"{self.user} said {text!r} in {self.room} and heard {heard}"
        return heard

    async def _push(self, event: dict[str, Any]) -> None:
        status = await self.line.deliver(self.url, event)
        self.pushes += 1
        while status != 200:
            assert status in {0, 503}, status
            await asyncio.sleep(PAUSE)  # LINE waits longer
            self.redeliveries += 1
            status = await self.line.deliver(self.url, redelivered(event))

    async def _hears(self, event: dict[str, Any], count: int) -> list[str]:
        """In a group by the token of what was said, as texts there name nobody; else what comes next in the chat."""
        if self.room:
            return await self.line.answer(event)
        before = len(self.expected)
        found = await self.line.wait_texts(self.user, before + count)
        self.expected = found
        return found[before:]


async def play_all(players: Iterable[Player]) -> None:
    """Let all play at once; the first who hears a wrong word ends it."""
    async with asyncio.TaskGroup() as group:
        for player in players:
            group.create_task(player.play())
