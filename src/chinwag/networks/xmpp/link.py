"""The stream to a server, on slixmpp: one try to connect, what comes in, what goes out, how it ends.

Owns TLS, login, stream management (XEP-0198) and the questions to the server. It tries once and says what went wrong;
when to try again is the adapter's. Refuses a connection without TLS unless the settings allow it.

Rules: a stanza that came in counts as handled only once what it brought is durable, so the server keeps what we have
not committed. What went out is in the air until the server has counted it. A stream that is silent is asked whether it
is there, and is cut if it does not answer, as a cut cable says nothing.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable
from typing import Any, cast
from xml.etree.ElementTree import Element

from slixmpp import ClientXMPP, Iq, Message, Presence
from slixmpp.exceptions import IqTimeout
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from chinwag.core.errors import ChinwagError
from chinwag.networks.xmpp.elements import CLIENT
from chinwag.networks.xmpp.settings import Settings, endpoint
from chinwag.networks.xmpp.trouble import Lost, Words

LONGEST_OPENING = 30.0
"""Seconds that a connection and a login may take."""
MOMENT = 0.05
"""Seconds."""
LARGEST_WINDOW = 1 << 30
"""Of stanzas after which slixmpp would ask for a count of its own accord; we ask ourselves."""
MOST_UNCOUNTED = 16_384
"""Bytes that are sent before the server has counted what went before. Servers read as slowly as they are told to, 3,000
bytes a second by the settings that ejabberd comes with; a question behind much more would be answered too late."""
FRAME = 400
"""Bytes of a stanza besides its words, about."""
COUNTS = "urn:xmpp:sm:3"
ASK_FOR_COUNT = f"<r xmlns='{COUNTS}'/>"

# What slixmpp logs may hold passwords and people's words; what matters of it is said by us.
logging.getLogger("slixmpp").setLevel(logging.CRITICAL + 1)
logging.getLogger("slixmpp").propagate = False
logging.getLogger("slixmpp").addHandler(logging.NullHandler())

log = logging.getLogger("chinwag")


class Stream(ClientXMPP):
    """slixmpp's client, which tries once, and stops where there is no TLS.

    Args:
        no_tls: called if the server offers a login and no TLS.
        alive: called whenever the server says anything.
    """

    def __init__(
        self, jid: str, password: str, context: ssl.SSLContext, no_tls: Callable[[], None], alive: Callable[[], None]
    ) -> None:
        super().__init__(jid, password, ssl_context=context)
        self._no_tls, self._alive = no_tls, alive

    def data_received(self, data: bytes | str) -> None:
        """Take in what the server says."""
        self._alive()
        super().data_received(data)

    def reschedule_connection_attempt(self) -> None:
        """Do not."""
        self._current_connection_attempt = None

    def exception(self, exception: Exception) -> None:
        """What one of our handlers raised, it raised by a mistake of our own."""
        log.error("a stanza met an error of chinwag's own: %r", exception, exc_info=exception)

    async def _handle_stream_features(self, features: Any) -> bool | None:
        plain = not self.enable_plaintext and not isinstance(self.socket, ssl.SSLObject | ssl.SSLSocket)
        if plain and "starttls" not in features["features"]:
            self._no_tls()
            return True
        return await super()._handle_stream_features(features)


class Link:
    """One account's stream, opened again and again.

    Args:
        settings: the account's.
        resource: what to log in under.
        take: gets every message and presence, with what to call once it is durable.
        counted: gets the ids of messages that the server has counted.

    Attributes:
        quiet: seconds after which a silent stream is asked whether it is there.
        patience: seconds that the server may take to count a stanza, or to answer.
    """

    quiet = 60.0
    patience = 15.0

    def __init__(
        self,
        settings: Settings,
        resource: str,
        take: Callable[[Element, Callable[[], None]], None],
        counted: Callable[[str], None],
    ) -> None:
        self.words = Words(settings, resource)
        self._settings = settings
        self._take, self._counted = take, counted
        self._reason: ChinwagError | None = None
        self._opening: asyncio.Future[bool] | None = None
        self._ended: asyncio.Future[ChinwagError] | None = None
        self._uncommitted: dict[int, int] = {}
        self._watch: asyncio.TimerHandle | None = None
        self._asked = False
        self._owed = False
        self._uncounted = self._unasked = 0
        self._moved = asyncio.Event()
        self._queue = asyncio.Lock()
        self._stream = self._made(f"{settings.jid.partition('/')[0]}/{resource}")

    def _made(self, jid: str) -> Stream:
        context = ssl.create_default_context(cafile=self._settings.ca or None)
        stream = Stream(jid, self._settings.password, context, lambda: self._fail(self.words.no_tls()), self._heard)
        stream.whitespace_keepalive = False
        if self._settings.plain:
            stream.enable_plaintext = True
            stream.enable_starttls = stream.enable_direct_tls = False
            login: Any = stream.plugin["feature_mechanisms"]
            login.unencrypted_plain = login.unencrypted_scram = True
        stream.register_plugin("xep_0030")
        stream.register_plugin("xep_0198", {"window": LARGEST_WINDOW})
        stream.register_plugin("xep_0199")
        self._sm = cast("Any", stream.plugin["xep_0198"])
        self._sm.send_ack = self._count
        for name in ("message", "presence"):
            stream.remove_handler({"message": "IM", "presence": "Presence"}[name])
            stream.register_handler(Callback(f"chinwag {name}", MatchXPath(f"{{{CLIENT}}}{name}"), self._came))
        stream.register_handler(Callback("chinwag count", MatchXPath(f"{{{COUNTS}}}a"), self._count_came))
        for event, handler in (
            ("stream_negotiated", self._negotiated),
            ("session_resumed", lambda _: self._opened(resumed=True)),
            ("failed_auth", lambda failure: self._remember(self.words.login(str(failure["condition"])))),
            ("failed_all_auth", lambda _: self._remember(self.words.no_mechanism(), keep=True)),
            ("connected", lambda _: self._forget()),
            ("connection_failed", self._not_connected),
            ("ssl_invalid_chain", lambda error: self._fail(self.words.of(error))),
            ("stream_error", lambda e: self._remember(self.words.thrown_out(str(e["condition"]), str(e["text"])))),
            ("stanza_acked", self._acked),
            ("disconnected", self._gone),
        ):
            stream.add_event_handler(event, handler)
        return stream

    # -- opening and ending -------------------------------------------------------------------------------------------

    @property
    def me(self) -> str:
        """Our full address."""
        return str(self._stream.boundjid.full)

    @property
    def open(self) -> bool:
        """Whether stanzas can go out."""
        return self._ended is not None and not self._ended.done()

    @property
    def counts(self) -> bool:
        """Whether the server counts stanzas."""
        return bool(self._sm.enabled_in)

    async def connect(self) -> bool:
        """Try once.

        Returns:
            Whether the stream before was taken up again.

        Raises:
            Lost, Hopeless: in one sentence.
        """
        self._reason = None
        opening = self._opening = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(LONGEST_OPENING):
                host, port = endpoint(self._settings.server) if self._settings.server else (None, None)
                await self._stream.connect(host, port)
                if not self._stream.is_connected() and not opening.done():
                    raise self._reason or self.words.of("")
                resumed: bool = await opening
                return resumed
        except TimeoutError as error:
            raise self.words.of(error) from None
        finally:
            self._opening = None
            if not self.open:
                self._stream.cancel_connection_attempt()
                self._stream.abort()

    def _not_connected(self, error: object) -> None:
        self._remember(self.words.of(error))
        if isinstance(error, ssl.SSLCertVerificationError):  # the next way in would only hide why
            self._stream._current_connection_attempt = None  # noqa: SLF001 - the only way to end its loop of tries

    def _negotiated(self, _: object) -> None:
        if self._stream.bound:
            self._opened(resumed=False)

    def _opened(self, *, resumed: bool) -> None:
        if self._opening is None or self._opening.done():
            return
        if not resumed:
            self._uncommitted.clear()
            self._uncounted = self._unasked = 0
        self._asked = self._owed = False
        self._ended = asyncio.get_running_loop().create_future()
        self._opening.set_result(resumed)
        self._rewatch()
        if self._sm.unacked_queue:  # sent once more by now
            self._ask_for_count()

    def _forget(self) -> None:
        """One way in was taken: what was wrong with the others does not matter."""
        self._reason = None

    def _remember(self, reason: ChinwagError, *, keep: bool = False) -> None:
        """Why it will have ended, once it has; what was said first of a kind stays."""
        if not (keep and self._reason is not None):
            self._reason = reason

    def _fail(self, reason: ChinwagError) -> None:
        self._remember(reason)
        if self._opening is not None and not self._opening.done():
            self._opening.set_exception(reason)
        self._stream.abort()

    def _gone(self, reason: object) -> None:
        self._moved.set()
        if self._watch is not None:
            self._watch.cancel()
        if self._ended is not None and not self._ended.done():
            self._ended.set_result(self._reason or self.words.of(reason or ""))
        elif self._opening is not None:
            # A handshake that fails ends the connection first, and is told of a moment later.
            asyncio.get_running_loop().call_later(MOMENT, self._not_opened, self._opening, reason)

    def _not_opened(self, opening: "asyncio.Future[bool]", reason: object) -> None:
        """A connection ended before it was one, unless the next way in was taken meanwhile."""
        if not (opening.done() or self._stream.is_connected() or self._stream.is_connecting()):
            opening.set_exception(self._reason or self.words.of(reason or ""))

    async def ended(self) -> ChinwagError:
        """Wait for the end of the stream; why it ended."""
        assert self._ended is not None  # noqa: S101 - it was opened
        return await asyncio.shield(self._ended)

    def cut(self, reason: ChinwagError) -> None:
        """End the stream at once, as if the cable were cut; the server keeps it for a while."""
        self._fail(reason)

    async def close(self) -> None:
        """End it in order."""
        if self._watch is not None:
            self._watch.cancel()
        self._stream.cancel_connection_attempt()
        if self._stream.is_connected():
            await self._stream.disconnect(wait=1.0)
        filters = self._stream._run_out_filters  # noqa: SLF001 - its task would outlive the loop
        if filters is not None:
            filters.cancel()

    # -- in -----------------------------------------------------------------------------------------------------------

    def _came(self, stanza: Any) -> None:
        number = self._sm.handled
        self._uncommitted[number] = self._uncommitted.get(number, 0) + 1
        settled = False

        def done() -> None:
            nonlocal settled
            if not settled:
                settled = True
                self._uncommitted.pop(number, None)
                if self._owed and not self._uncommitted:
                    self._count()

        self._take(stanza.xml, done)

    def _count(self) -> None:
        """Tell the server how many stanzas are durable here."""
        if self._stream.is_connected():
            handled = min(self._uncommitted, default=self._sm.handled + 1) - 1
            self._owed = handled < self._sm.handled
            self._stream.send_raw(f"<a xmlns='urn:xmpp:sm:3' h='{max(handled, 0)}'/>")

    # -- out ----------------------------------------------------------------------------------------------------------

    async def clear(self) -> None:
        """Wait, in order, until so little is in the air that the server can count it in time; or the stream ends."""
        async with self._queue:
            while self.open and self._uncounted > MOST_UNCOUNTED:
                self._moved.clear()
                await self._moved.wait()

    def send(self, element: Element) -> None:
        """Send a stanza; ``counted`` hears of it if it is a message.

        Raises:
            Lost: if there is no stream.
        """
        if not self.open:
            raise Lost("there is no connection")
        make = self._stream.Presence if element.tag.endswith("}presence") else self._stream.Message
        stanza = make()
        stanza.xml = element
        self._stream.send(stanza)
        if self.counts:
            weight = FRAME + sum(map(len, element.itertext()))
            self._uncounted, self._unasked = self._uncounted + weight, self._unasked + weight
        self._ask_for_count()

    def in_the_air(self) -> set[str]:
        """The ids of stanzas that slixmpp holds until the server has counted them."""
        return {str(stanza.xml.get("id") or "") for _, stanza in self._sm.unacked_queue}

    async def ask(self, payload: Element, to: str = "", kind: str = "get") -> Element:
        """Ask the server, or somebody, and wait for the answer.

        Raises:
            IqError: if the answer is an error.
            Lost: if there is none.
        """
        if not self.open:
            raise Lost("there is no connection")
        iq: Iq = self._stream.Iq()
        iq["type"] = kind
        if to:
            iq["to"] = to
        iq.xml.append(payload)
        try:
            answer = await cast("Any", iq).send(timeout=self.patience * 2)
        except IqTimeout:
            raise Lost("the server does not answer") from None
        return answer.xml  # type: ignore[no-any-return]  # slixmpp types it loosely

    def _acked(self, stanza: Message | Presence) -> None:
        id_ = stanza.xml.get("id")
        if id_ and stanza.xml.tag.endswith("}message"):
            self._counted(id_)

    def _count_came(self, _: object) -> None:
        self._asked = False
        self._uncounted = self._unasked
        self._moved.set()
        self._rewatch()
        if self._sm.unacked_queue or self._unasked:
            self._ask_for_count()

    def _ask_for_count(self) -> None:
        """Ask once for all that is in the air; what follows is asked for when that is answered."""
        if self.counts and not self._asked:
            self._asked, self._unasked = True, 0
            self._stream.send(ASK_FOR_COUNT)
            self._rewatch()

    # -- is it there? -------------------------------------------------------------------------------------------------

    def _heard(self) -> None:
        """Something was heard: the stream is there."""
        if self.open:
            self._rewatch()

    def _rewatch(self) -> None:
        if self._watch is not None:
            self._watch.cancel()
        wait, then = (self.patience, self._silent) if self._asked else (self.quiet, self._probe)
        self._watch = asyncio.get_running_loop().call_later(wait, then)

    def _probe(self) -> None:
        """It was silent for long: ask whether it is there."""
        if self.open:
            loop = asyncio.get_running_loop()
            self._watch = loop.call_later(self.patience, self._silent)
            self._stream.send(ASK_FOR_COUNT if self.counts else str(self._ping()))

    def _ping(self) -> Iq:
        ping: Iq = self._stream.make_iq_get()
        ping.xml.append(Element("{urn:xmpp:ping}ping"))
        return ping

    def _silent(self) -> None:
        if self.open:
            self._fail(Lost("the server was silent for too long; the line may be cut."))
