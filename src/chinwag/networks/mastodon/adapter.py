"""An account on Mastodon as a network.

Owns the life of one account: who it is, what its instance allows, the way in, and what becomes of each message on the
way out. A message of several posts goes on, after a failure, with the post that failed; each post has a key of its own,
so one that may have arrived is posted again and arrives once. How much is left the instance says itself, and is not
asked once it is nothing. ``closed`` is set when there is no point in going on, and ``failure`` says why.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from chinwag.core.errors import ChinwagError, RateLimited, Refused, SendError, Unreachable
from chinwag.core.posts import TIMELINE
from chinwag.core.recent import Recent
from chinwag.core.values import Arrival, Attachment, Outgoing
from chinwag.networks.mastodon import outgoing, wire
from chinwag.networks.mastodon.client import Client
from chinwag.networks.mastodon.hearing import Hearing
from chinwag.networks.mastodon.instance import Instances, Known
from chinwag.networks.mastodon.media import Uploads
from chinwag.networks.mastodon.outgoing import Post
from chinwag.networks.mastodon.schema import Instance
from chinwag.networks.mastodon.settings import Settings
from chinwag.ports import Budget, Inbox, Memory, Receipt
from chinwag.transport.answers import Revoked
from chinwag.transport.fetching import given
from chinwag.transport.pauses import Pauses
from chinwag.transport.threads import Threads

MINUTE = 60_000_000
WINDOW = 50 * MINUTE
"""Mastodon keeps a key for an hour: https://docs.joinmastodon.org/methods/statuses/#headers"""
PATIENCE = 10.0
"""Seconds that a message waits for the instance to say who we are."""
MOST_REMEMBERED = 1_000

log = logging.getLogger("chinwag")


