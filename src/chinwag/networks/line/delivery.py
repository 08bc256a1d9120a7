"""Which way messages go to LINE, and what a second try does.

Messages that go together are one call for each five objects. The first call answers its event if the reply token is
fresh, which costs nothing; whatever else is a push, under a key made of the first message's key and the call's place.
LINE takes a token once within its minute, so one that is refused at a second try was used by the first. Calls that were
made are not made again; if a later one fails, all that is known is that some arrived.
"""

from collections.abc import Callable, Sequence

from chinwag.core.errors import Ambiguous, RateLimited, Refused, Unreachable
from chinwag.core.recent import Recent
from chinwag.core.values import Outgoing
from chinwag.networks.line.client import Client, Spent, UsedUp
from chinwag.networks.line.outgoing import Object, objects
from chinwag.networks.line.quota import Quota
from chinwag.networks.line.wire import token_of
from chinwag.ports import Receipt

AT_ONCE = 5
"""Objects that one call may have."""
MOST_REMEMBERED = 10_000

Part = tuple[int, Object]
"""The place of a message among those that go together, and one object of it."""


class Delivery:
    """Sends for one channel.

    Args:
        client: makes the calls.
        quota: counts the pushes.
        now: microseconds since the epoch.
    """

    def __init__(self, client: Client, quota: Quota, now: Callable[[], int]) -> None:
        self._client, self._quota, self._now = client, quota, now
        self._made: Recent[int, dict[int, list[str]]] = Recent(MOST_REMEMBERED)
        self._pushed: Recent[int, None] = Recent(MOST_REMEMBERED)

    async def deliver(self, messages: Sequence[Outgoing], *, again: bool) -> list[Receipt | Refused]:
        """Send messages of one room.

        Args:
            messages: in order; the first has token and key.
            again: whether they may have arrived.

        Returns:
            What became of each.

        Raises:
            RateLimited, Unreachable, Ambiguous, BadToken: for all of them.
        """
        outcomes, parts = _parted(messages)
        sent: list[list[str]] = [[] for _ in messages]
        for number, start in enumerate(range(0, len(parts), AT_ONCE)):
            chunk = parts[start : start + AT_ONCE]
            try:
                ids = await self._once(messages[0], number, chunk, again=again)
            except Refused as error:
                await self._singly(messages, chunk, error, outcomes)
            else:
                for (place, _), id_ in zip(chunk, ids, strict=False):
                    sent[place].append(id_)
        self._made.pop(messages[0].id, None)
        self._pushed.pop(messages[0].id, None)
        return [
            Receipt(",".join(ids)) if isinstance(outcome, Receipt) else outcome
            for outcome, ids in zip(outcomes, sent, strict=True)
        ]

    async def _once(self, first: Outgoing, number: int, chunk: list[Part], *, again: bool) -> list[str]:
        """Make a call, unless it was made."""
        made = self._made.get(first.id, {})
        if number in made:
            return made[number]
        wanted = [one for _, one in chunk]
        try:
            ids = await (self._answer if number == 0 else self._push)(first, number, wanted, again)
        except (RateLimited, Unreachable) as error:
            if made:
                raise Ambiguous(f"a part of it was sent; then {error}") from None
            raise
        self._made[first.id] = {**made, number: ids}
        return ids

    async def _answer(self, first: Outgoing, number: int, wanted: list[Object], again: bool) -> list[str]:  # noqa: FBT001
        """Use the token, if there is one that LINE is certain to take; else push."""
        token, until = token_of(first.reply)
        if not token or first.id in self._pushed:
            return await self._push(first, number, wanted, again)
        if until <= self._now() // 1000:
            if again:
                raise Ambiguous("the reply token is too old to tell whether it was used")
            return await self._push(first, number, wanted, again)
        try:
            return await self._client.reply(token, wanted)
        except Spent:
            if again:
                return []
            self._pushed[first.id] = None
            return await self._push(first, number, wanted, again)

    async def _push(self, first: Outgoing, number: int, wanted: list[Object], again: bool) -> list[str]:  # noqa: FBT001
        del again
        ids = await self._client.push(first.room, wanted, f"{first.key}:{number}")
        if ids:
            self._quota.pushed()
        return ids

    async def _singly(
        self, messages: Sequence[Outgoing], chunk: list[Part], error: Refused, outcomes: list[Receipt | Refused]
    ) -> None:
        """One of several is no reason to refuse the others: each once more, by itself."""
        places = list(dict.fromkeys(place for place, _ in chunk))
        if isinstance(error, UsedUp):
            self._quota.used_up()
        if len(places) == 1 or isinstance(error, UsedUp):
            for place in places:
                outcomes[place] = error
            return
        for place in places:
            message = messages[place]
            try:
                await self._client.push(message.room, [one for at, one in chunk if at == place], f"{message.key}:alone")
            except Refused as refused:
                outcomes[place] = refused


def _parted(messages: Sequence[Outgoing]) -> tuple[list[Receipt | Refused], list[Part]]:
    """The objects of all messages; what LINE has nothing for is refused at once."""
    outcomes: list[Receipt | Refused] = []
    parts: list[Part] = []
    for place, message in enumerate(messages):
        try:
            parts += [(place, one) for one in objects(message)]
        except Refused as error:
            outcomes.append(error)
        else:
            outcomes.append(Receipt())
    return outcomes, parts
