"""A store with as many parked conversations as one likes, made in seconds.

The real worker runs a few of them, each on a clock of another day, up to its first question; then their rows are cloned
by SQL, column by column as the worker wrote them, with other numbers, users and seeds. Nothing here knows how a row is
to look, only which of its columns hold a number or a user. Whoever uses the store wakes some of the clones, which shows
that they are real. Numbers rise with the time of birth, and so do deadlines, as they do when all wait equally long;
users are shuffled over the numbers. Of messages that are older than the store remembers their ids, there are none.

The oldest tenth has its deadline in six hours' time, all others in days or weeks: a clock set forward makes that tenth
overdue.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw

from benchmarks import disk
from benchmarks.chinwag_system import PATIENCE, InProcess, patient_bot, started
from benchmarks.traffic import Traffic, update_bytes

MINUTE = 60 * 1_000_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
"""Microseconds."""
TEMPLATES = 20
SOON_TEMPLATES = 2
FIRST_PARKED = 2_000_000
"""Telegram's id of the first parked user; the others follow."""
FIRST_NEW = 50_000_000
"""Users, and updates, from here on are new to the store."""
STRIDE = 611_953
"""A prime: users are dealt out in steps of it."""
FIRST_TEMPLATE = 910_000_001
TABLES = ("conv", "address", "journal", "outbox", "timer", "seen")

CLONES = """
CREATE TEMP TABLE clone (i INTEGER PRIMARY KEY, template INTEGER, user INTEGER);
INSERT INTO clone
WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :count)
SELECT i, i * :templates / :count, :first + (i * :stride) % :count FROM n;
"""
CHANGED = {
    "conv.number": "c.i + :base",
    "conv.address": "replace(t.address, :marks + c.template, c.user)",
    "conv.seed": "lower(hex(randomblob(16)))",
    "conv.birth": "replace(t.birth, :marks + c.template, c.user)",
    "address.conv": "c.i + :base",
    "address.address": "replace(t.address, :marks + c.template, c.user)",
    "journal.id": "c.i + :base",
    "journal.conv": "c.i + :base",
    "journal.row": "json_set(t.row, '$[7][0]', c.i + :base)",
    "outbox.number": "c.i + :base",
    "outbox.conv": "c.i + :base",
    "outbox.room": "c.user",
    "outbox.body": "replace(json_set(t.body, '$.id', c.i + :base), :marks + c.template, c.user)",
    "timer.conv": "c.i + :base",
    "seen.id": "c.i + :base",
}
"""What differs from one clone to another. A clone's first message and first row bear the conversation's number."""
TEMPLATE = {"conv": "t.number", "address": "t.conv", "journal": "t.conv", "outbox": "t.conv", "timer": "t.conv"}
ORDERS = {"address": "c.user"}
"""A table that is stored by its key is filled in that order, or it takes minutes."""


@dataclass(frozen=True, slots=True)
class Parked:
    """Who is parked in a store.

    Args:
        count: how many.
    """

    count: int

    @property
    def soon(self) -> int:
        """How many of them have their deadline in six hours: the oldest tenth."""
        return self.count * SOON_TEMPLATES // TEMPLATES

    def user(self, index: int) -> int:
        """Telegram's id of the user of the conversation of this index (from 0)."""
        return FIRST_PARKED + (index * STRIDE) % self.count

    def is_soon(self, index: int) -> bool:
        """Whether this one's deadline comes in six hours."""
        return index < self.soon


FULL = Parked(1_000_000)
QUICK = Parked(20_000)


@contextmanager
def parked_store(parked: Parked) -> Iterator[Path]:
    """The database, made if this run has none yet."""
    with disk.shared() as folder:
        path = folder / f"parked-{parked.count}.db"
        if not path.exists():
            asyncio.run(_templates(path))
            _clone(path, parked)
        yield path


async def _templates(path: Path) -> None:
    """Park one conversation after the other, each on the clock of another day."""
    oldest = int(PATIENCE * 1_000_000) - 6 * HOUR
    soon = [oldest - minute * MINUTE for minute in range(SOON_TEMPLATES)]
    late = [day * DAY for day in range(TEMPLATES - SOON_TEMPLATES, 0, -1)]
    for index, age in enumerate(soon + late):
        network = InProcess()
        worker = await started(path, network, patient_bot, shift=-age)
        body = Traffic(1, first_user=FIRST_TEMPLATE + index).bodies()[0]
        network.feed(update_bytes(FIRST_TEMPLATE + index, body))
        await worker.quiet()
        await worker.stop()


def _clone(path: Path, parked: Parked) -> None:
    """Multiply the templates, and remove them."""
    values = {
        "count": parked.count,
        "templates": TEMPLATES,
        "first": FIRST_PARKED,
        "stride": STRIDE,
        "marks": FIRST_TEMPLATE,
        "base": TEMPLATES + 1,
    }
    database = apsw.Connection(str(path))
    for pragma in ("journal_mode = delete", "synchronous = off", "cache_size = -400000", "temp_store = memory"):
        database.execute(f"PRAGMA {pragma}").fetchall()
    with database:
        database.execute(CLONES, values).fetchall()
        for table in TABLES:
            database.execute(_copy(database, table), values).fetchall()
        for table in TABLES:
            condition = (
                f"{TEMPLATE[table][2:]} <= {TEMPLATES}"
                if table in TEMPLATE
                else f"CAST(id AS INTEGER) >= {FIRST_TEMPLATE}"
            )
            database.execute(f"DELETE FROM {table} WHERE {condition}").fetchall()  # noqa: S608 - names of ours
    database.close()


def _copy(database: apsw.Connection, table: str) -> str:
    """The statement that clones the rows of one table."""
    names = [str(row[1]) for row in database.execute(f"PRAGMA table_info({table})")]
    columns = ", ".join(CHANGED.get(f"{table}.{name}", f"t.{name}") for name in names)
    key = f"{TEMPLATE[table]} = c.template + 1" if table in TEMPLATE else "t.id = CAST(:marks + c.template AS TEXT)"
    order = f" ORDER BY {ORDERS[table]}" if table in ORDERS else ""
    rows = f"SELECT {columns} FROM clone AS c CROSS JOIN {table} AS t ON {key}{order}"  # noqa: S608 - names of ours
    return f"INSERT INTO {table} ({', '.join(names)}) {rows}"