class Mastodon:
    """One account on Mastodon.

    Args:
        account: the account's name, such as ``mastodon:blake``.
        settings: the instance, the token.
        hears: whether anything that arrives is of use to the bot; if not, nothing is listened to.

    Attributes:
        finished: never set; Mastodon does not end.
        closed: set when it cannot go on.
        failure: then, why.
        ready: whether the instance has said who we are.
    """

    numbered: bool = True
    window: int = WINDOW
    echoes: bool = False
    posts: bool = True

    def __init__(self, account: str, settings: Settings, *, hears: bool = True) -> None:
        self.finished = asyncio.Event()
        self.closed = asyncio.Event()
        self.failure: ChinwagError | None = None
        self._account = account
        self._hears = hears
        self._client = Client(settings)
        self._settings = self._client.settings
        self._memory: Memory | None = None
        self._uploads = Uploads(self._client)
        self._partly = Threads()
        self._threads: Recent[str, str] = Recent(MOST_REMEMBERED)
        self._known: Known | None = None
        self._asked = asyncio.Event()
        self._trouble = "the instance has not said yet who we are"
        self._life: asyncio.Task[None] | None = None

    # -- life ---------------------------------------------------------------------------------------------------------

    async def start(self, inbox: Inbox) -> None:
        """Begin to listen; what goes wrong is tried again, and is no error here.

        Args:
            inbox: where what arrives is put.
        """
        self._inbox = inbox
        self._life = asyncio.get_running_loop().create_task(self._live(), name=self._account)

    async def stop(self) -> None:
        """Listen no more, and let go."""
        if self._life is not None:
            self._life.cancel()
            await asyncio.gather(self._life, return_exceptions=True)
        await self._client.close()

    def restore(self) -> None:
        """Nothing was changed."""

    def remember_in(self, memory: Memory) -> None:
        """Take what remembers up to where everything is durable.

        Args:
            memory: the account's.
        """
        self._memory = memory

    @property
    def ready(self) -> bool:
        """Whether the instance has said who we are."""
        return self._known is not None and self.failure is None

    @property
    def budget(self) -> Budget | None:
        """What the instance said last of how much it lets the account do."""
        last = self._client.allowance
        return last.budget if last is not None else None

    async def _live(self) -> None:
        pauses = Pauses(self._account, "Mastodon")
        try:
            known = await self._introduced(pauses)
            if self._hears:
                reader = wire.Reader(self._account, known.me, known.instance.domain)
                streams = known.streams(self._settings)
                await Hearing(self._client, reader, streams, self._memory, self._take, pauses).run()
        except Revoked as error:
            self._fail(f"{self._settings.base} does not let this account in: {error}. Try `chinwag auth --redo`.")
        except Refused as error:
            self._fail(f"{self._settings.base} does not answer as an instance of Mastodon does: {error}")

    async def _introduced(self, pauses: Pauses) -> Known:
        """Ask who we are and what the instance allows, until both are answered."""
        self._known = await pauses.insist(self._ask, Revoked, self._unknown)
        self._asked.set()
        return self._known

    async def _ask(self) -> Known:
        me = await self._client.get("/api/v1/accounts/verify_credentials", wire.account)
        return Known(me, await Instances.ask(self._settings, self._client))

    def _unknown(self, error: SendError) -> str:
        """There was no answer; whoever waits for the first one has it."""
        self._trouble = f"{self._settings.base} cannot be reached ({error})"
        self._asked.set()
        return f"{self._trouble}."

    def _fail(self, words: str) -> None:
        self.failure = ChinwagError(words)
        self._trouble = words
        self._asked.set()  # whoever waits for it has nothing to wait for any more
        self.closed.set()

    def _take(self, arrival: Arrival, done: Callable[[], None]) -> None:
        if arrival.direct and arrival.ref:
            self._threads[arrival.room] = arrival.ref.partition(":")[0]
        self._inbox.receive(arrival, done)

    async def fetch(self, attachment: Attachment) -> bytes:
        """The bytes of a file that came along.

        Args:
            attachment: the file.

        Raises:
            FetchError: if they cannot be had.
        """
        return await given(self._account, "Mastodon", self._client.fetch(attachment.link))

    # -- out ----------------------------------------------------------------------------------------------------------

    async def send(self, message: Outgoing) -> Receipt:
        """Send a message.

        Raises:
            Refused, RateLimited, Unreachable, Ambiguous: see ``chinwag.core.errors``.
        """
        if self.failure is not None:
            raise Unreachable(str(self.failure))
        known = await self._acquainted()
        self._spend()
        acts: dict[str, Callable[[Outgoing, Known], Awaitable[Receipt]]] = {
            "say": self._say,
            "edit": self._edit,
            "delete": self._delete,
        }
        try:
            return await acts[message.act](message, known)
        except Revoked as error:
            self._fail(f"{self._settings.base} does not let this account in any more: {error}")
            raise Unreachable(str(self.failure)) from None

    async def _acquainted(self) -> Known:
        """What is known of the instance; a message that comes before that waits for the first answer, but no longer."""
        if not self._asked.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await self._asked.wait()
        if self._known is None:
            raise Unreachable(self._trouble)
        return self._known

    def _spend(self) -> None:
        """Ask for nothing while the instance has said that nothing is left."""
        last = self._client.allowance
        if last is not None and (wait := last.wait(time.time(), wire.LONGEST_WAIT)):
            raise RateLimited("the instance lets this account do no more for now", wait)

    async def _say(self, message: Outgoing, known: Known) -> Receipt:
        posts = outgoing.posts(message, known.rules(self._settings))
        made = await self._partly.made(message.id, posts, partial(self._post, message))
        self._uploads.forget(message.id)
        if not message.room.startswith(("@", TIMELINE)):
            self._threads[message.room] = made[-1]
        return Receipt(outgoing.reference(made))

    async def _post(self, message: Outgoing, post: Post, made: Sequence[str]) -> str:
        """Make a post, behind those of its message that are made."""
        reply = made[-1] if made else post.reply or self._threads.get(message.room, "")
        media = [await self._uploaded(message.id, post.file)] if post.file is not None else []
        key = f"{message.key}-{len(made)}" if message.key else ""
        return (await self._client.post("/api/v1/statuses", post.fields(reply, media), wire.status, key)).id

    async def _uploaded(self, message: int, file: Attachment) -> str:
        instance = self._known.instance if self._known is not None else Instance()
        return await self._uploads.id_of(message, file, instance.configuration.media_attachments)

    async def _edit(self, message: Outgoing, known: Known) -> Receipt:
        """Every post that there is gets its text anew; what is too much goes, what is too little is posted behind."""
        there = outgoing.references(message.ref)
        if not there:
            raise Refused("the message that is meant was never sent")
        posts = outgoing.posts(message, known.rules(self._settings))
        for id_, post in zip(there, posts, strict=False):
            await self._change(id_, post)
        for id_ in reversed(there[len(posts) :]):
            await self._client.delete(f"/api/v1/statuses/{id_}")
        made = there[: len(posts)]
        for post in posts[len(there) :]:
            made.append(await self._post(message, post, made))
        return Receipt()

    async def _change(self, id_: str, post: Post) -> None:
        """Change a post; its files stay, which they only do if they are named."""
        there = await self._client.get(f"/api/v1/statuses/{id_}", wire.status)
        fields: dict[str, Any] = post.fields("", [media.id for media in there.media_attachments])
        del fields["visibility"]
        await self._client.put(f"/api/v1/statuses/{id_}", fields, wire.status)

    async def _delete(self, message: Outgoing, _: Known) -> Receipt:
        there = outgoing.references(message.ref)
        if not there:
            raise Refused("the message that is meant was never sent")
        for id_ in reversed(there):
            await self._client.delete(f"/api/v1/statuses/{id_}")
        return Receipt()
