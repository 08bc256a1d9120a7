"""Pauses between failures: longer each time, told once."""

from functools import partial

import pytest

from chinwag.core.errors import Ambiguous, RateLimited, Refused, SendError
from chinwag.transport.answers import Revoked
from chinwag.transport.pauses import Pauses


async def test_pauses_grow_and_each_kind_of_failure_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    pauses = Pauses("mastodon:blake", "Mastodon", sleep, lambda: 0.0)
    await pauses.rest("It is down.")
    await pauses.rest("It is down.")
    await pauses.rest("It is slow.", least=20.0)
    pauses.over()
    pauses.over()
    await pauses.rest("It is down.")
    assert slept == [0.5, 1.0, 20.0, 0.5]
    assert [record.getMessage() for record in caplog.records] == [
        "mastodon:blake: It is down. Trying again, nothing is lost.",
        "mastodon:blake: It is slow. Trying again, nothing is lost.",
        "mastodon:blake: Mastodon answers again.",
        "mastodon:blake: It is down. Trying again, nothing is lost.",
    ]


async def asked(outcomes: list[str | SendError]) -> str:
    outcome = outcomes.pop(0)
    if isinstance(outcome, SendError):
        raise outcome
    return outcome


async def test_it_asks_until_there_is_an_answer(caplog: pytest.LogCaptureFixture) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    pauses = Pauses("x:blake", "X", sleep, lambda: 0.0)
    outcomes: list[str | SendError] = [Ambiguous("lost"), RateLimited("slower", 20.0), "yes"]
    assert await pauses.insist(partial(asked, outcomes), Revoked) == "yes"
    assert slept == [0.5, 20.0]
    assert [words.removeprefix("x:blake: ") for words in caplog.messages] == [
        "X cannot be reached (lost). Trying again, nothing is lost.",
        "X cannot be reached (slower). Trying again, nothing is lost.",
        "X answers again.",
    ]
    caplog.clear()
    assert await pauses.insist(partial(asked, [Ambiguous("lost"), "yes"]), Revoked, lambda _: "Gone.") == "yes"
    assert caplog.messages[0] == "x:blake: Gone. Trying again, nothing is lost."


@pytest.mark.parametrize("error", [Refused("no"), Revoked("gone")])
async def test_what_is_final_is_not_asked_again(error: SendError) -> None:
    with pytest.raises(type(error)):
        await Pauses("x:blake", "X").insist(partial(asked, [error]), Revoked)
