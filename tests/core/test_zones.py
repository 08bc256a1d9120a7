"""Zones: names are found or refused in words, and dates know where the clocks change."""

import zoneinfo
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag.core.errors import UsageError
from chinwag.core.zones import DAY, EPOCH, date_at, exists, gap_end, midnight, offsets, zone

NAMES = sorted(zoneinfo.available_timezones() - {"localtime", "posixrules"})


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def test_every_iana_name_is_a_zone() -> None:
    for name in NAMES:
        assert zone(name).key == name


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("America/NewYork", "America/New_York"),
        ("right/Europe/Berlin", "Europe/Berlin"),
    ],
)
def test_a_misspelt_zone_is_refused_with_what_was_meant(misspelt: str, meant: str) -> None:
    with pytest.raises(UsageError) as caught:
        zone(misspelt)
    assert str(caught.value).startswith(f"no time zone is called {misspelt!r}; did you mean ")
    assert repr(meant) in str(caught.value)


def test_the_likeliest_zone_comes_first_and_no_more_than_three() -> None:
    with pytest.raises(UsageError, match=r"did you mean 'Asia/Hong_Kong' or 'Hongkong'\?$"):
        zone("Hong Kong")
    with pytest.raises(UsageError, match=r"did you mean 'Asia/Ulan_Bator' or 'Asia/Ulaanbaatar'\?$"):
        zone("Ulan Bator")
    with pytest.raises(UsageError, match=r"did you mean 'Etc/GMT\+9' or 'Etc/GMT\+8' or 'Etc/GMT\+7'\?$"):
        zone("Etc/GMT+")


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "Europe",
        "../../etc/passwd",
        "/etc/passwd",
        "zone.tab",
        "a\0b",
        "\ud800",
        "ü",
        "Qqqqqq",
        "x" * 5_000,
        "12345678",
    ],
)
def test_nonsense_is_refused_in_one_sentence(nonsense: str) -> None:
    with pytest.raises(UsageError, match=r"^no time zone is called"):
        zone(nonsense)


@pytest.mark.parametrize("name", ["localtime", "posixrules"])
def test_a_zone_that_differs_from_machine_to_machine_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no time zone"):
        zone(name)


def test_what_looks_like_nothing_gets_an_example() -> None:
    with pytest.raises(UsageError, match="write an IANA name such as 'Europe/Berlin' or 'UTC'"):
        zone("Qqqqqq")


@pytest.mark.parametrize(
    ("name", "odd"),
    [
        ("Europe/Berlin", {"2026-03-29", "2026-10-25"}),
        ("Australia/Lord_Howe", {"2026-04-05", "2026-10-04"}),
        # At the edge of two dates, both are odd.
        ("America/Nuuk", {"2026-03-28", "2026-03-29", "2026-10-24", "2026-10-25"}),
        ("UTC", set()),
    ],
)
def test_a_date_is_plain_unless_the_clocks_change_in_it(name: str, odd: set[str]) -> None:
    dates = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    assert {str(one) for one in dates if midnight(name, one.toordinal()) is None} == odd


@given(st.sampled_from(NAMES), st.integers(EPOCH + 10_957, EPOCH + 47_482))
def test_on_a_plain_date_the_clock_goes_on_evenly(name: str, ordinal: int) -> None:
    start = midnight(name, ordinal)
    if start is None:
        return
    for second in (0, 1, 3_599, 43_200, DAY - 1):
        shown = datetime.fromtimestamp(start + second, zone(name)).replace(tzinfo=None)
        assert shown == datetime.fromordinal(ordinal) + timedelta(seconds=second)
        assert date_at(name, start + second) == ordinal
    assert date_at(name, start - 1) < ordinal < date_at(name, start + DAY)


def test_samoa_left_a_date_out_and_nobody_else_did_with_a_mere_gap() -> None:
    assert not exists("Pacific/Apia", day("2011-12-30"))
    assert exists("Pacific/Apia", day("2011-12-29"))
    assert exists("Pacific/Apia", day("2011-12-31"))
    assert exists("America/Nuuk", day("2026-03-28"))
    assert exists("Asia/Beirut", day("2022-03-27")), "its midnight is in a gap, the rest of it is not"


@pytest.mark.parametrize(
    ("name", "wall", "after"),
    [
        ("Europe/Berlin", "2026-03-29 02:00:00", "2026-03-29 03:00:00"),
        ("Europe/Berlin", "2026-03-29 02:59:59", "2026-03-29 03:00:00"),
        ("Australia/Lord_Howe", "2026-10-04 02:15:00", "2026-10-04 02:30:00"),
        ("America/Nuuk", "2026-03-28 23:30:00", "2026-03-29 00:00:00"),
        ("Pacific/Apia", "2011-12-30 12:00:00", "2011-12-31 00:00:00"),
    ],
)
def test_a_gap_ends_at_its_first_instant_after(name: str, wall: str, after: str) -> None:
    inside = datetime.fromisoformat(wall)
    naive = (inside - datetime(1970, 1, 1)) // timedelta(seconds=1)  # noqa: DTZ001 - wall time
    end = gap_end(name, naive, *offsets(name, inside))
    assert str(datetime.fromtimestamp(end, zone(name)).replace(tzinfo=None)) == after
    assert datetime.fromtimestamp(end - 1, zone(name)).replace(tzinfo=None) < inside
