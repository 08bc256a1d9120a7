"""The outside world, as the interviews ask it."""

from benchmarks.comparison import scripts


async def look_up(topic: str) -> str:
    """Look at the outside world."""
    return scripts.look_up(topic)
