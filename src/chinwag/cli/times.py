"""Instants as text: microseconds since the epoch, in UTC for programs, by their own clock for people."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def iso(at: int) -> str:
    """An instant for a program.

    Args:
        at: microseconds since the epoch.

    >>> iso(1_750_000_000_500_000)
    '2025-06-15T15:06:40.500000+00:00'
    """
    return (EPOCH + timedelta(microseconds=at)).isoformat()


def moment(text: str) -> str:
    """The same for somebody at this machine: its own zone, to the second.

    Args:
        text: what ``iso`` has made.

    >>> len(moment("2025-06-15T15:06:40.500000+00:00"))
    19
    """
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M:%S")
