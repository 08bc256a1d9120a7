"""Values -> LINE's message objects. Pure.

Owns which objects a message becomes: a long text is several, each file is one, a choice has quick replies at its last
object, an inline one is a template with buttons. Text is sent as text, whoever wrote it; LINE has no styles, so the
address of a link is written behind it. LINE fetches files itself: it takes an ``https:`` address, and no bytes. What it
cannot show otherwise, such as a document, is its name and address as text.
"""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from chinwag.core.buttons import button
from chinwag.core.errors import Refused
from chinwag.core.parts import split, units
from chinwag.core.values import Attachment, Outgoing
from chinwag.networks.line.wire import STICKER

LONGEST_TEXT = 5000
"""In UTF-16 code units: https://developers.line.biz/en/reference/messaging-api/#text-message"""
LONGEST_LABEL = 20
LONGEST_WORDS = 300
MOST_QUICK = 13
"""https://developers.line.biz/en/docs/messaging-api/using-quick-reply/"""
LONGEST_TEMPLATE = 160
LONGEST_ALT = 400
MOST_BUTTONS = 4
"""https://developers.line.biz/en/reference/messaging-api/#buttons"""
LONGEST_PLACE = 100
LONGEST_ADDRESS = 1000
MORE = "…"
_VIDEOS = (".mp4", ".m4v")

Object = dict[str, Any]


def objects(message: Outgoing) -> list[Object]:
    """The objects for a message, in order.

    Raises:
        Refused: if LINE has nothing of the kind.

    >>> from chinwag.core.values import Outgoing
    >>> objects(Outgoing(7, "line:guess", "U1", "U1", text="Too large"))
    [{'type': 'text', 'text': 'Too large'}]
    """
    if message.act != "say":
        raise Refused("LINE cannot change or take back what was sent")
    text = _written(message)
    made = _templates(message, text) if message.choices and message.inline else _texts(text)
    made += [_file(attachment) for attachment in message.attachments]
    if not made:
        raise Refused("LINE takes no empty message")
    if message.choices and not message.inline:
        made[-1]["quickReply"] = {"items": [_quick(label) for label in message.choices[:MOST_QUICK]]}
    return made


def _written(message: Outgoing) -> str:
    """The words, with the addresses of links, and with the choices that find no button."""
    text, spans = message.text, sorted(message.spans, key=lambda span: span.start + span.length, reverse=True)
    for span in spans:
        end = span.start + span.length
        if span.style == "link" and span.link and span.link != text[span.start : end]:
            text = f"{text[:end]} ({span.link}){text[end:]}"
    if len(message.choices) > MOST_QUICK and not message.inline:
        text = "\n".join((text, *message.choices))
    return text


def _texts(text: str) -> list[Object]:
    """A text in as many objects as it needs; LINE refuses one of nothing but spaces."""
    return [{"type": "text", "text": part} for part in split(text, LONGEST_TEXT) if part.strip()]


def _quick(label: str) -> Object:
    action = {"type": "message", "label": shortened(label, LONGEST_LABEL), "text": label[:LONGEST_WORDS]}
    return {"type": "action", "action": action}


def _templates(message: Outgoing, text: str) -> list[Object]:
    """Buttons at the message, four to a template; words that are too long for one stand before it."""
    made: list[Object] = []
    if units(text) > LONGEST_TEMPLATE or not text.strip():
        made, text = _texts(text), MORE
    labels = message.choices
    for first in range(0, len(labels), MOST_BUTTONS):
        actions = [
            {
                "type": "postback",
                "label": shortened(label, LONGEST_LABEL),
                "data": button(message.id, index),
                "displayText": label[:LONGEST_WORDS],
            }
            for index, label in enumerate(labels[first : first + MOST_BUTTONS], first)
        ]
        template = {"type": "buttons", "text": text if first == 0 else MORE, "actions": actions}
        made.append({"type": "template", "altText": shortened(text, LONGEST_ALT), "template": template})
    return made


def shortened(text: str, most: int) -> str:
    """A text of at most so many UTF-16 code units; what was cut is an ellipsis.

    >>> shortened("one two three", 8)
    'one two…'
    """
    return text if units(text) <= most else split(text, most - 1)[0].rstrip() + MORE


# -- files -------------------------------------------------------------------------------------------------------------


def _file(attachment: Attachment) -> Object:
    link = attachment.link
    if link.startswith(STICKER):
        package, _, sticker = link.removeprefix(STICKER).partition("/")
        return {"type": "sticker", "packageId": package, "stickerId": sticker}
    if link.startswith("geo:"):
        return _place(link, attachment.name)
    if attachment.data or not link.startswith("https://"):
        what = attachment.name or attachment.kind
        raise Refused(f"LINE fetches files itself: give {what!r} as an https:// address, not as bytes or a path")
    return _media(attachment, link)


def _media(attachment: Attachment, link: str) -> Object:
    """A file by its address. What LINE wants to know besides may stand behind its ``#``."""
    address, _, fragment = link.partition("#")
    more = parse_qs(fragment)
    preview = more.get("preview", [""])[0]
    if attachment.kind == "image":
        return {"type": "image", "originalContentUrl": address, "previewImageUrl": preview or address}
    if attachment.kind == "audio":
        return {"type": "audio", "originalContentUrl": address, "duration": _milliseconds(more.get("t", [""])[0])}
    if preview and urlsplit(address).path.lower().endswith(_VIDEOS):
        return {"type": "video", "originalContentUrl": address, "previewImageUrl": preview}
    return {"type": "text", "text": shortened(f"{attachment.name}\n{link}".strip(), LONGEST_TEXT)}


def _milliseconds(stretch: str) -> int:
    """The length of a media fragment such as ``0,12.5`` (https://www.w3.org/TR/media-frags/); LINE only shows it."""
    first, _, last = stretch.partition(",")
    try:
        length = (float(last) - float(first or 0)) if last else float(first)
        return max(round(length * 1000), 1)
    except (ValueError, OverflowError):
        return 1


def _place(link: str, name: str) -> Object:
    """A location: https://developers.line.biz/en/reference/messaging-api/#location-message."""
    latitude, _, longitude = link.removeprefix("geo:").partition(";")[0].partition(",")
    title = shortened(name or "location", LONGEST_PLACE)
    try:
        where = {"latitude": float(latitude), "longitude": float(longitude.partition(",")[0])}
    except ValueError:
        raise Refused(f"{link[:80]!r} is no place: write geo:latitude,longitude") from None
    return {"type": "location", "title": title, "address": shortened(name or link, LONGEST_ADDRESS), **where}
