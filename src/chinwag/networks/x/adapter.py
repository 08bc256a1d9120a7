"""An account on X as a network.

Owns the life of one account: who it is, the way in, and what becomes of each message on the way out. X takes no keys.
It refuses a text that it has already, though: after an attempt that nobody answered, that means the post is there;
otherwise the post is skipped. Nothing is posted beyond the month's budget; what is too much waits for the next month.
``closed`` is set when there is no point in going on, and ``failure`` says why.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

from chinwag.core.errors import Ambiguous, ChinwagError, RateLimited, Refused, SendError, Unreachable
from chinwag.core.posts import TIMELINE, is_direct
from chinwag.core.recent import Recent
from chinwag.core.values import Arrival, Attachment, Outgoing
from chinwag.networks.x import outgoing, schema, wire
from chinwag.networks.x.client import Client, Duplicate
from chinwag.networks.x.hearing import DIRECTS, MENTIONS, PLACES, Hearing
from chinwag.networks.x.media import Uploads
from chinwag.networks.x.outgoing import Call
from chinwag.networks.x.purse import Purse
from chinwag.networks.x.settings import Settings
from chinwag.networks.x.spending import POSTS, READS, SPENT
from chinwag.ports import Budget, Inbox, Memory, Receipt
from chinwag.transport.answers import Revoked
from chinwag.transport.fetching import given
from chinwag.transport.keeper import Keeper
from chinwag.transport.pauses import Pauses
from chinwag.transport.threads import Threads

MOST_REMEMBERED = 1_000
ME = "me"
SKIPPED = "skipped: the network has this text already"
PATIENCE = 10.0
"""Seconds that a message waits for the store to say what was spent."""

log = logging.getLogger("chinwag")


class X:
    """One account on X.

    Args:
        account: the account's name, such as ``x:blake``.
        settings: its keys, and what it may spend.
        hears: whether anything that arrives is of use to the bot; if not, it is not looked for.
        now: the time, in seconds since the epoch.

    Attributes:
        finished: never set; X does not end.
        closed: set when it cannot go on.
        failure: then, why.
        ready: whether messages can go out.

    Raises:
        UsageError: if the key file cannot be used.
    """

    numbered: bool = True
    window: int = 0
    echoes: bool = False
    posts: bool = False

    def __init__(
        self, account: str, settings: Settings, *, hears: bool = True, now: Callable[[], float] = time.time
    ) -> None:
        self.finished = asyncio.Event()
        self.closed = asyncio.Event()
        self.failure: ChinwagError | None = None
        self._account, self._settings, self._now = account, settings, now
        self._hears = hears and settings.look_every > 0
        self._client = Client(settings, now)
        self._purse = Purse(settings, now)
        self._uploads = Uploads(self._client)
        self._memory: Memory | None = None
        self._opened = asyncio.Event()
        self._partly = Threads()
        self._doubtful: Recent[int, str] = Recent(MOST_REMEMBERED)
        self._usernames: Recent[str, str] = Recent(MOST_REMEMBERED)
        self._told = False
        self._hearing: Hearing | None = None
        self._keeper: Keeper | None = None
        self._life: asyncio.Task[None] | None = None

    # -- life ---------------------------------------------------------------------------------------------------------

    async def start(self, inbox: Inbox) -> None:
        """Begin to look for what comes; what goes wrong is tried again, and is no error here.

        Args:
            inbox: where what arrives is put.
        """
        self._inbox = inbox
        self._life = asyncio.get_running_loop().create_task(self._live(), name=self._account)

    async def stop(self) -> None:
        """Look no more, and let go."""
        if self._life is not None:
            self._life.cancel()
            await asyncio.gather(self._life, return_exceptions=True)
        if self._keeper is not None:
            await self._keeper.close()
        await self._client.close()

    def restore(self) -> None:
        """Nothing was changed."""

    def remember_in(self, memory: Memory) -> None:
        """Take what remembers what was spent, and up to where everything is durable.

        Args:
            memory: the account's.
        """
        self._memory = memory

    @property
    def ready(self) -> bool:
        """Whether messages can go out."""
        return self._opened.is_set() and self.failure is None

    @property
    def budget(self) -> Budget | None:
        """What is left of the month, or of what X lets the account do, if that is tighter."""
        last, month = self._client.allowance, self._purse.budget
        tighter = last is not None and last.left < month.left and last.resets > self._now()
        return last.budget if last is not None and tighter else month

    async def _live(self) -> None:
        try:
            kept = await self._memory.recall() if self._memory is not None else {}
            self._purse.open(self._memory, kept.get(SPENT))
            self._opened.set()
            if self._hears:
                await self._listen(kept)
        except Revoked as error:
            self._fail(f"X does not let this account in: {error}. Try `chinwag auth x --redo`.")
        except Refused as error:
            self._fail(f"X does not answer as it should: {error}")

    async def _listen(self, kept: dict[str, Any]) -> None:
        pauses = Pauses(self._account, "X")
        me = await self._introduced(pauses, kept)
        places = {kind: place for kind, place in dict(kept.get(PLACES) or {}).items() if isinstance(place, str)}
        self._keeper = Keeper(self._memory, PLACES)
        self._hearing = Hearing(
            self._account,
            self._client,
            wire.Reader(self._account, me),
            me.id,
            (MENTIONS, DIRECTS) if self._settings.direct else (MENTIONS,),
            places,
            self._take,
            self._keeper,
            self._purse,
            self._now,
        )
        await self._hearing.run(pauses, self._settings.look_every, asyncio.sleep)

    async def _introduced(self, pauses: Pauses, kept: dict[str, Any]) -> schema.User:
        """Who we are: remembered for these keys, as asking costs."""
        mark = sha256(repr((self._settings.token, self._settings.client_id, self._settings.key_file)).encode())
        digest = mark.hexdigest()[:16]
        known = kept.get(ME)
        if isinstance(known, list) and known[:1] == [digest]:
            return schema.User(str(known[1]), str(known[2]))
        me = await pauses.insist(partial(self._client.get, "/2/users/me", wire.me), Revoked)
        if self._memory is not None:
            await self._memory.keep(ME, [digest, me.id, me.username])
        return me

    def _fail(self, words: str) -> None:
        self.failure = ChinwagError(words)
        self.closed.set()

    def _take(self, arrival: Arrival, done: Callable[[], None]) -> None:
        self._usernames[arrival.user] = arrival.name
        self._inbox.receive(arrival, done)

    async def fetch(self, attachment: Attachment) -> bytes:
        """The bytes of a file that came along.

        Args:
            attachment: the file.

        Raises:
            FetchError: if they cannot be had.
        """
        return await given(self._account, "X", self._client.fetch(attachment.link))

    # -- out ----------------------------------------------------------------------------------------------------------

    async def send(self, message: Outgoing) -> Receipt:
        """Send a message.

        Raises:
            Refused, RateLimited, Unreachable, Ambiguous: see ``chinwag.core.errors``.
        """
        if self.failure is not None:
            raise Unreachable(str(self.failure))
        try:
            async with asyncio.timeout(PATIENCE):
                await self._opened.wait()
        except TimeoutError:
            raise Unreachable("the store has not said yet what was spent") from None
        try:
            return await self._act(message)
        except Revoked as error:
            self._fail(f"X does not let this account in any more: {error}")
            raise Unreachable(str(self.failure)) from None

    async def _act(self, message: Outgoing) -> Receipt:
        if message.act == "edit":
            raise Refused("X does not let a post be changed")
        if message.act == "delete":
            return await self._delete(message)
        calls = outgoing.calls(message, await self._username(message))
        notes: list[str] = []
        made = await self._partly.made(message.id, calls, partial(self._post, message, notes))
        self._uploads.forget(message.id)
        self._doubtful.pop(message.id, None)
        return Receipt(outgoing.reference(made), notes[0] if notes else "")

    async def _post(self, message: Outgoing, notes: list[str], call: Call, made: Sequence[str]) -> str:
        """Make a call, within the budget: the mark and the id of what it made; no id, and a note, if X had it."""
        self._wait_for_leave(call)
        direct = bool(call.to)
        media = [await self._uploads.id_of(message.id, call.file, direct=direct)] if call.file is not None else []
        if made and not direct and len(made[-1]) > 1:
            call = Call(call.text, reply=made[-1][1:])
        if not await self._purse.take(POSTS, 1):
            self._wait_for_leave(call)
        try:
            return call.mark + await self._client.post(call.path, call.fields(media))
        except Duplicate:
            self._purse.give_back(POSTS, 1)
            notes += [] if message.id in self._doubtful else [SKIPPED]
            return call.mark
        except Ambiguous:
            self._doubtful[message.id] = call.text
            raise
        except SendError:
            self._purse.give_back(POSTS, 1)
            raise

    def _wait_for_leave(self, call: Call) -> None:
        """Ask for nothing while nothing is left: of the month, or of what X said."""
        if not self._purse.left(POSTS):
            if not self._told:
                log.warning("%s: the posts of this month are used up; what is said waits for the next.", self._account)
            self._told = True
            raise RateLimited("the posts of this month are used up", self._purse.wait)
        self._told = False
        last = self._client.allowance
        if not call.to and last is not None and (wait := last.wait(self._now(), wire.LONGEST_WAIT)):
            raise RateLimited("X lets this account post no more for now", wait)

    async def _username(self, message: Outgoing) -> str:
        """Whom a post in public is for, if it answers none; empty for any other."""
        if message.reply or is_direct(message) or message.room == TIMELINE:
            return ""
        who = message.room.removeprefix("@")
        if who not in self._usernames:
            if not await self._purse.take(READS, 1):
                raise Refused("whom this is for is not known by name, and the reads of this month are used up")
            found = await self._client.get(f"/2/users/{who}", wire.me, ("user.fields", "username"))
            self._usernames[who] = found.username
        return self._usernames[who]

    async def _delete(self, message: Outgoing) -> Receipt:
        there = outgoing.references(message.ref)
        if not there:
            raise Refused("the message that is meant was never sent, or X had it already")
        for mark, id_ in reversed(there):
            await self._client.delete(f"/2/{'tweets' if mark == 'p' else 'dm_events'}/{id_}")
        return Receipt()
