"""The journal: one row a turn, and the comparison of a row with what the code did when it was run again.

A row says what woke the turn, which await was answered and how, and what the code then waited for. Rows are JSON
arrays, a public format (``docs/reference/journal.md``); fields are only ever added at the end.

A wait is compared by path, kind and label. Its wording may change, unless the new words belong to another question:
then questions were swapped or inserted. They do if they stand elsewhere among the rows of the same code, or stand
elsewhere at all where the code has other words now. A ``reworded`` row is where other code begins.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from chinwag.core.errors import Diverged, StoreCorrupt

START, MESSAGE, TIMER, STEP, DELIVERY, CANCEL, STATE, REWORDED = (
    "start",
    "message",
    "timer",
    "step",
    "delivery",
    "cancel",
    "state",
    "reworded",
)
VALUE, ERROR, REFUSED, DEFAULT, TIMED_OUT = "value", "error", "refused", "default", "timeout"
PROMPTED = ("ask", "choose")


class Opened(Struct, array_like=True, gc=False):
    """One wait that a turn opened.

    Args:
        path: branch and number, such as ``2`` or ``2.1.0``.
        kind: the effect's kind.
        label: what is compared besides: the parse function's name, the step's name and its arguments' digest.
        text: the prompt, or what a reader wants to see.
        line: where the code waits, such as ``guess.py:14``.
        due: the deadline in microseconds, 0 if there is none.
        prompt: the outbox number of the question, 0 if there is none.
    """

    path: str
    kind: str
    label: str = ""
    text: str = ""
    line: str = ""
    due: int = 0
    prompt: int = 0

    def __str__(self) -> str:
        label = f" ({self.label})" if self.label and self.kind == "ask" else ""
        return f"{self.kind} {self.text!r}{label} at {self.line}" if self.text else f"{self.kind}{label} at {self.line}"


class Row(Struct, array_like=True, gc=False):
    """One turn of one conversation.

    Args:
        at: when it was decided, in microseconds.
        cause: what woke it.
        path: which wait was answered; in the first row of a state, the number from which paths count on.
        how: the answer's kind: a value, an error, refused, the default, timed out.
        value: the answer, encoded by the codec; at a start, the message that began it.
        opened: the waits that the turn opened.
        draws: how many random numbers it drew.
        sent: the first outbox number that it used, and how many.
        starts: conversations that it began: path, function, id.
        read: what it read of ``chat.data`` that was new to it; an empty list stands for "absent".
        keys: all keys of ``chat.data``, if it asked for them and they were new to it.
        patches: changes that it saw for the first time.
        note: for a reader: the text that was refused or parsed.
    """

    at: int
    cause: str
    path: str = ""
    how: str = ""
    value: Any = None
    opened: list[Opened] = []
    draws: int = 0
    sent: tuple[int, int] = (0, 0)
    starts: tuple[tuple[str, str, int], ...] = ()
    read: dict[str, list[Any]] = {}
    keys: list[str] | None = None
    patches: tuple[str, ...] = ()
    note: str = ""


_decoder = msgspec.json.Decoder(Row)
_encoder = msgspec.json.Encoder()


def encode(row: Row) -> bytes:
    """Write a row as JSON."""
    return _encoder.encode(row)


def decode(data: bytes | str) -> Row:
    """Read a row.

    Raises:
        StoreCorrupt: if it is damaged.
    """
    try:
        return _decoder.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        msg = (
            f"a journal row is damaged ({error}): {data[:80]!r}; "
            "restore the database, or cancel --force the conversation"
        )
        raise StoreCorrupt(msg) from None


class Replay:
    """The comparison of one conversation's rows with what its code does now.

    Args:
        who: the conversation, in words.
        rows: its rows since the last checkpoint, in order.

    Attributes:
        era: how often the rows so far say that other code has come.
        wording: the paths of the questions that their users saw in other words than the code's.
    """

    __slots__ = ("_changed", "_left", "_taken", "_texts", "era", "last", "row", "rows", "who", "wording")

    def __init__(self, who: str, rows: list[Row]) -> None:
        self.who = who
        self.rows = rows
        self.row = rows[0]
        self.last: Opened | None = None
        self.era = 0
        self.wording: set[str] = set()
        self._changed = -1
        self._texts: set[tuple[int, str]] | None = None
        # Words of the journal that are no longer asked where they were, and those of the code in their place.
        self._left: set[str] = set()
        self._taken: set[str] = set()

    @property
    def unmarked(self) -> bool:
        """Whether the code has other words than the youngest rows, and no row says so yet."""
        return self._changed == self.era

    def sent(self, index: int) -> int:
        """The outbox number of the turn's message ``index``, 0 if the journal has no such message."""
        first, count = self.row.sent
        return first + index if index < count else 0

    def started(self, index: int) -> int:
        """The id of the turn's new conversation ``index``, 0 if the journal has none."""
        return self.row.starts[index][2] if index < len(self.row.starts) else 0

    def compare(self, opened: list[Opened], draws: int, starts: Sequence[tuple[str, str, int]]) -> None:
        """Compare one turn with its row.

        Raises:
            Diverged: with both sides in words.
        """
        row = self.row
        for there, here in zip(row.opened, opened, strict=False):
            self._compare_wait(there, here)
            self.last = there
        if len(row.opened) != len(opened):
            missing = row.opened[len(opened) :]
            extra = opened[len(row.opened) :]
            raise self.diverged(
                str(missing[0]) if missing else "nothing more in this turn",
                str(extra[0]) if extra else "nothing more in this turn",
            )
        if row.draws != draws:
            raise self.diverged(f"{row.draws} random numbers drawn", f"{draws} drawn")
        if [s[:2] for s in row.starts] != [s[:2] for s in starts]:
            raise self.diverged(f"started {_names(row.starts)}", f"started {_names(starts)}")

    def _compare_wait(self, there: Opened, here: Opened) -> None:
        if (there.path, there.kind, there.label) != (here.path, here.kind, here.label):
            raise self.diverged(*_apart(there, here))
        if there.kind in PROMPTED and there.text != here.text:
            self.reworded(there, here)

    def reworded(self, there: Opened, here: Opened) -> None:
        """A question has other words than its user saw.

        Raises:
            Diverged: if they are those of another question.
        """
        if self._by_this_code(here.text) or here.text in self._left or there.text in self._taken:
            raise self.diverged(str(there), str(here))
        self._left.add(there.text)
        self._taken.add(here.text)
        self.wording.add(here.path)
        self._changed = self.era

    def _by_this_code(self, text: str) -> bool:
        """Whether the code that has written the row under way asks something in these words."""
        if self._texts is None:
            self._texts, era = set(), 0
            for row in self.rows:
                era += row.cause == REWORDED
                self._texts |= {(era, opened.text) for opened in row.opened if opened.kind in PROMPTED}
        return (self.era, text) in self._texts

    def diverged(self, there: str, here: str) -> Diverged:
        """The report: which conversation, what the journal has, what the code did, what matched last, what to do."""
        return Diverged(
            f"{self.who} no longer matches its journal:\n"
            f"  the journal has    {there}\n"
            f"  the code does      {here}\n"
            f"  the last to match  {self.last or 'nothing yet'}\n"
            'Put the code back, or guard the changed stretch with `if chat.patched("..."):`; it then goes on by itself '
            "at the next start. Or end it with `chinwag cancel`."
        )


def _apart(there: Opened, here: Opened) -> tuple[str, str]:
    """Two waits in words that tell them apart, also where only the arguments or the branch differ."""
    if (there.kind, there.text) != (here.kind, here.text) or there.label.partition("#")[0] != here.label.partition("#")[
        0
    ]:
        return str(there), str(here)
    if there.label != here.label:
        return str(there), f"{here}, with other arguments"
    return f"{there}, as await {there.path}", f"{here}, as await {here.path}"


def _names(starts: Sequence[tuple[str, str, int]]) -> str:
    return ", ".join(name for _, name, _ in starts) or "no conversation"
