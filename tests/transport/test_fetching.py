"""What a conversation is told if the bytes of a file cannot be had."""

import logging

import pytest

from chinwag.core.errors import Ambiguous, FetchError, Refused, SendError
from chinwag.transport.fetching import given


async def asked(outcome: bytes | SendError) -> bytes:
    if isinstance(outcome, SendError):
        raise outcome
    return outcome


async def test_what_is_given_is_given() -> None:
    assert await given("x:blake", "X", asked(b"png")) == b"png"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Refused("it answered HTTP 404"), "it answered HTTP 404"),
        (Ambiguous("TimeoutError"), "it does not answer as it should, try again later"),
    ],
)
async def test_what_is_not_is_told_in_a_sentence(
    error: SendError, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(FetchError) as caught:
        await given("x:blake", "X", asked(error))
    assert str(caught.value) == f"X did not give the file: {words}"
    assert caplog.messages == [f"x:blake: a file was not given: {error}"]
