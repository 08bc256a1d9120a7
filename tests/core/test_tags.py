"""A tag is read back only if it is exactly what its value is written as."""

from datetime import time, timedelta, timezone
from typing import Any

import pytest

from chinwag.core.codec import dumps, from_plain, to_plain
from chinwag.core.errors import NotJournalable

MALFORMED: list[tuple[Any, str]] = [
    ({"$": "decimal"}, "a malformed decimal$"),
    ({"$": "decimal", "v": 1.5}, "a malformed decimal"),
    ({"$": "decimal", "v": " 1.5"}, "a malformed decimal"),
    ({"$": "decimal", "v": "1.5", "w": 1}, "a malformed decimal"),
    ({"$": "int", "v": "ten"}, "a malformed int"),
    ({"$": "int", "v": "1" * 10_000}, "a malformed int"),
    ({"$": "uuid", "v": "{12345678123456781234567812345678}"}, "a malformed uuid"),
    ({"$": "timedelta", "v": [1, 2]}, "a malformed timedelta"),
    ({"$": "timedelta", "v": [10**10, 0, 0]}, "a malformed timedelta"),
    ({"$": "timedelta", "v": "1"}, "a malformed timedelta"),
    ({"$": "timedelta", "v": [1.0, 0, 0]}, "a malformed timedelta"),
    ({"$": "timedelta", "v": [True, 0, 0]}, "a malformed timedelta"),
    ({"$": "bytes", "v": "Zürich"}, "a malformed bytes"),
    ({"$": "datetime", "v": "2024-01-01T00:00:00", "z": "Mars/Base"}, "the time zone 'Mars/Base' is not known here"),
    ({"$": "datetime", "v": "2024-01-01T00:00:00", "z": 1}, "a malformed datetime"),
]


@pytest.mark.parametrize(("plain", "words"), MALFORMED, ids=[words for _, words in MALFORMED])
def test_a_malformed_tag_is_refused(plain: Any, words: str) -> None:
    with pytest.raises(NotJournalable, match=words):
        from_plain(plain)


def test_a_zone_is_written_as_its_offset_and_name() -> None:
    named = timezone(timedelta(hours=1), "CET")
    assert dumps(to_plain(time(12, tzinfo=named))) == b'{"$":"time","v":"12:00:00","z":[3600000000,"CET"]}'


def test_the_second_of_two_equal_hours_is_marked() -> None:
    assert dumps(to_plain(time(2, 30, fold=1))) == b'{"$":"time","v":"02:30:00","f":1}'


@pytest.mark.parametrize(
    "zone", [timezone(timedelta(hours=1), "CET"), timezone(timedelta(microseconds=1)), timezone(timedelta(hours=1))]
)
def test_a_zone_has_a_name_of_its_own_only_if_it_had_one(zone: timezone) -> None:
    assert repr(from_plain(to_plain(time(12, tzinfo=zone)))) == repr(time(12, tzinfo=zone))
