"""A network for ``--dry-run``: it prints what would be said, in as many parts as it would be posted in.

Nothing arrives on it, and nothing leaves the process. What is printed moves no cursor, whoever wrote it.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from typing import TextIO

from chinwag.cli.kind import Kind, Setup
from chinwag.cli.zone import local_zone
from chinwag.core import schedules
from chinwag.core.errors import ChinwagError, UsageError
from chinwag.core.lines import one_line
from chinwag.core.values import Address, Outgoing
from chinwag.ports import Inbox, Receipt
from chinwag.runtime.account import Account


class Rehearsal:
    """Prints, one line a post.

    Args:
        account: the account's name.
        out: where to.
        parts: the texts that the network would make of a message.
    """

    numbered = True
    window = 0
    echoes = False
    posts = True

    def __init__(self, account: str, out: TextIO, parts: Callable[[Outgoing], list[str]]) -> None:
        self.finished, self.closed = asyncio.Event(), asyncio.Event()
        self.failure: ChinwagError | None = None
        self._account, self._out, self._parts = account, out, parts

    async def start(self, inbox: Inbox) -> None:
        """Nothing arrives."""
        del inbox

    async def stop(self) -> None:
        """Nothing was begun."""

    def restore(self) -> None:
        """Nothing was changed."""

    def send(self, message: Outgoing) -> Receipt:
        """Print.

        Raises:
            Refused: if the network could make no post of it.
        """
        head = f"{time.strftime('%H:%M:%S')}  {self._account}{_to(message)}  "
        parts = self._parts(message) if message.act == "say" else []
        if len(parts) > 1:
            shown = [f"[{number} of {len(parts)}] {_words(part)}" for number, part in enumerate(parts, 1)]
            shown[0] = " ".join([*_marks(message), shown[0]])
        else:
            shown = [" ".join([*_marks(message), _words(message.text)])]
        self._out.writelines(f"{head}{line}\n" for line in shown)
        self._out.flush()
        return Receipt(str(message.id))


def _to(message: Outgoing) -> str:
    return f" to {one_line(message.room)}" if message.room != "-" else ""


def _words(text: str) -> str:
    return one_line(text.replace("\n", " \u23ce "))  # a line's end, as on the key


def _marks(message: Outgoing) -> list[str]:
    marks: list[str] = [message.act] if message.act != "say" else []
    marks += [mark for mark in (message.visibility, message.warning and f"warning: {message.warning}") if mark]
    marks += [f"{file.kind} {file.name or file.link or f'of {len(file.data):,} bytes'}" for file in message.attachments]
    marks += [f"{index}) {label}" for index, label in enumerate(message.choices)]
    return [f"[{one_line(mark)}]" for mark in marks]


def rehearse(kind: Kind, setup: Setup) -> Account:
    """An account that prints what its bot would say.

    Raises:
        UsageError: for a recipient of schedules that is none.
    """
    found = [_recipient(setup.name, text) for text in setup.recipients]
    return Account(setup.name, setup.bot, Rehearsal(setup.name, sys.stdout, kind.parts), found)


def _recipient(account: str, text: str) -> tuple[str, str]:
    """An address, and the time zone behind its last ``@``; if that is none, it is part of the address."""
    place, _, zone = text.rpartition("@")
    try:
        schedules.zone(zone)
    except UsageError:
        place, zone = text, local_zone()
    room, _, user = place.partition("/")
    if not room:
        raise UsageError(f"to has {text!r}, which is no recipient")
    return str(Address(account, room, user or room)), zone
