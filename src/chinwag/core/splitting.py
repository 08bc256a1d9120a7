"""A long text in parts that a network takes, at words. Pure.

What counts how much is the network's own affair: it cuts the text into units that are never cut again (a character with
its marks, a link, a mention), each with its weight; a part weighs what its units do. Joined again, the parts are the
text. A part ends at a line's end if there is one in its second half, else behind a word; a word that is too long for a
part is cut between units. Where all that counts is a text's length, ``parts`` is much faster.
"""

from collections.abc import Callable, Sequence

Unit = tuple[str, int]
"""What is not cut, and what it weighs."""


def weigh(units: Sequence[Unit]) -> int:
    """What units weigh together."""
    return sum(weight for _, weight in units)


def split(text: str, limit: int, units: Callable[[str], Sequence[Unit]]) -> list[str]:
    """Part a text.

    Args:
        text: the text.
        limit: what a part may weigh.
        units: cuts a text into units.

    A unit that is heavier than a part is cut between characters.

    Raises:
        ValueError: if a single character weighs more than a part may.

    >>> split("one two three", 8, lambda text: [(character, 1) for character in text])
    ['one two ', 'three']
    """
    parts: list[str] = []
    left = _light(units(text), limit, units)
    start = 0
    while start < len(left) or not parts:
        end = _end(left, start, limit)
        # Cut off, a stretch may weigh more than it did within the text: the rest of a word can be a link of its own.
        while end > start and weigh(units(_joined(left, start, end))) > limit:
            end -= 1
        if end == start and start < len(left):
            msg = f"a part may weigh {limit}, and {left[start][0]!r} alone weighs {left[start][1]}"
            raise ValueError(msg)
        parts.append(_joined(left, start, end))
        start = end
    return parts


def _light(found: Sequence[Unit], limit: int, units: Callable[[str], Sequence[Unit]]) -> Sequence[Unit]:
    """The units, with the characters of each that no part could hold in its place."""
    if all(weight <= limit for _, weight in found):
        return found
    return [
        piece
        for unit, weight in found
        for piece in ([(unit, weight)] if weight <= limit else [(one, weigh(units(one))) for one in unit])
    ]


def _joined(units: Sequence[Unit], start: int, end: int) -> str:
    return "".join(unit for unit, _ in units[start:end])


def _end(units: Sequence[Unit], start: int, limit: int) -> int:
    """Where the part that begins here ends: all the rest, behind a line, behind a word, or as far as it goes."""
    weight, half = 0, start
    line = word = -1
    for place in range(start, len(units)):
        unit, heavy = units[place]
        weight += heavy
        if weight > limit:
            behind = place if unit.isspace() else word
            return next(end for end in (line if line > half else -1, behind, place) if end > start or end == place)
        half = place if weight <= limit // 2 else half
        line = place + 1 if unit == "\n" else line
        word = place + 1 if unit.isspace() else word
    return len(units)
