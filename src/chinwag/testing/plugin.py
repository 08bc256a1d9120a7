"""The pytest plugin: a fixture that gives worlds and closes them.

It is loaded into every test run of everybody who has Chinwag installed, so it imports nothing before a test asks for
it.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from chinwag.testing.world import World


@pytest.fixture
def play() -> Iterator[Callable[..., "World"]]:
    """``chinwag.testing.play`` without ``with``: the worlds are closed at the end of the test."""
    from chinwag.testing.world import play as begin  # noqa: PLC0415 - see above

    with ExitStack() as worlds:

        def enter(*args: Any, **options: Any) -> "World":
            return worlds.enter_context(begin(*args, **options))

        yield enter
