"""The accounts of a file: from ``chinwag.toml`` and key files to plans for the shepherd.

Owns what an account may have (its own keys, its network's settings, its bot's settings), what weighs more ([network],
[defaults], the key file, [[accounts]]), and which mistake concerns whom. One in ``chinwag.toml`` itself stops the
reading, with a sentence. A key file that cannot be used, a variable that is not set, a bot that cannot be imported, a
poem that is empty concern one account, and the others run.

Rule: a key of [defaults] or of [network] serves the accounts that know it, and one must; a key of an account must be
known to that account. Paths count from the file that they stand in.
"""

import os
import re
from collections.abc import Callable, Mapping
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any

from msgspec import Struct

from chinwag.bot import Bot
from chinwag.cli.configuration import Configuration
from chinwag.cli.kind import Kind, Setup, gather, secret, suggestion
from chinwag.cli.loading import load
from chinwag.cli.networks import kind
from chinwag.cli.settled import judge
from chinwag.core.errors import ChinwagError, UsageError
from chinwag.core.records import fields_of
from chinwag.core.settings import Given, files_of, given
from chinwag.core.values import Address
from chinwag.runtime.account import Account
from chinwag.runtime.charge import Plan
from chinwag.runtime.fold import Flock
from chinwag.transport.keys import read_key

OWN = ("name", "network", "bot", "to", "key", "start_jitter")
"""What an account has besides its network's and its bot's settings."""
NO_FLOCK = {"terminal": "a terminal is one person's: chinwag chat talks there"}
LONGEST_JITTER = 86_400.0
_NAME = re.compile(r"[\w.@+-]{1,100}")

Build = Callable[[Kind, Setup], Account]


class Entry(Struct, frozen=True):
    """One account of a file, merged.

    Args:
        name: its own name.
        network: the network's.
        given: what [[accounts]] says.
        kept: what its key file says.
        shared: what stands in [network] and [defaults].
        folder: where the file is.
        key: its key file; None if it has none.
        trouble: why it cannot be made; empty if nothing is known to be wrong.
    """

    name: str
    network: str
    given: Mapping[str, Any]
    kept: Mapping[str, Any]
    shared: Mapping[str, Any]
    folder: Path
    key: Path | None = None
    trouble: str = ""

    @property
    def merged(self) -> dict[str, Any]:
        """All that it is given, what weighs most in front."""
        return {**self.shared, **self.kept, **self.given}

    def path(self, key: str) -> str:
        """A path that it is given, counted from the file that it stands in.

        Args:
            key: whose value is a text.
        """
        from_key = self.key is not None and key in self.kept and key not in self.given
        folder = self.key.parent if from_key and self.key is not None else self.folder
        return str(folder / self.merged[key])


def flock(found: Configuration, store: str, build: Build | None = None) -> Flock:
    """The accounts of a file.

    Args:
        found: what stands in it.
        store: the path of the store.
        build: makes an account in place of the network's own ``build``; None for that one.

    Raises:
        UsageError: in one sentence, for a mistake in ``chinwag.toml``.
    """
    reading = Reading(found, store, build)
    plans = [reading.plan(entry) for entry in entries(found)]
    for key in found.defaults:
        if key not in reading.used and key not in OWN and not any(plan.trouble for plan in plans):
            raise UsageError(f"{found.path}: no account knows the key {key!r} of [defaults]: look at its spelling")
    return Flock(plans, _operator(found))


def entries(found: Configuration) -> list[Entry]:
    """The accounts of a file, in its order; those of which there is only a key come last.

    Raises:
        UsageError: for an account without a name or a network, or two of one name.
    """
    folder = found.path.parent
    listed = [_entry(found, dict(account), number) for number, account in enumerate(found.accounts, 1)]
    if found.keys is not None:
        named = {entry.key.resolve() for entry in listed if entry.key is not None}
        keys = folder / found.keys
        if not keys.is_dir():
            raise UsageError(f"{found.path}: there is no folder {keys}")
        for path in sorted(keys.glob("*.json")):
            if path.resolve() not in named:
                relative = os.path.relpath(path, folder)
                listed.append(_entry(found, {"key": relative}, 0))
    names: set[str] = set()
    for entry in listed:
        full = f"{entry.network}:{entry.name}"
        if full in names:
            raise UsageError(f"{found.path} has two accounts called {entry.name} on {entry.network}: rename one")
        names.add(full)
    return listed


