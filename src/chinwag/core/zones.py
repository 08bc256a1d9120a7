"""Time zones: their names, their dates, and the days on which their clocks change.

Owns every look into the zone data. A zone is an IANA name such as ``Europe/Berlin``; a misspelt one is refused with
those that look like it. Here an instant is whole seconds since 1970 in UTC, and a date is an ordinal, as
``datetime.date.toordinal`` counts.

Rules: a date is *plain* if no clock changes within it or at its edges, and then its midnight and plain addition say
everything. A wall time in a *gap* never is; one that is *repeated* has two instants.
"""

import difflib
import zoneinfo
from datetime import date, datetime, timedelta
from functools import lru_cache

from chinwag.core.errors import UsageError

DAY = 86_400
"""The seconds of a plain day."""

EPOCH = date(1970, 1, 1).toordinal()
"""The date from which instants count, as an ordinal."""

LONGEST_NAME = 64
"""Of a name that is looked for among those that are like it; the longest zone has 32 characters."""

_SECOND = timedelta(seconds=1)

# Files beside the zones, which are whatever the machine is set to. Those in ``right/`` count leap seconds.
_NO_ZONES = {"localtime", "posixrules"}


@lru_cache(maxsize=1024)
def zone(name: str) -> zoneinfo.ZoneInfo:
    """The time zone of an IANA name.

    Args:
        name: such as ``"Europe/Berlin"``.

    Raises:
        UsageError: if there is no such zone; the message names those that look like it.

    >>> zone("Berlin")
    Traceback (most recent call last):
    ...
    chinwag.core.errors.UsageError: no time zone is called 'Berlin'; did you mean 'Europe/Berlin'?
    """
    if not name.startswith(("right/", "posix/")) and name not in _NO_ZONES:
        try:
            return zoneinfo.ZoneInfo(name)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            pass  # answered below, in words
    likely = " or ".join(map(repr, _likely_zones(name)))
    advice = f"did you mean {likely}?" if likely else "write an IANA name such as 'Europe/Berlin' or 'UTC'"
    raise UsageError(f"no time zone is called {name!r:.80}; {advice}")


def date_at(zone_name: str, second: int) -> int:
    """The date that a zone's calendar shows at an instant.

    >>> date.fromordinal(date_at("Pacific/Auckland", 86_399))
    datetime.date(1970, 1, 2)
    """
    return datetime.fromtimestamp(second, zone(zone_name)).toordinal()


def offsets(zone_name: str, wall: datetime) -> tuple[int, int]:
    """Seconds east of UTC at a wall time, the first and the second time that it is shown; in a gap, before and after.

    >>> offsets("Europe/Berlin", datetime(2026, 10, 25, 2, 30))
    (7200, 3600)
    """
    region = zone(zone_name)
    shown = (region.utcoffset(wall.replace(fold=fold)) for fold in (0, 1))
    # `tzinfo` allows an offset of None, which no zone of this kind ever has.
    first, second = ((offset or timedelta()) // _SECOND for offset in shown)
    return first, second


@lru_cache(maxsize=4096)
def midnight(zone_name: str, ordinal: int) -> int | None:
    """The instant at which a plain date begins; ``None`` if the clocks change within it or at its edges.

    >>> midnight("UTC", EPOCH + 1), midnight("Europe/Berlin", date(2026, 3, 29).toordinal())
    (86400, None)
    """
    start = datetime.fromordinal(ordinal)
    edges = (start - timedelta(seconds=1), start, start + timedelta(days=1))
    found = {offset for edge in edges for offset in offsets(zone_name, edge)}
    return (ordinal - EPOCH) * DAY - found.pop() if len(found) == 1 else None


def exists(zone_name: str, ordinal: int) -> bool:
    """Whether a zone had a date at all: Samoa went from 29 to 31 December 2011.

    >>> exists("Pacific/Apia", date(2011, 12, 30).toordinal())
    False
    """
    before, after = offsets(zone_name, datetime.fromordinal(ordinal))
    if before >= after:
        return True
    return date_at(zone_name, gap_end(zone_name, (ordinal - EPOCH) * DAY, before, after)) == ordinal


def gap_end(zone_name: str, naive: int, before: int, after: int) -> int:
    """The first instant after the gap in which a wall time lies.

    Args:
        zone_name: IANA name of the zone.
        naive: the wall time, as if it were UTC.
        before: seconds east of UTC before the gap.
        after: seconds east of UTC after it.

    >>> gap_end("Europe/Berlin", 1_774_751_400, before=3600, after=7200)  # 2026-03-29 02:30
    1774746000
    """
    region = zone(zone_name)
    low, high = naive - after, naive - before
    while high - low > 1:
        middle = (low + high) // 2
        passed = datetime.fromtimestamp(middle, region).utcoffset() == after * _SECOND
        low, high = (low, middle) if passed else (middle, high)
    return high


def _likely_zones(name: str) -> list[str]:
    if len(name) > LONGEST_NAME:  # what takes so long to compare is no misspelt name
        return []
    known = _folded_names()
    close = difflib.get_close_matches(name.casefold().replace(" ", "_"), known, n=3, cutoff=0.7)
    return list(dict.fromkeys(known[one] for one in close))


@lru_cache(maxsize=1)
def _folded_names() -> dict[str, str]:
    """Every zone by its whole name and by its place alone, without regard to case: "berlin" is Europe/Berlin."""
    names = sorted(zoneinfo.available_timezones() - _NO_ZONES)
    return {name.casefold().rpartition("/")[2]: name for name in names} | {name.casefold(): name for name in names}
