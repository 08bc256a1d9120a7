"""A message that is not decided yet, and the room in which it waits for its turn.

Messages that go together, in one call, have the first of them as their ``lead``; they stand behind each other, are
claimed together, and are decided together.
"""

from typing import Any

import msgspec
from msgspec.structs import replace

from chinwag.core.values import Outgoing
from chinwag.runtime.draft import Draft


class Entry(msgspec.Struct, eq=False):
    """A message that is not decided yet.

    ``claimed``: the store has it as being sent. ``durable``: and that is on the disk, so it may go. ``doubtful``: it
    may have arrived already. ``keyed``: it may have, and is sent again under its key while the network knows it.
    ``begun``: when it was first sent, in microseconds. ``size``: how many go together, of their lead.
    """

    room: "Room"
    message: Outgoing
    conversation: int
    network: Any
    once: bool
    claimed: bool = False
    begun: int = 0
    draft: Draft | None = None
    lead: "Entry | None" = None
    attempts: int = 0
    awaited: bool = False
    durable: bool = False
    doubtful: bool = False
    keyed: bool = False
    size: int = 1

    @property
    def together(self) -> list["Entry"]:
        """All that go with it, of their lead; itself is the first."""
        return [self] if self.size == 1 else [one for one in self.room.queue if one is self or one.lead is self]

    def follow(self, queue: list["Entry"]) -> None:
        """Go with its lead once more, if that is not decided."""
        self.lead = next((one for one in queue if one.message.id == self.message.lead), None)
        if self.lead is not None:
            self.lead.size += 1


class Room(msgspec.Struct, eq=False):
    """The messages of one room (account and room), in order; the first may be flying."""

    key: tuple[str, str]
    queue: list[Entry] = []
    flying: bool = False
    timer: Any = None


def joined(
    message: Outgoing, last: Entry | None, draft: Draft, most: int, *, once: bool
) -> tuple[Outgoing, Entry | None]:
    """Let a message go with the one before it, if both were said at the same moment.

    Args:
        message: what is said.
        last: what was said before in this room, and is not decided.
        draft: the moment.
        most: how many may go together.
        once: whether it is rather lost than doubled.

    Returns:
        The message, with its lead's number, and the lead; None if it goes by itself, or is the first.
    """
    lead = None if last is None else last.lead or last
    if lead is not None and lead.draft is draft and lead.size < most and _fits(message, lead, once=once):
        lead.size += 1
        return replace(message, lead=lead.message.id, reply=""), lead
    return message, None


def _fits(message: Outgoing, lead: Entry, *, once: bool) -> bool:
    """Whether both are said to the same user, doubts are met in the same way, and no token is wasted."""
    first = lead.message
    same = message.act == first.act == "say" and message.user == first.user
    return same and lead.once == once and bool(first.reply or not message.reply)