def _entry(found: Configuration, account: dict[str, Any], number: int) -> Entry:
    """One account, with what its key says."""
    folder, key, trouble = found.path.parent, None, ""
    kept: dict[str, Any] = {}
    path = account.get("key", found.defaults.get("key"))
    if path is not None:
        if not isinstance(path, str):
            raise UsageError(f'{_where(found, account, number)}: key takes a path, such as "keys/blake.json"')
        key = folder / path
        try:
            kept = read_key(key)
        except ChinwagError as error:
            trouble = str(error)
    merged = kept | account
    name = merged.get("name", key.stem if key is not None else None)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        words = "needs a name" if name is None else f"has the name {name!r:.40}, which has other characters"
        raise UsageError(f"{_where(found, account, number)} {words}: letters, digits, and . _ @ + - make one")
    network = merged.get("network", found.defaults.get("network"))
    if not isinstance(network, str):
        raise UsageError(f'{_where(found, account, number)} needs a network, such as network = "mastodon"')
    if network in NO_FLOCK:
        raise UsageError(f"{_where(found, account, number)}: {NO_FLOCK[network]}")
    return Entry(name, network, account, kept, found.tables.get(network, {}) | found.defaults, folder, key, trouble)


def _where(found: Configuration, account: Mapping[str, Any], number: int) -> str:
    name = account.get("name")
    return f"{found.path}: the account {name if isinstance(name, str) else f'number {number}'}"


# -- plans -------------------------------------------------------------------------------------------------------------


class Parts(Struct, frozen=True):
    """What an account is made of.

    Args:
        kind: its network.
        bot: what it can do.
        settings: the network's, checked.
        given: the bot's; None if it declares none.
        recipients: who gets what its schedules start.
        digest: of all that it was given, for telling whether that has changed.
    """

    kind: Kind
    bot: Bot
    settings: Any
    given: Given | None
    recipients: tuple[str, ...]
    digest: bytes

    def __repr__(self) -> str:
        return f"Parts({self.bot!r})"  # there are secrets in it


class Reading(Struct):
    """One reading of a file.

    Args:
        found: what stands in it.
        store: the path of the store.
        build: in place of the networks' own.
        used: keys of [defaults] and of [network] that some account knows.
    """

    found: Configuration
    store: str
    build: Build | None
    used: set[str] = set()

    def plan(self, entry: Entry) -> Plan:
        """What the shepherd gets of one account.

        Raises:
            UsageError: for a mistake in ``chinwag.toml``.
        """
        name = f"{entry.network}:{entry.name}"
        jitter = _jitter(entry, self.found)
        if entry.trouble:
            return Plan(name, _never, trouble=entry.trouble)
        try:
            sort, bot = kind(entry.network), load(_bot(entry))
        except ChinwagError as error:
            return Plan(name, _never, trouble=str(error))
        self._check(entry, sort, bot)
        try:
            parts = _parts(entry, sort, bot, rehearses=self.build is not None)
        except ChinwagError as error:
            return Plan(name, _never, trouble=f"{self.found.path}, the account {entry.name}: {error}")
        digest = _digest((entry.merged, parts.digest, entry.key)).hex()
        return Plan(name, partial(_made, parts, name, self.store, self.build), digest, jitter)

    def _check(self, entry: Entry, sort: Kind, bot: Bot) -> None:
        """Whether everybody's keys are known, and to one only.

        Raises:
            UsageError: for a key of ``chinwag.toml`` that neither network nor bot knows, or that both do.
        """
        fields, own = _names(sort.settings), _names(bot.settings)
        known = [*OWN, *fields, *own]
        for key in entry.given:
            if key not in known:
                words = f"the account {entry.name}: there is no setting {key!r}"
                raise UsageError(f"{self.found.path}: {words}: {suggestion(key, known)}")
        for key in set(fields) & set(own) & entry.merged.keys():
            raise UsageError(
                f"{self.found.path}: {key} is a setting of {entry.network} and of the bot {bot.name}: rename the bot's"
            )
        self.used.update(key for key in entry.shared if key in known)


