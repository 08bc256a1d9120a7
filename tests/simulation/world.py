"""The simulated world: one scenario from its first act to the rest at its end, with every invariant looked at.

Owns time, the order of all that happens, what goes wrong when, and which process lives. What comes of it is a
``Result``, or the first ``Violation``.

Rules: everything comes from the scenario and its seed. Nothing sleeps, nothing is asked of the machine.
"""

from __future__ import annotations

import logging
import traceback
from hashlib import blake2b
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Any

from msgspec import Struct
from tests.simulation import rest
from tests.simulation.declare import declare
from tests.simulation.model import Model
from tests.simulation.network import Network
from tests.simulation.process import Process
from tests.simulation.scenario import SECOND, Act, Scenario
from tests.simulation.setting import Setting
from tests.simulation.talk import Code
from tests.simulation.told import Said, Violation
from tests.simulation.users import words
from tests.simulation.volatile import VolatileDisk

from chinwag.core.values import Arrival, address
from chinwag.ports import Batch
from chinwag.runtime.inputs import Ordered
from chinwag.stores.sqlite import MEMORY, SqliteStore

_names = count(1)
MOST_CONVERSATIONS = 1000


class Result(Struct):
    """What came of a scenario.

    Args:
        messages: brought to the bot and delivered by it.
        faults: what went wrong.
        digest: of all that happened; the same for the same seed.
        violation: what does not hold, if something does not.
    """

    seed: int
    messages: int
    faults: int
    digest: str
    violation: Violation | None


