"""What a commit tells: its rows, taken one by one by whoever expects them, and a complaint for each that is left.

Owns the reading of a ``Batch`` and of a journal's row, and ``Violation``. Knows nothing of why a row should be there.
"""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import Any

import msgspec
from tests.simulation.chat import GONE
from tests.simulation.reference import Opened, Turn

from chinwag.core.values import Arrival
from chinwag.ports import Batch

_decode = msgspec.json.Decoder().decode


class Violation(Exception):
    """An invariant of DESIGN.md does not hold."""

    def __init__(self, invariant: int, words: str) -> None:
        super().__init__(words)
        self.invariant = invariant

    def __str__(self) -> str:
        return f"invariant {self.invariant}: {self.args[0]}"


class Decided(msgspec.Struct):
    """An input, and what it has added to its draft.

    Args:
        item: the input.
        now: when it was decided.
        rows: how many rows the draft's journal had then.
        failed: who failed by it.
    """

    item: Any
    now: int
    rows: int
    failed: set[int]


class Said(msgspec.Struct):
    """A message that is committed."""

    number: int
    conversation: int
    room: str
    text: str
    act: str
    once: bool
    target: int


class Batched:
    """The rows of one commit that are not explained yet."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch
        self.rows: deque[tuple[int, int, Any]] = deque(batch.journal)
        self.says = deque(batch.outbox)
        self.births = deque(batch.births)
        self.inbox = deque(batch.inbox)
        self.seen = deque(batch.seen)
        self.ends = {row[0]: row for row in batch.ends}
        self.statuses = dict(batch.statuses)
        self.failures: set[int] = set()
        self.cut = self.used = 0
        self.checkpoints = set(batch.checkpoints)
        self.stepped = set(batch.stepped)
        self.writes: dict[tuple[str, str], Any] = {}
        self.taken = 0
        self._head: list[Any] | None = None

    # -- journal ------------------------------------------------------------------------------------------------------

    def share(self, decided: Decided) -> None:
        """From here on, what one input has brought about."""
        self.cut = decided.rows
        self.failures = set(decided.failed)

    def head(self) -> list[Any] | None:
        """The next row of this input that is not explained: its conversation and what is in it."""
        return [self.rows[0][0], *self._row()] if self.used < self.cut else None

    def _row(self) -> list[Any]:
        if self._head is None:
            body = bytes(self.rows[0][2])
            if body == b"0":
                number, seq, _ = self.rows[0]
                body = next(bytes(b[3]) for b in self.batch.blobs if b[:3] == ("journal", number, seq))
            head: list[Any] = _decode(body)
            self._head = head
        return self._head

    def begins(self, number: int) -> bool:
        """Whether a conversation that has not begun yet begins with this input."""
        share = self.cut - self.used
        return number in self.failures or any(row[0] == number for row in islice(self.rows, share))

    def row_of(self, number: int) -> list[Any] | None:
        """Take the next row, if it is this conversation's."""
        if self.used >= self.cut or self.rows[0][0] != number:
            return None
        row = self._row()
        self._head = None
        self.used += 1
        self.rows.popleft()
        return row

    def shared(self) -> None:
        """Nothing of this input's share may be left."""
        if self.failures:
            raise Violation(7, f"conversations {self.failures} fail, and should not")
        row = self.head()
        if row is not None:
            number = {"timer": 5, "cancel": 8, "step": 4}.get(row[2], 2)
            raise Violation(number, f"a commit has a turn that nothing brought about: {row}")

    def checkpoint(self, number: int) -> None:
        if number not in self.checkpoints:
            raise Violation(2, f"conversation {number} came to a new state, and the commit has no checkpoint")

    # -- the other tables ---------------------------------------------------------------------------------------------

    def consumes(self, arrival: Arrival, before: dict[Any, Any]) -> bool:
        """Whether it comes for the first time; its id must then be in the commit."""
        key = (arrival.account, arrival.id)
        if key in before or any(
            row[:2] == key for row in list(self.batch.seen)[: len(self.batch.seen) - len(self.seen)]
        ):
            return False
        if not self.seen or self.seen[0][:2] != key:
            raise Violation(1, f"the message {arrival.id} is consumed, and the commit does not note it")
        self.seen.popleft()
        return True

    def birth(self, name: str, place: str, *, attended: bool) -> tuple[int, bytes, int]:
        if not self.births:
            raise Violation(1, f"{name} should begin at {place}, and the commit has no birth")
        number, found, address, seed, by_user, born, _, _ = self.births.popleft()
        if (found, address, bool(by_user)) != (name, place, attended):
            raise Violation(1, f"{name} should begin at {place}, and {found} did at {address}")
        return number, bytes.fromhex(seed), born

    def said(  # noqa: PLR0913 - a row has as many columns
        self,
        conversation: int,
        account: str,
        room: str,
        text: str,
        *,
        once: bool = False,
        number: int = 0,
        target: int = 0,
        act: str = "say",
    ) -> Said:
        if not self.says:
            raise Violation(3, f"conversation {conversation} should say {text!r} in {room}, and the commit does not")
        row = self.says.popleft()
        body = bytes(row[8])
        if body == b"0":
            body = next(bytes(b[3]) for b in self.batch.blobs if b[:3] == ("outbox", row[0], 0))
        told = _decode(body)
        found = (
            row[1],
            row[2],
            row[3],
            told.get("text", ""),
            bool(row[7]),
            told.get("target", 0),
            told.get("act", "say"),
        )
        expected = (conversation, account, room, text, once, target, act)
        if found != expected or (number and number != row[0]):
            raise Violation(2, f"message {row[0]} should be {number} {expected}, and is {found}")
        return Said(row[0], conversation, room, text, act, once, target)

    def kept(self, conversation: int, kind: str) -> None:
        if not self.inbox:
            raise Violation(1, f"conversation {conversation} should keep a {kind}, and the commit does not")
        row = self.inbox.popleft()
        if (row[1], row[2]) != (conversation, kind):
            raise Violation(1, f"conversation {conversation} should keep a {kind}, and the commit has {row[:3]}")

    def wrote(self, user: str, key: str, value: Any) -> None:
        self.writes[user, key] = value

    def outcome(self, number: int, path: str) -> None:
        self.stepped.discard((number, path))

    def moved(self, number: int) -> Any:
        """The row by which a schedule moves on."""
        return next((row for row in self.batch.schedules if row[0] == number), None)

    def fails(self, number: int) -> bool:
        return number in self.failures

    def ended(self, number: int, status: str) -> None:
        row = self.ends.pop(number, None)
        if row is None or row[2] != status:
            raise Violation(8, f"conversation {number} should be {status}, and the commit has {row}")

    def diverges(self, number: int, why: str) -> None:
        row = self.statuses.get(number)
        if row is None or row[1] != "diverged" or not row[3]:
            raise Violation(6, f"conversation {number} no longer matches its journal ({why}), and the commit has {row}")

    def goes_on(self, number: int) -> None:
        row = self.statuses.get(number)
        if row is None:
            raise Violation(6, f"conversation {number} goes on, and the commit does not say so")

    def finish(self) -> None:
        """Nothing may be left."""
        for invariant, what, left in (
            (2, "turns", self.rows),
            (3, "messages", self.says),
            (1, "births", self.births),
            (1, "kept inputs", self.inbox),
            (1, "ids", self.seen),
            (8, "ends", self.ends),
        ):
            if left:
                raise Violation(invariant, f"a commit has {what} that nothing brought about: {list(left)[:3]}")
        if len(self.batch.taken) != self.taken:
            raise Violation(1, f"{len(self.batch.taken)} kept inputs are taken, and {self.taken} should be")
        self._data()

    def _data(self) -> None:
        for where, value in self.writes.items():
            if value is GONE:
                if where not in self.batch.deletes:
                    raise Violation(2, f"{where} of chat.data should be deleted, and is not")
            elif where not in self.batch.writes or _decode(self.batch.writes[where][2]) != value:
                raise Violation(2, f"{where} of chat.data should be {value!r}, and the commit does not say so")
        if len(self.batch.writes) + len(self.batch.deletes) != len(self.writes):
            raise Violation(2, "a commit writes to chat.data what no turn wrote")


