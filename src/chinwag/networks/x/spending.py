"""What an account may spend in a month, and has spent. Pure.

Owns the count. It is raised before a call and made durable before that is made, so a kill never makes it too low; what
X certainly did not take is given back. A month begins at midnight, UTC, on the day that X bills from.
"""

from datetime import UTC, datetime, timedelta

from msgspec import Struct

SPENT = "spent"
POSTS, READS = "posts", "reads"


class Spending:
    """The count of one account.

    Args:
        posts: how many posts a month may have.
        reads: how many posts of others may be read in one.
        begins: the day on which a month begins.

    >>> spending = Spending(posts=2, reads=0, begins=1)
    >>> noon = datetime(2026, 11, 28, 12, tzinfo=UTC).timestamp()
    >>> spending.take(POSTS, 2, noon), spending.take(POSTS, 1, noon), spending.left(POSTS, noon)
    (True, False, 0)
    >>> spending.take(POSTS, 1, noon + 3 * 86400)
    True
    """

    __slots__ = ("_begins", "_most", "_spent")

    def __init__(self, posts: int, reads: int, begins: int) -> None:
        self._most = {POSTS: posts, READS: reads}
        self._begins = begins
        self._spent = Spent()

    def restore(self, kept: object) -> None:
        """Take up what was spent before a restart; what is no such record is none."""
        if not isinstance(kept, dict):
            return
        month, posts, reads = kept.get("month"), kept.get(POSTS), kept.get(READS)
        if isinstance(month, str) and isinstance(posts, int) and isinstance(reads, int):
            self._spent = Spent(month, max(0, posts), max(0, reads))

    @property
    def kept(self) -> dict[str, object]:
        """What is to be remembered."""
        return {"month": self._spent.month, POSTS: self._spent.posts, READS: self._spent.reads}

    def most(self, what: str) -> int:
        """How much a month has."""
        return self._most[what]

    def left(self, what: str, now: float) -> int:
        """How much is left of this month.

        Args:
            what: posts or reads.
            now: in seconds since the epoch.
        """
        spent = self._of(now)
        return max(0, self._most[what] - (spent.posts if what == POSTS else spent.reads))

    def take(self, what: str, count: int, now: float) -> bool:
        """Spend; false, and nothing is spent, if so much is not left.

        Args:
            what: posts or reads.
            count: how many.
            now: in seconds since the epoch.
        """
        if count > self.left(what, now):
            return False
        self._add(what, count, now)
        return True

    def give_back(self, what: str, count: int, now: float) -> None:
        """It was not spent after all."""
        self._add(what, -count, now)

    def resets(self, now: float) -> float:
        """When the next month begins, in seconds since the epoch.

        Args:
            now: in seconds since the epoch.
        """
        begun = self._begun(now)
        after = begun + timedelta(days=31)
        return after.replace(day=self._begins).timestamp()

    def _add(self, what: str, count: int, now: float) -> None:
        spent = self._of(now)
        posts = spent.posts + (count if what == POSTS else 0)
        reads = spent.reads + (count if what == READS else 0)
        self._spent = Spent(spent.month, max(0, posts), max(0, reads))

    def _of(self, now: float) -> "Spent":
        """What is spent of the month that it is; a clock that is set back finds the later month's."""
        month = self._begun(now).date().isoformat()
        return self._spent if self._spent.month >= month else Spent(month)

    def _begun(self, now: float) -> datetime:
        today = datetime.fromtimestamp(now, UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        if today.day >= self._begins:
            return today.replace(day=self._begins)
        return (today.replace(day=1) - timedelta(days=1)).replace(day=self._begins)


class Spent(Struct, frozen=True):
    """What was spent in a month, which is named by the day on which it began."""

    month: str = ""
    posts: int = 0
    reads: int = 0
