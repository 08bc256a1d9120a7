"""Parse functions, and how an answer becomes one of several options.

A parse function takes the answer's text and returns a value, or raises ValueError for bad input; ``Reject`` is a
ValueError whose text is shown to the user.
"""

import enum
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

from chinwag.core.effects import Choose
from chinwag.core.errors import Reject, UsageError
from chinwag.core.tags import is_text

_YES = re.compile(r"[\W_]*yes(?!\w|['’-]\w)", re.IGNORECASE)
_NO = re.compile(r"[\W_]*(no|n)(?!\w|['’-]\w)", re.IGNORECASE)
_Y = re.compile(r"[\W_]*y(?!\w|['’-]\w)", re.IGNORECASE)
MOST_OPTIONS = 100


def yes(text: str) -> Literal[True]:
    """Accept an answer whose first word is "yes", in any case; refuse all others.

    Raises:
        ValueError: for any other answer.

    >>> yes("Yes! I did")
    True
    >>> yes("yesterday")
    Traceback (most recent call last):
    ValueError: not a yes
    """
    if _YES.match(text) is None:
        msg = "not a yes"
        raise ValueError(msg)
    return True


def yes_or_no(text: str) -> bool:
    """Read a yes or a no, as ``chat.confirm`` does.

    Raises:
        Reject: for any other answer.

    >>> yes_or_no("No, thanks")
    False
    """
    if _YES.match(text) or _Y.match(text):
        return True
    if _NO.match(text):
        return False
    msg = "Please answer yes or no."
    raise Reject(msg)


def at_least(low: int) -> Callable[[str], int]:
    """Make a parse function for whole numbers from ``low`` on.

    Args:
        low: the smallest number that is accepted.

    >>> at_least(3)("7")
    7
    >>> at_least(3)("2")
    Traceback (most recent call last):
    chinwag.core.errors.Reject: Please input a number that is at least 3.
    """

    def parse(text: str) -> int:
        number = int(text)
        if number < low:
            msg = f"Please input a number that is at least {low}."
            raise Reject(msg)
        return number

    parse.__qualname__ = "at_least"
    return parse


def at_most(high: int) -> Callable[[str], int]:
    """Make a parse function for whole numbers up to ``high``.

    Args:
        high: the largest number that is accepted.

    >>> at_most(3)("2")
    2
    """

    def parse(text: str) -> int:
        number = int(text)
        if number > high:
            msg = f"Please input a number that is at most {high}."
            raise Reject(msg)
        return number

    parse.__qualname__ = "at_most"
    return parse


def options(source: Any) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Labels and values of what was given to ``chat.choose``: a list, a mapping label to value, or an Enum.

    Raises:
        UsageError: for no option, too many, an empty label, or two that are alike.

    >>> options({"small": 1, "large": 3})
    (('small', 'large'), (1, 3))
    """
    if isinstance(source, type) and issubclass(source, enum.Enum):
        labels = [m.value if isinstance(m.value, str) else m.name.replace("_", " ").lower() for m in source]
        return _checked(labels), tuple(source)
    if isinstance(source, Mapping):
        return _checked(list(source)), tuple(source.values())
    if isinstance(source, Sequence) and not isinstance(source, str):
        return _checked([str(option) for option in source]), tuple(source)
    msg = f"chat.choose takes a list, a mapping label -> value, or an Enum class, not {source!r}"
    raise UsageError(msg)


def _checked(labels: list[str]) -> tuple[str, ...]:
    if not labels or len(labels) > MOST_OPTIONS:
        msg = f"chat.choose takes 1 to {MOST_OPTIONS} options, not {len(labels)}"
        raise UsageError(msg)
    if not all(isinstance(label, str) and label.strip() and is_text(label) for label in labels):
        msg = f"every option of chat.choose needs a label that is a text and not blank, and valid Unicode: {labels!r}"
        raise UsageError(msg)
    if len({label.strip().casefold() for label in labels}) != len(labels):
        msg = f"the options of chat.choose must differ: {labels!r}"
        raise UsageError(msg)
    return tuple(map(str, labels))


def chosen(effect: Choose, text: str, *, numbered: bool) -> int:
    """The index of the option that an answer names.

    Args:
        effect: the choice.
        text: the answer.
        numbered: whether the network shows the options with their indexes, and so takes an index.

    Raises:
        ValueError: if it names none.
    """
    answer = text.strip()
    if numbered:
        if answer.isascii() and answer.isdigit() and len(answer) < 6 and int(answer) < len(effect.labels):  # noqa: PLR2004
            return int(answer)
        msg = "not an index"
        raise ValueError(msg)
    folded = answer.casefold()
    for index, label in enumerate(effect.labels):
        if label.strip().casefold() == folded:
            return index
    msg = "not an option"
    raise ValueError(msg)