def _never() -> Account:
    raise ChinwagError("this account cannot be made")


def _made(parts: Parts, name: str, store: str, build: Build | None) -> Account:
    """Make an account, once its bot finds its settings good.

    Raises:
        ChinwagError: if it does not.
    """
    if parts.given is not None:
        judge(parts.given)
    setup = Setup(name=name, bot=parts.bot, settings=parts.settings, recipients=parts.recipients, store=store)
    account = build(parts.kind, setup) if build is not None else parts.kind.account(setup)
    if parts.given is not None:
        account.equip(parts.given)
    return account


def _parts(entry: Entry, sort: Kind, bot: Bot, *, rehearses: bool) -> Parts:
    """Check and make what an account is made of.

    Raises:
        ChinwagError: if one of its settings is missing or is none.
    """
    known = [*OWN, *sort.settings.__struct_fields__, *_names(bot.settings)]
    for key in entry.kept:
        if key not in known:
            raise ChinwagError(f"the key {entry.key}: there is no setting {key!r}: {suggestion(key, known)}")
    values = _located(entry, bot.settings)
    bound = given(bot.settings, _open(values)) if bot.settings is not None else None
    network = _located(entry, sort.settings)
    if entry.key is not None and "key_file" in sort.settings.__struct_fields__:
        network["key_file"] = str(entry.key.resolve())
    try:
        network = _open(network)
        settings = gather(sort, network, {}, {}, where="its table")
    except UsageError:
        if not rehearses:
            raise
        settings = None  # nobody is spoken to, so no token is needed
    return Parts(sort, bot, settings, bound, _recipients(entry.merged), _digest((network, values)))


def _names(kind: type | None) -> tuple[str, ...]:
    return (fields_of(kind) or ()) if kind is not None else ()


def _located(entry: Entry, kind: type | None) -> dict[str, Any]:
    """What an account is given of a class of settings, with paths from where they stand."""
    values = {key: value for key, value in entry.merged.items() if key in _names(kind)}
    for key in files_of(kind) if kind is not None else ():
        if values.get(key) and isinstance(values[key], str):
            values[key] = entry.path(key)
    return values


def _digest(value: Any) -> bytes:
    return blake2b(repr(value).encode(), digest_size=16).digest()


def _open(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, with those of the variables that are named."""
    return {key: secret(value, os.environ, "it") for key, value in values.items()}


def _bot(entry: Entry) -> str:
    """The bot's FILE, from the folder of the file that it stands in.

    Raises:
        ChinwagError: if there is none.
    """
    bot = entry.merged.get("bot")
    if not isinstance(bot, str):
        raise ChinwagError(f'the account {entry.name} needs a bot, such as bot = "sheep.py"')
    where = bot.partition(":")[0] if not bot.endswith(".py") else bot
    return entry.path("bot") if where.endswith(".py") or os.sep in where else bot


def _jitter(entry: Entry, found: Configuration) -> int:
    jitter = entry.merged.get("start_jitter", 0)
    if isinstance(jitter, bool) or not isinstance(jitter, int | float) or not 0 <= jitter <= LONGEST_JITTER:
        raise UsageError(f"{found.path}: start_jitter takes seconds, from 0 to {LONGEST_JITTER:g}")
    return round(jitter * 1_000_000)


def _recipients(merged: Mapping[str, Any]) -> tuple[str, ...]:
    to = merged.get("to", [])
    if not isinstance(to, list) or not all(isinstance(one, str) for one in to):
        raise ChinwagError('to takes a list of recipients, such as to = ["42@Europe/Berlin"]')
    return tuple(to)


def _operator(found: Configuration) -> Address | None:
    if found.operator is None:
        return None
    try:
        return Address.parse(found.operator)
    except ValueError as error:
        raise UsageError(f"{found.path}: operator: {error}") from None
