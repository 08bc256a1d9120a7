"""What a store keeps of messages, deadlines, schedules and data."""

# ruff: noqa: S101 - these are tests, though they stand among the sources for other stores to use

from typing import Any

from chinwag.ports import FAILED, PENDING, SENDING, SENT, UNCERTAIN, Planned, Store
from chinwag.testing.contract.store_rows import (
    ACCOUNT,
    FAR,
    NASTY,
    NOW,
    batch,
    birth,
    body,
    mark,
    place,
    plan,
    saying,
)
from chinwag.testing.contract.store_suite import StoreSuite


class Messages(StoreSuite):
    """The outbox, time, and ``chat.data``."""

    async def test_a_message_is_open_until_it_is_decided(self, store: Store) -> None:
        """In the order of numbers; every status on its way."""
        await store.commit(batch(outbox=[saying(2, 4, PENDING, epoch=0, once=1, words="b"), saying(1, 3, words="a")]))
        one, two = await store.open_outbox()
        assert (one.number, one.conversation, one.account, one.room) == (1, 3, ACCOUNT, "r")
        assert (one.status, one.epoch, one.attempts, one.at) == (SENDING, 1, 0, NOW)
        assert one.once is one.awaited is False
        assert one.body == '{"id":1,"text":"a"}'
        assert (two.number, two.conversation, two.status, two.epoch, two.once) == (2, 4, PENDING, 0, True)
        await store.commit(batch(promotions=[(2, 5, 1)], marks=[mark(1, PENDING, attempts=2)]))
        assert [(o.status, o.epoch, o.attempts) for o in await store.open_outbox()] == [
            ("pending", 1, 2),
            ("sending", 5, 0),
        ]
        await store.commit(batch(marks=[mark(1, SENDING, ref="76")]))
        assert [(o.status, o.epoch, o.ref) for o in await store.open_outbox()] == [
            ("sending", 1, "76"),
            ("sending", 5, ""),
        ]
        await store.commit(batch(marks=[mark(1, SENT, ref="77"), mark(2, FAILED, error="blocked", told=1)]))
        assert await store.open_outbox() == []
        found = sorted(await store.outgoing([1, 2, 3, 2]))
        assert found == [(1, "sent", "77", "", 3), (2, "failed", "", "blocked", 4)]

    async def test_a_promotion_in_the_batch_of_a_mark(self, store: Store) -> None:
        """What was put off is promoted with the same commit."""
        await store.commit(batch(outbox=[saying(1)]))
        await store.commit(batch(marks=[mark(1, PENDING)], promotions=[(1, 2, 0)]))
        assert [(o.status, o.epoch) for o in await store.open_outbox()] == [("sending", 2)]

    async def test_what_was_not_delivered_can_be_retried(self, store: Store) -> None:
        """Of one conversation; and promoted with the same commit."""
        await store.commit(batch(births=[birth(1), birth(2)], outbox=[saying(n, 1 + n % 2) for n in range(1, 7)]))
        words = {1: SENT, 2: FAILED, 3: UNCERTAIN, 4: UNCERTAIN, 5: FAILED}
        await store.commit(batch(marks=[mark(n, word, error="no") for n, word in words.items()]))
        assert [o.number for o in await store.undelivered(2)] == [3, 5]
        assert [o.number for o in await store.undelivered(1)] == [2, 4]
        await store.commit(batch(retried=[(3,), (5,)], promotions=[(3, 2, 1)]))
        assert await store.undelivered(2) == []
        assert [(o.number, o.status) for o in await store.open_outbox()] == [
            (3, "sending"),
            (5, "pending"),
            (6, "sending"),
        ]
        assert sorted(await store.outgoing([3, 5])) == [(3, "sending", "", "", 2), (5, "pending", "", "", 2)]

    async def test_whoever_waits_for_a_message_hears_of_it_once(self, store: Store) -> None:
        """A refused one is told even if nobody waited; nobody hears of one that is still open."""
        await store.commit(
            batch(births=[birth(1)], outbox=[saying(n) for n in range(1, 6)], awaited=[(1,), (2,), (4,)])
        )
        assert await store.unheard() == []
        assert [o.awaited for o in await store.open_outbox()] == [True, True, False, True, False]
        await store.commit(
            batch(marks=[mark(1, SENT), mark(2, FAILED, error="no"), mark(3, FAILED, told=1), mark(5, SENT)])
        )
        assert await store.unheard() == [(1, 1, ""), (1, 2, "no"), (1, 3, "failed")]
        await store.commit(batch(heard=[(1,), (2,), (3,)], marks=[mark(4, UNCERTAIN)]))
        assert await store.unheard() == [(1, 4, "uncertain")]

    async def test_who_has_heard_may_wait_again(self, store: Store) -> None:
        """In the same turn: a wake-up too many harms nobody, one too few would be lost."""
        await store.commit(batch(births=[birth(1)], outbox=[saying(1)], marks=[mark(1, SENT)], awaited=[(1,)]))
        await store.commit(batch(heard=[(1,)], awaited=[(1,)]))
        assert await store.unheard() == [(1, 1, "")]

    async def test_deadlines_come_in_order_and_in_pages(self, store: Store) -> None:
        """Many at the same instant; a page goes on exactly where the last one ended."""
        due = {n: NOW + (n % 3) * 10 for n in range(1, 101)}
        await store.commit(batch(births=[birth(n, place(str(n))) for n in due], timers=list(due.items())))
        expected = sorted((instant, number) for number, instant in due.items())
        assert await store.due((0, 0), 1000) == expected
        paged: list[tuple[int, int]] = []
        while page := await store.due(paged[-1] if paged else (0, 0), 7):
            paged += page
        assert paged == expected
        assert await store.due((NOW + 10, FAR), 1) == [(NOW + 20, 2)]

    async def test_a_deadline_is_moved_and_removed(self, store: Store) -> None:
        """The last of a batch counts; 0 removes it."""
        await store.commit(batch(births=[birth(1), birth(2)], timers=[(1, NOW), (2, 5), (1, NOW + 5), (2, 0)]))
        assert await store.due((0, 0), 9) == [(NOW + 5, 1)]
        await store.commit(batch(timers=[(1, 0), (2, 0), (2, FAR)]))
        assert await store.due((0, 0), 9) == [(FAR, 2)]
        assert [p.due for p in await store.parked([1, 2])] == [0, FAR]

    async def test_runs_come_in_order_and_in_pages(self, store: Store) -> None:
        """Those that will never run again stay away."""
        rows = [plan(n, place(str(n)), due=NOW + n % 2) for n in range(1, 21)]
        await store.commit(batch(schedules=[*rows, plan(99, due=0)]))
        found: list[Planned] = []
        while page := await store.planned((found[-1].due, found[-1].number) if found else (0, 0), 3):
            found += page
        assert [(p.due, p.number) for p in found] == sorted((r[5], r[0]) for r in rows)
        assert found[0] == Planned(2, "daily", place("2"), "UTC", "daily 20:00", NOW, 0)

    async def test_schedules_of_an_account(self, store: Store) -> None:
        """And of none whose name only begins like it. They move on, and go."""
        others = [plan(n, f"{name}/r/u") for n, name in enumerate(("net:bo", "net:bot2", "net:bot-", "net:bot0"), 10)]
        await store.commit(batch(schedules=[plan(1), plan(2, place("a")), plan(3, place("b")), *others]))
        await store.commit(
            batch(schedules=[plan(2, place("a"), due=0, zone="Asia/Tokyo", anchor=5)], unscheduled=[(3,)])
        )
        two, one = sorted(await store.schedules_of(ACCOUNT, ("", "", ""), 9), key=lambda p: -p.number)
        assert (one.number, one.due) == (1, NOW)
        assert (two.number, two.due, two.zone, two.anchor) == (2, 0, "Asia/Tokyo", 5)
        assert [p.number for p in await store.schedules_at([place("a"), place("b")])] == [2]

    async def test_schedules_of_an_account_in_pages(self, store: Store) -> None:
        """In order of address, name and spec; a page may end in the middle of a recipient."""
        rows = [plan(n, place(str(n % 5)), name=f"n{n % 3}") for n in range(1, 12)]
        await store.commit(batch(schedules=rows))
        found: list[Planned] = []
        after = ("", "", "")
        while page := await store.schedules_of(ACCOUNT, after, 3):
            found += page
            after = (page[-1].address, page[-1].name, page[-1].spec)
        assert [(p.address, p.name, p.spec) for p in found] == sorted((r[2], r[1], r[4]) for r in rows)
        assert await store.schedules_at([]) == []

    async def test_data_is_kept_by_user_and_key(self, store: Store) -> None:
        """Any value; the last write counts; users without any are left out."""
        values: dict[str, Any] = {
            "a": 0,
            "b": None,
            "c": {"$": [1, "x"]},
            "d": NASTY,
            "e": FAR,
            "f": 0.1,
            "": [],
            NASTY: 1,
        }
        await store.commit(batch(writes=[("net:bot/u", key, body(value)) for key, value in values.items()]))
        await store.commit(batch(writes=[("net:bot/v", "a", body("other"))]))
        found = await store.data(["net:bot/v", "net:bot/u", "net:bot/w"])
        assert found == {"net:bot/u": values, "net:bot/v": {"a": "other"}}
        changed = batch(writes=[("net:bot/u", "a", body(2))], deletes=[("net:bot/u", k) for k in values if k != "a"])
        await store.commit(changed)
        await store.commit(batch(deletes=[("net:bot/v", "a"), ("net:bot/v", "b")]))
        assert await store.data(["net:bot/u", "net:bot/v"]) == {"net:bot/u": {"a": 2}}
