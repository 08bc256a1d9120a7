"""A tag is read back only if it is exactly what its value is written as."""

from typing import Any

import pytest

from chinwag.core.codec import from_plain
from chinwag.core.errors import NotJournalable

MALFORMED: list[tuple[Any, str]] = [
    ({"$": "decimal"}, "a malformed decimal"),
    ({"$": "decimal", "v": 1.5}, "a malformed decimal"),
    ({"$": "decimal", "v": " 1.5"}, "a malformed decimal"),
    ({"$": "decimal", "v": "1.5", "w": 1}, "a malformed decimal"),
    ({"$": "int", "v": "ten"}, "a malformed int"),
    ({"$": "int", "v": "1" * 10_000}, "a malformed int"),
    ({"$": "uuid", "v": "{12345678123456781234567812345678}"}, "a malformed uuid"),
    ({"$": "timedelta", "v": [1, 2]}, "a malformed timedelta"),
    ({"$": "timedelta", "v": [10**10, 0, 0]}, "a malformed timedelta"),
    ({"$": "timedelta", "v": "1"}, "a malformed timedelta"),
    ({"$": "bytes", "v": "Zürich"}, "a malformed bytes"),
    ({"$": "datetime", "v": "2024-01-01T00:00:00", "z": "Mars/Base"}, "the time zone 'Mars/Base' is not known here"),
    ({"$": "datetime", "v": "2024-01-01T00:00:00", "z": 1}, "a malformed datetime"),
]


@pytest.mark.parametrize(("plain", "words"), MALFORMED, ids=[words for _, words in MALFORMED])
def test_a_malformed_tag_is_refused(plain: Any, words: str) -> None:
    with pytest.raises(NotJournalable, match=words):
        from_plain(plain)
