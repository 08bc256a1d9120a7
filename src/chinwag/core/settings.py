"""Settings of a bot: what one account of it is given, declared as a frozen class, the same on replay.

Owns how a class of settings is checked, made of what a file says, and read by a conversation. A conversation sees the
settings as they are; what it sees is journaled when it is new to it, so a replay sees the same whatever the file says
by then. Behind a checkpoint, or in any later turn, it sees what the file says now.

Refuses a class that is not frozen, and in words a value that does not fit. Reads no file: a ``File`` is a path only.
"""

from collections.abc import Mapping
from dataclasses import is_dataclass
from functools import lru_cache
from pathlib import PurePath
from typing import Annotated, Any, TypeVar, get_type_hints

import msgspec
from msgspec import Struct

from chinwag.core.codec import dumps, state_from_plain, state_to_plain
from chinwag.core.conversation import Conversation, Turn
from chinwag.core.errors import Diverged, NotJournalable, UsageError
from chinwag.core.records import fields_of
from chinwag.core.running import running
from chinwag.core.tags import name_of

S = TypeVar("S")

_FILE = "file"
File = Annotated[str, _FILE]
"""A path among a bot's settings; a relative one counts from the file that it stands in."""
KEY = "\0settings"
"""Where a journal has them, among what was read; no key of ``chat.data`` has a zero character."""


class Given(Struct, frozen=True, eq=False):
    """The settings of one account.

    Args:
        value: as a conversation gets them.
    """

    value: Any

    @property
    def plain(self) -> Any:
        """As a journal has them; made when it is asked for, as a flock has thousands of them."""
        return state_to_plain(self.value)


def check_class(kind: Any) -> None:
    """Look whether a class can be one of settings.

    Raises:
        UsageError: if not.
    """
    if not isinstance(kind, type) or fields_of(kind) is None or issubclass(kind, tuple):
        raise UsageError(f"settings= takes a frozen dataclass, not {kind!r:.80}")
    frozen = kind.__dataclass_params__.frozen if is_dataclass(kind) else kind.__struct_config__.frozen  # type: ignore[attr-defined]  # of the one kind or the other
    if not frozen:
        raise UsageError(f"the settings {name_of(kind)} can be changed: write `@dataclass(frozen=True)` above it")


def given(kind: type[S], values: Mapping[str, Any], folder: str = "") -> Given:
    """Make settings of what a file says.

    Args:
        kind: the class.
        values: by the names of its fields.
        folder: from where the paths of its ``File`` fields count.

    Raises:
        UsageError: naming the setting that is missing, unknown, or of another type; or what the class itself refuses.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Sheep:
    ...     poem: File
    ...     line_interval: float = 30.0
    >>> given(Sheep, {"poem": "tyger.txt"}, "flock").value
    Sheep(poem='flock/tyger.txt', line_interval=30.0)
    """
    files = files_of(kind)
    found = {
        key: str(PurePath(folder, value)) if key in files and isinstance(value, str) else value
        for key, value in values.items()
    }
    for key in found:
        if key not in (fields_of(kind) or ()):
            raise UsageError(f"there is no setting {key!r}; there is {', '.join(fields_of(kind) or ())}")
    try:
        value = msgspec.convert(found, kind, strict=False)
    except msgspec.ValidationError as error:
        if isinstance(error.__cause__, UsageError):
            raise error.__cause__ from None
        words, _, path = str(error).partition(" - at `$.")
        place = f"the setting {path.rstrip('`')!r}" if path else "the settings"
        raise UsageError(f"{place} cannot be used: {words[:1].lower()}{words[1:]}") from None
    return kept(value)


def kept(value: Any) -> Given:
    """Settings that were made already.

    Raises:
        UsageError: if a journal could not have them.
    """
    kind = type(value)
    try:
        return Given(state_from_plain(state_to_plain(value), kind))
    except (NotJournalable, Diverged) as error:
        raise UsageError(f"the settings {name_of(kind)} cannot be journaled: {error}") from error


def files_of(kind: type) -> frozenset[str]:
    """The names of the settings that are paths."""
    hints = get_type_hints(kind, include_extras=True)
    return frozenset(name for name, hint in hints.items() if _FILE in getattr(hint, "__metadata__", ()))


@lru_cache(maxsize=256)
def _defaults(kind: type) -> Given:
    return given(kind, {})


def settings(kind: type[S]) -> S:
    """The settings of the account that the running conversation lives on.

    Args:
        kind: the class that its bot declares.

    Raises:
        UsageError: if the bot declares another, or the account was given none and they have no defaults.
    """
    conversation = running()
    turn = conversation.here()
    value: S = _recalled(turn, kind) if turn.replay is not None else _current(conversation, turn, kind)
    return value


def _current(conversation: Conversation, turn: Turn, kind: type) -> Any:
    manner = conversation.manner
    if manner.settings_of is not kind:
        declared = f"Bot(settings={name_of(manner.settings_of)})" if manner.settings_of is not None else "no settings"
        raise UsageError(f"chat.settings({name_of(kind)}): the bot declares {declared}")
    now = manner.settings if manner.settings is not None else _defaults(kind)
    if conversation.given is not now:
        plain, before = now.plain, _before(conversation)
        if before is None or dumps(before) != dumps(plain):
            turn.read[KEY] = [plain]
        conversation.given = now  # in a field: a mapping for one key would cost each sheep of a flock 200 bytes
    return now.value


def _before(conversation: Conversation) -> Any:
    """The settings that it last saw, as a journal has them; None if it saw none."""
    seen: Given | None = conversation.given
    return seen.plain if seen is not None else (conversation.seen or {}).get(KEY)


def _recalled(turn: Turn, kind: type) -> Any:
    """What was seen when the turn ran first."""
    assert turn.replay is not None  # noqa: S101 - the caller has looked
    seen = turn.conversation.seen or {}
    if not isinstance(seen.get(KEY), dict):
        turn.error = turn.replay.diverged("the settings were not read in this turn", "they are read")
        raise turn.error
    # A field that the class has no more was of no consequence, or the code has changed in other ways, too.
    known = {name: plain for name, plain in seen[KEY].items() if name in (fields_of(kind) or ())}
    try:
        return state_from_plain(known, kind)
    except Diverged as error:
        turn.error = turn.replay.diverged(f"settings {known!r:.200}", f"a class that they do not fit: {error}")
        raise turn.error from error
