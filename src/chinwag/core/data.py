"""``chat.data``: a durable mapping per user and bot, used without await and the same on replay.

Reading journals a value where it differs from what this conversation last saw; writing makes a row of the turn. Values are
copies: changing one in place without assigning it would be lost, and is an error.
"""

from collections.abc import Iterator, MutableMapping
from typing import Any, NoReturn

from chinwag.core.codec import from_plain, journaled, to_plain
from chinwag.core.conversation import DELETED, Conversation, Turn, UserData
from chinwag.core.errors import UsageError
from chinwag.core.running import running

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
        if isinstance(plain, list | dict):
            turn = running().here()
            turn.handed = turn.handed or []
            turn.handed.append((key, value, plain))
        return value

    def __setitem__(self, key: str, value: Any) -> None:
        """Write a value; it is durable with the turn.

        Raises:
            NotJournalable: if it would not come back as it is.
        """
        plain, _ = journaled(value, what=f"chat.data[{key!r}]")
        _write(running().here(), _checked(key), plain)

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
    if type(key) is not str or not key or len(key) > LONGEST_KEY or "\0" in key:
        msg = f"a key of chat.data is a text of 1 to {LONGEST_KEY} characters, not {key!r:.60}"
        raise UsageError(msg)
    return key


def _read(turn: Turn, key: str) -> Any:
    """The plain value, from this turn's writes, else what the conversation last saw, else the shared data."""
    if turn.writes and key in turn.writes:
        return turn.writes[key]
    conversation = turn.conversation
    seen = conversation.seen
    if seen is None:
        seen = conversation.seen = {}
    if turn.replay is not None:
        if key not in seen:
            _unread(turn, f"chat.data[{key!r}]")
        return seen[key]
    shared = _shared(conversation)
    plain = shared.plain.get(key, DELETED) if shared is not None else DELETED
    if key not in seen or not _same(seen[key], plain):
        seen[key] = plain
        turn.read[key] = [] if plain is DELETED else [plain]
    return plain


def _shared(conversation: Conversation) -> UserData | None:
    if conversation.data is None:
        conversation.data = conversation.manner.data_of(conversation.address)
    return conversation.data


def _same(a: Any, b: Any) -> bool:
    return a is b or (type(a) is type(b) and bool(a == b) and a is not DELETED and b is not DELETED and _deep(a, b))


def _deep(a: Any, b: Any) -> bool:
    """1, 1.0 and True are equal to Python and not to the journal."""
    if isinstance(a, list):
        return all(type(x) is type(y) and _deep(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict):
        return all(type(v) is type(b[k]) and _deep(v, b[k]) for k, v in a.items())
    return True


def _keys(turn: Turn) -> list[str]:
    conversation = turn.conversation
    seen = conversation.seen
    if seen is None:
        seen = conversation.seen = {}
    if turn.replay is not None:
        if _KEYS not in seen:
            _unread(turn, "the list of chat.data's keys")
        keys = list(seen[_KEYS])
    else:
        shared = _shared(conversation)
        keys = sorted(shared.plain) if shared is not None else []
        if seen.get(_KEYS) != keys:
            seen[_KEYS] = keys
            turn.keys = keys
    written = turn.writes or {}
    return sorted({*(k for k in keys if written.get(k) is not DELETED), *(k for k, v in written.items() if v is not DELETED)})


def _unread(turn: Turn, what: str) -> NoReturn:
    assert turn.replay is not None  # noqa: S101 - only a replay can find data unread
    turn.error = turn.replay.diverged(f"{what} was not read in this turn", "it is read")
    raise turn.error


def _write(turn: Turn, key: str, plain: Any) -> None:
    turn.writes = turn.writes if turn.writes is not None else {}
    turn.writes[key] = plain
    turn.handed = [h for h in turn.handed or () if h[0] != key] or None


def settle(turn: Turn) -> None:
    """At the end of a turn: refuse values changed in place, and let the conversation see what it wrote.

    Raises:
        UsageError: if a value was changed and not assigned.
    """
    for key, value, plain in turn.handed or ():
        if to_plain(value) != plain:
            msg = f"chat.data[{key!r}] was changed in place, which is not kept; assign it: chat.data[{key!r}] = value"
            raise UsageError(msg)
    if turn.writes:
        seen = turn.conversation.seen
        if seen is None:
            seen = turn.conversation.seen = {}
        seen.update(turn.writes)
        if _KEYS in seen:
            keys = {*seen[_KEYS], *turn.writes}
            seen[_KEYS] = sorted(k for k in keys if turn.writes.get(k) is not DELETED)


def restore(conversation: Conversation, read: dict[str, list[Any]], keys: list[str] | None) -> None:
    """On replay: what the conversation came to see in a turn."""
    seen = conversation.seen
    if seen is None:
        seen = conversation.seen = {}
    for key, value in read.items():
        seen[key] = value[0] if value else DELETED
    if keys is not None:
        seen[_KEYS] = keys
