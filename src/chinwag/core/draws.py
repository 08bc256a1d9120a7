"""``chat.random`` and ``chat.uuid``: numbers drawn from a counter over the conversation's seed.

The same on replay, with nothing to store but the seed and a count. One object serves all conversations; a Mersenne
Twister for each would weigh 2.5 KB.
"""

import random
from hashlib import blake2b
from typing import Any, NoReturn

from chinwag.core.errors import UsageError
from chinwag.core.running import running

_BLOCK = 512
_FLOAT_BITS = 53


def _draw(bits: int) -> int:
    conversation = running()
    conversation.here()
    number = conversation.draws
    conversation.draws = number + 1
    size = min(_BLOCK, bits) // 8 + 1 if bits < _BLOCK else _BLOCK // 8
    digest = blake2b(number.to_bytes(8, "little"), digest_size=size, key=conversation.seed).digest()
    return int.from_bytes(digest, "little")


class CounterRandom(random.Random):
    """A ``random.Random`` whose numbers come from the running conversation."""

    def random(self) -> float:
        """Draw a float in [0, 1)."""
        return (_draw(_FLOAT_BITS) & ((1 << _FLOAT_BITS) - 1)) * 2.0**-_FLOAT_BITS

    def getrandbits(self, k: int) -> int:
        """Draw an integer of ``k`` random bits.

        Raises:
            ValueError: if ``k`` is negative.
        """
        if k < 0:
            msg = "number of bits must be non-negative"
            raise ValueError(msg)
        value, have = 0, 0
        while have < k:
            value |= _draw(min(_BLOCK, k - have)) << have
            have += _BLOCK
        return value & ((1 << k) - 1)

    def gauss(self, mu: float = 0.0, sigma: float = 1.0) -> float:
        """Draw from a normal distribution; the inherited method keeps a number back for the next caller."""
        return self.normalvariate(mu, sigma)

    def seed(self, *_: Any, **__: Any) -> None:
        """Refuse, once the object is made: every conversation has a seed of its own."""
        if RANDOM is not None:
            self._fixed()

    def getstate(self) -> tuple[Any, ...]:
        """Refuse: there is no state but the conversation's."""
        self._fixed()

    def setstate(self, state: tuple[Any, ...]) -> None:
        """Refuse: there is no state but the conversation's."""
        del state
        self._fixed()

    @staticmethod
    def _fixed() -> NoReturn:
        msg = "chat.random cannot be seeded: its numbers are fixed by the conversation, and the same on replay"
        raise UsageError(msg)


RANDOM: random.Random = None  # type: ignore[assignment]  # seed() runs while it is being made
RANDOM = CounterRandom()
