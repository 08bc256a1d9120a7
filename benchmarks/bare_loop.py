"""The bare loop: about as fast as a durable straight-line conversation can be in one Python process.

Decodes the JSON, looks up the user's coroutine, sends it the text, packs the answer, writes what came in, what was
answered and what goes out with three ``executemany``, commits, and hands the messages over. A batch is what queued
while the last one was committed, up to 5,000 messages. Its rows are what any durable framework has to write: keyed so
that a conversation's journal can be found again and a repeated update is refused. It keeps no delivery states and no
timers, never replays, and does not know a command from a text: it is the reference that a framework, which does all
that, is measured against.
"""

import gc
import statistics
import time
from collections import deque
from collections.abc import Callable, Coroutine, Generator
from dataclasses import dataclass, field
from pathlib import Path
from types import coroutine
from typing import TypeAlias

import apsw
import msgspec

from benchmarks import disk
from benchmarks.report import Figure, Report, load
from benchmarks.traffic import CLOSING, FIRST_QUESTION, FULL, QUICK, SECOND_QUESTION, ClosedLoop, Traffic

MOST_IN_A_BATCH = 5_000
SCHEMA = """
pragma journal_mode = wal;
pragma synchronous = full;
create table seen (account text not null, id integer not null, unique (account, id));
create table journal (conversation integer not null, seq integer not null, entry blob not null,
    unique (conversation, seq));
create table outbox (id integer primary key, user integer not null, text text not null);
"""
OLD = """
pragma synchronous = off;
create temp table old as
    with recursive n (i) as (select 1 union all select i + 1 from n where i < :rows) select i from n;
insert into seen(account, id) select 'telegram:bench', -i from old order by -i;
insert into journal(conversation, seq, entry) select -i, 0, x'a62f7374617274' from old order by -i;
insert into outbox(user, text) select -i, 'How many?' from old;
drop table old;
pragma wal_checkpoint(truncate);
pragma synchronous = full;
"""

ACCOUNT = "telegram:bench"

OnSend: TypeAlias = Callable[[int, str], object]


class Room(msgspec.Struct, frozen=True, gc=False):
    """Telegram's chat, as much of it as is read."""

    id: int


class Message(msgspec.Struct, frozen=True, gc=False):
    """Telegram's message, as much of it as is read."""

    chat: Room
    text: str


class Update(msgspec.Struct, frozen=True, gc=False):
    """Telegram's update, as much of it as is read."""

    update_id: int
    message: Message


@coroutine
def ask(question: str) -> Generator[str, str, str]:
    """Say ``question``, and wait for the answer."""
    return (yield question)


async def two_questions() -> str:
    """Ask for a number and a word; the word to part with.

    Example:
        >>> dialogue = two_questions()
        >>> dialogue.send(None), dialogue.send("2")
        ('How many?', 'Of what?')
        >>> dialogue.close()
    """
    number = int(await ask(FIRST_QUESTION))
    word = await ask(SECOND_QUESTION)
    return CLOSING.format(number=number, word=word)


@dataclass(slots=True)
class Conversation:
    """One that is under way: its coroutine, and where its journal stands."""

    id: int
    dialogue: Coroutine[str, str, str]
    seq: int = 0


@dataclass(slots=True)
class Batch:
    """The rows of one commit."""

    seen: list[tuple[str, int]] = field(default_factory=list)
    journal: list[tuple[int, int, bytes]] = field(default_factory=list)
    outbox: list[tuple[int, str]] = field(default_factory=list)


