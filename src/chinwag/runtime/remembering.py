"""What a network keeps of its own: a few values for each account, in the same store as all else.

Written as durable data of a user who has no id, so no conversation meets it; a write is an input like any other, and is
decided again if its commit fails.
"""

import asyncio
from typing import TYPE_CHECKING, Any

from chinwag.runtime.draft import Draft
from chinwag.runtime.inputs import Kept

if TYPE_CHECKING:
    from chinwag.runtime.worker import Worker


class Memory:
    """What one account's network remembers.

    Args:
        worker: commits it.
        account: the account's name.
    """

    __slots__ = ("_user", "_worker")

    def __init__(self, worker: "Worker", account: str) -> None:
        self._worker = worker
        self._user = f"{account}/"

    async def recall(self) -> dict[str, Any]:
        """All that was kept."""
        return (await self._worker.store.data([self._user])).get(self._user, {})

    async def keep(self, key: str, value: Any) -> None:
        """Keep a value; it is durable when this returns.

        Args:
            key: its name.
            value: plain JSON.
        """
        durable: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def done() -> None:
            if not durable.done():  # whoever waits may have been cancelled
                durable.set_result(None)

        self._worker.put(Kept(self._user, key, value, done))
        await durable


def write(draft: Draft, item: Kept) -> None:
    """Put what is to be kept into the draft.

    Args:
        draft: nothing in it has happened yet.
        item: what is to be kept.
    """
    key = (item.user, item.key)
    draft.batch.writes.pop(key, None)
    draft.batch.writes[key] = (*key, draft.raw(item.value))
    draft.rows += 1
    draft.acks.append(item.done)
