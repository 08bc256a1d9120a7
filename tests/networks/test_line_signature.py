"""Signatures of webhook bodies, by LINE's own vector."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag.networks.line.signature import is_signed, signature

SECRET, BODY, GIVEN = "channel_secret", b"bodybodybodybody", "/gg9a+LvFevTH1sd7XCQycD7tsWclCsInj7MhBHxN7k="


def test_the_official_vector() -> None:
    assert signature(SECRET, BODY) == GIVEN
    assert is_signed(SECRET, BODY, GIVEN)


@pytest.mark.parametrize("given", ["", "x", GIVEN[:-1], GIVEN + "=", GIVEN.lower(), "ä", "\udc80", "\0"])
def test_anything_else_is_refused(given: str) -> None:
    assert not is_signed(SECRET, BODY, given)


@given(st.binary(), st.binary())
def test_it_is_of_the_raw_bytes(body: bytes, other: bytes) -> None:
    assert is_signed(SECRET, body, signature(SECRET, other)) == (body == other)
    assert not is_signed("another", body, signature(SECRET, body))
