"""The timeline of one conversation: what its journal and its messages tell, as events in order. Pure.

A journal's row of a turn names the wait that it answers, the waits that it opens, and the numbers of the messages that
it sent; a message that is a question is told once, as asked. What was said before a checkpoint has no row any more, and
is told by the message alone.
"""

from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import Struct

from chinwag.cli.times import iso
from chinwag.cli.waits import rows_of
from chinwag.core.codec import from_plain
from chinwag.core.conversation import WAITING
from chinwag.core.errors import ChinwagError
from chinwag.core.journal import CANCEL, DEFAULT, ERROR, PROMPTED, REFUSED, REWORDED, STATE, TIMED_OUT, Opened, Row
from chinwag.core.values import Birth, Outgoing
from chinwag.ports import SENT, Parked
from chinwag.stores.reader import Said

Place = tuple[int, int, int]
"""When; behind which message, by number; 0 before that message itself, 1 for it, 2 after it."""

LAST = 1 << 62
OPENED = {"step": "stepped", "sleep": "slept", "listen": "listened", "delivered": "awaits delivery"}
SIMPLE = {
    CANCEL: "cancel",
    STATE: "checkpoint",
    REWORDED: "asked anew",
    REFUSED: "refused",
    TIMED_OUT: "timeout",
    DEFAULT: "timeout",
}
"""Causes, and kinds of answers, that are one word."""
ANSWERED = {"ask": "answered", "choose": "answered", "listen": "heard", "sleep": "awoke", "step": "returned"}


class Event(Struct, frozen=True, omit_defaults=True):
    """One thing that happened.

    Args:
        at: when, as an ISO time.
        what: one word: born, asked, answered, refused, said, slept, stepped, timeout, ...
        text: its words or value.
        where: the source line, such as ``guess.py:14``.
        due: its deadline, as an ISO time.
        message: the number of the message, if it is one.
        delivery: what became of the message, if it is not simply sent.
    """

    at: str
    what: str
    text: str = ""
    where: str = ""
    due: str = ""
    message: int = 0
    delivery: str = ""


def timeline(parked: Parked, said: list[Said]) -> list[Event]:
    """All that is known of a conversation, in order.

    Args:
        parked: the conversation with its journal and what it holds.
        said: its messages.
    """
    told: list[tuple[Place, Event]] = [((parked.born, 0, 0), Event(iso(parked.born), "born", _birth(parked)))]
    waits: dict[str, Opened] = {}
    prompts: dict[int, Opened] = {}
    newest = 0
    for row in rows_of(parked):
        newest = row.sent[0] if row.sent[1] else newest
        told += _row(row, waits, parked, newest)
        newest = max(newest, row.sent[0] + row.sent[1] - 1)
        waits |= {opened.path: opened for opened in row.opened}
        prompts |= {opened.prompt: opened for opened in row.opened if opened.kind in PROMPTED}
    told += [((one.at, one.number, 1), _message(one, prompts.get(one.number))) for one in said]
    told += [((at, LAST, 0), Event(iso(at), "kept", f"{kind} {body:.200}")) for _, kind, at, body in parked.held]
    if parked.status != WAITING:
        told.append(((parked.changed, LAST, 1), Event(iso(parked.changed), parked.status)))
    return [event for _, event in sorted(told, key=lambda entry: entry[0])]


def _birth(parked: Parked) -> str:
    """By what it began: a message, or arguments of whoever started it."""
    try:
        birth = msgspec.json.decode(parked.birth, type=Birth)
        words = [repr(from_plain(argument)) for argument in birth.arguments or ()]
    except (ValueError, TypeError, ChinwagError):
        return "(its birth record is damaged)"
    if birth.message is not None:
        words.append(f"by {birth.message.text!r}" if birth.message.text else "by somebody who joined")
    return ", ".join(words) or "by itself"


def _row(row: Row, waits: dict[str, Opened], parked: Parked, first: int) -> Iterator[tuple[Place, Event]]:
    """What one turn tells: what woke it, then what it waits for without a message."""
    event = _cause(row, waits.get(row.path), parked)
    if event is not None:
        yield (row.at, first, 0 if row.sent[1] else 2), event
    last = max(first, row.sent[0] + row.sent[1] - 1)
    for _, name, number in row.starts:
        yield (row.at, last, 2), Event(iso(row.at), "started", f"conversation {number} ({name})")
    for opened in row.opened:
        if opened.kind in OPENED:
            due = iso(opened.due) if opened.due else ""
            yield (row.at, last, 2), Event(iso(row.at), OPENED[opened.kind], opened.text, opened.line, due)


def _cause(row: Row, wait: Opened | None, parked: Parked) -> Event | None:
    """What woke the conversation; a start is told as its birth."""
    at, where = iso(row.at), wait.line if wait is not None else ""
    if row.cause == REWORDED and not row.path:
        return Event(at, "reworded")
    if row.cause in SIMPLE:
        return Event(at, SIMPLE[row.cause], _state(parked) if row.cause == STATE else "", where)
    if row.how in SIMPLE:
        words = {REFUSED: repr(row.note), DEFAULT: _value(row.value)}
        return Event(at, SIMPLE[row.how], words.get(row.how, ""), where)
    if row.how == ERROR:
        return Event(at, "failed" if wait is not None and wait.kind == "step" else "error", _error(row.value), where)
    return _answer(row, wait, at) if wait is not None else None


def _answer(row: Row, wait: Opened, at: str) -> Event:
    value = row.value[0] if wait.kind == "choose" else row.value
    text = "" if wait.kind in {"sleep", "delivered"} else _value(value)
    note = f" from {row.note!r}" if row.note and repr(row.note) != text else ""
    return Event(at, ANSWERED.get(wait.kind, "delivered"), text + note, wait.line)


def _state(parked: Parked) -> str:
    try:
        name, fields = msgspec.json.decode(parked.state or "null")
        return f"{name} {_value(fields)}".strip()
    except (ValueError, TypeError):
        return "(damaged)"


def _value(plain: Any) -> str:
    """A journaled value, as short as it can be read."""
    return msgspec.json.encode(plain).decode()[:500] if not isinstance(plain, str) else repr(plain)[:500]


def _error(plain: Any) -> str:
    if isinstance(plain, dict):
        return f"{str(plain.get('type', '')).rpartition(':')[2]}: {plain.get('message', '')}"
    return str(plain)


def _message(said: Said, wait: Opened | None) -> Event:
    try:
        message = msgspec.json.decode(said.body, type=Outgoing)
    except msgspec.DecodeError:
        message = Outgoing(said.number, "", "", "", text="(damaged)")
    what = "asked" if message.question else {"edit": "edited", "delete": "deleted"}.get(message.act, "said")
    text = repr(message.text)
    if message.choices and not message.again:
        text += f" [{', '.join(message.choices)}]"
    due = iso(wait.due) if wait is not None and wait.due else ""
    return Event(iso(said.at), what, text, wait.line if wait else "", due, said.number, _delivery(said))


def _delivery(said: Said) -> str:
    words = [] if said.status == SENT else [said.status]
    if said.doubled:
        words.append("perhaps doubled" if said.doubled == 1 else f"perhaps sent {said.doubled + 1} times")
    if said.error:
        words.append(said.error)
    return ", ".join(words)
