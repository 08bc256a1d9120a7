"""When something is due again: every day at a wall time, every so often, or by a cron expression.

Owns the schedules, their text in the store, and what becomes of runs that were missed. It reads no clock: ``now`` and
``after`` are arguments, instants are whole microseconds since 1970 in UTC, and zones are IANA names.

Rules: wall time and zone are what counts for ``Daily`` and ``Cron``, elapsed time for ``Every``. A daily run happens
once per date. After a downtime only the latest missed run counts. Which instants those are is found in ``recurrence``.
Refuses a bad time, expression or zone in words, when it is written down.
"""

import re
from datetime import date, datetime, timedelta
from functools import lru_cache, partial

import msgspec
from cronsim import CronSim, CronSimError

from chinwag.core.durations import LONGEST, SECOND, microseconds
from chinwag.core.errors import UsageError
from chinwag.core.recurrence import FIRST, LAST, Pattern, count, run_after, run_until
from chinwag.core.zones import zone

__all__ = [
    "Cron",
    "Daily",
    "Decision",
    "Every",
    "Schedule",
    "cron",
    "daily",
    "describe",
    "due_run",
    "every",
    "from_text",
    "next_run",
    "to_text",
    "zone",
]

_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?", re.ASCII)
_FIELDS = {"minute": "0-59", "hour": "0-23", "day-of-month": "1-31", "month": "1-12", "day-of-week": "0-7 or SUN-SAT"}
_NICKNAMES = {
    "@HOURLY": "0 * * * *",
    "@DAILY": "0 0 * * *",
    "@MIDNIGHT": "0 0 * * *",
    "@WEEKLY": "0 0 * * 0",
    "@MONTHLY": "0 0 1 * *",
    "@YEARLY": "0 0 1 1 *",
    "@ANNUALLY": "0 0 1 1 *",
}
_UNITS = {"day": 86_400 * SECOND, "hour": 3_600 * SECOND, "minute": 60 * SECOND, "second": SECOND}


class Daily(msgspec.Struct, frozen=True):
    """Once per date at a wall time, ``"20:00"`` or ``"20:00:30"``. Made by ``daily``."""

    at: str


class Every(msgspec.Struct, frozen=True):
    """Every ``period`` microseconds of elapsed time, more than 0 and at most a hundred years. Made by ``every``."""

    period: int

    def __post_init__(self) -> None:
        if not 0 < self.period <= LONGEST:
            raise UsageError("a schedule's period is more than nothing and at most 100 years; write every(minutes(5))")


class Cron(msgspec.Struct, frozen=True):
    """Whenever the wall clock meets a cron expression of five fields. Made by ``cron``."""

    expression: str


Schedule = Daily | Every | Cron


class Decision(msgspec.Struct, frozen=True):
    """What to do about a schedule that was due.

    Args:
        run: whether to run now, once.
        skipped: how many runs were missed and are not made up for.
        next_due: the first run after now, in microseconds since 1970; ``None`` if there is none.
    """

    run: bool
    skipped: int
    next_due: int | None


def daily(at: str) -> Daily:
    """Every day at a wall time.

    Args:
        at: the time of day on a 24-hour clock, ``"HH:MM"`` or ``"HH:MM:SS"``.

    Raises:
        UsageError: if ``at`` is not a time of day.

    >>> daily("8:00")
    Daily(at='08:00')
    """
    hour, minute, second = _clock(at)
    return Daily(f"{hour:02}:{minute:02}" + (f":{second:02}" if second else ""))


def every(period: float | timedelta) -> Every:
    """Every so often, by elapsed time, whatever the clocks on the wall do.

    Args:
        period: seconds or a ``timedelta``; more than 0, at most a hundred years.

    Raises:
        UsageError: if ``period`` is no such duration.

    >>> every(timedelta(minutes=5))
    Every(period=300000000)
    """
    return Every(microseconds(period))


