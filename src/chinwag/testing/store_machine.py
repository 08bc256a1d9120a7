"""A store against a plain model, at random: batches of whatever a runtime may write, refusals, and new owners.

Hypothesis draws the rows; after every commit all answers of the store are compared with the model's. A batch that the
model refuses the store must refuse too, and both are as before.
"""

# ruff: noqa: S101 - these are tests, though they stand among the sources for other stores to use

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chinwag.core.errors import StoreError
from chinwag.ports import Batch, Store
from chinwag.testing.contract.store_model import Duplicate, Model
from chinwag.testing.contract.store_rows import (
    ACCOUNT,
    LARGE,
    NASTY,
    NOW,
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
from chinwag.testing.contract.store_suite import a_bit_of_everything

FEW = st.integers(1, 5)
SELDOM = st.integers(0, 15).map((7).__eq__)
"""A duplicate has its whole batch refused, so there are few."""
WRITERS = ["", "a", "b", NASTY, "x" * 17_000]
TEXTS = st.sampled_from(WRITERS)
NAMES = ["m1", "m2", "m3", NASTY]
FATES = ["pending", "sent", "failed", "uncertain"]
WORDS = {"failed": "failed", "diverged": "diverged", "goes on": "waiting"}


class StoreMachine(RuleBasedStateMachine):
    """Writes batches into a store and a model."""

    make: Callable[[Path], Store]

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="chinwag-store-"))
        self.loop = asyncio.Runner()
        self.store = type(self).make(self.folder)
        self.epoch = self.loop.run(self.store.open()).epoch
        self.model = Model()
        self.batch = Batch()
        self.highest = 0
        self.size = 1

    def teardown(self) -> None:
        """Let go of the store."""
        self.loop.run(self.store.close())
        self.loop.close()
        shutil.rmtree(self.folder)

    def next(self) -> int:
        """A number that was never used."""
        self.highest += 1
        return self.highest

    def known(self, number: int) -> bool:
        """Whether a conversation of this number is, or is about to be, and is not over."""
        found = self.model.conversations.get(number)
        over = any(number == row[0] for row in self.batch.ends)
        born = any(number == row[0] for row in self.batch.births)
        return not over and (born or (found is not None and found.status not in {"ended", "cancelled"}))

    def said(self, number: int) -> bool:
        """Whether there is, or is about to be, a message of this number."""
        return number in self.model.outbox or any(number == row[0] for row in self.batch.outbox)

    # -- what a batch may hold ----------------------------------------------------------------------------------------

    @rule(number=FEW, user=FEW, again=SELDOM)
    def born(self, number: int, user: int, *, again: bool) -> None:
        """A conversation."""
        if again or (number not in self.model.conversations and all(number != row[0] for row in self.batch.births)):
            self.batch.births.append(birth(number, place(str(user))))

    @rule(number=FEW, value=TEXTS, again=SELDOM)
    def turn(self, number: int, value: str, *, again: bool) -> None:
        """A turn."""
        seq = self.highest if again else self.next()
        if len(value) > len(NASTY):
            self.batch.blobs.append(("journal", number, seq, body(value)))
            self.batch.journal.append(row(number, seq, LARGE))
        else:
            self.batch.journal.append(row(number, seq, value))

    @rule(number=FEW, back=st.integers(0, 3), value=TEXTS)
    def state(self, number: int, back: int, value: str) -> None:
        """A checkpoint."""
        if self.known(number):
            large = len(value) > len(NASTY)
            if large:
                self.batch.blobs.append(("state", number, 0, body(value)))
            self.batch.checkpoints[number] = checkpoint(number, self.highest - back, LARGE if large else value)

    @rule(number=FEW, word=st.sampled_from(sorted(WORDS)))
    def trouble(self, number: int, word: str) -> None:
        """A conversation fails, diverges or goes on."""
        if self.known(number):
            self.batch.statuses[number] = status(number, WORDS[word], error=None if word == "goes on" else word)

    @rule(number=FEW)
    def over(self, number: int) -> None:
        """A conversation ends."""
        found = {row[0]: row[2] for row in self.batch.births}
        if self.known(number):
            address = found[number] if number in found else self.model.conversations[number].address
            self.batch.ends.append(end(number, address))

    @rule(name=st.sampled_from(NAMES), again=SELDOM)
    def consumed(self, name: str, *, again: bool) -> None:
        """An id."""
        if again or ((ACCOUNT, name) not in self.model.seen and all(name != row[1] for row in self.batch.seen)):
            self.batch.seen.append((ACCOUNT, name, NOW))

    @rule(conversation=FEW, kind=st.sampled_from(["message", "step", "start"]))
    def held(self, conversation: int, kind: str) -> None:
        """An input that is kept."""
        if self.known(conversation):
            self.batch.inbox.append(kept(self.next(), conversation, kind))

    @rule(back=st.integers(0, 5))
    def took(self, back: int) -> None:
        """A kept input is consumed."""
        self.batch.taken.append((self.highest - back,))

    @rule(conversation=st.integers(0, 4), state=st.sampled_from(["pending", "sending"]))
    def say(self, conversation: int, state: str) -> None:
        """A message."""
        self.batch.outbox.append(saying(self.next(), conversation, state))

    @rule(back=st.integers(0, 5), word=st.sampled_from(FATES), told=st.integers(0, 1))
    def decided(self, back: int, word: str, told: int) -> None:
        """A message's fate; one a batch."""
        number = self.highest - back
        if self.said(number) and all(number != row[0] for row in self.batch.marks):
            self.batch.marks.append(mark(number, word, error=word[:4], told=told))

    @rule(back=st.integers(0, 5), what=st.sampled_from(["retried", "heard", "awaited", "promotions"]))
    def touched(self, back: int, what: str) -> None:
        """A message is sent once more, heard of, waited for, or promoted."""
        number = self.highest - back
        rows: list[Any] = getattr(self.batch, what)
        if self.said(number) and all(number != row[0] for row in rows):
            rows.append((number, self.epoch, 1) if what == "promotions" else (number,))

    @rule(number=FEW, path=st.sampled_from(["0", "1.0.2"]), ends=st.booleans())
    def step(self, number: int, path: str, *, ends: bool) -> None:
        """A step begins, or ends."""
        if ends:
            self.batch.stepped.append((number, path))
        elif self.known(number):
            self.batch.steps.append((number, path, self.epoch))

    @rule(number=FEW, due=st.sampled_from([0, 1, NOW]))
    def deadline(self, number: int, due: int) -> None:
        """A deadline."""
        if self.known(number):
            self.batch.timers.append((number, due))

    @rule(number=FEW, due=st.sampled_from([0, 1, NOW]), goes=st.booleans())
    def schedule(self, number: int, due: int, *, goes: bool) -> None:
        """A schedule moves on, or goes."""
        if goes:
            self.batch.unscheduled.append((10 + number,))
        else:
            self.batch.schedules.append(plan(10 + number, place(str(number)), due=due))

    @rule(user=TEXTS, key=TEXTS, value=TEXTS | st.none() | st.integers(-(1 << 63), (1 << 63) - 1), goes=st.booleans())
    def write(self, user: str, key: str, value: Any, *, goes: bool) -> None:
        """A user's data; the last write or deletion of a batch counts."""
        self.batch.writes.pop((user, key), None)
        self.batch.deletes.pop((user, key), None)
        if goes:
            self.batch.deletes[user, key] = (user, key)
        else:
            self.batch.writes[user, key] = (user, key, body(value))

    # -- what is done with it -----------------------------------------------------------------------------------------

    def commit(self) -> None:
        """Commit what was gathered, and compare."""
        batch, self.batch = self.batch, Batch()
        try:
            self.model.commit(batch)
        except Duplicate:
            refused = False
            try:
                self.loop.run(_done(self.store, batch))
            except StoreError:
                refused = True
            assert refused, "a duplicate was taken"
        else:
            self.loop.run(_done(self.store, batch))
        self.loop.run(self.compare())

    @rule()
    def new_owner(self) -> None:
        """Another owner finds all that was committed, and nothing else."""
        self.loop.run(self.store.close())
        self.store = type(self).make(self.folder)
        self.epoch += 1
        assert self.loop.run(self.store.open()).epoch == self.epoch
        self.batch = Batch()
        self.loop.run(self.compare())

    @initialize(size=st.integers(1, 8))
    def begin(self, size: int) -> None:
        """There is something in the store already, so that every rule finds what it is about."""
        self.size = size
        self.highest = 10
        self.batch = a_bit_of_everything()
        self.batch.outbox += [saying(number, 1) for number in range(4, 9)]
        self.batch.timers.append((2, NOW))
        self.commit()

    @invariant()
    def commits(self) -> None:
        """A full batch is committed."""
        if len(self.batch) >= self.size:
            self.commit()

    async def compare(self) -> None:
        """Ask the store everything."""
        store, model = self.store, self.model
        everyone = model.parked()
        assert await store.parked(range(7)) == everyone
        living = model.at()
        for where in [place(), *(place(str(user)) for user in range(1, 6))]:
            assert [parked.number for parked in await store.at([where])] == living.get(where, [])
        homes = {model.conversations[number].address for numbers in living.values() for number in numbers}
        assert set(await store.homes(range(7))) == homes
        assert await store.due((0, 0), 99) == sorted((due, number) for number, due in model.timers.items())
        runs = sorted((p.due, p.number) for p in model.schedules.values() if p.due)
        assert [(p.due, p.number) for p in await store.planned((0, 0), 99)] == runs
        found = await store.schedules_of(ACCOUNT, ("", "", ""), 10_000)
        assert sorted(found, key=lambda p: p.number) == [plan for _, plan in sorted(model.schedules.items())]
        assert await store.known([(ACCOUNT, name) for name in NAMES]) == model.seen
        assert sorted(await store.outgoing(range(self.highest + 1))) == model.outgoing()
        assert await store.open_outbox() == model.open()
        for number in range(7):
            assert await store.undelivered(number) == model.undelivered(number)
        assert await store.unheard() == model.unheard()
        assert await store.unfinished() == model.unfinished()
        for word in ("failed", "diverged"):
            assert [parked.number for parked in await store.troubled(word)] == model.troubled(word)
        users = model.of_users()
        assert await store.data([*WRITERS, "net:bot/u"]) == users


async def _done(store: Store, batch: Batch) -> None:
    await store.commit(batch)


def store_machine(make: Callable[[Path], Store], *, examples: int = 40, steps: int = 60) -> Any:
    """A test case that runs the machine; assign it to a name that pytest collects.

    Args:
        make: a store that is not opened; the same folder gives the same store.
        examples: how many runs.
        steps: how many rules in each, at most.
    """
    machine: Any = type("Machine", (StoreMachine,), {"make": staticmethod(make)})
    case = machine.TestCase
    case.settings = settings(max_examples=examples, stateful_step_count=steps, deadline=None)
    return case
