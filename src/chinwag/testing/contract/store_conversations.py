"""What a store keeps of conversations: their lives, their journals, what they hold."""

# ruff: noqa: S101 - these are tests, though they stand among the sources for other stores to use

import pytest

from chinwag.ports import Store
from chinwag.testing.contract.store_rows import (
    NASTY,
    NOW,
    batch,
    birth,
    body,
    checkpoint,
    end,
    kept,
    place,
    row,
    status,
)
from chinwag.testing.contract.store_suite import StoreSuite, numbers, text


class Conversations(StoreSuite):
    """Births, turns, checkpoints, ends; inputs and steps."""

    async def test_a_conversation_is_born(self, store: Store) -> None:
        """And is found by its address and its number, as it was written."""
        first = body([["argument"], {"text": "/start"}])
        await store.commit(batch(births=[birth(4, attended=0, first=first)], journal=[row(4, 0, "a")]))
        [born] = await store.parked([4])
        assert (born.number, born.name, born.address, born.seed) == (4, "guess", place(), "00" * 16)
        assert born.attended is False
        assert (born.status, born.born, born.changed) == ("waiting", NOW, NOW)
        assert (born.base, born.draws, born.birth, born.state) == (0, 0, text(first), None)
        assert (born.error, born.fingerprint, born.due) == (None, "f1", 0)
        assert (born.rows, born.held, born.steps) == ([text(row(4, 0, "a")[2])], [], [])
        assert await store.at([place()]) == [born]
        assert await store.homes([4]) == [place()]

    async def test_rows_come_in_the_order_of_turns(self, store: Store) -> None:
        """Whatever the order in which they were written, and whoever's were written between."""
        await store.commit(batch(births=[birth(1), birth(2, place("b"))]))
        for seq in (2, 0, 1):
            await store.commit(batch(journal=[row(2, seq, seq), row(1, seq, -seq)]))
        one, two = await store.parked([2, 1])
        assert [one.number, two.number] == [1, 2]
        assert two.rows == [text(row(2, seq, seq)[2]) for seq in range(3)]

    async def test_a_checkpoint_drops_the_journal_before_it(self, store: Store) -> None:
        """Also what is written in the same batch, and of no other conversation."""
        await store.commit(batch(births=[birth(1), birth(2)], journal=[row(1, 0), row(1, 1), row(2, 0)]))
        await store.commit(
            batch(journal=[row(1, 2), row(1, 3, "kept")], checkpoints=[checkpoint(1, 3, ["Day", {}], draws=5)])
        )
        one, two = await store.parked([1, 2])
        assert (one.base, one.draws, one.state, one.fingerprint) == (3, 5, '["Day",{}]', "f2")
        assert one.rows == [text(row(1, 3, "kept")[2])]
        assert len(two.rows) == 1

    async def test_the_last_checkpoint_of_a_batch_counts(self, store: Store) -> None:
        """It is a mapping."""
        made = batch(births=[birth(1)], journal=[row(1, seq) for seq in range(3)])
        made.checkpoints[1] = checkpoint(1, 1, "first")
        made.checkpoints[1] = checkpoint(1, 2, "second")
        await store.commit(made)
        [parked] = await store.parked([1])
        assert (parked.base, parked.state, len(parked.rows)) == (2, '"second"', 1)

    @pytest.mark.parametrize("word", ["ended", "cancelled"])
    async def test_an_end_leaves_no_address_deadline_step_or_input(self, store: Store, word: str) -> None:
        """What it was can still be looked at."""
        await store.commit(
            batch(
                births=[birth(1), birth(2)],
                journal=[row(1, 0)],
                timers=[(1, NOW), (2, NOW)],
                steps=[(1, "0", 0)],
                inbox=[kept(1, 1, "step")],
            )
        )
        await store.commit(batch(ends=[end(1, word=word)]))
        assert numbers(await store.at([place()])) == [2]
        assert await store.homes([1]) == []
        assert await store.due((0, 0), 9) == [(NOW, 2)]
        assert await store.unfinished() == []
        [parked] = await store.parked([1])
        assert (parked.status, parked.changed, parked.due, parked.held, parked.steps) == (word, NOW + 2, 0, [], [])
        assert len(parked.rows) == 1

    async def test_born_and_over_in_one_batch(self, store: Store) -> None:
        """A conversation that never waits."""
        await store.commit(batch(births=[birth(1)], journal=[row(1, 0)], timers=[(1, NOW)], ends=[end(1)]))
        assert (await store.at([place()]), await store.due((0, 0), 9)) == ([], [])
        assert [p.status for p in await store.parked([1])] == ["ended"]

    async def test_a_failed_conversation_releases_its_address(self, store: Store) -> None:
        """And its deadline. What it holds and the steps it had stay; once it goes on, it lives there again."""
        await store.commit(batch(births=[birth(1)], timers=[(1, NOW)], steps=[(1, "2", 7)]))
        await store.commit(batch(inbox=[kept(1, 1)], statuses=[status(1, "failed", error=NASTY)]))
        assert (await store.at([place()]), await store.homes([1]), await store.due((0, 0), 9)) == ([], [], [])
        assert await store.unfinished() == []
        [parked] = await store.troubled("failed")
        assert (parked.error, parked.changed, parked.fingerprint) == (NASTY, NOW + 1, "f3")
        await store.commit(batch(statuses=[status(1, "waiting")], taken=[(1,)]))
        [parked] = await store.at([place()])
        assert (parked.status, parked.error, parked.steps, parked.held) == ("waiting", None, [("2", 7)], [])
        assert await store.troubled("failed") == []

    async def test_a_diverged_conversation_keeps_its_address_and_deadline(self, store: Store) -> None:
        """It takes in messages, and is not woken for what it holds."""
        await store.commit(batch(births=[birth(1)], journal=[row(1, 0)], timers=[(1, NOW)], steps=[(1, "0", 0)]))
        await store.commit(batch(statuses=[status(1, "diverged", error="why")], inbox=[kept(1, 1, "step")]))
        assert numbers(await store.at([place()])) == [1]
        assert (await store.homes([1]), await store.due((0, 0), 9)) == ([place()], [(NOW, 1)])
        assert await store.unfinished() == []
        [parked] = await store.troubled("diverged")
        assert (parked.number, parked.rows, parked.address) == (1, [], place())

    async def test_failed_and_over_in_one_batch(self, store: Store) -> None:
        """What goes on may end at once; the last status of a batch counts."""
        await store.commit(batch(births=[birth(1), birth(2)]))
        made = batch(statuses=[status(1, "failed"), status(2, "failed")])
        made.statuses[1] = status(1, "waiting")
        made.ends.append(end(1))
        await store.commit(made)
        assert await store.at([place()]) == []
        assert [(p.number, p.status) for p in await store.parked([1, 2])] == [(1, "ended"), (2, "failed")]

    async def test_a_failed_conversation_can_be_ended(self, store: Store) -> None:
        """It is in no trouble any more."""
        await store.commit(batch(births=[birth(1)], statuses=[status(1, "failed", error="why")], inbox=[kept(1, 1)]))
        await store.commit(batch(ends=[end(1, word="cancelled")]))
        [parked] = await store.parked([1])
        assert (parked.status, parked.error, parked.held) == ("cancelled", None, [])
        assert await store.troubled("failed") == []

    async def test_what_was_consumed_is_known(self, store: Store) -> None:
        """By account and id together."""
        await store.commit(batch(seen=[("a", "1", NOW), ("b", "2", NOW), ("a", NASTY, NOW)]))
        asked = [("a", "1"), ("a", "2"), ("b", "1"), ("b", "2"), ("a", NASTY), ("a", "1"), ("", "")]
        assert await store.known(asked) == {("a", "1"), ("b", "2"), ("a", NASTY)}
        assert await store.known([]) == set()

    async def test_what_was_consumed_last_is_told_by_how_its_id_begins(self, store: Store) -> None:
        """Of one account and one beginning, and the last that was committed, whatever the ids are."""
        await store.commit(batch(seen=[("a", "d 9", NOW), ("a", "d 1", NOW + 1), ("a", "e 5", NOW + 2)]))
        await store.commit(batch(seen=[("b", "d 7", NOW + 3)]))
        assert await store.last_seen("a", "d ") == ("d 1", NOW + 1)
        assert await store.last_seen("a", "e ") == ("e 5", NOW + 2)
        assert await store.last_seen("a", "f ") is None
        assert await store.last_seen("c", "d ") is None

    async def test_kept_inputs_come_in_order_until_they_are_taken(self, store: Store) -> None:
        """Only those that need no open question make a conversation unfinished."""
        await store.commit(batch(births=[birth(1), birth(2)], inbox=[kept(2, 1, value="b"), kept(1, 1, value="a")]))
        [parked] = await store.parked([1])
        assert parked.held == [(1, "message", NOW, '"a"'), (2, "message", NOW, '"b"')]
        assert await store.unfinished() == []
        await store.commit(batch(inbox=[kept(3, 2, "start", None), kept(4, 1, "step"), kept(5, 2)], taken=[(1,), (5,)]))
        assert await store.unfinished() == [1, 2]
        assert [[held[0] for held in p.held] for p in await store.parked([1, 2])] == [[2, 4], [3]]

    async def test_a_step_is_under_way_until_its_outcome_is_journaled(self, store: Store) -> None:
        """One that begins again is claimed anew, also behind one of the same path in one batch."""
        await store.commit(batch(births=[birth(1)], steps=[(1, "0", 0), (1, "1.0.2", 7)]))
        assert [p.steps for p in await store.parked([1])] == [[("0", 0), ("1.0.2", 7)]]
        assert await store.unfinished() == [1]
        await store.commit(batch(stepped=[(1, "0"), (1, "1.0.2"), (1, "9")], steps=[(1, "1.0.2", 8)]))
        assert [p.steps for p in await store.parked([1])] == [[("1.0.2", 8)]]
        await store.commit(batch(steps=[(1, "1.0.2", 9)]))
        assert [p.steps for p in await store.parked([1])] == [[("1.0.2", 9)]]
        await store.commit(batch(stepped=[(1, "1.0.2")]))
        assert await store.unfinished() == []