class World:
    """One run of one scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.draw = Random(f"world {scenario.seed}")  # noqa: S311 - a simulation needs no secrets
        self.account = "sim:bot"
        self.secret = f"hunter2-{scenario.seed}-secret"
        self.clock_start = scenario.begins
        self.elapsed = 0
        self.version = self.epoch = 0
        self.setting = Setting(self, scenario.declared)
        self.model = Model(self.setting)
        self.network = Network(self, self.draw)
        self.said: dict[int, Said] = {}
        self.wants: dict[str, Any] = {}
        self.violation: Violation | None = None
        self.faults = self.arrivals = 0
        self.process: Process | None = None
        self.closed = False
        self.set_back = 0
        self.up_at = 0
        self.able_since = 0
        self.latest_stamp = 0
        self.decided_at = 0
        self.retried: set[int] = set()
        self._buried: list[Process] = []
        self._heap: list[tuple[int, int, str, Any]] = []
        self._order = count()
        self._digest = blake2b(digest_size=8)
        self._doubtful: tuple[list[Any], Batch, int] | None = None
        self._commit_fates: list[str] = []
        self._send_fates: list[str] = []
        self.disk: VolatileDisk | None = None
        self.store = self._store()
        self.recipients = [
            (address(self.account, f"u{who}", f"u{who}"), zone) for who, zone in enumerate(scenario.zones)
        ]
        Code.book, Code.version, Code.work = scenario.programs, 0, self.setting.work
        Code.addresses = tuple(place for place, _ in self.recipients)
        self.bot = declare(scenario.declared)
        self.setting.help = self.bot.help()

    def _store(self) -> SqliteStore:
        if not self.scenario.knobs.volatile:
            return SqliteStore(MEMORY, inline=True)
        if self.disk is None:
            self.disk = VolatileDisk(f"simulation{next(_names)}", sector=self.draw.choice((512, 4096)))
        return SqliteStore("bot.db", vfs=self.disk.name)

    # -- the run ------------------------------------------------------------------------------------------------------

    def run(self) -> Result:
        """Play it to its end."""
        listener = rest.Ear(self)
        logger = logging.getLogger("chinwag")
        before = logger.level, logger.propagate
        logger.addHandler(listener)
        logger.setLevel(logging.INFO)
        logger.propagate = False
        try:
            for act in self.scenario.acts:
                self.later(act.at, act.kind, act)
            self._play()
            if self.violation is None and not self.crowded:
                rest.come_to_rest(self)
        except Violation as violation:
            self.report(violation)
        finally:
            self._close()
            logger.removeHandler(listener)
            logger.level, logger.propagate = before
        messages = self.arrivals + self.network.delivered
        return Result(
            self.scenario.seed, messages, self.faults + self.network.faults, self._digest.hexdigest(), self.violation
        )

    def _play(self) -> None:
        while self._heap and self.violation is None and not self.crowded:
            at = self._heap[0][0]
            if self.elapsed < at or (self.process is None and self.up_at <= self.elapsed):
                self._advance(at)
                continue
            _, _, kind, what = heappop(self._heap)
            self._happens(kind, what)

    @property
    def crowded(self) -> bool:
        """Whether programs that start programs have filled the world: it ends there, for it gets ever slower."""
        return len(self.model.folk.all) > MOST_CONVERSATIONS

    def pass_time(self, duration: int) -> None:
        """Let time pass, with all that was to happen meanwhile."""
        self.later(self.elapsed + duration, "nothing", None)
        self._play()

    def _advance(self, until: int) -> None:
        process = self.process
        if process is None:
            if self.up_at > until:
                self.elapsed = until
                return
            self.elapsed = max(self.elapsed, self.up_at)
            self._start()
            return
        process.run(until)
        self.elapsed = max(self.elapsed, process.loop.elapsed)
        if process.dead:
            self.died()

    def later(self, at: int, kind: str, what: Any) -> None:
        """Something will happen in the world."""
        heappush(self._heap, (at, next(self._order), kind, what))
        if self.process is not None:
            self.process.loop._limit = min(self.process.loop._limit, at)

    @property
    def ready(self) -> bool:
        return self.process is not None and self.process.ready

    def elapsed_now(self) -> int:
        return self.process.loop.elapsed if self.process is not None else self.elapsed

    def note(self, *what: object) -> None:
        """Put into the digest what happened."""
        self._digest.update(repr((self.elapsed_now(), *what)).encode())

    def report(self, violation: Violation) -> None:
        """An invariant does not hold; the first counts."""
        if self.violation is None and not self.closed:
            self.violation = violation
        if self.process is not None:
            self.process.die()

    def trouble(self, error: BaseException | None) -> None:
        """Something was raised where nothing should be."""
        told = "".join(traceback.format_exception(error)) if error is not None else "unknown"
        self.report(Violation(0, f"an error that nobody planned:\n{told}"))

    # -- lives --------------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        Code.version = self.version
        process = self.process = Process(self, self.elapsed, self.bot, self.store, self.draw)
        self.able_since = process.clock.now() + SECOND
        process.begin()

    def started(self, process: Process) -> None:
        """The worker has started: the network brings what was not acknowledged."""
        self.able_since = process.clock.now()
        for arrival in list(self.network.unanswered.values()):
            self.network.bring(process, arrival)

    def died(self, down: int | None = None) -> None:
        """The process is dead; another will start."""
        process, self.process = self.process, None
        assert process is not None
        self.elapsed = max(self.elapsed, process.loop.elapsed)
        self.note("died")
        self._buried.append(process)
        self._commit_fates.clear()
        self._send_fates.clear()
        if self.disk is not None:
            if self.draw.random() < 0.7:
                self.disk.crash(self.draw.random)
            else:
                self.disk.kill()
            self.disk.fails(0)
            self.store = self._store()
        down = 0 if process.stopping else down
        wait = down if down is not None else self.draw.choice((0, 0, SECOND, 60 * SECOND, 3600 * SECOND))
        self.up_at = self.elapsed + wait

    def opened(self, store: SqliteStore, epoch: int) -> None:
        """A store was opened: what it holds must be what was committed."""
        self.epoch = epoch
        assert store._writer is not None
        words = self.model.mirror.differs(store._writer)
        if words and self._doubtful is not None:
            inputs, batch, version = self._doubtful
            Code.version, version = version, Code.version  # it was decided by the code of the process that is dead
            self._committed(inputs, batch)
            Code.version = version
            words = self.model.mirror.differs(store._writer)
        self._doubtful = None
        self.model.start()
        if words and self.violation is None:
            self.report(Violation(1, f"after a crash: {words}"))

    def decided(self, draft: Any) -> None:
        """A draft is handed to the store; None if it is what a start plans."""
        assert self.process is not None
        self.decided_at = draft.at if draft is not None else self.process.clock.now()

    def durable(self, inputs: list[Any], batch: Batch) -> None:
        """A commit is on the disk."""
        self._doubtful = None
        self._committed(inputs, batch)

    def doubts(self, inputs: list[Any], batch: Batch) -> None:
        """A commit has failed, and may be on the disk all the same."""
        self._doubtful = (inputs, batch, Code.version)
        self.note("refused")

    def tears(self, store: SqliteStore, inputs: list[Any], batch: Batch) -> None:
        """Power fails in the middle of a commit."""
        if self.disk is not None:
            self.disk.fails(self.draw.randint(1, 8))
            if store._apply(batch) is None:
                self.durable(inputs, batch)
            else:
                self.doubts(inputs, batch)

    def _committed(self, inputs: list[Any], batch: Batch) -> None:
        self.note("commit", [(n, s, bytes(r)) for n, s, r in batch.journal], [row[0] for row in batch.outbox])
        if self.violation is not None:
            return
        try:
            if not inputs and batch.schedules:
                self.setting.planned(batch.schedules)
            self.model.commit(inputs, batch)
        except Violation as violation:
            self.report(violation)
        except Exception as error:  # noqa: BLE001 - what the model cannot follow is not as it should be
            self.trouble(error)

    # -- what the model asks ------------------------------------------------------------------------------------------

    def clock_highest(self) -> int:
        return self.process.clock.highest if self.process is not None else self.clock_start + self.elapsed

    def up_since(self, due: int) -> int:
        """How long ago it could have been decided, in microseconds."""
        return self.clock_start + self.elapsed_now() - max(due, self.able_since)

    def status_of(self, number: int) -> str:
        for mark in reversed(self.model.batch.batch.marks):
            if mark[0] == number:
                return mark[1]
        row = self.model.mirror.outbox.get(number)
        return str(row[2]) if row is not None else ""

    def consumed(self, arrival: Arrival) -> None:
        self.note("consumed", arrival.id)

    def seed(self) -> bytes:
        return self.draw.randbytes(16)

    def users_read(self, message: Any) -> None:
        """Somebody sees it."""

    # -- what happens -------------------------------------------------------------------------------------------------

    def _happens(self, kind: str, what: Any) -> None:
        getattr(self, f"_on_{kind}")(what)
        if self.process is not None and self.process.dead:
            self.died()

    def _on_nothing(self, _: None) -> None:
        pass

    def _on_lands(self, what: tuple[Any, str]) -> None:
        self.network.land(*what)

    def _on_say(self, act: Act, event: Any = "message") -> None:
        user = f"u{act.who}"
        room = user if act.room < 0 else f"g{act.room}"
        self.arrivals += 1
        draw = Random(act.roll)  # noqa: S311 - likewise
        text = words(self, draw, room, self.arrivals) if event == "message" else ""
        knobs = self.scenario.knobs
        now = self.clock_start + self.elapsed
        stamp = now if knobs.stamped else 0
        arrival = Arrival(self.account, room, user, text, f"a{self.arrivals}", user, room == user, event, at=stamp)
        self.latest_stamp = max(self.latest_stamp, now)
        self.network.unanswered[arrival.id] = arrival
        late = draw.choice((1000, SECOND, 10 * SECOND)) if draw.random() < knobs.late else 0
        self.later(self.elapsed + late, "bring", arrival)
        if draw.random() < knobs.twice:
            self.faults += 1
            self.later(self.elapsed + late + draw.choice((0, 0, 1000, 30 * SECOND)), "bring", arrival)

    def _on_join(self, act: Act) -> None:
        self._on_say(act, "join")

    def _on_bring(self, arrival: Arrival) -> None:
        if self.ready:
            self.network.bring(self.process, arrival)

    def _on_crash(self, act: Act) -> None:
        self.faults += 1
        if self.process is not None:
            self.process.die()
            self.died((0, SECOND, 7200 * SECOND, 3 * 86_400 * SECOND)[act.roll % 4])

    def _on_crash_callback(self, act: Act) -> None:
        self.faults += 1
        if self.process is not None:
            self.process.loop.left = 1 + act.roll % 40

    def _on_crash_commit(self, act: Act) -> None:
        self.faults += 1
        self._commit_fates = [""] * (act.roll % 3) + [("before", "after")[act.roll // 3 % 2]]

    def _on_tear(self, act: Act) -> None:
        self.faults += 1
        self._commit_fates = [""] * (act.roll % 3) + ["torn"]

    def _on_full(self, act: Act) -> None:
        self.faults += 1
        self._commit_fates = [""] * (act.roll % 3) + ["refused"] * (1 + act.roll // 3 % 4)

    def _on_crash_send(self, act: Act) -> None:
        self.faults += 1
        self._send_fates = [""] * (act.roll % 3) + [("before", "after")[act.roll // 3 % 2]]

    def fate_of_commit(self) -> str:
        return self._commit_fates.pop(0) if self._commit_fates else ""

    def fate_of_send(self) -> str:
        return self._send_fates.pop(0) if self._send_fates else ""

    def _on_restart(self, _: Act | None) -> None:
        self.faults += 1
        if self.process is not None and self.process.ready:
            self.process.stop()

    def _on_evict(self, _: Act) -> None:
        self.faults += 1
        if self.process is not None:
            self.process.evict()

    def _on_jump(self, act: Act) -> None:
        self.faults += 1
        step = (-3600 * SECOND, -SECOND, -100, SECOND, 60 * SECOND, 3600 * SECOND)[act.roll % 6]
        self.clock_start += step
        self.set_back += max(0, -step)
        if self.process is not None:
            self.process.clock.start = self.clock_start
            self.able_since = self.process.clock.now() + 60 * SECOND

    def _on_outage(self, act: Act) -> None:
        self.faults += 1
        self.network.breaking = act.roll % 2 == 0
        self.network.down_until = self.elapsed + (SECOND, 30 * SECOND, 90 * SECOND, 3600 * SECOND)[act.roll // 2 % 4]

    def _on_deploy(self, act: Act) -> None:
        self.version += 1 if act.roll % 3 or not self.version else -1
        self._on_restart(None)

    def _on_order(self, act: Act, order: str, status: str) -> None:
        numbers = [n for n, life in self.model.folk.all.items() if life.status == status]
        process = self.process
        if process is not None and process.ready and numbers:
            self.faults += 1
            self.able_since = max(self.able_since, process.clock.now() + SECOND)
            number = numbers[act.roll % len(numbers)]
            process.worker.put(Ordered(number, order, lambda words: self.note("told", words)))

    def _on_cancel(self, act: Act) -> None:
        order = "cancel" if act.roll % 4 else "cancel --force"
        self._on_order(act, order, ("waiting", "waiting", "diverged", "failed")[act.roll // 4 % 4])

    def _on_resume(self, act: Act) -> None:
        order = "resume" if act.roll % 4 else "resume --rerun"
        self._on_order(act, order, ("failed", "diverged")[act.roll // 4 % 2])

    def _on_retry(self, act: Act) -> None:
        troubled = sorted(
            {row[0] for row in self.model.mirror.outbox.values() if row[2] in {"failed", "uncertain"} and row[0]}
        )
        process = self.process
        if process is not None and process.ready and troubled:
            self.faults += 1
            number = troubled[act.roll % len(troubled)]
            self.retried |= {n for n, row in self.model.mirror.outbox.items() if row[0] == number}
            process.worker.put(Ordered(number, "retry", lambda words: self.note("told", words)))

    def _close(self) -> None:
        self.closed = True
        if self.process is not None:
            self.process.die()
            self._buried.append(self.process)
        for process in self._buried:
            process.bury()
        for life in self.model.folk.all.values():
            life.tale.drop()
        if self.disk is not None:
            self.disk.close()
