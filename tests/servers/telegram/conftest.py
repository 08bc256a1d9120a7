"""The emulator, on a clock that only moves when a test says so, and the simplest client for it."""

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any, TypeAlias

import aiohttp
import pytest
from tests.servers.telegram.telegram_emulator import TelegramEmulator

Caller: TypeAlias = Callable[..., Coroutine[Any, Any, dict[str, Any]]]

START = 1_800_000_000.0


class Clock:
    """Seconds since 1970, as many as a test says."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def telegram(clock: Clock) -> AsyncIterator[TelegramEmulator]:
    async with TelegramEmulator(clock=clock, backoff=0.001) as emulator:
        yield emulator


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def call(telegram: TelegramEmulator, http: aiohttp.ClientSession) -> Caller:
    """Call a method with a JSON body; the whole answer."""

    async def call(method: str, *, token: str = "", **values: Any) -> dict[str, Any]:
        async with http.post(f"{telegram.url}/bot{token or telegram.token}/{method}", json=values) as answer:
            found: dict[str, Any] = await answer.json()
            assert answer.status == found.get("error_code", 200)
            return found

    return call


@pytest.fixture
def ann(telegram: TelegramEmulator) -> int:
    """A user who has started the bot."""
    return telegram.rooms.add_user("Ann", username="ann_example", started=True)
