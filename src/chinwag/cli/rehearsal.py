"""A network for ``--dry-run``: it prints what would be said, and takes everything.

Nothing arrives on it, and nothing leaves the process. What is printed moves no cursor, whoever wrote it.
"""

import asyncio
import sys
import time
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
    """Prints, one line a message.

    Args:
        account: the account's name.
        out: where to.
    """

    numbered = True
    window = 0
    echoes = False
    posts = True

    def __init__(self, account: str, out: TextIO) -> None:
        self.finished, self.closed = asyncio.Event(), asyncio.Event()
        self.failure: ChinwagError | None = None
        self._account, self._out = account, out

    async def start(self, inbox: Inbox) -> None:
        """Nothing arrives."""
        del inbox

    async def stop(self) -> None:
        """Nothing was begun."""

    def restore(self) -> None:
        """Nothing was changed."""

    def send(self, message: Outgoing) -> Receipt:
        """Print."""
        clock = time.strftime("%H:%M:%S")
        self._out.write(f"{clock}  {self._account}{_to(message)}  {_what(message)}\n")
        self._out.flush()
        return Receipt(str(message.id))


def _to(message: Outgoing) -> str:
    return f" to {one_line(message.room)}" if message.room != "-" else ""


def _what(message: Outgoing) -> str:
    marks: list[str] = [message.act] if message.act != "say" else []
    marks += [mark for mark in (message.visibility, message.warning and f"warning: {message.warning}") if mark]
    marks += [f"{file.kind} {file.name or file.link or f'of {len(file.data):,} bytes'}" for file in message.attachments]
    marks += [f"{index}) {label}" for index, label in enumerate(message.choices)]
    return " ".join([*(f"[{one_line(mark)}]" for mark in marks), one_line(message.text)])


def rehearse(kind: Kind, setup: Setup) -> Account:
    """An account that prints what its bot would say.

    Raises:
        UsageError: for a recipient of schedules that is none.
    """
    del kind
    found = [_recipient(setup.name, text) for text in setup.recipients]
    return Account(setup.name, setup.bot, Rehearsal(setup.name, sys.stdout), found)


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
