"""Schedules: the right instant through every change of the clocks, and one run after a downtime, not a thousand."""

import zoneinfo
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, pairwise

import pytest
from cronsim import CronSim
from hypothesis import given
from hypothesis import strategies as st

from chinwag.core.durations import LONGEST, minutes
from chinwag.core.errors import UsageError
from chinwag.core.recurrence import LAST
from chinwag.core.schedules import (
    Cron,
    Daily,
    Decision,
    Every,
    Schedule,
    cron,
    daily,
    describe,
    due_run,
    every,
    from_text,
    next_run,
    to_text,
)

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
Y2000, Y2100 = 946_684_800 * SECOND, 4_102_444_800 * SECOND
ZONES = [
    *("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns", "UTC"),
    *("Africa/Casablanca", "America/Nuuk", "America/Sao_Paulo", "Asia/Beirut"),
]

EVERYWHERE = sorted(zoneinfo.available_timezones() - {"localtime", "posixrules"})


def at(name: str, wall: str, *, fold: int = 0) -> int:
    """The instant of a wall time."""
    shown = datetime.fromisoformat(wall).replace(tzinfo=zoneinfo.ZoneInfo(name), fold=fold)
    return (shown - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def shown(name: str, instant: int | None) -> str:
    """An instant as wall time and offset."""
    assert instant is not None
    whole, part = divmod(instant, SECOND)
    assert part == 0
    return str(datetime.fromtimestamp(whole, zoneinfo.ZoneInfo(name)))


def runs(schedule: Schedule, name: str, low: int, high: int, anchor: int = 0) -> list[int]:
    """All runs later than `low` and not later than `high`."""
    found: list[int] = []
    run = next_run(schedule, low, name, anchor=anchor)
    while run is not None and run <= high:
        found.append(run)
        run = next_run(schedule, run, name, anchor=anchor)
    return found


times = st.times().map(lambda one: daily(one.isoformat("seconds")))
instants = st.integers(Y2000, Y2100)
zones = st.sampled_from(ZONES)


def cron_field(low: int, high: int) -> st.SearchStrategy[str]:
    number = st.integers(low, high)
    spread = st.tuples(number, number).map(lambda two: f"{min(two)}-{max(two)}")
    some = st.lists(st.one_of(number.map(str), spread), min_size=1, max_size=4).map(",".join)
    return st.one_of(st.just("*"), st.integers(1, high).map("*/{}".format), some)


expressions = st.tuples(
    cron_field(0, 59),
    cron_field(0, 23),
    st.one_of(cron_field(1, 28), st.just("L")),
    cron_field(1, 12),
    cron_field(0, 7),
).map(" ".join)
crons = expressions.map(cron)
schedules = st.one_of(times, crons, st.integers(1, LONGEST).map(Every))


# Every


@given(st.integers(1, LONGEST), instants, instants)
def test_every_runs_at_the_anchor_and_whole_periods_from_it(period: int, after: int, anchor: int) -> None:
    run = next_run(Every(period), after, "UTC", anchor=anchor)
    assert run is not None
    assert after < run <= after + period
    assert (run - anchor) % period == 0


def test_every_does_not_care_what_the_clocks_do() -> None:
    low = at("Europe/Berlin", "2026-03-29 00:00")
    found = runs(every(3_600), "Europe/Berlin", low, low + 5 * HOUR, anchor=low)
    assert [run - low for run in found] == [HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR, 5 * HOUR]


# Daily


@pytest.mark.parametrize(
    ("name", "time_of_day", "after", "run"),
    [
        ("Europe/Berlin", "20:00", "2026-01-01 19:59:59", "2026-01-01 20:00:00+01:00"),
        ("Europe/Berlin", "20:00", "2026-01-01 20:00:00", "2026-01-02 20:00:00+01:00"),
        ("Europe/Berlin", "20:00:30", "2026-01-01 20:00:00", "2026-01-01 20:00:30+01:00"),
        # A time in the gap runs after it.
        ("Europe/Berlin", "02:30", "2026-03-29 00:00", "2026-03-29 03:00:00+02:00"),
        ("Europe/Berlin", "02:00", "2026-03-29 00:00", "2026-03-29 03:00:00+02:00"),
        ("Europe/Berlin", "02:30", "2026-03-29 03:00", "2026-03-30 02:30:00+02:00"),
        ("Australia/Lord_Howe", "02:15", "2026-10-04 00:00", "2026-10-04 02:30:00+11:00"),
        ("America/St_Johns", "00:30", "2010-03-14 00:00", "2010-03-14 01:01:00-02:30"),
        ("Asia/Beirut", "00:00", "2022-03-26 12:00", "2022-03-27 01:00:00+03:00"),
        ("America/Nuuk", "23:30", "2026-03-28 12:00", "2026-03-29 00:00:00-01:00"),
        ("America/Nuuk", "23:30", "2026-03-29 00:00", "2026-03-29 23:30:00-01:00"),
        # Of two times that look the same, the first.
        ("Europe/Berlin", "02:30", "2026-10-25 00:00", "2026-10-25 02:30:00+02:00"),
        ("Europe/Berlin", "02:30", "2026-10-25 02:30", "2026-10-26 02:30:00+01:00"),
        ("Australia/Lord_Howe", "01:45", "2026-04-05 00:00", "2026-04-05 01:45:00+11:00"),
        ("America/Sao_Paulo", "23:30", "2018-02-17 12:00", "2018-02-17 23:30:00-02:00"),
        ("America/Sao_Paulo", "23:30", "2018-02-17 23:30", "2018-02-18 23:30:00-03:00"),
        # The clocks went back from 0:01 on Sunday to 23:01 on Saturday.
        ("America/St_Johns", "00:00", "2010-11-06 12:00", "2010-11-07 00:00:00-02:30"),
        ("America/St_Johns", "00:00", "2010-11-07 00:00", "2010-11-08 00:00:00-03:30"),
        # 30 December 2011 was left out.
        ("Pacific/Apia", "20:00", "2011-12-29 20:00", "2011-12-31 20:00:00+14:00"),
        ("Pacific/Apia", "00:00", "2011-12-29 00:00", "2011-12-31 00:00:00+14:00"),
        # Ramadan is one hour behind.
        ("Africa/Casablanca", "02:30", "2026-02-15 00:00", "2026-02-15 02:30:00+01:00"),
        ("Africa/Casablanca", "02:30", "2026-03-22 00:00", "2026-03-22 03:00:00+01:00"),
    ],
)
def test_daily(name: str, time_of_day: str, after: str, run: str) -> None:
    assert shown(name, next_run(daily(time_of_day), at(name, after), name)) == run


def test_the_second_time_that_a_clock_shows_a_time_is_not_the_run() -> None:
    between = at("Europe/Berlin", "2026-10-25 02:15", fold=1)
    assert shown("Europe/Berlin", next_run(daily("02:30"), between, "Europe/Berlin")) == "2026-10-26 02:30:00+01:00"


@given(times, zones, st.integers(2000, 2099))
def test_daily_runs_once_on_every_date_of_a_year(schedule: Daily, name: str, year: int) -> None:
    low, high = at(name, f"{year}-01-01"), at(name, f"{year + 1}-01-01")
    found = runs(schedule, name, low - 1, high - 1)
    assert all(earlier < later for earlier, later in pairwise(found))
    left_out = {("Pacific/Apia", 2011): 1}.get((name, year), 0)
    assert len(found) == (date(year + 1, 1, 1) - date(year, 1, 1)).days - left_out


@given(times, st.sampled_from(EVERYWHERE), instants)
def test_the_clock_on_the_wall_shows_the_time_unless_that_is_in_a_gap(schedule: Daily, name: str, after: int) -> None:
    run = next_run(schedule, after, name)
    assert run is not None
    assert after < run
    region = zoneinfo.ZoneInfo(name)
    wall = datetime.fromtimestamp(run // SECOND, region)
    if wall.time() != time.fromisoformat(schedule.at):
        before = datetime.fromtimestamp(run // SECOND - 1, region).replace(tzinfo=None)
        gap = wall.replace(tzinfo=None) - before
        assert gap > timedelta(seconds=1)
        assert any(
            before < datetime.combine(one, time.fromisoformat(schedule.at)) < wall.replace(tzinfo=None)
            for one in {before.date(), wall.date()}
        )
    else:
        assert wall.fold == 0


def test_a_daily_schedule_is_a_cron_of_one_time() -> None:
    for name in ZONES:
        low = at(name, "2011-01-01")
        assert runs(daily("02:30"), name, low, low + 400 * DAY) == runs(cron("30 2 * * *"), name, low, low + 400 * DAY)


# Cron


@pytest.mark.parametrize(
    ("name", "expression", "after", "expected"),
    [
        ("Europe/Berlin", "0 20 * * MON", "2026-01-01", ["2026-01-05 20:00:00+01:00", "2026-01-12 20:00:00+01:00"]),
        ("UTC", "0 0 29 2 *", "2096-03-01", ["2104-02-29 00:00:00+00:00"]),
        ("UTC", "0 0 L * *", "2026-02-01", ["2026-02-28 00:00:00+00:00", "2026-03-31 00:00:00+00:00"]),
        ("UTC", "0 0 LW * *", "2026-02-01", ["2026-02-27 00:00:00+00:00"]),
        ("UTC", "0 0 * * MON#2", "2026-02-01", ["2026-02-09 00:00:00+00:00"]),
        ("UTC", "0 0 * * 5L", "2026-02-01", ["2026-02-27 00:00:00+00:00"]),
        # Either day is enough, unless one begins with a star.
        ("UTC", "0 0 13 * FRI", "2026-03-01", ["2026-03-06 00:00:00+00:00", "2026-03-13 00:00:00+00:00"]),
        ("UTC", "0 0 */13 * FRI", "2026-01-01", ["2026-02-27 00:00:00+00:00"]),
        # Fixed times: all that a gap swallowed is one run after it, and what comes twice runs once.
        ("Europe/Berlin", "0,30 2 * * *", "2026-03-29", ["2026-03-29 03:00:00+02:00", "2026-03-30 02:00:00+02:00"]),
        ("Europe/Berlin", "30 2 * * *", "2026-10-25", ["2026-10-25 02:30:00+02:00", "2026-10-26 02:30:00+01:00"]),
        # By the clock: what is not there does not run, what comes twice runs twice.
        ("Europe/Berlin", "*/30 2 * * *", "2026-03-29", ["2026-03-30 02:00:00+02:00", "2026-03-30 02:30:00+02:00"]),
        (
            "Europe/Berlin",
            "30 */2 * * *",
            "2026-10-25 01:00",
            ["2026-10-25 02:30:00+02:00", "2026-10-25 02:30:00+01:00"],
        ),
        ("America/Sao_Paulo", "*/30 0 * * *", "2017-10-14 12:00", ["2017-10-16 00:00:00-02:00"]),
        # Between 1:00 and 2:00 lie ninety minutes, and 2:00 is not skipped.
        ("Australia/Lord_Howe", "0 */2 * * *", "2026-04-05", ["2026-04-05 02:00:00+10:30"]),
        ("Pacific/Apia", "0 */12 * * *", "2011-12-29 12:00", ["2011-12-31 00:00:00+14:00"]),
    ],
)
def test_cron(name: str, expression: str, after: str, expected: list[str]) -> None:
    low = at(name, after)
    found = [shown(name, run) for run in runs(cron(expression), name, low, low + 366 * 9 * DAY)[: len(expected)]]
    assert found == expected


@given(expressions, instants)
def test_without_daylight_saving_cron_is_cronsim(expression: str, after: int) -> None:
    start = datetime.fromtimestamp(after // SECOND, UTC)
    expected = [int(run.timestamp()) * SECOND for run in islice(CronSim(expression, start), 5)]
    run: int | None = after
    for wanted in expected:
        assert run is not None
        run = next_run(cron(expression), run, "UTC")
        assert run == wanted


@given(expressions, st.sampled_from(["Europe/Berlin", "America/New_York"]), st.integers(2000, 2037), st.booleans())
def test_where_clocks_change_by_an_hour_at_night_cron_is_cronsim(
    expression: str,
    name: str,
    year: int,
    spring: bool,  # noqa: FBT001 - drawn
) -> None:
    region = zoneinfo.ZoneInfo(name)
    start = datetime(year, 3 if spring else 10, 8 if name.startswith("America") else 24, tzinfo=region)
    high = int(start.timestamp()) * SECOND + 12 * DAY
    expected = []
    for run in CronSim(expression, start):
        instant = int(run.timestamp()) * SECOND
        if instant > high:
            break
        expected.append(instant)
    assert runs(cron(expression), name, int(start.timestamp()) * SECOND, high) == sorted(set(expected))


@given(schedules, zones, instants)
def test_a_run_is_later_and_the_first(schedule: Schedule, name: str, after: int) -> None:
    run = next_run(schedule, after, name)
    assert run is not None
    assert run > after
    assert next_run(schedule, run - 1, name) == run
    assert next_run(schedule, (after + run) // 2, name) == run


def test_a_schedule_ends_with_the_calendar() -> None:
    for schedule in (daily("20:00"), cron("0 20 * * MON")):
        assert next_run(schedule, 10**18, "UTC") is None
        assert next_run(schedule, LAST * SECOND, "UTC") is None
        found = runs(schedule, "Pacific/Auckland", 253_370_000_000 * SECOND, 10**18)
        assert all(earlier < later for earlier, later in pairwise(found))
    assert next_run(daily("20:00"), -(10**18), "UTC") is not None
    assert due_run(daily("20:00"), 253_370_000_000 * SECOND, 10**18, "UTC", grace=0) == Decision(
        run=False, skipped=10, next_due=None
    )


# After a downtime


def test_before_it_is_due_nothing_happens() -> None:
    due = at("UTC", "2026-01-01 20:00")
    assert due_run(daily("20:00"), due, due - 1, "UTC", grace=HOUR) == Decision(run=False, skipped=0, next_due=due)


@pytest.mark.parametrize(
    ("late", "run", "skipped", "days"),
    [
        (0, True, 0, 1),
        (HOUR, True, 0, 1),
        (HOUR + 1, False, 1, 1),
        (DAY - 1, False, 1, 1),
        (DAY, True, 1, 2),
        (3 * DAY + HOUR, True, 3, 4),
        (3 * DAY + HOUR + 1, False, 4, 4),
        (365 * DAY, True, 365, 366),
    ],
)
def test_only_the_latest_missed_run_counts_within_its_grace(late: int, run: bool, skipped: int, days: int) -> None:  # noqa: FBT001
    due = at("UTC", "2026-01-01 20:00")
    decision = due_run(daily("20:00"), due, due + late, "UTC", grace=HOUR)
    assert decision == Decision(run, skipped, due + days * DAY)


@given(
    st.one_of(times, crons, st.integers(60 * SECOND, 9 * DAY).map(Every)),
    zones,
    instants,
    st.integers(0, 8 * DAY),
    st.integers(0, 2 * DAY),
    st.booleans(),
)
def test_what_is_due_is_what_walking_through_all_runs_finds(
    schedule: Schedule,
    name: str,
    after: int,
    downtime: int,
    grace: int,
    planned: bool,  # noqa: FBT001
) -> None:
    due = next_run(schedule, after, name) if planned else after  # a changed schedule left its old plan behind
    assert due is not None
    now = due + downtime
    missed = [due, *runs(schedule, name, due, now)]
    run = now - missed[-1] <= grace
    expected = Decision(run, len(missed) - run, next_run(schedule, now, name))
    assert due_run(schedule, due, now, name, grace=grace) == expected


def test_every_is_late_by_its_anchor_not_by_the_epoch() -> None:
    decision = due_run(every(10), 17 * SECOND, 28 * SECOND, "UTC", grace=SECOND, anchor=7 * SECOND)
    assert decision == Decision(run=True, skipped=1, next_due=37 * SECOND)


def test_a_run_planned_by_another_period_is_as_late_as_it_is() -> None:
    decision = due_run(every(10), 12 * SECOND, 15 * SECOND, "UTC", grace=3 * SECOND)
    assert decision == Decision(run=True, skipped=0, next_due=20 * SECOND)


def test_a_date_that_was_left_out_was_not_missed() -> None:
    due, now = at("Pacific/Apia", "2011-12-29 20:00"), at("Pacific/Apia", "2012-01-01 20:30")
    decision = due_run(daily("20:00"), due, now, "Pacific/Apia", grace=HOUR)
    assert decision == Decision(run=True, skipped=2, next_due=at("Pacific/Apia", "2012-01-02 20:00"))


def test_a_century_of_seconds_is_no_work() -> None:
    decision = due_run(every(1), Y2000, Y2100 + 1, "UTC", grace=1)
    assert decision == Decision(run=True, skipped=(Y2100 - Y2000) // SECOND, next_due=Y2100 + SECOND)


def test_a_century_of_minutes_is_a_look_at_each_date() -> None:
    decision = due_run(cron("* * * * *"), Y2000, Y2100 + 1, "Asia/Kolkata", grace=0)
    assert decision == Decision(run=False, skipped=1 + (Y2100 - Y2000) // (60 * SECOND), next_due=Y2100 + 60 * SECOND)


# In writing


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (daily("8:00"), "daily at 08:00"),
        (daily(" 20:00:00 "), "daily at 20:00"),
        (daily("20:00:30"), "daily at 20:00:30"),
        (cron(" 0  20 * *  mon "), "cron 0 20 * * MON"),
        (every(1), "every second"),
        (every(1.5), "every 1.5 seconds"),
        (every(0.000_001), "every 0.000001 seconds"),
        (every(60), "every minute"),
        (every(minutes(5)), "every 5 minutes"),
        (every(90), "every 90 seconds"),
        (every(minutes(90)), "every 90 minutes"),
        (every(7_200), "every 2 hours"),
        (every(timedelta(days=1)), "every day"),
        (every(timedelta(days=14)), "every 14 days"),
    ],
)
def test_a_schedule_in_words(schedule: Schedule, words: str) -> None:
    assert describe(schedule) == words


@given(schedules)
def test_what_the_store_keeps_comes_back(schedule: Schedule) -> None:
    assert from_text(to_text(schedule)) == schedule


def test_the_store_s_texts_are_these_for_ever() -> None:
    assert from_text("daily 20:00") == Daily("20:00")
    assert from_text("every 300000000") == Every(300_000_000)
    assert from_text("cron 0 20 * * MON") == Cron("0 20 * * MON")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "daily",
        "every",
        "every -5",
        "every 0",
        "every 5.0",
        "every \uff15",
        "every " + "9" * 5_000,
        "cron",
        "weekly MON",
    ],
)
def test_a_text_that_is_no_schedule_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="write"):
        from_text(text)


@pytest.mark.parametrize(
    "bad", ["", "20", "8pm", "24:00", "20:60", "20:00:60", "20:0", "-1:00", "\uff12\uff10:00", "20:00:00.5", None, 20]
)
def test_a_time_of_day_that_is_none_is_refused(bad: str) -> None:
    with pytest.raises(UsageError, match=r"is no time of day; write 'HH:MM' or 'HH:MM:SS' on a 24-hour clock"):
        daily(bad)


@pytest.mark.parametrize("bad", [0, 0.0, 1e-7, -1, "5", True, timedelta(days=40_000), float("nan")])
def test_a_period_that_is_none_is_refused(bad: float | timedelta) -> None:
    with pytest.raises(UsageError, match="write"):
        every(bad)


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("0 20 * *", "has 4 fields; write five, minute, hour, day-of-month, month, day-of-week"),
        ("0 0 20 * * MON", "has 6 fields"),
        ("", "has 0 fields"),
        ("@daily", r"is a nickname; write its five fields: '0 0 \* \* \*'"),
        ("60 * * * *", "the minute '60' is not understood; write 0-59"),
        ("0 24 * * *", "the hour '24' is not understood; write 0-23"),
        ("0 0 32 * *", "the day-of-month '32' is not understood"),
        ("0 0 * 13 *", "the month '13' is not understood"),
        ("0 0 * * MONDAY", "the day-of-week 'MONDAY' is not understood; write 0-7 or SUN-SAT"),
        ("*/0 * * * *", "the minute '\\*/0'"),
        ("9" * 5_000 + " * * * *", "the minute '999"),
        ("0 0 30 2 *", "never comes true: no such month has that day; write 'L'"),
        ("0 0 31 4,6 *", "never comes true"),
        ("0 0 30,31 2 */7", "never comes true"),
        ("0 0 LW * */7", "never comes true: no date meets it"),  # the last weekday is no Sunday
        (None, r"takes a text such as '0 20 \* \* MON', not NoneType"),
        (7, r"takes a text such as '0 20 \* \* MON', not int"),
    ],
)
def test_a_cron_expression_that_is_none_is_refused(expression: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        cron(expression)


@given(st.lists(st.text("0123456789*/-,#LWMONFEB ", max_size=6), min_size=5, max_size=5).map(" ".join))
def test_an_expression_runs_or_is_refused_in_words(expression: str) -> None:
    try:
        schedule = cron(expression)
    except UsageError:
        return
    assert next_run(schedule, Y2000, "Europe/Berlin") is None or from_text(to_text(schedule)) == schedule


def test_an_unknown_zone_is_refused_where_it_counts() -> None:
    with pytest.raises(UsageError, match="did you mean 'Europe/Berlin'"):
        next_run(daily("20:00"), 0, "Europe/Berln")
