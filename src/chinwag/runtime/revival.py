"""Bringing a parked conversation back: by replay, with what it held meanwhile, and the steps that were under way."""

import logging
from typing import TYPE_CHECKING, Any

import msgspec

from chinwag.core.codec import error_from_plain, from_plain
from chinwag.core.conversation import DIVERGED, WAITING, Conversation
from chinwag.core.effects import Step
from chinwag.core.errors import ChinwagError, StoreCorrupt
from chinwag.ports import Parked
from chinwag.runtime.inputs import Input, Mailed, Settled, Stepped
from chinwag.runtime.table import built

if TYPE_CHECKING:
    from chinwag.runtime.decider import Decider

log = logging.getLogger("chinwag")


def revive(decider: "Decider", parked: Parked, *, force: bool = False) -> Conversation | None:
    """Bring a conversation back, or set it aside as diverged.

    Args:
        decider: decides what it held.
        parked: as the store has it.
        force: try one that is diverged although its code has not changed.
    """
    table, ledger = decider.table, decider.ledger
    account = table.account_of(parked.address)
    if account is None:
        log.warning("conversation %d lives at %s, which is not served here", parked.number, parked.address)
        return None
    shell = built(parked, account)
    if parked.status == DIVERGED and parked.fingerprint == account.fingerprint and not force:
        table.add(shell)
        return shell
    try:
        conversation, reworded = table.wake(parked, decider.data)
    except ChinwagError as error:
        ledger.set_aside(shell, error)
        return shell
    table.add(conversation)
    if parked.status != WAITING:
        conversation.armed = 0  # its deadline may have come while it could not run
        ledger.restore(conversation)
    if not parked.rows:
        _begin(decider, conversation, parked)
        return conversation
    for branch in reworded:
        if not (branch.due and branch.due <= decider.now):
            decider.reworded.add(conversation.number)
            ledger.apply(decider.engine.reword(conversation, branch, decider.now), ("reworded", decider.now, None))
    ledger.arm(conversation)
    _consume_held(decider, conversation, parked)
    _resume_steps(decider, conversation, parked)
    return conversation


def _begin(decider: "Decider", conversation: Conversation, parked: Parked) -> None:
    """It was born and has not begun: another conversation started it, or its first turn has failed."""
    for number, kind, _, _ in parked.held:
        if kind == "start":
            decider.ledger.take(number)
    turn = decider.engine.begin(conversation, decider.now)
    decider.ledger.apply(turn, ("start", decider.now, None))


def _consume_held(decider: "Decider", conversation: Conversation, parked: Parked) -> None:
    """What it kept while it could not run: outcomes and cancels at once, messages as questions open."""
    for number, kind, _, body in parked.held:
        if kind == "message":
            continue
        decider.ledger.take(number)
        item = _held_input(conversation.number, kind, body)
        if item is not None:
            decider.follow(item)
        elif kind == "cancel":
            decider.cancel(conversation)
    if conversation.mail:
        decider.follow(Mailed(conversation.number))


def _held_input(number: int, kind: str, body: str) -> Input | None:
    try:
        plain: Any = msgspec.json.decode(body)
        if kind == "step":
            path, value, error = plain
            return Stepped(number, path, from_plain(value), error_from_plain(error) if error is not None else None)
        if kind == "delivery":
            return Settled(number, *plain)
    except (msgspec.DecodeError, ValueError, TypeError) as error:
        msg = f"an input that conversation {number} holds is damaged ({error}): restore the store, or cancel --force"
        raise StoreCorrupt(msg) from None
    return None


def _resume_steps(decider: "Decider", conversation: Conversation, parked: Parked) -> None:
    """Steps that were under way begin again, unless they must not run twice and may have run."""
    worker = decider.worker
    claimed = dict(parked.steps)
    for branch in conversation.waits():
        step = branch.effect
        key = (conversation.number, branch.path)
        if not isinstance(step, Step) or key in worker.steps.running or decider.expects(key):
            continue
        epoch = claimed.get(branch.path, 0)
        if epoch and step.once:
            worker.steps.unknown(*key)
        else:
            decider.ledger.launch(conversation, branch.path, step)