def cron(expression: str) -> Cron:
    """Whenever the wall clock meets a cron expression.

    As Debian's cron has it: five fields (minute, hour, day of month, month, day of week). If neither day field begins
    with a star, either of them is enough, otherwise both must match. Days may be ``L``, ``LW``, ``MON#2``, ``5L``.
    What happens when the clocks change is said at ``next_run``.

    Args:
        expression: the five fields, such as ``"0 20 * * MON"``.

    Raises:
        UsageError: if the expression is not understood or never comes true.

    >>> cron("0 20 * * mon")
    Cron(expression='0 20 * * MON')
    """
    if not isinstance(expression, str):
        raise UsageError(f"cron() takes a text such as '0 20 * * MON', not {type(expression).__name__}")
    schedule = Cron(" ".join(expression.upper().split()))
    if run_after(_pattern(schedule), 0, "UTC") is None:
        raise UsageError(f"cron({expression!r}) never comes true: no date meets it; check its day and month fields")
    return schedule


def next_run(schedule: Schedule, after: int, zone_name: str, *, anchor: int = 0) -> int | None:
    """The first run strictly after an instant.

    When the clocks change, ``Daily`` and any ``Cron`` of fixed hours and minutes keep to one run for a date and time: a
    time that does not exist runs at the first instant after the gap, be it past midnight; one that exists twice runs
    the first time; a date that a zone left out altogether has no run. A ``Cron`` whose minute or hour begins with a
    star goes by the clock instead, as Debian's does: what the clock skips does not run, what it shows twice runs twice.

    Args:
        schedule: what is to be run.
        after: microseconds since 1970, UTC.
        zone_name: IANA name of the zone whose wall clock counts; without effect on ``Every``.
        anchor: where ``Every`` counts from: its runs are ``anchor + k * period``, ``k`` any whole number.

    Returns:
        Microseconds since 1970, UTC, or ``None`` if there is no run any more before the calendar ends.

    Raises:
        UsageError: if there is no such zone.

    >>> new_year = 1_767_222_000_000_000  # 2026-01-01 00:00 in Berlin
    >>> (next_run(daily("20:00"), new_year, "Europe/Berlin") - new_year) / 3_600_000_000
    20.0
    """
    if isinstance(schedule, Every):
        return after + schedule.period - (after - anchor) % schedule.period
    if after // SECOND >= LAST:
        return None
    second = run_after(_pattern(schedule), _within_calendar(after), zone_name)
    return None if second is None else second * SECOND


def due_run(schedule: Schedule, due: int, now: int, zone_name: str, *, grace: int, anchor: int = 0) -> Decision:
    """What to do about a run that is due, perhaps since long ago.

    Of all runs up to now only the latest counts: it is made, once, if it is at most ``grace`` old. All others are
    skipped.

    Args:
        schedule: what is to be run.
        due: the run that was planned, in microseconds since 1970; it counts as a run even if the schedule has changed.
        now: the present instant, in microseconds since 1970. Before ``due``, nothing is decided but to wait for it.
        zone_name: IANA name of the zone whose wall clock counts.
        grace: how old a run may be and still be made, in microseconds.
        anchor: where ``Every`` counts from.

    Raises:
        UsageError: if there is no such zone.

    >>> hourly = every(timedelta(hours=1))
    >>> due_run(hourly, due=0, now=10_860_000_000, zone_name="UTC", grace=300_000_000)
    Decision(run=True, skipped=3, next_due=14400000000)
    """
    if now < due:
        return Decision(run=False, skipped=0, next_due=due)
    latest, missed = _missed(schedule, due, now, zone_name, anchor)
    run = now - latest <= grace
    return Decision(run, missed - run, next_run(schedule, now, zone_name, anchor=anchor))


def describe(schedule: Schedule) -> str:
    """A schedule in words, for people.

    >>> describe(every(300)), describe(daily("20:00"))
    ('every 5 minutes', 'daily at 20:00')
    """
    if isinstance(schedule, Daily):
        return f"daily at {schedule.at}"
    if isinstance(schedule, Cron):
        return f"cron {schedule.expression}"
    for unit, size in _UNITS.items():
        if schedule.period % size == 0:
            count = schedule.period // size
            return f"every {unit}" if count == 1 else f"every {count} {unit}s"
    whole, part = divmod(schedule.period, SECOND)
    return f"every {whole}.{part:06}".rstrip("0") + " seconds"


