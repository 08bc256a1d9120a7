"""What is remembered as long as there is room for it. Pure.

For what is of use and never needed: whoever is forgotten costs a question more, or an answer that is a little less apt.
"""

from typing import TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Recent(dict[K, V]):
    """A mapping that has what was set last, and forgets what was set before that.

    Args:
        most: how many keys it may have.

    >>> recent = Recent[str, int](2)
    >>> for word in ("one", "two", "one", "three"):
    ...     recent[word] = len(word)
    >>> recent
    {'one': 3, 'three': 5}
    """

    __slots__ = ("_most",)

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: V) -> None:
        self.pop(key, None)
        if len(self) >= self._most:
            del self[next(iter(self))]
        super().__setitem__(key, value)
