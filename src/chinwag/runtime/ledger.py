"""The ledger: writes a turn into the draft, as rows, steps and deadlines; what it says goes to ``speech``.

A failed turn leaves only its status, its traceback, the input that it failed by, and a word to the user.
"""

import logging
import traceback
from collections import deque
from typing import TYPE_CHECKING, Any

from chinwag.core.codec import error_to_plain, state_to_plain, to_plain
from chinwag.core.conversation import (
    CANCELLED,
    DELETED,
    DIVERGED,
    FAILED,
    WAITING,
    Consequences,
    Conversation,
    Turn,
    UserData,
)
from chinwag.core.effects import Step
from chinwag.core.errors import ChinwagError
from chinwag.core.perform import function_name
from chinwag.core.tags import as_text
from chinwag.core.values import Arrival, Birth, ScheduledBirth, address
from chinwag.runtime.account import user_of
from chinwag.runtime.inputs import Arrived, Mailed, Stepped
from chinwag.runtime.speech import Source

if TYPE_CHECKING:
    from chinwag.runtime.decider import Decider
    from chinwag.runtime.worker import Worker

log = logging.getLogger("chinwag")

MANY_ROWS = 1000


class Ledger:
    """Writes turns into the worker's draft.

    Args:
        worker: owns the draft, the table, the outbox and the timers.
        decider: decides what follows from a turn at once.
    """

    __slots__ = ("decider", "speech", "table", "worker")

    def __init__(self, worker: "Worker", decider: "Decider") -> None:
        self.worker = worker
        self.decider = decider
        self.table = worker.table
        self.speech = decider.speech

    def birth(self, conversation: Conversation, fingerprint: str) -> None:
        """The row of a new conversation."""
        draft = self.worker.draft
        message = conversation.message
        arguments = to_plain(conversation.arguments) if conversation.arguments else None
        zone = conversation.zone
        birth = ScheduledBirth(arguments, message, zone) if zone else Birth(arguments, message)
        draft.batch.births.append(
            (
                conversation.number,
                conversation.name,
                conversation.address,
                conversation.seed.hex(),
                int(conversation.attended),
                conversation.born,
                draft.body("birth", conversation.number, 0, birth),
                fingerprint,
            )
        )

    def apply(self, turn: Turn, source: Source) -> None:
        """Write a turn."""
        conversation = turn.conversation
        draft = self.worker.draft
        number = conversation.number
        draft.moved[number] = conversation
        if turn.status == FAILED:
            self._fail(turn, source)
            return
        if turn.checkpoint is not None:
            self._checkpoint(turn)
        seq = conversation.seq
        draft.batch.journal.append((number, seq, draft.body("journal", number, seq, turn.row())))
        conversation.seq = seq + 1
        if turn.says or turn.consequences is not None:
            self.speech.say(turn, source)
        if turn.writes:
            self._write(conversation, turn.writes)
        if turn.consequences is not None:
            self._consequences(conversation, turn.consequences)
        if turn.status == WAITING:
            self._park(conversation)
        else:
            self.end(conversation, turn.status)
            if turn.status == CANCELLED:
                self.speech.speak_to(conversation, conversation.manner.texts.cancelled)

    def _park(self, conversation: Conversation) -> None:
        """It waits: it is the youngest of those that live, has its deadline, and reads what it kept."""
        number, root = conversation.number, conversation.root
        due = root.due if root is not None and root.join is None else conversation.earliest()
        if due and (not conversation.armed or due < conversation.armed):
            self._arm(conversation, due)
        live = self.table.live
        if live.pop(number, None) is not None:
            live[number] = conversation
        if conversation.mail:
            self.decider.follow(Mailed(number))
        if conversation.seq - conversation.base == MANY_ROWS:
            log.warning(
                "%s has %d journal rows since its last checkpoint, and waking it runs them all: "
                "let it return a State now and then",
                conversation,
                MANY_ROWS,
            )

    def _checkpoint(self, turn: Turn) -> None:
        conversation = turn.conversation
        account = self.table.account_of(conversation.address)
        draft = self.worker.draft
        number = conversation.number
        plain = [function_name(type(turn.checkpoint), conversation), state_to_plain(turn.checkpoint)]
        fingerprint = account.fingerprint if account is not None else ""
        body = draft.body("state", number, 0, plain)
        conversation.base = conversation.seq
        draft.batch.checkpoints[number] = (number, conversation.seq, turn.draws, body, fingerprint)

    def arm(self, conversation: Conversation) -> None:
        """A stored deadline must never be late; an early one is left, and moved when it comes."""
        due = conversation.earliest()
        if due and (not conversation.armed or due < conversation.armed):
            self._arm(conversation, due)

    def rearm(self, conversation: Conversation) -> None:
        """The stored deadline was early: move it to the real one, or drop it."""
        due = conversation.earliest()
        if conversation.armed != due:
            self._arm(conversation, due)
            self.worker.draft.moved[conversation.number] = conversation
        elif due:
            self.worker.timers.add(due, conversation.number)

    def _arm(self, conversation: Conversation, due: int) -> None:
        conversation.armed = due
        draft = self.worker.draft
        draft.batch.timers.append((conversation.number, due))
        draft.rows += 1
        if due:
            self.worker.timers.add(due, conversation.number)

    # -- the rarer consequences ---------------------------------------------------------------------------------------

    def _consequences(self, conversation: Conversation, brought: Consequences) -> None:
        for child in brought.births:
            self._bear(child)
        self._steps(conversation, brought)
        for number in brought.waited:
            self._await_delivery(conversation, number)
        self.speech.edit(conversation, brought, first=False)
        self.worker.draft.logs += ((conversation, *line) for line in brought.logs)

    def _steps(self, conversation: Conversation, brought: Consequences) -> None:
        """Steps that nobody waits for any more, and steps that begin, unless the same turn has left them again."""
        for path in brought.stopped:  # before what begins: a new state's paths may be the same
            self.worker.draft.batch.stepped.append((conversation.number, path))
            self._stop(conversation, path)
        for path, step in brought.steps:
            branch = conversation.find(path)
            if branch is not None and branch.effect is step:
                self.launch(conversation, path, step)

    def launch(self, conversation: Conversation, path: str, step: Step) -> None:
        """A step begins once its row is durable."""
        draft = self.worker.draft
        key = (conversation.number, path)
        claimed = step.once and not self.worker.steps.closed
        draft.batch.steps.append((*key, self.worker.epoch if claimed else 0))
        draft.launches.append((*key, step, conversation.address))
        draft.moved[conversation.number] = conversation
        draft.rows += 1

    def _stop(self, conversation: Conversation, path: str) -> None:
        """Nobody waits for this step any more, whether it runs or was to begin with this very draft."""
        draft = self.worker.draft
        key = (conversation.number, path)
        draft.launches = [launch for launch in draft.launches if launch[:2] != key]
        draft.batch.steps = [row for row in draft.batch.steps if row[:2] != key]
        draft.stops.append(key)

    def _write(self, conversation: Conversation, writes: dict[str, Any]) -> None:
        """``chat.data``: for the store, and for all of the user's conversations."""
        user = user_of(conversation.address)
        shared = self.table.users.get(user)
        if shared is None:
            shared = conversation.data or UserData(user, {})
            self.table.begin_data(user, shared)
        draft = self.worker.draft
        draft.kept.append(shared)
        conversation.data = shared
        for key, plain in writes.items():
            if plain is DELETED:
                shared.plain.pop(key, None)
                draft.batch.writes.pop((user, key), None)
                draft.batch.deletes[user, key] = (user, key)
            else:
                shared.plain[key] = plain
                draft.batch.deletes.pop((user, key), None)
                draft.batch.writes[user, key] = (user, key, draft.raw(plain))
        draft.rows += len(writes)

    def _bear(self, child: Conversation) -> None:
        """A child's row, and its start as an input that it holds: it begins in a turn of its own."""
        account = self.table.account_of(child.address)
        if account is not None:
            child.manner = account.manner
        self.birth(child, account.fingerprint if account is not None else "")
        self.hold_for(child.number, "start", child.born, None)
        self.worker.draft.newborn.append(child.number)

    def _await_delivery(self, conversation: Conversation, number: int) -> None:
        draft = self.worker.draft
        draft.batch.awaited.append((number,))
        entry = self.worker.outbox.find(number, conversation.address)
        if entry is not None:
            entry.awaited = True
        else:
            draft.inquiries.append((conversation.number, number))

    # -- what a conversation keeps ------------------------------------------------------------------------------------

    def hold(self, conversation: Conversation, kind: str, at: int, value: Any) -> int:
        """Keep an input that cannot be consumed yet."""
        self.worker.draft.moved[conversation.number] = conversation
        return self.hold_for(conversation.number, kind, at, value)

    def hold_for(self, number: int, kind: str, at: int, value: Any) -> int:
        """Keep an input for a conversation that is not in memory, or not yet."""
        worker = self.worker
        worker.inbox_number += 1
        body = worker.draft.raw(value)
        worker.draft.batch.inbox.append((worker.inbox_number, number, kind, at, body))
        worker.draft.rows += 1
        return worker.inbox_number

    def keep(self, conversation: Conversation, arrival: Arrival, at: int) -> None:
        """Put a message into a conversation's mailbox."""
        number = self.hold(conversation, "message", at, arrival)
        if conversation.mail is None:
            conversation.mail = deque()
        conversation.mail.append((number, arrival))

    def take(self, number: int) -> None:
        """A kept input is consumed."""
        self.worker.draft.batch.taken.append((number,))
        self.worker.draft.rows += 1

    # -- ends ---------------------------------------------------------------------------------------------------------

    def end(self, conversation: Conversation, status: str) -> None:
        """A conversation is over; what it had not read is routed afresh."""
        draft = self.worker.draft
        number = conversation.number
        draft.moved[number] = conversation
        draft.batch.ends.append((number, conversation.address, status, draft.at))
        draft.rows += 1
        self._leave(conversation)
        mail, conversation.mail = conversation.mail, None
        for _, kept in mail or ():
            self.decider.follow(Arrived(_anew(kept), draft.at, address(kept.account, kept.room, kept.user)))

    def _leave(self, conversation: Conversation) -> None:
        """It is over or has failed: its address is free, its steps are stopped; the store knows with this commit."""
        draft = self.worker.draft
        draft.over.append(conversation.number)
        self.speech.heard.pop(conversation.number, None)
        self.decider.reading.gone.add(conversation.number)
        self.table.remove(conversation)
        for branch in conversation.waits():
            if isinstance(branch.effect, Step):
                self._stop(conversation, branch.path)
        self.table.abandon(conversation)

    def _fail(self, turn: Turn, source: Source) -> None:
        """Roll the turn back."""
        conversation = turn.conversation
        error = turn.error
        assert error is not None  # noqa: S101 - a failed turn has one
        told = as_text("".join(traceback.format_exception(error)))  # nobody knows what stands in an error
        kind, at, value = source
        # By a step's own error the same outcome would fail it again: the step has to run anew.
        wish = "resume --rerun" if kind == "step" and value[2] is not None else "resume"
        number = conversation.number
        log.error("%s has failed; `chinwag %s %d` after a fix\n%s", conversation, wish, number, told.rstrip())
        if kind == "step":
            self.hold(conversation, kind, at, outcome(*value))
        elif kind != "timer":
            self.hold(conversation, kind, at, value)
        self._status(conversation, FAILED, told)
        self._leave(conversation)
        self.speech.speak_to(conversation, conversation.manner.texts.failed)

    def set_aside(self, conversation: Conversation, error: Exception) -> None:
        """The code no longer matches: the conversation takes in messages and runs nothing."""
        told = as_text(str(error))
        log.error("%s", told)
        self._status(conversation, DIVERGED, told)
        self.table.add(conversation)

    def restore(self, conversation: Conversation) -> None:
        """A conversation that was failed or diverged goes on."""
        self._status(conversation, WAITING, None)

    def _status(self, conversation: Conversation, status: str, error: str | None) -> None:
        account = self.table.account_of(conversation.address)
        fingerprint = account.fingerprint if account is not None else ""
        draft = self.worker.draft
        number = conversation.number
        draft.moved[number] = conversation
        draft.batch.statuses[number] = (number, status, draft.at, error, fingerprint, int(status != FAILED))
        draft.rows += 1


def outcome(path: str, value: Any, error: BaseException | None) -> list[Any]:
    """A step's outcome as it is held."""
    if error is not None:
        return [path, None, error_to_plain(error)]
    try:
        return [path, to_plain(value), None]
    except ChinwagError as refused:
        return [path, None, error_to_plain(refused)]


def held_outcome(item: Stepped) -> list[Any]:
    """The same, of an input."""
    return outcome(item.path, item.value, item.error)


def _anew(kept: Arrival) -> Arrival:
    """A kept message to be routed afresh; its id was consumed when it came."""
    return Arrival(
        kept.account, kept.room, kept.user, kept.text, "", kept.name, kept.direct, kept.event, kept.attachments
    )
