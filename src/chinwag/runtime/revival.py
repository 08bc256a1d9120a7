"""Bringing a parked conversation back: by replay, with what it held meanwhile, and the steps that were under way."""

import logging
from typing import TYPE_CHECKING, Any

import msgspec

from chinwag.core.codec import error_from_plain, from_plain, hint_of
from chinwag.core.conversation import DIVERGED, WAITING, Conversation
from chinwag.core.effects import Step
from chinwag.core.errors import ChinwagError, NotJournalable, StoreCorrupt
from chinwag.core.replaying import Replayed
from chinwag.ports import Parked
from chinwag.runtime.account import Account
from chinwag.runtime.inputs import Input, Mailed, Settled, Stepped
from chinwag.runtime.table import unwoken

if TYPE_CHECKING:
    from chinwag.runtime.decider import Decider

log = logging.getLogger("chinwag")

Held = tuple[int, str, Input | None]
"""What a conversation kept while it could not run: id, kind, and the input if it is an outcome."""


def revive(decider: "Decider", parked: Parked, *, force: bool = False) -> Conversation | None:
    """Bring a conversation back, or set it aside as diverged.

    Args:
        decider: decides what it held.
        parked: as the store has it.
        force: try one that is diverged although its code has not changed.
    """
    table, ledger = decider.table, decider.ledger
    account = _served(decider, parked)
    if account is None:
        return None
    shell = unwoken(parked, account)
    if parked.status == DIVERGED and parked.fingerprint == account.fingerprint and not force:
        table.add(shell)
        return shell
    try:
        conversation, replayed, held = _woken(decider, parked)
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
    _reword(decider, conversation, replayed)
    ledger.arm(conversation)
    _consume_held(decider, conversation, held)
    _resume_steps(decider, conversation, parked)
    return conversation


def _served(decider: "Decider", parked: Parked) -> Account | None:
    """The account that it lives on; None if that is not served here, or rests."""
    name = parked.address.partition("/")[0]
    if name in decider.worker.resting:
        return None
    account = decider.worker.accounts.get(name)
    if account is None:
        log.warning("conversation %d lives at %s, which is not served here", parked.number, parked.address)
    return account


def _reword(decider: "Decider", conversation: Conversation, replayed: Replayed) -> None:
    """Ask open questions in their new words, unless their time is up; note new words of others."""
    now, again = decider.now, [b for b in replayed.reworded if not 0 < b.due <= decider.now]
    for branch in again:
        decider.reworded.add(conversation.number)
        decider.ledger.apply(decider.engine.reword(conversation, branch, now), ("reworded", now, None))
    if replayed.unmarked and not again:
        decider.ledger.apply(decider.engine.mark(conversation, now), ("reworded", now, None))


def _woken(decider: "Decider", parked: Parked) -> tuple[Conversation, Replayed, list[Held]]:
    """The conversation, its questions that are worded anew, and what it kept; any of it may be damaged."""
    conversation, replayed = decider.table.wake(parked, decider.reading.data)
    kept = [(number, kind, body) for number, kind, _, body in parked.held if kind != "message"]
    try:
        return conversation, replayed, [(n, kind, held_input(conversation, kind, body)) for n, kind, body in kept]
    except ChinwagError:
        decider.table.abandon(conversation)
        raise


def _begin(decider: "Decider", conversation: Conversation, parked: Parked) -> None:
    """It was born and has not begun: another conversation started it, or its first turn has failed."""
    for number, kind, _, _ in parked.held:
        if kind != "message":  # its start, and what came for a first turn that has failed
            decider.ledger.take(number)
    turn = decider.engine.begin(conversation, decider.now)
    decider.ledger.apply(turn, ("start", decider.now, None))


def _consume_held(decider: "Decider", conversation: Conversation, held: list[Held]) -> None:
    """Outcomes and cancels at once, messages as questions open."""
    for number, kind, item in held:
        decider.ledger.take(number)
        if item is not None:
            decider.follow(item)
        elif kind == "cancel":
            decider.cancel(conversation)
    if conversation.mail:
        decider.follow(Mailed(conversation.number))


def held_input(conversation: Conversation, kind: str, body: str) -> Input | None:
    """An outcome that a conversation keeps; None for what is none.

    Raises:
        StoreCorrupt: if it is damaged, or no longer what the step says that it returns.
    """
    number = conversation.number
    try:
        if kind == "step":
            path, plain, error = _STEP.decode(body)
            branch = conversation.find(path)
            hint = hint_of(branch.effect.function) if branch is not None and isinstance(branch.effect, Step) else None
            value = from_plain(plain, hint) if error is None else None
            return Stepped(number, path, value, error_from_plain(error) if error is not None else None)
        if kind == "delivery":
            return Settled(number, *_DELIVERY.decode(body))
    except (msgspec.MsgspecError, ValueError, RecursionError, NotJournalable) as error:
        msg = f"an input that conversation {number} holds is damaged ({error}): restore the store, or cancel --force"
        raise StoreCorrupt(msg) from None
    return None


_STEP = msgspec.json.Decoder(tuple[str, Any, Any])
_DELIVERY = msgspec.json.Decoder(tuple[int, str])


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
