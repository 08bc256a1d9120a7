"""The roster: accounts come and go while a worker runs.

Owns what a coming account brings along (its schedules, what it has to say, who waits for what, what always runs), and
that a going one leaves nothing half done: what is being sent ends, what was decided is committed; only then do its
conversations leave memory. All that it has stays in the store, for the time when it comes again.

Rule: an account that rests (``worker.resting``) takes nothing in and begins nothing. What is not taken in is not
acknowledged, so its network keeps it.
"""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import structs

from chinwag.core.conversation import FAILED, Conversation
from chinwag.core.effects import Step
from chinwag.core.errors import UsageError
from chinwag.ports import Archived, Gathering, Network, Paced, Parted, Remembering, Returning
from chinwag.runtime.account import Account
from chinwag.runtime.draft import Draft
from chinwag.runtime.inputs import Settled, Standing, Woken
from chinwag.runtime.remembering import Memory

if TYPE_CHECKING:
    from chinwag.runtime.worker import Worker

log = logging.getLogger("chinwag")

PATIENCE = 2.0
"""Seconds for what is being sent, when an account goes."""


def enlist(worker: "Worker", account: Account) -> None:
    """Give an account what its conversations and its network need of the worker.

    Args:
        worker: serves it from now on.
        account: the account.
    """
    worker.accounts[account.name] = account
    worker.resting.discard(account.name)
    if account.shares:
        worker.table.sharing.add(account.name)
    account.manner = structs.replace(account.manner, data_of=worker.table.data_of)
    _introduce(worker, account.name, account.network)


def _introduce(worker: "Worker", name: str, network: Network) -> None:
    """Give a network what it asks for."""
    if isinstance(network, Gathering):
        worker.delivery.gather(name, network.together)
    if isinstance(network, Paced) and network.limits is not None:
        pacer = worker.delivery.pace(name, network.limits)
        if isinstance(network, Parted):
            network.paced_by(pacer.turn)
    if isinstance(network, Parted):
        network.tells(worker.delivery.partly)
    if isinstance(network, Returning):
        network.returns_by(partial(worker.outbox.resume, name))
    if isinstance(network, Archived):
        network.catches_up_by(partial(worker.store.last_seen, name))
    if isinstance(network, Remembering):
        network.remember_in(Memory(worker, name))


async def take_up(worker: "Worker", accounts: Sequence[Account]) -> None:
    """Take up what the store has of accounts: their messages, deadlines, schedules, and who must hear of something.

    Args:
        worker: its store is open.
        accounts: which ones; those that are new are enlisted together with what they have to say, which comes first.

    Raises:
        StoreError: if the store cannot be read.
    """
    rows = await worker.store.open_outbox()
    for account in accounts:
        if account.name not in worker.accounts:
            enlist(worker, account)
    here = {account.name: account for account in accounts}
    doubtful = worker.outbox.restore(rows, lambda name: here[name].network if name in here else None)
    if doubtful:
        log.info("%d messages were being sent when the process ended; they are sent again", len(doubtful))
    await _wake(worker, here)
    await worker.timers.refresh()
    await worker.planner.take_up(accounts)
    for account in accounts:
        await _stand(worker, account)


async def _wake(worker: "Worker", here: dict[str, Account]) -> None:
    """Wake who must hear of a message, who has something under way, and who diverged from code that has changed."""
    store = worker.store
    for conversation, number, error in await store.unheard():
        worker.put(Settled(conversation, number, error))
    for number in await store.unfinished():
        worker.put(Woken(number))
    for parked in await store.troubled("diverged"):
        account = here.get(parked.address.partition("/")[0])
        if account is not None and account.fingerprint != parked.fingerprint:
            worker.put(Woken(parked.number))


async def _stand(worker: "Worker", account: Account) -> None:
    """Have what always runs for an account begin, unless it runs, or has failed and can go on."""
    if not account.bot.standing:
        return
    place = account.standing
    parked = [*await worker.store.at([place]), *await worker.store.troubled(FAILED)]
    running = {one.name for one in parked if one.address == place}
    for definition in account.bot.standing:
        if definition.name not in running:
            worker.put(Standing(account.name, definition.name))


async def bring_back(worker: "Worker", places: Sequence[str]) -> None:
    """Bring back whoever lives at some addresses: at a start, where open questions are shown again.

    Args:
        worker: its accounts are taken up, and it decides nothing yet.
        places: the addresses.

    Raises:
        StoreError: if the store cannot be read.
    """
    items = [Woken(parked.number) for parked in await worker.store.at(places)]
    await worker.decider.reading.read(items)
    worker.decider.now = worker.draft.at = worker.now
    with worker.guard:
        for item in items:
            worker.draft.inputs.append(item)
            worker.decider.decide(item)
    worker.hurry()


async def admit(worker: "Worker", accounts: Sequence[Account]) -> None:
    """Serve more accounts from now on.

    Args:
        worker: runs.
        accounts: none of them is served already.

    Raises:
        UsageError: if one is.
        StoreError: if the store cannot be read; then none of them is served.
    """
    for account in accounts:
        if account.name in worker.accounts:
            raise UsageError(f"the account {account.name} is served already")
    try:
        await take_up(worker, accounts)
    except BaseException:
        for account in accounts:
            worker.resting.add(account.name)
            _forget(worker, account.name)
        raise


async def dismiss(worker: "Worker", name: str, patience: float = PATIENCE) -> None:
    """Serve an account no longer. It rests: it may be admitted again.

    Args:
        worker: runs.
        name: the account's name; one that is not served is none of its business.
        patience: how long what is being sent may take, in seconds.
    """
    if name not in worker.accounts:
        return
    worker.resting.add(name)
    try:
        async with asyncio.timeout(patience):
            await worker.until(lambda: not worker.outbox.is_flying(name))
    except TimeoutError:
        log.warning("%s: a message was still being sent after %g s; it may have arrived", name, patience)
    await worker.until(lambda: not any(_holds(draft, name) for draft in (worker.draft, worker.committing)))
    _forget(worker, name)


def _holds(draft: Draft | None, name: str) -> bool:
    """Whether something of an account was decided that is not durable."""
    if draft is None:
        return False
    moved = any(_lives_on(conversation, name) for conversation in draft.moved.values())
    return moved or any(entry.message.account == name for entry in (*draft.entries, *draft.promoted))


def _lives_on(conversation: Conversation, name: str) -> bool:
    return conversation.address.partition("/")[0] == name


def _forget(worker: "Worker", name: str) -> None:
    """Let all that an account has leave memory."""
    for conversation in [c for c in worker.table.live.values() if _lives_on(c, name)]:
        for branch in conversation.waits():
            if isinstance(branch.effect, Step):
                worker.steps.stop(conversation.number, branch.path)
        worker.table.evict(conversation)
    worker.outbox.leave(name)
    worker.accounts.pop(name, None)
    worker.table.sharing.discard(name)
