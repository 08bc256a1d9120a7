"""The collector of reference cycles, set for a process that holds many conversations.

Turns make no cycles to speak of, and everything alive is walked at every full collection: with the defaults that is a
tenth of a busy worker's time. What was imported is left out for good, the rest is looked at more rarely.
"""

import gc

YOUNG, MIDDLE, OLD = 50_000, 20, 100


def tune_collector() -> None:
    """Set the collector for a process that serves bots; a library would leave it alone."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
