"""Stanzas <-> values, what comes in. Pure: it is given elements, as an XML parser makes them.

Owns what a stanza means: which room, which user, which words, under which id it can come a second time. It is
tolerant: what it does not know is skipped, and what cannot be read is no event; nothing raises. Text is never read as
markup. A forwarded message (a carbon, a message of the archive) counts only if our own server has forwarded it, and an
id that a server gives counts only if it is the server of that archive.

Rules: in a direct chat, room and user are the bare address of the other side. In a room (XEP-0045) the user is the
real address where the room shows it, else the nickname; whoever is written to privately through a room has the full
address as a room of its own. https://xmpp.org/rfcs/rfc6121.html
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from msgspec import Struct

from chinwag.core.values import Arrival, Attachment

CLIENT = "jabber:client"
ARCHIVE = "urn:xmpp:mam:2"
CARBONS = "urn:xmpp:carbons:2"
CORRECT = "urn:xmpp:message-correct:0"
DELAY = "urn:xmpp:delay"
ENCRYPTION = "urn:xmpp:eme:0"
FORWARD = "urn:xmpp:forward:0"
IDS = "urn:xmpp:sid:0"
MARKERS = "urn:xmpp:chat-markers:0"
OMEMO = "eu.siacs.conversations.axolotl"
OOB = "jabber:x:oob"
PAGES = "http://jabber.org/protocol/rsm"
RECEIPTS = "urn:xmpp:receipts"
RETRACT = "urn:xmpp:message-retract:1"
ROOM = "http://jabber.org/protocol/muc"
ROOM_USER = "http://jabber.org/protocol/muc#user"
ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"

DIRECT, IN_ROOM = "d ", "r "
"""How an id begins by which an archive knows a message: our own, or a room's, whose address follows."""

ITSELF, KICKED, BANNED, NEW_NICK, REMOVED = "110", "307", "301", "303", {"321", "322", "332"}
"""https://xmpp.org/registrar/mucstatus.html"""
MOST_IDS = 512
"""Characters of an id that we keep; whoever writes longer ones is told apart by the message's text."""

_IMAGES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".heic", ".svg"}
_SOUNDS = {".ogg", ".oga", ".opus", ".mp3", ".m4a", ".wav", ".flac", ".aac"}


class Heard(Struct, frozen=True):
    """Somebody said something, or corrected it.

    Args:
        arrival: what.
        sender: the full address that it came from.
        id: the message's own id; empty if it has none.
        wants: whether the sender wants to hear that it has arrived (XEP-0184).
    """

    arrival: Arrival
    sender: str
    id: str = ""
    wants: bool = False


class Told(Struct, frozen=True):
    """A message of ours has arrived (a receipt, a marker, a room's echo), or was refused.

    Args:
        id: the message's.
        by: the full address that says so.
        error: why it was refused; empty if it has arrived.
        stamp: the id that a room gave it.
    """

    id: str
    by: str
    error: str = ""
    stamp: str = ""


class Unreadable(Struct, frozen=True):
    """Somebody wrote what is encrypted from end to end, which nobody here can read."""

    sender: str


class Kept(Struct, frozen=True):
    """A message of an archive (XEP-0313).

    Args:
        query: the query that it answers.
        id: its id in the archive.
        at: when it was sent, in microseconds; 0 if that is not said.
        events: what it means, none if it is nothing to a bot.
        own: the id of a message of our own.
    """

    query: str
    id: str
    at: int
    events: tuple["Heard | Told | Unreadable", ...]
    own: str = ""


Event = Heard | Told | Unreadable | Kept


class Seen(Struct, frozen=True):
    """Somebody came into a room, or left it, or we did.

    Args:
        room: its address.
        nick: who.
        there: whether they are there now.
        itself: whether it is ourselves.
        address: the real bare address, where the room shows it.
        codes: what the room says about it.
        error: why we were not let in; empty otherwise.
        words: what the room, or whoever kicked us, says.
        renamed: the new nickname of somebody who goes on under it.
    """

    room: str
    nick: str
    there: bool
    itself: bool = False
    address: str = ""
    codes: frozenset[str] = frozenset()
    error: str = ""
    words: str = ""
    renamed: str = ""


