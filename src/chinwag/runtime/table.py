"""The conversations that are live, by number and by address; waking them from the store, and evicting them.

An address is in the table only if all conversations that live there are. One that is diverged stands there as a shell
without a coroutine, which takes in messages and runs nothing.
"""

import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from weakref import WeakValueDictionary

import msgspec

from chinwag.core import journal
from chinwag.core.codec import from_plain, state_from_plain
from chinwag.core.conversation import Conversation, UserData
from chinwag.core.drive import evict
from chinwag.core.engine import Engine
from chinwag.core.errors import ChinwagError, StoreCorrupt
from chinwag.core.replaying import Replayed
from chinwag.core.values import Arrival, Message, ScheduledBirth
from chinwag.ports import Parked
from chinwag.runtime.account import Account, user_of

log = logging.getLogger("chinwag")

LENGTH_OF_SEED = 16
MANY_BEGUN = 10_000


class Table:
    """Live conversations.

    Args:
        engine: replays those that are woken.
        accounts: by name; they say whose code a conversation runs.
    """

    __slots__ = (
        "__weakref__", "_sweep", "accounts", "addresses", "begun", "engine", "live", "sharing", "stubborn", "users",
    )  # fmt: skip

    def __init__(self, engine: Engine, accounts: dict[str, Account]) -> None:
        self.engine = engine
        self.accounts = accounts
        # The accounts in which conversations share a room, for nobody wants to look through ten thousand at each batch.
        self.sharing: set[str] = set()
        self.live: dict[int, Conversation] = {}
        self.addresses: dict[str, Conversation | list[Conversation]] = {}
        self.users: WeakValueDictionary[str, UserData] = WeakValueDictionary()
        # Whose first data were written by this process: conversations may be live that know of none.
        self.begun: set[str] = set()
        self._sweep = MANY_BEGUN
        self.stubborn: list[Any] = []

    def __contains__(self, address: str) -> bool:
        return address in self.addresses

    def here(self, address: str) -> Sequence[Conversation]:
        """The conversations that live at an address, the oldest first."""
        found = self.addresses.get(address)
        if found is None:
            return ()
        return found if type(found) is list else (found,)  # type: ignore[return-value]  # a list or one

    def account_of(self, address: str) -> Account | None:
        """The account that an address belongs to."""
        return self.accounts.get(address.partition("/")[0])

    def add(self, conversation: Conversation) -> None:
        """Take in a live conversation."""
        self.live[conversation.number] = conversation
        address = conversation.address
        found = self.addresses.get(address)
        if found is None:
            self.addresses[address] = conversation
        elif type(found) is list:
            found.append(conversation)
            found.sort(key=_number)  # one that was woken late may be the older: hot or replayed, the order is the same
        else:
            both = [found, conversation]
            self.addresses[address] = sorted(both, key=_number)  # type: ignore[arg-type]  # one, not a list

    def remove(self, conversation: Conversation) -> None:
        """Forget one that is over."""
        self.live.pop(conversation.number, None)
        address = conversation.address
        found = self.addresses.get(address)
        if found is conversation:
            del self.addresses[address]
        elif type(found) is list and conversation in found:
            found.remove(conversation)
            if not found:
                del self.addresses[address]

    def user(self, conversation: Conversation, loaded: dict[str, dict[str, Any]]) -> None:
        """Give a conversation its user's data: what others of that user have, or what was loaded."""
        user = user_of(conversation.address)
        shared = self.users.get(user)
        if shared is None and user in loaded:
            shared = self.users[user] = UserData(user, loaded[user])
        conversation.data = shared

    def begin_data(self, user: str, shared: UserData) -> None:
        """A user's first data are written; whoever lives at one of the user's addresses may know of none.

        Users of whom nobody is live any more are forgotten now and then.
        """
        self.users[user] = shared
        self.begun.add(user)
        if len(self.begun) > self._sweep:
            self.begun &= {user_of(conversation.address) for conversation in self.live.values()}
            self.begun.add(user)
            self._sweep = max(MANY_BEGUN, 2 * len(self.begun))

    def data_of(self, address: str) -> UserData | None:
        """The data of the user who lives at an address, if there is any."""
        return self.users.get(user_of(address))

    def forget(self, shared: UserData) -> None:
        """A user's data may hold what was never committed: whoever has it is loaded anew."""
        self.users.pop(shared.user, None)
        for conversation in [c for c in self.live.values() if c.data is shared]:
            self.evict(conversation)

    def abandon(self, conversation: Conversation) -> None:
        """Let go of what is left of a conversation that is over."""
        self.stubborn += evict(conversation)

    def wake(self, parked: Parked, loaded: dict[str, dict[str, Any]]) -> tuple[Conversation, Replayed]:
        """Bring a conversation back to life by replay.

        Returns:
            The conversation, and which wordings the code has changed.

        Raises:
            Diverged, StoreCorrupt, UsageError: it cannot run; ``shell`` stands in for it.
        """
        account = self.account_of(parked.address)
        conversation = built(parked, account)
        assert account is not None  # noqa: S101 - the caller wakes only addresses of its accounts
        conversation.entry = _entry(parked, account)
        conversation.arguments, conversation.message, conversation.zone = _birth(parked)
        self.user(conversation, loaded)
        replayed = Replayed([], unmarked=False)
        if parked.rows:
            rows = [journal.decode(row) for row in parked.rows]
            try:
                replayed = self.engine.replay(conversation, rows)
            except BaseException:
                self.stubborn += evict(conversation)
                raise
            conversation.seq += len(rows)
        return conversation, replayed

    def evict(self, conversation: Conversation) -> None:
        """Let a conversation leave memory, with all that live at its address."""
        for other in list(self.here(conversation.address)):
            self.remove(other)
            stubborn = evict(other)
            if stubborn:
                log.warning("%s asked for effects 50 times while it was evicted; it is kept in memory", other)
                self.stubborn += stubborn


