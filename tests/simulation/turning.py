"""Turns in the model: each predicted by the reference, compared with its row, and with all that the commit says of it.

Owns what a turn brings about: messages, data, births, steps, the end, a failure. Who turns when is said elsewhere.
"""

from __future__ import annotations

from collections import deque
from typing import Any

import msgspec
from tests.simulation.chat import GONE, Heard, Want
from tests.simulation.lives import DIVERGED, OVER, TEXTS, Conversations, Held, Life, user_of
from tests.simulation.mirror import Mirror
from tests.simulation.reference import CANCELLED, FAILED, WAITING, Tale, Turn
from tests.simulation.told import Batched, Violation, compare_row, turn_of

from chinwag.core.values import Arrival
from chinwag.ports import Batch
from chinwag.runtime.inputs import Arrived


class Turning:
    """The part of the model that turns.

    Args:
        setting: what the bot declares, and what the outside world has done.
    """

    def __init__(self, setting: Any) -> None:
        self.setting = setting
        self.mirror = Mirror()
        self.folk = Conversations()
        self.batch = Batched(Batch())
        self.follow: deque[Any] = deque()
        self.reworded: set[int] = set()
        self.touched: set[int] = set()
        self.now = 0
        self.fallen: set[int] = set()
        self.fallen_before: set[int] = set()

    def here(self, place: str, arrival: Arrival | None = None) -> list[Life]:
        """Who lives there, brought to life."""
        raise NotImplementedError

    def begin(self, index: int, arrival: Arrival | None, place: str, arguments: str = "", *, own: bool = False) -> Life:
        """A message, a clock or the account's start begins a conversation."""
        if arrival is not None and arrival.event == "message" and index in self.setting.per_room:
            place = f"{arrival.account}/{arrival.room}/*"
        number, seed, at = self.batch.birth(f"talk{index}", place, attended=not own)
        tale = Tale(number, self.folk, self.setting.begins(index, ()), seed)
        tale.address, tale.user = place, place.split("/")[2]
        tale.message = Heard(arrival.text, arrival.user, arguments) if arrival is not None else Heard("", "")
        life = Life(tale, index, place, attended=not own)
        self.folk.add(life)
        self.setting.begun(life, at)
        self.begin_life(life)
        return life

    def begin_life(self, life: Life) -> None:
        if life.held:
            self.batch.taken += len(life.held)
            life.held = []
        life.status = WAITING
        self.turn(life, "start", ("start", None), life.tale.begin)

    def cancel(self, life: Life) -> None:
        if life.status == DIVERGED:
            self.end(life, CANCELLED)
            self.speak_to(life, TEXTS.cancelled)
        else:
            self.turn(life, "cancel", ("cancel", None), life.tale.cancel)

    def turn(self, life: Life, cause: str, source: Held, act: Any, how: str = "", due: int = 0) -> None:
        """One turn: predicted, and compared with its row."""
        row = self.batch.row_of(life.number)
        turn = turn_of(self.batch, row, cause, how, life.tale.last)
        act(turn)
        self.touched.add(life.number)
        if turn.status == FAILED:
            self.failed(life, turn, row, source)
            return
        if row is None:
            raise Violation(
                2, f"conversation {life.number} should have a turn by {cause}, and the commit has {self.batch.head()}"
            )
        compare_row(life.number, turn, row, due)
        if turn.checkpoint is not None:
            self.batch.checkpoint(life.number)
        self.consequences(life, turn)
        if turn.status == WAITING:
            if life.mail:
                self.follow.append(life)
        else:
            self.end(life, turn.status)
            if turn.status == CANCELLED:
                self.speak_to(life, TEXTS.cancelled)

    def consequences(self, life: Life, turn: Turn) -> None:
        batch = self.batch
        account = life.address.split("/")[0]
        spoken = turn.says
        first = turn.spoken_from
        for offset, (text, once, _) in enumerate(spoken):
            self.setting.said(batch.said(life.number, account, life.room, text, once=once, number=first + offset))
        self.written(life, turn)
        for number, want in turn.births:
            self.bear(number, want)
        for want in turn.stopped:
            self.setting.stopped(want)
        for branch, want in turn.steps:
            if branch.want is want:
                self.setting.launched(life, branch, want)
        for target, words in turn.edits:
            act = "edit" if words else "delete"
            self.setting.said(batch.said(life.number, account, life.room, words or "", target=target, act=act))

    def written(self, life: Life, turn: Turn) -> None:
        data = self.folk.data(life.address)
        for key, value in turn.writes.items():
            if value is GONE:
                data.pop(key, None)
            else:
                data[key] = value
            self.batch.wrote(user_of(life.address), key, value)

    def bear(self, number: int, want: Want) -> None:
        assert want.to is not None
        born, seed, _ = self.batch.birth(want.name, want.to, attended=False)
        if born != number:
            raise Violation(2, f"the start of conversation {number} is journaled, and {born} is born")
        index = int(want.name.removeprefix("talk"))
        tale = Tale(number, self.folk, self.setting.begins(index, want.arguments), seed)
        tale.address, tale.user, tale.message = want.to, want.to.split("/")[2], Heard("", "")
        life = Life(tale, index, want.to, attended=False)
        self.keep(life, "start", None)
        life.held.append(("start", None))
        self.folk.add(life)
        self.setting.begun(life, 0)

    # -- ends ---------------------------------------------------------------------------------------------------------

    def end(self, life: Life, status: str) -> None:
        self.batch.ended(life.number, status)
        life.status = OVER
        self.folk.leave(life)
        for arrival in life.mail:
            again = msgspec.structs.replace(arrival, id="")
            place = f"{arrival.account}/{arrival.room}/{arrival.user}"
            self.follow.append(Arrived(again, self.now, place))
        life.mail.clear()
        life.held.clear()

    def failed(self, life: Life, turn: Turn, row: Any, source: Held) -> None:
        if row is not None or not self.batch.fails(life.number):
            raise Violation(7, f"conversation {life.number} should fail ({turn.failure!r}), and does not")
        kind, value = source
        if kind != "timer":
            self.keep(life, kind, value)
            if kind == "message":
                life.mail.appendleft(value)
            else:
                life.held.append(source)
        life.status = FAILED
        self.fallen.add(life.number)
        self.batch.failures.discard(life.number)
        self.folk.leave(life)
        self.speak_to(life, TEXTS.failed)

    def keep(self, life: Life, kind: str, value: Any) -> None:
        del value
        self.batch.kept(life.number, kind)

    def speak(self, account: str, room: str, text: str, number: int = 0) -> None:
        self.setting.said(self.batch.said(number, account, room, text))

    def speak_to(self, life: Life, text: str) -> None:
        if life.room != "-":
            self.speak(life.address.split("/")[0], life.room, text, life.number)
