"""Which deliveries of a channel can be acknowledged, and how few frames that takes. Pure.

Owns the tags of one channel. All up to the first that is not done yet are acknowledged at once, as AMQP lets one; those
behind it one by one, so a delivery that is never done holds up no other.

AMQP 0-9-1, basic.ack with ``multiple``.
"""


class Acks:
    """The tags of one channel.

    >>> acks = Acks()
    >>> for tag in (1, 2, 3, 4):
    ...     acks.open(tag)
    >>> for tag in (1, 2, 4):
    ...     acks.settle(tag, taken=True)
    >>> acks.taken()
    [(2, True), (4, False)]
    """

    def __init__(self) -> None:
        self._open: dict[int, None] = {}
        self._taken: set[int] = set()
        self._left: list[int] = []

    @property
    def waiting(self) -> int:
        """How many are settled, and not told yet."""
        return len(self._taken) + len(self._left)

    def open(self, tag: int) -> None:
        """A delivery has come."""
        self._open[tag] = None

    def settle(self, tag: int, *, taken: bool) -> None:
        """It is done, or cannot be; the second word on one counts for nothing.

        Args:
            tag: of the delivery.
            taken: whether it was taken in.
        """
        if tag not in self._open or tag in self._taken:
            return
        if taken:
            self._taken.add(tag)
        else:
            del self._open[tag]
            self._left.append(tag)

    def left(self) -> list[int]:
        """Those that cannot be taken in; each is told once."""
        left, self._left = self._left, []
        return left

    def taken(self) -> list[tuple[int, bool]]:
        """Those to be acknowledged, and whether all before them are meant, too; each is told once."""
        up_to = 0
        for tag in self._open:
            if tag not in self._taken:
                break
            up_to = tag
        found = [(up_to, True)] if up_to else []
        found += [(tag, False) for tag in sorted(self._taken) if tag > up_to]
        for tag in self._taken:
            del self._open[tag]
        self._taken.clear()
        return found
