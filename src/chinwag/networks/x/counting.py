"""How X counts the length of a post: weighted characters. Pure.

Latin and much else weighs 1, the rest 2; an emoji weighs 2 whatever it is made of; a link weighs 23 however long it
is, and words with a dot between them may be one. Where X's own library and this may differ, this counts more: no post
is too long, and some are parted a little early. https://docs.x.com/fundamentals/counting-characters
"""

import re
import unicodedata
from collections.abc import Iterator

import emoji

from chinwag.core.splitting import Unit

LONGEST = 280
"""What a post may weigh."""
LINK = 23
LONGEST_LINK = 4000
"""Characters; what is longer is no link."""
_NEWEST_EMOJI = 11
"""The version of the emoji that X's library knows as one; it counts newer ones by their parts."""
_IN_PARTS = {"\u267e\ufe0f", "\U0001f441\ufe0f\u200d\U0001f5e8\ufe0f"}
"""It counts these by their parts, too."""
_LIGHT = ((0, 4351), (8192, 8205), (8208, 8223), (8242, 8247))
_SURE = re.compile(r"[a-z]{2}|com|org|net|edu|gov|int|mil|info|biz|name|pro|museum|app|dev|blog|art|xyz|online|social")
"""Top-level domains that X knows for certain."""
_CLUSTER = {"Mn", "Me", "Mc"}
# Ends are where X's own expression ends at the latest, so that whatever is behind them is counted by itself.
_LABEL = "[A-Za-z0-9\u00c0-\u024f][A-Za-z0-9\u00c0-\u024f-]*"
_PATH = r"/(?:[A-Za-z0-9!*';:=+,.$/%#\[\]~@|&_-]*[A-Za-z0-9=_#/+-])?"
_QUERY = r"\?[A-Za-z0-9!?*'@();:&=+$/%#\[\]_.,~|-]*[A-Za-z0-9_&=#/-]"
_URL = re.compile(
    r"(?<![A-Za-z0-9@\uff20$#\uff03])(?P<scheme>https?://)?"
    rf"(?P<host>(?:{_LABEL}\.)+(?P<top>[A-Za-z]{{2,}}))(?![A-Za-z0-9@])"
    rf"(?P<rest>(?(scheme)(?::\d+)?(?:{_PATH})?(?:{_QUERY})?|(?:(?::\d+)?{_PATH}(?:{_QUERY})?)?))",
    re.IGNORECASE,
)


def normal(text: str) -> str:
    """The text as X keeps it, in Unicode's form C."""
    return unicodedata.normalize("NFC", text)


def units(text: str) -> list[Unit]:
    """Cut a text into what is not cut, with what it weighs.

    Args:
        text: the text, as ``normal`` gives it.

    >>> units("é 日 https://example.org/a-long-way-to-go")
    [('é', 1), (' ', 1), ('日', 2), (' ', 1), ('https://example.org/a-long-way-to-go', 23)]
    """
    found: list[Unit] = []
    done = 0
    for match in _URL.finditer(text):
        if len(match.group()) > LONGEST_LINK:
            continue
        found += _words(text[done : match.start()])
        found.append((match.group(), _link(match)))
        done = match.end()
    return [*found, *_words(text[done:])]


def _link(match: re.Match[str]) -> int:
    """What a link weighs, or words that may be one: as much as what is counted most."""
    accents = sum(not one.isascii() for one in match["host"])  # they may stand before the link, or be of it
    if _SURE.fullmatch(match["top"].lower()):
        return LINK + accents
    # Perhaps its end is a top-level domain, perhaps what is before that is one, perhaps none.
    weights = [LINK + accents, len(match.group())]
    labels = match["host"].split(".")
    for index, label in enumerate(labels[1:-1], 1):
        if _SURE.fullmatch(label.lower()):
            weights.append(LINK + len(match.group()) - len(".".join(labels[: index + 1])))
    return max(weights)


def _words(text: str) -> Iterator[Unit]:
    """Everything but links: emoji, and characters with their marks."""
    done = 0
    for one in emoji.emoji_list(text):
        start, end = one["match_start"], one["match_end"]
        yield from _characters(text[done:start])
        yield text[start:end], _emoji(text[start:end])
        done = end
    yield from _characters(text[done:])


def _emoji(text: str) -> int:
    data = emoji.EMOJI_DATA[text]
    whole = data["E"] <= _NEWEST_EMOJI and text not in _IN_PARTS and data["status"] == emoji.STATUS["fully_qualified"]
    return 2 if whole and len(text) > 1 else _weight(text)


def _characters(text: str) -> Iterator[Unit]:
    """Characters, each with the marks that stand on it."""
    start = 0
    for index in range(1, len(text) + 1):
        if index == len(text) or unicodedata.category(text[index]) not in _CLUSTER:
            yield text[start:index], _weight(text[start:index])
            start = index


def _weight(text: str) -> int:
    return sum(1 if any(first <= ord(one) <= last for first, last in _LIGHT) else 2 for one in text)
