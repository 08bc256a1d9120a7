"""Chinwag: the worker and the SQLite store of the other benches, and the scripts as plain functions."""

import gc
from collections.abc import Callable, Coroutine
from importlib import import_module
from importlib.metadata import version
from typing import Any, TypeAlias

from benchmarks.chinwag_system import InProcess, started
from benchmarks.comparison import scripts
from benchmarks.comparison.shape import Peer, Setting, Used, number, used_here
from benchmarks.traffic import CLOSING, FIRST_QUESTION, SECOND_QUESTION, TIMEOUT
from chinwag import Bot, Chat
from chinwag.runtime.worker import Worker

Conversation: TypeAlias = Callable[[Chat], Coroutine[Any, Any, None]]

VERSION = version("chinwag")


async def two(chat: Chat) -> None:
    """Ask two questions, each with a timeout."""
    count = await chat.ask(FIRST_QUESTION, number, timeout=TIMEOUT)
    word = await chat.ask(SECOND_QUESTION, timeout=TIMEOUT)
    await chat.say(CLOSING.format(number=count, word=word))


async def two_patient(chat: Chat) -> None:
    """Ask two questions, and wait for weeks."""
    count = await chat.ask(FIRST_QUESTION, number, timeout=scripts.WAIT)
    word = await chat.ask(SECOND_QUESTION, timeout=scripts.WAIT)
    await chat.say(CLOSING.format(number=count, word=word))


async def loop(chat: Chat) -> None:
    """Ask on and on."""
    while True:
        await chat.ask(scripts.MORE, timeout=scripts.WAIT)


def script_of(name: str) -> Conversation:
    """The conversation of this name."""
    known: dict[str, Conversation] = {scripts.TWO: two, scripts.PATIENT: two_patient, scripts.LOOP: loop}
    if name in known:
        return known[name]
    interview: Conversation = import_module(f"benchmarks.comparison.interviews.{name}").interview
    return interview


class ChinwagPeer:
    """The worker, behind its in-process network.

    Args:
        worker: runs the conversations.
        network: takes the updates.
    """

    def __init__(self, worker: Worker, network: InProcess) -> None:
        self.worker = worker
        self.feed = network.feed

    async def quiet(self) -> None:
        """Wait until all is committed and sent."""
        await self.worker.quiet()

    async def trouble(self) -> str:
        """What the conversations that were set aside or failed say."""
        found = [parked for status in ("diverged", "failed") for parked in await self.worker.store.troubled(status)]
        return "; ".join(f"{parked.status}: {parked.error}" for parked in found)

    async def used(self) -> Used:
        """What this process has used."""
        return used_here()

    async def collect(self) -> None:
        """Collect this process's garbage."""
        gc.collect()

    async def close(self) -> None:
        """Stop the worker."""
        await self.worker.stop()

    def evict(self) -> None:
        """Let every conversation leave memory."""
        for conversation in list(self.worker.table.live.values()):
            self.worker.table.evict(conversation)


async def open_peer(setting: Setting) -> Peer:
    """Start Chinwag on a database in the folder."""
    bot = Bot("peers")
    bot.on_command("start")(script_of(setting.script))
    network = InProcess()
    network.on_send = setting.sent
    worker = await started(setting.folder / "chinwag.db", network, bot, budget=max(50_000, 2 * setting.users))
    return ChinwagPeer(worker, network)
