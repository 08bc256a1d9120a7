"""Stanzas <-> values, what comes in. Pure: it is given elements, as an XML parser makes them.

Owns what a stanza means: which room, which user, which words, under which id it can come a second time. It is
tolerant: what it does not know is skipped, and what cannot be read is no event; nothing raises. Text is never read as
markup. A forwarded message (a carbon, a message of the archive) counts only if our own server has forwarded it, and an
id that a server gives counts only if it is the server of that archive.

Rules: in a direct chat, room and user are the bare address of the other side. In a room (XEP-0045) the user is the
real address where the room shows it, else the nickname; whoever is written to privately through a room has the full
address as a room of its own. https://xmpp.org/rfcs/rfc6121.html
"""

from collections.abc import Callable
from xml.etree.ElementTree import Element

from chinwag.core.values import Arrival, Attachment
from chinwag.networks.xmpp.elements import (
    ARCHIVE,
    CARBONS,
    MARKERS,
    RECEIPTS,
    ROOM,
    ROOM_USER,
    bare,
    body_of,
    delayed,
    error_of,
    event_of,
    files_of,
    forwarded,
    is_encrypted,
    own_id,
    resource,
    shown_address,
    stamp_of,
    unknown,
)
from chinwag.networks.xmpp.events import ITSELF, NEW_NICK, Contact, Event, Heard, Kept, Seen, Told, Unreadable

DIRECT, IN_ROOM = "d ", "r "
"""How an id begins by which an archive knows a message: our own, or a room's, whose address follows."""


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
            inner, _ = forwarded(carbon)
            return self._said(inner) if inner is not None and bare(sender) == self._me else ()
        if stanza.find(f"{{{CARBONS}}}sent") is not None:
            return ()
        return self._said(stanza)

    def _kept(self, result: Element, by: str) -> Kept | None:
        """A message of an archive: our own, or a room's that we are in."""
        inner, at = forwarded(result)
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
        if is_encrypted(stanza):
            return (Unreadable(sender),)
        if kind == "groupchat":
            return self._in_room(stanza, sender, archived, at)
        return self._direct(stanza, sender, archived, at) if kind in {"chat", "normal"} else ()

    def _in_room(self, stanza: Element, sender: str, archived: str, at: int) -> tuple[Heard | Told, ...]:
        room, nick = bare(sender), resource(sender)
        stamp = archived or stamp_of(stanza, room)
        if not nick or not self._nick(room):
            return ()
        if nick == self._nick(room):
            id_ = stanza.get("id") or ""
            return (Told(id_, sender, "", stamp),) if id_ else ()
        words = self._words(stanza)
        if words is None:
            return ()
        text, files = words
        # What a message itself shows is the word of a room's archive; in any other its sender may have written it.
        user = (shown_address(stanza) if archived else "") or self._real(room, nick) or unknown(room, nick)
        id_ = f"{IN_ROOM}{room} {stamp}" if stamp else own_id(stanza, sender, text)
        arrival = Arrival(
            self._account, room, user, text, id_, nick, direct=False, event=event_of(stanza), attachments=files,
            at=at or delayed(stanza), ref=stamp,
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
        stamp = archived or stamp_of(stanza, self._me)
        id_ = f"{DIRECT}{stamp}" if stamp else own_id(stanza, sender, text)
        name = resource(sender) if private else ""
        arrival = Arrival(
            self._account, room, user, text, id_, name, event=event_of(stanza), attachments=files,
            at=at or delayed(stanza), ref=stanza.get("id") or "",
        )  # fmt: skip
        wants = stanza.find(f"{{{RECEIPTS}}}request") is not None
        return (Heard(arrival, sender, stanza.get("id") or "", wants),) if room and user else ()

    def _words(self, stanza: Element) -> tuple[str, tuple[Attachment, ...]] | None:
        """Text and files of a message; None if it has neither."""
        text = body_of(stanza)
        files = tuple(files_of(stanza))
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


def _told(stanza: Element, sender: str) -> Told | None:
    """A receipt (XEP-0184) or a marker (XEP-0333): that it was shown says that it has arrived."""
    for tag in (f"{{{RECEIPTS}}}received", f"{{{MARKERS}}}received", f"{{{MARKERS}}}displayed"):
        mark = stanza.find(tag)
        if mark is not None:
            return Told(mark.get("id") or "", sender) if stanza.get("type") != "groupchat" else None
    return None