def _number(conversation: Conversation) -> int:
    return conversation.number


def built(parked: Parked, account: Account | None) -> Conversation:
    """The record of a parked conversation that is to be woken.

    Raises:
        StoreCorrupt: if its seed or a message that it keeps is damaged.
    """
    conversation = unwoken(parked, account)
    conversation.seed = _seed(parked)
    mail = [(number, at, body) for number, kind, at, body in parked.held if kind == "message"]
    if mail:
        conversation.mail = deque((number, arrival(body, at)) for number, at, body in mail)
    return conversation


def unwoken(parked: Parked, account: Account | None) -> Conversation:
    """The record of a parked conversation that runs nothing: a shell. What is damaged in it is left out."""
    conversation = Conversation(parked.number, parked.name, None, (), parked.address, b"", attended=parked.attended)
    conversation.seq = conversation.base = parked.base
    conversation.draws = parked.draws
    conversation.armed = parked.due
    conversation.born = parked.born
    if account is not None:
        conversation.manner = account.manner
    for number, kind, at, body in parked.held:
        if kind == "message":
            with suppress(StoreCorrupt):
                conversation.mail = conversation.mail or deque()
                conversation.mail.append((number, arrival(body, at)))
    return conversation


def arrival(body: str, at: int) -> Arrival:
    """A kept message.

    Raises:
        StoreCorrupt: if it is damaged.
    """
    try:
        return msgspec.structs.replace(msgspec.json.decode(body, type=Arrival), at=at)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        msg = f"a kept message is damaged ({error}): restore the store, or cancel --force the conversation"
        raise StoreCorrupt(msg) from None


def _seed(parked: Parked) -> bytes:
    try:
        seed = bytes.fromhex(parked.seed)
    except ValueError:
        seed = b""
    if len(seed) != LENGTH_OF_SEED:
        msg = f"conversation {parked.number} has a damaged seed: restore the store, or cancel --force"
        raise StoreCorrupt(msg)
    return seed


def _entry(parked: Parked, account: Account) -> Any:
    if parked.state is None or parked.state == "null":
        return account.bot.resolve(parked.name)
    try:
        name, fields = msgspec.json.decode(parked.state, type=tuple[str, Any])
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        msg = f"conversation {parked.number} has a damaged state ({error}): restore the store, or cancel --force"
        raise StoreCorrupt(msg) from None
    return state_from_plain(fields, account.bot.resolve(name))


def _birth(parked: Parked) -> tuple[tuple[Any, ...], Message | None, str]:
    try:
        birth = msgspec.json.decode(parked.birth, type=ScheduledBirth)
        arguments = tuple(from_plain(birth.arguments)) if birth.arguments is not None else ()  # type: ignore[arg-type]
    except (msgspec.MsgspecError, ValueError, TypeError, RecursionError, ChinwagError) as error:
        msg = f"conversation {parked.number} has a damaged birth record ({error}): restore the store, or cancel --force"
        raise StoreCorrupt(msg) from None
    return arguments, birth.message, birth.zone
