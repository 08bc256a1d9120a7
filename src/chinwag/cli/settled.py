"""The settings of a bot, of the class that it declares: from ``--set``, and judged by the bot itself.

Refuses, in one sentence each, what has no ``=``, a setting that there is not, one that is missing, and what the class's
own ``check`` does not like.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from chinwag.bot import Bot
from chinwag.core.errors import UsageError
from chinwag.core.settings import Given, given


def pairs(said: Iterable[str]) -> dict[str, str]:
    """What ``--set`` says, by its keys.

    Raises:
        UsageError: for one without a key.

    >>> pairs(["poem=tyger.txt", "title=a=b"])
    {'poem': 'tyger.txt', 'title': 'a=b'}
    """
    found = {}
    for one in said:
        key, equals, value = one.partition("=")
        if not key or not equals:
            raise UsageError(f"--set takes KEY=VALUE, a setting of the bot, not {one!r}")
        found[key.strip()] = value
    return found


def settled(bot: Bot, values: Mapping[str, Any]) -> Given | None:
    """A bot's settings, of what is given; None if the bot has none.

    Args:
        bot: what declares them.
        values: by their names.

    Raises:
        UsageError: if one is missing or is none, or the bot does not like them.
    """
    if bot.settings is None:
        if values:
            raise UsageError(f"the bot {bot.name} has no settings, so there is nothing to --set")
        return None
    try:
        found = given(bot.settings, values)
    except UsageError as error:
        raise UsageError(f"{error}; settings are given as --set KEY=VALUE, or to asgi by their names") from error
    judge(found)
    return found


def judge(found: Given) -> None:
    """Let settings be looked at by their own ``check``, if they have one.

    Raises:
        UsageError: with what it raises.
    """
    check = getattr(found.value, "check", None)
    if check is None:
        return
    try:
        check()
    except OSError as error:
        raise UsageError(f"{error.filename} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(str(error)) from error
