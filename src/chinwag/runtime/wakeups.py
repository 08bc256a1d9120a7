"""What wakes one conversation and is no message: its deadline, a step's outcome, a message's fate, mail that it kept.

Owns what becomes of it if the conversation cannot run now. One that has failed or diverged keeps it, and so does one
whose account is away, unless the store has it still. Who is over has no use for it.
"""

from typing import TYPE_CHECKING

from chinwag.core.conversation import FAILED, Branch, Conversation
from chinwag.core.effects import Step
from chinwag.core.engine import offer
from chinwag.core.errors import Undeliverable
from chinwag.runtime.inputs import Fired, Input, Mailed, Settled, Stepped, Woken
from chinwag.runtime.ledger import held_outcome

if TYPE_CHECKING:
    from chinwag.runtime.decider import Decider

MOST_AT_ONCE = 100


def wake(decider: "Decider", item: Input) -> None:
    """Let one conversation hear what came for it.

    Args:
        decider: knows who is here.
        item: what came.
    """
    match item:
        case Fired():
            _fire(decider, decider.live(item.number))
        case Stepped():
            _end_step(decider, decider.live(item.number), item)
        case Settled():
            _settle(decider, decider.live(item.number), item)
        case Mailed():
            _offer_mail(decider, decider.table.live.get(item.number))
        case Woken():
            decider.live(item.number)


def _fire(decider: "Decider", conversation: Conversation | None) -> None:
    if conversation is None or conversation.root is None:
        return  # over; or diverged, and its deadline waits with it
    expire(decider, conversation, decider.now)
    if conversation.number in decider.table.live:
        # The heap has let this one go, so the store must not keep it: a later deadline would seem to be armed.
        decider.ledger.rearm(conversation)


def expire(decider: "Decider", conversation: Conversation, until: int) -> None:
    """Let a conversation's deadlines come that are due; of very many the rest comes behind what waits meanwhile.

    Args:
        decider: tells the time.
        conversation: whose.
        until: up to when, in microseconds.
    """
    for _ in range(MOST_AT_ONCE):  # a loop that sleeps for no time at all must not keep all others waiting
        if not (due := conversation.earliest()) or due > until:
            return
        branch = min((b for b in conversation.waits() if b.due), key=_due)
        turn = decider.engine.expire(conversation, branch, max(decider.now, due))
        decider.ledger.apply(turn, ("timer", decider.now, None))
        if conversation.number not in decider.table.live:
            return


def _end_step(decider: "Decider", conversation: Conversation | None, item: Stepped) -> None:
    if conversation is None:
        if _has_failed(decider, item.number) or _is_away(decider, item.number):  # it waits for it still
            decider.ledger.hold_for(item.number, "step", decider.now, held_outcome(item))
        return
    if conversation.root is None:
        decider.ledger.hold(conversation, "step", decider.now, held_outcome(item))
        return
    branch = conversation.find(item.path)
    if branch is not None and isinstance(branch.effect, Step):
        turn = decider.engine.finish_step(conversation, branch, decider.now, item.value, item.error)
        if turn.status != FAILED:
            decider.worker.draft.batch.stepped.append((conversation.number, item.path))
        decider.ledger.apply(turn, ("step", decider.now, [item.path, item.value, item.error]))


def _settle(decider: "Decider", conversation: Conversation | None, item: Settled) -> None:
    """A message was taken, or refused: whoever waits for it hears of it once."""
    if conversation is None and _is_away(decider, item.number):
        return  # the store remembers that it is unheard
    draft, heard = decider.worker.draft, [item.outgoing, item.error]
    draft.batch.heard.append((item.outgoing,))
    draft.rows += 1
    if conversation is None:
        if _has_failed(decider, item.number):
            decider.ledger.hold_for(item.number, "delivery", decider.now, heard)
        return
    if conversation.root is None:
        decider.ledger.hold(conversation, "delivery", decider.now, heard)
        return
    for branch in [b for b in conversation.waits() if b.prompt == item.outgoing]:
        if branch.prompt == item.outgoing and conversation.number in decider.table.live:
            error = Undeliverable(item.error) if item.error else None
            turn = decider.engine.deliver(conversation, branch, decider.now, error)
            decider.ledger.apply(turn, ("delivery", decider.now, heard))


def _offer_mail(decider: "Decider", conversation: Conversation | None) -> None:
    """Offer kept messages to the questions that are open now, in order."""
    if conversation is None or conversation.root is None:
        return
    for number, kept in conversation.mail or ():
        for branch in reversed(conversation.questions()):
            only = getattr(branch.effect, "from_", None)
            offered = offer(conversation, branch, kept) if only in {None, kept.user} else None
            if offered is not None:
                assert conversation.mail is not None  # noqa: S101 - it is being read
                conversation.mail.remove((number, kept))
                decider.ledger.take(number)
                decider.answer(conversation, branch, offered, kept, decider.now)
                return


def _has_failed(decider: "Decider", number: int) -> bool:
    """Whether a conversation has failed, and may be resumed; what was decided last counts."""
    worker, reading = decider.worker, decider.reading
    for draft in (worker.draft, worker.committing, *(reading.unsettled or ())):
        status = draft.batch.statuses.get(number) if draft is not None else None
        if status is not None:
            return bool(status[1] == FAILED)
    parked = reading.single.get(number)
    return parked is not None and parked.status == FAILED


def _is_away(decider: "Decider", number: int) -> bool:
    """Whether a conversation can go on, and its account is not here: what comes for it has to wait."""
    live = decider.table.live.get(number)
    if live is not None:
        return decider.rests(live.address)
    reading = decider.reading
    parked = reading.single.get(number)
    waits = parked is not None and number not in reading.gone and parked.status in {"waiting", "diverged"}
    return parked is not None and waits and decider.rests(parked.address)


def _due(branch: Branch) -> int:
    return branch.due
