"""What the parts of a stanza are called, and what each says. Pure.

What is missing or cannot be read is empty; nothing raises.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from chinwag.core.values import EVERYBODY, Attachment

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

MOST_IDS = 512
"""Characters of an id that we keep; whoever writes longer ones is told apart by the message's text."""

_IMAGES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".heic", ".svg"}
_SOUNDS = {".ogg", ".oga", ".opus", ".mp3", ".m4a", ".wav", ".flac", ".aac"}


def bare(address: str) -> str:
    """An address without its resource, in lower case before it.

    >>> bare("Ann@Example.org/Phone")
    'ann@example.org'
    """
    return address.partition("/")[0].lower()


def resource(address: str) -> str:
    """What stands behind the slash: a device, or a nickname in a room."""
    return address.partition("/")[2]


def unknown(room: str, nick: str) -> str:
    """The user of whom a room shows the nickname alone; one that reads like an address, or like everybody, is nobody's.

    >>> unknown("fun@rooms.example.org", "Ben"), unknown("fun@rooms.example.org", "ann@example.org")
    ('Ben', 'fun@rooms.example.org/ann@example.org')
    """
    return f"{room}/{nick}" if "@" in nick or nick == EVERYBODY else nick


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


def stamp_of(stanza: Element, by: str) -> str:
    """The id that this archive gave (XEP-0359); one that claims to come from another does not count."""
    for found in stanza.iterfind(f"{{{IDS}}}stanza-id"):
        if bare(found.get("by") or "") == by:
            return found.get("id") or ""
    return ""


def forwarded(outer: Element) -> tuple[Element | None, int]:
    """The message that is forwarded (XEP-0297), None if there is none, and when it was sent, in microseconds."""
    forward = outer.find(f"{{{FORWARD}}}forwarded")
    if forward is None:
        return None, 0
    return forward.find(f"{{{CLIENT}}}message"), delayed(forward)


def delayed(outer: Element) -> int:
    """When a message was sent that comes late (XEP-0203), in microseconds; 0 if that is not said."""
    delay = outer.find(f"{{{DELAY}}}delay")
    return instant(delay.get("stamp") or "") if delay is not None else 0


def event_of(stanza: Element) -> Literal["message", "edit"]:
    """Whether a message corrects another one (XEP-0308)."""
    return "edit" if stanza.find(f"{{{CORRECT}}}replace") is not None else "message"


def is_encrypted(stanza: Element) -> bool:
    """Whether it is encrypted from end to end (XEP-0380, XEP-0384)."""
    return stanza.find(f"{{{ENCRYPTION}}}encryption") is not None or stanza.find(f"{{{OMEMO}}}encrypted") is not None


def body_of(stanza: Element) -> str:
    """The words; of several languages, those without a name of one, else the first."""
    bodies = stanza.findall(f"{{{CLIENT}}}body")
    chosen = next((body for body in bodies if body.get(LANGUAGE) is None), bodies[0] if bodies else None)
    return (chosen.text or "") if chosen is not None else ""


def files_of(stanza: Element) -> Iterator[Attachment]:
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


def shown_address(stanza: Element) -> str:
    """The real address of who wrote, as a room's archive may have it."""
    item = stanza.find(f"{{{ROOM_USER}}}x/{{{ROOM_USER}}}item")
    return bare(item.get("jid") or "") if item is not None else ""
