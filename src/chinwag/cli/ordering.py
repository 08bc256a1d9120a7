"""Giving an order to a conversation: through the owner of its store, or where nobody runs by taking the store oneself.

What the order makes the conversation say waits in the store then, and is delivered at the bot's next start.
"""

import asyncio

import typer

from chinwag.bot import Bot
from chinwag.cli.answers import done
from chinwag.cli.loading import load
from chinwag.cli.location import found_path
from chinwag.core.conversation import DIVERGED, FAILED
from chinwag.core.errors import StoreLocked, Unreachable, UsageError
from chinwag.core.values import Outgoing
from chinwag.ports import Parked, Receipt
from chinwag.runtime.account import Account
from chinwag.runtime.clock import RealClock
from chinwag.runtime.control import Answer, Order, ask, carried_out
from chinwag.runtime.orders import CANCEL_FORCE, RERUN, RESUME, RETRY
from chinwag.runtime.worker import Worker
from chinwag.stores.reader import Reader
from chinwag.stores.sqlite import SqliteStore

TERMINAL = "terminal"
CODELESS = {CANCEL_FORCE, RETRY}
"""Orders that run none of the bot's code."""


class Absent:
    """In place of a network while nobody serves it: nothing is sent."""

    window = 0
    echoes = False

    def __init__(self, *, numbered: bool) -> None:
        self.numbered = numbered

    def send(self, message: Outgoing) -> Receipt:
        """Refuse; the message stays in the outbox."""
        raise Unreachable(f"message {message.id} waits until the bot is served again")


def order(number: int, wish: str, file: str | None, store: str | None) -> None:
    """Carry out an order, say how it went, and end the command.

    Args:
        number: the conversation.
        wish: one of ``chinwag.runtime.control.ORDERS``.
        file: the bot's ``FILE``, needed where nobody runs.
        store: the value of ``--store``.

    Raises:
        UsageError: the bot's code is needed.
        StoreError: the store cannot be opened.
    """
    bot = load(file) if file is not None else None
    path = found_path(store, bot.name if bot is not None else None)
    with Reader(path) as reader:  # says in words what is wrong with the store, if anything is
        parked = next(iter(reader.parked([number])), None)
    answer = ask(path, Order(number, wish))
    if answer is None:
        if parked is None:
            answer = Answer(f"there is no conversation {number}: `chinwag ps` lists them", done=False)
        else:
            answer = _alone(parked, wish, bot, path)
    elif not answer.done and wish in {RESUME, RERUN} and parked is not None and parked.status in {FAILED, DIVERGED}:
        # Whoever has just mended the file may well have forgotten who runs it.
        answer = Answer(f"{answer.words}. The bot runs with the code it was started with: start it anew", done=False)
    typer.echo(done(answer).words)


def _alone(parked: Parked, wish: str, bot: Bot | None, path: str) -> Answer:
    if bot is None and wish not in CODELESS:
        force = "" if wish != "cancel" else "; or end it without running its code: --force"
        raise UsageError(
            f"nobody serves {path} now, so the bot's code is needed: chinwag {wish} {parked.number} FILE{force}"
        )
    account = parked.address.partition("/")[0]
    network, _, name = account.partition(":")
    if bot is not None and network == TERMINAL and bot.name != name:
        raise UsageError(
            f"conversation {parked.number} belongs to the bot {name}, and this file has the bot {bot.name}"
        )
    served = Account(account, bot or Bot("nobody"), Absent(numbered=network == TERMINAL))
    try:
        return asyncio.run(_carry_out(path, served, parked.number, wish))
    except StoreLocked as error:
        # A process that does not listen: it is just starting or stopping, or has no control socket.
        raise UsageError(f"{error}; it does not take orders just now, try again in a moment") from error


async def _carry_out(path: str, account: Account, number: int, wish: str) -> Answer:
    worker = Worker(SqliteStore(path), [account], RealClock(asyncio.get_running_loop()))
    await worker.take_orders()
    try:
        return await carried_out(worker, number, wish)
    finally:
        await worker.stop()
