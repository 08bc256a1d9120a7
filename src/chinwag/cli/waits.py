"""What a conversation waits for, read from its journal alone: no code of the bot is needed.

Rule: a branch waits for one thing at a time, so a wait is over when its answer, or a later wait of the same branch,
stands in the journal. A member of a ``first`` that lost is known to be over once its branch waits for something else.
"""

from collections.abc import Iterable

from msgspec import Struct

from chinwag.core.conversation import WAITING
from chinwag.core.errors import StoreCorrupt
from chinwag.core.journal import REFUSED, REWORDED, Opened, Row, decode
from chinwag.ports import Parked

ASKING = {"ask", "choose", "listen"}
WORDS = {"step": "in a step", "sleep": "sleeping", "delivered": "delivering"}


class Wait(Struct, frozen=True):
    """One thing that a conversation waits for, since when, in microseconds."""

    opened: Opened
    since: int


def rows_of(parked: Parked) -> list[Row]:
    """The journal since the last checkpoint, as far as it can be read."""
    rows = []
    for text in parked.rows:
        try:
            rows.append(decode(text))
        except StoreCorrupt:
            break  # whoever shows it says that it is damaged
    return rows


def open_waits(rows: Iterable[Row]) -> list[Wait]:
    """What is waited for after these rows, in the order in which it was.

    >>> [w.opened.text for w in open_waits([Row(1, "start", opened=[Opened("0", "ask", "int", "How many?")])])]
    ['How many?']
    """
    waits: dict[str, Wait] = {}
    for row in rows:
        if row.how != REFUSED and row.cause != REWORDED:
            waits.pop(row.path, None)
        for opened in row.opened:
            for path in [path for path in waits if _is_over(path, opened.path)]:
                del waits[path]
            waits[opened.path] = Wait(opened, row.at)
    return list(waits.values())


def _is_over(path: str, by: str) -> bool:
    """Whether a wait belongs to a branch, or to a member of it, that has come to a later wait since.

    In a path, numbers of waits and indexes of members take turns: ``2.1.0`` is the first wait of the second member of
    what its conversation waited for third.
    """
    for index, (mine, other) in enumerate(zip(path.split("."), by.split("."), strict=False)):
        if mine != other:
            return index % 2 == 0 and int(mine) < int(other)
    return False


def status(parked: Parked, waits: list[Wait]) -> str:
    """In one word or two: asking, sleeping, in a step, delivering, starting, failed, diverged, or how it ended."""
    if parked.status != WAITING:
        return parked.status
    kinds = [wait.opened.kind for wait in waits]
    if ASKING & set(kinds):
        return "asking"
    return next((words for kind, words in WORDS.items() if kind in kinds), "starting")
