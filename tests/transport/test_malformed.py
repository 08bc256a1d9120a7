"""What cannot be read is a value that says why, and no reason to lose what stands beside it."""

import json

import msgspec
import pytest

from chinwag.transport.malformed import Malformed, again, readable


def test_it_says_why() -> None:
    with pytest.raises(msgspec.DecodeError) as caught:
        msgspec.json.decode(b"{")
    assert Malformed.of(caught.value).reason == "Input data was truncated"
    assert Malformed.of(RecursionError("maximum recursion depth exceeded")).reason == "it is nested too deeply"


def test_a_part_is_read_again_by_itself() -> None:
    part = {"text": "grüße 👍", "list": [1, None]}
    assert json.loads(again(part)) == part
    assert json.loads(again({"text": "a\ud83d"})) == {"text": "a?"}


def test_what_cannot_be_read_is_nothing() -> None:
    numbers = msgspec.json.Decoder(list[int])
    assert readable(numbers, b"[1]") == [1]
    assert [readable(numbers, data) for data in (b"", b"{}", b"[" * 100_000, b"\xff")] == [None] * 4
