"""Random bytes for new conversations."""

import os


class Seeds:
    """Random bytes for new conversations, drawn from the system many at a time: each call of it costs microseconds."""

    __slots__ = ("_pool",)

    def __init__(self) -> None:
        self._pool: list[bytes] = []

    def __call__(self) -> bytes:
        """Take 16 bytes."""
        if not self._pool:
            block = os.urandom(16 * 256)
            self._pool = [block[i : i + 16] for i in range(0, len(block), 16)]
        return self._pool.pop()
