"""A cage of the zoo: one odd conversation with a script, and the network that it wants."""

from collections.abc import Callable
from functools import partial

from msgspec import Struct

from chinwag import Bot
from chinwag.testing import SimulatedNetwork, World

Script = Callable[[World], None]


class Cage(Struct, frozen=True):
    name: str
    bot: Bot
    script: Script
    network: Callable[[], SimulatedNetwork] = SimulatedNetwork
    most: int | None = None


class Zoo:
    """The cages of one bot, in order."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self.cages: list[Cage] = []

    def __call__(
        self,
        script: Script | None = None,
        *,
        network: Callable[[], SimulatedNetwork] = SimulatedNetwork,
        most: int | None = None,
    ) -> Callable[..., Script]:
        def shut_in(script: Script) -> Script:
            self.cages.append(Cage(script.__name__, self.bot, script, network, most))
            return script

        return shut_in(script) if script is not None else shut_in  # type: ignore[return-value]


NUMBERED = partial(SimulatedNetwork, numbered=True)
KEYED = partial(SimulatedNetwork, window=3_600_000_000)
SLOW = partial(SimulatedNetwork, latency=0.0)
