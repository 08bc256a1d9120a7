"""Who waits to be let in by an operator, on networks that ask first; and the operator's answer.

Knows no network: those that ask say so (``ports.Admitting``). Nothing is kept here: whoever waits is told anew by the
network's own server at each start, until there is an answer.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from chinwag.core.errors import Unreachable
from chinwag.ports import Admitting

if TYPE_CHECKING:
    from chinwag.runtime.worker import Worker


class Waiting(Struct, frozen=True):
    """Somebody waits to be let in.

    Args:
        account: by which account.
        address: who.
    """

    account: str
    address: str


class Request(Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator wants of those who wait: to see them, or to let one in or not."""

    contacts: Literal["list", "accept", "refuse"]
    address: str = ""
    account: str = ""


def waiting(worker: "Worker") -> list[Waiting]:
    """All who wait, by account and address.

    Args:
        worker: serves the accounts.
    """
    return sorted(
        (Waiting(account, address) for account, network in _admitting(worker) for address in network.waiting()),
        key=lambda one: (one.account, one.address),
    )


def answer(worker: "Worker", request: Request) -> tuple[str, bool]:
    """Let somebody in, or not.

    Args:
        worker: serves the accounts.
        request: to accept or to refuse.

    Returns:
        A sentence, and whether it was done.
    """
    who = request.address.strip().lower()
    found = [one for one in waiting(worker) if one.address == who and _is_meant(one.account, request.account)]
    if not found:
        return f"{who} does not wait to be let in: `chinwag contacts` lists who does", False
    if len(found) > 1:
        accounts = ", ".join(one.account for one in found)
        return f"{who} waits at several accounts, {accounts}: name one by --account", False
    account = found[0].account
    welcome = request.contacts == "accept"
    try:
        dict(_admitting(worker))[account].admit(who, welcome=welcome)
    except Unreachable as error:
        return f"{account} cannot answer now: {error}. {who} goes on waiting; try again in a moment", False
    return f"{who} is {'a contact' if welcome else 'refused as a contact'} of {account}", True


def _admitting(worker: "Worker") -> Iterator[tuple[str, Admitting]]:
    for name, account in worker.accounts.items():
        if isinstance(account.network, Admitting):
            yield name, account.network


def _is_meant(account: str, wanted: str) -> bool:
    return wanted in {"", account, account.partition(":")[2]}