class Contact(Struct, frozen=True):
    """Somebody wants to see whether we are online, or no longer does."""

    address: str
    wish: Literal["subscribe", "unsubscribe"]


def _nobody(_room: str, _nick: str) -> str:
    return ""


class Reader:
    """Reads the stanzas of one account.

    Args:
        account: the account's name, such as ``xmpp:medbot``.
        me: its bare address.
        real: the real address of who has a nickname in a room, empty if that is not known.
        nick: our own nickname in a room, empty if we are not there.

    >>> from xml.etree.ElementTree import fromstring
    >>> stanza = "<message xmlns='jabber:client' from='ann@x.org/phone' id='1'><body>Yes!</body></message>"
    >>> Reader("xmpp:medbot", "medbot@x.org").message(fromstring(stanza))[0].arrival.text
    'Yes!'
    """

    def __init__(
        self,
        account: str,
        me: str,
        real: Callable[[str, str], str] = _nobody,
        nick: Callable[[str], str] = lambda _: "",
    ) -> None:
        self._account, self._me = account, me
        self._real, self._nick = real, nick

    def message(self, stanza: Element) -> tuple[Event, ...]:
        """What a message means."""
        sender = stanza.get("from") or self._me
        result = stanza.find(f"{{{ARCHIVE}}}result")
        if result is not None:
            kept = self._kept(result, bare(sender))
            return (kept,) if kept is not None else ()
        carbon = stanza.find(f"{{{CARBONS}}}received")
        if carbon is not None:  # https://xmpp.org/extensions/xep-0280.html#security
            inner, _ = _forwarded(carbon)
            return self._said(inner) if inner is not None and bare(sender) == self._me else ()
        if stanza.find(f"{{{CARBONS}}}sent") is not None:
            return ()
        return self._said(stanza)

    def _kept(self, result: Element, by: str) -> Kept | None:
        """A message of an archive: our own, or a room's that we are in."""
        inner, at = _forwarded(result)
        id_ = result.get("id") or ""
        if inner is None or not id_ or (by != self._me and not self._nick(by)):
            return None
        room = "" if by == self._me else by
        if room and inner.get("type") != "groupchat":
            return None
        # The room's own archive is not what somebody claims in ours, and the other way round.
        if room and bare(inner.get("from") or "") != room:
            return None
        own = "" if room or bare(inner.get("from") or self._me) != self._me else inner.get("id") or ""
        if room and resource(inner.get("from") or "") == self._nick(room):
            own = inner.get("id") or ""
        events = () if own else self._said(inner, archived=id_, at=at)
        found = tuple(event for event in events if not isinstance(event, Kept))
        return Kept(result.get("queryid") or "", id_, at, found, own)

    def _said(self, stanza: Element, archived: str = "", at: int = 0) -> tuple[Heard | Told | Unreadable, ...]:
        """What a message means that nothing forwards."""
        sender = stanza.get("from") or ""
        kind = stanza.get("type") or "normal"
        if not sender or bare(sender) == self._me:
            return ()
        if kind == "error":
            id_ = stanza.get("id") or ""
            return (Told(id_, sender, error_of(stanza)),) if id_ else ()
        told = _told(stanza, sender)
        if told is not None:
            return (told,)
        if _is_encrypted(stanza):
            return (Unreadable(sender),)
        if kind == "groupchat":
            return self._in_room(stanza, sender, archived, at)
        return self._direct(stanza, sender, archived, at) if kind in {"chat", "normal"} else ()

    def _in_room(self, stanza: Element, sender: str, archived: str, at: int) -> tuple[Heard | Told, ...]:
        room, nick = bare(sender), resource(sender)
        stamp = archived or _stamp(stanza, room)
        if not nick or not self._nick(room):
            return ()
        if nick == self._nick(room):
            id_ = stanza.get("id") or ""
            return (Told(id_, sender, "", stamp),) if id_ else ()
        words = self._words(stanza)
        if words is None:
            return ()
        text, files = words
        user = _shown_address(stanza) or self._real(room, nick) or nick
        id_ = f"{IN_ROOM}{room} {stamp}" if stamp else own_id(stanza, sender, text)
        arrival = Arrival(
            self._account, room, user, text, id_, nick, direct=False, event=_event(stanza), attachments=files,
            at=at or _delayed(stanza), ref=stamp,
        )  # fmt: skip
        return (Heard(arrival, sender, stanza.get("id") or ""),)

    def _direct(self, stanza: Element, sender: str, archived: str, at: int) -> tuple[Heard, ...]:
        words = self._words(stanza)
        if words is None:
            return ()
        text, files = words
        private = bool(self._nick(bare(sender)))
        room = sender if private else bare(sender)
        user = self._real(bare(sender), resource(sender)) or resource(sender) if private else room
        stamp = archived or _stamp(stanza, self._me)
        id_ = f"{DIRECT}{stamp}" if stamp else own_id(stanza, sender, text)
        name = resource(sender) if private else ""
        arrival = Arrival(
            self._account, room, user, text, id_, name, event=_event(stanza), attachments=files,
            at=at or _delayed(stanza), ref=stanza.get("id") or "",
        )  # fmt: skip
        wants = stanza.find(f"{{{RECEIPTS}}}request") is not None
        return (Heard(arrival, sender, stanza.get("id") or "", wants),) if room and user else ()

    def _words(self, stanza: Element) -> tuple[str, tuple[Attachment, ...]] | None:
        """Text and files of a message; None if it has neither."""
        text = _body(stanza)
        files = tuple(_files(stanza))
        if any(file.link == text.strip() for file in files):
            text = ""
        return (text, files) if text or files else None

    def presence(self, stanza: Element) -> Seen | Contact | None:
        """What a presence means; None if it is nothing to a bot."""
        sender = stanza.get("from") or ""
        kind = stanza.get("type") or ""
        if kind in {"subscribe", "unsubscribe"}:
            return Contact(bare(sender), "subscribe" if kind == "subscribe" else "unsubscribe") if sender else None
        room, nick = bare(sender), resource(sender)
        if kind == "error":
            asked = stanza.find(f"{{{ROOM}}}x") is not None or bool(nick)
            return Seen(room, nick, there=False, itself=True, error=error_of(stanza)) if asked else None
        inside = stanza.find(f"{{{ROOM_USER}}}x")
        if inside is None or kind not in {"", "unavailable"}:
            return None
        codes = frozenset(status.get("code") or "" for status in inside.iter(f"{{{ROOM_USER}}}status"))
        item = inside.find(f"{{{ROOM_USER}}}item")
        address = bare(item.get("jid") or "") if item is not None else ""
        words = (item.findtext(f"{{{ROOM_USER}}}reason") or "") if item is not None else ""
        renamed = (item.get("nick") or "") if item is not None and NEW_NICK in codes else ""
        itself = ITSELF in codes or nick == self._nick(room)
        return Seen(room, nick, kind == "", itself, address, codes, "", words, renamed)


