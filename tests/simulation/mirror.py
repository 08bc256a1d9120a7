"""What the store must hold: the batches that are durable, applied to plain dictionaries.

Owns the meaning of ``chinwag.ports.Batch``, told a second time, and the comparison of a database with it, row by row.
Knows no SQL but one SELECT a table. What retention may have forgotten is let go.
"""

from __future__ import annotations

from typing import Any

import apsw
import msgspec

from chinwag.ports import Batch

DAY = 86_400_000_000
OVER, SEEN = 30 * DAY, 7 * DAY
Row = list[Any]

SELECTS = {
    "conv": "SELECT number, name, address, status, base, draws, attended FROM conv",
    "address": "SELECT conv, address, 0 FROM address",
    "journal": "SELECT conv, seq, row FROM journal",
    "seen": "SELECT account, id, at FROM seen",
    "inbox": "SELECT id, conv, kind, body FROM inbox",
    "outbox": "SELECT number, conv, room, status, epoch, attempts, doubled, awaited, once, ref, error FROM outbox",
    "timer": "SELECT conv, due FROM timer",
    "step": "SELECT conv, path, epoch FROM step",
    "data": "SELECT user, key, value FROM data",
    "schedule": "SELECT number, name, address, zone, spec, due, anchor FROM schedule",
}
KEYS = {"address": 2, "journal": 2, "seen": 2, "step": 2, "data": 2}


class Mirror:
    """The tables."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[Any, Row]] = {name: {} for name in SELECTS}
        self.changed: dict[int, int] = {}
        self.at = 0

    def __getattr__(self, name: str) -> dict[Any, Row]:
        table: dict[Any, Row] = self.__dict__["tables"][name]
        return table

    def apply(self, batch: Batch) -> None:
        """One durable batch, field by field in their order."""
        for name in Batch.ORDER:
            rows: Any = getattr(batch, name)
            if rows:
                put = getattr(self, f"_{name}", None)
                if put is not None:
                    for row in rows.values() if isinstance(rows, dict) else rows:
                        put(row)

    def _births(self, row: Any) -> None:
        number, name, address, _, attended, born, _, _ = row
        self.conv[number] = [name, address, "waiting", 0, 0, attended]
        self.address[number, address] = [0]
        self.changed[number] = born

    def _journal(self, row: Any) -> None:
        conv, seq, body = row
        self.journal[conv, seq] = [bytes(body)]

    def _checkpoints(self, row: Any) -> None:
        number, base, draws, _, _ = row
        conv = self.conv[number]
        first = conv[3]
        conv[3], conv[4] = base, draws
        for seq in range(first, base):
            self.journal.pop((number, seq), None)

    def _seen(self, row: Any) -> None:
        self.seen[row[0], row[1]] = [row[2]]
        self.at = max(self.at, row[2])

    def _inbox(self, row: Any) -> None:
        number, conv, kind, _, body = row
        self.inbox[number] = [conv, kind, bytes(body)]

    def _taken(self, row: Any) -> None:
        self.inbox.pop(row[0], None)

    def _outbox(self, row: Any) -> None:
        number, conv, _, room, status, epoch, at, once, _ = row
        self.outbox[number] = [conv, room, status, epoch, 0, 0, 0, once, "", ""]
        self.at = max(self.at, at)

    def _marks(self, row: Any) -> None:
        number, status, ref, error, attempts, heard = row
        found = self.outbox.get(number)
        if found is not None:
            found[2], found[4], found[8], found[9] = status, attempts, ref, error
            found[6] = max(found[6], heard)

    def _retried(self, row: Any) -> None:
        found = self.outbox[row[0]]
        found[5] += found[2] == "uncertain"
        found[2], found[9] = "pending", ""

    def _promotions(self, row: Any) -> None:
        number, epoch, doubled = row
        found = self.outbox[number]
        found[2], found[3] = "sending", epoch
        found[5] += doubled

    def _heard(self, row: Any) -> None:
        if row[0] in self.outbox:
            self.outbox[row[0]][6] = 0

    def _awaited(self, row: Any) -> None:
        if row[0] in self.outbox:
            self.outbox[row[0]][6] = 1

    def _stepped(self, row: Any) -> None:
        self.step.pop((row[0], row[1]), None)

    def _steps(self, row: Any) -> None:
        self.step[row[0], row[1]] = [row[2]]

    def _writes(self, row: Any) -> None:
        self.data[row[0], row[1]] = [bytes(row[2])]

    def _deletes(self, row: Any) -> None:
        self.data.pop((row[0], row[1]), None)

    def _timers(self, row: Any) -> None:
        self.timer[row[0]] = [row[1]]
        if not row[1]:
            del self.timer[row[0]]

    def _schedules(self, row: Any) -> None:
        self.schedule[row[0]] = list(row[1:])

    def _unscheduled(self, row: Any) -> None:
        self.schedule.pop(row[0], None)

    def _statuses(self, row: Any) -> None:
        number, status, at, _, _, keeps = row
        conv = self.conv[number]
        conv[2] = status
        self.changed[number] = at
        if keeps:
            self.address[number, conv[1]] = [0]
        else:
            self.address.pop((number, conv[1]), None)
            self.timer.pop(number, None)

    def _ends(self, row: Any) -> None:
        number, address, status, at = row
        self.conv[number][2] = status
        self.changed[number] = at
        self.address.pop((number, address), None)
        self.timer.pop(number, None)
        for table in (self.step, self.inbox):
            mine = [key for key, held in table.items() if (key[0] if isinstance(key, tuple) else held[0]) == number]
            for key in mine:
                del table[key]

    # -- comparing ----------------------------------------------------------------------------------------------------

    def differs(self, connection: apsw.Connection) -> str:
        """The first difference to a database, in words; empty if there is none."""
        for name, sql in SELECTS.items():
            width = KEYS.get(name, 1)
            there = {}
            for row in connection.execute(sql):
                there[row[:width] if width > 1 else row[0]] = list(row[width:])
            words = self._table(name, there)
            if words:
                return words
        return ""

    def _table(self, name: str, there: dict[Any, Row]) -> str:
        mine = self.tables[name]
        for key, row in there.items():
            if key not in mine:
                return f"{name} {key} is in the store and was never committed: {row}"
            if not _same(mine[key], row):
                return f"{name} {key} is {row} in the store, and {mine[key]} was committed"
        if len(there) < len(mine):
            for key in mine:
                if key not in there and not self._forgotten(name, key):
                    return f"{name} {key} was committed and is not in the store: {mine[key]}"
        return ""

    def _forgotten(self, name: str, key: Any) -> bool:
        if name == "seen":
            return bool(self.seen[key][0] < self.at - SEEN)
        conv = (
            key if name == "conv" else key[0] if name == "journal" else self.outbox[key][0] if name == "outbox" else -1
        )
        return conv == 0 or (conv > 0 and self.changed[conv] < self.at - OVER)


def _same(mine: Row, there: Row) -> bool:
    if mine == there:
        return True
    return len(mine) == len(there) and all(a == b or _equal(a, b) for a, b in zip(mine, there, strict=True))


def _equal(mine: Any, there: Any) -> bool:
    """A body as it was encoded, and as SQLite gives it back."""
    if not isinstance(mine, bytes):
        return False
    return bool(mine == b"0" or mine == there.encode() or msgspec.json.decode(mine) == msgspec.json.decode(there))