def to_text(schedule: Schedule) -> str:
    """A schedule as the store keeps it; ``from_text`` reads it.

    >>> to_text(every(300))
    'every 300000000'
    """
    if isinstance(schedule, Daily):
        return f"daily {schedule.at}"
    return f"cron {schedule.expression}" if isinstance(schedule, Cron) else f"every {schedule.period}"


def from_text(text: str) -> Schedule:
    """A schedule from its text in the store.

    Args:
        text: what ``to_text`` wrote.

    Raises:
        UsageError: if it is no such text.

    >>> from_text("daily 20:00")
    Daily(at='20:00')
    """
    kind, _, rest = text.partition(" ")
    if kind == "daily":
        return daily(rest)
    if kind == "cron":
        return cron(rest)
    if kind == "every" and re.fullmatch(r"[0-9]{1,18}", rest):
        return Every(int(rest))
    raise UsageError(f"{text!r} is no schedule; write 'daily 20:00', 'every 300000000' or 'cron 0 20 * * MON'")


# Reading what was written


def _clock(at: object) -> tuple[int, int, int]:
    found = _CLOCK.fullmatch(at.strip()) if isinstance(at, str) else None
    if not found:
        raise UsageError(f"daily({at!r}) is no time of day; write 'HH:MM' or 'HH:MM:SS' on a 24-hour clock: '20:00'")
    hour, minute, second = found.groups(default="0")
    return int(hour), int(minute), int(second)


def _parse_cron(expression: str) -> CronSim:
    fields = expression.split()
    if expression in _NICKNAMES:
        raise UsageError(f"cron({expression!r}) is a nickname; write its five fields: {_NICKNAMES[expression]!r}")
    if len(fields) != len(_FIELDS):
        wanted = ", ".join(_FIELDS)
        raise UsageError(f"cron({expression!r}) has {len(fields)} fields; write five, {wanted}: '0 20 * * MON'")
    for number, (field, allowed) in enumerate(_FIELDS.items()):
        alone = ["*"] * len(_FIELDS)
        alone[number] = fields[number]
        try:
            CronSim(" ".join(alone), datetime(2000, 1, 1))  # noqa: DTZ001 - wall time
        except (CronSimError, ValueError) as error:
            message = f"cron({expression!r}): the {field} {fields[number]!r} is not understood"
            raise UsageError(f"{message}; write {allowed}, '*', a list '1,3', a range '1-5' or a step '*/2'") from error
    try:
        return CronSim(expression, datetime(2000, 1, 1))  # noqa: DTZ001 - wall time
    except CronSimError as error:
        message = f"cron({expression!r}) never comes true: no such month has that day"
        raise UsageError(f"{message}; write 'L' for a month's last day") from error


@lru_cache(maxsize=4096)
def _pattern(schedule: Daily | Cron) -> Pattern:
    if isinstance(schedule, Daily):
        hour, minute, second = _clock(schedule.at)
        return Pattern((hour * 3600 + minute * 60 + second,))
    found = _parse_cron(schedule.expression)
    times = tuple(hour * 3600 + minute * 60 for hour in sorted(found.hours) for minute in sorted(found.minutes))
    return Pattern(times, partial(_meets, found), by_the_clock="*" in (found.parts[1][0], found.parts[2][0]))


def _meets(found: CronSim, day: date) -> bool:
    return day.month in found.months and found.match_day(day)


def _missed(schedule: Schedule, due: int, now: int, zone_name: str, anchor: int) -> tuple[int, int]:
    """The latest run up to now, and how many there were, the one that was due among them."""
    if isinstance(schedule, Every):
        steps = (now - anchor) // schedule.period - (due - anchor) // schedule.period
        return (now - (now - anchor) % schedule.period if steps else due), 1 + steps
    pattern, low, high = _pattern(schedule), _within_calendar(due), _within_calendar(now)
    latest = run_until(pattern, low, high, zone_name)
    if latest is None:
        return due, 1
    # Counted up to the latest run, not up to now: so all recipients of a zone share one answer.
    return latest * SECOND, 1 + count(pattern, low, latest, zone_name)


def _within_calendar(instant: int) -> int:
    # Runs are on whole seconds, so the part of a second makes no difference.
    return min(max(instant // SECOND, FIRST), LAST)
