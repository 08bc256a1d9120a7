"""Values -> stanzas: what a message of the outbox becomes on the wire. Pure.

Owns the elements of what we say: words with their id, a wish for a receipt, corrections, retractions, files by their
URL, signs of typing, and the questions to an archive. Words are words: every message says that they are not styled
(XEP-0393), so no client takes an asterisk in them for markup, and styles ride beside them (XEP-0394). Characters that
XML has not are shown as U+FFFD.
"""

import re
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement

from msgspec import structs

from chinwag.core.lines import ENTER_INDEX, encode, visible
from chinwag.core.values import Outgoing, Span
from chinwag.networks.xmpp import elements
from chinwag.networks.xmpp.elements import CLIENT

STATES = "http://jabber.org/protocol/chatstates"
FALLBACK = "urn:xmpp:fallback:0"
HINTS = "urn:xmpp:hints"
MARKUP = "urn:xmpp:markup:0"
REPLY = "urn:xmpp:reply:0"
UNSTYLED = "urn:xmpp:styling:0"
UPLOAD = "urn:xmpp:http:upload:0"
FORMS = "jabber:x:data"

_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_STYLES = {"bold": "strong", "italic": "emphasis", "code": "code", "strike": "deleted"}


def stanzas(message: Outgoing, id_: str, links: Sequence[str] = (), *, group: bool) -> list[Element]:
    """The stanzas of a message: its words, then each file by its URL, as clients expect them, one a stanza.

    Args:
        message: what is to be done.
        id_: the id of the first; the others' follow from it.
        links: where its files have been put.
        group: whether the room is one of several people.

    >>> words = stanzas(Outgoing(1, "xmpp:medbot", "ann@x.org", "ann@x.org", text="Hey buddy"), "c1", group=False)
    >>> words[0].get("to"), words[0].findtext("{jabber:client}body")
    ('ann@x.org', 'Hey buddy')
    """
    if message.act == "delete":
        return [_retraction(message, id_, group=group)]
    made = []
    text = body_of(message)
    if text or not links:
        made.append(_words(message, text, id_, group=group))
    for number, link in enumerate(links):
        stanza = _frame(message.room, f"{id_}.{number + 1}" if made else id_, group=group)
        _file(stanza, link)
        made.append(stanza)
    return made


def body_of(message: Outgoing) -> str:
    """The words of a message, with its choices numbered."""
    lines = [message.text] if message.act == "edit" else encode(structs.replace(message, attachments=()))
    if lines[-1:] == [ENTER_INDEX]:
        lines.pop()
    lines += [span.link for span in message.spans if span.link and span.link not in message.text]
    return clean("\n".join(lines)) if message.text or not message.attachments else ""


def clean(text: str) -> str:
    """The text without what XML cannot carry."""
    return _NO_XML.sub("\ufffd", visible(text))


def received(to: str, id_: str) -> Element:
    """Tell the sender that a message has arrived (XEP-0184)."""
    stanza = Element(f"{{{CLIENT}}}message", {"to": to, "type": "chat"})
    SubElement(stanza, f"{{{elements.RECEIPTS}}}received", {"id": id_})
    SubElement(stanza, f"{{{HINTS}}}store")
    return stanza


def note(to: str, text: str, id_: str) -> Element:
    """A word of the account itself."""
    stanza = _frame(to, id_, group=False)
    SubElement(stanza, f"{{{CLIENT}}}body").text = clean(text)
    return stanza


def composing(room: str, *, group: bool) -> Element:
    """The sign that somebody types (XEP-0085)."""
    stanza = Element(f"{{{CLIENT}}}message", {"to": room, "type": "groupchat" if group else "chat"})
    SubElement(stanza, f"{{{STATES}}}composing")
    SubElement(stanza, f"{{{HINTS}}}no-store")
    return stanza


def joining(room: str, nick: str, since: str = "") -> Element:
    """Enter a room; what was said there before comes from its archive, or since a date if it has none."""
    stanza = Element(f"{{{CLIENT}}}presence", {"to": f"{room}/{nick}"})
    inside = SubElement(stanza, f"{{{elements.ROOM}}}x")
    SubElement(inside, f"{{{elements.ROOM}}}history", {"since": since} if since else {"maxstanzas": "0"})
    return stanza


def presence(to: str = "", kind: str = "") -> Element:
    """Be there, or answer somebody who wants to see it."""
    attributes = {name: value for name, value in (("to", to), ("type", kind)) if value}
    return Element(f"{{{CLIENT}}}presence", attributes)


