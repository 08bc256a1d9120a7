"""The testing kit: ``play`` a bot with simulated users in virtual time; ``crash_everywhere`` repeats it with crashes.

Nothing is imported before it is used, as the pytest plugin lives here and is loaded into every test run.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chinwag.core.errors import Ambiguous, RateLimited, Refused, Unreachable
    from chinwag.testing.clock import VirtualClock
    from chinwag.testing.crash import crash_everywhere, evict_everywhere, fail_everywhere, three_ways
    from chinwag.testing.loop import VirtualLoop
    from chinwag.testing.network import SimulatedNetwork
    from chinwag.testing.user import User
    from chinwag.testing.world import World, play

__all__ = [
    "Ambiguous",
    "RateLimited",
    "Refused",
    "SimulatedNetwork",
    "Unreachable",
    "User",
    "VirtualClock",
    "VirtualLoop",
    "World",
    "crash_everywhere",
    "evict_everywhere",
    "fail_everywhere",
    "play",
    "three_ways",
]

_HOMES = {
    "Ambiguous": "chinwag.core.errors",
    "RateLimited": "chinwag.core.errors",
    "Refused": "chinwag.core.errors",
    "Unreachable": "chinwag.core.errors",
    "SimulatedNetwork": ".network",
    "User": ".user",
    "VirtualClock": ".clock",
    "VirtualLoop": ".loop",
    "World": ".world",
    "crash_everywhere": ".crash",
    "evict_everywhere": ".crash",
    "fail_everywhere": ".crash",
    "play": ".world",
    "three_ways": ".crash",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        msg = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(msg)
    from importlib import import_module  # noqa: PLC0415 - see above

    return getattr(import_module(home, __name__), name)
