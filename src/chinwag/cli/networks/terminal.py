"""The terminal: one person, one room, a history beside the store."""

from pathlib import Path

from msgspec import Struct

from chinwag.cli.kind import Kind, Setup
from chinwag.cli.zone import local_zone
from chinwag.core.errors import UsageError
from chinwag.core.values import Address
from chinwag.networks.terminal.adapter import Terminal
from chinwag.networks.terminal.wire import ROOM
from chinwag.runtime.account import Account
from chinwag.stores.sqlite import MEMORY

YOU = "you"


class Settings(Struct, frozen=True):
    """A terminal has none."""


def terminal(setup: Setup) -> Account:
    """A bot's account in the terminal; who sits there gets what its schedules start.

    Raises:
        UsageError: if there are to be other recipients.
    """
    if setup.recipients:
        raise UsageError("--to is for networks, and in the terminal there is only you: leave it out")
    history = None if setup.store == MEMORY else Path(f"{setup.store}.history")
    network = Terminal(setup.name, user=YOU, history=history)
    return Account(setup.name, setup.bot, network, [(str(Address(setup.name, ROOM, YOU)), local_zone())])


KIND = Kind(settings=Settings, build=terminal)
