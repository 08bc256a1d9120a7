"""Reply tokens: what arrived and was not answered, on networks where an answer has a token.

Owns who gets a token: the next message to the user of whom it came, or to the whole room, whatever it is that says it,
as long as the network takes it. Each is handed out once, so a token in the outbox is that message's alone. Only the
newest of each user is kept, and none outlives the process: what is said then is no answer, but arrives all the same.
"""

from typing import Any

from msgspec.structs import replace

from chinwag.core.recent import Recent
from chinwag.core.values import EVERYBODY, Arrival, Outgoing

MOST_ROOMS = 10_000


class Tokens:
    """The tokens of all accounts that have some."""

    __slots__ = ("_rooms",)

    def __init__(self) -> None:
        self._rooms = Recent[tuple[str, str], dict[str, str]](MOST_ROOMS)

    def heard(self, arrival: Arrival) -> None:
        """Something arrived, and was not consumed before."""
        if not arrival.ref:
            return
        users = self._rooms.pop((arrival.account, arrival.room), None) or {}
        users.pop(arrival.user, None)
        users[arrival.user] = arrival.ref
        self._rooms[arrival.account, arrival.room] = users

    def used(self, arrival: Arrival) -> None:
        """It is answered by other means."""
        self._take(arrival.account, arrival.room, arrival.user)

    def answer(self, message: Outgoing, network: Any, now: int) -> Outgoing:
        """The message with the token that is for it, if there is one that the network still takes.

        Args:
            message: what is said.
            network: its network.
            now: in microseconds.
        """
        if message.act != "say":
            return message
        token = self._take(message.account, message.room, message.user)
        said = replace(message, reply=token) if token or message.reply else message
        return said if not token or network.known_until(said, now) > now else replace(message, reply="")

    def _take(self, account: str, room: str, user: str) -> str:
        users = self._rooms.get((account, room))
        if not users:
            return ""
        if user == EVERYBODY:
            user = next(reversed(users))
        token = users.pop(user, "")
        if not users:
            del self._rooms[account, room]
        return token
