"""XMPP as a network: one account, its direct chats and its rooms.

Owns the life of the account: it connects, tries again with growing pauses, catches up with what it missed, and says
what came in and what goes out. ``closed`` is set when there is no point in going on, and ``failure`` says why.

Rules: an archive tells what was said while nobody was connected, behind the last message that is durable here; what is
said meanwhile waits for it, so all is heard in order. What is too old is recorded and not answered. What was being sent
when a connection or a process ended is looked for in the archive before it is sent again.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from xml.etree.ElementTree import Element

from slixmpp.exceptions import IqError

from chinwag.core.errors import ChinwagError, Refused, SendError, Unreachable
from chinwag.core.values import Arrival, Attachment, Outgoing
from chinwag.networks.xmpp import outgoing, wire
from chinwag.networks.xmpp.catching import Catching
from chinwag.networks.xmpp.elements import ARCHIVE, CARBONS, bare, unknown
from chinwag.networks.xmpp.events import Contact, Heard, Kept, Seen, Told, Unreadable
from chinwag.networks.xmpp.files import Files
from chinwag.networks.xmpp.flights import Flights
from chinwag.networks.xmpp.launching import Launching
from chinwag.networks.xmpp.link import Link
from chinwag.networks.xmpp.pauses import Pauses
from chinwag.networks.xmpp.people import People
from chinwag.networks.xmpp.receipts import Receipts
from chinwag.networks.xmpp.rooms import Room, Rooms
from chinwag.networks.xmpp.settings import Settings
from chinwag.networks.xmpp.sitting import Sitting
from chinwag.networks.xmpp.trouble import Hopeless, Lost
from chinwag.ports import Inbox, Memory, Receipt

SECOND = 1_000_000
WINDOW = 7 * 86_400 * SECOND
"""How long an archive keeps, at the least, what we said; most keep it for ever."""
HALF_A_DAY = 43_200.0
CANNOT_READ = (
    "I cannot read encrypted messages: please turn off end-to-end encryption (OMEMO) for this chat, and write again."
)

log = logging.getLogger("chinwag")


class Xmpp:
    """One account on XMPP.

    Args:
        account: the account's name, such as ``xmpp:medbot``.
        settings: address, password, server, rooms.
        named: names of contacts who are to be recipients; each has to be that of one contact.

    Attributes:
        finished: never set; XMPP does not end.
        closed: set when it cannot go on.
        failure: then, why.
        window: how long a message is looked for in the archive before it is sent again, in microseconds; 0 without one.
    """

    numbered: bool = True
    echoes: bool = False

    def __init__(self, account: str, settings: Settings, named: Sequence[str] = ()) -> None:
        self.finished = asyncio.Event()
        self.closed = asyncio.Event()
        self.failure: ChinwagError | None = None
        self.ready = asyncio.Event()
        self.window: int = WINDOW
        self._account, self._settings = account, settings
        self._named = list(named)
        self._me = bare(settings.jid)
        name = settings.jid.partition("/")[2] or f"chinwag.{account.partition(':')[2]}"
        self._rooms = Rooms(settings.rooms, self._me.partition("@")[0])
        self._reader = wire.Reader(account, self._me, self._rooms.real, self._rooms.nick)
        self._flights = Flights()
        self._link = Link(settings, name, self._came, self._flights.counted)
        self._people = People(account, settings, self._send_quietly)
        self._files = Files(self._link, settings)
        self._catching = Catching(account, settings.catch_up, self._link, self._flights, self._deliver)
        self._sitting = Sitting(account, self._link, self._catching, self._flights)
        self._launching = Launching(account, self._link, self._flights)
        self._receipts = Receipts(account, self._people)
        self._run = f"{time.time_ns():x}"
        self._back: Callable[[], None] = lambda: None
        self._life: asyncio.Task[None] | None = None
        self._errands: set[asyncio.Task[None]] = set()

    # -- life ---------------------------------------------------------------------------------------------------------

    def catches_up_by(self, last: Callable[[str], Awaitable[tuple[str, int] | None]]) -> None:
        """Take what tells the last arrival that is durable.

        Args:
            last: gets how its id begins; gives the id, and when it was consumed, in microseconds.
        """
        self._catching.last = last

    def remember_in(self, memory: Memory) -> None:
        """Take what remembers; what came and is too old to be answered is kept there.

        Args:
            memory: this account's.
        """
        self._catching.missed.memory = memory

    def returns_by(self, back: Callable[[], None]) -> None:
        """Take what is to be called when there is a connection again.

        Args:
            back: lets go what waits.
        """
        self._back = back

    async def start(self, inbox: Inbox) -> None:
        """Begin to connect; what goes wrong is tried again, and is no error here.

        Args:
            inbox: where arrivals are put.
        """
        self._inbox = inbox
        self._life = asyncio.get_running_loop().create_task(self._live(), name=self._account)

    async def stop(self) -> None:
        """Take in no more, and let go."""
        self.ready.clear()
        tasks = [task for task in (self._life, *self._errands) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._link.close()
        await self._files.close()

    def restore(self) -> None:
        """Nothing was changed."""

    async def _live(self) -> None:
        pauses = Pauses(self._account)
        try:
            while True:
                lived = await self._once(pauses)
                await pauses.rest(str(self._why), lived)
        except Hopeless as error:
            self._fail(error)
        except Exception as error:
            log.critical("%s ended by an error of chinwag's own", self._account, exc_info=error)
            self._fail(ChinwagError(f"an error of chinwag's own, {error!r}; `chinwag --debug ...` shows where"))

    _why: ChinwagError = Lost("")

    async def _once(self, pauses: Pauses) -> float:
        """One connection, from its beginning to its end; how many seconds it lived."""
        try:
            resumed = await self._link.connect()
        except Lost as error:
            self._why = error
            return 0.0
        pauses.over()
        loop = asyncio.get_running_loop()
        began = loop.time()
        session = loop.create_task(self._session(resumed=resumed))
        try:
            self._why = await self._link.ended()
        finally:
            self.ready.clear()
            session.cancel()
            await asyncio.gather(session, return_exceptions=True)
        if isinstance(self._why, Hopeless):
            raise self._why
        return loop.time() - began

    def _fail(self, error: ChinwagError) -> None:
        self.failure = ChinwagError(f"{self._account}: {error}")
        self.ready.clear()
        self._flights.give_up()
        self.closed.set()

    async def _session(self, *, resumed: bool) -> None:
        """What is done on a stream that has begun; it ends with the stream."""
        try:
            if resumed:
                self._flights.resumed(self._link.in_the_air())
            else:
                await self._begin()
            self.ready.set()
            self._back()
            await asyncio.gather(self._remark(), *map(self._sitting.sit, self._rooms))
        except Hopeless as error:
            self._fail(error)
        except Lost as error:  # the stream has ended, or hangs: then a new one is needed
            self._link.cut(error)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            log.exception("%s met an unexpected error", self._account)
            self._link.cut(Lost(f"an unexpected error, {error!r}."))

    async def _begin(self) -> None:
        """A new stream: say that we are here, and read what was missed."""
        for room in self._rooms:
            room.left()
        features = await self._catching.archive.features(self._me)
        archived = ARCHIVE in features
        self.window = WINDOW if archived else 0
        self._catching.hold("")
        try:
            if CARBONS in features or await self._offers_carbons():
                await self._link.ask(Element(f"{{{CARBONS}}}enable"), kind="set")
        except IqError as error:
            log.debug("%s: no copies of what other devices get: %s", self._account, error)
        await self._people.load(self._link)
        while self._named:
            self._inbox.receive(self._people.recipient(self._named[0]))
            self._named.pop(0)
        self._link.send(outgoing.presence())
        await self._catching.up("", archived=archived)
        self._flights.judge(None, archived=archived)

    async def _offers_carbons(self) -> bool:
        return CARBONS in await self._catching.archive.features(self._me.partition("@")[2])

    async def _remark(self) -> None:
        """Now and then the position in the archive is recorded anew, though nobody says anything."""
        while True:
            await asyncio.sleep(HALF_A_DAY)
            self._catching.mark("")

    # -- in -----------------------------------------------------------------------------------------------------------

    def _came(self, stanza: Element, done: Callable[[], None]) -> None:
        if stanza.tag.endswith("}presence"):
            self._present(self._reader.presence(stanza), done)
            return
        waits = False
        for event in self._reader.message(stanza):
            if isinstance(event, Heard):
                self._catching.heard(event, done)
                waits = True
            elif isinstance(event, Told):
                self._told(event)
            elif isinstance(event, Kept):
                self._catching.archive.add(event)
            elif isinstance(event, Unreadable) and self._people.first_unreadable(bare(event.sender)):
                log.warning("%s: %s writes encrypted messages, which cannot be read", self._account, event.sender)
                self._send_quietly(outgoing.note(bare(event.sender), CANNOT_READ, f"{self._run}-n"))
        if not waits:
            done()

    def _present(self, event: Seen | Contact | None, done: Callable[[], None]) -> None:
        arrival = None
        if isinstance(event, Contact):
            arrival = self._people.asked(event)
        elif isinstance(event, Seen) and (room := self._rooms.get(event.room)) is not None:
            change = room.saw(event)
            if change:
                user = event.address or unknown(room.address, event.nick)
                arrival = Arrival(
                    self._account, room.address, user, "", name=event.nick, direct=False,
                    event="join" if change == "join" else "leave",
                )  # fmt: skip
        if arrival is not None:
            self._inbox.receive(arrival, done)
        else:
            done()

    def waiting(self) -> list[str]:
        """The addresses of those who wait to be let in, where the settings say ``ask``."""
        return self._people.waiting()

    def admit(self, address: str, *, welcome: bool) -> None:
        """Let somebody in who waits, or not.

        Args:
            address: whose.
            welcome: whether to let them in.

        Raises:
            Unreachable: if there is no connection.
        """
        if not self._link.open:
            raise Unreachable("there is no connection")
        arrival = self._people.admit(address, welcome=welcome)
        if arrival is not None:
            self._inbox.receive(arrival)

    def _told(self, told: Told) -> None:
        """A message of ours has arrived, or came back."""
        by = bare(told.by)
        if told.error:
            if not self._flights.refused(told.id, by, told.error):
                self._confirm(told)
        elif self._rooms.get(by) is not None:
            self._flights.echoed(told.id, by, told.stamp)
        else:
            self._people.confirms(by)
            self._confirm(told)

    def _confirm(self, told: Told) -> None:
        """Whoever waits for the delivery of a message hears of it."""
        arrival = self._receipts.came(told)
        if arrival is not None:
            self._inbox.receive(arrival)

    def _deliver(self, arrival: Arrival, done: Callable[[], None], heard: Heard | None) -> None:
        """Hand an arrival over; who wants a receipt gets it once it is durable."""
        if heard is not None and heard.wants:
            self._people.confirms(bare(heard.sender))
            if heard.id:
                done = partial(self._acknowledge, heard, done)
        self._inbox.receive(arrival, done)

    def _acknowledge(self, heard: Heard, done: Callable[[], None]) -> None:
        self._send_quietly(outgoing.received(heard.sender, heard.id))
        done()

    # -- out ----------------------------------------------------------------------------------------------------------

    def _send_quietly(self, stanza: Element) -> None:
        """Send what nobody counts on."""
        if self._link.open:
            self._link.send(stanza)

    def typing(self, room: str) -> None:
        """Show that the bot is at work.

        Args:
            room: where.
        """
        self._send_quietly(outgoing.composing(room, group=self._rooms.get(room) is not None))

    async def fetch(self, attachment: Attachment) -> bytes:
        """The bytes of a file that came along as a URL.

        Args:
            attachment: the file.

        Raises:
            FetchError: if they cannot be had, or the URL leads where nobody should be led.
        """
        return await self._files.fetch(attachment)

    async def send(self, message: Outgoing) -> Receipt:
        """Send a message.

        Raises:
            Refused, Unreachable, Ambiguous: see ``chinwag.core.errors``.
        """
        room = self._rooms.get(message.room)
        self._check(message, room)
        links = [await self._files.put(attachment) for attachment in message.attachments]
        await self._link.clear()
        self._check(message, room)
        id_ = message.key or f"{self._run}-{message.id}"
        stanzas = outgoing.stanzas(message, id_, links, group=room is not None)
        if room is not None:
            return await self._launching.landed(message.room, stanzas, group=True)
        first = stanzas[0].get("id") or ""
        self._receipts.expect(message, first)
        try:
            receipt = await self._launching.landed(message.room, stanzas, group=False)
        except SendError:
            self._receipts.forget(first)
            raise
        return self._receipts.awaited(message, receipt)

    def _check(self, message: Outgoing, room: Room | None) -> None:
        """Whether it can be sent now.

        Raises:
            Unreachable, Refused: if not.
        """
        if not self.ready.is_set():
            raise Unreachable("there is no connection")
        if room is not None and room.barred:
            raise Refused(room.barred)
        if room is not None and not room.inside:
            raise Unreachable(f"it is not in the room {room.address} now")
        if message.act != "say" and not message.ref:
            raise Refused("the message that is meant was never sent")