def bare(address: str) -> str:
    """An address without its resource, in lower case before it.

    >>> bare("Ann@Example.org/Phone")
    'ann@example.org'
    """
    return address.partition("/")[0].lower()


def resource(address: str) -> str:
    """What stands behind the slash: a device, or a nickname in a room."""
    return address.partition("/")[2]


def instant(stamp: str) -> int:
    """Microseconds of a date (XEP-0082); 0 if it is none.

    >>> instant("2026-01-05T20:00:00Z")
    1767643200000000
    """
    try:
        moment = datetime.fromisoformat(stamp)
    except ValueError:
        return 0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return int(moment.timestamp() * 1_000_000)
    except (ValueError, OverflowError):
        return 0


def error_of(stanza: Element) -> str:
    """Why a stanza was refused: the server's words, else the name of the condition."""
    error = stanza.find(f"{{{CLIENT}}}error")
    if error is None:
        return "refused"
    words = (error.findtext(f"{{{ERRORS}}}text") or "").strip()
    names = [child.tag.rpartition("}")[2] for child in error if child.tag.startswith(f"{{{ERRORS}}}")]
    condition = next((name for name in names if name != "text"), "refused")
    return f"{condition}: {words[:200]}" if words else condition


def own_id(stanza: Element, sender: str, text: str) -> str:
    """An id for what no archive knows: the sender's own, which is only told apart among what this sender wrote."""
    origin = stanza.find(f"{{{IDS}}}origin-id")
    id_ = (origin.get("id") if origin is not None else None) or stanza.get("id") or ""
    return f"m {sender} {id_}" if id_ and len(id_) + len(sender) <= MOST_IDS and text is not None else ""