def question(query: str, *, after: str = "", start: str = "", newest: int = 0, page: int = 100) -> Element:
    """Ask an archive for a page (XEP-0313, XEP-0059).

    Args:
        query: an id for it.
        after: what comes behind this id.
        start: what comes at or after this date.
        newest: the last so many, instead.
        page: how many at most.
    """
    asked = Element(f"{{{elements.ARCHIVE}}}query", {"queryid": query})
    if start:
        form = SubElement(asked, f"{{{FORMS}}}x", {"type": "submit"})
        _field(form, "FORM_TYPE", elements.ARCHIVE, hidden=True)
        _field(form, "start", start)
    pages = SubElement(asked, f"{{{elements.PAGES}}}set")
    SubElement(pages, f"{{{elements.PAGES}}}max").text = str(newest or page)
    if newest:
        SubElement(pages, f"{{{elements.PAGES}}}before")
    elif after:
        SubElement(pages, f"{{{elements.PAGES}}}after").text = after
    return asked


def slot(name: str, size: int, kind: str) -> Element:
    """Ask where a file may be put (XEP-0363)."""
    return Element(f"{{{UPLOAD}}}request", {"filename": name, "size": str(size), "content-type": kind})


def _field(form: Element, name: str, value: str, *, hidden: bool = False) -> None:
    field = SubElement(form, f"{{{FORMS}}}field", {"var": name, **({"type": "hidden"} if hidden else {})})
    SubElement(field, f"{{{FORMS}}}value").text = value


def _frame(room: str, id_: str, *, group: bool) -> Element:
    """What every message of ours has. A receipt cannot be asked of a whole room (XEP-0184, 5.3)."""
    stanza = Element(f"{{{CLIENT}}}message", {"to": room, "id": id_, "type": "groupchat" if group else "chat"})
    SubElement(stanza, f"{{{elements.IDS}}}origin-id", {"id": id_})
    if not group:
        SubElement(stanza, f"{{{elements.RECEIPTS}}}request")
        SubElement(stanza, f"{{{elements.MARKERS}}}markable")
        SubElement(stanza, f"{{{STATES}}}active")
    return stanza


def _words(message: Outgoing, text: str, id_: str, *, group: bool) -> Element:
    stanza = _frame(message.room, id_, group=group)
    SubElement(stanza, f"{{{CLIENT}}}body").text = text
    SubElement(stanza, f"{{{UNSTYLED}}}unstyled")
    if message.act == "edit":
        SubElement(stanza, f"{{{elements.CORRECT}}}replace", {"id": first_id(message.ref)})
    if message.reply and group:
        SubElement(stanza, f"{{{REPLY}}}reply", {"id": message.reply})
    if message.spans and text.startswith(message.text):
        _styles(stanza, message.spans)
    return stanza


def _styles(stanza: Element, spans: Sequence[Span]) -> None:
    outer = Element(f"{{{MARKUP}}}markup")
    for span in spans:
        name = _STYLES.get(span.style)
        if name is not None:
            where = {"start": str(span.start), "end": str(span.start + span.length)}
            SubElement(SubElement(outer, f"{{{MARKUP}}}span", where), f"{{{MARKUP}}}{name}")
    if len(outer):
        stanza.append(outer)


def _file(stanza: Element, link: str) -> None:
    """A file by its URL: clients show it only if the words are the URL and nothing else."""
    SubElement(stanza, f"{{{CLIENT}}}body").text = clean(link)
    SubElement(SubElement(stanza, f"{{{elements.OOB}}}x"), f"{{{elements.OOB}}}url").text = clean(link)


def _retraction(message: Outgoing, id_: str, *, group: bool) -> Element:
    """Take a message back (XEP-0424); in a room it is named by the room's id."""
    stanza = _frame(message.room, id_, group=group)
    own, _, stamp = message.ref.partition(" ")
    SubElement(stanza, f"{{{elements.RETRACT}}}retract", {"id": stamp if group and stamp else own})
    SubElement(stanza, f"{{{FALLBACK}}}fallback", {"for": elements.RETRACT})
    SubElement(stanza, f"{{{CLIENT}}}body").text = "(This message was taken back.)"
    SubElement(stanza, f"{{{HINTS}}}store")
    return stanza


def first_id(ref: str) -> str:
    """The id of the message that a reference is of."""
    return ref.partition(" ")[0]
