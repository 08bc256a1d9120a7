"""What is over is forgotten after a while, in pieces; what is not over never is, and no number is used twice."""

from contextlib import closing
from pathlib import Path

import pytest

from chinwag.ports import FAILED, PENDING, SENT, UNCERTAIN, Batch
from chinwag.stores.retention import DAY, HOUR, LEAST, Retention
from chinwag.stores.schema import connect_owner, connect_reader
from chinwag.stores.sqlite import SqliteStore
from chinwag.testing.contract.store_rows import (
    ACCOUNT,
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

LATER = NOW + 31 * DAY


def sign(at: int) -> Batch:
    """A sign of life, which brings the time with it."""
    return batch(seen=[(ACCOUNT, str(at), at)])


async def opened(path: Path, retention: Retention | None = None) -> SqliteStore:
    store = SqliteStore(path, inline=True, retention=retention)
    await store.open()
    return store


def counts(path: Path) -> dict[str, int]:
    """How many rows there are."""
    tables = ("conv", "journal", "blob", "outbox", "seen")
    with closing(connect_reader(str(path))) as connection:
        return {name: next(connection.execute(f"SELECT count(*) FROM {name}"))[0] for name in tables}  # noqa: S608


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def a_life(number: int, first: int = 1) -> Batch:
    """A conversation with something in every table that retention looks at."""
    return batch(
        births=[birth(number, first=LARGE)],
        journal=[row(number, 0), row(number, 1, LARGE)],
        checkpoints=[checkpoint(number, 0, LARGE)],
        outbox=[saying(first, number, words=LARGE), saying(first + 1, number)],
        marks=[mark(first, SENT), mark(first + 1, UNCERTAIN)],
        blobs=[(kind, number, seq, body("x")) for kind, seq in (("birth", 0), ("state", 0), ("journal", 1))]
        + [("outbox", first, 0, body("x"))],
    )


@pytest.mark.parametrize("word", ["ended", "cancelled"])
async def test_what_is_over_for_thirty_days_is_forgotten(path: Path, word: str) -> None:
    store = await opened(path)
    await store.commit(a_life(1))
    await store.commit(batch(ends=[end(1, word=word, at=NOW)]))
    await store.commit(sign(NOW + 30 * DAY - HOUR))
    assert counts(path) == {"conv": 1, "journal": 2, "blob": 4, "outbox": 2, "seen": 1}
    await store.commit(sign(NOW + 30 * DAY + HOUR))
    assert counts(path) == {"conv": 0, "journal": 0, "blob": 0, "outbox": 0, "seen": 2}
    await store.close()


@pytest.mark.parametrize("word", ["waiting", "failed", "diverged"])
async def test_what_may_go_on_is_kept_for_ever(path: Path, word: str) -> None:
    store = await opened(path)
    await store.commit(a_life(1))
    await store.commit(batch(statuses=[status(1, word, at=NOW)]))
    await store.commit(sign(NOW + 9000 * DAY))
    assert counts(path) == {"conv": 1, "journal": 2, "blob": 4, "outbox": 2, "seen": 1}
    await store.close()


async def test_numbers_are_never_used_again(path: Path) -> None:
    store = await opened(path)
    await store.commit(a_life(7, first=20))
    await store.commit(batch(outbox=[saying(30, 0)], marks=[mark(30, SENT)], ends=[end(7)]))
    await store.commit(sign(LATER))
    assert counts(path)["conv"] == counts(path)["outbox"] == 0
    await store.close()
    counters = await store.open()
    assert (counters.conversation, counters.outbox) == (7, 30)
    await store.commit(batch(births=[birth(8)], outbox=[saying(31, 8)]))
    counters = await store.open()
    assert (counters.conversation, counters.outbox) == (8, 31)
    await store.close()


async def test_ids_are_forgotten_after_seven_days(path: Path) -> None:
    store = await opened(path)
    await store.commit(batch(seen=[(ACCOUNT, "old", NOW), (ACCOUNT, "young", NOW + 2 * DAY)]))
    await store.commit(sign(NOW + 8 * DAY))
    assert await store.known([(ACCOUNT, "old"), (ACCOUNT, "young")]) == {(ACCOUNT, "young")}
    await store.close()


async def test_what_could_not_be_sent_stays_until_it_is_decided(path: Path) -> None:
    store = await opened(path)
    await store.commit(batch(births=[birth(1)], journal=[row(1, 0)]))
    words = body("x" * 20_000)
    await store.commit(
        batch(
            outbox=[saying(1, 1, PENDING), saying(2, 1, words=LARGE), saying(3, 1)],
            blobs=[("outbox", 2, 0, words)],
            marks=[mark(3, SENT)],
            ends=[end(1)],
        )
    )
    await store.commit(sign(LATER))
    assert await store.parked([1]) == []
    assert [(m.number, m.conversation) for m in await store.open_outbox()] == [(1, 0), (2, 0)]
    assert (await store.open_outbox())[1].body == bytes(words).decode()
    await store.commit(batch(marks=[mark(1, SENT), mark(2, FAILED)]))
    await store.commit(sign(LATER + 2 * HOUR))
    assert counts(path) == {"conv": 0, "journal": 0, "blob": 0, "outbox": 0, "seen": 2}
    await store.close()


async def test_the_bots_own_words_are_forgotten_too(path: Path) -> None:
    store = await opened(path)
    said = [saying(1, 0), saying(2, 0), saying(3, 0, at=LATER), saying(4, 0, PENDING)]
    await store.commit(batch(outbox=said, marks=[mark(1, SENT), mark(2, FAILED), mark(3, SENT)]))
    await store.commit(sign(LATER + HOUR))
    assert sorted(message[0] for message in await store.outgoing([1, 2, 3, 4])) == [3, 4]
    await store.close()


async def test_a_long_conversation_goes_in_small_pieces(path: Path) -> None:
    store = await opened(path)
    size = 10 * LEAST
    await store.commit(batch(births=[birth(1)], journal=[row(1, seq) for seq in range(size)]))
    said = [saying(n) for n in range(1, size + 1)]
    await store.commit(batch(outbox=said, marks=[mark(n, SENT) for n in range(1, size + 1)], ends=[end(1)]))
    before = counts(path)
    pieces = 0
    while counts(path)["conv"]:
        await store.commit(sign(LATER + pieces))
        after = counts(path)
        assert 0 < before["journal"] - after["journal"] <= LEAST or not before["journal"]
        assert 0 < before["outbox"] - after["outbox"] <= LEAST or not before["outbox"]
        before, pieces = after, pieces + 1
    assert pieces >= size // LEAST
    assert (before["journal"], before["outbox"]) == (0, 0)
    await store.close()


async def test_many_conversations_go_in_small_pieces(path: Path) -> None:
    store = await opened(path)
    everyone = range(1, 5 * LEAST + 1)
    await store.commit(batch(births=[birth(n, place(str(n))) for n in everyone]))
    await store.commit(batch(ends=[end(n, place(str(n)), at=NOW + n) for n in everyone]))
    for piece in range(1, 6):
        await store.commit(sign(LATER + piece))
        assert [parked.number for parked in await store.parked(everyone)] == list(everyone[piece * LEAST :])
    await store.close()


async def test_forgetting_keeps_up_with_writing(path: Path) -> None:
    store = await opened(path)
    number = 0
    for day in range(60):
        at = NOW + day * DAY
        ids = range(number + 1, number + 501)
        lives = batch(
            births=[birth(n, place(str(n)), at=at) for n in ids],
            journal=[row(n, 0) for n in ids],
            seen=[(ACCOUNT, str(n), at) for n in ids],
            outbox=[saying(n, n, at=at) for n in ids],
            ends=[end(n, place(str(n)), at=at) for n in ids],
        )
        await store.commit(lives)
        await store.commit(batch(marks=[mark(n, SENT) for n in ids]))
        number += 500
    found = counts(path)
    assert 30 * 500 <= found["conv"] <= 33 * 500
    assert 7 * 500 <= found["seen"] <= 10 * 500
    assert found["journal"] == found["outbox"] == found["conv"]
    await store.close()


@pytest.mark.parametrize("retention", [Retention(over=0), Retention(over=0, seen=0)])
async def test_zero_keeps_for_ever(path: Path, retention: Retention) -> None:
    store = await opened(path, retention)
    await store.commit(a_life(1))
    await store.commit(batch(ends=[end(1)], seen=[(ACCOUNT, "old", NOW)]))
    await store.commit(sign(NOW + 9000 * DAY))
    assert counts(path)["conv"] == 1
    assert (await store.known([(ACCOUNT, "old")]) == set()) is bool(retention._seen)
    await store.close()


def test_with_nothing_to_forget_nobody_looks_for_an_hour() -> None:
    retention = Retention()
    with closing(connect_owner(":memory:")) as connection:
        looks: list[str] = []

        def looked(_: object, sql: str, __: object) -> bool:
            looks.append(sql)
            return True

        connection.set_exec_trace(looked)
        for at in (NOW, NOW + 1, NOW + HOUR - 1, NOW + HOUR, NOW + HOUR + 1):
            retention.after(connection, sign(at))
        retention.after(connection, batch(marks=[mark(1, SENT)]))
        assert [look.split()[2] for look in looks if look.startswith("INSERT")] == ["sweep", "purge"] * 2


# -- conversations that go on for years


STATE = ["Recite", {"position": 3}]


async def a_flock_of_one(path: Path, *, state: object = STATE, later: int = LATER, said: str = SENT) -> SqliteStore:
    """It has said three things long ago; a checkpoint, and the fourth, are of today."""
    store = await opened(path)
    outbox = [saying(number) for number in (1, 2, 3)]
    await store.commit(batch(births=[birth(1)], journal=[row(1, 0)], outbox=outbox))
    await store.commit(batch(marks=[mark(number, said) for number in (1, 2, 3)]))
    today = body([later, "timer", None])
    await store.commit(
        batch(journal=[row(1, 1, today)], checkpoints=[checkpoint(1, 1, state)], outbox=[saying(4, at=later)])
    )
    await store.commit(sign(LATER))
    await store.commit(sign(LATER + HOUR))
    await store.commit(sign(LATER + 2 * HOUR))
    return store


async def test_what_was_said_long_before_the_last_checkpoint_goes(path: Path) -> None:
    store = await a_flock_of_one(path)
    assert [number for number, *_ in await store.outgoing([1, 2, 3, 4])] == [4]
    (parked,) = await store.parked([1])
    assert (parked.status, len(parked.rows)) == ("waiting", 1)
    await store.close()


@pytest.mark.parametrize("how", [
    {"state": ["Recite", {"last": {"$": "Sent", "v": {"number": 2}}}]},  # it may be edited yet
    {"state": 0},  # in the blobs, where nobody looks
    {"later": NOW},  # its last checkpoint is as old as what it said
    {"said": FAILED},  # an operator may have it sent again
    {"said": UNCERTAIN},
], ids=["meant", "large", "no-checkpoint-since", "failed", "uncertain"])  # fmt: skip
async def test_what_may_be_needed_yet_stays(path: Path, how: dict[str, object]) -> None:
    store = await a_flock_of_one(path, **how)  # type: ignore[arg-type]  # by name
    assert [number for number, *_ in await store.outgoing([1, 2, 3, 4])] == [1, 2, 3, 4]
    await store.close()


async def test_a_store_of_many_is_gone_through_in_pieces_and_numbers_are_not_used_again(path: Path) -> None:
    store = await opened(path)
    many = 5 * LEAST
    await store.commit(
        batch(births=[birth(1)], journal=[row(1, 0)], outbox=[saying(number + 1) for number in range(many)])
    )
    await store.commit(batch(marks=[mark(number + 1, SENT) for number in range(many)]))
    today = body([LATER, "timer", None])
    await store.commit(batch(journal=[row(1, 1, today)], checkpoints=[checkpoint(1, 1, STATE)]))
    left = []
    for second in range(8):
        await store.commit(sign(LATER + second))
        left.append(counts(path)["outbox"])
    assert left[0] > left[1] > left[-1] == 0
    await store.close()
    again = SqliteStore(path, inline=True)
    assert (await again.open()).outbox == many
    await again.close()
