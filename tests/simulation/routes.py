"""Who takes a message, told a second time from DESIGN.md.

Owns the order: commands, the question asked last that accepts it, a trigger, the mailbox, ``on_message``, the fallback.
"""

from __future__ import annotations

from typing import Any

from tests.simulation.chat import parsed
from tests.simulation.lives import TEXTS, Held, Life, questions, runs
from tests.simulation.reference import Branch
from tests.simulation.turning import Turning

from chinwag.core.values import Arrival


class Routes(Turning):
    """The part of the model that routes."""

    def route(self, arrival: Arrival, place: str) -> None:
        here = self.here(place, arrival)
        setting = self.setting
        if arrival.event == "join":
            if setting.greeter is not None:
                self.begin(setting.greeter, arrival, place)
            return
        if arrival.text.startswith("/") and self.command(arrival, here, place):
            return
        taken, meant = self.question(arrival, here)
        trigger = setting.triggers.get(arrival.text.strip().casefold())
        if taken is not None:
            self.answer(*taken, ("message", arrival))
        elif trigger is not None and not runs(trigger, here):
            self.begin(trigger, arrival, place)
        else:
            self.left_over(arrival, here, place, meant=meant)

    def left_over(self, arrival: Arrival, here: list[Life], place: str, *, meant: bool) -> None:
        """What no question and no trigger takes."""
        setting = self.setting
        attended = [life for life in here if life.attended]
        if attended:
            if meant and len(attended[-1].mail) < 1000:
                self.keep(attended[-1], "message", arrival)
                attended[-1].mail.append(arrival)
        elif setting.listener is not None and not runs(setting.listener, here):
            self.begin(setting.listener, arrival, place)
        elif setting.fallback and arrival.direct:
            self.speak(arrival.account, arrival.room, setting.fallback)

    def command(self, arrival: Arrival, here: list[Life], place: str) -> bool:
        word, *rest = arrival.text[1:].split(None, 1) or [""]
        index = self.setting.commands.get(word)
        if index is not None:
            if runs(index, here):
                self.speak(arrival.account, arrival.room, self.setting.busy.get(index, TEXTS.busy))
            else:
                self.begin(index, arrival, place, "".join(rest).rstrip())
            return True
        if word == "cancel":
            attended = [life for life in here if life.attended]
            if here:
                self.cancel((attended or here)[-1])
            else:
                self.speak(arrival.account, arrival.room, TEXTS.idle)
            return True
        if word == "help":
            self.speak(arrival.account, arrival.room, self.setting.help)
        return bool(word == "help")

    def question(self, arrival: Arrival, here: list[Life]) -> tuple[tuple[Life, Branch, tuple[str, Any]] | None, bool]:
        asked = [(life, branch) for life in here for branch in questions(life)]
        asked.sort(key=lambda one: one[1].asked)
        meant = True
        for life, branch in reversed(asked):
            want = branch.want
            assert want is not None
            if want.from_ is not None and want.from_ != arrival.user:
                meant = False
                continue
            offer = parsed(want, arrival.text, arrival.user)
            if offer is not None:
                return (life, branch, offer), True
        return None, meant

    def answer(self, life: Life, branch: Branch, offer: tuple[str, Any], source: Held) -> None:
        if life.number in self.reworded:
            return  # what was asked anew just now is answered by what comes after
        kind, value = offer
        if kind == "value":
            self.turn(life, "message", source, lambda turn: life.tale.answer(turn, branch, value), how="value")
        else:
            words, ask = value
            self.turn(
                life, "message", source, lambda turn: life.tale.again(turn, branch, words, ask=ask), how="refused"
            )

    def read_mail(self, life: Life) -> None:
        """Kept messages are offered to what is open now, in order."""
        for arrival in list(life.mail):
            for branch in reversed(questions(life)):
                want = branch.want
                assert want is not None
                offer = parsed(want, arrival.text, arrival.user) if want.from_ in {None, arrival.user} else None
                if offer is not None:
                    life.mail.remove(arrival)
                    self.batch.taken += 1
                    self.answer(life, branch, offer, ("message", arrival))
                    return
