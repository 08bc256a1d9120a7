"""People on a server, and bots as processes that talk with them."""

import asyncio
import itertools
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import slixmpp
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath
from tests.cli.shell import command
from tests.networks.telegram_stage import Process
from tests.servers.xmpp.server import PASSWORD, Server

PATIENCE = 20.0
BOT = "medbot@localhost"
_numbers = itertools.count(1)


class Person(slixmpp.ClientXMPP):
    """Somebody with a client, who remembers all that is heard.

    Args:
        server: where.
        name: the account's name.
        receipts: whether the client tells of deliveries.
    """

    def __init__(self, server: Server, name: str, *, resource: str = "phone", receipts: bool = False) -> None:
        super().__init__(f"{name}@localhost/{resource}", PASSWORD)
        self.where = server
        self.enable_plaintext, self.enable_starttls, self.enable_direct_tls = True, False, False
        login: Any = self.plugin["feature_mechanisms"]
        login.unencrypted_plain = login.unencrypted_scram = True
        self.register_plugin("xep_0045")
        self.register_plugin("xep_0198")
        if receipts:
            self.register_plugin("xep_0184", {"auto_ack": True, "auto_request": True})
        self.heard: list[slixmpp.Message] = []
        self.seen: list[slixmpp.Presence] = []
        self._stirred = asyncio.Event()
        self._fresh: asyncio.Queue[slixmpp.Message] = asyncio.Queue()
        self.remove_handler("IM")
        self.register_handler(Callback("all", MatchXPath("{jabber:client}message"), self._took))
        self.add_event_handler("presence", self._saw)

    async def __aenter__(self) -> Self:
        started = self.wait_until("session_start", PATIENCE)
        await self.connect("127.0.0.1", self.where.port)
        await started
        await self.get_roster()
        self.send_presence()
        me = str(self.boundjid.full)
        await self.until(lambda: any(str(presence["from"]) == me for presence in self.seen))  # the server knows it
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.disconnect(wait=0.5)
        if self._run_out_filters is not None:
            self._run_out_filters.cancel()
            await asyncio.gather(self._run_out_filters, return_exceptions=True)

    def _saw(self, presence: slixmpp.Presence) -> None:
        self.seen.append(presence)
        self._stirred.set()

    def _took(self, message: Any) -> None:
        self.heard.append(message)
        self._stirred.set()
        if message["body"] and not message.xml.findall("{urn:xmpp:delay}delay"):
            self._fresh.put_nowait(message)

    def says(self, text: str, to: str = BOT, kind: Any = "chat", id_: str = "") -> slixmpp.Message:
        """Write to the bot, or somebody else."""
        message = self.make_message(to, text, mtype=kind)
        message["id"] = id_ or f"{self.boundjid.user}-{next(_numbers)}"
        message.send()
        return message

    async def next(self) -> slixmpp.Message:
        """The next message that has words."""
        return await asyncio.wait_for(self._fresh.get(), PATIENCE)

    async def hears(self, *texts: str) -> None:
        """The next messages are these."""
        assert [(await self.next())["body"] for _ in texts] == list(texts)

    async def hears_nothing_before(self, text: str) -> None:
        """Nothing but this."""
        await self.hears(text)

    async def enters(self, room: str, nick: str) -> None:
        """Sit down in a room."""
        muc: Any = self.plugin["xep_0045"]
        await muc.join_muc_wait(slixmpp.JID(room), nick, maxstanzas=0, timeout=PATIENCE)

    async def until(self, condition: Any) -> None:
        """Something is seen or heard."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._stirred.clear()
                await self._stirred.wait()


def access(server: Server, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """The settings of the bot's account."""
    return {
        "XMPP_JID": BOT,
        "XMPP_PASSWORD": PASSWORD,
        "XMPP_SERVER": f"127.0.0.1:{server.port}",
        "XMPP_PLAIN": "1",
        "TZ": "UTC",
        **(more or {}),
    }


def serving(
    server: Server, folder: Path, example: Path, *options: str, more: Mapping[str, str] | None = None
) -> Process:
    """`chinwag run` with a bot on this server."""
    folder.mkdir(parents=True, exist_ok=True)
    return Process(command("run", example, "--on", "xmpp", *options), folder, access(server, more))


async def line(process: Process, words: str) -> str:
    """The process's next line that has these words."""
    return await asyncio.to_thread(process.wait_line, words)


async def end(process: Process) -> int:
    """End it in order; its exit code."""
    return await asyncio.to_thread(process.end)
