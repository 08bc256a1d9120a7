"""Text and its entities: lengths in UTF-16 units, ranges, what Telegram finds by itself, and text as a user reads it.

Offsets and lengths of entities count UTF-16 units (Bot API, MessageEntity). Refuses, as Telegram does, an entity that
ends behind the text, one that cuts a character in two, and one of an unknown type.
"""

import html
import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any, NamedTuple

from tests.servers.telegram.telegram_parse_modes import HTML, parse_html, parse_markdown, parse_markdown_v2
from tests.servers.telegram.telegram_refusals import Json, bad

PARSERS: dict[str, Callable[[str], tuple[str, list[Json]]]] = {
    "html": parse_html,
    "markdown": parse_markdown,
    "markdownv2": parse_markdown_v2,
}

STYLES = {
    *("bold", "italic", "underline", "strikethrough", "spoiler", "blockquote", "expandable_blockquote", "code", "pre"),
    *("text_link", "text_mention", "custom_emoji"),
}
"""Entities that a sender makes."""

FOUND = re.compile(
    r"(?P<url>https?://[^\s<>\"]+[^\s<>\".,;:!?)\]}])"
    r"|(?P<email>[\w.+-]+@[\w-]+\.[a-zA-Z]{2,})"
    r"|(?<![\w/@])(?P<mention>@[A-Za-z]\w{2,31})(?!\w)"
    r"|(?<![\w/<@])(?P<bot_command>/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?)(?![\w/])"
    r"|(?<!\w)(?P<hashtag>#\w*[^\W\d]\w*)",
    re.ASCII,
)
"""Entities that Telegram finds, in texts of users and of bots."""
DETECTED = {
    "mention",
    "hashtag",
    "cashtag",
    "bot_command",
    "url",
    "email",
    "phone_number",
    "bank_card",
    "media_timestamp",
}

OPAQUE = {"code", "pre", "text_link", "text_mention", "custom_emoji"}
"""Nothing is found in these."""

MOST_BYTES = 1 << 15
FARTHEST = 1_000_000


class Formatted(NamedTuple):
    """A text and its entities, as they stand in a message."""

    text: str
    entities: list[Json]


def units(text: str) -> int:
    """The text's length in UTF-16 units.

    >>> units("a😀")
    3
    """
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def formatted(text: str, mode: str = "", entities: Any = None) -> Formatted:
    """The text of a message: parsed or with the entities given, trimmed, and with what Telegram finds in it."""
    if len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise bad("Text is too long")
    text, marked = styled(text, mode, entities)
    text, marked = trimmed(text, marked)
    return Formatted(text, in_order([*marked, *detected(text, marked)]))


def styled(text: str, mode: str, entities: Any) -> tuple[str, list[Json]]:
    """The text and the entities that its sender made."""
    if mode and mode.lower() != "none":
        parse = PARSERS.get(mode.lower())
        if parse is None:
            raise bad("Unsupported parse_mode")
        return parse(text)
    given = entities if isinstance(entities, list) else []
    kept = [entity for one in given if (entity := checked(one)) is not None]
    check_ranges(text, kept)
    return text, [entity for entity in kept if entity["length"]]


def checked(entity: Any) -> Json | None:
    """An entity of a call, with the fields that it needs; None for one that Telegram finds by itself."""
    if not isinstance(entity, dict):
        raise bad("Can't parse MessageEntity: expected an Object")
    for field in ("offset", "length"):
        number(entity, field)
    kind = entity.get("type")
    if kind in DETECTED:
        return None
    if kind not in STYLES:
        raise bad("Can't parse MessageEntity: Unsupported type specified")
    needs = {"text_link": "url", "text_mention": "user", "custom_emoji": "custom_emoji_id"}.get(kind)
    if needs and needs not in entity:
        raise bad(f"Can't parse MessageEntity: Can't find field \"{needs}\"")
    names = ("type", "offset", "length", "url", "user", "language", "custom_emoji_id")
    return {name: entity[name] for name in names if name in entity}


