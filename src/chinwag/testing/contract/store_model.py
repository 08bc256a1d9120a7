"""A store as plain mappings: what a batch does and what is answered, in a few lines each, to hold a real store against.

Knows no file, no order of writing and no transaction: a batch that must be refused raises before anything is changed.
"""

from typing import Any

import msgspec

from chinwag.ports import Batch, Open, Parked, Planned

OPEN, DECIDED, OVER = ("pending", "sending"), ("sent", "failed", "uncertain"), ("ended", "cancelled")


class Duplicate(Exception):
    """A row is there already."""


class Model:
    """Everything that was committed."""

    def __init__(self) -> None:
        self.conversations: dict[int, Parked] = {}
        self.journal: dict[tuple[int, int], str] = {}
        self.seen: set[tuple[str, str]] = set()
        self.inbox: dict[int, tuple[int, str, int, str]] = {}
        self.outbox: dict[int, Open] = {}
        self.fates: dict[int, tuple[str, str]] = {}
        self.steps: dict[tuple[int, str], int] = {}
        self.data: dict[tuple[str, str], Any] = {}
        self.timers: dict[int, int] = {}
        self.schedules: dict[int, Planned] = {}
        self.addresses: set[tuple[str, int]] = set()

    # -- writing ------------------------------------------------------------------------------------------------------

    def commit(self, batch: Batch) -> None:
        """Apply a batch.

        Raises:
            Duplicate: the store must refuse it.
        """
        self._check(batch)
        self._turns(batch)
        self._messages(batch)
        self._rest(batch)
        self._lives(batch)

    def _check(self, batch: Batch) -> None:
        fresh = (
            ([b[0] for b in batch.births], self.conversations),
            ([r[:2] for r in batch.journal], self.journal),
            ([s[:2] for s in batch.seen], self.seen),
            ([i[0] for i in batch.inbox], self.inbox),
            ([o[0] for o in batch.outbox], self.outbox),
        )
        for keys, there in fresh:
            if len(set(keys)) < len(keys) or any(key in there for key in keys):
                raise Duplicate

    def _turns(self, batch: Batch) -> None:
        for number, name, address, seed, attended, born, first, fingerprint in batch.births:
            lived = (bool(attended), "waiting", born, 0, 0, _text(first), None, None, fingerprint, 0, born)
            self.conversations[number] = Parked(number, name, address, seed, *lived)
            self.addresses.add((address, number))
        blobs = {key[:3]: _text(key[3]) for key in batch.blobs}
        for number, seq, row in batch.journal:
            self.journal[number, seq] = blobs.get(("journal", number, seq), _text(row))
        for number, base, draws, state, fingerprint in batch.checkpoints.values():
            conversation = self.conversations[number]
            conversation.base, conversation.draws, conversation.fingerprint = base, draws, fingerprint
            conversation.state = blobs.get(("state", number, 0), _text(state)) if _text(state) == "0" else _text(state)
            for key in [key for key in self.journal if key[0] == number and key[1] < base]:
                del self.journal[key]
        self.seen.update((account, name) for account, name, _ in batch.seen)

    def _messages(self, batch: Batch) -> None:
        for number, conversation, account, room, status, epoch, at, once, body in batch.outbox:
            self.outbox[number] = Open(
                number, conversation, account, room, status, epoch, 0, at, bool(once), _text(body)
            )
            self.fates[number] = ("", "")
        for number, status, ref, error, attempts, told in batch.marks:
            message = self.outbox[number]
            message.status, message.attempts, message.awaited = status, attempts, message.awaited or bool(told)
            message.ref = ref
            self.fates[number] = (ref, error)
        for (number,) in batch.retried:
            self.outbox[number].status = "pending"
            self.fates[number] = (self.fates[number][0], "")
        for number, epoch, _ in batch.promotions:
            self.outbox[number].status, self.outbox[number].epoch = "sending", epoch
        for (number,) in batch.heard:
            self.outbox[number].awaited = False
        for (number,) in batch.awaited:
            self.outbox[number].awaited = True

    def _rest(self, batch: Batch) -> None:
        self.inbox.update({row[0]: (row[1], row[2], row[3], _text(row[4])) for row in batch.inbox})
        for (number,) in batch.taken:
            self.inbox.pop(number, None)
        for number, path in batch.stepped:
            self.steps.pop((number, path), None)
        self.steps.update({(number, path): epoch for number, path, epoch in batch.steps})
        self.data.update({key: msgspec.json.decode(row[2]) for key, row in batch.writes.items()})
        for key in batch.deletes:
            self.data.pop(key, None)
        self.timers.update(batch.timers)
        self.timers = {number: due for number, due in self.timers.items() if due}
        self.schedules.update({row[0]: Planned(*row) for row in batch.schedules})
        for (number,) in batch.unscheduled:
            self.schedules.pop(number, None)

    def _lives(self, batch: Batch) -> None:
        for number, status, at, error, fingerprint, keeps in batch.statuses.values():
            conversation = self.conversations[number]
            conversation.status, conversation.changed, conversation.error = status, at, error
            conversation.fingerprint = fingerprint
            if keeps:
                self.addresses.add((conversation.address, number))
            else:
                self.addresses.discard((conversation.address, number))
                self.timers.pop(number, None)
        for number, address, status, at in batch.ends:
            conversation = self.conversations[number]
            conversation.status, conversation.changed, conversation.error = status, at, None
            self.addresses.discard((address, number))
            self.timers.pop(number, None)
            self.steps = {key: epoch for key, epoch in self.steps.items() if key[0] != number}
            self.inbox = {key: row for key, row in self.inbox.items() if row[0] != number}

    # -- answering ----------------------------------------------------------------------------------------------------

    def parked(self) -> list[Parked]:
        """All conversations."""
        return [self._with_rows(self.conversations[number]) for number in sorted(self.conversations)]

    def _with_rows(self, conversation: Parked) -> Parked:
        number = conversation.number
        return msgspec.structs.replace(
            conversation,
            due=self.timers.get(number, 0),
            rows=[self.journal[key] for key in sorted(self.journal) if key[0] == number],
            held=[(key, *row[1:]) for key, row in sorted(self.inbox.items()) if row[0] == number],
            steps=[(key[1], epoch) for key, epoch in sorted(self.steps.items()) if key[0] == number],
        )

    def at(self) -> dict[str, list[int]]:
        """Who lives where."""
        found: dict[str, list[int]] = {}
        for address, number in sorted(self.addresses):
            found.setdefault(address, []).append(number)
        return found

    def outgoing(self) -> list[tuple[int, str, str, str, int]]:
        """What became of all messages."""
        return [(n, m.status, *self.fates[n], m.conversation) for n, m in sorted(self.outbox.items())]

    def open(self) -> list[Open]:
        """What is not decided."""
        return [message for _, message in sorted(self.outbox.items()) if message.status in OPEN]

    def undelivered(self, conversation: int) -> list[Open]:
        """What failed or is uncertain."""
        found = [message for _, message in sorted(self.outbox.items()) if message.status in DECIDED[1:]]
        return [message for message in found if message.conversation == conversation]

    def unheard(self) -> list[tuple[int, int, str]]:
        """Whose fate somebody must hear of."""
        return [
            (m.conversation, n, "" if m.status == "sent" else self.fates[n][1] or m.status)
            for n, m in sorted(self.outbox.items())
            if m.awaited and m.status in DECIDED
        ]

    def unfinished(self) -> list[int]:
        """Who is to be woken at a start."""
        busy = {number for number, _ in self.steps}
        busy |= {row[0] for row in self.inbox.values() if row[1] != "message"}
        return sorted(number for number in busy if self.conversations[number].status == "waiting")

    def troubled(self, status: str) -> list[int]:
        """Who failed or diverged."""
        return [number for number, found in sorted(self.conversations.items()) if found.status == status]

    def of_users(self) -> dict[str, dict[str, Any]]:
        """All data."""
        found: dict[str, dict[str, Any]] = {}
        for (user, key), value in self.data.items():
            found.setdefault(user, {})[key] = value
        return found


def _text(raw: msgspec.Raw) -> str:
    return bytes(raw).decode()
