"""What is held against whom at the end: the store, the transcripts and the ledger of payments agree, or say where not.

Owns the counts. ``lost``: acknowledged and without effect, or said and never seen. ``doubled``: seen twice, and counted
by the store. ``uncounted_doubles``: seen twice, and not counted. ``wrong``: everything else, each with a sentence.
"""

from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import msgspec
from msgspec import Struct
from tests.kills.crowd import Crowd, User
from tests.kills.harbor import Harbor
from tests.kills.ideal import Story, Wrong
from tests.kills.words import EVERY

from chinwag.core.values import Outgoing

ROWS = """
SELECT number, conv, account, room, status, doubled,
       CASE WHEN body = 0 THEN (SELECT body FROM blob WHERE kind = 'outbox' AND owner = number) ELSE body END, once
FROM outbox ORDER BY number
"""
OWN_FAULTS = (
    "a fault of chinwag's own",
    "error of its own",
    "error of the program's own",
    "Traceback",
    "never retrieved",
)


class Verdict(Struct):
    """The counts, and the sentences."""

    messages: int = 0
    answers: int = 0
    lost: int = 0
    doubled: int = 0
    uncounted_doubles: int = 0
    wrong: int = 0
    refused_doubles: int = 0
    redelivered: int = 0
    faults: list[str] = []

    def add(self, other: "Verdict") -> None:
        """Sum up."""
        for name in self.__struct_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def fault(self, words: str) -> None:
        """Something is wrong."""
        self.wrong += 1
        self.faults.append(words)

    def missing(self, words: list[str]) -> None:
        """Something is lost."""
        self.lost += len(words)
        self.faults += words


class Row(Struct, array_like=True):
    """A message as the store has it."""

    number: int
    conversation: int
    account: str
    room: str
    status: str
    doubled: int
    text: str
    once: bool


def judged(harbor: Harbor, crowd: Crowd, seconds: float) -> Verdict:
    """Compare everything with everything.

    Args:
        harbor: its process has ended.
        crowd: nobody plays any more.
        seconds: how long it all took.
    """
    verdict = Verdict(
        messages=len(crowd.seen), answers=crowd.answers, refused_doubles=crowd.refused, redelivered=crowd.again
    )
    for words in crowd.faults:
        verdict.fault(words)
    with closing(apsw.Connection(str(harbor.store))) as store:
        rows = _checked_store(store, crowd, verdict)
    _checked_messages(rows, crowd, verdict)
    stories = [_told(user, rows, crowd, verdict) for user in crowd.users]
    for user, story in zip(crowd.users, stories, strict=True):
        _checked_user(user, story, seconds, verdict)
    _checked_payments(harbor.ledger, stories, verdict)
    log = harbor.log.read_text(errors="replace")
    for words in OWN_FAULTS:
        if words in log:
            verdict.fault(f"the log says {words!r}: {harbor.words()}")
    return verdict


def _checked_store(store: apsw.Connection, crowd: Crowd, verdict: Verdict) -> list[Row]:
    if store.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
        verdict.fault("the database is damaged")
    if troubled := store.execute("SELECT number, error FROM conv WHERE status IN ('failed', 'diverged')").fetchall():
        verdict.fault(f"{len(troubled)} conversations failed or diverged, such as {troubled[0]}")
    if living := store.execute("SELECT count(*) FROM conv WHERE status = 'waiting'").get:
        verdict.fault(f"{living} conversations still wait")
    seen = set(store.execute("SELECT account, id FROM seen").fetchall())
    unknown = [user.name for user in crowd.users if user.acknowledged and not _known(user, seen)]
    verdict.missing([f"{name} had an arrival acknowledged whose id the store does not know" for name in unknown])
    return [_row(*row) for row in store.execute(ROWS)]


def _known(user: User, seen: set[Any]) -> bool:
    return all((user.account, f"{user.name}-{text.split()[0][1:]}") in seen for text in user.acknowledged)


def _row(*columns: Any) -> Row:
    *head, body, once = columns
    return msgspec.convert([*head, msgspec.json.decode(body, type=Outgoing).text, bool(once)], Row)


def _checked_messages(rows: list[Row], crowd: Crowd, verdict: Verdict) -> None:
    for row in rows:
        times = crowd.seen[row.number]
        if not times and not (row.once and row.status == "uncertain"):
            verdict.missing([f"{row.room} never saw message {row.number}, which is {row.status}: {row.text}"])
        if row.status != "sent" and not (row.once and row.status == "uncertain"):
            verdict.fault(f"message {row.number} to {row.room} is {row.status} at the end")
        if times and crowd.said[row.number] != row.text:
            verdict.fault(f"{row.room} saw {crowd.said[row.number]}, and the store has {row.text}")
        if times > 1 and row.once:
            verdict.fault(f"message {row.number}, which is said at most once, was seen {times} times")
        elif times > 1:
            verdict.doubled += min(times - 1, row.doubled)
            verdict.uncounted_doubles += max(times - 1 - row.doubled, 0)
    if unknown := set(crowd.seen) - {row.number for row in rows}:
        verdict.fault(f"{len(unknown)} messages were seen that the store does not have")


def _told(user: User, rows: list[Row], crowd: Crowd, verdict: Verdict) -> Story:
    story = Story(user.name)
    try:
        for row in rows:
            if row.room == user.name and crowd.seen[row.number]:
                story.tell(crowd.said[row.number])
    except (Wrong, KeyError) as wrong:
        verdict.fault(f"{user.name}: {wrong}")
    return story


def _checked_user(user: User, story: Story, seconds: float, verdict: Verdict) -> None:
    verdict.missing([f"{user.name} said {text!r}, and nothing came of it" for text in story.missing(user.acknowledged)])
    for text in story.repeated():
        verdict.fault(f"{user.name} said {text!r} once, and it counted twice")
    if strange := set(story.heard) - set(user.acknowledged):
        verdict.fault(f"{user.name} never said {sorted(strange)}, or was never told that it counts")
    serials = [int(text.split()[0][1:]) for text in story.heard]
    if serials != sorted(serials):
        verdict.fault(f"what {user.name} said counted in the order {serials}")
    if story.kind != "end":
        verdict.fault(f"{user.name}'s last game stands at {story.kind!r}")
    if story.ticks > seconds / EVERY + 1:
        verdict.fault(f"{user.name} got {story.ticks} ticks in {seconds:.0f} s, one every {EVERY:g} s")


def _checked_payments(ledger: Path, stories: list[Story], verdict: Verdict) -> None:
    paid = Counter(ledger.read_text().splitlines() if ledger.exists() else [])
    for story in stories:
        for game in story.paid:
            if paid[f"{story.user} {game}"] != 1:
                verdict.fault(f"{story.user} paid {paid[f'{story.user} {game}']} times for game {game}")
        for game in story.unsure:
            if paid[f"{story.user} {game}"] > 1:
                verdict.fault(f"{story.user} paid more than once for game {game}")
