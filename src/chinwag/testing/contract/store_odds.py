"""What comes in thousands, in megabytes, or in characters that mean something elsewhere."""

# ruff: noqa: S101, PLR2004 - these are tests, though they stand among the sources for other stores to use

from chinwag.ports import FAILED, SENT, Store
from chinwag.testing.contract.store_rows import (
    ACCOUNT,
    FAR,
    LARGE,
    NASTY,
    NOW,
    THOUSAND,
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
)
from chinwag.testing.contract.store_suite import StoreSuite, a_bit_of_everything, numbers, text


class Odds(StoreSuite):
    """Much, large and odd."""

    async def test_large_bodies_come_back_in_their_places(self, store: Store) -> None:
        """Of a birth, of turns, of states and of messages."""
        large = {n: body([str(n) * 50_000, NASTY]) for n in range(6)}
        blobs = [("birth", 1, 0, large[0]), ("journal", 1, 1, large[1]), ("outbox", 7, 0, large[2])]
        await store.commit(
            batch(
                births=[birth(1, first=LARGE)],
                journal=[row(1, 0), row(1, 1, LARGE)],
                outbox=[saying(7, words=LARGE), saying(8)],
                blobs=blobs,
            )
        )
        [parked] = await store.at([place()])
        assert (parked.birth, parked.rows) == (text(large[0]), [text(row(1, 0)[2]), text(large[1])])
        assert [o.body for o in await store.open_outbox()] == [text(large[2]), '{"id":8,"text":"hello"}']
        await store.commit(batch(marks=[mark(7, FAILED)]))
        assert [o.body for o in await store.undelivered(1)] == [text(large[2])]
        for base, state in ((1, large[3]), (2, large[4])):
            blobs = [("state", 1, 0, state), ("journal", 1, base + 1, large[5])]
            turn = row(1, base + 1, LARGE)
            await store.commit(batch(journal=[turn], checkpoints=[checkpoint(1, base + 1, LARGE)], blobs=blobs))
            [parked] = await store.parked([1])
            assert (parked.state, parked.rows) == (text(state), [text(large[5])])
        await store.commit(batch(checkpoints=[checkpoint(1, 4, "small")]))
        [parked] = await store.parked([1])
        assert (parked.state, parked.rows, parked.birth) == ('"small"', [], text(large[0]))

    async def test_texts_and_numbers_come_back_as_they_are(self, store: Store) -> None:
        """Whatever a user or a network may write, and whatever 62 bits hold."""
        where = place(NASTY)
        await store.commit(
            batch(
                births=[birth(FAR, where, at=FAR)],
                journal=[row(FAR, FAR, NASTY)],
                outbox=[saying(FAR, FAR, at=FAR, room=NASTY, words=NASTY)],
                inbox=[kept(FAR, FAR, value=NASTY)],
                timers=[(FAR, FAR)],
                steps=[(FAR, NASTY, FAR)],
                schedules=[plan(FAR, where, name=NASTY, due=FAR)],
            )
        )
        [parked] = await store.at([where])
        assert (parked.number, parked.address, parked.born, parked.due) == (FAR, where, FAR, FAR)
        assert parked.rows == [text(row(FAR, FAR, NASTY)[2])]
        assert (parked.held[0][3], parked.steps) == (text(body(NASTY)), [(NASTY, FAR)])
        [message] = await store.open_outbox()
        assert (message.number, message.room, message.body) == (FAR, NASTY, text(saying(FAR, words=NASTY)[8]))
        assert (await store.schedules_of(ACCOUNT, ("", "", ""), 9))[0].name == NASTY
        await store.commit(batch(marks=[mark(FAR, FAILED, ref=NASTY, error=NASTY)], ends=[end(FAR, where)]))
        assert await store.outgoing([FAR]) == [(FAR, "failed", NASTY, NASTY, FAR)]
        assert await store.at([where]) == []

    async def test_a_thousand_of_everything(self, store: Store) -> None:
        """Written in one batch, asked for in one call."""
        await store.commit(
            batch(
                births=[birth(n, place(str(n))) for n in THOUSAND],
                journal=[row(n, seq) for seq in range(3) for n in THOUSAND],
                seen=[(ACCOUNT, str(n), NOW) for n in THOUSAND],
                outbox=[saying(n, n) for n in THOUSAND],
                timers=[(n, NOW + n) for n in THOUSAND],
                inbox=[kept(n, n, "step") for n in THOUSAND],
                steps=[(n, "0", 0) for n in THOUSAND],
                writes=[(place(str(n)), "k", body(n)) for n in THOUSAND],
            )
        )
        everyone = list(THOUSAND)
        parked = await store.at([place(str(n)) for n in reversed(THOUSAND)])
        assert numbers(parked) == everyone
        assert {(len(p.rows), len(p.held), len(p.steps), p.due - p.number) for p in parked} == {(3, 1, 1, NOW)}
        assert await store.unfinished() == everyone
        assert len(await store.known([(ACCOUNT, str(n)) for n in range(2000)])) == 1000
        assert len(await store.data([place(str(n)) for n in THOUSAND])) == 1000
        await store.commit(
            batch(marks=[mark(n, SENT) for n in THOUSAND], ends=[end(n, place(str(n))) for n in THOUSAND if n % 2])
        )
        assert numbers(await store.at([place(str(n)) for n in THOUSAND])) == everyone[1::2]
        assert {found[1] for found in await store.outgoing(everyone)} == {"sent"}

    async def test_what_is_asked_for_twice_comes_once(self, store: Store) -> None:
        """Two inputs of one conversation name it twice."""
        await store.commit(batch(births=[birth(1)], journal=[row(1, 0)], inbox=[kept(1, 1)], steps=[(1, "0", 0)]))
        assert await store.parked([1, 1, 9]) == await store.parked([1]) == await store.at([place(), place()])
        assert [(len(p.rows), len(p.held), len(p.steps)) for p in await store.parked([1, 1])] == [(1, 1, 1)]
        assert await store.homes([1, 1]) == [place()]

    async def test_nothing_is_found_where_nothing_is(self, store: Store) -> None:
        """Neither by no names nor by unknown ones."""
        await store.commit(a_bit_of_everything())
        assert (await store.at([]), await store.at(["x/y/z"])) == ([], [])
        assert (await store.parked([]), await store.parked([77]), await store.homes([77])) == ([], [], [])
        assert (await store.outgoing([]), await store.undelivered(77), await store.data(["x"])) == ([], [], {})
        assert await store.schedules_of("x", ("", "", ""), 9) == []
