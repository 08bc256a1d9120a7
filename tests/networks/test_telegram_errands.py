"""What is done on the side: its failures are told once of each kind, and it ends with the bot."""

import asyncio
import logging

import pytest

from chinwag.core.errors import Ambiguous, Refused
from chinwag.networks.telegram.errands import Errands


async def failing(error: Exception) -> None:
    raise error


async def test_each_kind_of_failure_is_told_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "chinwag")
    errands = Errands("telegram:mybot")
    for what in ("typing", "typing", "the menu"):
        errands.run(what, failing(Refused("no")))
    await asyncio.sleep(0)
    told = [(record.levelno, record.getMessage()) for record in caplog.records]
    assert told == [
        (logging.WARNING, "telegram:mybot: typing failed (no); the bot goes on without it."),
        (logging.DEBUG, "telegram:mybot: typing failed (no); the bot goes on without it."),
        (logging.WARNING, "telegram:mybot: the menu failed (no); the bot goes on without it."),
    ]


async def test_it_ends_with_the_bot() -> None:
    errands, ended = Errands("telegram:mybot"), asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    errands.run("typing", work())
    errands.run("typing", failing(Ambiguous("?")))
    await asyncio.sleep(0)
    await errands.stop()
    assert ended.is_set()
