"""What an operator may want of a conversation: cancel, resume, retry. Each answers in one sentence, once durable.

An order that changes nothing is ``Declined``: its sentence says why.
"""

from typing import TYPE_CHECKING

from chinwag.core.conversation import CANCELLED, DIVERGED, FAILED, Conversation
from chinwag.core.drive import evict
from chinwag.ports import Parked
from chinwag.runtime.inputs import Ordered
from chinwag.runtime.revival import revive
from chinwag.runtime.table import unwoken

if TYPE_CHECKING:
    from chinwag.runtime.decider import Decider

CANCEL, CANCEL_FORCE, RESUME, RERUN, RETRY = "cancel", "cancel --force", "resume", "resume --rerun", "retry"


class Declined(str):
    """The sentence of an order that was not carried out."""

    __slots__ = ()


def obey(decider: "Decider", item: Ordered) -> None:
    """Carry out an order."""
    parked = decider.reading.single.get(item.number)
    if item.order == RETRY:
        words = _retry(decider, item.number)
    elif item.order in {RESUME, RERUN}:
        words = _resume(decider, item.number, parked, rerun=item.order == RERUN)
    else:
        words = _cancel(decider, item.number, parked, force=item.order == CANCEL_FORCE)
    decider.worker.draft.replies.append((item.reply, words))


def _cancel(decider: "Decider", number: int, parked: Parked | None, *, force: bool) -> str:
    conversation = None if force else decider.live(number)
    if conversation is not None:
        decider.cancel(conversation)
        if _has_failed(decider, number):
            return Declined(f"{conversation} has failed while it was cancelled: see `chinwag show {number}`")
        ended = number not in decider.table.live
        return f"{conversation} is cancelled" if ended else f"{conversation} was told to cancel, and goes on"
    live = decider.table.live.get(number)
    if live is not None:
        decider.table.stubborn += evict(live)
        decider.ledger.end(live, CANCELLED)
        return f"{live} is ended; its code did not run"
    if parked is None or number in decider.reading.gone or parked.status not in {"waiting", FAILED, DIVERGED}:
        return _absent(number, parked)
    if not force and parked.status != FAILED:
        return Declined(f"conversation {number} lives on an account that is not served here")
    decider.reading.gone.add(number)
    decider.here(parked.address)  # what it kept goes to who else lives there
    shell = unwoken(parked, decider.table.account_of(parked.address))
    if parked.status == FAILED:
        shell.mail = None
    decider.ledger.end(shell, CANCELLED)
    return f"{shell} is ended; its code did not run"


def _resume(decider: "Decider", number: int, parked: Parked | None, *, rerun: bool) -> str:
    shell = decider.table.live.get(number)
    if shell is not None and shell.root is not None:
        return Declined(f"{shell} is neither failed nor diverged: there is nothing to resume")
    if parked is None or number in decider.reading.gone:
        return _absent(number, parked)
    if parked.status not in {FAILED, DIVERGED}:
        return Declined(f"conversation {number} ({parked.name}) is {parked.status}: there is nothing to resume")
    if shell is not None:
        decider.table.remove(shell)
    _take_up(decider, parked)
    if rerun:
        _forget_outcomes(decider, parked)
    decider.here(parked.address)
    standing = decider.table.live.get(number)
    if standing is not None and standing.root is None:
        decider.table.remove(standing)
    stepped = any(kind == "step" for _, kind, _, _ in parked.held)
    conversation = revive(decider, parked, force=True)
    decider.drain()  # it gets what it held, and may fail by it again
    return _resumed(decider, number, conversation, stepped=stepped)


def _take_up(decider: "Decider", parked: Parked) -> None:
    """What it was given to keep since it was read, or while it was, is its own too."""
    known = {held[0] for held in parked.held}
    for draft in (*(decider.reading.unsettled or ()), decider.worker.committing, decider.worker.draft):
        for held, number, kind, at, body in draft.batch.inbox if draft is not None else ():
            if number == parked.number and held not in known:
                parked.held.append((held, kind, at, bytes(body).decode()))


def _forget_outcomes(decider: "Decider", parked: Parked) -> None:
    """The step that it failed by runs anew."""
    for held, kind, _, _ in parked.held:
        if kind == "step":
            decider.ledger.take(held)
    parked.held = [held for held in parked.held if held[1] != "step"]
    parked.steps = []


def _resumed(decider: "Decider", number: int, conversation: Conversation | None, *, stepped: bool) -> str:
    if conversation is None:
        return Declined(f"conversation {number} lives on an account that is not served here")
    if conversation.root is None and number in decider.table.live:
        return Declined(f"{conversation} still does not match its journal: see `chinwag show {number}`")
    if _has_failed(decider, number):
        rerun = f"; `chinwag resume --rerun {number}` runs its step anew" if stepped else ""
        return Declined(f"{conversation} has failed again: see `chinwag show {number}`{rerun}")
    return f"{conversation} goes on"


def _has_failed(decider: "Decider", number: int) -> bool:
    """Whether it has failed by this very order."""
    return number in decider.reading.gone and decider.worker.draft.batch.statuses.get(number, ("", ""))[1] == FAILED


def _retry(decider: "Decider", number: int) -> str:
    rows = decider.reading.undelivered.pop(number, [])
    for row in rows:
        account = decider.worker.accounts.get(row.account)
        if account is not None:
            decider.worker.outbox.retry(row, account.network)
    if not rows:
        return Declined(f"conversation {number} has no message that failed or is uncertain")
    return f"{len(rows)} message{'s' if len(rows) > 1 else ''} of conversation {number} will be sent again"


def _absent(number: int, parked: Parked | None) -> str:
    if parked is None:
        return Declined(f"there is no conversation {number}: `chinwag ps` lists them")
    return Declined(f"conversation {number} ({parked.name}) is over: it is {parked.status}")
