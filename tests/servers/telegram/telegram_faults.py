"""Faults, planned before they happen: what the next calls of a method, or to a chat, meet instead of their answer.

Each fault is taken by as many calls as it was planned for, the first planned one first. A fault before the effect
leaves no trace in the chat; one after it has done all that the call asked for, and only the answer is missing.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

from tests.servers.telegram.telegram_parameters import Call

Kind: TypeAlias = Literal["too_many", "error", "reset_before", "reset_after", "silent_after", "slow"]
"""429; a 5xx before the effect; the connection is reset before or after it; done and never answered; answered late."""
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(slots=True, eq=False)
class Fault:
    """One planned fault."""

    kind: Kind
    method: str | None = None
    """In lower case; None is any method but `getUpdates`."""
    chat: int | None = None
    times: int = 1
    retry_after: int = 1
    code: int = 502
    """The HTTP status of an error."""
    seconds: float | None = None
    """How late a slow answer is; None waits for `release`."""
    after_effect: bool = False
    """Whether an error comes when all is done."""
    hits: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def meets(self, call: Call) -> bool:
        method = call.method.lower()
        named = method != "getupdates" if self.method is None else method == self.method
        return named and self.hits < self.times and self.chat in {None, call.integer("chat_id")}


class Faults:
    """The faults that are still to come, and those that were met."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.planned: list[Fault] = []
        self._changed = changed

    def plan(self, fault: Fault) -> Fault:
        if fault.kind not in KINDS:
            raise ValueError(f"there is no fault {fault.kind!r}: it is one of {', '.join(KINDS)}")
        if fault.method:
            fault.method = fault.method.lower()
        self.planned.append(fault)
        return fault

    def take(self, call: Call) -> Fault | None:
        """The fault that this call meets."""
        fault = next((fault for fault in self.planned if fault.meets(call)), None)
        if fault:
            fault.hits += 1
            self._changed()
        return fault

    def release(self) -> None:
        """Answer all calls that a slow fault holds back."""
        for fault in self.planned:
            fault.released.set()

    def clear(self) -> None:
        self.release()
        self.planned.clear()
