"""Long texts in parts that a network takes. Pure.

Lengths are in UTF-16 code units, as the Bot API counts them: a character outside the basic plane is two. A part ends at
a line's end if there is one in its second half, else behind a word; a word that is longer than a part is cut, never
inside a character with its marks, where there is another place. A link is kept whole. Joined again, the parts are the
text.

Where characters weigh differently, and links less than they are long, ``splitting`` parts a text; it looks at each
character. Here most texts are of plain characters and are not looked at one by one.
"""

import unicodedata
from collections.abc import Iterable

BASIC = 0xFFFF
JOINER = "\u200d"
LIGHTEST_SKIN, DARKEST_SKIN = "\U0001f3fb", "\U0001f3ff"


def units(text: str) -> int:
    """The length of a text in UTF-16 code units.

    >>> units("naïve"), units("👍")
    (5, 2)
    """
    return len(text) if text.isascii() else len(text) + sum(ord(character) > BASIC for character in text)


def split(text: str, limit: int, whole: Iterable[tuple[int, int]] = ()) -> list[str]:
    """Part a text.

    Args:
        text: the text.
        limit: how long a part may be, in UTF-16 code units; 2 or more.
        whole: stretches that are not cut if they fit into a part: where each begins and ends, in characters.

    >>> split("one two three", 8)
    ['one two ', 'three']
    """
    parts, done = [], 0
    kept = [stretch for stretch in whole if stretch[1] - stretch[0] <= limit // 2]
    while units(text) > limit:
        end = _border(text, _reach(text, limit))
        end = next((first - done for first, last in kept if done < first < done + end < last), end)
        parts.append(text[:end])
        text = text[end:]
        done += end
    parts.append(text)
    return parts


def _reach(text: str, limit: int) -> int:
    """How many characters fit."""
    head = text[:limit]
    if head.isascii():
        return limit
    left = limit
    for index, character in enumerate(head):
        left -= 2 if ord(character) > BASIC else 1
        if left < 0:
            return index
    return limit


def _border(text: str, reach: int) -> int:
    """Where the part ends: behind a line, a word, or, if it must be, within one."""
    line = text.rfind("\n", reach // 2, reach)
    if line >= 0:
        return line + 1
    if text[reach] == " ":
        return reach
    word = max(text.rfind(space, 0, reach) for space in " \t\n")
    if word >= 0:
        return word + 1
    end = reach
    while end and _attached(text, end):
        end -= 1
    return end or reach


def _attached(text: str, index: int) -> bool:
    """Whether what is here belongs to the character before: a combining mark, a joiner or what it joins."""
    here = text[index]
    joined = JOINER in {text[index - 1], here} or LIGHTEST_SKIN <= here <= DARKEST_SKIN
    return joined or unicodedata.category(here) in {"Mn", "Me"}
