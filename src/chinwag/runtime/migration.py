"""A room that gets another id, as a group that becomes a supergroup: whatever lives there goes along.

In memory it is at the new address at once, in the store with the commit; until that is done nothing else is decided,
for who arrives at the new address must find the conversations that were parked at the old one.
"""

import logging
from typing import TYPE_CHECKING

from chinwag.core.values import EVERYBODY, Arrival, address

if TYPE_CHECKING:
    from chinwag.runtime.decider import Decider

log = logging.getLogger("chinwag")


def migrate(decider: "Decider", arrival: Arrival) -> None:
    """Move a room's conversations, schedules, data and messages.

    Args:
        decider: owns the draft and the table.
        arrival: the room, and its new id as the text.
    """
    worker = decider.worker
    account, room, new = arrival.account, arrival.room, arrival.text
    if not new or new == room:
        return
    log.info("%s: the room %s is %s from now on", account, room, new)
    old, here = address(account, room, ""), address(account, new, "")
    table, draft = decider.table, worker.draft
    for place in [place for place in table.addresses if place.startswith(old)]:
        for conversation in list(table.here(place)):
            table.remove(conversation)
            conversation.address = here + place.removeprefix(old)
            table.add(conversation)
            draft.moved[conversation.number] = conversation
    shared = table.users.pop(old + EVERYBODY, None)
    if shared is not None:
        shared.user = here + EVERYBODY
        table.users[shared.user] = shared
        draft.kept.append(shared)
    draft.batch.moves.append((account, room, new, old, here))
    draft.rows += 1
    worker.planner.move(old, here)
    worker.outbox.readdress((account, room), new)
    worker.settle_first()
