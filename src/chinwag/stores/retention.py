"""Retention: what is over is kept for a while and then forgotten, with the ids that no network sends again.

Owns when a piece is purged and how large it is; ``sql/retention.sql`` says what a piece is. Time is that of the
commits, so a store that is not used forgets nothing. What failed or diverged is kept: it can go on. Of a conversation
that goes on for years what it said long ago is forgotten, if it was before its last checkpoint: once an hour the old
messages are gone through, a piece behind each commit.
"""

import apsw

from chinwag.ports import Batch
from chinwag.stores.queries import queries

HOUR = 3_600 * 1_000_000
DAY = 24 * HOUR
LEAST = 100
NEWEST = 1 << 62
"""A number that no message has."""


class Retention:
    """Forgets what is old, in small pieces after commits.

    Args:
        over: how long a conversation that is over is kept, in microseconds; 0 for ever.
        seen: how long the ids of consumed messages are kept, in microseconds; 0 for ever.
    """

    __slots__ = ("_next", "_over", "_seen", "_sweeps", "_swept")

    def __init__(self, *, over: int = 30 * DAY, seen: int = 7 * DAY) -> None:
        self._over = over
        self._seen = seen
        self._next = 0
        self._swept = 0
        self._sweeps = 0

    def after(self, connection: apsw.Connection, batch: Batch) -> None:
        """Forget a piece, in proportion to the batch that was committed, so that forgetting keeps up with writing.

        Args:
            connection: the owner's.
            batch: what was committed; the last of its times is the present.
        """
        now = latest(batch)
        if not now:
            return
        if self._over and now >= self._sweeps:
            self._sweep(connection, now, LEAST + len(batch) // 2)
        if now < self._next:
            return
        before = connection.total_changes()
        piece = {
            "ended": now - self._over if self._over else 0,
            "seen": now - self._seen if self._seen else 0,
            "most": LEAST + len(batch) // 2,
        }
        connection.execute(queries()["purge"], piece)
        if connection.total_changes() == before:
            self._next = now + HOUR

    def _sweep(self, connection: apsw.Connection, now: int, most: int) -> None:
        """Go on through the old messages; at the end of them, wait an hour and begin again."""
        ended = now - self._over
        found = connection.execute(queries()["sweep_until"], {"after": self._swept, "most": most}).fetchone()
        until, at = found if found is not None else (NEWEST, now)
        connection.execute(queries()["sweep"], {"ended": ended, "after": self._swept, "until": until})
        self._swept = until
        if at >= ended:
            self._swept, self._sweeps = 0, now + HOUR


def latest(batch: Batch) -> int:
    """The time of a batch, in microseconds: that of the last row which has one; 0 if none has.

    >>> batch = Batch()
    >>> batch.seen.append(("telegram:mybot", "17", 1_800_000_000_000_000))
    >>> latest(batch)
    1800000000000000
    """
    return max(
        batch.seen[-1][2] if batch.seen else 0,
        batch.outbox[-1][6] if batch.outbox else 0,
        batch.births[-1][5] if batch.births else 0,
        batch.ends[-1][3] if batch.ends else 0,
    )
