"""A look into a store, beside its owner: what a reader sees is what was committed, in pages and in figures."""

from collections.abc import AsyncIterator
from contextlib import closing
from itertools import chain
from pathlib import Path

import pytest
from msgspec import Raw

from chinwag.core.errors import StoreError
from chinwag.ports import FAILED, PENDING, SENT, UNCERTAIN, Batch
from chinwag.stores.reader import PAGE, Reader, Said, Tallies
from chinwag.stores.schema import connect_reader
from chinwag.stores.sqlite import SqliteStore
from chinwag.testing.contract.store_rows import (
    LARGE,
    NOW,
    batch,
    birth,
    body,
    checkpoint,
    end,
    mark,
    place,
    row,
    saying,
    status,
)
from chinwag.testing.contract.store_suite import a_bit_of_everything


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(path)
    await store.open()
    yield store
    await store.close()


async def test_a_reader_sees_what_the_owner_sees(store: SqliteStore, path: Path) -> None:
    await store.commit(a_bit_of_everything())
    with Reader(str(path)) as reader:
        assert reader.parked(range(10)) == await store.parked(range(10))
        assert reader.data(["net:bot/u"]) == [("net:bot/u", "k", "[1]")]
        await store.commit(batch(births=[birth(9)]))
        assert [parked.number for parked in reader.parked([9])] == [9]


async def test_what_networks_keep_is_found_account_by_account(store: SqliteStore, path: Path) -> None:
    there = Batch()
    for user, value in {
        "net:a/": "1", "net:a/u": "0", "net:a/\u8a69/u": "0", "net:a-2/u": "0", "net:a-2/": "2", "net:a0/": "3",
        "net:ab/u": "0", "odd": "0", "odd/": "4", "z:z/z": "0",
    }.items():  # fmt: skip
        there.writes[user, "kept"] = (user, "kept", Raw(value.encode()))
    there.writes["net:b/", "other"] = ("net:b/", "other", Raw(b"0"))
    with Reader(str(path)) as reader:
        assert reader.kept("kept") == []
    await store.commit(there)
    with Reader(str(path)) as reader:
        assert sorted(reader.kept("kept")) == [("net:a", "1"), ("net:a-2", "2"), ("net:a0", "3"), ("odd", "4")]


async def test_lists_come_in_pages(store: SqliteStore, path: Path) -> None:
    everyone = range(1, 2 * PAGE + 4)
    await store.commit(batch(births=[birth(n, place(str(n))) for n in everyone]))
    await store.commit(batch(ends=[end(2 * PAGE + 2, place(str(2 * PAGE + 2)))], statuses=[status(5, "failed")]))
    await store.commit(batch(statuses=[status(7, "diverged")]))
    with Reader(str(path)) as reader:
        pages = list(reader.in_flight())
        assert [len(page) for page in pages] == [PAGE, PAGE, 1]
        assert list(chain(*pages)) == [n for n in everyone if n not in {5, 2 * PAGE + 2}]
        assert list(chain(*reader.unended())) == [n for n in everyone if n != 2 * PAGE + 2]
        assert reader.newest(2) == [2 * PAGE + 3, 2 * PAGE + 1, 7, 5]
        assert reader.newest(1) == [2 * PAGE + 3, 7]


async def test_what_a_conversation_said(store: SqliteStore, path: Path) -> None:
    words = body("x" * 20_000)
    said = [saying(1), saying(2, words=LARGE), saying(3, 2), saying(4, 0)]
    await store.commit(batch(births=[birth(1)], outbox=said, blobs=[("outbox", 2, 0, words)]))
    await store.commit(batch(marks=[mark(1, SENT, ref="r", attempts=2), mark(2, FAILED, error="no")]))
    with Reader(str(path)) as reader:
        assert reader.said(1) == [
            Said(1, "sent", 2, 0, NOW, "r", "", '{"id":1,"text":"hello"}'),
            Said(2, "failed", 1, 0, NOW, "", "no", bytes(words).decode()),
        ]
        assert reader.said(9) == []


async def test_figures(store: SqliteStore, path: Path) -> None:
    await store.commit(batch(births=[birth(n) for n in range(1, 8)], outbox=[saying(n) for n in range(1, 8)]))
    await store.commit(
        batch(statuses=[status(1, "failed"), status(2, "diverged"), status(3, "diverged")], ends=[end(4)])
    )
    words = {1: SENT, 2: FAILED, 3: FAILED, 4: UNCERTAIN, 5: PENDING}
    await store.commit(batch(marks=[mark(n, word) for n, word in words.items()]))
    await store.commit(batch(promotions=[(5, 1, 1), (6, 1, 0)]))
    await store.commit(batch(promotions=[(5, 1, 1)]))
    with Reader(str(path)) as reader:
        assert reader.tallies() == Tallies(3, 1, 2, 3, 2, 1, 2)


async def test_a_reader_writes_nothing(store: SqliteStore, path: Path) -> None:
    await store.commit(batch(births=[birth(1)]))
    with (
        closing(connect_reader(str(path))) as connection,
        pytest.raises(Exception, match=r"readonly|read-only|query_only"),
    ):
        connection.execute("DELETE FROM conv")


def test_a_missing_store_is_told(path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store"):
        Reader(str(path))


async def test_a_checkpoint_leaves_no_blob_behind(store: SqliteStore, path: Path) -> None:
    large = body("x" * 20_000)
    turns = [row(1, seq, LARGE) for seq in range(4)]
    blobs = [("journal", 1, seq, large) for seq in range(4)] + [("state", 1, 0, large)]
    await store.commit(batch(births=[birth(1)], journal=turns, blobs=blobs, checkpoints=[checkpoint(1, 2, LARGE)]))
    with closing(connect_reader(str(path))) as connection:
        kept = "SELECT kind, seq FROM blob ORDER BY kind, seq"
        assert list(connection.execute(kept)) == [("journal", 2), ("journal", 3), ("state", 0)]
        await store.commit(batch(checkpoints=[checkpoint(1, 4, "small")]))
        assert list(connection.execute(kept)) == []
