"""What the parts of a store's contract share: a place where a store lies, and questions about everything in it."""

from abc import abstractmethod
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from chinwag.ports import FAILED, PENDING, Batch, Counters, Parked, Store
from chinwag.testing.contract.store_rows import (
    ACCOUNT,
    NOW,
    batch,
    birth,
    body,
    checkpoint,
    end,
    kept,
    mark,
    place,
    plan,
    row,
    saying,
    status,
)


class Opened:
    """A place where a store lies, and whoever has opened it there.

    Args:
        suite: makes stores.
        folder: the place.
    """

    def __init__(self, suite: "StoreSuite", folder: Path) -> None:
        self._suite = suite
        self._folder = folder
        self._store: Store | None = None

    async def open(self) -> tuple[Store, Counters]:
        """A new owner, after the last one has let go."""
        await self.close()
        self._store = self._suite.make(self._folder)
        return self._store, await self._store.open()

    async def close(self) -> None:
        """Let go."""
        if self._store is not None:
            await self._store.close()
        self._store = None


class StoreSuite:
    """Tests of a store that ``make`` gives."""

    @abstractmethod
    def make(self, folder: Path) -> Store:
        """A store that is not opened; the same folder gives the same store."""

    @pytest.fixture
    async def opened(self, tmp_path: Path) -> AsyncIterator[Opened]:
        """The place."""
        opened = Opened(self, tmp_path)
        yield opened
        await opened.close()

    @pytest.fixture
    async def store(self, opened: Opened) -> Store:
        """An open store."""
        return (await opened.open())[0]


NOTHING: dict[str, Any] = {
    "known": set(),
    "at": [],
    "parked": [],
    "homes": [],
    "data": {},
    "due": [],
    "planned": [],
    "schedules": [],
    "open": [],
    "outgoing": [],
    "undelivered": [],
    "unheard": [],
    "unfinished": [],
    "failed": [],
    "diverged": [],
}


async def everything(store: Store) -> dict[str, Any]:
    """What a store answers about the few things that tests of refusals write."""
    few = range(1, 12)
    return {
        "known": await store.known([(ACCOUNT, f"m{n}") for n in few]),
        "at": await store.at([place()]),
        "parked": await store.parked(few),
        "homes": await store.homes(few),
        "data": await store.data(["net:bot/u"]),
        "due": await store.due((0, 0), 99),
        "planned": await store.planned((0, 0), 99),
        "schedules": await store.schedules_of(ACCOUNT, ("", "", ""), 99),
        "open": await store.open_outbox(),
        "outgoing": sorted(await store.outgoing(few)),
        "undelivered": await store.undelivered(1),
        "unheard": await store.unheard(),
        "unfinished": await store.unfinished(),
        "failed": await store.troubled("failed"),
        "diverged": await store.troubled("diverged"),
    }


def a_bit_of_everything() -> Batch:
    """Rows for every table."""
    return batch(
        births=[birth(1), birth(2), birth(3)],
        journal=[row(1, 0), row(1, 1), row(1, 2)],
        blobs=[("journal", 2, 0, body("x" * 20_000))],
        checkpoints=[checkpoint(1, 1, ["Day", {"n": 1}])],
        seen=[(ACCOUNT, "m1", NOW), (ACCOUNT, "m2", NOW)],
        inbox=[kept(1, 1), kept(2, 1, "step"), kept(3, 1)],
        taken=[(3,)],
        outbox=[saying(1), saying(2), saying(3, 0, PENDING)],
        marks=[mark(2, FAILED, error="no", told=1)],
        promotions=[(3, 1, 0)],
        awaited=[(1,)],
        steps=[(1, "0", 0), (1, "1", 1)],
        stepped=[(1, "1")],
        writes=[("net:bot/u", "k", body([1]))],
        timers=[(1, NOW + 9)],
        schedules=[plan(5, name="other")],
        statuses=[status(2, "diverged", error="why")],
        ends=[end(3)],
    )


def numbers(found: list[Parked]) -> list[int]:
    """Which conversations."""
    return [parked.number for parked in found]


def text(raw: Raw) -> str:
    """A body as it is read."""
    return bytes(raw).decode()
