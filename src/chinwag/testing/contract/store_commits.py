"""A store is opened by one owner after the other, and takes batches wholly or not at all."""

# ruff: noqa: S101, PLR2004 - these are tests, though they stand among the sources for other stores to use

from typing import Any

import pytest

from chinwag.core.errors import StoreError
from chinwag.ports import SENT, Batch, Counters, Store
from chinwag.testing.contract.store_rows import ACCOUNT, NOW, batch, birth, end, kept, mark, place, plan, row, saying
from chinwag.testing.contract.store_suite import NOTHING, Opened, StoreSuite, a_bit_of_everything, everything, numbers


class Commits(StoreSuite):
    """Opening and committing."""

    async def test_a_new_store_begins_at_nothing(self, opened: Opened) -> None:
        """Numbers stand at 0, and the store has a name of its own."""
        store, counters = await opened.open()
        assert counters == Counters(1, 0, 0, 0, 0, counters.identity)
        assert len(counters.identity) >= 8
        assert await everything(store) == NOTHING

    async def test_every_opening_is_a_new_epoch_of_the_same_store(self, opened: Opened) -> None:
        """Whether the same owner opens it again, or another one."""
        store, first = await opened.open()
        again = await store.open()
        _, later = await opened.open()
        assert [again.epoch, later.epoch] == [2, 3]
        assert {again.identity, later.identity} == {first.identity}

    async def test_numbers_go_on_where_they_stood(self, opened: Opened) -> None:
        """The highest of each kind, whatever became of it."""
        store, _ = await opened.open()
        await store.commit(
            batch(
                births=[birth(3), birth(7)],
                outbox=[saying(11)],
                inbox=[kept(5, 3)],
                schedules=[plan(2)],
                ends=[end(7)],
                marks=[mark(11, SENT)],
            )
        )
        _, counters = await opened.open()
        assert counters == Counters(2, 7, 11, 5, 2, counters.identity)

    async def test_another_owner_finds_what_was_committed(self, opened: Opened) -> None:
        """All of it."""
        store, _ = await opened.open()
        await store.commit(a_bit_of_everything())
        before = await everything(store)
        assert await everything((await opened.open())[0]) == before != NOTHING

    async def test_an_empty_batch_is_committed(self, store: Store) -> None:
        """And changes nothing."""
        await store.commit(Batch())
        assert await everything(store) == NOTHING

    @pytest.mark.parametrize("field", ["births", "journal", "seen", "inbox", "outbox"])
    @pytest.mark.parametrize("within", [True, False], ids=["in_one_batch", "in_two_batches"])
    async def test_a_duplicate_is_refused_with_its_batch(self, store: Store, field: str, *, within: bool) -> None:
        """By the unique key of its table, the backstop."""
        await store.commit(a_bit_of_everything())
        before = await everything(store)
        twice: dict[str, Any] = {
            "births": birth(9 if within else 1),
            "journal": row(1, 9 if within else 2, "other"),
            "seen": (ACCOUNT, "new" if within else "m1", NOW),
            "inbox": kept(9 if within else 1, 1),
            "outbox": saying(9 if within else 1, words="other"),
        }
        doomed = batch(births=[birth(8)], seen=[(ACCOUNT, "m8", NOW)])
        getattr(doomed, field).extend([twice[field]] * (2 if within else 1))
        with pytest.raises(StoreError):
            await store.commit(doomed)
        assert await everything(store) == before
        assert await store.known([(ACCOUNT, "m8")]) == set()

    async def test_a_batch_whose_last_rows_fail_leaves_nothing(self, store: Store) -> None:
        """A recipient has a schedule once; the rows of all tables before it are taken back."""
        await store.commit(batch(schedules=[plan(1)]))
        before = await everything(store)
        doomed = a_bit_of_everything()
        doomed.schedules.append(plan(99))
        with pytest.raises(StoreError):
            await store.commit(doomed)
        assert await everything(store) == before

    async def test_what_cannot_be_written_is_refused(self, store: Store) -> None:
        """A lone surrogate never gets here; if it did, somebody would still get an answer."""
        with pytest.raises(StoreError):
            await store.commit(batch(births=[birth(1)], seen=[(ACCOUNT, "\ud800", NOW)]))
        assert await everything(store) == NOTHING

    async def test_the_store_goes_on_after_a_refusal(self, store: Store) -> None:
        """The next commit is as good as any."""
        with pytest.raises(StoreError):
            await store.commit(batch(births=[birth(1), birth(1)]))
        await store.commit(batch(births=[birth(1)]))
        assert numbers(await store.at([place()])) == [1]

    async def test_commits_are_applied_in_the_order_given(self, store: Store) -> None:
        """Also those that nobody waited for; the refused one among them takes no other with it."""
        waiting = [store.commit(batch(births=[birth(1)]))]
        waiting += [store.commit(batch(journal=[row(1, seq)], timers=[(1, NOW + seq)])) for seq in range(20)]
        refused = store.commit(batch(journal=[row(1, 3)], timers=[(1, 1)]))
        last = store.commit(batch(journal=[row(1, 20)]))
        for commit in waiting:
            await commit
        with pytest.raises(StoreError):
            await refused
        await last
        [parked] = await store.parked([1])
        assert len(parked.rows) == 21
        assert parked.due == NOW + 19

    async def test_closing_finishes_what_is_being_written(self, opened: Opened) -> None:
        """What was given before is written; what is given after is refused."""
        store, _ = await opened.open()
        waiting = [store.commit(batch(births=[birth(n, place(str(n)))])) for n in range(1, 51)]
        await opened.close()
        for commit in waiting:
            await commit
        with pytest.raises(StoreError):
            await store.commit(batch(births=[birth(99)]))
        assert (await opened.open())[1].conversation == 50
