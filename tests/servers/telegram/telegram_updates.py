"""The updates of one bot that it has not confirmed yet, serialised once, when they happen.

An update is confirmed by a `getUpdates` with a higher offset, or by a webhook's 2xx. `getUpdates` only joins bytes, so
that a benchmark measures the client and not this server. Faults are planned here too, as far as they concern what is
delivered: a lost offset, doubled updates.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from itertools import count, islice
from typing import Any, NamedTuple

import msgspec

OPTIONAL = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds that a bot gets only when it asks for them."""

KINDS = frozenset({
    *("message", "edited_message", "channel_post", "edited_channel_post", "inline_query", "chosen_inline_result"),
    *("callback_query", "shipping_query", "pre_checkout_query", "poll", "poll_answer", "my_chat_member", "chat_member"),
    *("chat_join_request", "chat_boost", "removed_chat_boost", "message_reaction", "message_reaction_count"),
    *("business_connection", "business_message", "edited_business_message", "deleted_business_messages"),
    *("purchased_paid_media", "managed_bot", "guest_message"),
})  # fmt: skip
DEFAULT = KINDS - OPTIONAL


class Update(NamedTuple):
    """One update: its id, the bytes that are delivered, and whose order it has to keep."""

    id: int
    body: bytes
    lane: int
    """The chat: updates of one chat keep their order at a webhook."""


class Updates:
    """The queue of one bot."""

    def __init__(self, first: int) -> None:
        self.pending: deque[Update] = deque()
        self.allowed: frozenset[str] = DEFAULT
        self.last: dict[int, Update] = {}
        """The newest confirmed ones, for an offset that gets lost."""
        self.duplicates = 0
        """How many of the next updates are delivered twice."""
        self.lost_offsets = 0
        """How many of the next calls of `getUpdates` have their offset lost on the way."""
        self.confirmed = 0
        """How many updates the bot has confirmed in all."""
        self.on_arrival: Callable[[Update], None] | None = None
        """A webhook's, told of each update as it happens."""
        self._ids = count(first)
        self._waiter: asyncio.Future[None] | None = None

    def put(self, kind: str, content: Any, lane: int) -> int | None:
        """Queue an update; its id, or None if the bot does not want such updates."""
        if kind not in self.allowed:
            return None
        return self.push(b'"' + kind.encode() + b'":' + msgspec.json.encode(content) + b"}", lane)

    def push(self, rest: bytes, lane: int = 0) -> int:
        """Queue an update of any content: its JSON behind the id, the closing brace included."""
        number = next(self._ids)
        update = Update(number, b'{"update_id":%d,' % number + rest, lane)
        for _ in range(2 if self.duplicates else 1):
            self.pending.append(update)
            if self.on_arrival:
                self.on_arrival(update)
        self.duplicates -= self.duplicates > 0
        self.wake()
        return number

    def push_all(self, rests: Iterable[bytes]) -> int:
        """Queue many; how many there were."""
        before = len(self.pending)
        self.pending.extend(Update(number := next(self._ids), b'{"update_id":%d,' % number + rest, 0) for rest in rests)
        self.wake()
        return len(self.pending) - before

    @property
    def waiting(self) -> bool:
        """Whether a poll waits now."""
        return self._waiter is not None and not self._waiter.done()

    def wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    def allow(self, kinds: Any) -> None:
        """Take `allowed_updates` of a call; an empty list means the default, none given leaves it as it was."""
        if isinstance(kinds, list):
            self.allowed = frozenset(kinds) & KINDS or DEFAULT

    def confirm(self, offset: int) -> None:
        """Forget all updates before this one; a negative offset keeps that many of the newest."""
        if self.lost_offsets:
            self.lost_offsets -= 1
            self.pending.extendleft(reversed(self.last.values()))
            self.confirmed -= len(self.last)
            self.last = {}
            return
        if offset < 0:
            offset = self.pending[max(offset, -len(self.pending))].id if self.pending else 0
        gone = {}
        while self.pending and self.pending[0].id < offset:
            update = self.pending.popleft()
            gone[update.id] = update
        self.confirmed += len(gone)
        self.last = gone or self.last

    def delivered(self, update: Update) -> None:
        """A webhook has taken it."""
        if self.pending and self.pending[0] is update:
            self.pending.popleft()
        else:
            self.pending.remove(update)
        self.confirmed += 1

    def clear(self) -> None:
        self.pending.clear()
        self.last = {}

    def page(self, limit: int) -> bytes:
        """The answer of `getUpdates`."""
        return b'{"ok":true,"result":[' + b",".join(update.body for update in islice(self.pending, limit)) + b"]}"

    async def arrival(self, seconds: float) -> bool:
        """Wait until there is an update; False if time ran out, True also if `abort` was called."""
        if self.pending:
            return True
        self._waiter = waiter = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait([waiter], timeout=seconds)
        finally:
            if self._waiter is waiter:
                self._waiter = None
        if waiter.done():
            waiter.result()
        return waiter.done()

    def abort(self, error: Exception) -> None:
        """End the poll that waits, if one does, with this error."""
        if self._waiter and not self._waiter.done():
            self._waiter.set_exception(error)
