"""What follows a commit: acting on a draft that is durable, undoing one that is not, leaving memory to who talks."""

import logging
from itertools import islice
from typing import TYPE_CHECKING

from chinwag.core.values import Address
from chinwag.ports import SENT
from chinwag.runtime.delivery import DECIDED
from chinwag.runtime.draft import Draft
from chinwag.runtime.inputs import Settled, Woken

if TYPE_CHECKING:
    from chinwag.runtime.worker import Worker

log = logging.getLogger("chinwag")


def act(worker: "Worker", draft: Draft) -> None:
    """What was decided is durable: do it."""
    worker.decider.reading.settle(draft)
    worker.outbox.act(draft)
    for number, path in draft.stops:
        worker.steps.stop(number, path)
    for number, path, step, address in draft.launches:
        account = worker.table.account_of(address)
        network = account.network if account is not None else None
        worker.steps.launch(number, path, step, network, Address.parse(address).room)
    for done in draft.acks:
        try:
            done()
        except Exception as error:  # one network's fault is no other's
            log.critical("a network could not be told that a message is durable: %s", error, exc_info=error)
    _tell(worker, draft)
    if draft.planned:
        worker.planner.adopt(draft.planned)
    if worker.timers.horizon != draft.horizon:
        _arm(worker, draft)


def _arm(worker: "Worker", draft: Draft) -> None:
    """The heap reaches elsewhere than when these deadlines were decided."""
    for number, due in draft.batch.timers:
        if due:
            worker.timers.add(due, number)


def _tell(worker: "Worker", draft: Draft) -> None:
    """Wake children, ask after messages, answer operators, write logs."""
    for number in draft.newborn:
        worker.put(Woken(number))
    for conversation, number in draft.inquiries:
        worker.delivery.spawn(_inquire(worker, conversation, number))
    for network, press, words in draft.presses:
        try:
            network.pressed(press, words)
        except Exception as error:
            log.critical("a network could not be told what a press came to: %s", error, exc_info=error)
    for reply, words in draft.replies:
        reply(words)
    for speaker, level, text, arguments in draft.logs:
        log.log(level, f"%s: {text}", speaker, *arguments)  # noqa: G004 - the text is the user's own format


def undo(worker: "Worker", *drafts: Draft) -> None:
    """Forget drafts, and queue their inputs again; what the network has decided meanwhile stays decided."""
    for undone in reversed(drafts):
        worker.outbox.undo(undone)
    for undone in drafts:
        for conversation in undone.moved.values():
            worker.table.evict(conversation)
        for shared in undone.kept:
            worker.table.forget(shared)
        worker.decider.reading.forget(undone)
        worker.draft.marked.update(undone.marked)
        worker.draft.batch.retried += undone.batch.retried
    worker.draft.rows = 0
    worker.inputs.extendleft(reversed([item for undone in drafts for item in undone.inputs]))


def evict_idle(worker: "Worker") -> None:
    """Let idle conversations leave memory; one with uncommitted turns never does."""
    live = worker.table.live
    excess = len(live) - worker.budget
    if excess <= 0:
        return
    committing = worker.committing.moved if worker.committing is not None else {}
    for conversation in list(islice(live.values(), excess * 2 + 16)):
        if len(live) <= worker.budget:
            return
        if conversation.number not in live:
            continue
        beside = worker.table.here(conversation.address)
        if not any(c.number in committing or c.number in worker.draft.moved for c in beside):
            worker.table.evict(conversation)


async def fate(worker: "Worker", number: int) -> tuple[str, str, str]:
    """What became of a message: status, the network's id, error. What is not committed yet counts, too."""
    for draft in (worker.draft, worker.committing):
        mark = draft.marked.get(number) if draft is not None else None
        if mark is not None and mark[1] in DECIDED:
            return mark[1:4]
    for _, status, ref, error, _ in await worker.store.outgoing([number]):
        return status, ref, error
    return "", "", "this message is not known any more"


async def _inquire(worker: "Worker", conversation: int, number: int) -> None:
    """Somebody waits for a message that is decided already, or was never said."""
    status, _, error = await fate(worker, number)
    if status in DECIDED or not status:
        worker.put(Settled(conversation, number, "" if status == SENT else error or status))