def _stamp(stanza: Element, by: str) -> str:
    """The id that this archive gave (XEP-0359); one that claims to come from another does not count."""
    for found in stanza.iterfind(f"{{{IDS}}}stanza-id"):
        if bare(found.get("by") or "") == by:
            return found.get("id") or ""
    return ""


def _forwarded(outer: Element) -> tuple[Element | None, int]:
    forward = outer.find(f"{{{FORWARD}}}forwarded")
    if forward is None:
        return None, 0
    return forward.find(f"{{{CLIENT}}}message"), _delayed(forward)


def _delayed(outer: Element) -> int:
    delay = outer.find(f"{{{DELAY}}}delay")
    return instant(delay.get("stamp") or "") if delay is not None else 0


def _told(stanza: Element, sender: str) -> Told | None:
    """A receipt (XEP-0184) or a marker (XEP-0333): that it was shown says that it has arrived."""
    for tag in (f"{{{RECEIPTS}}}received", f"{{{MARKERS}}}received", f"{{{MARKERS}}}displayed"):
        mark = stanza.find(tag)
        if mark is not None:
            return Told(mark.get("id") or "", sender) if stanza.get("type") != "groupchat" else None
    return None


def _event(stanza: Element) -> Literal["message", "edit"]:
    return "edit" if stanza.find(f"{{{CORRECT}}}replace") is not None else "message"


def _is_encrypted(stanza: Element) -> bool:
    return stanza.find(f"{{{ENCRYPTION}}}encryption") is not None or stanza.find(f"{{{OMEMO}}}encrypted") is not None


def _body(stanza: Element) -> str:
    """The words; of several languages, those without a name of one, else the first."""
    bodies = stanza.findall(f"{{{CLIENT}}}body")
    chosen = next((body for body in bodies if body.get(LANGUAGE) is None), bodies[0] if bodies else None)
    return (chosen.text or "") if chosen is not None else ""


def _files(stanza: Element) -> Iterator[Attachment]:
    """What came along as a URL (XEP-0066)."""
    for outer in stanza.iterfind(f"{{{OOB}}}x"):
        link = (outer.findtext(f"{{{OOB}}}url") or "").strip()
        if link:
            name = file_name(link)
            yield Attachment(kind_of(name), b"", link, (outer.findtext(f"{{{OOB}}}desc") or "").strip() or name)


def file_name(link: str) -> str:
    """The name of the file that a URL leads to.

    >>> file_name("https://x.org/share/a%20cat.png?size=1")
    'a cat.png'
    """
    try:
        return PurePosixPath(unquote(urlsplit(link).path)).name
    except ValueError:
        return ""


def kind_of(name: str) -> Literal["image", "audio", "file"]:
    """What a file is shown as, by its name."""
    suffix = PurePosixPath(name).suffix.lower()
    return "image" if suffix in _IMAGES else "audio" if suffix in _SOUNDS else "file"


def _shown_address(stanza: Element) -> str:
    """The real address of who wrote, as a room's archive may have it."""
    item = stanza.find(f"{{{ROOM_USER}}}x/{{{ROOM_USER}}}item")
    return bare(item.get("jid") or "") if item is not None else ""