def number(entity: Json, field: str) -> None:
    value = entity.get(field)
    if value is None:
        raise bad(f"Can't parse MessageEntity: Can't find field \"{field}\"")
    if not isinstance(value, int):
        raise bad(f'Can\'t parse MessageEntity: Field "{field}" must be of type Number')
    if not 0 <= value <= FARTHEST:
        raise bad(f"Receive an entity with incorrect {field} {value}")


def check_ranges(text: str, entities: Iterable[Json]) -> None:
    """Refuse entities that leave the text, or begin or end within a surrogate pair."""
    size, inside = units(text), within_pairs(text)
    for entity in entities:
        start, end = entity["offset"], entity["offset"] + entity["length"]
        if start > size:
            raise bad(f"Entity begins after the end of the text at UTF-16 offset {start}")
        if end > size:
            raise bad(
                f"Entity beginning at UTF-16 offset {start} ends after the end of the text at UTF-16 offset {end}"
            )
        if start in inside:
            raise bad(f"Entity begins in a middle of a UTF-16 symbol at byte offset {inside[start]}")
        if end in inside:
            where = f"at byte offset {inside[end]}"
            raise bad(f"Entity beginning at UTF-16 offset {start} ends in a middle of a UTF-16 symbol {where}")


def within_pairs(text: str) -> dict[int, int]:
    """The UTF-16 offsets that cut a character in two, with the byte offset behind it."""
    inside, offset, size = {}, 0, 0
    for character in text:
        size += len(character.encode("utf-8", "surrogatepass"))
        if ord(character) > 0xFFFF:
            inside[offset + 1] = size
            offset += 1
        offset += 1
    return inside


def trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """The text without white space around it, and the entities moved and cut with it."""
    bare = text.strip()
    if bare == text:
        return text, entities
    shift, size = units(text[: len(text) - len(text.lstrip())]), units(bare)
    moved = []
    for entity in entities:
        start = max(entity["offset"] - shift, 0)
        end = min(entity["offset"] + entity["length"] - shift, size)
        if end > start:
            moved.append({**entity, "offset": start, "length": end - start})
    return bare, moved


def detected(text: str, marked: list[Json]) -> list[Json]:
    """Commands, mentions, links, hashtags and addresses in the text, outside of code and links."""
    closed = [(one["offset"], one["offset"] + one["length"]) for one in marked if one["type"] in OPAQUE]
    found = []
    for match in FOUND.finditer(text):
        start, size = units(text[: match.start()]), units(match.group())
        if all(start >= right or start + size <= left for left, right in closed):
            found.append({"type": str(match.lastgroup), "offset": start, "length": size})
    return found


def in_order(entities: list[Json]) -> list[Json]:
    return sorted(entities, key=lambda entity: (entity["offset"], -entity["length"]))


def rendered(text: str, entities: Iterable[Json]) -> str:
    """The text with its entities as HTML tags: what a user sees, in a form that a test can compare.

    >>> rendered("a <b>", [{"type": "bold", "offset": 0, "length": 1}])
    '<b>a</b> &lt;b&gt;'
    """
    raw = text.encode("utf-16-le", "surrogatepass")
    opens: dict[int, list[str]] = {}
    closes: dict[int, list[str]] = {}
    for entity in in_order(list(entities)):
        if entity["type"] in STYLES:
            tags = HTML[entity["type"]](entity)
            opens.setdefault(entity["offset"], []).append(tags[0])
            closes.setdefault(entity["offset"] + entity["length"], []).insert(0, tags[1])
    points = sorted({0, len(raw) // 2, *opens, *closes})
    parts = ["".join(closes.get(0, [])) + "".join(opens.get(0, []))]
    for left, right in pairwise(points):
        piece = raw[left * 2 : right * 2].decode("utf-16-le", "surrogatepass")
        parts += [html.escape(piece, quote=False), *closes.get(right, []), *opens.get(right, [])]
    return "".join(parts)
