"""Who waits to be let in, asked and answered over the control socket."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from chinwag import Bot
from chinwag.core.errors import Unreachable
from chinwag.core.values import Outgoing
from chinwag.ports import Receipt
from chinwag.runtime.account import Account
from chinwag.runtime.clock import RealClock
from chinwag.runtime.contacts import Request, Waiting
from chinwag.runtime.control import Answer, Control, ask
from chinwag.runtime.worker import Worker
from chinwag.stores.sqlite import SqliteStore


class Door:
    """A network that asks first."""

    numbered, window, echoes = True, 0, False

    def __init__(self, *waiting: str) -> None:
        self.who = dict.fromkeys(waiting, "")
        self.open = True

    def send(self, message: Outgoing) -> Receipt:
        del message
        return Receipt()

    def waiting(self) -> list[str]:
        return [address for address, fate in self.who.items() if not fate]

    def admit(self, address: str, *, welcome: bool) -> None:
        if not self.open:
            raise Unreachable("there is no connection")
        self.who[address] = "in" if welcome else "out"


class Served:
    def __init__(self, folder: Path) -> None:
        self.store = str(folder / "x.db")
        self.doors = {"xmpp:a": Door("ann@x.org", "ben@x.org"), "xmpp:b": Door("ann@x.org")}
        accounts = [Account(name, Bot("b"), door) for name, door in self.doors.items()]
        self.worker = Worker(SqliteStore(self.store), accounts, RealClock(asyncio.get_running_loop()))

    async def asked(self, *request: str) -> Answer | None:
        return await asyncio.to_thread(ask, self.store, Request(*request))  # type: ignore[arg-type]


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    made = Served(tmp_path)
    await made.worker.start()
    async with Control(made.worker, made.store):
        yield made
    await made.worker.stop()


async def test_all_who_wait_are_listed(served: Served) -> None:
    expected = [Waiting("xmpp:a", "ann@x.org"), Waiting("xmpp:a", "ben@x.org"), Waiting("xmpp:b", "ann@x.org")]
    assert await served.asked("list") == Answer("nobody waits", done=True, waiting=expected)


@pytest.mark.parametrize(("wish", "fate"), [("accept", "in"), ("refuse", "out")])
async def test_who_waits_is_let_in_or_not(served: Served, wish: str, fate: str) -> None:
    words = {"accept": "ben@x.org is a contact of xmpp:a", "refuse": "ben@x.org is refused as a contact of xmpp:a"}
    assert await served.asked(wish, " Ben@X.org ") == Answer(words[wish], done=True)
    assert served.doors["xmpp:a"].who["ben@x.org"] == fate


async def test_of_several_accounts_one_is_named(served: Served) -> None:
    words = "ann@x.org waits at several accounts, xmpp:a, xmpp:b: name one by --account"
    assert await served.asked("accept", "ann@x.org") == Answer(words, done=False)
    assert served.doors["xmpp:b"].waiting() == ["ann@x.org"]
    assert await served.asked("accept", "ann@x.org", "b") == Answer("ann@x.org is a contact of xmpp:b", done=True)
    assert served.doors["xmpp:a"].who["ann@x.org"] == ""


async def test_nobody_is_let_in_who_does_not_wait(served: Served) -> None:
    words = "zoe@x.org does not wait to be let in: `chinwag contacts` lists who does"
    assert await served.asked("accept", "zoe@x.org") == Answer(words, done=False)


async def test_without_a_connection_they_go_on_waiting(served: Served) -> None:
    served.doors["xmpp:a"].open = False
    words = "xmpp:a cannot answer now: there is no connection. ben@x.org goes on waiting; try again in a moment"
    assert await served.asked("refuse", "ben@x.org") == Answer(words, done=False)
    assert served.doors["xmpp:a"].waiting() == ["ann@x.org", "ben@x.org"]
