"""Pauses between failures: longer each time, told once."""

import pytest

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
