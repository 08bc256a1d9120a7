"""What the command line knows of a kind of network: its settings, where they come from, how an account is built.

Owns the merging of settings in rising weight: a table of ``chinwag.toml``, the environment, flags. Refuses, in one
sentence, a key that no setting has, and a value of another type; no value stands in a sentence, as it may be a secret.
"""

import difflib
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from chinwag.bot import Bot
from chinwag.cli.zone import local_zone
from chinwag.core.errors import UsageError
from chinwag.core.values import Outgoing
from chinwag.runtime.account import Account

S = TypeVar("S", bound=Struct)


class Setup(Struct, frozen=True, kw_only=True):
    """What an account is built of.

    Args:
        name: the account's name, such as ``telegram:weather``.
        bot: what it can do.
        settings: the network's, checked.
        recipients: who gets what a schedule starts, as ``--to`` has them.
        store: the path of the store; a network may keep files of its own beside it.
    """

    name: str
    bot: Bot
    settings: Any
    recipients: Sequence[str] = ()
    store: str = ""


def _never(_: Any) -> bool:
    return False


def _whole(message: Outgoing) -> list[str]:
    return [message.text]


class Kind(Struct, frozen=True, kw_only=True):
    """A kind of network.

    Args:
        settings: a frozen struct, which checks its values when it is made and hides secrets in its ``repr``.
        build: makes an account, whose network is a ``Front``.
        environment: by field of the settings, the variable that has it.
        needs: modules that have to be installed, each with the extra that brings it.
        parts: the texts that the network makes of a message, one or several, for ``--dry-run``.
        pushes: whether, with these settings, the network pushes to a port of ours; then it is a ``Webhook``.
    """

    settings: type[Struct]
    build: Callable[[Setup], Account]
    environment: Mapping[str, str] = {}
    needs: Mapping[str, str] = {}
    parts: Callable[[Outgoing], list[str]] = _whole
    pushes: Callable[[Any], bool] = _never

    def account(self, setup: Setup) -> Account:
        """Make an account; whoever subscribes and has said no time zone has this machine's.

        Raises:
            UsageError: if it cannot be made.
        """
        account = self.build(setup)
        account.zone = local_zone()
        return account


def gather(
    kind: Kind,
    table: Mapping[str, Any],
    flags: Mapping[str, Any],
    environment: Mapping[str, str] = os.environ,
    *,
    where: str = "chinwag.toml",
) -> Any:
    """Merge the settings of one account, in rising weight.

    Args:
        kind: whose settings.
        table: what a file says; a value may be ``{env = "NAME"}``.
        flags: what the command line says, by the fields' names.
        environment: the variables; an empty one counts as none.
        where: how errors name the file.

    Raises:
        UsageError: if a key is unknown, or a value of another type.
    """
    fields = kind.settings.__struct_fields__
    for key in flags:
        if key not in fields:
            raise UsageError(f"--{key.replace('_', '-')} is not for this network: leave it out")
    for key in table:
        if key not in fields:
            raise UsageError(f"{where}: there is no setting {key!r}: {suggestion(key, fields)}")
    values = {key: secret(value, environment, where) for key, value in table.items()}
    for field, variable in kind.environment.items():
        if environment.get(variable, "").strip():
            values[field] = environment[variable].strip()
    return _made(kind.settings, values | dict(flags), where)


def secret(value: Any, environment: Mapping[str, str], where: str) -> Any:
    """A value as it is, or the variable that it names.

    Raises:
        UsageError: if that variable is not set.

    >>> secret({"env": "TOKEN"}, {"TOKEN": "abc"}, "chinwag.toml")
    'abc'
    """
    if not (isinstance(value, dict) and set(value) == {"env"}):
        return value
    variable = value["env"]
    found = environment.get(variable, "").strip() if isinstance(variable, str) else ""
    if not found:
        raise UsageError(f"{where} takes a value from the variable {variable!r}, which is not set: set it")
    return found


def _made(settings: type[S], values: dict[str, Any], where: str) -> S:
    try:
        return msgspec.convert(values, settings, strict=False)
    except msgspec.ValidationError as error:
        # A sentence of the settings' own check comes wrapped; what was meant is the check's.
        if isinstance(error.__cause__, UsageError):
            raise error.__cause__ from None
        words, _, path = str(error).partition(" - at `$.")
        place = path.rstrip("`") or where
        raise UsageError(f"the setting {place!r} cannot be used: {words[:1].lower()}{words[1:]}") from None


def suggestion(word: str, known: Sequence[str]) -> str:
    """What somebody who wrote a word may have meant.

    >>> suggestion("tokn", ["token", "url"])
    "did you mean 'token'?"
    >>> suggestion("x", ["token", "url"])
    'there is token, url'
    """
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"there is {', '.join(known) or 'none at all'}"
