"""What may be declared as a conversation, judged while its author looks and not when the first user comes.

Owns the refusal of functions that cannot run, and of a declaration without its parentheses. Runs nothing.
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar, cast

from chinwag.core.effects import name_of
from chinwag.core.errors import UsageError

M = TypeVar("M", bound=Callable[..., Any])


def check(function: Any) -> None:
    """Refuse what cannot run as a conversation.

    Args:
        function: an async function that takes the chat, or a State class.

    Raises:
        UsageError: for a plain function, a generator, other arguments, or a state with fields that have no default.

    >>> async def hello(chat, name): ...
    >>> check(hello)
    Traceback (most recent call last):
    chinwag.core.errors.UsageError: hello gets the chat and nothing else: write `async def hello(chat: Chat)`
    """
    name = name_of(function)
    if inspect.isasyncgenfunction(function):
        msg = f"{name} has a `yield`, which is nothing in a conversation: write `await chat.say(...)`"
        raise UsageError(msg)
    # A plain wrapper around an async function may well return its coroutine.
    if inspect.isfunction(function) and not inspect.iscoroutinefunction(inspect.unwrap(function)):
        msg = f"{name} is not an async function: write `async def {name}(chat: Chat)`"
        raise UsageError(msg)
    if inspect.isclass(function):
        _bind(function, (), f"{name} begins a conversation, so each of its fields needs a default")
    else:
        _bind(function, ("chat",), f"{name} gets the chat and nothing else: write `async def {name}(chat: Chat)`")


def _bind(function: Any, arguments: tuple[str, ...], refusal: str) -> None:
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError:
        raise UsageError(refusal) from None


def parenthesised(method: M) -> M:
    """Let a declaration say what is missing where ``@bot.on_join`` stands for ``@bot.on_join()``.

    Args:
        method: the declaration, which gets the bot and no function.
    """

    @functools.wraps(method)
    def declare(bot: Any, *args: Any, **kwargs: Any) -> Any:
        if args and (inspect.isfunction(args[0]) or inspect.isclass(args[0])):
            name = method.__name__
            msg = f"@bot.{name} stands without its parentheses above {name_of(args[0])}: write @bot.{name}(...)"
            raise UsageError(msg)
        return method(bot, *args, **kwargs)

    return cast("M", declare)
