"""The model that knows the right answer: what was committed must be what these inputs bring about, and nothing else.

Owns the order of things: the inputs of every durable commit as they were decided, who is brought to life by them, what
follows. It compares what the commit holds with what had to come of them, row by row. Refuses with a ``Violation`` that
names the invariant of DESIGN.md.

Rules: it looks into nothing but inputs and commits. What time a turn had is read from its row and checked: an instant
is never before its cause.
"""

from __future__ import annotations

from typing import Any

from tests.simulation.chat import Raised
from tests.simulation.lives import DIVERGED, OVER, UNBEGUN, Life, raised, runs
from tests.simulation.rebuild import rebuild
from tests.simulation.reference import CANCELLED, FAILED, WAITING, Branch, Differs
from tests.simulation.routes import Routes
from tests.simulation.told import Batched, Decided, Violation

from chinwag.core.values import Arrival
from chinwag.ports import Batch
from chinwag.runtime.inputs import Arrived, Fired, Ordered, Scheduled, Settled, Standing, Stepped, Woken


class Model(Routes):
    """The reference's world."""

    def __init__(self, setting: Any) -> None:
        super().__init__(setting)
        self.messages = self.turns = 0

    def commit(self, inputs: list[Decided], batch: Batch) -> None:
        """A commit is durable."""
        self.batch = Batched(batch)
        self.touched = set()
        self.fallen_before, self.fallen = self.fallen, set()
        for one in inputs:
            self.now = one.now
            self.batch.share(one)
            self.reworded.clear()
            self.decide(one.item)
            while self.follow:
                self.decide(self.follow.popleft())
            self.batch.shared()
        self.mirror.apply(batch)
        self.batch.finish()
        self.wake_ups()

    def start(self) -> None:
        """A process begins, perhaps with other code: whoever is woken runs it again."""
        for life in self.folk.all.values():
            if life.status in {WAITING, DIVERGED}:
                life.stale = True

    def wake_ups(self) -> None:
        """Whatever a conversation waits for can be derived from committed rows."""
        mirror = self.mirror
        for number in self.touched:
            life = self.folk.all[number]
            due = life.earliest()
            stored = mirror.timer.get(number, [0])[0]
            if due and not 0 < stored <= due:
                raise Violation(5, f"conversation {number} has a deadline at {due}, and the store has {stored}")
            for branch in life.waits():
                if branch.want is not None and branch.want.kind == "step" and (number, branch.path) not in mirror.step:
                    raise Violation(4, f"conversation {number} waits for step {branch.path}, which the store has not")
            if (mirror.conv[number][2] != life.status) and life.status not in {UNBEGUN, OVER}:
                raise Violation(7, f"conversation {number} is {mirror.conv[number][2]}, and should be {life.status}")

    # -- inputs -------------------------------------------------------------------------------------------------------

    def decide(self, item: Any) -> None:
        self.turns += 1
        match item:
            case Arrived():
                self.arrived(item)
            case Stepped():
                self.stepped(item)
            case Settled():
                self.settled(item.number, item.outgoing, item.error)
            case Life():
                self.read_mail(item)
            case _:
                self.decide_rarer(item)

    def decide_rarer(self, item: Any) -> None:
        match item:
            case Fired():
                life = self.touch(item.number)
                while life is not None and 0 < life.earliest() <= self.now:
                    self.expire(life)
            case Woken():
                self.touch(item.number)
            case Scheduled():
                self.setting.scheduled(self, item.planned)
            case Standing():
                self.standing(item.account, item.name)
            case Ordered():
                self.ordered(item)

    def arrived(self, item: Arrived) -> None:
        arrival = item.arrival
        if arrival.id:
            if not self.batch.consumes(arrival, self.mirror.seen):
                return
            self.setting.consumed(arrival)
            self.messages += 1
        place = f"{arrival.account}/{arrival.room}/{arrival.user}"
        for life in self.here(place, arrival):
            came = False
            while (due := life.earliest()) and due < item.at:
                came = True
                self.expire(life)
            if came:
                while self.follow:
                    self.decide(self.follow.popleft())
        self.route(arrival, place)

    def here(self, place: str, arrival: Arrival | None = None) -> list[Life]:
        """Who lives there, brought to life."""
        self.revive_all(place)
        found = self.folk.here(place)
        if arrival is not None and self.setting.shares:
            shared = f"{arrival.account}/{arrival.room}/*"
            self.revive_all(shared)
            found = sorted([*found, *self.folk.here(shared)], key=lambda life: life.number)
        return found

    def revive_all(self, place: str, but: Life | None = None) -> None:
        """Bring to life whoever lives there, the oldest first.

        A child begins with whatever first brings it to life: its own waking, or somebody who comes to where it lives
        when nobody there is in memory. Which of them it was, only the commit can tell.
        """
        for life in list(self.folk.places.get(place, ())):
            if life is but:
                continue
            if life.status == UNBEGUN:
                if self.batch.begins(life.number):
                    self.begin_life(life)
            elif life.stale:
                self.revive(life)

    def touch(self, number: int) -> Life | None:
        """Somebody in particular is woken, with all who live there."""
        life = self.folk.all.get(number)
        if life is None or life.status in {OVER, FAILED}:
            return None
        self.revive_all(life.address)
        if life.status == UNBEGUN:
            raise Violation(1, f"conversation {number} is woken, and does not begin")
        return life if life.status in {WAITING, DIVERGED} else None

    def expire(self, life: Life) -> None:
        due = life.earliest()
        branch = min((b for b in life.waits() if b.due), key=lambda b: b.due, default=None)
        if branch is None or branch.want is None:
            raise Violation(5, f"conversation {life.number} has a turn by a deadline and waits for none")
        want = branch.want
        value: Any = None
        error = None
        how = "value"
        if want.kind != "sleep":
            how = "default" if type(want.default) is int else "timeout"
            value = want.default if how == "default" else None
            error = Raised("Timeout") if how == "timeout" else None
        self.setting.fired(life, due)
        self.turn(life, "timer", ("timer", None), lambda turn: life.tale.answer(turn, branch, value, error), how, due)

    def holds(self, number: int, kind: str, value: Any) -> bool:
        """One that has failed keeps what comes until it is resumed."""
        life = self.folk.all.get(number)
        if life is None or life.status != FAILED:
            return False
        self.keep(life, kind, value)
        life.held.append((kind, value))
        return True

    def stepped(self, item: Stepped) -> None:
        if self.holds(item.number, "step", item):
            return
        life = self.touch(item.number)
        if life is None:
            return
        if life.status == DIVERGED:
            self.keep(life, "step", item)
            life.held.append(("step", item))
            return
        branch = life.tale.find(item.path)
        if branch is None or branch.want is None or branch.want.kind != "step":
            return
        want = branch.want
        self.setting.outcome(life, branch, item.value, item.error)
        error = raised(item.error) if item.error is not None else None
        how = "value" if error is None else "error"
        self.batch.outcome(item.number, item.path)
        self.turn(life, "step", ("step", item), lambda turn: life.tale.answer(turn, branch, item.value, error), how)
        self.setting.journaled(want, failed=life.status == FAILED)

    def settled(self, number: int, outgoing: int, error: str) -> None:
        self.setting.settled(outgoing, error)
        if self.holds(number, "delivery", (outgoing, error)):
            return
        life = self.touch(number)
        if life is None:
            return
        if life.status == DIVERGED:
            self.keep(life, "delivery", (outgoing, error))
            life.held.append(("delivery", (outgoing, error)))
            return
        for branch in [b for b in life.waits() if b.prompt == outgoing]:
            if branch.prompt == outgoing and life.status == WAITING:
                failure = Raised("Undeliverable", error) if error else None
                how = "error" if error else "value"
                source = ("delivery", (outgoing, error))
                self.turn(life, "delivery", source, lambda t, b=branch, f=failure: life.tale.answer(t, b, None, f), how)

    # -- coming back --------------------------------------------------------------------------------------------------

    def revive(self, life: Life, *, force: bool = False) -> None:
        """After a start, or an order: run again with the code of today."""
        before, life.stale = life.status, False
        if before == DIVERGED and not force and not self.setting.other_code(life):
            return
        self.setting.tried(life)
        reworded: list[Branch] = []
        begun = bool(life.tale.history)
        try:
            if begun:
                reworded = rebuild(life.tale)
        except Differs as differs:
            life.status = DIVERGED
            self.batch.diverges(life.number, str(differs))
            return
        life.status = WAITING
        if before != WAITING:
            self.batch.goes_on(life.number)
            self.touched.add(life.number)
        if begun:
            self.take_up(life, reworded)
        else:
            self.begin_life(life)

    def take_up(self, life: Life, reworded: list[Branch]) -> None:
        """It goes on: open questions in new words are asked again, what it held comes, its steps begin again."""
        marked = not life.tale.unmarked
        for branch in reworded:
            head = self.batch.head()
            if head is None or (head[0], *head[2:4]) != (life.number, "reworded", branch.path):
                continue  # its time is up
            self.reworded.add(life.number)
            marked = True
            self.turn(life, "reworded", ("reworded", None), lambda t, b=branch: life.tale.again(t, b, "", ask=True))
        if not marked:
            self.turn(life, "reworded", ("reworded", None), life.tale.mark)
        self.consume_held(life)
        for branch in life.waits():
            if branch.want is not None and branch.want.kind == "step":
                self.setting.resumed(life, branch)

    def consume_held(self, life: Life) -> None:
        held, life.held = life.held, []
        self.batch.taken += len(held)
        for kind, value in held:
            if kind == "step":
                self.follow.append(value)
            elif kind == "delivery":
                self.follow.append(Settled(life.number, *value))
            elif kind == "cancel":
                self.cancel(life)
        if life.mail:
            self.follow.append(life)

    def standing(self, account: str, name: str) -> None:
        place = f"{account}/-/-"
        index = int(name.removeprefix("talk"))
        if not runs(index, self.here(place)):
            self.begin(index, None, place, own=True)

    def ordered(self, item: Ordered) -> None:
        life = self.folk.all.get(item.number)
        if life is None or life.status == OVER:
            return
        if self.declines(life):
            return
        if item.order.startswith("resume"):
            if life.status in {FAILED, DIVERGED}:
                self.resume(life, rerun=item.order == "resume --rerun")
        elif item.order.startswith("cancel"):
            self.cancel_by_order(life, force=item.order == "cancel --force")

    def declines(self, life: Life) -> bool:
        """Whether it has failed just now: until that is durable, and the order is given again, nothing is done."""
        number = life.number
        told = number in self.batch.statuses or number in self.batch.ends
        return number in self.fallen or (number in self.fallen_before and not told)

    def resume(self, life: Life, *, rerun: bool) -> None:
        if rerun:
            self.batch.taken += sum(kind == "step" for kind, _ in life.held)
            life.held = [held for held in life.held if held[0] != "step"]
        self.revive_all(life.address)
        self.folk.settle(life)
        self.revive(life, force=True)
        if rerun:
            self.setting.rerun(life)

    def cancel_by_order(self, life: Life, *, force: bool) -> None:
        if not force:
            self.touch(life.number)
        if not force and life.status in {WAITING, DIVERGED}:
            self.cancel(life)
        elif life.status != OVER:
            self.revive_all(life.address, but=life)  # what it kept goes to them
            if life.status == FAILED:
                self.folk.settle(life)
                life.mail.clear()
            self.end(life, CANCELLED)
