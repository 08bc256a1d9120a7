"""Long polling: updates are fetched, handed over, and confirmed once all up to them are durable.

Owns the offset, which moves only behind a commit, and the pauses. Whatever goes wrong is told once, in words, and is
tried again with growing pauses; only a token that Telegram does not know ends it. ``drop_pending_updates`` is never
used: what was sent while the bot was down was sent to it.
"""

import asyncio
import logging
from collections.abc import Callable
from http import HTTPStatus

from chinwag.core.errors import Ambiguous, RateLimited, Refused, Unreachable
from chinwag.networks.telegram.client import BadToken, Client
from chinwag.networks.telegram.outgoing import Call
from chinwag.networks.telegram.window import Window
from chinwag.networks.telegram.wire import ALLOWED, Answer, Reader, Update
from chinwag.transport.pauses import Pauses

LONGEST_POLL = 30
"""Seconds that Telegram may wait for an update."""
SHORTEST_POLL = 1.0
"""An empty answer that comes sooner is none that waited; then we wait ourselves."""
AT_ONCE = 100
PATIENCE = 5.0
"""Seconds that a batch may take to become durable before what comes behind it is looked at."""

log = logging.getLogger("chinwag")


class Polling:
    """Fetches updates until it is cancelled.

    Args:
        client: the connection.
        reader: reads updates.
        window: what is under way.
        take: hands an update over; whether it was new.
        pauses: waits, and tells of failures.
    """

    def __init__(
        self, client: Client, reader: Reader, window: Window, take: Callable[[Update], bool], pauses: Pauses
    ) -> None:
        self._client, self._reader = client, reader
        self._window, self._take = window, take
        self._pauses = pauses
        self._stuck = False
        self._begun = False

    async def run(self) -> None:
        """Fetch, for ever.

        Raises:
            BadToken: Telegram does not know the token.
        """
        while True:
            answer = await self._fetch()
            if answer is not None:
                await self._hand_over(answer.updates)

    async def _fetch(self) -> Answer | None:
        """One answer; None if there was none, after a pause."""
        wait = 0 if self._stuck else LONGEST_POLL
        parameters = {"offset": self._window.offset, "timeout": wait, "limit": AT_ONCE, "allowed_updates": ALLOWED}
        before = asyncio.get_running_loop().time()
        try:
            status, data = await self._client.fetch(parameters, wait)
        except Unreachable as error:
            await self._pauses.rest(f"Telegram cannot be reached ({error}).")
            return None
        answer = self._reader.answer(data)
        if answer.code:
            await self._refused(status, answer)
            return None
        self._pauses.over()
        self._begun = True
        if not answer.updates and wait and asyncio.get_running_loop().time() - before < SHORTEST_POLL:
            await self._pauses.sleep(SHORTEST_POLL)
        return answer

    async def _hand_over(self, updates: list[Update]) -> None:
        """Hand updates over, and wait for the commit; one that gets none does not hold up what comes later."""
        fresh = [update for update in updates if self._take(update)]
        if updates and not fresh:  # they will come again at once
            await self._pauses.sleep(SHORTEST_POLL)
        cleared = await self._window.clear(PATIENCE)
        if not cleared and not self._stuck:
            log.warning("%s: %d updates wait for their commit.", self._pauses.name, self._window.open)
        self._stuck = not cleared

    async def _refused(self, status: int, answer: Answer) -> None:
        """Telegram refuses: say why, and wait."""
        reason = self._client.scrub(answer.reason)
        if answer.code == HTTPStatus.UNAUTHORIZED:
            raise BadToken(reason)
        if HTTPStatus.CONFLICT in {status, answer.code}:
            await self._contested(reason)
        elif answer.retry_after:
            await self._pauses.rest("Telegram wants us to slow down (429).", answer.retry_after)
        else:
            await self._pauses.rest(f"Telegram has trouble ({status}: {reason}).")

    async def _contested(self, reason: str) -> None:
        """Somebody else gets the updates: a second process, or a webhook."""
        if "webhook" not in reason.lower():
            await self._pauses.rest(
                "another process fetches this bot's updates with the same token (409); only one may, so stop the other."
            )
        elif self._begun:
            await self._pauses.rest("a webhook was set for this bot, and gets its updates now (409); remove it.")
        else:
            log.warning(
                "%s: a webhook was set for this bot; it is removed, as updates are fetched now.", self._pauses.name
            )
            await self._remove_webhook()

    async def _remove_webhook(self) -> None:
        """What waits for it stays, and is fetched."""
        try:
            await self._client.call(Call("deleteWebhook", {}))
        except (Refused, RateLimited, Unreachable, Ambiguous) as error:
            await self._pauses.rest(f"the webhook cannot be removed ({error}).")
