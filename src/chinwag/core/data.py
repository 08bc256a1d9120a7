"""``chat.data``: a durable mapping per user and bot, used without await and the same on replay.

Reading journals a value where it differs from what this conversation last saw; writing makes a row of the turn. Values
are copies: changing one in place without assigning it would be lost, and is an error.
"""

from collections.abc import Iterator, MutableMapping
from typing import Any, NoReturn

from chinwag.core.codec import dumps, from_plain, journaled, to_plain
from chinwag.core.conversation import DELETED, Conversation, Turn, UserData
from chinwag.core.errors import NotJournalable, UsageError
from chinwag.core.running import running
from chinwag.core.tags import is_text

_KEYS = "\0keys"
LONGEST_KEY = 512


class DataView(MutableMapping[str, Any]):
    """The running conversation's view of its user's data.

    One object serves all conversations.
    """

    __slots__ = ()

    def __getitem__(self, key: str) -> Any:
        """Read a value, as a copy.

        Raises:
            KeyError: if there is none.
        """
        plain = _read(running().here(), _checked(key))
        if plain is DELETED:
            raise KeyError(key)
        value = from_plain(plain)
        _hand(running().here(), key, value, plain)
        return value

    def __setitem__(self, key: str, value: Any) -> None:
        """Write a value; it is durable with the turn.

        Raises:
            NotJournalable: if it would not come back as it is.
        """
        plain, _ = journaled(value, what=f"chat.data[{key!r}]")
        turn = running().here()
        _write(turn, _checked(key), plain)
        _hand(turn, key, value, plain)

    def __delitem__(self, key: str) -> None:
        """Remove a value.

        Raises:
            KeyError: if there is none.
        """
        turn = running().here()
        if _read(turn, _checked(key)) is DELETED:
            raise KeyError(key)
        _write(turn, key, DELETED)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the keys, sorted."""
        return iter(_keys(running().here()))

    def __len__(self) -> int:
        """Count the keys."""
        return len(_keys(running().here()))

    def __repr__(self) -> str:
        return "chat.data"


DATA = DataView()


def _checked(key: str) -> str:
    if type(key) is not str or not key or len(key) > LONGEST_KEY or "\0" in key or not is_text(key):
        msg = f"a key of chat.data is a text of 1 to {LONGEST_KEY} characters, not {key!a:.60}"
        raise UsageError(msg)
    return key


def _seen(conversation: Conversation) -> dict[str, Any]:
    if conversation.seen is None:
        conversation.seen = {}
    return conversation.seen


def _read(turn: Turn, key: str) -> Any:
    """The plain value, from this turn's writes, else what the conversation last saw, else the shared data."""
    if turn.writes and key in turn.writes:
        return turn.writes[key]
    seen = _seen(turn.conversation)
    if turn.replay is not None:
        if key not in seen:
            _unread(turn, f"chat.data[{key!r}]")
        return seen[key]
    plain = _current(turn).get(key, DELETED)
    if key not in seen or not _same(seen[key], plain):
        turn.read[key] = [] if plain is DELETED else [plain]
    seen[key] = plain
    return plain


def _current(turn: Turn) -> dict[str, Any]:
    """What the user's data is now, as a state finds it: with what the states before it wrote in this turn."""
    shared = _shared(turn.conversation)
    plain = shared.plain if shared is not None else {}
    return {**plain, **turn.carried} if turn.carried else plain


def _shared(conversation: Conversation) -> UserData | None:
    if conversation.data is None:
        conversation.data = conversation.manner.data_of(conversation.address)
    return conversation.data


def _same(a: Any, b: Any) -> bool:
    """Whether both are the same in the journal, to which 1, 1.0 and True differ, and the order of a mapping counts."""
    return a is b or (a is not DELETED and b is not DELETED and dumps(a) == dumps(b))


def _keys(turn: Turn) -> list[str]:
    seen = _seen(turn.conversation)
    if turn.replay is not None:
        if _KEYS not in seen:
            _unread(turn, "the list of chat.data's keys")
        keys: list[str] = seen[_KEYS]
    else:
        keys = sorted(key for key, plain in _current(turn).items() if plain is not DELETED)
        if seen.get(_KEYS) != keys:
            seen[_KEYS] = turn.keys = keys
    return _with(keys, turn.writes or {})


def _with(keys: list[str], writes: dict[str, Any]) -> list[str]:
    """The keys that there are after these writes, sorted."""
    return sorted(key for key in {*keys, *writes} if writes.get(key) is not DELETED)


def _unread(turn: Turn, what: str) -> NoReturn:
    assert turn.replay is not None  # noqa: S101 - only a replay can find data unread
    turn.error = turn.replay.diverged(f"{what} was not read in this turn", "it is read")
    raise turn.error


def _write(turn: Turn, key: str, plain: Any) -> None:
    turn.writes = turn.writes if turn.writes is not None else {}
    turn.writes[key] = plain
    turn.handed = [h for h in turn.handed or () if h[0] != key] or None


def _hand(turn: Turn, key: str, value: Any, plain: Any) -> None:
    """Remember a value that the user's code can change in place."""
    if isinstance(plain, list | dict):
        turn.handed = turn.handed or []
        turn.handed.append((key, value, plain))


def settle(turn: Turn) -> None:
    """At the end of a turn: refuse values changed in place, and let the conversation see what it wrote.

    Raises:
        UsageError: if a value was changed and not assigned.
    """
    for key, value, plain in turn.handed or ():
        if _changed(value, plain):
            msg = f"chat.data[{key!r}] was changed in place, which is not kept; assign it: chat.data[{key!r}] = value"
            raise UsageError(msg)
    if turn.writes:
        seen = _seen(turn.conversation)
        seen.update(turn.writes)
        if _KEYS in seen:
            seen[_KEYS] = _with(seen[_KEYS], turn.writes)
    if turn.carried:
        turn.writes = {**turn.carried, **(turn.writes or {})}


def _changed(value: Any, plain: Any) -> bool:
    try:
        return dumps(to_plain(value)) != dumps(plain)
    except NotJournalable:
        return True


def restore(conversation: Conversation, read: dict[str, list[Any]], keys: list[str] | None) -> None:
    """On replay: what the conversation came to see in a turn."""
    seen = _seen(conversation)
    for key, value in read.items():
        seen[key] = value[0] if value else DELETED
    if keys is not None:
        seen[_KEYS] = keys