def turn_of(batched: Batched, row: list[Any] | None, cause: str, how: str, last: int) -> Turn:
    """The turn to be predicted: its time is that of its row, its numbers are the next of the commit."""
    first = batched.says[0][0] if row is not None and batched.says else 0
    turn = Turn(row[0] if row is not None else last, cause, first, [birth[0] for birth in batched.births])
    turn.how = how
    return turn


def compare_row(number: int, turn: Turn, row: list[Any], due: int) -> None:
    """A turn as predicted, and its row."""
    at, cause, path, how = row[:4]
    if (turn.at, turn.cause, turn.path, turn.how) != (at, cause, path, how):
        msg = (
            f"conversation {number}: the turn should be {(turn.at, turn.cause, turn.path, turn.how)}, and is {row[:4]}"
        )
        raise Violation(2, msg)
    if due and at < due:
        raise Violation(5, f"conversation {number}: the deadline {due} came at {at}")
    waits = [_wait(opened) for opened in turn.opened]
    found = [(o[0], o[1], o[5], o[6]) for o in row[5]]
    if waits != found:
        raise Violation(2, f"conversation {number} should wait for {waits}, and waits for {found}")
    said = [turn.first, turn.said] if turn.said else [0, 0]
    if (turn.drawn, said) != (row[6], row[7]):
        raise Violation(2, f"conversation {number} should draw {turn.drawn} and say {said}, not {row[6:8]}")
    if [tuple(start) for start in row[8]] != turn.starts:
        raise Violation(2, f"conversation {number} should start {turn.starts}, not {row[8]}")
    read = {key: [] if value is GONE else [value] for key, value in turn.read.items()}
    if (read, turn.keys, turn.patches) != (row[9], row[10], row[11]):
        raise Violation(2, f"conversation {number} should see {(read, turn.keys, turn.patches)}, not {row[9:12]}")


def _wait(opened: Opened) -> tuple[str, str, int, int]:
    return opened.path, opened.kind, opened.due, opened.prompt