class BareLoop:
    """Decide, commit, act, and nothing besides.

    Args:
        path: a database that does not exist yet.

    Example:
        >>> with disk.scratch() as folder:
        ...     bare = BareLoop(folder / "bare.db")
        ...     bare.feed(b'{"update_id": 1, "message": {"chat": {"id": 42}, "text": "/start"}}')
        ...     bare.turn(print)
        ...     bare.close()
        42 How many?
        1
    """

    def __init__(self, path: Path) -> None:
        """Create the database."""
        self._database = apsw.Connection(str(path))
        self._database.execute(SCHEMA).fetchall()  # apsw pauses at the first row, so an unread script stops half-way
        self._queue: deque[bytes] = deque()
        self._conversations: dict[int, Conversation] = {}
        self._born = 0
        self._decode = msgspec.json.Decoder(Update).decode
        self._pack = msgspec.msgpack.Encoder().encode
        self.feed = self._queue.append
        self.batches: list[int] = []

    def turn(self, on_send: OnSend) -> int:
        """Work off what is queued, up to 5,000 messages; tell ``on_send`` of each message that goes out.

        Returns:
            How many messages were worked off.
        """
        size = min(len(self._queue), MOST_IN_A_BATCH)
        if not size:
            return 0
        batch = self._decide(size)
        self._commit(batch)
        self.batches.append(size)
        for user, text in batch.outbox:
            on_send(user, text)
        return size

    def age(self, rows: int) -> None:
        """Put ``rows`` old rows into each table, of conversations that are long over."""
        if rows:
            self._database.execute(OLD, {"rows": rows}).fetchall()

    def pragma(self, name: str) -> object:
        """Ask the database for one of its settings."""
        return self._database.pragma(name)

    def close(self) -> None:
        """Drop all conversations, and close the database."""
        for conversation in self._conversations.values():
            conversation.dialogue.close()
        self._database.close()

    def _decide(self, size: int) -> Batch:
        batch = Batch()
        for _ in range(size):
            update = self._decode(self._queue.popleft())
            user, text = update.message.chat.id, update.message.text
            conversation = self._conversations.get(user) or self._begin(user)
            batch.seen.append((ACCOUNT, update.update_id))
            batch.journal.append((conversation.id, conversation.seq, self._pack(text)))
            batch.outbox.append((user, self._answer(conversation, user, text)))
        return batch

    def _begin(self, user: int) -> Conversation:
        self._born += 1
        conversation = self._conversations[user] = Conversation(self._born, two_questions())
        return conversation

    def _answer(self, conversation: Conversation, user: int, text: str) -> str:
        dialogue, seq = conversation.dialogue, conversation.seq
        conversation.seq = seq + 1
        try:
            return dialogue.send(text if seq else None)  # type: ignore[arg-type]  # a coroutine's first send is None
        except StopIteration as end:
            del self._conversations[user]
            return str(end.value)

    def _commit(self, batch: Batch) -> None:
        execute = self._database.executemany
        self._database.execute("begin immediate")
        execute("insert into seen(account, id) values(?, ?)", batch.seen)
        execute("insert into journal(conversation, seq, entry) values(?, ?, ?)", batch.journal)
        execute("insert into outbox(user, text) values(?, ?)", batch.outbox)
        self._database.execute("commit")


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run gave."""

    per_second: float
    batches: list[int]


def measure(folder: Path, traffic: Traffic, under_way: int, old_rows: int = 0) -> Measured:
    """Run the whole traffic through a bare loop whose database lies in ``folder``, with so many old rows in each table.

    Raises:
        AssertionError: somebody did not get his answers.
    """
    bare = BareLoop(folder / "bare_loop.db")
    bare.age(old_rows)
    loop = ClosedLoop(traffic, under_way, bare.feed)
    gc.collect()
    began = time.perf_counter()
    loop.start()
    while bare.turn(loop.on_send):
        pass
    seconds = time.perf_counter() - began
    bare.close()
    loop.check()
    return Measured(traffic.messages / seconds, bare.batches)


def run(report: Report, quick: bool) -> None:  # noqa: FBT001 - every bench is called as run(report, quick)
    """Measure messages a second, with few and with many messages under way."""
    scale = QUICK if quick else FULL
    traffic = Traffic(scale.users)
    for under_way in (scale.few_under_way, scale.many_under_way):
        measured = []
        for _ in range(1 if quick else 3):
            with disk.scratch() as folder:
                measured.append(measure(folder, traffic, under_way))
        batches = [size for each in measured for size in each.batches]
        details = {
            **traffic.circumstances(under_way),
            "commits": len(measured[-1].batches),
            "batch_median": statistics.median(batches),
            "batch_largest": max(batches),
            "synchronous": "full",
            "timeouts": "none",
            **load(),
        }
        raw = tuple(each.per_second for each in measured)
        report.write(Figure("two_questions", "bare_loop", "messages_per_second", raw, details=details))
