"""How far what a network brought is durable. Pure.

What was handed over becomes durable in any order; a network is asked, after a restart, only for what comes behind the
place up to which all is.
"""


class Progress:
    """The ids that were handed over, and are not durable yet. Later ids are longer, or greater.

    Args:
        place: the id up to which all is durable; empty if nothing was handed over yet.

    >>> progress = Progress("7")
    >>> progress.begin("8"), progress.begin("9"), progress.begin("9")
    (True, True, False)
    >>> progress.end("9"), progress.place
    (False, '7')
    >>> progress.end("8"), progress.place
    (True, '9')
    """

    __slots__ = ("_ended", "_open", "place")

    def __init__(self, place: str = "") -> None:
        self.place = place
        self._open: set[str] = set()
        self._ended: set[str] = set()

    def begin(self, number: str) -> bool:
        """An id comes; false if it is under way already.

        Args:
            number: the id.
        """
        if number in self._open:
            return False
        self._open.add(number)
        return True

    def end(self, number: str) -> bool:
        """An id is durable; whether the place has moved.

        Args:
            number: the id.
        """
        self._open.discard(number)
        self._ended.add(number)
        first = min(self._open, key=order) if self._open else None
        past = {ended for ended in self._ended if first is None or order(ended) < order(first)}
        self._ended -= past
        newest = max(past, key=order, default=self.place)
        moved = order(newest) > order(self.place)
        self.place = newest if moved else self.place
        return moved


def order(number: str) -> tuple[int, str]:
    """What ids are sorted by: they are numbers of any length.

    >>> order("10") > order("9")
    True
    """
    return len(number), number
