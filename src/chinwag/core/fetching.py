"""Where ``attachment.read()`` gets its bytes: whatever runs a step says so for the time of the step.

The core fetches nothing itself. Outside a step there is nobody to fetch, and the refusal says what to write.
"""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from chinwag.core.errors import UsageError

Fetch = Callable[[Any], Awaitable[bytes]]

FETCH: ContextVar[Fetch | None] = ContextVar("chinwag_fetch", default=None)
"""Set in the context of a step: fetches an attachment from the network that it came from."""


def fetcher() -> Fetch:
    """What fetches attachments here.

    Raises:
        UsageError: outside a step.
    """
    fetch = FETCH.get()
    if fetch is None:
        msg = (
            "a file is read in a step: write `async def save(file): data = await file.read() ...` and "
            "`await chat.step(save, message.attachments[0])`"
        )
        raise UsageError(msg)
    return fetch
