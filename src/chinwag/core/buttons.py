"""The data of a button: which message of the outbox it hangs on, and which of its choices it is. Pure.

A network keeps it and gives it back with a press, perhaps years later. What others wrote there is none of ours.
"""

LONGEST_NUMBER = 18
"""Digits of a number in the outbox."""


def button(number: int, index: int) -> str:
    """The data of a button.

    Args:
        number: of its message in the outbox.
        index: of its choice.

    >>> pressed(button(1234, 2))
    (1234, '2')
    """
    return f"{number}:{index}"


def pressed(data: str) -> tuple[int, str]:
    """Read the data of a button back: number and index; number 0 if it is none of ours.

    Args:
        data: what came with a press.

    >>> pressed("buy")
    (0, '')
    """
    number, _, index = data.partition(":")
    ours = number.isascii() and number.isdecimal() and len(number) <= LONGEST_NUMBER and index.isascii()
    return (int(number), index) if ours and index.isdecimal() else (0, "")
