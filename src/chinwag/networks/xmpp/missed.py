"""What came while the bot was down and is too old to be answered: kept in the store, for an operator to read.

Owns how much of it is kept: the newest of each account, and of a long one its beginning.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from chinwag.core.values import Arrival
from chinwag.ports import Memory

KEPT = "missed"
"""Under what it is kept."""
MOST = 1_000
LONGEST = 1_000
"""Characters of a text."""


class Missed(Struct, frozen=True):
    """A message that nobody answered.

    Args:
        id: what it is known by, so that it is kept once.
        at: when it was said, in microseconds.
        room: where.
        user: who said it.
        text: the words; of files their addresses.
    """

    id: str
    at: int
    room: str
    user: str
    text: str


def missed(arrival: Arrival) -> Missed:
    """What is kept of a message.

    >>> missed(Arrival("xmpp:medbot", "ann@x.org", "ann@x.org", "yes", "d 17", at=5)).text
    'yes'
    """
    words = "\n".join([arrival.text, *(file.link for file in arrival.attachments)]).strip()
    return Missed(arrival.id, arrival.at, arrival.room, arrival.user, words[:LONGEST])


class Record:
    """All that one account has missed.

    Attributes:
        memory: where it is kept; None, and it is not.
    """

    def __init__(self) -> None:
        self.memory: Memory | None = None

    async def add(self, arrivals: Sequence[Arrival]) -> None:
        """Keep messages; they are durable when this returns, and one that is there already is kept once."""
        if self.memory is None:
            return
        kept: list[Any] = (await self.memory.recall()).get(KEPT, [])
        known = {one["id"] for one in kept}
        new = [missed(arrival) for arrival in arrivals if arrival.id not in known]
        await self.memory.keep(KEPT, [*kept, *map(msgspec.to_builtins, new)][-MOST:])
